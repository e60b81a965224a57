//! TOML with mistakes in it: what is wrong, and what can be read all the same.
//!
//! The parser gives up much of a file behind a mistake. So the mistaken line is blanked (places of
//! everything else stay as they are) and the rest is read again, to find the mistakes in it too.

use super::{codes, mistakes::Mistake};
use patchstate_terms::SourceFile;
use std::{borrow::Cow, ops::Range};
use toml::de::{DeTable, Error};

/// So often a file is read again.
const ROUNDS_MAX: usize = 64;

/// A text of TOML that can be read, and what had to be blanked for that.
pub(super) struct Recovered<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) blanked: Vec<Range<usize>>,
}

/// Blanks what is not TOML. Reports what the parser says of the file as it is.
pub(super) fn recover<'a>(source: &'a SourceFile, mistakes: &mut Vec<Mistake>) -> Recovered<'a> {
    let mut recovered = Recovered { text: Cow::Borrowed(&source.text), blanked: Vec::new() };
    for round in 0..ROUNDS_MAX {
        let (_, errors) = DeTable::parse_recoverable(&recovered.text);
        let mut spans: Vec<Range<usize>> =
            errors.iter().map(|error| place(&recovered.text, error)).collect();
        spans.dedup();
        if spans.is_empty() {
            return recovered;
        }
        if round == 0 {
            report(source, &errors, mistakes);
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
    recovered.blanked.push(0..source.text.len());
    recovered.text = Cow::Borrowed("");
    recovered
}

/// Of each line the first, because the others follow from it.
fn report(source: &SourceFile, errors: &[Error], mistakes: &mut Vec<Mistake>) {
    let mut last = None;
    for error in errors {
        let span = place(&source.text, error);
        let line = source.place(span.start).line;
        if last.replace(line) != Some(line) {
            let message = error.message().lines().map(str::trim).collect::<Vec<_>>().join(", ");
            mistakes.push(Mistake::error(codes::SYNTAX, span, message));
        }
    }
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
    use proptest::prelude::*;

    fn places(text: &str) -> (Vec<(usize, usize)>, String) {
        let source = SourceFile::new("a.rule.toml", text);
        let mut mistakes = Vec::new();
        let recovered = recover(&source, &mut mistakes);
        let places = mistakes.iter().map(|mistake| source.place(mistake.span.start));
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
            let source = SourceFile::new("a.rule.toml", &text);
            let mut mistakes = Vec::new();
            let recovered = recover(&source, &mut mistakes);
            prop_assert!(DeTable::parse(&recovered.text).is_ok());
            prop_assert_eq!(mistakes.is_empty(), recovered.blanked.is_empty());
            let same_length = recovered.text.len() == text.len() || recovered.text.is_empty();
            prop_assert!(same_length);
        }
    }
}
