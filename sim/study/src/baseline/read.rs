//! From the text of a baseline to what it accepts, with every mistake at its place.

use super::{Accepted, Baseline, codes};
use crate::FailureClass;
use patchstate_source::{
    Brackets, Diagnostic, FormCodes, FromValue, Likeness, Mistakes, Problem, Row, Section,
    SourceFile, row, wrong_type,
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
        let digits = match value.get_ref() {
            DeValue::String(text) => Some(text.as_ref()),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            _ => None,
        };
        let is_number = |text: &&str| text.bytes().all(|letter| letter.is_ascii_digit());
        let number = digits.filter(is_number).and_then(|text| text.parse().ok());
        let wrong = || wrong_type(value.get_ref(), value.span(), what, problems);
        number.map_or_else(wrong, Self)
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

const CODES: FormCodes = FormCodes {
    syntax: codes::SYNTAX,
    unknown: codes::FIELD,
    missing: codes::MISSING,
    value: codes::VALUE,
};

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
    let mut mistakes = Mistakes::new(source, &CODES);
    let raw: RawBaseline = mistakes.row();
    let mut reader = Reader { mistakes, baseline: Baseline::default() };
    for entry in &raw.accepted {
        reader.entry(entry);
    }
    for word in &raw.unproved {
        let architecture = reader.architecture(word);
        reader.baseline.unproved.extend(architecture);
    }
    reader.baseline.rule = raw.rule.into_inner();
    reader.baseline.scope = raw.scope.into_inner();
    (reader.mistakes.is_empty().then_some(reader.baseline), reader.mistakes.finish())
}

struct Reader<'a> {
    mistakes: Mistakes<'a>,
    baseline: Baseline,
}

impl Reader<'_> {
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
        let wrong = (arch, FailureClass { truth, verdict, missed, invented });
        if self.baseline.accepted.insert(wrong, written).is_some() {
            let message = "the same counterexample is accepted twice".to_owned();
            self.mistakes.report(codes::DUPLICATE, span, message, "accepted before", None);
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
        if let Err(error) = &step {
            let message = format!("this is no step: {error}");
            self.mistakes.report(codes::STEP, word.span(), message, "no step", None);
        }
        step.ok()
    }

    fn word<T: Copy>(
        &mut self,
        what: &str,
        word: &Spanned<String>,
        all: &[T],
        as_str: impl Fn(T) -> &'static str + Copy,
    ) -> Option<T> {
        self.mistakes.word(codes::UNKNOWN_NAME, what, word, all, as_str)
    }
}
