//! What certain rooms of the house must not say in their source, tests apart.

use super::check::{Canary, Check, Place};
use crate::{
    checkout::Checkout,
    rust_source::{RustSource, words},
};

/// The command itself, but for `args.rs`, which only parses.
const COMMAND: [&str; 5] =
    ["sim/main.rs", "sim/commands/", "sim/output.rs", "sim/progress.rs", "sim/failure.rs"];
const COMMAND_AND_REPORTS: [&str; 6] = [
    "sim/main.rs",
    "sim/commands/",
    "sim/output.rs",
    "sim/progress.rs",
    "sim/failure.rs",
    "sim/report/",
];

/// Printing is the business of the command and of the reports.
pub(crate) const PRINTING: Check = Check {
    name: "printing",
    find: |checkout| {
        let banned = ["println", "print", "eprintln", "eprint", "dbg", "stdout", "stderr"];
        // An external rule's own output is taken, not written.
        let allowed = [&COMMAND_AND_REPORTS[..], &["sim/rules/src/external/"]].concat();
        find(checkout, &banned, &allowed, |word| {
            format!("`{word}`: only the command and the reports print")
        })
    },
    canary: Canary {
        files: &[
            ("sim/main.rs", "fn main() { println!(); }"),
            ("sim/image/tests/look.rs", "fn look() { println!(); }"),
            ("sim/image/src/pe.rs", "fn write() {\n    // println!()\n    println!(\"dbg\");\n}"),
            ("sim/args.rs", "use std::io::stderr;"),
            (
                "sim/terms/src/lib.rs",
                "fn blueprint() {}\n#[cfg(test)]\nmod tests { fn a() { dbg!() } }",
            ),
        ],
        outputs: &[],
        places: &[("sim/args.rs", 1), ("sim/image/src/pe.rs", 3)],
    },
};

/// Equal input gives equal output: no clock, no environment and no randomness below the command.
pub(crate) const AMBIENT: Check = Check {
    name: "ambient",
    find: |checkout| {
        // `UNIX_EPOCH` alone is no clock: it is the same every time.
        let banned = [
            "SystemTime",
            "Instant",
            "std::env",
            "env::var",
            "env::args",
            "env::temp_dir",
            "env::current_dir",
            "rand",
            "thread_rng",
            "RandomState",
        ];
        // A program is looked for where the system looks when it starts it.
        let allowed = [&COMMAND[..], &["sim/rules/src/external/obstacle.rs"]].concat();
        find(checkout, &banned, &allowed, |word| {
            format!("`{word}`: no clock, environment or randomness below the command")
        })
    },
    canary: Canary {
        files: &[
            ("sim/main.rs", "use std::time::Instant;"),
            (
                "sim/explore/src/lib.rs",
                "//! No rand here.\nuse std::time::Instant;\nlet operand = 1;",
            ),
            ("sim/image/src/lib.rs", "let a = std::env::var(\"rand\");\nlet b = env!(\"NAME\");"),
            ("sim/oracle/src/lib.rs", "type A = HashMap<u8, u8, RandomState>;"),
        ],
        outputs: &[],
        places: &[
            ("sim/explore/src/lib.rs", 2),
            ("sim/image/src/lib.rs", 1),
            ("sim/oracle/src/lib.rs", 1),
        ],
    },
};

/// The model is pure, and so are vocabulary, search and truth.
pub(crate) const INPUT_OUTPUT: Check = Check {
    name: "input-output",
    find: |checkout| {
        let banned = ["std::fs", "std::io", "std::net", "std::process", "fs::File", "tempfile"];
        let pure = ["sim/terms/", "sim/servicing/", "sim/explore/", "sim/oracle/"];
        let elsewhere = |path: &str| !pure.iter().any(|room| path.starts_with(room));
        let places = find(checkout, &banned, &[], |word| {
            format!("`{word}`: this crate does no input or output")
        });
        places.into_iter().filter(|place| !elsewhere(&place.path)).collect()
    },
    canary: Canary {
        files: &[
            ("sim/servicing/src/lib.rs", "//! std::fs\n\nuse std::{\n    fmt,\n    fs,\n};"),
            ("sim/oracle/src/lib.rs", "use std::io::Write;"),
            ("sim/image/src/tree.rs", "use std::fs;"),
        ],
        outputs: &[],
        places: &[("sim/oracle/src/lib.rs", 1), ("sim/servicing/src/lib.rs", 5)],
    },
};

/// Finds words and paths in the code of `sim/`, outside tests and outside the rooms that may.
fn find(
    checkout: &Checkout,
    banned: &[&str],
    rooms_that_may: &[&str],
    says: fn(&str) -> String,
) -> Vec<Place> {
    let mut places = Vec::new();
    for (path, text) in checkout.rust() {
        let may = rooms_that_may.iter().any(|room| path.starts_with(room));
        if may || !path.starts_with("sim/") {
            continue;
        }
        let source = RustSource::scan(path, text);
        for (line, found) in paths(&source.code) {
            let is_test = source.is_test.get(line - 1).copied().unwrap_or(false);
            let Some(word) = banned.iter().find(|word| mentions(&found, word)) else { continue };
            if !is_test {
                places.push(Place::new(path, line, says(word)));
            }
        }
    }
    places.dedup_by(|a, b| (&a.path, a.line) == (&b.path, b.line));
    places
}

/// Whether a path holds these segments one after the other.
fn mentions(path: &[&str], banned: &str) -> bool {
    let banned: Vec<&str> = banned.split("::").collect();
    path.windows(banned.len()).any(|segments| segments == banned)
}

/// Every path of the code, with its line. Braces behind a path are followed: `std::{fmt, fs}` is
/// `std::fmt` and `std::fs`.
fn paths(code: &str) -> Vec<(usize, Vec<&str>)> {
    let mut paths = Vec::new();
    let mut prefixes: Vec<Vec<&str>> = Vec::new();
    let mut current: Vec<&str> = Vec::new();
    let (mut line, mut behind) = (1, 0);
    for (at, word) in words(code) {
        let gap = code.get(behind..at).unwrap_or_default();
        if gap != "::" {
            let mut opening = if gap.starts_with("::") { current } else { Vec::new() };
            for letter in gap.chars() {
                match letter {
                    '{' => prefixes.push(std::mem::take(&mut opening)),
                    '}' => drop(prefixes.pop()),
                    _ => {}
                }
            }
            current = prefixes.last().cloned().unwrap_or_default();
        }
        line += gap.matches('\n').count();
        current.push(word);
        paths.push((line, current.clone()));
        behind = at + word.len();
    }
    paths
}
