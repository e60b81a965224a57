//! Folders on disk with everything that can stand in the way.

use crate::support::Judged;
use patchstate_detect::{
    Advisories, DirectoryTree, Evidence, FileEvidence, FileNames, FileTree, ImageCache, MemoryTree,
    TreeError, gather, gather_with, inspect_file, judge,
};
use patchstate_terms::{Level, Status};
use patchstate_test_support::{
    host::{Host, parsed},
    image::Image,
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
    sync::Arc,
};
use tempfile::TempDir;

/// Writes a host below a folder; names get the letter case that `rename` makes of them.
fn write(host: &Host, windows: &Path, rename: fn(&str) -> String) {
    for (path, bytes) in host.tree().iter() {
        let place = windows.join(rename(path.as_str()));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, bytes).unwrap();
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&Host::new(Level::SP2), &folder.path().join("WINDOWS"), str::to_owned);
    folder
}

fn evidence(folder: &Path) -> Evidence {
    gather(&DirectoryTree::open(folder).unwrap(), &Advisories::built_in())
}

fn kinds(evidence: &Evidence) -> (Status, Vec<String>) {
    let verdict = judge(evidence);
    let short = |f: &patchstate_terms::Finding| format!("{} {}", f.kind, f.file);
    (verdict.status, verdict.findings.iter().map(short).collect())
}

#[test]
fn a_file_that_two_folders_share_is_read_once_until_it_changes() {
    let (one, other) = (folder(), tempfile::tempdir().unwrap());
    write(&Host::new(Level::SP2), &other.path().join("WINDOWS"), str::to_owned);
    let [shared, own] = ["w3core.dll", "iisutil.dll"].map(|name| {
        let path = parsed(&format!("system32/inetsrv/{name}"));
        let at = |folder: &TempDir| folder.path().join("WINDOWS").join(path.as_str());
        (path.clone(), at(&one), at(&other))
    });
    fs::remove_file(&shared.2).unwrap();
    fs::hard_link(&shared.1, &shared.2).unwrap();
    let cache = ImageCache::new();
    let read = |folder: &TempDir| {
        let tree = DirectoryTree::open(folder.path()).unwrap();
        gather_with(&tree, &Advisories::built_in(), &cache)
    };
    let image = |evidence: &Evidence, path| match &evidence.files[path] {
        FileEvidence::Image(image) => Arc::clone(image),
        FileEvidence::Absent | FileEvidence::Unreadable(_) => panic!("it is an image"),
    };
    let (first, second) = (read(&one), read(&other));
    assert!(Arc::ptr_eq(&image(&first, &shared.0), &image(&second, &shared.0)));
    assert!(!Arc::ptr_eq(&image(&first, &own.0), &image(&second, &own.0)), "two files alike");
    assert_eq!(image(&first, &own.0), image(&second, &own.0));
    // The same file with another content, and the same content in a file of its own.
    let bytes = fs::read(&shared.1).unwrap();
    fs::write(&shared.1, Image::with_revision(4000).build()).unwrap();
    let version = image(&read(&other), &shared.0).file_version.unwrap();
    assert_eq!(version.revision, 4000);
    fs::remove_file(&shared.2).unwrap();
    fs::write(&shared.2, bytes).unwrap();
    assert_eq!(image(&read(&other), &shared.0), image(&first, &shared.0));
    let tree = DirectoryTree::open(other.path()).unwrap();
    assert_eq!(tree.identity(&parsed("system32")), None, "a folder has no content");
    assert_eq!(tree.identity(&parsed("system32/none.dll")), None);
}

#[test]
fn a_folder_gives_the_same_evidence_as_memory_in_any_letter_case() {
    let expected = gather(&Host::new(Level::SP2).tree(), &Advisories::built_in());
    for (name, rename) in
        [("Windows", str::to_owned as fn(&str) -> String), ("WINNT", str::to_uppercase)]
    {
        let folder = tempfile::tempdir().unwrap();
        let windows = folder.path().join(name);
        write(&Host::new(Level::SP2), &windows, rename);
        for open in [folder.path(), windows.as_path()] {
            let evidence = evidence(open);
            assert_eq!(evidence.files, expected.files);
            assert_eq!(kinds(&evidence), (Status::Consistent, vec![]));
        }
    }
}

#[test]
fn a_folder_without_windows_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = DirectoryTree::open(folder.path()).unwrap_err();
    assert!(matches!(error, TreeError::NoWindowsFolder { .. }), "{error}");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()));
    assert!(DirectoryTree::open(&folder.path().join("nowhere")).is_err());
    let file = folder.path().join("windows");
    fs::write(&file, "a file").unwrap();
    assert!(DirectoryTree::open(folder.path()).is_err());
    assert!(DirectoryTree::open(&file).is_err());
}

#[test]
fn an_empty_windows_folder_does_not_hide_the_one_beside_it() {
    for (whole, empty) in [("WINNT", "WINDOWS"), ("Windows", "winnt"), ("", "WINDOWS")] {
        let folder = tempfile::tempdir().unwrap();
        write(&Host::new(Level::SP2), &folder.path().join(whole), str::to_owned);
        fs::create_dir(folder.path().join(empty)).unwrap();
        let evidence = evidence(folder.path());
        assert_eq!(kinds(&evidence), (Status::Consistent, vec![]), "{whole}");
        let note = evidence.notes.join("");
        assert!(note.contains(&format!("{empty} has no system32 folder")), "{whole}: {note}");
    }
}

#[test]
fn two_windows_folders_with_a_system_each_are_an_error_that_names_both() {
    let folder = folder();
    write(&Host::new(Level::SP1), &folder.path().join("WINNT"), str::to_owned);
    let error = DirectoryTree::open(folder.path()).unwrap_err();
    assert!(matches!(error, TreeError::TwoWindowsFolders { .. }), "{error}");
    assert!(error.to_string().contains("WINDOWS and WINNT"), "{error}");
    for one in ["WINDOWS", "WINNT"] {
        let evidence = evidence(&folder.path().join(one));
        assert_eq!(kinds(&evidence), (Status::Consistent, vec![]), "{one}");
    }
    // One folder with two names is one.
    fs::remove_dir_all(folder.path().join("WINNT")).unwrap();
    symlink("WINDOWS", folder.path().join("WINNT")).unwrap();
    assert_eq!(kinds(&evidence(folder.path())), (Status::Consistent, vec![]));
}

#[test]
fn files_that_are_not_there_are_not_counted_as_unread() {
    let folder = folder();
    let system = folder.path().join("WINDOWS/system32");
    let count = || evidence(folder.path()).unread_file_count();
    assert_eq!(count(), 0);
    // Two findings of one file: it is cut, and its version cannot be read.
    let asp = system.join("inetsrv/asp.dll");
    let bytes = fs::read(&asp).unwrap();
    fs::write(&asp, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(count(), 1);
    fs::write(system.join("config/software"), []).unwrap();
    assert_eq!(count(), 2);
    fs::remove_dir_all(system).unwrap();
    assert_eq!(count(), 0);
    let findings = judge(&evidence(folder.path())).findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn files_are_found_by_name_as_windows_compares_names() {
    let folder = folder();
    let inetsrv = folder.path().join("WINDOWS/system32/inetsrv");
    fs::write(inetsrv.join("ΟΔΟΣ.DLL"), "a file").unwrap();
    let tree = DirectoryTree::open(folder.path()).unwrap();
    for name in ["οδος.dll", "οδοσ.dll", "ΟΔΟΣ.dll"] {
        let path = parsed(&format!("system32/inetsrv/{name}"));
        assert_eq!(tree.read(&path, 100).unwrap().as_deref(), Some(&b"a file"[..]), "{name}");
    }
}

#[test]
fn names_that_differ_in_letter_case_only_are_chosen_from_and_noted() {
    let folder = folder();
    let inetsrv = folder.path().join("WINDOWS/system32/inetsrv");
    fs::copy(inetsrv.join("asp.dll"), inetsrv.join("ASP.dll")).unwrap();
    fs::write(inetsrv.join("asp.dll"), "not this one").unwrap();
    let evidence = evidence(folder.path());
    assert_eq!(kinds(&evidence), (Status::Consistent, vec![]));
    assert!(
        evidence.notes[0].contains("ASP.dll was read, asp.dll was not"),
        "{:?}",
        evidence.notes
    );
}

#[test]
fn links_are_followed_inside_the_tree_only() {
    let folder = folder();
    let inetsrv = folder.path().join("WINDOWS/system32/inetsrv");
    let outside = tempfile::tempdir().unwrap();
    fs::rename(inetsrv.join("asp.dll"), outside.path().join("asp.dll")).unwrap();
    symlink(outside.path().join("asp.dll"), inetsrv.join("asp.dll")).unwrap();
    fs::rename(inetsrv.join("gzip.dll"), folder.path().join("gzip.dll")).unwrap();
    symlink("../../../gzip.dll", inetsrv.join("gzip.dll")).unwrap();
    fs::remove_file(inetsrv.join("wam.dll")).unwrap();
    symlink("wam.dll", inetsrv.join("wam.dll")).unwrap();
    let evidence = evidence(folder.path());
    let reason = &evidence.problems(&parsed("system32/inetsrv/asp.dll"))[0].reason;
    assert!(reason.contains("leads out of the tree"), "{reason}");
    let expected = ["unreadable system32/inetsrv/asp.dll", "unreadable system32/inetsrv/wam.dll"];
    assert_eq!(kinds(&evidence), (Status::Inconclusive, expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_windows_folder_that_is_a_link_out_of_the_tree_is_not_read() {
    let real = folder();
    let other = tempfile::tempdir().unwrap();
    symlink(real.path().join("WINDOWS"), other.path().join("WINDOWS")).unwrap();
    let error = DirectoryTree::open(other.path()).unwrap_err();
    assert!(matches!(error, TreeError::LeavesTree { .. }), "{error}");
}

#[test]
fn pipes_folders_and_huge_files_are_not_opened() {
    let folder = folder();
    let inetsrv = folder.path().join("WINDOWS/system32/inetsrv");
    for name in ["asp.dll", "gzip.dll", "wam.dll"] {
        fs::remove_file(inetsrv.join(name)).unwrap();
    }
    assert!(Command::new("mkfifo").arg(inetsrv.join("asp.dll")).status().unwrap().success());
    fs::create_dir(inetsrv.join("gzip.dll")).unwrap();
    fs::File::create(inetsrv.join("wam.dll")).unwrap().set_len(4 << 30).unwrap();
    let evidence = evidence(folder.path());
    for (name, words) in
        [("asp.dll", "a named pipe"), ("gzip.dll", "a folder"), ("wam.dll", "4294967296 bytes")]
    {
        let path = parsed(&format!("system32/inetsrv/{name}"));
        let reason = &evidence.problems(&path)[0].reason;
        assert!(reason.contains(words), "{reason}");
    }
    assert_eq!(kinds(&evidence).0, Status::Inconclusive);
    let inspection = inspect_file(&inetsrv.join("asp.dll"));
    assert!(inspection.error().unwrap().contains("a named pipe"));
    let inspection = inspect_file(std::path::Path::new("/dev/null"));
    assert!(inspection.error().unwrap().contains("a device"));
}

#[test]
fn a_file_on_disk_is_given_up_to_the_limit() {
    let folder = folder();
    fs::write(folder.path().join("WINDOWS/some.bin"), [1, 2, 3]).unwrap();
    let tree = DirectoryTree::open(folder.path()).unwrap();
    let path = parsed("some.bin");
    assert_eq!(tree.read(&path, 3).unwrap().as_deref(), Some(&[1, 2, 3][..]));
    assert!(tree.read(&path, 2).unwrap_err().to_string().contains("3 bytes"));
}

#[test]
fn a_folder_that_cannot_be_listed_is_one_finding() {
    let folder = folder();
    let inetsrv = folder.path().join("WINDOWS/system32/inetsrv");
    fs::set_permissions(&inetsrv, fs::Permissions::from_mode(0o0)).unwrap();
    let is_refused = fs::read_dir(&inetsrv).is_err();
    let found = kinds(&evidence(folder.path()));
    fs::set_permissions(&inetsrv, fs::Permissions::from_mode(0o700)).unwrap();
    // An administrator may list anything; then there is nothing to find.
    if is_refused {
        let expected = vec!["unreadable system32/inetsrv".to_owned()];
        assert_eq!(found, (Status::Inconclusive, expected));
    } else {
        assert_eq!(found, (Status::Consistent, vec![]));
    }
}

#[test]
fn a_folder_that_is_a_loop_of_links_is_one_finding() {
    let folder = folder();
    let system = folder.path().join("WINDOWS/system32");
    fs::remove_dir_all(system.join("inetsrv")).unwrap();
    symlink("inetsrv", system.join("inetsrv")).unwrap();
    let found = kinds(&evidence(folder.path()));
    let expected = vec!["unreadable system32/inetsrv".to_owned()];
    assert_eq!(found, (Status::Inconclusive, expected));
}

#[test]
fn a_file_that_vanishes_after_its_folder_was_listed_is_unreadable() {
    let folder = folder();
    let tree = DirectoryTree::open(folder.path()).unwrap();
    let path = parsed("system32/inetsrv/asp.dll");
    assert!(tree.read(&path, 1 << 20).unwrap().is_some());
    fs::remove_file(folder.path().join("WINDOWS").join(path.as_str())).unwrap();
    assert!(tree.read(&path, 1 << 20).is_err());
    let evidence = gather(&tree, &Advisories::built_in());
    assert_eq!(kinds(&evidence).0, Status::Inconclusive);
}

#[test]
fn the_names_of_a_folder_are_its_files_as_they_are_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let system = folder.path().join("WINDOWS/System32");
    fs::create_dir_all(system.join("inetsrv")).unwrap();
    fs::write(folder.path().join("WINDOWS/Notepad.exe"), b"MZ").unwrap();
    fs::write(system.join("W3dt.DLL"), b"MZ").unwrap();
    fs::write(system.join("asp.dll"), b"MZ").unwrap();
    fs::write(system.join("inetsrv/below.dll"), b"MZ").unwrap();
    symlink("inetsrv", system.join("link to a folder")).unwrap();
    symlink("asp.dll", system.join("link.dll")).unwrap();
    let names = |place: Option<&str>| {
        let tree = DirectoryTree::open(folder.path()).unwrap();
        tree.names(place.map(parsed).as_ref())
    };
    let spelled = |names: &[&str]| FileNames {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        are_spelled: true,
    };
    assert_eq!(names(None).unwrap(), spelled(&["Notepad.exe"]));
    let in_system = ["W3dt.DLL", "asp.dll", "link.dll"];
    assert_eq!(names(Some("system32")).unwrap(), spelled(&in_system));
    assert_eq!(names(Some("system32/nowhere")).unwrap(), spelled(&[]));
    assert_eq!(names(Some("system32/asp.dll")).unwrap(), spelled(&[]), "no folder");
    // Where not all can be told, none are.
    symlink("/", system.join("out")).unwrap();
    assert!(matches!(names(Some("system32")), Err(TreeError::LeavesTree { .. })));
    fs::remove_file(system.join("out")).unwrap();
    let odd = std::os::unix::ffi::OsStrExt::from_bytes(b"odd\xff.dll".as_slice());
    fs::write(system.join::<&std::ffi::OsStr>(odd), b"MZ").unwrap();
    let error = names(Some("system32")).unwrap_err().to_string();
    assert!(error.contains("a name that is not Unicode"), "{error}");
}

#[test]
fn the_names_of_a_folder_in_memory_are_in_lower_case() {
    let mut tree = MemoryTree::new();
    for path in ["Notepad.exe", "system32/W3dt.dll", "system32/asp.dll", "system32/inetsrv/a.dll"] {
        tree.insert(parsed(path), b"MZ".as_slice());
    }
    let names = |place: Option<&str>| {
        let found = tree.names(place.map(parsed).as_ref()).unwrap();
        assert!(!found.are_spelled);
        found.names
    };
    assert_eq!(names(None), ["notepad.exe"]);
    assert_eq!(names(Some("SYSTEM32")), ["asp.dll", "w3dt.dll"]);
    assert!(names(Some("system32/nowhere")).is_empty());
}
