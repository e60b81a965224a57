//! Mistakes in files that a person wrote, with the place where they stand.
//!
//! A diagnostic is a value; how it looks on a screen is for the reporter to decide.

use std::{ops::Range, sync::Arc};

/// A text file as it was read, kept so that a diagnostic can show the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name to print: a path as the user gave it.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    /// Places from which others are counted: a file may have as many mistakes as lines.
    marks: Arc<[Mark]>,
}

/// A place in a text that is known beforehand: every start of a line, and more in long lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    offset: usize,
    at: LineColumn,
}

/// How many bytes of a text are at most counted for one place.
const MARK_BYTES: usize = 1024;

/// A place in a text, both counted from 1. Columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl SourceFile {
    /// A source file from its name and text.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.into(), text: text.into(), marks: marks(text).into() }
    }

    /// The place of a byte offset; offsets behind the end give the end.
    #[must_use]
    pub fn place(&self, offset: usize) -> LineColumn {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let mark = self.mark(offset);
        let between = self.text.get(mark.offset..offset).unwrap_or_default();
        LineColumn { line: mark.at.line, column: mark.at.column + between.chars().count() }
    }

    /// The bytes of the lines from the one where a span starts to the one where it ends, whole and
    /// without the last line break.
    #[must_use]
    pub fn lines_of(&self, span: &Range<usize>) -> Range<usize> {
        let line = self.mark(span.start).at.line;
        let first = self.marks.partition_point(|mark| mark.at.line < line);
        let start = self.marks.get(first).map_or(0, |mark| mark.offset);
        let last = self.mark(span.end.max(span.start)).at.line;
        let behind = self.marks.partition_point(|mark| mark.at.line <= last);
        let end = self.marks.get(behind).map_or(self.text.len(), |mark| mark.offset - 1);
        start..end
    }

    /// The last mark at or before an offset.
    fn mark(&self, offset: usize) -> Mark {
        let behind = self.marks.partition_point(|mark| mark.offset <= offset);
        self.marks.get(behind.saturating_sub(1)).copied().unwrap_or(START)
    }
}

const START: Mark = Mark { offset: 0, at: LineColumn { line: 1, column: 1 } };

fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut start = 0;
    for (line, content) in (1..).zip(text.split('\n')) {
        let mut last = start;
        marks.push(Mark { offset: start, at: LineColumn { line, column: 1 } });
        for (column, (at, _)) in (1..).zip(content.char_indices()) {
            if start + at >= last + MARK_BYTES {
                last = start + at;
                marks.push(Mark { offset: last, at: LineColumn { line, column } });
            }
        }
        start += content.len() + 1;
    }
    marks
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably says something that was not meant.
    Warning,
}

/// A kind of mistake in a file that a person writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MistakeCode {
    /// The stable name, for example `oval/missing-reference`: people search for it.
    pub name: &'static str,
    /// When it is reported, in sentences.
    pub explanation: &'static str,
}

/// A table of the codes of mistakes in one kind of file: a constant for each, and `ALL`. Whoever
/// reports a mistake takes its code from such a table, so that none lacks an explanation.
#[macro_export]
macro_rules! mistake_codes {
    ($area:literal: $($constant:ident = $name:literal, $explanation:literal;)*) => {
        $(
            pub(crate) const $constant: $crate::MistakeCode = $crate::MistakeCode {
                name: concat!($area, "/", $name),
                explanation: $explanation,
            };
        )*
        /// Every code, in the order of the table.
        pub const ALL: &[$crate::MistakeCode] = &[$($constant),*];
    };
}

/// One mistake: what, where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code, for example `catalog/unknown-component`.
    pub code: &'static str,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// The file.
    pub source: SourceFile,
    /// The bytes that are marked.
    pub span: Range<usize>,
    /// What stands beside the mark.
    pub label: String,
    /// What was expected, or the nearest valid name.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Where the marked span starts.
    #[must_use]
    pub fn place(&self) -> LineColumn {
        self.source.place(self.span.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = SourceFile::new("a.toml", "x = 1\né = 2\n");
        assert_eq!(source.place(0), LineColumn { line: 1, column: 1 });
        assert_eq!(source.place(6), LineColumn { line: 2, column: 1 });
        assert_eq!(source.place(8), LineColumn { line: 2, column: 2 });
        assert_eq!(source.place(7), LineColumn { line: 2, column: 1 });
        assert_eq!(source.place(999), LineColumn { line: 3, column: 1 });
    }

    #[test]
    fn places_in_long_lines_are_those_of_counting_from_the_beginning() {
        let long = "é".repeat(3 * MARK_BYTES) + "x";
        for text in ["", "\n", "a", "a\n\nb", &long, &format!("{long}\r\n{long}\n"), "\u{1f980}\n"]
        {
            let source = SourceFile::new("a.toml", text);
            for offset in
                (0..=text.len() + 1).filter(|at| *at > text.len() || text.is_char_boundary(*at))
            {
                let before = &text[..offset.min(text.len())];
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
                assert_eq!(source.place(offset), LineColumn { line, column }, "{offset}");
            }
        }
    }

    #[test]
    fn the_lines_of_a_span_are_whole() {
        let source = SourceFile::new("a.toml", "first\nsecond\n\nlast");
        let lines = |span: Range<usize>| &source.text[source.lines_of(&span)];
        assert_eq!(lines(0..2), "first");
        assert_eq!(lines(5..5), "first");
        assert_eq!(lines(8..9), "second");
        assert_eq!(lines(2..8), "first\nsecond");
        assert_eq!(source.lines_of(&(13..13)), 13..13);
        assert_eq!(lines(13..14), "\nlast");
        assert_eq!(lines(99..120), "last");
        assert_eq!(SourceFile::new("a.toml", "").lines_of(&(0..0)), 0..0);
    }
}
