//! The book in `docs/` is whole: every page is in its list, its links stay in it, and the files of
//! the repository that its pages and the README name are there.

use super::{
    check::{Canary, Check, Place},
    links::{links, prose},
};
use crate::checkout::{self, Checkout};

/// Where the pages are.
const BOOK: &str = "docs/";

/// The list of all pages.
const SUMMARY: &str = "docs/SUMMARY.md";

/// Pages that are made from what the command says: names of files in them are its own.
const MADE: &str = "docs/reference/";

/// Folders of the repository: what begins with one of them is a path.
const FOLDERS: [&str; 9] =
    [".ci/", "benches/", "corpus/", "docs/", "examples/", "schemas/", "sim/", "tests/", "xtask/"];

/// What is wrong with the book.
pub(crate) const CHECK: Check = Check {
    name: "book",
    find,
    canary: Canary {
        files: &[
            ("docs/SUMMARY.md", "- [A](a.md)\n- [B](how-to/b.md)\n"),
            (
                "docs/a.md",
                "[b](how-to/b.md) [out](../sim/a.rs)\n`sim/a.rs` `sim/b.rs` `sim/` `sim/*.rs`\n\
                 ```sh\nls sim/c.rs\n```\n",
            ),
            ("docs/how-to/b.md", "[a](../a.md#x) [web](https://example.com)\n"),
            ("docs/how-to/c.md", "Nobody lists me.\n"),
            ("README.md", "[a](docs/a.md) [a](sim/a.rs) `xtask/none`\n"),
            ("sim/a.rs", "\n"),
        ],
        outputs: &[],
        places: &[("README.md", 1), ("docs/a.md", 1), ("docs/a.md", 2), ("docs/how-to/c.md", 0)],
    },
};

fn find(checkout: &Checkout) -> Vec<Place> {
    let mut places = Vec::new();
    let listed = checkout.texts.get(SUMMARY).map_or("", String::as_str);
    let listed: Vec<String> =
        links(listed).into_iter().map(|(_, target)| checkout::beside(SUMMARY, &target)).collect();
    for (path, text) in checkout.ending_in(&[".md"]) {
        let is_page = path.starts_with(BOOK);
        if !is_page && path != "README.md" {
            continue;
        }
        if is_page && path != SUMMARY && !listed.iter().any(|known| known == path) {
            places.push(Place::new(path, 0, format!("`{SUMMARY}` does not list it")));
        }
        let leaving = links(text).into_iter().filter(|(_, target)| {
            is_page
                && !target.contains("://")
                && !checkout::beside(path, target).starts_with(BOOK)
                && !target.starts_with('#')
        });
        places.extend(leaving.map(|(line, target)| {
            let says = format!("`{target}` is not in the book: name the file as code");
            Place::new(path, line, says)
        }));
        if !path.starts_with(MADE) {
            places.extend(
                named(text)
                    .filter(|(_, name)| !exists(checkout, name))
                    .map(|(line, name)| Place::new(path, line, format!("there is no `{name}`"))),
            );
        }
    }
    places
}

/// Paths of the repository that stand as code in prose, with their line.
fn named(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prose(text).flat_map(|(line, prose)| {
        let code = prose.split('`').skip(1).step_by(2);
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
        let is_path = move |code: &&str| {
            FOLDERS.iter().any(|folder| code.starts_with(folder)) && code.chars().all(is_plain)
        };
        code.filter(is_path).map(move |code| (line, code))
    })
}

fn exists(checkout: &Checkout, name: &str) -> bool {
    let folder = format!("{}/", name.trim_end_matches('/'));
    checkout.paths.contains(name) || checkout.paths.iter().any(|path| path.starts_with(&folder))
}
