//! From the text of a baseline to what it accepts, with every mistake at its place.

use super::Baseline;
use crate::Shape;
use patchstate_terms::{
    Architecture, Diagnostic, FindingKind, Severity, SourceFile, Status, Step, TableForm,
    field_names, nearest,
};
use serde::Deserialize;
use std::{collections::BTreeSet, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    arch: Spanned<String>,
    truth: Spanned<String>,
    verdict: Spanned<String>,
    #[serde(default)]
    missed: Vec<Spanned<String>>,
    #[serde(default)]
    invented: Vec<Spanned<String>>,
    steps: Vec<Spanned<String>>,
}

/// The keys of a baseline.
const KEYS: [&str; 3] = ["rule", "scope", "accepted"];

/// The tables of a baseline.
#[must_use]
pub fn baseline_forms() -> Vec<TableForm> {
    let accepted = field_names::<RawEntry>();
    vec![
        TableForm { name: "", is_repeated: false, fields: &KEYS },
        TableForm { name: "accepted", is_repeated: true, fields: accepted },
    ]
}

/// Whether a file of TOML holds a baseline, as opposed to a part of a catalog.
#[must_use]
pub fn is_baseline_file(file: &SourceFile) -> bool {
    file.text.lines().any(|line| line.trim_start().starts_with("[[accepted]]"))
}

/// Reads a baseline: what it accepts, where there is no mistake, and all mistakes.
#[must_use]
pub fn read_baseline(source: &SourceFile) -> (Option<Baseline>, Vec<Diagnostic>) {
    let mut reader = Reader { source, baseline: Baseline::default(), diagnostics: Vec::new() };
    reader.file();
    reader.diagnostics.sort_by_key(|found| (found.span.start, found.span.end));
    let is_good = reader.diagnostics.is_empty();
    (is_good.then_some(reader.baseline), reader.diagnostics)
}

struct Reader<'a> {
    source: &'a SourceFile,
    baseline: Baseline,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn file(&mut self) {
        let text = &self.source.text;
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                return self.report("baseline/syntax", one_line(error.message()), span, None);
            }
        };
        let (mut rule, mut scope) = (None, None);
        for (key, value) in table {
            let span = value.span();
            match (key.get_ref().as_ref(), value.into_inner()) {
                ("rule", DeValue::String(text)) => rule = Some(text.into_owned()),
                ("scope", DeValue::String(text)) => scope = Some(text.into_owned()),
                ("accepted", DeValue::Array(entries)) => {
                    entries.into_iter().for_each(|entry| self.entry(entry));
                }
                ("rule" | "scope" | "accepted", _) => {
                    let message = "this is of the wrong type".to_owned();
                    let help =
                        "write `rule = \"...\"`, and `[[accepted]]` once for each".to_owned();
                    self.report("baseline/value", message, span, Some(help));
                }
                (name, _) => {
                    let message = format!("there is no field `{}`", name.escape_debug());
                    let help = did_you_mean(name, KEYS);
                    self.report("baseline/field", message, key.span(), Some(help));
                }
            }
        }
        for (name, text) in [("rule", &rule), ("scope", &scope)] {
            if text.is_none() {
                let help = Some(format!("write `{name} = \"...\"`"));
                self.report("baseline/missing", format!("`{name}` is missing"), 0..0, help);
            }
        }
        self.baseline.rule = rule.unwrap_or_default();
        self.baseline.scope = scope.unwrap_or_default();
    }

    fn entry(&mut self, entry: Spanned<DeValue<'_>>) {
        let span = entry.span();
        let raw = match RawEntry::deserialize(ValueDeserializer::from(entry)) {
            Ok(raw) => raw,
            Err(error) => {
                let span = error.span().unwrap_or(span);
                return self.report("baseline/value", one_line(error.message()), span, None);
            }
        };
        let architectures = [Architecture::X86, Architecture::X64];
        let arch = self.word("architecture", &raw.arch, &architectures, Architecture::as_str);
        let truth = self.word("status", &raw.truth, &Status::ALL, Status::as_str);
        let verdict = self.word("status", &raw.verdict, &Status::ALL, Status::as_str);
        let (missed, invented) = (self.kinds(&raw.missed), self.kinds(&raw.invented));
        let steps = raw.steps.iter().filter_map(|word| self.step(word)).collect();
        let (Some(arch), Some(truth), Some(verdict)) = (arch, truth, verdict) else { return };
        let wrong = (arch, Shape { truth, verdict, missed, invented });
        if self.baseline.accepted.insert(wrong, steps).is_some() {
            let message = "the same counterexample is accepted twice".to_owned();
            self.report("baseline/duplicate", message, span, None);
        }
    }

    fn kinds(&mut self, words: &[Spanned<String>]) -> BTreeSet<FindingKind> {
        let all = &FindingKind::ALL;
        let kind = |word| self.word("kind of finding", word, all, FindingKind::as_str);
        words.iter().filter_map(kind).collect()
    }

    fn step(&mut self, word: &Spanned<String>) -> Option<Step> {
        let step: Result<Step, _> = word.get_ref().parse();
        let problem = |error: &dyn std::fmt::Display| format!("this is no step: {error}");
        match step {
            Ok(step) => Some(step),
            Err(error) => {
                self.report("baseline/step", problem(&error), word.span(), None);
                None
            }
        }
    }

    fn word<T: Copy>(
        &mut self,
        what: &str,
        word: &Spanned<String>,
        all: &[T],
        as_str: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|value| as_str(*value) == word.get_ref());
        if found.is_none() {
            let message = format!("there is no {what} `{}`", word.get_ref().escape_debug());
            let help = did_you_mean(word.get_ref(), all.iter().map(|value| as_str(*value)));
            self.report("baseline/unknown-name", message, word.span(), Some(help));
        }
        found
    }

    fn report(
        &mut self,
        code: &'static str,
        message: String,
        span: Range<usize>,
        help: Option<String>,
    ) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code,
            message,
            source: self.source.clone(),
            span,
            label: "here".to_owned(),
            help,
        });
    }
}

fn did_you_mean<'a>(word: &str, all: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let near = nearest(word, all.clone()).map(|near| format!("did you mean `{near}`?"));
    let list = || all.into_iter().collect::<Vec<_>>().join("`, `");
    near.unwrap_or_else(|| format!("expected one of `{}`", list()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
