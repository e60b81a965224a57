//! Explanations, broken into lines.

use super::style::{LINE, heading, neutral, neutral_name, wrapped};
use crate::explain::{Block, Command, Kind, Page};
use std::fmt::Write;

/// Columns before what does not belong to the running text.
const INDENT: usize = 4;
/// Widest column of names; what has a longer one begins on the next line.
const NAME_COLUMNS_MAX: usize = 26;

/// An explanation.
#[must_use]
pub fn explain(page: &Page) -> String {
    let mut text = format!("{}\n", heading(&neutral_name(&page.name)));
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
                let _ = writeln!(text, "{}", heading(&neutral_name(words)));
            }
            Block::Text(words) => text.push_str(&wrapped(&neutral(words), 0, LINE)),
            Block::Item(name, words) => {
                let rest = page.blocks.get(at..).unwrap_or_default();
                let column = *column.get_or_insert_with(|| column_of(rest));
                text.push_str(&item(&neutral_name(name), &neutral(words), column));
            }
            Block::Lines(lines) => text.push_str(&lines_of(lines)),
            Block::File(name, content) => {
                let lines: Vec<&str> = content.lines().collect();
                let _ = writeln!(text, "The file {}:\n", neutral_name(name));
                text.push_str(&lines_of(&lines));
            }
            Block::Commands(commands) => {
                let lines: Vec<String> = commands.iter().flat_map(Command::lines).collect();
                text.push_str(&lines_of(&lines));
            }
        }
    }
    text
}

/// The column in which the texts of a list begin: behind its longest name that is not too long.
fn column_of(blocks: &[Block]) -> usize {
    let names = blocks.iter().map_while(|block| match block {
        Block::Item(name, _) => Some(neutral_name(name).chars().count()),
        _ => None,
    });
    let widest = names.filter(|columns| *columns <= NAME_COLUMNS_MAX).max();
    INDENT + widest.unwrap_or(INDENT) + 2
}

/// A name with its text in a column beside it, or below it where the name is too long.
fn item(name: &str, words: &str, column: usize) -> String {
    let used = INDENT + name.chars().count();
    let lines = wrapped(words, column, LINE);
    if used + 2 > column {
        return format!("{:INDENT$}{name}\n{lines}", "");
    }
    let padding = " ".repeat(column - used);
    format!("{:INDENT$}{name}{padding}{}", "", lines.get(column..).unwrap_or("\n"))
}

/// Lines as they are; one that does not fit is broken.
fn lines_of(lines: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for line in lines {
        let line = neutral(line.as_ref());
        if line.is_empty() {
            text.push('\n');
        } else if INDENT + line.chars().count() <= LINE {
            let _ = writeln!(text, "{:INDENT$}{line}", "");
        } else {
            let own = line.chars().take_while(|c| *c == ' ').count();
            text.push_str(&wrapped(&line, INDENT + own, LINE));
        }
    }
    text
}

/// Every topic with its first sentence, by kind.
#[must_use]
pub fn topics(pages: &[Page]) -> String {
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
        let _ = writeln!(text, "{}", heading(kind.heading()));
        let column = column_of(&items);
        for block in &items {
            if let Block::Item(name, words) = block {
                text.push_str(&item(&neutral_name(name), &neutral(words), column));
            }
        }
    }
    text
}
