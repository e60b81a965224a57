//! What a scenario expects, as TOML.

use super::{codes, located::Located};
use patchstate_source::{
    Diagnostic, MistakeCode, Severity, SourceFile, kind_of, quoted, recover, suggestion,
};
use patchstate_terms::{Architecture, FileVersion, FindingKind, Status, WindowsPath};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A finding as an expectation names it.
pub type ExpectedFinding = (FindingKind, WindowsPath);

/// What is expected of a host; what is `None` is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The architecture that the steps run on; x86 where it is not named.
    pub arch: Option<Located<Architecture>>,
    /// Assumptions under which they run, `ID=VALUE`; the others are as the run has them.
    pub assume: Option<Located<Vec<Located<String>>>>,
    /// The status, of truth and verdict alike.
    pub status: Option<Located<Status>>,
    /// Every `kind file` among the findings.
    pub findings: Option<Located<Vec<Located<ExpectedFinding>>>>,
    /// Updates whose installation would break the host.
    pub would_break: Option<Located<Vec<Located<String>>>>,
    /// Steps that make the host consistent.
    pub remedy: Option<Located<Vec<Located<String>>>>,
    /// Numbers of the steps that are refused, from 1.
    pub refused: Option<Located<Vec<Located<usize>>>>,
    /// Versions of files; `None` for a file that must be absent.
    pub files: BTreeMap<WindowsPath, Keyed<Option<FileVersion>>>,
    /// Status that each rule gives.
    pub rules: BTreeMap<String, Keyed<Status>>,
}

impl Expectation {
    /// Whether anything can differ from it. Architecture and assumptions only say where the steps
    /// run.
    #[must_use]
    pub fn expects_something(&self) -> bool {
        let Self { status, findings, would_break, remedy, refused, files, rules, .. } = self;
        status.is_some()
            || findings.is_some()
            || would_break.is_some()
            || remedy.is_some()
            || refused.is_some()
            || !files.is_empty()
            || !rules.is_empty()
    }

    /// The assumptions under which the steps run, `ID=VALUE`.
    #[must_use]
    pub fn assumptions(&self) -> Vec<&str> {
        let settings = self.assume.iter().flat_map(|list| &list.value);
        settings.map(|setting| setting.value.as_str()).collect()
    }
}

/// A value under a key that names something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed<T> {
    /// Where the key stands.
    pub key: Range<usize>,
    /// The value.
    pub value: T,
    /// Where the value stands.
    pub span: Range<usize>,
}

/// The keys of a block `expect`.
pub const EXPECTATION_KEYS: [&str; 9] =
    ["arch", "assume", "status", "findings", "would_break", "remedy", "refused", "files", "rules"];

/// The word for a file that must be absent.
pub(super) const ABSENT: &str = "absent";

/// Reads the content of a block `expect`.
pub(super) fn parse(source: &SourceFile, content: &Range<usize>) -> (Expectation, Vec<Diagnostic>) {
    let text = source.text.get(content.clone()).unwrap_or_default();
    let mut reader = Reader { source, offset: content.start, diagnostics: Vec::new() };
    let mut expectation = Expectation::default();
    let recovered = recover(text);
    for error in recovered.errors {
        reader.report(codes::SYNTAX, error.message, error.span, None);
    }
    let (table, _) = DeTable::parse_recoverable(&recovered.text);
    for (key, value) in table.get_ref() {
        reader.entry(&mut expectation, key.get_ref(), key.span(), value);
    }
    (expectation, reader.diagnostics)
}

struct Reader<'a> {
    source: &'a SourceFile,
    offset: usize,
    diagnostics: Vec<Diagnostic>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn entry(&mut self, into: &mut Expectation, key: &str, span: Range<usize>, value: &Value<'_>) {
        match key {
            "arch" => into.arch = self.word(value, &Architecture::ALL, Architecture::as_str),
            "assume" => into.assume = self.list(value, Self::text),
            "status" => into.status = self.word(value, &expected_statuses(), Status::as_str),
            "findings" => into.findings = self.list(value, Self::finding),
            "would_break" => into.would_break = self.list(value, Self::text),
            "remedy" => into.remedy = self.list(value, Self::text),
            "refused" => into.refused = self.list(value, Self::position),
            "files" => into.files = self.files(value),
            "rules" => into.rules = self.rules(value),
            _ => {
                let message = format!("there is no key `{}` in an expectation", quoted(key));
                let help = suggestion(key, EXPECTATION_KEYS);
                self.report(codes::UNKNOWN_KEY, message, span, help);
            }
        }
    }

    fn located<T>(&self, value: T, span: Range<usize>) -> Located<T> {
        Located { value, span: span.start + self.offset..span.end + self.offset }
    }

    fn text(&mut self, value: &Value<'_>) -> Option<Located<String>> {
        match value.get_ref() {
            DeValue::String(text) => Some(self.located(text.to_string(), value.span())),
            other => {
                self.wrong_type(value, "a text in quotes", other);
                None
            }
        }
    }

    fn word<T: Copy>(
        &mut self,
        value: &Value<'_>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Located<T>> {
        let text = self.text(value)?;
        if let Some(found) = all.iter().find(|known| name(**known) == text.value) {
            return Some(Located { value: *found, span: text.span });
        }
        let names: Vec<&str> = all.iter().map(|known| name(*known)).collect();
        let help = suggestion(&text.value, names);
        let message = format!("`{}` is not a value of this key", quoted(&text.value));
        self.report(codes::UNKNOWN_VALUE, message, value.span(), help);
        None
    }

    fn list<T>(
        &mut self,
        value: &Value<'_>,
        mut item: impl FnMut(&mut Self, &Value<'_>) -> Option<Located<T>>,
    ) -> Option<Located<Vec<Located<T>>>> {
        match value.get_ref() {
            DeValue::Array(values) => {
                let items = values.iter().filter_map(|value| item(self, value)).collect();
                Some(self.located(items, value.span()))
            }
            other => {
                self.wrong_type(value, "a list", other);
                None
            }
        }
    }

    fn finding(&mut self, value: &Value<'_>) -> Option<Located<ExpectedFinding>> {
        let text = self.text(value)?;
        let (kind, path) = text.value.split_once(' ').unwrap_or((&text.value, ""));
        let kind = match kind.parse::<FindingKind>() {
            Ok(kind) => kind,
            Err(message) => {
                let names = FindingKind::ALL.map(FindingKind::as_str);
                let help = suggestion(kind, names);
                self.report(codes::UNKNOWN_VALUE, message, value.span(), help);
                return None;
            }
        };
        match path.trim().parse() {
            Ok(path) => Some(Located { value: (kind, path), span: text.span }),
            Err(error) => {
                let help = Some("expected a kind of finding, then a path".to_owned());
                self.report(codes::PATH, format!("{error}"), value.span(), help);
                None
            }
        }
    }

    fn position(&mut self, value: &Value<'_>) -> Option<Located<usize>> {
        let number = match value.get_ref() {
            DeValue::Integer(integer) => integer.as_str().parse::<usize>().ok(),
            _ => None,
        };
        match number {
            Some(number) if number > 0 => Some(self.located(number, value.span())),
            _ => {
                self.wrong_type(value, "the number of a step, from 1", value.get_ref());
                None
            }
        }
    }

    fn table<T>(
        &mut self,
        value: &Value<'_>,
        mut entry: impl FnMut(&mut Self, &str, Range<usize>, &Value<'_>) -> Option<T>,
    ) -> Vec<T> {
        match value.get_ref() {
            DeValue::Table(table) => table
                .iter()
                .filter_map(|(key, value)| entry(self, key.get_ref(), key.span(), value))
                .collect(),
            other => {
                self.wrong_type(value, "a table", other);
                Vec::new()
            }
        }
    }

    fn files(&mut self, value: &Value<'_>) -> BTreeMap<WindowsPath, Keyed<Option<FileVersion>>> {
        let mut seen = BTreeSet::new();
        let entry = |reader: &mut Self, key: &str, span: Range<usize>, value: &Value<'_>| {
            let version = reader.text(value)?;
            let path = key.parse::<WindowsPath>().map_err(|error| {
                reader.report(codes::PATH, format!("{error}"), span.clone(), None);
            });
            if path.as_ref().is_ok_and(|path| !seen.insert(path.clone())) {
                let message = format!("the file {key} is named before");
                reader.report(codes::PATH, message, span.clone(), None);
            }
            let found = match version.value.as_str() {
                ABSENT => Ok(None),
                text => text.parse().map(Some).map_err(|error| {
                    let help = Some(format!("expected a version or \"{ABSENT}\""));
                    reader.report(codes::VERSION, format!("{error}"), value.span(), help);
                }),
            };
            let version = Located { value: found.ok()?, span: version.span };
            Some((path.ok()?, reader.under(span, version)))
        };
        self.table(value, entry).into_iter().collect()
    }

    fn rules(&mut self, value: &Value<'_>) -> BTreeMap<String, Keyed<Status>> {
        let entry = |reader: &mut Self, key: &str, span: Range<usize>, value: &Value<'_>| {
            let status = reader.word(value, &Status::ALL, Status::as_str)?;
            Some((key.to_owned(), reader.under(span, status)))
        };
        self.table(value, entry).into_iter().collect()
    }

    /// A value that was read, under its key.
    fn under<T>(&self, key: Range<usize>, read: Located<T>) -> Keyed<T> {
        Keyed { key: self.located((), key).span, value: read.value, span: read.span }
    }

    fn wrong_type(&mut self, value: &Value<'_>, expected: &str, found: &DeValue<'_>) {
        let message = format!("expected {expected}, found {}", kind_of(found));
        self.report(codes::TYPE, message, value.span(), None);
    }

    fn report(
        &mut self,
        code: MistakeCode,
        message: String,
        span: Range<usize>,
        help: Option<String>,
    ) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: code.name,
            message,
            source: self.source.clone(),
            span: span.start + self.offset..span.end + self.offset,
            label: "here".to_owned(),
            help,
        });
    }
}

/// Truth is never inconclusive, so no scenario can expect it.
fn expected_statuses() -> [Status; 5] {
    [Status::Broken, Status::Mismatch, Status::Drift, Status::Consistent, Status::NotApplicable]
}
