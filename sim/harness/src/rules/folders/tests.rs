//! Folders that are used for one host after the other, and what a program may do to them.

use super::HostFolders;
use patchstate_image::{HostTree, SharedFile};
use std::{
    collections::BTreeMap,
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

#[test]
fn one_folder_becomes_host_after_host_and_holds_nothing_of_the_last() {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let deep = host(&[("system32/inetsrv/data/c.dll", 5, true), ("inf/d.inf", 6, true)]);
    let [one, two] = two_hosts();
    let mut places = Vec::new();
    for tree in [&one, &two, &deep, &host(&[]), &two, &one, &one] {
        let folder = folders.write(tree).unwrap();
        assert_eq!(found_below(folder.path()), expected(tree));
        places.push(folder.path().to_owned());
    }
    places.dedup();
    assert_eq!(places.len(), 1, "{places:?}");
}

#[test]
fn hosts_that_are_looked_at_together_have_folders_of_their_own() {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let [one, two] = two_hosts();
    let (first, second) = (folders.write(&one).unwrap(), folders.write(&two).unwrap());
    assert_ne!(first.path(), second.path());
    assert_eq!(found_below(first.path()), expected(&one));
    assert_eq!(found_below(second.path()), expected(&two));
}

/// Does something to a folder, and looks at the same host again and at another one.
#[track_caller]
fn check_untouched_after(damage: impl Fn(&Path)) {
    let root = TempDir::new().unwrap();
    let folders = HostFolders::new(root.path()).unwrap();
    let [one, two] = two_hosts();
    for next in [&one, &two] {
        // Another folder links to the same files of the store meanwhile.
        let other = folders.write(&one).unwrap();
        let folder = folders.write(&one).unwrap();
        damage(folder.path());
        drop((other, folder));
        for _ in 0..2 {
            let folder = folders.write(next).unwrap();
            let both = folders.write(next).unwrap();
            assert_eq!(found_below(folder.path()), expected(next));
            assert_eq!(found_below(both.path()), expected(next));
        }
    }
}

#[test]
fn what_a_program_adds_takes_away_or_replaces_is_not_seen_by_the_next() {
    let image = "WINDOWS/system32/a.dll";
    let hive = "WINDOWS/system32/config/software";
    check_untouched_after(|folder| fs::write(folder.join("WINDOWS/added"), "x").unwrap());
    check_untouched_after(|folder| fs::write(folder.join("added"), "x").unwrap());
    check_untouched_after(|folder| fs::create_dir(folder.join("WINDOWS/inetsrv")).unwrap());
    check_untouched_after(|folder| fs::remove_file(folder.join(image)).unwrap());
    check_untouched_after(|folder| fs::remove_dir_all(folder).unwrap());
    check_untouched_after(|folder| fs::write(folder.join(hive), "bytes 9").unwrap());
    check_untouched_after(|folder| {
        fs::remove_file(folder.join(image)).unwrap();
        fs::write(folder.join(image), "bytes 1").unwrap();
    });
    check_untouched_after(|folder| {
        let system = folder.join("WINDOWS/system32");
        fs::rename(&system, folder.join("elsewhere")).unwrap();
        fs::create_dir(&system).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_file_of_the_store_that_is_written_to_is_written_anew() {
    use std::os::unix::fs::PermissionsExt;
    check_untouched_after(|folder| {
        let image = folder.join("WINDOWS/system32/a.dll");
        fs::set_permissions(&image, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(&image, "other").unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_folder_that_became_a_link_is_not_written_through() {
    let elsewhere = TempDir::new().unwrap();
    check_untouched_after(|folder| {
        let config = folder.join("WINDOWS/system32/config");
        fs::remove_dir_all(&config).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), &config).unwrap();
    });
    assert_eq!(found_below(elsewhere.path()), BTreeMap::new());
}
