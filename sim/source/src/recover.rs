//! TOML with mistakes in it: what is wrong, and what can be read all the same.
//!
//! The parser gives up much of a file behind a mistake. So the mistaken line is blanked (places of
//! everything else stay as they are) and the rest is read again, to find the mistakes in it too.

use crate::one_line;
use std::{borrow::Cow, ops::Range};
use toml::de::{DeTable, Error};

/// So often a file is read again.
const ROUNDS_MAX: usize = 64;

/// Where a text is no TOML, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The bytes that cannot be read.
    pub span: Range<usize>,
    /// Why not, in one line.
    pub message: String,
}

/// A text of TOML that can be read, and what had to be blanked for that.
#[derive(Clone, Debug)]
pub struct Recovered<'a> {
    /// The text with spaces in place of what is no TOML; empty where nothing could be read.
    pub text: Cow<'a, str>,
    /// What was blanked.
    pub blanked: Vec<Range<usize>>,
    /// What the parser says of the text as it is: of each line the first, because the others
    /// follow from it.
    pub errors: Vec<SyntaxError>,
}

/// Blanks what is not TOML.
#[must_use]
pub fn recover(source: &str) -> Recovered<'_> {
    let text = Cow::Borrowed(source);
    let mut recovered = Recovered { text, blanked: Vec::new(), errors: Vec::new() };
    for round in 0..ROUNDS_MAX {
        let (_, errors) = DeTable::parse_recoverable(&recovered.text);
        let mut spans: Vec<Range<usize>> =
            errors.iter().map(|error| place(&recovered.text, error)).collect();
        spans.dedup();
        if spans.is_empty() {
            return recovered;
        }
        if round == 0 {
            recovered.errors = first_of_each_line(source, &errors);
        }
        let before = recovered.blanked.len();
        for span in spans {
            blank(&mut recovered, &span);
        }
        if recovered.blanked.len() == before {
            break;
        }
    }
    // Nothing helped: nothing is left to be read.
    recovered.blanked.push(0..source.len());
    recovered.text = Cow::Borrowed("");
    recovered
}

fn first_of_each_line(text: &str, errors: &[Error]) -> Vec<SyntaxError> {
    let mut kept: Vec<SyntaxError> = Vec::new();
    for error in errors {
        let span = place(text, error);
        let is_new = kept.last().is_none_or(|last| {
            let between = last.span.start.min(span.start)..last.span.start.max(span.start);
            text.get(between).is_some_and(|between| between.contains('\n'))
        });
        if is_new {
            kept.push(SyntaxError { span, message: one_line(error.message()) });
        }
    }
    kept
}

/// Where a mistake stands. A text over several lines that is not closed is found at the end of the
/// file, and stands where it opens.
fn place(text: &str, error: &Error) -> Range<usize> {
    let span = error.span().unwrap_or_default();
    let quotes = match error.message() {
        message if message.starts_with("invalid multi-line literal string") => "'''",
        message if message.starts_with("invalid multi-line basic string") => "\"\"\"",
        _ => return span,
    };
    let before = text.get(..span.start).unwrap_or_default();
    match before.rfind(quotes) {
        Some(open) if span.start + 1 >= text.trim_end().len() => open..open + quotes.len(),
        _ => span,
    }
}

/// Blanks the line of a mistake; with a header, or a text that is not closed, all up to the next
/// header.
fn blank(recovered: &mut Recovered<'_>, span: &Range<usize>) {
    let text = recovered.text.as_ref();
    let start = text.get(..span.start).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(start..).unwrap_or_default();
    let first = rest.lines().next().unwrap_or_default();
    let is_long = first.trim_start().starts_with('[')
        || text.get(span.clone()).is_some_and(|t| t == "'''" || t == "\"\"\"");
    let mut end = start;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        if number > 0 && (!is_long || line.starts_with('[')) {
            break;
        }
        end += line.len();
    }
    let blanked: String = text
        .get(start..end)
        .unwrap_or_default()
        .chars()
        .flat_map(|c| match c {
            '\n' | '\r' => vec![c],
            other => vec![' '; other.len_utf8()],
        })
        .collect();
    if blanked.trim().len() == text.get(start..end).unwrap_or_default().trim().len() {
        return;
    }
    recovered.blanked.push(start..end);
    recovered.text.to_mut().replace_range(start..end, &blanked);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;
    use proptest::prelude::*;

    fn places(text: &str) -> (Vec<(usize, usize)>, String) {
        let source = SourceFile::new("a.toml", text);
        let recovered = recover(text);
        let places = recovered.errors.iter().map(|error| source.place(error.span.start));
        (places.map(|place| (place.line, place.column)).collect(), recovered.text.into_owned())
    }

    #[test]
    fn a_line_that_is_no_toml_costs_that_line_only() {
        let (places, text) = places("a = 1\nb two\nc = 3\n");
        assert_eq!(places, [(2, 3)]);
        assert_eq!(text, "a = 1\n     \nc = 3\n");
    }

    #[test]
    fn a_text_that_is_not_closed_is_found_where_it_opens() {
        let (places, text) = places("a = '''\nb\n[[c]]\nd = 1\n");
        assert_eq!(places, [(1, 5)]);
        assert_eq!(text, "       \n \n[[c]]\nd = 1\n");
    }

    #[test]
    fn a_broken_header_takes_its_section_along() {
        let (places, text) = places("[[c]\nd = 1\n[[c]]\nd = 2\n");
        assert_eq!(places, [(1, 5)]);
        assert_eq!(text, "    \n     \n[[c]]\nd = 2\n");
    }

    proptest! {
        #[test]
        fn places_stay_whatever_the_text(
            text in "([a-c=\\[\\]\"'{} \\n\\\\,1é]|'''|\"\"\"){0,40}",
        ) {
            let recovered = recover(&text);
            prop_assert!(DeTable::parse(&recovered.text).is_ok());
            prop_assert_eq!(recovered.errors.is_empty(), recovered.blanked.is_empty());
            let same_length = recovered.text.len() == text.len() || recovered.text.is_empty();
            prop_assert!(same_length);
        }
    }
}
