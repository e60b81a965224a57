//! Words, names and texts: what they may consist of.

use super::Resolver;
use crate::{codes, mistakes::Place, model::ComponentId, raw::Text};
use patchstate_source::quoted;
use patchstate_terms::{Level, folded};
use std::ops::Range;

/// Texts that people read: longer ones belong into a document.
const TEXT_BYTES_MAX: usize = 2_000;

/// Ids and file names; Windows allows 255 in a file name, but hosts' listings have to stay legible.
const NAME_BYTES_MAX: usize = 100;

/// Paths: `MAX_PATH` less what stands before the Windows folder.
pub(super) const PATH_BYTES_MAX: usize = 240;

/// Names of exported symbols; decorated names are long.
pub(super) const SYMBOL_BYTES_MAX: usize = 1_000;

impl Resolver<'_, '_, '_> {
    /// A text for people.
    pub(super) fn text(&mut self, origin: usize, text: &Text) -> String {
        self.limited(origin, text, TEXT_BYTES_MAX)
    }

    /// A text for people that may be left out.
    pub(super) fn optional_text(&mut self, origin: usize, text: Option<&Text>) -> Option<String> {
        text.map(|text| self.text(origin, text))
    }

    /// A text that has something to say, no control characters, and is not too long.
    pub(super) fn limited(&mut self, origin: usize, text: &Text, bytes_max: usize) -> String {
        let place = Self::place(origin, text);
        let content = text.get_ref();
        if content.trim().is_empty() {
            self.mistakes.report(codes::EMPTY_TEXT, place, "the text is empty");
        } else if content.len() > bytes_max {
            let message = format!("the text has {} bytes, {bytes_max} are allowed", content.len());
            self.mistakes.report(codes::NAME_TOO_LONG, place, message);
        } else if content.chars().any(char::is_control) {
            let message = format!("`{}` has a control character", quoted(content));
            self.mistakes.report(codes::BAD_TEXT, place, message);
        }
        content.clone()
    }

    /// An id made of certain characters.
    pub(super) fn id(
        &mut self,
        origin: usize,
        id: &Text,
        noun: &str,
        allowed: fn(char) -> bool,
    ) -> String {
        let name = id.get_ref();
        if name.len() > NAME_BYTES_MAX {
            self.limited(origin, id, NAME_BYTES_MAX);
        } else if name.is_empty() || !name.chars().all(allowed) {
            let message = format!("`{}` cannot be the id of a {noun}", quoted(name));
            self.mistakes.report(codes::BAD_ID, Self::place(origin, id), message);
        }
        name.clone()
    }

    /// The file name of a DLL, in lower case.
    pub(super) fn dll(&mut self, origin: usize, dll: &Text) -> String {
        folded(&self.limited(origin, dll, NAME_BYTES_MAX))
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        origin: usize,
        text: &Text,
        noun: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text.get_ref());
        if found.is_none() {
            let message = format!("`{}` is no {noun}", quoted(text.get_ref()));
            let help = self.mistakes.nearest(text.get_ref(), words.iter().map(|(word, _)| *word));
            let place = Self::place(origin, text);
            self.mistakes.report_with(codes::UNKNOWN_WORD, place, message, help);
        }
        found.map(|(_, value)| *value)
    }

    /// The level that an entry of its own is about.
    pub(super) fn named_level(&mut self, origin: usize, text: &Text) -> Option<Level> {
        let known: Vec<&str> = Level::all().map(Level::as_str).collect();
        self.level_among(origin, text, &known)
    }

    /// A level that something names: one that has an entry.
    pub(super) fn level(&mut self, origin: usize, text: &Text) -> Option<Level> {
        let levels = &self.raw.levels;
        let known: Vec<&str> = levels.iter().map(|level| &**level.value.id.get_ref()).collect();
        // That there is none, or that one is misspelt, is said once: there.
        if known.is_empty() || known.iter().any(|id| id.parse::<Level>().is_err()) {
            return self.named_level(origin, text);
        }
        self.level_among(origin, text, &known)
    }

    fn level_among(&mut self, origin: usize, text: &Text, known: &[&str]) -> Option<Level> {
        let is_it = |level: &Level| level.as_str() == text.get_ref();
        let found = Level::all().find(is_it).filter(|level| known.contains(&level.as_str()));
        if found.is_none() {
            let known = known.iter().copied();
            let place = Self::place(origin, text);
            let code = codes::UNKNOWN_LEVEL;
            self.mistakes.report_unknown(code, place, "level", text.get_ref(), known);
        }
        found
    }

    /// A component that something names.
    pub(super) fn component(&mut self, origin: usize, text: &Text) -> ComponentId {
        let name = text.get_ref();
        let found = self.names.components.get(name).copied();
        if found.is_none() {
            let known = self.names.components.keys().map(String::as_str);
            let place = Self::place(origin, text);
            let code = codes::UNKNOWN_COMPONENT;
            self.mistakes.report_unknown(code, place, "component", name, known);
        }
        ComponentId(narrow(found.unwrap_or_default()))
    }

    /// Reports placeholders (words in braces) that are not among those known in this place.
    pub(super) fn placeholders(&mut self, origin: usize, text: &Text, known: &[&'static str]) {
        let mut rest = text.get_ref().as_str();
        while let Some((_, after)) = rest.split_once('{') {
            let (name, next) = after.split_once('}').unwrap_or((after, ""));
            if !known.contains(&name) {
                let message = format!("there is no placeholder `{{{}}}` here", quoted(name));
                let help = self.mistakes.nearest(name, known.iter().copied());
                let place = Self::place(origin, text);
                self.mistakes.report_with(codes::UNKNOWN_PLACEHOLDER, place, message, help);
            }
            rest = next;
        }
    }

    /// A list without repetitions that ascends.
    pub(super) fn ascending_levels(&mut self, origin: usize, texts: &[Text]) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        for text in texts {
            let Some(level) = self.level(origin, text) else { continue };
            let place = Self::place(origin, text);
            if levels.contains(&level) {
                let message = format!("`{level}` stands in the list already");
                self.mistakes.report(codes::DUPLICATE_LEVEL, place, message);
            } else if levels.last().is_some_and(|last| *last > level) {
                let message = format!("`{level}` stands after a higher level");
                self.mistakes.report(codes::LEVEL_ORDER, place, message);
            }
            levels.push(level);
        }
        levels
    }

    /// The place of a span of an entry.
    pub(super) fn at(origin: usize, span: Range<usize>) -> Place {
        Place { origin, span }
    }
}

/// Entries were counted before: indexes fit.
pub(super) fn narrow(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}
