//! What the formats for continuous integration share: how wrong a verdict is, and where a rule
//! stands.

use patchstate_harness::{Counterexample, RuleResult, Shape};
use patchstate_terms::Status;
use std::fmt;

/// Where a rule, or the clause of it that decided, is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLocation {
    /// The file, as a path that its reader understands.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Where the clause stands that decided a counterexample, or, without one, the rule. None for a
/// rule that is not in a file.
pub type Locate<'a> = dyn Fn(&RuleResult, Option<&Counterexample>) -> Option<RuleLocation> + 'a;

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
        match (rule.stands_for.contains(&truth), rule.stands_for.contains(&verdict)) {
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

    pub(crate) fn of_shape(rule: &RuleResult, shape: &Shape) -> Self {
        Self::of(rule, shape.truth, shape.verdict)
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

/// The words of an install order.
pub(crate) fn words(steps: &[patchstate_terms::Step]) -> Vec<String> {
    steps.iter().map(ToString::to_string).collect()
}

/// What a search says that a bound stopped.
pub(crate) const INCOMPLETE: &str = "a bound stopped the search, so nothing is proved";
