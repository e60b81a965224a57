//! README.md, the book in `docs/` and `action.yml` do what they say.
//!
//! **Owns** following a page in an empty folder, from top to bottom, as a reader does who has the
//! program: each file that it shows is written, each command run, and what the page says of the
//! output must be what is printed. `docs/contributing.md` tells how pages are written for that.
//!
//! **Must never know** what a page is about.
//!
//! **Start reading** at [`follow`].

#![cfg(unix)]

mod action;
mod blocks;
mod follow;
mod place;
mod workflow;

pub(crate) use blocks::blocks;
use follow::follow;
use std::{collections::BTreeSet, fs, path::Path};

/// A test for each page, and the list of all.
macro_rules! pages {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[test]
            fn $name() {
                follow($path);
            }
        )*

        /// Every page that is followed.
        const PAGES: &[&str] = &[$($path),*];
    };
}

pages! {
    readme: "README.md",
    book: "docs/README.md",
    tutorial: "docs/tutorial.md",
    explore: "docs/how-to/explore.md",
    test_a_rule: "docs/how-to/test-a-rule.md",
    github_actions: "docs/how-to/github-actions.md",
    gitlab: "docs/how-to/gitlab.md",
    jenkins: "docs/how-to/jenkins.md",
    scan: "docs/how-to/scan.md",
    other_rules: "docs/how-to/other-rules.md",
    add_an_update: "docs/how-to/add-an-update.md",
    another_product: "docs/how-to/another-product.md",
    fixtures: "docs/how-to/fixtures.md",
    windows: "docs/how-to/windows.md",
    incident: "docs/explanation/incident.md",
    servicing: "docs/explanation/servicing.md",
    every_order: "docs/explanation/every-order.md",
    truth_and_detection: "docs/explanation/truth-and-detection.md",
    oracles: "docs/explanation/oracles.md",
    hostile_files: "docs/explanation/hostile-files.md",
    performance: "docs/explanation/performance.md",
    limits: "docs/explanation/limits.md",
    contributing: "docs/contributing.md",
    architecture: "docs/architecture.md",
    summary: "docs/SUMMARY.md",
}

/// Pages that are made from the tool: their examples are those of `patchstate explain`, which run
/// in a test of their own.
const MADE: &str = "docs/reference/";

/// The root of the checkout.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            let below = path.strip_prefix(root()).expect("below the root");
            found.insert(below.to_str().expect("a plain path").replace('\\', "/"));
        }
    }
}

#[test]
fn every_page_of_the_book_is_followed() {
    let mut found = BTreeSet::from(["README.md".to_owned()]);
    documents(&root().join("docs"), &mut found);
    found.retain(|path| !path.starts_with(MADE));
    let followed: BTreeSet<String> = PAGES.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(found, followed);
}
