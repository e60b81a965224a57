//! Markup that would take too long to parse, found before it is.
//!
//! **Owns** bounds for which the time of the parser grows faster than the text: the prefixes of
//! namespaces in scope, and the attributes of an element. **Must never know** the language.

use std::collections::BTreeSet;

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
