//! In which ways a rule is wrong, and which of them are accepted for now.

use patchstate_study::{BaselineComparison, Count, FailureClass, RuleResult, Undecided};
use patchstate_terms::{Architecture, Step};
use schemars::JsonSchema;
use serde::Serialize;

/// A way of being wrong on one architecture, with the host of it that is nearest to a bare system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NearestObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// The true status.
    pub truth: String,
    /// The status of the verdict.
    pub verdict: String,
    /// Kinds of findings that were missed.
    pub missed: Vec<String>,
    /// Kinds of findings that are not so.
    pub invented: Vec<String>,
    /// How many hosts, in digits; 0 for one that no longer occurs.
    pub hosts: String,
    /// The shortest install order that is known; empty where all hosts are farther from a bare
    /// system than orders are looked for.
    pub steps: Vec<String>,
    /// Whether the baseline has it, on so many hosts; null without a baseline.
    pub accepted: Option<bool>,
    /// Why the rule is inconclusive there; null where it is not, or gives no reason.
    pub reason: Option<String>,
}

/// A rule against what is accepted of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BaselineObject {
    /// How many ways of being wrong are accepted and still occur.
    pub known: usize,
    /// How many occur and are not accepted, or not on so many hosts; each is an entry of `nearest`.
    pub new: usize,
    /// How many of `new` and `undecided` are accepted on fewer hosts.
    pub grown: usize,
    /// How many entries of `undecided` are not accepted, or not on so many hosts.
    pub undecided: usize,
    /// Architectures on which the rule is not proved over the whole scope, and that is not
    /// accepted.
    pub unproved: Vec<String>,
    /// Those that are accepted and no longer occur.
    pub gone: Vec<NearestObject>,
}

impl NearestObject {
    fn new(
        architecture: Architecture,
        failure: &FailureClass,
        (hosts, steps): (&Count, &[Step]),
    ) -> Self {
        Self {
            arch: architecture.to_string(),
            truth: failure.truth.to_string(),
            verdict: failure.verdict.to_string(),
            missed: failure.missed.iter().map(ToString::to_string).collect(),
            invented: failure.invented.iter().map(ToString::to_string).collect(),
            hosts: hosts.to_string(),
            steps: steps.iter().map(ToString::to_string).collect(),
            accepted: None,
            reason: None,
        }
    }

    /// All of a rule.
    pub(super) fn all(result: &RuleResult) -> Vec<Self> {
        let object = |((architecture, failure), nearest): (&(_, _), &patchstate_study::Nearest)| {
            let found = (&nearest.hosts, nearest.steps.as_deref().unwrap_or_default());
            let accepted = result.accepts(*architecture, failure);
            let accepted = result.baseline.is_some().then_some(accepted);
            Self { accepted, ..Self::new(*architecture, failure, found) }
        };
        result.nearest.iter().map(object).collect()
    }

    /// Hosts about which a rule says nothing.
    pub(super) fn undecided(result: &RuleResult) -> Vec<Self> {
        let object = |(way, found): (&(Architecture, FailureClass), &Undecided)| {
            let is_new = |compared: &BaselineComparison| compared.undecided.contains(way);
            let accepted = result.baseline.as_ref().map(|compared| !is_new(compared));
            let reason = found.reason.clone();
            let found = (&found.hosts, found.steps.as_deref().unwrap_or_default());
            Self { accepted, reason, ..Self::new(way.0, &way.1, found) }
        };
        result.undecided.iter().map(object).collect()
    }
}

impl From<&BaselineComparison> for BaselineObject {
    fn from(compared: &BaselineComparison) -> Self {
        let gone = compared.gone.iter().map(|(architecture, failure, steps)| {
            let found = NearestObject::new(*architecture, failure, (&Count::ZERO, steps));
            NearestObject { accepted: Some(true), ..found }
        });
        Self {
            known: compared.known.len(),
            new: compared.new.len(),
            grown: compared.grown.len(),
            undecided: compared.undecided.len(),
            unproved: compared.unproved.iter().map(ToString::to_string).collect(),
            gone: gone.collect(),
        }
    }
}
