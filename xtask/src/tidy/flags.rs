//! Every public flag is in the manual or on a page, and every command on a page. Pages are the
//! README and what is written in the book; its reference is made from the help itself.

use super::check::{Canary, Check, Place};
use crate::checkout::{Checkout, command_names};
use std::collections::BTreeSet;

/// Flags and commands that no document names.
pub(crate) const CHECK: Check = Check {
    name: "flags",
    find,
    canary: Canary {
        files: &[
            ("README.md", "`patchstate scan`.\n"),
            ("docs/a.md", "`patchstate verify --exit-zero`.\n"),
            ("docs/reference/commands.md", "patchstate run --rule\n"),
        ],
        outputs: &[
            (
                "--help",
                "Commands:\n  scan  Scans\n          more\n  run   Runs\n\nOptions:\n  \
                 -q, --quiet  x\n",
            ),
            ("man", "\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\n\\fB\\-\\-rule\\-file\\fR\n"),
            (
                "scan --help",
                "Options:\n      --rule <FILE>\n          See --hidden\n  -x, --exit-zero\n",
            ),
        ],
        places: &[("README.md", 0), ("patchstate scan --help", 2)],
    },
};

fn find(checkout: &Checkout) -> Vec<Place> {
    let is_written = |path: &str| {
        path == "README.md" || path.starts_with("docs/") && !path.starts_with("docs/reference/")
    };
    let pages = checkout.ending_in(&[".md"]).filter(|(path, _)| is_written(path));
    let pages: String = pages.map(|(_, text)| text).collect();
    let manual = checkout.outputs.get("man").map(|manual| manual.replace("\\-", "-"));
    let manual = manual.unwrap_or_default();
    let known: BTreeSet<&str> = flags(&pages).chain(flags(&manual)).collect();
    let help = checkout.outputs.get("--help").map_or("", String::as_str);
    let mut places = Vec::new();
    let commands = command_names(help);
    if commands.is_empty() {
        places.push(Place::new("patchstate --help", 0, "lists no command"));
    }
    for command in commands {
        if !pages.contains(&format!("patchstate {command}")) {
            let says = format!("neither it nor the book names `patchstate {command}`");
            places.push(Place::new("README.md", 0, says));
        }
    }
    for (arguments, text) in checkout.outputs.iter().filter(|(name, _)| name.ends_with("--help")) {
        for (at, line) in text.lines().enumerate() {
            let unknown = flag_of(line).filter(|flag| !known.contains(flag));
            places.extend(unknown.map(|flag| {
                let says = format!("`{flag}` is neither in the manual nor on a page");
                Place::new(&format!("patchstate {arguments}"), at + 1, says)
            }));
        }
    }
    places
}

/// The long flag that a line of a help text introduces.
fn flag_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let starts = line.starts_with("--") || (line.starts_with('-') && line.contains(", --"));
    flags(line).next().filter(|_| starts)
}

/// Every long flag of a text.
fn flags(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("--").filter_map(|(at, dashes)| {
        let name = text.get(at + dashes.len()..)?;
        let length = name.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'-');
        let end = at + dashes.len() + length.count();
        let fresh = !text.get(..at)?.ends_with('-');
        text.get(at..end).filter(|flag| fresh && flag.len() > 2)
    })
}
