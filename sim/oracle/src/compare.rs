//! Verdict against truth.

use crate::Truth;
use patchstate_terms::{Finding, FindingKey, Status};
use std::collections::BTreeSet;

/// Where a verdict differs from the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What is really the case.
    pub truth: Status,
    /// What the verdict says.
    pub verdict: Status,
    /// Findings of the truth that the verdict lacks.
    pub missed: Vec<FindingKey>,
    /// Findings of the verdict that are not so.
    pub invented: Vec<FindingKey>,
}

/// Compares a verdict with the truth on the exact status and on the exact set of findings; `None`
/// when they agree. The sentences inside findings do not count.
#[must_use]
pub fn compare(truth: &Truth, status: Status, findings: &[Finding]) -> Option<Disagreement> {
    let keys = |findings: &[Finding]| findings.iter().map(Finding::key).collect::<BTreeSet<_>>();
    let (real, said) = (keys(&truth.findings), keys(findings));
    if truth.status == status && real == said {
        return None;
    }
    Some(Disagreement {
        truth: truth.status,
        verdict: status,
        missed: real.difference(&said).cloned().collect(),
        invented: said.difference(&real).cloned().collect(),
    })
}
