//! Where an install order breaks a host.

use super::step::StoryStep;
use crate::Derivation;
use patchstate_servicing::Model;
use patchstate_terms::{Finding, FindingKind, Status};

/// The first step of an install order after which the host is broken, and why it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fracture {
    /// The number of the step, from 1.
    pub number: usize,
    /// The first import that does not resolve, and what that follows from.
    pub why: Derivation,
    /// How many other imports do not resolve.
    pub others: usize,
}

impl Fracture {
    /// The fracture of an install order; `None` where the host is never broken.
    #[must_use]
    pub fn find(model: &Model, steps: &[StoryStep]) -> Option<Self> {
        let is_broken = |step: &StoryStep| step.truth.status == Status::Broken;
        let number = steps.iter().position(is_broken)? + 1;
        let steps = steps.get(..number)?;
        let findings = &steps.last()?.truth.findings;
        let of = |kind| findings.iter().filter(move |finding| finding.kind == kind);
        let mut missing: Vec<&Finding> = of(FindingKind::UnresolvedImport).collect();
        missing.extend(of(FindingKind::MissingDll));
        let (first, others) = missing.split_first()?;
        let why = Derivation::new(model, steps, first);
        Some(Self { number, why, others: others.len() })
    }
}
