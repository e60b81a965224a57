//! The objects of claims.

use patchstate_study::{Claim, ClaimCase, ClaimResult, Property, UncheckedClaim, Witness};
use schemars::JsonSchema;
use serde::Serialize;

/// A claim and what was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimObject {
    /// Its id.
    pub id: String,
    /// What is claimed.
    pub text: String,
    /// Who says it.
    pub source: String,
    /// How it is read.
    pub reading: String,
    /// `holds`, `refuted` or `depends`: what is recorded, under the default assumptions.
    pub recorded: &'static str,
    /// `holds`, `refuted` or `depends`: what was found.
    pub found: &'static str,
    /// Whether what was found is what is recorded; true with assumptions that are not the defaults.
    pub as_recorded: bool,
    /// The assumptions that it sets, or was checked under each value of.
    pub rests_on: Vec<String>,
    /// Those of them that decide; empty unless `found` is `depends`.
    pub decided_by: Vec<String>,
    /// A shortest install order that shows it; null where no single one can.
    pub witness: Option<WitnessObject>,
    /// Everything that was checked: the assumptions in force first.
    pub cases: Vec<CaseObject>,
    /// What was found, in a sentence.
    pub detail: String,
}

/// A claim that was not checked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UncheckedClaimObject {
    /// Its id.
    pub id: String,
    /// What is claimed.
    pub text: String,
    /// Why it was not checked.
    pub reason: String,
}

impl From<&UncheckedClaim> for UncheckedClaimObject {
    fn from(claim: &UncheckedClaim) -> Self {
        let UncheckedClaim { id, text, reason, is_open: _ } = claim.clone();
        Self { id, text, reason }
    }
}

/// What was found with one set of assumptions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseObject {
    /// The assumption that was varied, as `ID=VALUE`; null for the assumptions in force.
    pub varied: Option<String>,
    /// Whether the claim holds.
    pub holds: bool,
    /// Hosts that were reached, in digits.
    pub hosts: String,
    /// How many of them the claim is about, in digits.
    pub concerned: String,
    /// A shortest install order that shows it; null where no single one can.
    pub witness: Option<WitnessObject>,
}

/// An install order that shows what was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WitnessObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// Assumptions `ID=VALUE` that are not the defaults.
    pub assume: Vec<String>,
    /// The install order.
    pub steps: Vec<String>,
}

impl From<&ClaimResult> for ClaimObject {
    fn from(result: &ClaimResult) -> Self {
        Self {
            id: result.id.clone(),
            text: result.text.clone(),
            source: result.source.clone(),
            reading: result.reading.clone(),
            recorded: result.recorded.as_str(),
            found: result.found.as_str(),
            as_recorded: result.as_recorded,
            rests_on: result.rests_on.clone(),
            decided_by: result.decided_by.clone(),
            witness: result.witness.as_ref().map(WitnessObject::from),
            cases: result.cases.iter().map(CaseObject::from).collect(),
            detail: result.detail.clone(),
        }
    }
}

impl From<&ClaimCase> for CaseObject {
    fn from(case: &ClaimCase) -> Self {
        Self {
            varied: case.varied.clone(),
            holds: case.holds,
            hosts: case.hosts.to_string(),
            concerned: case.concerned.to_string(),
            witness: case.witness.as_ref().map(WitnessObject::from),
        }
    }
}

impl From<&Witness> for WitnessObject {
    fn from(witness: &Witness) -> Self {
        Self {
            arch: witness.architecture.to_string(),
            assume: witness.assume.clone(),
            steps: witness.steps.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A claim's property in lines: name, and what is written for it.
pub(crate) fn property_lines(claim: &Claim) -> Vec<(&'static str, Vec<String>)> {
    let Property { kind, when, step, then, without } = &claim.property;
    let conditions = |list: &[patchstate_study::Condition]| {
        list.iter().map(|condition| condition.as_str().to_owned()).collect::<Vec<_>>()
    };
    let patterns = |list: &[patchstate_study::StepPattern]| {
        list.iter().map(|pattern| pattern.as_str().to_owned()).collect::<Vec<_>>()
    };
    let lines = vec![
        ("kind", vec![kind.as_str().to_owned()]),
        ("when", conditions(when)),
        ("step", patterns(step)),
        ("then", conditions(then)),
        ("without", patterns(without)),
        ("components", claim.names.components.clone()),
        ("updates", claim.names.updates.clone()),
        ("architectures", claim.architectures.iter().map(ToString::to_string).collect()),
        ("assume", claim.assume.clone()),
        ("rests on", claim.rests_on.clone()),
    ];
    lines.into_iter().filter(|(_, values)| !values.is_empty()).collect()
}
