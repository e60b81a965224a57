//! Explanations, broken into lines.

use super::{
    style::{columns, command_lines, hanging, heading, is_narrow, neutral, neutral_name, wrapped},
    view::View,
};
use crate::explain::{Block, Command, Kind, Page};
use std::fmt::Write;

/// Columns before what does not belong to the running text.
const INDENT: usize = 4;
/// Widest column of names; what has a longer one begins on the next line.
const NAME_COLUMNS_MAX: usize = 26;

/// An explanation.
#[must_use]
pub fn explain(page: &Page, view: View) -> String {
    let mut text = wrapped(&heading(&neutral_name(&page.name)), 0, view);
    let mut column = None;
    for (at, block) in page.blocks.iter().enumerate() {
        if !matches!(block, Block::Item(..)) {
            column = None;
        }
        // Names of a list stand in one column, which is worked out where it begins.
        if column.is_none() {
            text.push('\n');
        }
        match block {
            Block::Heading(words) => {
                text.push_str(&wrapped(&heading(&neutral_name(words)), 0, view));
            }
            Block::Text(words) => text.push_str(&wrapped(&neutral(words), 0, view)),
            Block::Item(name, words) => {
                let rest = page.blocks.get(at..).unwrap_or_default();
                let column = *column.get_or_insert_with(|| column_of(rest, view));
                text.push_str(&item(name, words, column, view));
            }
            Block::Lines(lines) => text.push_str(&lines_of(lines, view)),
            Block::File(name, content) => {
                let lines: Vec<&str> = content.lines().collect();
                let _ = writeln!(text, "The file {}:\n", neutral_name(name));
                text.push_str(&lines_of(&lines, view));
            }
            Block::Commands(commands) => {
                // A command goes on where a shell puts it together again.
                for line in commands.iter().flat_map(Command::lines) {
                    text.push_str(&command_lines("", &neutral(&line), INDENT, view));
                }
            }
        }
    }
    text
}

/// The column in which the texts of a list begin: behind its longest name that is not too long.
fn column_of(blocks: &[Block], view: View) -> usize {
    if is_narrow(view) {
        return 2 * INDENT;
    }
    let names = blocks.iter().map_while(|block| match block {
        Block::Item(name, _) => Some(columns(&neutral_name(name))),
        _ => None,
    });
    let widest = names.filter(|used| *used <= NAME_COLUMNS_MAX).max();
    INDENT + widest.unwrap_or(INDENT) + 2
}

/// A name with its text in a column beside it, or below it where the name is too long.
fn item(name: &str, words: &str, column: usize, view: View) -> String {
    let name = format!("{:INDENT$}{}", "", neutral_name(name));
    let words = neutral(words);
    // Between the two there is more than a space.
    if columns(&name) + 1 == column {
        return format!("{name}\n{}", wrapped(&words, column, view));
    }
    hanging(&name, &words, column, view)
}

/// Lines as they are; one that does not fit is broken.
fn lines_of(lines: &[impl AsRef<str>], view: View) -> String {
    let mut text = String::new();
    for line in lines {
        let line = neutral(line.as_ref());
        if line.is_empty() {
            text.push('\n');
        } else if INDENT + columns(&line) <= view.width() {
            let _ = writeln!(text, "{:INDENT$}{line}", "");
        } else {
            let own = line.chars().take_while(|c| *c == ' ').count();
            text.push_str(&wrapped(&line, INDENT + own, view));
        }
    }
    text
}

/// Every topic with its first sentence, by kind.
#[must_use]
pub fn topics(pages: &[Page], view: View) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let items: Vec<Block> = pages
            .iter()
            .filter(|page| page.kind == kind)
            .map(|page| Block::Item(page.name.clone(), page.summary()))
            .collect();
        if items.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&wrapped(&heading(kind.heading()), 0, view));
        let column = column_of(&items, view);
        for block in &items {
            if let Block::Item(name, words) = block {
                text.push_str(&item(name, words, column, view));
            }
        }
    }
    text
}
