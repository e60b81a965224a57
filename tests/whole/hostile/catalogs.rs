//! `build` with a catalog that wants its files somewhere else.

use super::trees::finished;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A file that the order below brings.
const PATH: &str = "system32/inetsrv/iisutil.dll";

/// Places that no file of a catalog may have, as a catalog writes them.
const PLACES: [&str; 14] = [
    "../iisutil.dll",
    "../../../../../../tmp/iisutil.dll",
    "system32/../../../iisutil.dll",
    "system32/.. /.. /.. /iisutil.dll",
    "system32/..\\\\..\\\\..\\\\iisutil.dll",
    "/tmp/iisutil.dll",
    "\\\\\\\\server\\\\share\\\\iisutil.dll",
    "c:/iisutil.dll",
    "c:iisutil.dll",
    "system32/iisutil.dll:stream",
    "system32/con",
    "system32/nul.dll",
    "system32/iisutil.dll.",
    "",
];

/// The built-in catalog, with another place for the file wherever it is named.
fn catalog(folder: &Path, place: &str) -> PathBuf {
    let own = folder.join("catalog");
    fs::create_dir(&own).expect("a folder");
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/catalog");
    let mut replaced = 0;
    for entry in fs::read_dir(built_in).expect("the built-in catalog") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a text");
        replaced += text.matches(PATH).count();
        let name = path.file_name().expect("a name");
        fs::write(own.join(name), text.replace(PATH, place)).expect("a file");
    }
    assert!(replaced > 0, "the catalog has the file");
    own
}

fn everything_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(everything_below(&path));
        }
        found.insert(path);
    }
    found
}

fn build(catalog: &Path, out: &Path) -> (i32, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    program.args(["build", "os:sp2", "+iis_common", "--catalog"]).arg(catalog);
    finished(program.arg("--out").arg(out))
}

#[test]
fn no_place_in_a_catalog_leads_out_of_the_folder() {
    for place in PLACES {
        let root = tempfile::TempDir::new().expect("a folder");
        let catalog = catalog(root.path(), place);
        let before = everything_below(root.path());
        let (code, stdout, stderr) = build(&catalog, &root.path().join("out"));
        assert_eq!((code, stdout.as_str()), (2, ""), "{place}: {stderr}");
        assert!(stderr.contains("files-"), "the file of the catalog is named: {stderr}");
        assert!(place.is_empty() || stderr.contains("catalog/bad-path"), "{place}: {stderr}");
        assert_eq!(everything_below(root.path()), before, "{place}");
        assert!(!Path::new("/tmp/iisutil.dll").exists());
    }
}

#[test]
fn another_plain_place_is_taken() {
    // So that the test above does not pass because every change is a mistake.
    let root = tempfile::TempDir::new().expect("a folder");
    let catalog = catalog(root.path(), "system32/other/iisutil.dll");
    let out = root.path().join("out");
    let (code, _, stderr) = build(&catalog, &out);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(out.join("WINDOWS/system32/other/iisutil.dll").is_file());
    assert!(!out.join("WINDOWS/system32/inetsrv/iisutil.dll").exists());
}

#[cfg(unix)]
#[test]
fn links_where_the_folder_shall_be_do_not_lead_files_elsewhere() {
    use std::os::unix::fs::symlink;
    let root = tempfile::TempDir::new().expect("a folder");
    let catalog = catalog(root.path(), PATH);
    let outside = root.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    // The name of the Windows folder is taken, by a link that leads elsewhere.
    let out = root.path().join("out");
    fs::create_dir(&out).expect("a folder");
    symlink(&outside, out.join("WINDOWS")).expect("a link");
    let (code, _, stderr) = build(&catalog, &out);
    assert_eq!(code, 2, "{stderr}");
    // The folder itself is a link to nothing: it is not made on the other side.
    let dangling = root.path().join("dangling");
    symlink(root.path().join("nowhere"), &dangling).expect("a link");
    let (code, _, stderr) = build(&catalog, &dangling);
    assert_eq!(code, 2, "{stderr}");
    assert!(!root.path().join("nowhere").exists());
    assert_eq!(everything_below(&outside), BTreeSet::new());
}
