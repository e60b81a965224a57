//! The root element of an XML document, found without reading the rest.
//!
//! **Owns** telling documents of definitions from those of other programs, also where they are cut
//! off or broken further down. **Must never know** what a definition means.
//!
//! **Start reading** at [`RootElement::of`].

use crate::encoding;

/// Namespaces of definitions and of what they are made of begin like this, in every version.
const DEFINITIONS: &str = "http://oval.mitre.org/XMLSchema/oval-definitions";

/// The root element of documents of definitions.
const DOCUMENT: &str = "oval_definitions";

/// The first element of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootElement {
    /// Its name, without a prefix.
    pub name: String,
    /// Its namespace; empty where it has none.
    pub namespace: String,
}

impl RootElement {
    /// The root element of the document that these bytes begin.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::of_text(&encoding::beginning(bytes))
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut rest = text.trim_start_matches('\u{feff}').trim_start();
        loop {
            let after = if let Some(inside) = rest.strip_prefix("<?") {
                inside.split_once("?>")?.1
            } else if let Some(inside) = rest.strip_prefix("<!--") {
                inside.split_once("-->")?.1
            } else if let Some(inside) = rest.strip_prefix("<!") {
                behind_declaration(inside)?
            } else {
                return Self::of_tag(rest.strip_prefix('<')?);
            };
            rest = after.trim_start();
        }
    }

    /// From what stands behind the `<` of a start tag.
    fn of_tag(tag: &str) -> Option<Self> {
        let end = tag.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?;
        let (name, mut rest) = tag.split_at(end);
        let is_first = |c: char| c.is_alphabetic() || c == '_' || c == ':';
        if !name.starts_with(is_first) {
            return None;
        }
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declaration =
            if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        let mut namespace = String::new();
        loop {
            rest = rest.trim_start();
            let Some((key, after)) = rest.split_once('=') else { break };
            let key = key.trim_end();
            if key.contains(['>', '<']) {
                break;
            }
            let after = after.trim_start();
            let Some(quote) = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))
            else {
                break;
            };
            let Some((value, behind)) = after.get(1..)?.split_once(quote) else { break };
            if key == declaration {
                value.clone_into(&mut namespace);
            }
            rest = behind;
        }
        Some(Self { name: local.to_owned(), namespace })
    }

    /// Whether it is that of a document of OVAL definitions, and not of a part of one.
    #[must_use]
    pub fn is_document(&self) -> bool {
        self.name == DOCUMENT
    }

    /// Whether it is a document of OVAL definitions, or one element of such a document; also where
    /// the namespace of the document is wrong.
    #[must_use]
    pub fn is_oval(&self) -> bool {
        self.name == DOCUMENT || self.namespace.starts_with(DEFINITIONS)
    }
}

/// What stands behind a declaration such as that of a document type, which may hold others.
pub(crate) fn behind_declaration(inside: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, letter) in inside.char_indices() {
        match (quote, letter) {
            (Some(open), _) => quote = (letter != open).then_some(open),
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, '>') if depth == 0 => return inside.get(at + 1..),
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "http://oval.mitre.org/XMLSchema/oval-definitions-5";

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let found = RootElement::of(text.as_bytes());
        let found = found.as_ref().map(|root| (root.name.as_str(), root.namespace.as_str()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_root_element_is_found_behind_everything_that_may_stand_before_it() {
        check("<a/>", Some(("a", "")));
        check(
            "\u{feff}<?xml version='1.0'?>\n<!-- <b> -->\n<a x='1' xmlns=\"n\">",
            Some(("a", "n")),
        );
        check("<!DOCTYPE a [<!ENTITY b \"]>\">]><p:a xmlns='m' xmlns:p = 'n'/>", Some(("a", "n")));
        check(&format!("<oval_definitions xmlns=\"{CORE}\" <"), Some(("oval_definitions", CORE)));
        check("<a xmlns='n", Some(("a", "")));
    }

    #[test]
    fn what_has_no_root_element_has_none() {
        for text in ["", "x", "<", "<a", "<!--", "<?xml", "<!DOCTYPE a", "< a>", "<1>", "</a>"] {
            check(text, None);
        }
    }

    #[test]
    fn both_orders_of_utf_16_are_read() {
        let text = format!("\u{feff}<oval_definitions xmlns='{CORE}'>");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            assert!(RootElement::of(&bytes).is_some_and(|root| root.is_oval()));
        }
    }

    #[test]
    fn documents_of_other_programs_are_not_oval() {
        let root = |name: &str, namespace: &str| RootElement {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
        };
        assert!(root("oval_definitions", "").is_oval());
        assert!(root("file_test", &format!("{CORE}#windows")).is_oval());
        assert!(!root("project", "http://maven.apache.org/POM/4.0.0").is_oval());
        assert!(!root("testsuites", "").is_oval());
        assert!(!root("oval_results", "http://oval.mitre.org/XMLSchema/oval-results-5").is_oval());
    }
}
