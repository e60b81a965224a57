//! The part of a line that is shown with a mark in it.

use crate::text::{View, columns, in_columns};
use std::{borrow::Cow, ops::Range};
use unicode_width::UnicodeWidthChar;

/// What stands for a part that is left out.
const LEFT_OUT: &str = "...";
/// The renderer shows a tab as so many spaces.
const TAB_COLUMNS: usize = 4;

/// What is broken into lines has at least so many columns, also on a narrow screen.
pub(super) const BROKEN_COLUMNS_MIN: usize = 16;

/// What is shown of the lines of a mark. Several lines are left to the renderer.
pub(super) struct Excerpt<'a> {
    /// The text.
    pub(super) text: Cow<'a, str>,
    /// The mark within it.
    pub(super) marked: Range<usize>,
    /// Whether something was left out.
    pub(super) is_shortened: bool,
}

impl<'a> Excerpt<'a> {
    /// As much as fits into so many columns, the mark first. Of a mark that is too long its
    /// beginning is shown.
    pub(super) fn new(text: &'a str, marked: Range<usize>, columns_max: usize) -> Self {
        let whole =
            || Self { text: Cow::Borrowed(text), marked: marked.clone(), is_shortened: false };
        if text.contains('\n') || shown_columns(text) <= columns_max {
            return whole();
        }
        let part = |range: Range<usize>| text.get(range).unwrap_or_default();
        let (before, behind) = (part(0..marked.start), part(marked.end..text.len()));
        let room = columns_max.saturating_sub(2 * LEFT_OUT.len());
        let mark = first_columns(part(marked.clone()), room);
        let is_cut = mark.len() < marked.len();
        let room = room - shown_columns(mark);
        let behind_wanted = if is_cut { 0 } else { shown_columns(behind) };
        let before = last_columns(before, room.saturating_sub(behind_wanted.min(room / 2)));
        let room = room - shown_columns(before);
        let behind = if is_cut { "" } else { first_columns(behind, room) };
        let mut shown = String::new();
        if before.len() < marked.start {
            shown.push_str(LEFT_OUT);
        }
        shown.push_str(before);
        let start = shown.len();
        shown.push_str(mark);
        let end = shown.len();
        shown.push_str(behind);
        if is_cut || marked.end + behind.len() < text.len() {
            shown.push_str(LEFT_OUT);
        }
        Self { text: Cow::Owned(shown), marked: start..end, is_shortened: true }
    }

    /// Whether all is in one line.
    pub(super) fn is_one_line(&self) -> bool {
        !self.text.contains('\n')
    }

    /// What is said of the mark: behind it where it fits, else below it.
    pub(super) fn label(&self, label: &str, gutter: usize, view: View) -> String {
        let of = |range: Range<usize>| self.text.get(range).map_or(0, shown_columns);
        let (start, end) = (of(0..self.marked.start), of(0..self.marked.end));
        let room = view.width().saturating_sub(gutter);
        // A mark of nothing is shown as one column.
        if !view.has_screen()
            || !self.is_one_line()
            || end.max(start + 1) + 1 + columns(label) <= room
        {
            return label.to_owned();
        }
        let indent = start.min(room.saturating_sub(2 * BROKEN_COLUMNS_MIN));
        let room = room.saturating_sub(indent).max(BROKEN_COLUMNS_MIN);
        let bar = gutter.saturating_sub(2);
        let lines = in_columns(label, room);
        let line = |line: &str| format!("\n{:bar$}| {:indent$}{line}", "", "");
        lines.lines().map(line).collect()
    }
}

/// The columns of a text as the renderer shows it: letter by letter. A text as a whole can be wider
/// than its letters (some have a form that another letter behind them asks for), and narrower.
fn shown_columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(letter: char) -> usize {
    // The renderer shows a picture of one column for a control letter, which has no width.
    if letter == '\t' { TAB_COLUMNS } else { letter.width().unwrap_or(1) }
}

/// The beginning of a text, of at most so many columns.
fn first_columns(text: &str, columns_max: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += columns_of(*letter);
        used > columns_max
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

/// The end of a text, of at most so many columns.
fn last_columns(text: &str, columns_max: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().rev().find(|(_, letter)| {
        used += columns_of(*letter);
        used > columns_max
    });
    let start = start.map_or(0, |(at, letter)| at + letter.len_utf8());
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by the fuzz target `scenario`: a text was measured as a whole in one place and letter
    /// by letter in another, and a tab was one column wider in the first.
    #[test]
    fn a_mark_with_tabs_controls_and_letters_that_join_is_shortened_within_its_columns() {
        let letters = ["\t", "\u{1f}", "\0", "\u{2764}\u{fe0f}", "e\u{301}", "\u{644}\u{627}", "x"];
        for letter in letters {
            let text = letter.repeat(200);
            for marked in [0..text.len(), 0..letter.len(), text.len() - letter.len()..text.len()] {
                for columns_max in 0..60 {
                    let excerpt = Excerpt::new(&text, marked.clone(), columns_max);
                    assert!(excerpt.is_shortened, "{letter:?}, {marked:?}, {columns_max}");
                    let room = columns_max.max(2 * LEFT_OUT.len());
                    assert!(shown_columns(&excerpt.text) <= room, "{letter:?} {:?}", excerpt.text);
                    assert!(excerpt.text.get(excerpt.marked).is_some());
                }
            }
        }
    }
}
