//! Pages that are made and not written: put in place, or held against what is there.

use crate::{checkout, failure::Failure, screen::say};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Pages by their path below the root.
pub(crate) type Pages = BTreeMap<String, String>;

/// Writes the pages of a folder anew, or, with `is_check`, only says which are out of date; whether
/// all are as they should be. `task` is the one that makes them.
pub(crate) fn renew(
    pages: &Pages,
    (folder, task): (&str, &str),
    is_check: bool,
) -> Result<bool, Failure> {
    if !is_check {
        for (name, text) in pages {
            fs::write(checkout::root().join(name), text)?;
            say(&format!("{name} written"));
        }
    }
    let stale = stale(pages, folder, task)?;
    for line in &stale {
        say(line);
    }
    Ok(stale.is_empty())
}

/// Pages of a folder that are not as they should be, and those that nothing makes any more.
pub(crate) fn stale(pages: &Pages, folder: &str, task: &str) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for (name, text) in pages {
        if fs::read_to_string(checkout::root().join(name)).ok().as_ref() != Some(text) {
            lines.push(format!("{name} is out of date: `cargo xtask {task}` writes it"));
        }
    }
    let kind = |name: &str| Path::new(name).extension().map(ToOwned::to_owned);
    let made: BTreeSet<_> = pages.keys().map(|name| kind(name)).collect();
    for entry in fs::read_dir(checkout::root().join(folder))? {
        let name = format!("{folder}/{}", entry?.file_name().to_string_lossy());
        if made.contains(&kind(&name)) && !pages.contains_key(&name) {
            lines.push(format!("{name} is made from nothing"));
        }
    }
    Ok(lines)
}

/// What stands on such a page, so that nobody changes it by hand.
pub(crate) fn mark(task: &str, from: &str) -> String {
    format!("<!-- Made by `cargo xtask {task}` from {from}; a change here is lost. -->")
}

/// The widest line of prose.
const COLUMNS_MAX: usize = 100;

/// A paragraph in lines that fit.
pub(crate) fn wrapped(text: &str) -> String {
    wrapped_below(text, "")
}

/// A paragraph in lines that fit, each but the first behind an indent.
fn wrapped_below(text: &str, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let fits = |line: &&mut String| line.chars().count() + word.chars().count() < COLUMNS_MAX;
        if let Some(line) = lines.last_mut().filter(fits) {
            let space = if line.trim().is_empty() { "" } else { " " };
            line.push_str(space);
            line.push_str(word);
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines.join("\n")
}

/// Markdown whose paragraphs and items are wrapped; blocks of code and tables stay as they are.
pub(crate) fn wrapped_page(text: &str) -> String {
    let mut page = String::new();
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        let is_fence = ticks >= 3;
        if fence.is_some() || is_fence || line.starts_with(['|', '#', '<']) {
            page.push_str(line);
        } else {
            let indent = if line.starts_with("- ") { "  " } else { "" };
            page.push_str(&wrapped_below(line, indent));
        }
        page.push('\n');
        fence = match fence {
            None if is_fence => Some(ticks),
            Some(open) if ticks >= open => None,
            fence => fence,
        };
    }
    page
}

/// Text that no mark of Markdown changes.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        if matches!(letter, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '`' | '|') {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_and_code_is_not() {
        let long = "word ".repeat(30);
        let page = format!("# {long}\n\n{long}\n- {long}\n````x\n```\n{long}\n````\n| {long}\n");
        let wrapped = wrapped_page(&page);
        let lines: Vec<&str> = wrapped.lines().collect();
        let first = "word ".repeat(20);
        assert_eq!(lines[2], first.trim_end());
        assert!(lines.iter().any(|line| line.starts_with("  word")), "{wrapped}");
        assert_eq!(lines.iter().filter(|line| line.trim_end() == long.trim_end()).count(), 1);
    }

    #[test]
    fn marks_of_markdown_are_no_marks() {
        assert_eq!(plain("[[a_b]] <c> `d`"), "\\[\\[a\\_b\\]\\] \\<c\\> \\`d\\`");
    }
}
