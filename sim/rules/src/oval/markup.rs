//! Markup that a parser is not asked about: what would take it too long, what it must not do, and
//! what it does not tell.
//!
//! **Owns** bounds for which the time of the parser grows faster than the text (the prefixes of
//! namespaces in scope, and the attributes of an element), the declarations of entities, and what
//! is open at the end of a file. **Must never know** the language.

use crate::root::behind_declaration;
use std::{collections::BTreeSet, ops::Range};

/// Most prefixes of namespaces in one file. Documents have one for each platform; how often each
/// is declared does not matter.
const PREFIX_COUNT_MAX: usize = 64;
/// Most attributes of an element. Those of the language have a dozen.
const ATTRIBUTE_COUNT_MAX: usize = 256;

/// What there is too much of, and where.
pub(super) fn too_much(text: &str) -> Option<(String, usize)> {
    too_many_prefixes(text).or_else(|| too_many_attributes(text))
}

fn too_many_prefixes(text: &str) -> Option<(String, usize)> {
    const START: &str = "xmlns:";
    let mut prefixes = BTreeSet::new();
    for (at, _) in text.match_indices(START) {
        let rest = text.get(at + START.len()..).unwrap_or_default();
        let Some((prefix, _)) =
            rest.split_once(|c: char| matches!(c, '=' | ':') || c.is_whitespace())
        else {
            continue;
        };
        prefixes.insert(prefix);
        if prefixes.len() > PREFIX_COUNT_MAX {
            let most = format!("at most {PREFIX_COUNT_MAX} are read");
            return Some((format!("the file has too many prefixes of namespaces, {most}"), at));
        }
    }
    None
}

fn too_many_attributes(text: &str) -> Option<(String, usize)> {
    // The value of an attribute has no `<`, so that no tag is cut.
    for (at, _) in text.match_indices('<') {
        let tag = text.get(at + 1..).unwrap_or_default();
        if !tag.starts_with(['!', '?']) && attribute_count(tag) > ATTRIBUTE_COUNT_MAX {
            let most = format!("at most {ATTRIBUTE_COUNT_MAX} are read");
            return Some((format!("an element has too many attributes, {most}"), at));
        }
    }
    None
}

/// The quoted values up to the end of a tag.
fn attribute_count(tag: &str) -> usize {
    let mut quote = None;
    let mut count = 0;
    for letter in tag.bytes() {
        match (letter, quote) {
            (b'<', _) | (b'>', None) => break,
            (b'"' | b'\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => {
                quote = None;
                count += 1;
            }
            _ => {}
        }
    }
    count
}

const DOCUMENT_TYPE: &str = "<!DOCTYPE";

/// A piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// A comment, an instruction, a section of text or a document type declaration, by what it
    /// begins with.
    Aside(&'a str),
    Start(&'a str),
    /// A tag that starts and ends an element.
    Empty,
    End,
}

/// The first declaration of an entity in a document type declaration; also what looks like one
/// behind it.
pub(super) fn entity_declaration(text: &str) -> Option<Range<usize>> {
    const ENTITY: &str = "<!ENTITY";
    let document_type = text.find(DOCUMENT_TYPE)?;
    let found = document_type + text.get(document_type..)?.find(ENTITY)?;
    Some(found..found + ENTITY.len())
}

/// The piece or element that is open at the end of a text, and where it starts.
pub(super) fn open_at_end(text: &str) -> Option<(&str, usize)> {
    let mut open = Vec::new();
    let mut pieces = Pieces::of(text);
    for (at, piece) in pieces.by_ref() {
        match piece {
            Piece::Start(name) => open.push((name, at)),
            Piece::End => {
                open.pop();
            }
            Piece::Empty | Piece::Aside(_) => {}
        }
    }
    pieces.cut_off.or_else(|| open.pop())
}

/// The pieces of a text, with the place of each. Of broken markup they are what they look like.
struct Pieces<'a> {
    text: &'a str,
    at: usize,
    /// The piece that the text ends in.
    cut_off: Option<(&'a str, usize)>,
}

impl<'a> Pieces<'a> {
    const fn of(text: &'a str) -> Self {
        Self { text, at: 0, cut_off: None }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (usize, Piece<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at + self.text.get(self.at..)?.find('<')?;
        let rest = self.text.get(start..)?;
        let (piece, length) = piece(rest);
        if let Some(length) = length {
            self.at = start + length;
            return Some((start, piece));
        }
        self.at = self.text.len();
        self.cut_off = Some((beginning(rest, piece), start));
        None
    }
}

/// What a text begins with, and its length; none where the text ends before it does.
fn piece(text: &str) -> (Piece<'_>, Option<usize>) {
    for (start, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        if let Some(rest) = text.strip_prefix(start) {
            let length = rest.find(end).map(|at| start.len() + at + end.len());
            return (Piece::Aside(start), length);
        }
    }
    if text.starts_with(DOCUMENT_TYPE) {
        let behind = text.get(2..).and_then(behind_declaration);
        return (Piece::Aside(DOCUMENT_TYPE), behind.map(|behind| text.len() - behind.len()));
    }
    let mut quote = None;
    for (at, letter) in text.bytes().enumerate() {
        match (letter, quote) {
            (b'>', None) => {
                let tag = text.get(1..at).unwrap_or_default();
                let piece = match () {
                    () if tag.starts_with('/') => Piece::End,
                    () if tag.ends_with('/') => Piece::Empty,
                    () => Piece::Start(name(tag)),
                };
                return (piece, Some(at + 1));
            }
            (b'"' | b'\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            _ => {}
        }
    }
    (Piece::Start(name(text.get(1..).unwrap_or_default())), None)
}

/// How a piece that is cut off begins.
fn beginning<'a>(text: &'a str, piece: Piece<'a>) -> &'a str {
    match piece {
        Piece::Aside(start) => start,
        Piece::Start(_) | Piece::Empty | Piece::End => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            text.get(..end).unwrap_or_default()
        }
    }
}

fn name(tag: &str) -> &str {
    tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default()
}
