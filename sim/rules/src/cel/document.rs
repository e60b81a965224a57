//! What stands where in a rule file: keys and values, before conditions are understood.
//!
//! **Owns** TOML, and which keys a rule has. Every key is looked at on its own, so that a mistake
//! in one hides no mistake in another.
//!
//! **Start reading** at [`Document::read`].

use super::{codes, mistakes::Mistake, source_map::SourceMap};
use crate::head::{CORE_RULE, CORE_RULE_TAKEN};
use patchstate_source::{Brackets, Likeness, Section, SourceFile, nearest, quoted, recover};
use patchstate_terms::Status;
use std::{collections::BTreeSet, ops::Range};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

pub(super) const KEYS: [&str; 6] =
    ["id", "title", "description", "references", "stands_for", "verdict"];
pub(super) const VERDICT_KEYS: [&str; 2] = ["status", "when"];

/// The section by which a rule file is known, whatever its name.
const SECTION: Section =
    Section { name: "verdict", brackets: Brackets::Double, fields: &VERDICT_KEYS };

/// How much a table looks like a rule file.
#[must_use]
pub fn rule_file_likeness(table: &DeTable<'_>) -> Likeness {
    Likeness::of(table, &[SECTION])
}

/// A value with the place of its text, quotes included.
pub(super) type Placed<T> = (T, Range<usize>);

/// A rule file taken apart.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) id: Option<Placed<String>>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) references: Vec<String>,
    pub(super) stands_for: StandsFor,
    pub(super) verdicts: Vec<WrittenVerdict>,
}

/// What a rule says that it stands for.
#[derive(Debug, Default)]
pub(super) enum StandsFor {
    /// Nothing: it is the usual.
    #[default]
    Unsaid,
    /// Something with a mistake in it, which was reported.
    Mistaken,
    Said(Placed<BTreeSet<Status>>),
}

/// One entry of `verdict`.
#[derive(Debug)]
pub(super) struct WrittenVerdict {
    /// Its header, or the whole of it where it is written in braces.
    pub(super) head: Range<usize>,
    pub(super) status: Option<Placed<Status>>,
    pub(super) when: Option<SourceMap>,
}

impl Document {
    /// Takes a rule file apart; what is mistaken is left out.
    pub(super) fn read(source: &SourceFile, mistakes: &mut Vec<Mistake>) -> Self {
        let recovered = recover(&source.text);
        let syntax = recovered.errors.iter();
        mistakes.extend(
            syntax.map(|found| Mistake::error(codes::SYNTAX, found.span.clone(), &*found.message)),
        );
        let (table, _) = DeTable::parse_recoverable(&recovered.text);
        let mut reader = Reader {
            text: &recovered.text,
            blanked: &recovered.blanked,
            mistakes,
            seen: Self::default(),
        };
        reader.rule(&table.into_inner());
        reader.seen
    }
}

struct Reader<'a> {
    text: &'a str,
    /// Lines that could not be read: what is missing may have stood there.
    blanked: &'a [Range<usize>],
    mistakes: &'a mut Vec<Mistake>,
    seen: Document,
}

type Entry<'e, 'a> = &'e Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn rule(&mut self, table: &DeTable<'_>) {
        let mut near = BTreeSet::new();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "id" => self.seen.id = self.id(value),
                "title" => self.seen.title = self.text("title", value).map(|(text, _)| text),
                "description" => {
                    self.seen.description = self.text("description", value).map(|(text, _)| text);
                }
                "references" => self.seen.references = self.references(value),
                "stands_for" => self.seen.stands_for = self.stands_for(value),
                "verdict" => self.verdicts(value),
                _ => near.extend(self.unknown_key(key, &KEYS)),
            }
        }
        let is_unread = near.contains("stands_for") || !self.blanked.is_empty();
        if !table.contains_key("stands_for") && is_unread {
            self.seen.stands_for = StandsFor::Mistaken;
        }
        for key in ["id", "title", "verdict"] {
            if !table.contains_key(key) && !near.contains(key) && self.blanked.is_empty() {
                let message = match key {
                    "verdict" => "a rule needs at least one `[[verdict]]`".to_owned(),
                    _ => format!("a rule needs `{key}`"),
                };
                let first_line = self.text.find(['\n', '\r']).unwrap_or(self.text.len());
                self.mistakes.push(Mistake::error(codes::MISSING_KEY, 0..first_line, message));
            }
        }
    }

    /// Reports a key; the known one that is near is probably meant, and not missing.
    fn unknown_key(
        &mut self,
        key: &Spanned<DeString<'_>>,
        known: &[&'static str],
    ) -> Option<&'static str> {
        let name = key.get_ref().as_ref();
        let message = format!("there is no key `{}` here", quoted(name));
        let mistake = Mistake::error(codes::UNKNOWN_KEY, key.span(), message);
        self.mistakes.push(mistake.nearest(name, known.iter().copied()));
        let near = nearest(name, known.iter().copied())?;
        known.iter().copied().find(|known| *known == near)
    }

    fn wrong(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.mistakes.push(Mistake::error(codes::WRONG_VALUE, span, message));
    }

    fn text(&mut self, key: &str, value: Entry<'_, '_>) -> Option<Placed<String>> {
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some((text.to_owned(), value.span())),
            Some(_) => {
                self.wrong(value.span(), format!("`{key}` is empty"));
                None
            }
            None => {
                self.wrong(value.span(), format!("`{key}` is a text in quotes"));
                None
            }
        }
    }

    fn id(&mut self, value: Entry<'_, '_>) -> Option<Placed<String>> {
        let (id, span) = self.text("id", value)?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if id == CORE_RULE {
            self.mistakes.push(Mistake::error(codes::DUPLICATE_ID, span.clone(), CORE_RULE_TAKEN));
        }
        if id.chars().all(fits) {
            return Some((id, span));
        }
        self.wrong(span, "an id has letters, digits and `-`, `_`, `.`, `/` only");
        None
    }

    fn list<'e, 'a>(&mut self, key: &str, value: Entry<'e, 'a>) -> Vec<Entry<'e, 'a>> {
        if let DeValue::Array(elements) = value.get_ref() {
            return elements.iter().collect();
        }
        self.wrong(value.span(), format!("`{key}` is a list of texts in quotes"));
        Vec::new()
    }

    fn references(&mut self, value: Entry<'_, '_>) -> Vec<String> {
        let elements = self.list("references", value);
        let texts = elements.into_iter().filter_map(|element| self.text("references", element));
        texts.map(|(text, _)| text).collect()
    }

    fn stands_for(&mut self, value: Entry<'_, '_>) -> StandsFor {
        let mistakes_before = self.mistakes.len();
        let elements = self.list("stands_for", value);
        if elements.is_empty() && value.get_ref().is_array() {
            self.wrong(value.span(), "`stands_for` is empty: a rule stands for something");
        }
        let mut statuses = BTreeSet::new();
        for element in elements {
            let Some((status, span)) = self.status("stands_for", element) else { continue };
            if status == Status::Inconclusive {
                let message = "no host is truly inconclusive: a rule cannot stand for that";
                self.mistakes.push(Mistake::error(codes::UNKNOWN_STATUS, span, message));
            } else if !statuses.insert(status) {
                self.wrong(span, format!("`{status}` is listed twice"));
            }
        }
        if self.mistakes.len() > mistakes_before {
            StandsFor::Mistaken
        } else {
            StandsFor::Said((statuses, value.span()))
        }
    }

    fn status(&mut self, key: &str, value: Entry<'_, '_>) -> Option<Placed<Status>> {
        let (word, span) = self.text(key, value)?;
        let status = Status::ALL.into_iter().find(|status| status.as_str() == word);
        if status.is_none() {
            let message = format!("there is no status `{}`", quoted(&word));
            let mistake = Mistake::error(codes::UNKNOWN_STATUS, span.clone(), message);
            self.mistakes.push(mistake.nearest(&word, Status::ALL.map(Status::as_str)));
        }
        status.map(|status| (status, span))
    }

    fn verdicts(&mut self, value: Entry<'_, '_>) {
        let help = "write `[[verdict]]`, once for each";
        let DeValue::Array(elements) = value.get_ref() else {
            let mistake =
                Mistake::error(codes::WRONG_VALUE, value.span(), "`verdict` is a list of tables");
            self.mistakes.push(mistake.help(help));
            return;
        };
        if elements.is_empty() {
            let message = "a rule needs at least one `[[verdict]]`";
            self.mistakes.push(Mistake::error(codes::MISSING_KEY, value.span(), message));
        }
        let starts: Vec<usize> = elements.iter().map(|element| element.span().start).collect();
        for (number, element) in elements.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(self.text.len());
            match element.get_ref() {
                DeValue::Table(table) => self.verdict(table, element.span(), end),
                _ => self.wrong(element.span(), "a verdict is a table with `status` and `when`"),
            }
        }
    }

    fn verdict(&mut self, table: &DeTable<'_>, head: Range<usize>, end: usize) {
        let mut verdict = WrittenVerdict { head: head.clone(), status: None, when: None };
        let mut near = BTreeSet::new();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "status" => verdict.status = self.status("status", value),
                "when" => {
                    verdict.when = self
                        .text("when", value)
                        .map(|(text, span)| SourceMap::new(self.text, span, &text));
                }
                _ => near.extend(self.unknown_key(key, &VERDICT_KEYS)),
            }
        }
        let is_whole = !self.blanked.iter().any(|b| b.start < end && b.end > head.start);
        for key in VERDICT_KEYS {
            if !table.contains_key(key) && !near.contains(key) && is_whole {
                let (code, message) = match key {
                    "status" => (codes::MISSING_STATUS, "the verdict has no `status`"),
                    _ => (codes::MISSING_KEY, "the verdict has no condition `when`"),
                };
                let mistake = Mistake::error(code, head.clone(), message);
                let help = match key {
                    "status" => "add `status = \"mismatch\"`, or another one",
                    _ => "for a verdict that always holds, add `when = \"true\"`",
                };
                self.mistakes.push(mistake.help(help));
            }
        }
        self.seen.verdicts.push(verdict);
    }
}
