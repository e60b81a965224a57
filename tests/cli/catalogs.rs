//! A catalog of one's own, and what the core knows of it.

#[cfg(unix)]
use crate::pages::blocks;
use crate::program::{Ended, run_in};
use std::{fs, path::Path};
use tempfile::TempDir;

#[cfg(unix)]
/// The page that tells how to add an update. `pages/` follows it.
const PAGE: &str = include_str!("../../docs/how-to/add-an-update.md");

/// A folder with the built-in catalog in `mine`.
fn exported() -> TempDir {
    let place = TempDir::new().expect("a temporary folder");
    let ended = run_in(place.path(), &["catalog", "export", "mine"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.ends_with("done: 16 files written to mine\n"), "{}", ended.stdout);
    place
}

fn append(file: &Path, text: &str) {
    let before = fs::read_to_string(file).expect("the file");
    fs::write(file, format!("{before}\n{text}")).expect("the file can be written");
}

fn change(file: &Path, from: &str, to: &str) {
    let before = fs::read_to_string(file).expect("the file");
    assert!(before.contains(from), "{} has no {from}", file.display());
    fs::write(file, before.replacen(from, to, 1)).expect("the file can be written");
}

/// What `check --json` says of the folder `mine`: code, file and message of each diagnostic.
fn checked(place: &Path) -> (i32, Vec<[String; 3]>) {
    let ended = run_in(place, &["check", "mine", "--json"]);
    let object = ended.json();
    let found = object["diagnostics"].as_array().expect("diagnostics").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let found = found.map(|one| ["code", "file", "message"].map(|key| text(&one[key])));
    (ended.code, found.collect())
}

#[test]
fn what_is_exported_is_the_built_in_catalog_and_changes_nothing() {
    let place = exported();
    assert_eq!(checked(place.path()), (0, Vec::new()));
    let scope = ["verify", "--components", "iis", "--updates", "KB973917", "--json"];
    let own = [&scope[..], &["--catalog", "mine"]].concat();
    let [built_in, own] = [&scope[..], &own].map(|words| run_in(place.path(), words));
    assert_eq!((built_in.code, own.code), (0, 0), "{}", own.stderr);
    assert_eq!(own.stdout, built_in.stdout);
    // What is there stays.
    let file = place.path().join("mine/advisories/updates.toml");
    fs::write(&file, "mine").expect("the file can be written");
    let again = run_in(place.path(), &["catalog", "export", "mine", "--json"]);
    assert_eq!((again.code, again.json()["files"].as_array().map(Vec::len)), (0, Some(0)));
    assert_eq!(again.json()["left"].as_array().map(Vec::len), Some(16));
    assert_eq!(fs::read_to_string(&file).expect("the file"), "mine");
}

#[test]
fn what_cannot_be_meant_is_bad_usage_and_writes_nothing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let refused = |words: &[&str], says: &str| {
        let ended = run_in(place.path(), &[&["catalog", "export", "mine"], words].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        let left = fs::read_dir(place.path()).expect("the folder").count();
        assert_eq!(left, 0, "{words:?}");
    };
    refused(&["--catalog", "other"], "--catalog has no meaning here");
    refused(&["--assume", "A5=refused"], "--assume has no meaning here");
    refused(&["--output", "mine/updates.toml"], "`--output` would replace it");
    refused(&["--output", "./mine/updates.toml"], "`--output` would replace it");
}

#[test]
fn mistakes_in_advisories_are_bad_input_at_their_place() {
    let place = exported();
    let advisories = place.path().join("mine/advisories");
    change(&advisories.join("updates.toml"), "inetsrv/asp.dll", "inetsrv/asq.dll");
    change(&advisories.join("platform.toml"), "sp1 = 1830", "sp1 = 9999");
    let (code, found) = checked(place.path());
    assert_eq!(code, 2);
    let files: Vec<&str> = found.iter().map(|[_, file, _]| file.as_str()).collect();
    assert_eq!(files, ["mine/advisories/platform.toml", "mine/advisories/updates.toml"]);
    assert!(found.iter().all(|[code, _, _]| code == "core/advisories"), "{found:?}");
    // Nothing else runs on them either.
    fs::create_dir_all(place.path().join("WINDOWS/system32")).expect("a folder");
    for words in [&["run", "os:sp2", "+iis"][..], &["verify"], &["scan", "."]] {
        let ended = run_in(place.path(), &[words, &["--catalog", "mine", "--json"]].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{words:?}");
        assert!(ended.stderr.contains("mine/advisories/updates.toml:"), "{}", ended.stderr);
    }
    fs::remove_file(advisories.join("requirements.toml")).expect("it was there");
    let (code, found) = checked(place.path());
    let missing = found.iter().find(|[_, file, _]| file.ends_with("requirements.toml"));
    assert_eq!(code, 2);
    assert_eq!(missing.map(|[_, _, message]| message.as_str()), Some("the file is missing"));
    // A folder without any of them is one that lacks all.
    fs::remove_dir_all(&advisories).expect("it was there");
    fs::create_dir(&advisories).expect("a folder");
    let (code, found) = checked(place.path());
    let says: Vec<&str> = found.iter().map(|[_, _, message]| message.as_str()).collect();
    assert_eq!((code, says), (2, vec!["the file is missing"; 4]));
}

/// `verify` of a small scope with the catalog in `mine`.
fn verified(place: &Path) -> Ended {
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB9900001"];
    run_in(place, &[&["verify", "--catalog", "mine"], &scope[..]].concat())
}

/// A catalog may be older than the program, and know fewer assumptions.
#[test]
fn an_assumption_that_a_catalog_does_not_have_is_at_its_default() {
    let place = exported();
    let file = place.path().join("mine/assumptions.toml");
    let text = fs::read_to_string(&file).expect("the file");
    let (before, rest) = text.split_once("[[assumption]]\nid = \"A30\"").expect("A30");
    let (_, after) = rest.split_once("[[assumption]]").expect("another one behind it");
    fs::write(&file, format!("{before}[[assumption]]{after}")).expect("it can be written");
    let scope = ["--components", "iis", "--updates", "KB973917", "--json"];
    let ended = run_in(place.path(), &[&["verify", "--catalog", "mine"], &scope[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let object = ended.json();
    let ids = |list: &serde_json::Value| -> Vec<String> {
        let claims = list.as_array().expect("claims").iter();
        claims.map(|claim| claim["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert!(ids(&object["claims"]).contains(&"readded-iis-is-mixed-again".to_owned()));
    let of_a30 = "removing-kb973917-always-cures".to_owned();
    assert!(ids(&object["claims_not_checked"]).contains(&of_a30));
    assert!(!ids(&object["claims"]).contains(&of_a30));
}

#[test]
#[cfg(unix)]
fn advice_of_a_core_that_does_not_know_an_update_is_worse() {
    let place = exported();
    let tables: Vec<String> = blocks(PAGE)
        .into_iter()
        .filter(|block| block.kind == "toml")
        .map(|block| block.text)
        .collect();
    let [update, source, of_core] = tables.as_slice() else { panic!("three tables") };
    append(&place.path().join("mine/updates.toml"), update);
    append(&place.path().join("mine/sources.toml"), source);
    let unknown = verified(place.path());
    let note = "the detection core differs from this catalog in one thing: `patchstate check mine`";
    assert!(unknown.stderr.contains(note), "{}", unknown.stderr);
    // What is wrong it reads from the files and the registry all the same.
    assert_eq!(unknown.code, 0, "{}{}", unknown.stdout, unknown.stderr);
    assert!(unknown.stdout.contains("it is too long on"), "{}", unknown.stdout);
    append(&place.path().join("mine/advisories/updates.toml"), of_core);
    let known = verified(place.path());
    assert_eq!((known.code, known.stderr.as_str()), (0, ""), "{}", known.stdout);
    assert!(!known.stdout.contains("it is too long on"), "{}", known.stdout);
}

#[test]
fn a_core_that_does_not_know_a_file_is_wrong_about_hosts() {
    let place = exported();
    change(&place.path().join("mine/advisories/components.toml"), "\"httpext.dll\", ", "");
    let updates = place.path().join("mine/advisories/updates.toml");
    let text = fs::read_to_string(&updates).expect("the file");
    fs::write(&updates, text.replace("httpext.dll", "gzip.dll")).expect("it can be written");
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB970483"];
    let ended = run_in(place.path(), &[&["verify", "--catalog", "mine"], &scope[..]].concat());
    assert_eq!(ended.code, 1, "{}{}", ended.stdout, ended.stderr);
    let (code, found) = checked(place.path());
    assert_eq!(code, 0);
    let says = "the core knows no system32/inetsrv/httpext.dll of iis_www";
    assert!(found.iter().any(|[code, _, message]| code == "core/unknown" && message == says));
}
