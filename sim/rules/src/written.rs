//! Rules that are written as TOML: the fields that all of them have, and collecting every mistake
//! with its place.
//!
//! **Owns** reading a table key by key, so that one mistake hides no other. **Must never know**
//! what a particular kind of rule means.

use crate::{
    KnownNames,
    file::read_path,
    rule::{CORE_RULE, CORE_RULE_TAKEN},
    shown::{nearest_or_all, shown},
};
use patchstate_source::{Diagnostic, MistakeCode, Severity, SourceFile, nearest};
use patchstate_terms::{Status, WindowsPath};
use serde::de::DeserializeOwned;
use std::{collections::BTreeSet, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error, ValueDeserializer},
};

/// A text and where it stands.
pub(crate) type Text = Spanned<String>;

/// The statuses that a rule stands for unless it says otherwise: those of a host whose files do
/// not belong together.
pub(crate) const STANDS_FOR: [Status; 2] = [Status::Broken, Status::Mismatch];

/// The codes of the mistakes that every kind of rule can have.
#[derive(Debug)]
pub(crate) struct Codes {
    pub(crate) syntax: MistakeCode,
    pub(crate) field: MistakeCode,
    pub(crate) missing: MistakeCode,
    pub(crate) value: MistakeCode,
    pub(crate) status: MistakeCode,
}

/// The mistakes of one file.
#[derive(Debug)]
pub(crate) struct Mistakes<'a> {
    source: &'a SourceFile,
    codes: &'static Codes,
    found: Vec<Diagnostic>,
}

impl<'a> Mistakes<'a> {
    pub(crate) const fn new(source: &'a SourceFile, codes: &'static Codes) -> Self {
        Self { source, codes, found: Vec::new() }
    }

    /// Reports one.
    pub(crate) fn report(
        &mut self,
        code: MistakeCode,
        span: Range<usize>,
        message: impl Into<String>,
        label: &str,
        help: Option<String>,
    ) {
        self.found.push(Diagnostic {
            severity: Severity::Error,
            code: code.name,
            message: message.into(),
            source: self.source.clone(),
            span,
            label: label.to_owned(),
            help,
        });
    }

    /// Reports a value that means nothing.
    pub(crate) fn value(&mut self, span: Range<usize>, message: impl Into<String>, label: &str) {
        self.report(self.codes.value, span, message, label, None);
    }

    /// Reports a table that lacks a field.
    pub(crate) fn missing(&mut self, span: Range<usize>, name: &str, example: &str) {
        let message = format!("`{name}` is missing");
        self.report(self.codes.missing, span, message, "not in here", Some(example.to_owned()));
    }

    /// The status that a word names.
    pub(crate) fn status(&mut self, word: &Text) -> Option<Status> {
        let name = word.get_ref();
        let found = Status::ALL.into_iter().find(|status| status.as_str() == name);
        if found.is_none() {
            let all = Status::ALL.map(Status::as_str);
            let help = nearest_or_all(name, &all);
            let message = format!("`{}` is not a status", shown(name));
            self.report(self.codes.status, word.span(), message, "unknown status", Some(help));
        }
        found
    }

    /// The status that a value names; what it is where it is no text, as a fragment of a message.
    pub(crate) fn status_of(
        &mut self,
        value: Spanned<DeValue<'_>>,
        message: &str,
    ) -> Option<Status> {
        let span = value.span();
        if let DeValue::String(word) = value.into_inner() {
            return self.status(&Text::new(span, word.into_owned()));
        }
        self.value(span, message, "expected a text");
        None
    }

    /// The path of a file below the Windows folder; a warning where no such file is known.
    pub(crate) fn path(
        &mut self,
        code: MistakeCode,
        known: &KnownNames,
        text: &str,
        span: Range<usize>,
    ) -> Option<WindowsPath> {
        let (path, said) = read_path(known, text, self.source, span);
        self.found.extend(said.map(|said| Diagnostic { code: code.name, ..said }));
        path
    }

    /// Whether there is no mistake; there may be warnings.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.iter().all(|found| found.severity != Severity::Error)
    }

    /// All, by place.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|left, right| {
            let key = |mistake: &Diagnostic| (mistake.span.start, mistake.span.end, mistake.code);
            key(left).cmp(&key(right)).then_with(|| left.message.cmp(&right.message))
        });
        self.found
    }
}

/// Reads a file that is one rule: its head, and what its kind has besides. Gives the rule where
/// there is no mistake, and all mistakes.
pub(crate) fn read_file<R>(
    source: &SourceFile,
    codes: &'static Codes,
    own_fields: &[&str],
    read: impl FnOnce(&mut Fields<'_>, Option<Head>, &mut Mistakes<'_>) -> Option<R>,
) -> (Option<R>, Vec<Diagnostic>) {
    let mut mistakes = Mistakes::new(source, codes);
    let known: Vec<&str> = HEAD_FIELDS.iter().chain(own_fields).copied().collect();
    let rule = Fields::of_file(source, &known, &mut mistakes).and_then(|mut fields| {
        let head = Head::read(&mut fields, &mut mistakes);
        read(&mut fields, head, &mut mistakes)
    });
    (rule.filter(|_| mistakes.is_empty()), mistakes.finish())
}

/// A table whose fields are taken out one by one.
#[derive(Debug)]
pub(crate) struct Fields<'t> {
    table: DeTable<'t>,
    span: Range<usize>,
}

impl<'t> Fields<'t> {
    /// The table that a file is; none where it is not TOML.
    pub(crate) fn of_file(
        source: &'t SourceFile,
        known: &[&str],
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let mut last = None;
        for error in &errors {
            let span = error.span().unwrap_or_default();
            let line = source.place(span.start).line;
            // Of each line the first, because the others follow from it.
            if last.replace(line) != Some(line) {
                let code = mistakes.codes.syntax;
                mistakes.report(code, span, one_line(error), "no TOML", None);
            }
        }
        // What a parser recovers after a syntax error is no ground for further complaints.
        errors.is_empty().then(|| Self::new(table.into_inner(), 0..0, known, mistakes))
    }

    /// A table in a table.
    #[cfg(feature = "yara")]
    pub(crate) fn of_entry(
        entry: Spanned<DeValue<'t>>,
        known: &[&str],
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Self> {
        let span = entry.span();
        if let DeValue::Table(table) = entry.into_inner() {
            return Some(Self::new(table, span, known, mistakes));
        }
        mistakes.value(span, "this is not a table", "expected a table");
        None
    }

    fn new(
        mut table: DeTable<'t>,
        span: Range<usize>,
        known: &[&str],
        mistakes: &mut Mistakes<'_>,
    ) -> Self {
        let unknown = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let unknown: Vec<(Range<usize>, String)> =
            unknown.map(|key| (key.span(), key.get_ref().to_string())).collect();
        for (span, name) in unknown {
            let message = format!("there is no field `{}`", shown(&name));
            let help = nearest_or_all(&name, known);
            let code = mistakes.codes.field;
            mistakes.report(code, span.clone(), message, "unknown field", Some(help));
            // It is read as the one that was meant, which is not missing as well.
            let meant = nearest(&name, known.iter().copied());
            let meant = meant.filter(|meant| !table.contains_key(*meant)).map(str::to_owned);
            if let (Some(value), Some(meant)) = (table.remove(name.as_str()), meant) {
                table.insert(Spanned::new(span, meant.into()), value);
            }
        }
        Self { table, span }
    }

    /// The place of the whole table.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// A field as it was written.
    pub(crate) fn raw(&mut self, name: &str) -> Option<Spanned<DeValue<'t>>> {
        self.table.remove(name)
    }

    /// A field of a type.
    pub(crate) fn get<T: DeserializeOwned>(
        &mut self,
        name: &str,
        expected: &str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<T> {
        let value = self.raw(name)?;
        let span = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                let span = error.span().unwrap_or(span);
                let message = format!("`{name}` is not {expected}: {}", one_line(&error));
                mistakes.value(span, message, &format!("expected {expected}"));
                None
            }
        }
    }

    /// A text that must be there and not be empty.
    pub(crate) fn text(
        &mut self,
        name: &str,
        example: &str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Text> {
        if !self.table.contains_key(name) {
            mistakes.missing(self.span(), name, example);
            return None;
        }
        let text: Text = self.get(name, "a text", mistakes)?;
        if text.get_ref().trim().is_empty() {
            mistakes.value(text.span(), format!("`{name}` is empty"), "nothing stands here");
            return None;
        }
        Some(text)
    }
}

/// What every rule says about itself.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) stands_for: BTreeSet<Status>,
}

/// The names of its fields.
pub(crate) const HEAD_FIELDS: [&str; 5] =
    ["id", "title", "description", "references", "stands_for"];

impl Head {
    /// A head of a rule that nobody wrote a file for.
    pub(crate) fn unwritten(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            description: None,
            references: Vec::new(),
            stands_for: STANDS_FOR.into(),
        }
    }

    /// Takes it out of a table.
    pub(crate) fn read(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let id = fields.text("id", "write `id = \"my-rule\"`", mistakes);
        let title = fields.text("title", "write `title = \"What it says\"`", mistakes);
        let id = id.filter(|id| {
            let may = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
            let valid = id.get_ref().chars().all(may);
            if !valid {
                let message = format!("`{}` is not an id", shown(id.get_ref()));
                mistakes.value(id.span(), message, "expected letters, digits, `.`, `-` and `_`");
            }
            if id.get_ref() == CORE_RULE {
                mistakes.value(id.span(), CORE_RULE_TAKEN, "taken");
            }
            valid
        });
        let description = fields.get("description", "a text", mistakes);
        let references = fields.get("references", "a list of texts", mistakes).unwrap_or_default();
        let stands_for = fields.get("stands_for", "a list of statuses", mistakes);
        let stands_for = match stands_for {
            Some(words) => stands_for_of(&words, mistakes),
            None => STANDS_FOR.into(),
        };
        let (id, title) = (id?.into_inner(), title?.into_inner());
        Some(Self { id, title, description, references, stands_for })
    }
}

fn stands_for_of(words: &Spanned<Vec<Text>>, mistakes: &mut Mistakes<'_>) -> BTreeSet<Status> {
    if words.get_ref().is_empty() {
        let message = "a rule that stands for no status cannot be right or wrong";
        mistakes.value(words.span(), message, "expected at least one status");
    }
    let mut statuses = BTreeSet::new();
    for word in words.get_ref() {
        match mistakes.status(word) {
            Some(Status::Inconclusive) => {
                let message = "no host is inconclusive: a rule cannot stand for it";
                mistakes.value(word.span(), message, "expected a status of a host");
            }
            Some(status) => {
                statuses.insert(status);
            }
            None => {}
        }
    }
    statuses
}

/// The messages of the TOML parser may have several lines.
fn one_line(error: &Error) -> String {
    error.message().lines().map(str::trim).collect::<Vec<_>>().join(", ")
}
