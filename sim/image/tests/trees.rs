//! A tree is on disk as a whole or not at all, and never anywhere but in its folder.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_image::{BuiltTree, ImageError};
use std::{fs, path::Path};

fn tree(paths: &[&str]) -> BuiltTree {
    let mut tree = BuiltTree::new();
    for path in paths {
        tree.insert(path.parse().expect("a path"), path.as_bytes().into());
    }
    tree
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_folder_gets_every_file_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("new/out");
    let paths = ["system32/inetsrv/a.dll", "system32/config/software", "top.txt"];
    tree(&paths).write_to(&out, "WINDOWS").expect("written");
    assert_eq!(names(&out), ["WINDOWS"]);
    assert_eq!(names(&out.join("WINDOWS")), ["system32", "top.txt"]);
    assert_eq!(names(&out.join("WINDOWS/system32")), ["config", "inetsrv"]);
    for path in paths {
        let bytes = fs::read(out.join("WINDOWS").join(path)).expect("a file");
        assert_eq!(bytes, path.as_bytes());
    }
}

#[test]
fn a_tree_knows_its_files() {
    let paths = ["system32/a.dll", "top.txt", "system32/b.dll"];
    let tree = tree(&paths);
    assert_eq!(tree.len(), 3);
    for path in paths {
        let bytes = tree.get(&path.parse().expect("a path")).map(|bytes| &bytes[..]);
        assert_eq!(bytes, Some(path.as_bytes()));
    }
    assert_eq!(tree.get(&"other.txt".parse().expect("a path")), None);
}

#[test]
fn an_empty_folder_is_used_and_an_empty_tree_makes_an_empty_windows_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    BuiltTree::new().write_to(folder.path(), "WINNT").expect("written");
    assert_eq!(names(folder.path()), ["WINNT"]);
    assert!(names(&folder.path().join("WINNT")).is_empty());
}

#[test]
fn a_folder_that_is_not_empty_is_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("mine"), "x").expect("written");
    let error = tree(&["a"]).write_to(folder.path(), "WINDOWS").expect_err("not empty");
    assert!(matches!(&error, ImageError::NotEmpty { path } if path == folder.path()));
    assert!(error.to_string().contains(&folder.path().display().to_string()));
    assert_eq!(names(folder.path()), ["mine"]);
}

#[test]
fn an_output_that_is_a_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("file");
    fs::write(&out, "x").expect("written");
    let error = tree(&["a"]).write_to(&out, "WINDOWS").expect_err("a file");
    assert!(matches!(&error, ImageError::Io { path, .. } if *path == out), "{error}");
    assert_eq!(fs::read(&out).expect("a file"), b"x");
    let error = tree(&["a"]).write_to(&out.join("below"), "WINDOWS").expect_err("a file");
    assert!(matches!(&error, ImageError::Io { .. }), "{error}");
    assert!(error.to_string().contains("read the output folder"), "{error}");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn a_path_that_is_file_and_folder_at_once_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let error = tree(&["a", "a/b/c"]).write_to(&out, "WINDOWS").expect_err("a conflict");
    assert!(matches!(&error, ImageError::FileIsFolder { path } if path.as_str() == "a"));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_top_folder_that_is_not_one_plain_name_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    for top in ["", ".", "..", "a/b", "/a", r"a\b", "a\0b"] {
        let error = tree(&["a"]).write_to(&out, top).expect_err(top);
        assert!(matches!(&error, ImageError::OutsideFolder { path } if path == top), "{error}");
    }
    assert!(names(folder.path()).is_empty());
}

/// A name that Windows allows in length only; file systems here stop at 255 bytes.
#[test]
fn after_an_error_nothing_that_was_made_stays_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = format!("system32/{}", "x".repeat(300));
    let failing = tree(&["system32/a", "system32/b", &long]);

    let out = folder.path().join("new/deeper");
    let error = failing.write_to(&out, "WINDOWS").expect_err("too long a name");
    assert!(matches!(&error, ImageError::Io { path, .. } if path.ends_with(&long)), "{error}");
    assert!(names(folder.path()).is_empty());

    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    failing.write_to(&empty, "WINDOWS").expect_err("too long a name");
    assert!(names(&empty).is_empty());
}

#[test]
fn several_trees_get_a_folder_each_and_a_file_beside_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("new");
    let (one, two) = (tree(&["system32/a.dll"]), tree(&["top.txt"]));
    let trees = [("1".to_owned(), &one), ("2".to_owned(), &two)];
    BuiltTree::write_all(&trees, &out, "WINDOWS", ("all.json", "{}")).expect("written");
    assert_eq!(names(&out), ["1", "2", "all.json"]);
    assert_eq!(names(&out.join("1")), ["WINDOWS"]);
    assert_eq!(fs::read(out.join("1/WINDOWS/system32/a.dll")).expect("a file"), b"system32/a.dll");
    assert_eq!(fs::read(out.join("2/WINDOWS/top.txt")).expect("a file"), b"top.txt");
    // A folder that holds something is left as it is.
    let again = BuiltTree::write_all(&trees, &out, "WINDOWS", ("all.json", "other"));
    assert!(matches!(again, Err(ImageError::NotEmpty { .. })), "{again:?}");
    assert_eq!(fs::read(out.join("all.json")).expect("a file"), b"{}");
    assert!(BuiltTree::check_output_folder(&out).is_err());
    assert!(BuiltTree::check_output_folder(&folder.path().join("none")).is_ok());
}

#[test]
fn no_tree_of_several_is_written_outside_of_the_folder_or_in_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("new");
    let good = tree(&["top.txt"]);
    for name in ["..", "a/b", "", "/tmp"] {
        let trees = [("1".to_owned(), &good), (name.to_owned(), &good)];
        let written = BuiltTree::write_all(&trees, &out, "WINDOWS", ("all.json", "{}"));
        assert!(matches!(written, Err(ImageError::OutsideFolder { .. })), "{name}: {written:?}");
        let trees = [("1".to_owned(), &good)];
        let written = BuiltTree::write_all(&trees, &out, "WINDOWS", (name, "{}"));
        assert!(matches!(written, Err(ImageError::OutsideFolder { .. })), "{name}: {written:?}");
        assert!(!out.exists(), "{name}");
    }
    // Two of one name: the second cannot be made, and the first is gone again.
    let trees = [("1".to_owned(), &good), ("1".to_owned(), &good)];
    assert!(BuiltTree::write_all(&trees, &out, "WINDOWS", ("all.json", "{}")).is_err());
    assert!(!out.exists());
}
