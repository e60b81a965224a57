//! Folders that are used for one host after the other, and what a program may do to them.

use super::HostFolders;
use patchstate_image::{HostTree, SharedFile};
use patchstate_rules::Folder;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A host: paths, the number of what is there, and whether it is an image.
fn host(files: &[(&str, u64, bool)]) -> HostTree {
    let file = |(path, number, is_image): &(&str, u64, bool)| {
        let bytes = format!("bytes {number}").into_bytes().into();
        (path.parse().unwrap(), SharedFile { number: *number, bytes, is_image: *is_image })
    };
    HostTree { files: files.iter().map(file).collect() }
}

/// Every folder and file below a folder, with what the files hold.
fn found_below(root: &Path) -> BTreeMap<PathBuf, Option<String>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_owned();
            let text = path.is_file().then(|| fs::read_to_string(&path).unwrap());
            if text.is_none() {
                waiting.push(path);
            }
            found.insert(name, text);
        }
    }
    found
}

/// What must be there of a host, worked out apart from how it is written.
fn expected(tree: &HostTree) -> BTreeMap<PathBuf, Option<String>> {
    let mut expected = BTreeMap::from([(PathBuf::from("WINDOWS"), None)]);
    for (path, file) in &tree.files {
        let path = Path::new("WINDOWS").join(path.as_str());
        let outer = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        expected.extend(outer.map(|folder| (folder.to_owned(), None)));
        expected.insert(path, Some(format!("bytes {}", file.number)));
    }
    expected
}

fn two_hosts() -> [HostTree; 2] {
    [
        host(&[("system32/a.dll", 1, true), ("system32/config/software", 2, false)]),
        host(&[
            ("notepad.exe", 1, true),
            ("system32/a.dll", 3, true),
            ("system32/b.dll", 3, true),
            ("system32/config/software", 4, false),
        ]),
    ]
}

/// Looks at a host, and gives the paths that were told and what is said to have been changed.
fn lend(
    folders: &HostFolders,
    tree: &HostTree,
    look: &mut dyn FnMut(&Path),
) -> (Vec<PathBuf>, Option<String>) {
    let (folder, mut told) = (folders.of(tree), Vec::new());
    let change = folder.lend(None, &mut |path| {
        assert_eq!(found_below(path), expected(tree));
        told.push(path.to_owned());
        look(path);
    });
    (told, change.unwrap())
}

#[test]
fn one_folder_becomes_host_after_host_and_holds_nothing_of_the_last() {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let deep = host(&[("system32/inetsrv/data/c.dll", 5, true), ("inf/d.inf", 6, true)]);
    let [one, two] = two_hosts();
    let mut places = Vec::new();
    for tree in [&one, &two, &deep, &host(&[]), &two, &one, &one] {
        let (told, change) = lend(&folders, tree, &mut |_| {});
        assert_eq!((told.len(), change), (1, None));
        places.extend(told);
        // The one that will be the next, under another name.
        let left = fs::read_dir(root.path().join("hosts")).unwrap().count();
        assert_eq!(left, 1);
    }
    let names: BTreeSet<_> = places.iter().collect();
    assert_eq!(names.len(), 7, "{places:?}");
}

#[test]
fn who_names_files_is_lent_no_others() {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let only: BTreeSet<_> =
        ["system32/b.dll", "system32/a.dll", "c.dll"].map(|path| path.parse().unwrap()).into();
    for (tree, numbers, rest) in [
        (&two_hosts()[0], [None, Some(1), None], host(&[("system32/a.dll", 1, true)])),
        (
            &two_hosts()[1],
            [None, Some(3), Some(3)],
            host(&[("system32/a.dll", 3, true), ("system32/b.dll", 3, true)]),
        ),
    ] {
        let folder = folders.of(tree);
        assert_eq!(folder.identity(&only), Some(numbers.to_vec()));
        let mut count = 0;
        let change = folder.lend(Some(&only), &mut |path| {
            assert_eq!(found_below(path), expected(&rest));
            count += 1;
        });
        assert_eq!((change.unwrap(), count), (None, 1));
        lend(&folders, tree, &mut |_| {});
    }
}

#[test]
fn hosts_that_are_looked_at_together_have_folders_of_their_own() {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let [one, two] = two_hosts();
    lend(&folders, &one, &mut |first| {
        lend(&folders, &two, &mut |second| {
            assert_ne!(first, second);
            assert_eq!(found_below(first), expected(&one));
        });
    });
}

/// Does something to a folder, while another one links to the same files, and looks at the same
/// host again and at another one.
#[track_caller]
fn check_seen(says: &str, damage: impl Fn(&Path)) {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let [one, two] = two_hosts();
    for next in [&one, &two] {
        let mut inner = Vec::new();
        let (told, change) = lend(&folders, &one, &mut |_| {
            inner.push(lend(&folders, &one, &mut |path| damage(path)));
        });
        // What another one did to a file of the store is not believed of who looked meanwhile.
        assert!(told.len() <= 2 && change.is_none(), "{told:?} {change:?}");
        for (told, change) in inner {
            assert_eq!((told.len(), change.as_deref()), (2, Some(says)));
        }
        for _ in 0..2 {
            // Both at once: `lend` compares all files with what they should be.
            lend(&folders, next, &mut |_| {
                let (told, change) = lend(&folders, next, &mut |_| {});
                assert_eq!((told.len(), change), (1, None));
            });
        }
    }
}

#[test]
fn what_a_program_adds_takes_away_or_replaces_is_seen_and_not_by_the_next() {
    let image = "WINDOWS/system32/a.dll";
    let hive = "WINDOWS/system32/config/software";
    check_seen("WINDOWS/added was added", |folder| {
        fs::write(folder.join("WINDOWS/added"), "x").unwrap();
    });
    check_seen("added was added", |folder| fs::write(folder.join("added"), "x").unwrap());
    check_seen("WINDOWS/inetsrv was added", |folder| {
        fs::create_dir(folder.join("WINDOWS/inetsrv")).unwrap();
    });
    check_seen("WINDOWS/system32/a.dll was removed", |folder| {
        fs::remove_file(folder.join(image)).unwrap();
    });
    check_seen("the folder was removed, or is held open", |folder| {
        fs::remove_dir_all(folder).unwrap();
    });
    check_seen("WINDOWS/system32/config/software was written to or replaced", |folder| {
        fs::write(folder.join(hive), "bytes 9").unwrap();
    });
    check_seen("WINDOWS/system32/config/software was written to or replaced", |folder| {
        // The same bytes: what was read in between is not known.
        fs::write(folder.join(hive), "bytes 2").unwrap();
    });
    check_seen("WINDOWS/system32/a.dll was written to or replaced", |folder| {
        fs::remove_file(folder.join(image)).unwrap();
        fs::write(folder.join(image), "bytes 1").unwrap();
    });
    check_seen("WINDOWS/system32/a.dll was removed", |folder| {
        let system = folder.join("WINDOWS/system32");
        fs::rename(&system, folder.join("elsewhere")).unwrap();
        fs::create_dir(&system).unwrap();
    });
}

#[test]
fn an_empty_host_whose_windows_folder_goes_is_seen() {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let nothing = host(&[]);
    let (_, change) = lend(&folders, &nothing, &mut |folder| {
        fs::remove_dir(folder.join("WINDOWS")).unwrap();
    });
    assert_eq!(change.as_deref(), Some("WINDOWS was removed"));
    assert_eq!(lend(&folders, &nothing, &mut |_| {}).1, None);
}

#[cfg(unix)]
#[test]
fn a_file_of_the_store_that_is_written_to_is_written_anew() {
    use std::os::unix::fs::PermissionsExt;
    check_seen("WINDOWS/system32/a.dll was written to or replaced", |folder| {
        let image = folder.join("WINDOWS/system32/a.dll");
        fs::set_permissions(&image, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(&image, "bytes 7").unwrap();
        fs::set_permissions(&image, fs::Permissions::from_mode(0o444)).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_folder_that_allows_more_or_less_than_before_is_seen() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    for changed in [0o001, 0o020, 0o1000] {
        for (name, says) in [
            ("", "the folder was given other rights"),
            ("WINDOWS", "WINDOWS was given other rights"),
            ("WINDOWS/system32", "WINDOWS/system32 was given other rights"),
        ] {
            check_seen(says, |folder| {
                let place = folder.join(name);
                let mode = fs::metadata(&place).unwrap().mode() ^ changed;
                fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
            });
        }
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_nobody_may_enter_any_more_goes_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let [one, _] = two_hosts();
    let (_, change) = lend(&folders, &one, &mut |folder| {
        let system = folder.join("WINDOWS/system32");
        fs::set_permissions(system, fs::Permissions::from_mode(0o000)).unwrap();
    });
    // Who may not enter it misses its files first.
    assert!(change.is_some_and(|change| change.starts_with("WINDOWS/system32")));
    assert_eq!(fs::read_dir(root.path().join("hosts")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_folder_that_became_a_link_is_seen_and_not_written_through() {
    let elsewhere = TempDir::new().unwrap();
    check_seen("WINDOWS/system32/config/software was removed", |folder| {
        let config = folder.join("WINDOWS/system32/config");
        fs::remove_dir_all(&config).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), &config).unwrap();
    });
    assert_eq!(found_below(elsewhere.path()), BTreeMap::new());
    // Also where all files are still found, through the link.
    let count = std::cell::Cell::new(0);
    check_seen("WINDOWS/system32/config was replaced", |folder| {
        let config = folder.join("WINDOWS/system32/config");
        let moved = elsewhere.path().join(count.replace(count.get() + 1).to_string());
        fs::rename(&config, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &config).unwrap();
    });
}

#[test]
fn who_goes_on_after_the_answer_finds_nothing_under_the_old_name() {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let [one, two] = two_hosts();
    let (told, change) = lend(&folders, &one, &mut |_| {});
    assert_eq!(change, None);
    assert!(fs::remove_file(told[0].join("WINDOWS/system32/a.dll")).is_err());
    assert_eq!(lend(&folders, &two, &mut |_| {}).0.len(), 1);
}
