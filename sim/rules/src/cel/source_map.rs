//! A text inside a TOML file, with the way back from each of its bytes to the file.
//!
//! The parser of TOML says where a string stands, quotes included, and what it means. Where in the
//! file each of its letters stands is worked out here, through escapes and line ends.

use std::ops::Range;

/// The meaning of a TOML string, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct SourceMap {
    text: String,
    /// For each byte of the text, the bytes of the file that it comes from. Empty where that could
    /// not be worked out.
    origins: Vec<Range<usize>>,
    whole: Range<usize>,
}

/// How a string is written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Quotes {
    length: usize,
    has_escapes: bool,
}

impl SourceMap {
    /// A string that stands at `whole` in `file`, quotes included, and means `text`.
    pub(super) fn new(file: &str, whole: Range<usize>, text: &str) -> Self {
        let raw = file.get(whole.clone()).unwrap_or_default();
        let decoded = decode(raw, whole.start).filter(|(meaning, _)| meaning == text);
        let origins = decoded.map(|(_, origins)| origins).unwrap_or_default();
        Self { text: text.to_owned(), origins, whole }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The whole string in the file, quotes included.
    pub(super) const fn whole(&self) -> &Range<usize> {
        &self.whole
    }

    /// Whether every byte's place is known.
    pub(super) const fn is_exact(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Where a part of the text stands in the file.
    pub(super) fn span(&self, part: &Range<usize>) -> Range<usize> {
        let Some(last) = self.origins.last() else { return self.whole.clone() };
        let start = self.origins.get(part.start).map_or(last.end, |origin| origin.start);
        let end = match part.end.checked_sub(1) {
            Some(at) if part.end > part.start => {
                self.origins.get(at).map_or(last.end, |origin| origin.end)
            }
            _ => start,
        };
        start..end.max(start)
    }
}

fn quotes(raw: &str) -> Option<Quotes> {
    let (length, has_escapes) = match raw {
        _ if raw.starts_with("\"\"\"") => (3, true),
        _ if raw.starts_with("'''") => (3, false),
        _ if raw.starts_with('"') => (1, true),
        _ if raw.starts_with('\'') => (1, false),
        _ => return None,
    };
    Some(Quotes { length, has_escapes })
}

/// What a string in quotes means, and where each byte of that comes from (TOML 1.1, *String*).
fn decode(raw: &str, start: usize) -> Option<(String, Vec<Range<usize>>)> {
    let quotes = quotes(raw)?;
    let body = raw.get(quotes.length..raw.len().checked_sub(quotes.length)?)?;
    let mut rest = body;
    if quotes.length == 3 {
        // A line end directly behind the opening quotes does not count.
        rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest);
    }
    let mut text = String::with_capacity(rest.len());
    let mut origins = Vec::with_capacity(rest.len());
    while let Some(first) = rest.chars().next() {
        let at = start + quotes.length + body.len() - rest.len();
        let (meaning, length) = if first == '\\' && quotes.has_escapes {
            escape(rest)?
        } else {
            (Some(first), first.len_utf8())
        };
        if let Some(meaning) = meaning {
            text.push(meaning);
            origins.resize(text.len(), at..at + length);
        }
        rest = rest.get(length..)?;
    }
    Some((text, origins))
}

/// What an escape at the start of a text stands for, and its length in bytes. A backslash at the
/// end of a line stands for nothing and takes the white space behind it along.
fn escape(rest: &str) -> Option<(Option<char>, usize)> {
    let plain = |c| Some((Some(c), 2));
    match rest.chars().nth(1)? {
        'b' => plain('\u{8}'),
        't' => plain('\t'),
        'n' => plain('\n'),
        'f' => plain('\u{c}'),
        'r' => plain('\r'),
        'e' => plain('\u{1b}'),
        c @ ('"' | '\\') => plain(c),
        'x' => number(rest, 2),
        'u' => number(rest, 4),
        'U' => number(rest, 8),
        c if c.is_whitespace() => {
            let behind = rest.get(1..)?.trim_start_matches([' ', '\t', '\r', '\n']);
            Some((None, rest.len() - behind.len()))
        }
        _ => None,
    }
}

fn number(rest: &str, digits: usize) -> Option<(Option<char>, usize)> {
    let number = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    Some((Some(char::from_u32(number)?), 2 + digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use toml::de::DeTable;

    /// The mapped text of the key `a` of a file.
    fn mapped(file: &str) -> SourceMap {
        let table = DeTable::parse(file).unwrap();
        let value = table.get_ref().get("a").unwrap();
        SourceMap::new(file, value.span(), value.get_ref().as_str().unwrap())
    }

    #[test]
    fn every_kind_of_string_leads_back_to_the_file() {
        for (file, part, place) in [
            ("a = 'xyz'", 1..2, 6..7),
            ("a = \"xyz\"", 0..3, 5..8),
            ("a = '''\nxyz'''", 0..1, 8..9),
            ("a = '''\r\nx\r\ny'''", 3..4, 12..13),
            ("a = \"x\\\"y\"", 1..2, 6..8),
            ("a = \"x\\\"y\"", 2..3, 8..9),
            ("a = \"\\u00e9y\"", 0..2, 5..11),
            ("a = \"\"\"x \\\n   y\"\"\"", 2..3, 14..15),
            ("a = \"\"\"x \\\n   y\"\"\"", 0..2, 7..9),
            ("a = 'xyz'", 3..3, 8..8),
        ] {
            let text = mapped(file);
            assert!(text.is_exact(), "{file:?}");
            assert_eq!(text.span(&part), place, "{file:?} {part:?}");
        }
    }

    #[test]
    fn an_empty_text_stands_for_the_whole_string() {
        assert_eq!(mapped("a = ''").span(&(0..0)), 4..6);
    }

    proptest! {
        #[test]
        fn what_is_between_quotes_is_decoded_as_the_parser_does(
            body in "([ a-zé\"'\\n]|\\\\[btnfre\"\\\\]|\\\\u00[0-7][0-9a-f]|\\\\\\n *){0,12}",
            quotes in prop::sample::select(vec!["\"\"\"", "'''", "\"", "'"]),
        ) {
            let file = format!("a = {quotes}{body}{quotes}");
            if let Ok(table) = DeTable::parse(&file)
                && let Some(value) = table.get_ref().get("a")
                && let Some(text) = value.get_ref().as_str()
                && value.span().end == file.len()
            {
                let mapped = SourceMap::new(&file, value.span(), text);
                prop_assert!(mapped.is_exact() || text.is_empty(), "{:?}", file);
            }
        }
    }
}
