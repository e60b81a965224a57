//! Findings in the text of `scan`, each of which names its file.

use crate::program::{folder, run, word};
use std::{fs, path::Path};

const INETSRV: &str = "WINDOWS/system32/inetsrv";

fn build(steps: &str, to: &Path) {
    let words: Vec<&str> = steps.split(' ').chain(["--out", word(to)]).collect();
    let built = run(&[["build"].as_slice(), &words].concat());
    assert_eq!(built.code, 0, "{}", built.stderr);
}

#[test]
fn truncated_unreadable_and_foreign_files_are_named() {
    let place = folder(&[]);
    let (host, other) = (place.path().join("host"), place.path().join("other"));
    build("os:sp2 +iis", &host);
    build("os:sp2 +iis --arch x64", &other);
    let inetsrv = host.join(INETSRV);
    let whole = fs::read(inetsrv.join("asp.dll")).expect("a file");
    fs::write(inetsrv.join("asp.dll"), &whole[..whole.len() / 2]).expect("a file");
    fs::write(inetsrv.join("gzip.dll"), "This is no image.\n").expect("a file");
    fs::copy(other.join(INETSRV).join("wam.dll"), inetsrv.join("wam.dll")).expect("a copy");
    let scanned = run(&["scan", word(&host)]);
    let line = |kind: &str, file: &str| {
        let mut lines =
            scanned.stdout.lines().filter(|line| line.starts_with(&format!("  {kind} ")));
        lines.any(|line| line.contains(file))
    };
    for (kind, file) in
        [("truncated", "asp.dll"), ("unreadable", "gzip.dll"), ("wrong-architecture", "wam.dll")]
    {
        assert!(line(kind, file), "{kind} {file}: {}", scanned.stdout);
    }
    // No entry is without the name of a file; what is longer goes on below.
    let kinds = ["truncated", "unreadable", "wrong-architecture"];
    let entries = scanned
        .stdout
        .lines()
        .filter(|line| kinds.iter().any(|kind| line.starts_with(&format!("  {kind} "))));
    for entry in entries {
        assert!(
            ["asp.dll", "gzip.dll", "wam.dll"].iter().any(|name| entry.contains(name)),
            "{entry}"
        );
    }
}

/// A file that is cut off before its version has two findings.
#[test]
fn the_last_line_counts_each_file_once_that_could_not_be_read_whole() {
    let place = folder(&[]);
    let host = place.path().join("host");
    build("os:sp2 +iis", &host);
    let file = host.join(INETSRV).join("iisutil.dll");
    let whole = fs::read(&file).expect("a file");
    fs::write(&file, &whole[..3_000]).expect("a file");
    let scanned = run(&["scan", word(&host)]);
    assert_eq!(scanned.code, 3, "{}", scanned.stdout);
    let last = scanned.stdout.lines().last().unwrap_or_default();
    assert!(last.ends_with("with 2 findings; 1 file could not be read whole"), "{last}");
}
