//! The conditions that a verdict rests on, and what they read.

use patchstate_rules::{Clause, ClauseValue, Ground, Reading};
use patchstate_source::SourceFile;
use patchstate_study::{Counterexample, RuleResult};
use schemars::JsonSchema;
use serde::Serialize;

/// A condition that a verdict rests on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroundObject {
    /// The place among the rule's clauses, from 0.
    pub clause: usize,
    /// The place of the whole condition that it is a part of.
    pub whole: usize,
    /// The text.
    pub text: String,
    /// The line in the rule's file, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What it is on this host: `false`, `true` or `unknown`.
    pub value: &'static str,
    /// What it would have to be for the rule to be right, or, where it rightly reports nothing, to
    /// report something; null of the condition that made the rule say what it says.
    pub needed: Option<bool>,
    /// What it read, in the order of the text.
    pub readings: Vec<ReadingObject>,
}

/// Something that a condition read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReadingObject {
    /// What was asked for.
    pub field: String,
    /// What stood there; null where that cannot be known.
    pub value: Option<String>,
    /// Why it cannot be known, where it cannot.
    pub unknown: Option<String>,
}

impl GroundObject {
    /// Those of a counterexample.
    pub(super) fn all(rule: &RuleResult, counterexample: &Counterexample) -> Vec<Self> {
        let clauses: Vec<&Clause> = rule.clauses.iter().map(|found| &found.clause).collect();
        Self::of(rule.source.as_ref(), &clauses, &counterexample.grounds)
    }

    /// Those of a rule with these conditions.
    pub(super) fn of(
        source: Option<&SourceFile>,
        clauses: &[&Clause],
        grounds: &[Ground],
    ) -> Vec<Self> {
        let ground = |ground: &Ground| {
            let clause = clauses.get(ground.clause)?;
            let place = source.map(|source| source.place(clause.span.start));
            Some(Self {
                clause: ground.clause,
                whole: ground.whole,
                text: clause.text.clone(),
                line: place.as_ref().map_or(0, |place| place.line),
                column: place.as_ref().map_or(0, |place| place.column),
                value: word(ground.value),
                needed: ground.needed,
                readings: ground.readings.iter().map(ReadingObject::from).collect(),
            })
        };
        grounds.iter().filter_map(ground).collect()
    }
}

impl From<&Reading> for ReadingObject {
    fn from(reading: &Reading) -> Self {
        let (value, unknown) = match &reading.value {
            Ok(value) => (Some(value.clone()), None),
            Err(reason) => (None, Some(reason.clone())),
        };
        Self { field: reading.field.clone(), value, unknown }
    }
}

/// The word for what a condition is.
pub(super) const fn word(value: ClauseValue) -> &'static str {
    match value {
        ClauseValue::False => "false",
        ClauseValue::True => "true",
        ClauseValue::Unknown => "unknown",
    }
}
