//! What the formats for continuous integration share: how wrong a verdict is, and why.

use crate::text::{and, count, neutral};
use patchstate_rules::{Clause, Ground, Reading};
use patchstate_source::SourceFile;
use patchstate_study::{Counterexample, FailureClass, RuleResult, Verification};
use patchstate_terms::{Architecture, FindingKey, FindingKind, Status, Step};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Of hosts to which no order is known.
pub(crate) const TOO_FAR: &str =
    "all hosts are farther from a bare system than orders are looked for";

/// In which way a verdict is wrong, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// It does not report what is so.
    FalseNegative,
    /// It reports what is not so.
    FalsePositive,
    /// It names another status, or other findings.
    Disagreement,
    /// There is none.
    Inconclusive,
}

impl Wrong {
    /// How a verdict of a rule is wrong that says one thing where another is true.
    pub(crate) fn of(rule: &RuleResult, truth: Status, verdict: Status) -> Self {
        Self::by(&rule.stands_for, truth, verdict)
    }

    fn by(stands_for: &BTreeSet<Status>, truth: Status, verdict: Status) -> Self {
        match (stands_for.contains(&truth), stands_for.contains(&verdict)) {
            _ if verdict == Status::Inconclusive => Self::Inconclusive,
            (true, false) => Self::FalseNegative,
            (false, true) => Self::FalsePositive,
            _ => Self::Disagreement,
        }
    }

    pub(crate) fn of_counterexample(rule: &RuleResult, counterexample: &Counterexample) -> Self {
        let disagreement = &counterexample.disagreement;
        Self::of(rule, disagreement.truth, disagreement.verdict)
    }

    pub(crate) fn of_failure(rule: &RuleResult, failure: &FailureClass) -> Self {
        Self::of(rule, failure.truth, failure.verdict)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::FalseNegative => "false negative",
            Self::FalsePositive => "false positive",
            Self::Disagreement => "disagreement",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The same in a word, of a rule that stands for these statuses.
pub(crate) fn wrong_word(
    stands_for: &BTreeSet<Status>,
    truth: Status,
    said: Status,
) -> &'static str {
    Wrong::by(stands_for, truth, said).as_str()
}

/// Whether a counterexample is accepted for now.
pub(crate) fn is_accepted(rule: &RuleResult, counterexample: &Counterexample) -> bool {
    rule.accepts(counterexample.architecture, &FailureClass::from(&counterexample.disagreement))
}

/// What is accepted and no longer occurs.
pub(crate) type Gone = (Architecture, FailureClass, Vec<Step>);

/// All of it, with the rule that it was of.
pub(crate) fn gone<'v>(
    verification: &'v Verification,
) -> impl Iterator<Item = (&'v RuleResult, &'v Gone)> {
    let of_rule = |rule: &'v RuleResult| {
        let gone = rule.baseline.iter().flat_map(|compared| &compared.gone);
        gone.map(move |gone| (rule, gone))
    };
    verification.rules.iter().flat_map(of_rule)
}

/// What is wrong in the same way, in a line.
pub(crate) fn failure_name(failure: &FailureClass) -> String {
    let mut name = format!("truth {}, verdict {}", failure.truth, failure.verdict);
    let missed = failure.missed.iter().map(|kind| ("missed", *kind));
    let invented = failure.invented.iter().map(|kind| ("invented", *kind));
    for (what, kind) in missed.chain(invented) {
        name.push_str(&format!(", {what} {kind}"));
    }
    name
}

/// What a verdict missed and invented, in a line: of many findings of one kind, the first.
pub(crate) fn why_in_short(counterexample: &Counterexample) -> String {
    let found = &counterexample.disagreement;
    let mut parts = Vec::new();
    if found.truth != found.verdict {
        parts.push(format!("truth is {}, not {}", found.truth, found.verdict));
    }
    for (what, keys) in [("missed", &found.missed), ("invented", &found.invented)] {
        if !keys.is_empty() {
            parts.push(format!("{what}: {}", first_of_each_kind(keys)));
        }
    }
    parts.join("; ")
}

/// So many conditions are told of a counterexample; JSON has all.
const GROUNDS_TOLD_MAX: usize = 4;
/// So many values are told of a condition.
const READINGS_TOLD_MAX: usize = 6;

/// The conditions that a verdict rests on, a line each: where they stand, what they would have to
/// be, and what they read; and the reason that the rule gives.
pub(crate) fn grounds(rule: &RuleResult, counterexample: &Counterexample) -> Vec<String> {
    let clauses: Vec<&Clause> = rule.clauses.iter().map(|found| &found.clause).collect();
    let (grounds, decided) = (&counterexample.grounds, counterexample.clause);
    let mut lines = ground_lines(rule.source.as_ref(), &clauses, grounds, decided);
    let reason = counterexample.reason.as_ref();
    lines.extend(reason.map(|reason| neutral(&format!("it says: {reason}")).into_owned()));
    lines
}

/// The same of a rule with these conditions, where its inside cannot be seen with the one that
/// decided.
pub(crate) fn ground_lines(
    source: Option<&SourceFile>,
    clauses: &[&Clause],
    grounds: &[Ground],
    decided: Option<usize>,
) -> Vec<String> {
    if grounds.is_empty() {
        let line = |clause: &&Clause| {
            neutral(&format!("decided by {}", place_and_text(source, clause))).into_owned()
        };
        return decided.and_then(|clause| clauses.get(clause)).map(line).into_iter().collect();
    }
    let mut lines = Vec::new();
    let mut verdict = None;
    for ground in grounds.iter().take(GROUNDS_TOLD_MAX) {
        let Some(clause) = clauses.get(ground.clause) else { continue };
        let is_other = verdict.is_some_and(|before| before != ground.whole);
        verdict = Some(ground.whole);
        let mut line = match (ground.needed, is_other) {
            (None, _) => "decided by ".to_owned(),
            (Some(needed), false) => format!("should be {needed}: "),
            (Some(needed), true) => format!("or should be {needed}: "),
        };
        line.push_str(&place_and_text(source, clause));
        line.push_str(&told(&ground.readings));
        lines.push(neutral(&line).into_owned());
    }
    let left = grounds.len().saturating_sub(GROUNDS_TOLD_MAX);
    if left > 0 {
        lines.push(format!(
            "and {}, see --json",
            count(left, "other condition", "other conditions")
        ));
    }
    lines
}

/// What a condition read, behind it.
fn told(readings: &[Reading]) -> String {
    let mut texts: Vec<String> =
        readings.iter().take(READINGS_TOLD_MAX).map(ToString::to_string).collect();
    let left = readings.len().saturating_sub(READINGS_TOLD_MAX);
    if left > 0 {
        texts.push(count(left, "other value", "other values"));
    }
    if texts.is_empty() { String::new() } else { format!("; here {}", and(&texts)) }
}

/// A condition of a rule, with the line where it stands.
fn place_and_text(source: Option<&SourceFile>, clause: &Clause) -> String {
    let words: Vec<&str> = clause.text.split_whitespace().collect();
    let place = source.map(|source| source.place(clause.span.start).line);
    let place = place.map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("{place}{}", words.join(" "))
}

fn first_of_each_kind(keys: &[FindingKey]) -> String {
    let mut of_kinds: BTreeMap<FindingKind, (&FindingKey, usize)> = BTreeMap::new();
    for key in keys {
        of_kinds.entry(key.kind).or_insert((key, 0)).1 += 1;
    }
    let text = |(first, count): &(&FindingKey, usize)| match count {
        1 => first.to_string(),
        count => format!("{first} and {} more", count - 1),
    };
    of_kinds.values().map(text).collect::<Vec<_>>().join(", ")
}

/// The words of an install order.
pub(crate) fn words(steps: &[patchstate_terms::Step]) -> Vec<String> {
    steps.iter().map(ToString::to_string).collect()
}

/// What a search says that a bound stopped.
pub(crate) const INCOMPLETE: &str = "a bound stopped the search, so nothing is proved";

/// What is said where no host was reached.
pub(crate) const NOTHING_RAN: &str = "no host was reached, so nothing was checked";

/// What to say of a rule that no host could show to be wrong: a clause without a full stop.
pub(crate) fn untested(rule: &RuleResult) -> Option<String> {
    let statuses: Vec<&str> = rule.stands_for.iter().map(|status| status.as_str()).collect();
    let untested = || {
        format!(
            "no host of the scope is {}, which it stands for, so whether it finds one was not \
             tested",
            statuses.join(" or ")
        )
    };
    rule.is_untested().then(untested)
}

/// What to say of a rule that could not be asked about every host, unless that is accepted: a
/// clause without a full stop.
pub(crate) fn open(rule: &RuleResult) -> Option<String> {
    let is_accepted = rule.baseline.as_ref().is_some_and(|compared| compared.unproved.is_empty());
    let reason = rule.open_reason().filter(|_| !is_accepted)?;
    Some(format!("it is not proved right over the whole scope: {reason}"))
}
