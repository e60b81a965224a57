//! The fuzz targets on their seeds, with the stable toolchain.
//!
//! What `fuzz/` does with random inputs is done here with what the search begins with: every
//! malformed shape, images and hives of a host, the files of the corpus, the seeds, and inputs that
//! were found once, in `fuzz/regressions`. So the targets are compiled and run wherever the tests
//! are.

// The crate of the targets is in a workspace of its own and needs the nightly toolchain.
#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;

use patchstate_test_support::malformed::shapes;
use std::{
    fs,
    path::{Path, PathBuf},
};

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 8] = [
    ("image", targets::image),
    ("hive", targets::hive),
    ("rule_file", targets::rule_file),
    ("scenario", targets::scenario),
    ("catalog", targets::catalog),
    ("oval", targets::oval),
    ("resolution", targets::resolution),
    ("diagram", targets::diagram),
];

fn below(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).expect("a folder of the checkout");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_file()).collect();
    files.sort();
    files
}

#[test]
fn what_was_found_once_is_survived() {
    let mut count = 0;
    for file in below("fuzz/regressions") {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
        let target = TARGETS.iter().find(|(target, _)| name.starts_with(target));
        let (_, run) = target.unwrap_or_else(|| panic!("{name} names no target"));
        run(&fs::read(&file).expect("a file"));
        count += 1;
    }
    assert!(count >= 3, "{count}");
}

#[test]
fn every_malformed_shape_keeps_the_promises_about_images() {
    for shape in shapes() {
        targets::image(&shape.bytes);
        targets::hive(&shape.bytes);
    }
}

#[test]
fn what_a_host_has_keeps_the_promises_about_images_and_hives() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let host = folder.path().join("host");
    let mut program = assert_cmd::Command::new(env!("CARGO_BIN_EXE_patchstate"));
    let order = ["build", "-q", "os:rtm", "sp2", "+iis@rtm", "kb973917/v1", "--out"];
    program.args(order).arg(&host).assert().success();
    let read = |path: &str| fs::read(host.join("WINDOWS/system32").join(path)).expect("a file");
    for hive in ["config/software", "config/system"] {
        let bytes = read(hive);
        assert!(bytes.starts_with(b"regf"), "{hive}");
        targets::hive(&bytes);
        // Every byte that is said in the first blocks, changed: most are lengths and places.
        for at in (0..bytes.len().min(8192)).filter(|at| bytes[*at] != 0).step_by(7) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x11;
            targets::hive(&changed);
        }
    }
    let unfinished = unfinished_write();
    targets::hive(&unfinished);
    // Base block, first bin, and the log with its list of sectors.
    for at in (0..unfinished.len()).filter(|at| unfinished[*at] != 0).step_by(5) {
        let mut changed = unfinished.clone();
        changed[at] ^= 0x11;
        targets::hive(&changed);
    }
    for image in ["inetsrv/iisutil.dll", "inetsrv/w3wp.exe", "inetsrv/w3core.dll"] {
        targets::image(&read(image));
    }
}

/// A hive in the middle of a write, its log, and the length of that: the seed of the target
/// `hive` in `fuzz/seeds`, which is written anew with `INSTA_UPDATE=always`.
fn unfinished_write() -> Vec<u8> {
    use patchstate_image::{HiveDescription, write_unfinished};
    use patchstate_terms::RegistryValue;
    let before = HiveDescription { time: 1, ..HiveDescription::new("software") };
    let mut after = HiveDescription { time: 2, ..before.clone() };
    let at = |name: &str| ("Microsoft".to_owned(), name.to_owned());
    let texts = ["one", "two"].map(str::to_owned).to_vec();
    after.values.insert(at("texts"), RegistryValue::Texts(texts));
    after.values.insert(at("long"), RegistryValue::Binary(vec![7; 20_000]));
    let written = write_unfinished(&before, &after).expect("a hive");
    let length = u32::try_from(written.log.len()).expect("a short log");
    let bytes = [written.hive, written.log, length.to_le_bytes().to_vec()].concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/unfinished.hive");
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        fs::write(&path, &bytes).expect("the seed");
    }
    assert!(fs::read(&path).expect("the seed") == bytes, "INSTA_UPDATE=always writes it");
    bytes
}

#[test]
fn the_seeds_keep_the_promises_about_rules() {
    targets::rule_file(include_bytes!("../../sim/rules/src/cel/tests/first.rule.toml"));
    targets::oval(include_bytes!("../../fuzz/seeds/first.xml"));
    for file in below("corpus/rules") {
        let bytes = fs::read(&file).expect("a file");
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("toml") => targets::rule_file(&bytes),
            Some("xml") => targets::oval(&bytes),
            _ => {}
        }
    }
}

#[test]
fn the_corpus_keeps_the_promises_about_texts() {
    for file in below("corpus/scenarios") {
        targets::scenario(&fs::read(file).expect("a file"));
    }
    for file in below("corpus/catalog") {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        let text = fs::read_to_string(&file).expect("a text");
        targets::catalog(format!("=== {name}\n{text}").as_bytes());
    }
}

/// Bytes that look random and are the same every time (the generator of Park and Miller).
fn random_bytes(mut number: u64) -> impl FnMut(usize) -> Vec<u8> {
    move |count| {
        let next = |_| {
            number = number * 48_271 % 0x7fff_ffff;
            u8::try_from(number >> 8 & 0xFF).unwrap_or(0)
        };
        (0..count).map(next).collect()
    }
}

#[test]
fn diagrams_do_what_sets_of_tuples_do() {
    let mut random = random_bytes(1986);
    for _ in 0..1_000 {
        targets::diagram(&random(200));
    }
}

#[test]
fn images_that_ask_each_other_are_resolved_as_a_naive_walk_does() {
    let mut random = random_bytes(2003);
    for _ in 0..300 {
        let bytes = random(120);
        targets::resolution(&bytes);
        // Without changes of bytes, so that the comparison is exact.
        let described: Vec<u8> = bytes.iter().copied().take(60).collect();
        targets::resolution(&described);
    }
}
