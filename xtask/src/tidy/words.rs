//! Words that must not stand in what we publish.

use super::check::{Canary, Check, Place};
use crate::rust_source::words as words_of;

/// Words that announce work not done. They are put together here, so that this file does not
/// contain them.
const BANNED_WORDS: [&str; 6] = [
    concat!("st", "ub"),
    concat!("ha", "ck"),
    concat!("to", "do"),
    concat!("fix", "me"),
    concat!("x", "xx"),
    concat!("unimple", "mented"),
];

/// The program in front of every PE file has a name that holds such a word.
const FIELD_TERM: &str = concat!("dos st", "ub");

/// Paths of one machine, mirrors of package registries, and other places that mean nothing to a
/// reader. A package comes from where the reader's own tools look for it.
const PRIVATE: [&str; 12] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/op", "t/oracle"),
    concat!("/op", "t/wheels"),
    concat!("../sha", "red"),
    concat!(".libra", "ry/"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
];

/// Banned words in code, comments and documents.
pub(crate) const BANNED: Check = Check {
    name: "banned-words",
    find: |checkout| {
        let mut places = Vec::new();
        let written = [".rs", ".md", ".toml", ".py", ".sh", ".yml", ".html", ".js", "/run"];
        for (path, text) in checkout.ending_in(&written) {
            for (at, line) in text.lines().enumerate() {
                let line = line.to_lowercase().replace(FIELD_TERM, "");
                let banned = words_of(&line).find(|(_, word)| BANNED_WORDS.contains(word));
                places.extend(banned.map(|(_, word)| {
                    Place::new(path, at + 1, format!("`{word}`: finish it, or write down the gap"))
                }));
            }
        }
        places
    },
    canary: Canary {
        files: &[
            ("README.md", concat!("A quick HA", "CK.\n")),
            ("a.rs", concat!("// TO", "DO: later\nto", "do!();\n// a DOS St", "ub, hackers\n")),
            ("b.py", concat!("write_dos_header_and_st", "ub()\nst", "ub()\n")),
        ],
        outputs: &[],
        places: &[("README.md", 1), ("a.rs", 1), ("a.rs", 2), ("b.py", 2)],
    },
};

/// Paths of a machine in files that others will read.
pub(crate) const WORKSHOP: Check = Check {
    name: "private-places",
    find: |checkout| {
        let mut places = Vec::new();
        for (path, text) in &checkout.texts {
            for (at, line) in text.lines().enumerate() {
                let private = PRIVATE.iter().find(|private| is_private(line, private));
                places.extend(private.map(|private| {
                    Place::new(path, at + 1, format!("`{private}` means nothing to a reader"))
                }));
            }
        }
        places
    },
    canary: Canary {
        files: &[
            ("Cargo.lock", concat!("source = \"https://index.crates", ".io/\"\n")),
            ("a.sh", concat!("ls /wo", "rk/main\nls ~/wo", "rk/main\n")),
            ("b.md", concat!("see `/ho", "me/someone/x`\nframe/wo", "rk/of\n")),
        ],
        outputs: &[],
        places: &[("Cargo.lock", 1), ("a.sh", 1), ("b.md", 1)],
    },
};

/// A path from the root counts only where it starts; other texts count anywhere.
fn is_private(line: &str, private: &str) -> bool {
    line.match_indices(private).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let inside = |letter: char| letter.is_alphanumeric() || "~.-_/}$".contains(letter);
        !private.starts_with('/') || !before.is_some_and(inside)
    })
}
