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
}

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
        Self { name: name.into(), text: text.into() }
    }

    /// The place of a byte offset; offsets behind the end give the end.
    #[must_use]
    pub fn place(&self, offset: usize) -> LineColumn {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = self.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        LineColumn {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably says something that was not meant.
    Warning,
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

/// The candidate nearest to a misspelt name, where one is near enough to be meant.
///
/// Distance counts letters inserted, dropped, changed or swapped; it must be at most a third of
/// the name's length, and at least 1 is always allowed.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::osa_distance(&name.to_lowercase(), &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
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
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let names = ["iis_common", "iis_www", "iis_ftp"];
        assert_eq!(nearest("iis_comon", names), Some("iis_common"));
        assert_eq!(nearest("iis_wwww", names), Some("iis_www"));
        assert_eq!(nearest("apache", names), None);
    }
}
