//! Files that fit one room, functions that fit one screen, lines that fit one window.

use super::check::{Canary, Check, Place};
use crate::{checkout::is_markdown, rust_source::RustSource};

/// Files are split by idea, not by length; one that is longer than this is hardly one idea.
const FILE_LINES_MAX: usize = 900;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 100;

/// A text ten times.
macro_rules! ten {
    ($text:expr) => {
        concat!($text, $text, $text, $text, $text, $text, $text, $text, $text, $text)
    };
}

/// Languages that people write here, by the endings of their files.
const WRITTEN: [&str; 8] = [".rs", ".py", ".sh", ".js", ".mjs", ".ts", ".tsx", ".css"];

const LINES_901: &str = concat!(ten!(ten!("a\na\na\na\na\na\na\na\na\n")), "a\n");

/// Files that may be longer, with the reason.
const LONG_FILES: [(&str, &str); 1] =
    [("sim/catalog/src/model.rs", "a list of record types, one a fact, with a sentence each")];

/// Files over the limit that are not tables.
pub(crate) const FILES: Check = Check {
    name: "file-length",
    find: |checkout| {
        let written = checkout.ending_in(&WRITTEN);
        let long = written.filter(|(path, text)| {
            let may = LONG_FILES.iter().any(|(table, _)| table == path);
            !may && text.lines().count() > FILE_LINES_MAX
        });
        let place = |(path, text): (&str, &str)| {
            let count = text.lines().count();
            let says = format!("{count} lines; more than {FILE_LINES_MAX} are more than one room");
            Place::new(path, FILE_LINES_MAX + 1, says)
        };
        long.map(place).collect()
    },
    canary: Canary {
        files: &[
            ("sim/long.rs", LINES_901),
            ("sim/catalog/src/model.rs", LINES_901),
            ("corpus/long.toml", LINES_901),
            ("sim/short.rs", "\n"),
        ],
        outputs: &[],
        places: &[("sim/long.rs", 901)],
    },
};

/// Functions over the limit.
pub(crate) const FUNCTIONS: Check = Check {
    name: "function-length",
    find: |checkout| {
        let mut places = Vec::new();
        for (path, text) in checkout.rust() {
            for (first, last, name) in RustSource::scan(path, text).functions() {
                let count = last - first + 1;
                if count > FUNCTION_LINES_MAX {
                    let says = format!("`{name}` has {count} lines; at most {FUNCTION_LINES_MAX}");
                    places.push(Place::new(path, first, says));
                }
            }
        }
        places
    },
    canary: Canary {
        files: &[
            ("sim/a.rs", concat!("fn short() {}\nfn long(\n) {", ten!("\n\n\n\n\n\n\n"), "}\n")),
            (
                "sim/b.rs",
                concat!("fn just(\n) {", ten!("\n\n\n\n\n\n"), "\n\n\n\n\n\n\n\n}\nfn next() {}\n"),
            ),
        ],
        outputs: &[],
        places: &[("sim/a.rs", 2)],
    },
};

/// Lines over the limit. Tables, links and code blocks of Markdown cannot be wrapped, and neither
/// can the texts of a catalog.
pub(crate) const LINES: Check = Check {
    name: "line-width",
    find: |checkout| {
        let mut places = Vec::new();
        let endings = [&WRITTEN[..], &[".yml", ".md"]].concat();
        for (path, text) in checkout.ending_in(&endings) {
            let mut in_block = false;
            for (at, line) in text.lines().enumerate() {
                in_block ^= line.trim_start().starts_with("```");
                let wide = line.chars().count() > LINE_COLUMNS_MAX;
                let may =
                    is_markdown(path) && (in_block || line.starts_with('|') || line.contains("]("));
                if wide && !may {
                    let says = format!("more than {LINE_COLUMNS_MAX} columns");
                    places.push(Place::new(path, at + 1, says));
                }
            }
        }
        places
    },
    canary: Canary {
        files: &[
            ("a.md", concat!("| ", ten!("1234567890"), "\n", ten!("1234567890"), "x\n")),
            ("b.rs", concat!("//! A.\n", ten!("1234567890"), "\n", ten!("1234567890"), "x\n")),
            ("c.css", concat!(".a {}\n", ten!("1234567890"), "x\n")),
            ("d.tsx", concat!(ten!("1234567890"), "x\n")),
            ("dist/e.html", concat!(ten!("1234567890"), "x\n")),
        ],
        outputs: &[],
        places: &[("a.md", 2), ("b.rs", 3), ("c.css", 2), ("d.tsx", 1)],
    },
};
