//! `build` into places where it must not or cannot write.

use super::trees::finished;
use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// Runs `build` of a small host into a folder.
fn build(out: &Path) -> (i32, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    program.args(["build", "os:sp2", "+iis_common", "--out"]).arg(out);
    finished(&program)
}

/// Everything below a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        names.insert(path.display().to_string());
        if path.is_dir() {
            names.extend(self::names(&path));
        }
    }
    names
}

/// The build fails, names the place, and leaves everything as it was.
fn check_refused(root: &Path, out: &Path) {
    let before = names(root);
    let (code, stdout, stderr) = build(out);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains(&out.display().to_string()), "{stderr}");
    assert_eq!(names(root), before);
}

#[test]
fn a_folder_that_is_not_empty_is_left_as_it_is() {
    let root = tempfile::TempDir::new().expect("a folder");
    for inside in ["WINDOWS", "other", ".hidden"] {
        let out = root.path().join(inside).join("out");
        fs::create_dir_all(out.join(inside)).expect("folders");
        fs::write(out.join(inside).join("precious.txt"), "precious").expect("a file");
        check_refused(root.path(), &out);
        let text = fs::read_to_string(out.join(inside).join("precious.txt"));
        assert_eq!(text.expect("it is still there"), "precious");
    }
}

#[test]
fn a_file_is_no_folder_to_build_into() {
    let root = tempfile::TempDir::new().expect("a folder");
    let file = root.path().join("file");
    fs::write(&file, "precious").expect("a file");
    check_refused(root.path(), &file);
    check_refused(root.path(), &file.join("below"));
    assert_eq!(fs::read_to_string(&file).expect("it is still there"), "precious");
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_where_nothing_can_be_made_is_named() {
    let (code, stdout, stderr) = build(Path::new("/proc/no/such/place"));
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("/proc/no"), "{stderr}");
}

#[test]
fn an_order_with_mistakes_makes_no_folder() {
    let root = tempfile::TempDir::new().expect("a folder");
    let out = root.path().join("out");
    let mut program = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    program.args(["build", "os:sp2", "+nothing", "--out"]).arg(&out);
    assert_eq!(finished(&program).0, 2);
    assert!(!out.exists());
}

#[test]
fn new_and_empty_folders_get_one_windows_folder_and_nothing_else() {
    let root = tempfile::TempDir::new().expect("a folder");
    let empty = root.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    for out in [empty, root.path().join("new"), root.path().join("new/../a/b/c")] {
        let (code, _, stderr) = build(&out);
        assert_eq!((code, stderr.as_str()), (0, ""));
        let inside: Vec<_> = fs::read_dir(&out).expect("a folder").collect();
        assert_eq!(inside.len(), 1);
        assert!(out.join("WINDOWS/system32/inetsrv/iisutil.dll").is_file());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_leaves_nothing_half_written() {
    // The limit is on the size of one file, in blocks of 512 bytes: the kernel does not fit.
    let root = tempfile::TempDir::new().expect("a folder");
    let out = root.path().join("out");
    let (program, place) = (env!("CARGO_BIN_EXE_patchstate"), out.display());
    let script =
        format!("trap '' XFSZ; ulimit -f 500; exec '{program}' build os:sp2 +iis --out '{place}'");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]);
    let (code, stdout, stderr) = finished(&shell);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("write the file"), "{stderr}");
    assert!(!out.exists(), "the folder that was made is gone again");
}
