//! Links between documents lead somewhere, to a heading where they name one.

use super::check::{Canary, Check, Place};
use crate::checkout::{self, Checkout, is_markdown};
use std::collections::BTreeSet;

/// Dead relative links.
pub(crate) const CHECK: Check = Check {
    name: "links",
    find,
    canary: Canary {
        files: &[
            ("README.md", "# The *first* `word`, twice\n[a](docs/a.md#one) [b](docs/b.md)\n"),
            (
                "docs/a.md",
                "## One\n[up](../README.md#the-first-word-twice) ![x](none.png)\n```\n[c](d)\n```\n\
                 `[e](f)` [web](https://example.com) [here](#one) [there](#two)\n[r]: ../none\n\
                 [folder](../docs/) <img src=\"picture.svg\">\n",
            ),
        ],
        outputs: &[],
        places: &[
            ("README.md", 2),
            ("docs/a.md", 2),
            ("docs/a.md", 6),
            ("docs/a.md", 7),
            ("docs/a.md", 8),
        ],
    },
};

fn find(checkout: &Checkout) -> Vec<Place> {
    let mut places = Vec::new();
    for (path, text) in checkout.ending_in(&[".md"]) {
        for (line, target) in links(text) {
            if let Some(says) = fault(checkout, path, &target) {
                places.push(Place::new(path, line, says));
            }
        }
    }
    places
}

/// What is wrong with a link from one file.
fn fault(checkout: &Checkout, from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let to = if file.is_empty() { from.to_owned() } else { checkout::beside(from, file) };
    let folder = format!("{}/", to.trim_end_matches('/'));
    let exists = to.is_empty()
        || checkout.paths.contains(&to)
        || checkout.paths.iter().any(|path| path.starts_with(&folder));
    if !exists {
        return Some(format!("the link to `{target}` leads nowhere"));
    }
    let text = checkout.texts.get(&to).filter(|_| is_markdown(&to) && !heading.is_empty())?;
    let missing = !headings(text).contains(heading);
    missing.then(|| format!("`{to}` has no heading `#{heading}`"))
}

/// Lines outside of fenced blocks, with their number from 1.
pub(super) fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_block = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        (!in_block && !fence).then_some((at + 1, line))
    })
}

/// Targets of links, pictures, reference definitions and HTML attributes, with their line.
pub(super) fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        // Every second piece between back-quotes is code.
        let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let inline = outside.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let attributes = ["href=\"", "src=\""]
            .into_iter()
            .flat_map(|name| outside.split(name).skip(1).filter_map(|rest| rest.split('"').next()));
        let definition = outside.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
        let definition = definition.and_then(|(_, target)| target.split_whitespace().next());
        let targets = inline.chain(attributes).chain(definition);
        links.extend(targets.map(|target| (number, target.trim_matches(['<', '>']).to_owned())));
    }
    links
}

/// The names that headings get, as the common renderers make them.
fn headings(text: &str) -> BTreeSet<String> {
    let titles = prose(text).filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (line.starts_with('#') && title.starts_with(' ')).then_some(title.trim())
    });
    let mut names = BTreeSet::new();
    for title in titles {
        let letters = title.chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            letter => letter.is_alphanumeric().then_some(letter),
        });
        let name = letters.collect::<String>().to_lowercase();
        let repeated = (1..).map(|number| format!("{name}-{number}"));
        let fresh =
            std::iter::once(name.clone()).chain(repeated).find(|name| !names.contains(name));
        names.extend(fresh);
    }
    names
}
