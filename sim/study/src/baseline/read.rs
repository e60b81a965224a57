//! From the text of a baseline to what it accepts, with every mistake at its place.

use super::{Accepted, Baseline, codes};
use crate::Shape;
use patchstate_source::{
    Brackets, Diagnostic, FromValue, Likeness, MistakeCode, Problem, ProblemKind, Row, Section,
    Severity, SourceFile, kind_of, nearest, read_row, recover, row,
};
use patchstate_space::Count;
use patchstate_terms::{Architecture, FindingKind, Status, Step};
use std::{collections::BTreeSet, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A number of hosts: its digits in quotes, since TOML keeps no number exactly that has more than
/// 18 of them. A small one may stand without quotes.
struct Hosts(Count);

impl FromValue for Hosts {
    fn expected() -> String {
        "a number of hosts, its digits in quotes".to_owned()
    }

    fn example() -> &'static str {
        "\"1\""
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        let span = value.span();
        let digits = match value.get_ref() {
            DeValue::String(text) => Some(text.as_ref()),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            _ => None,
        };
        let is_number = |text: &&str| text.bytes().all(|letter| letter.is_ascii_digit());
        let number = digits.filter(is_number).and_then(|text| text.parse().ok());
        if let Some(number) = number {
            return Self(number);
        }
        let found = kind_of(value.get_ref());
        problems.push(Problem {
            kind: ProblemKind::WrongType,
            span: span.clone(),
            message: format!("{what} is {found}, expected {}", Self::expected()),
            help: None,
        });
        Self::placeholder(span)
    }

    fn placeholder(_: Range<usize>) -> Self {
        Self(Count::ZERO)
    }
}

row! {
    /// An entry as it is written.
    struct RawEntry {
        arch: Spanned<String>,
        truth: Spanned<String>,
        verdict: Spanned<String>,
        missed: Vec<Spanned<String>> = Vec::new(),
        invented: Vec<Spanned<String>> = Vec::new(),
        hosts: Option<Hosts>,
        reason: Option<String>,
        steps: Vec<Spanned<String>>,
    }
}

row! {
    /// A whole file as it is written.
    struct RawBaseline {
        rule: Spanned<String>,
        scope: Spanned<String>,
        unproved: Vec<Spanned<String>> = Vec::new(),
        accepted: Vec<Spanned<RawEntry>> = Vec::new(),
    }
}

/// The sections of a baseline.
const SECTIONS: [Section; 1] =
    [Section { name: "accepted", brackets: Brackets::Double, fields: RawEntry::FIELDS }];

/// The tables of a baseline; the one without a name is the whole file.
#[must_use]
pub fn baseline_forms() -> Vec<Section> {
    let whole = Section { name: "", brackets: Brackets::Single, fields: RawBaseline::FIELDS };
    std::iter::once(whole).chain(SECTIONS).collect()
}

/// How much a table looks like a baseline.
#[must_use]
pub fn baseline_likeness(table: &DeTable<'_>) -> Likeness {
    // One that accepts no counterexample has no section.
    let is_whole = ["rule", "scope", "unproved"].iter().all(|key| table.contains_key(*key));
    if is_whole { Likeness::Sure } else { Likeness::of(table, &SECTIONS) }
}

/// Reads a baseline: what it accepts, where there is no mistake, and all mistakes.
#[must_use]
pub fn read_baseline(source: &SourceFile) -> (Option<Baseline>, Vec<Diagnostic>) {
    let mut reader = Reader {
        source,
        baseline: Baseline::default(),
        diagnostics: Vec::new(),
        placeholders: BTreeSet::new(),
    };
    reader.file();
    reader.diagnostics.sort_by_key(|found| (found.span.start, found.span.end));
    let is_good = reader.diagnostics.is_empty();
    (is_good.then_some(reader.baseline), reader.diagnostics)
}

struct Reader<'a> {
    source: &'a SourceFile,
    baseline: Baseline,
    diagnostics: Vec<Diagnostic>,
    /// Places of values that could not be read.
    placeholders: BTreeSet<(usize, usize)>,
}

impl Reader<'_> {
    fn file(&mut self) {
        let recovered = recover(&self.source.text);
        for error in recovered.errors {
            self.report(codes::SYNTAX, error.message, error.span, None);
        }
        let (table, _) = DeTable::parse_recoverable(&recovered.text);
        let mut problems = Vec::new();
        let raw: RawBaseline = read_row(table.into_inner(), 0..0, &mut problems);
        for Problem { kind, span, message, help } in problems {
            match kind {
                // It may have stood in a line that is no TOML.
                ProblemKind::MissingField if !recovered.blanked.is_empty() => {}
                ProblemKind::UnknownField => {
                    self.report(codes::FIELD, message, span.clone(), help);
                }
                ProblemKind::MissingField => {
                    self.report(codes::MISSING, message, span.clone(), help);
                }
                ProblemKind::WrongType => {
                    self.report(codes::VALUE, message, span.clone(), help);
                }
            }
            if kind != ProblemKind::UnknownField {
                self.placeholders.insert((span.start, span.end));
            }
        }
        for entry in &raw.accepted {
            self.entry(entry);
        }
        for word in &raw.unproved {
            let architecture = self.architecture(word);
            self.baseline.unproved.extend(architecture);
        }
        self.baseline.rule = raw.rule.into_inner();
        self.baseline.scope = raw.scope.into_inner();
    }

    fn entry(&mut self, entry: &Spanned<RawEntry>) {
        let (span, raw) = (entry.span(), entry.get_ref());
        let arch = self.architecture(&raw.arch);
        let truth = self.word("status", &raw.truth, &Status::ALL, Status::as_str);
        let verdict = self.word("status", &raw.verdict, &Status::ALL, Status::as_str);
        let (missed, invented) = (self.kinds(&raw.missed), self.kinds(&raw.invented));
        let steps = raw.steps.iter().filter_map(|word| self.step(word)).collect();
        let hosts = raw.hosts.as_ref().map(|hosts| hosts.0.clone());
        let written = Accepted { hosts, steps, reason: raw.reason.clone() };
        let (Some(arch), Some(truth), Some(verdict)) = (arch, truth, verdict) else { return };
        let wrong = (arch, Shape { truth, verdict, missed, invented });
        if self.baseline.accepted.insert(wrong, written).is_some() {
            let message = "the same counterexample is accepted twice".to_owned();
            self.report(codes::DUPLICATE, message, span, None);
        }
    }

    fn architecture(&mut self, word: &Spanned<String>) -> Option<Architecture> {
        let architectures = [Architecture::X86, Architecture::X64];
        self.word("architecture", word, &architectures, Architecture::as_str)
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
                self.report(codes::STEP, problem(&error), word.span(), None);
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
            self.report(codes::UNKNOWN_NAME, message, word.span(), Some(help));
        }
        found
    }

    fn report(
        &mut self,
        code: MistakeCode,
        message: String,
        span: Range<usize>,
        help: Option<String>,
    ) {
        // Nothing more is said about what could not be read.
        let is_form = [codes::MISSING, codes::VALUE].contains(&code);
        if !is_form && self.placeholders.contains(&(span.start, span.end)) {
            return;
        }
        self.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: code.name,
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
