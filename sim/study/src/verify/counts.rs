//! Hosts of a set by what is true and what is said, for the core and for rules alike.
//!
//! **Must never know** who says it.

use super::result::RuleResult;
use crate::Exact;
use patchstate_space::{Diagrams, Set, TooLarge};
use patchstate_terms::{Architecture, FindingKind, Status};
use std::collections::{BTreeMap, BTreeSet};

/// Counts the hosts of each truth of which each status is said.
pub(super) fn count_verdicts(
    exact: &mut Exact,
    architecture: Architecture,
    said: &BTreeMap<Status, Set>,
    result: &mut RuleResult,
) -> Result<(), TooLarge> {
    for (truth, of_truth) in &exact.truth.statuses {
        for (verdict, of_verdict) in said {
            let both = exact.space.diagrams().intersection(*of_verdict, *of_truth)?;
            if !both.is_empty() {
                let hosts = exact.space.count_showing(both);
                result.judged.insert((architecture, *truth, *verdict), hosts);
            }
        }
    }
    Ok(())
}

/// A set divided by the kinds of findings that its hosts have; no part is empty.
pub(super) fn by_kinds<'k>(
    diagrams: &mut Diagrams,
    all: Set,
    kinds: impl Iterator<Item = (&'k FindingKind, &'k Set)>,
) -> Result<Vec<(BTreeSet<FindingKind>, Set)>, TooLarge> {
    let mut parts = vec![(BTreeSet::new(), all)];
    for (kind, of_kind) in kinds {
        let mut divided = Vec::with_capacity(parts.len());
        for (known, part) in parts {
            let with: BTreeSet<FindingKind> = known.iter().copied().chain([*kind]).collect();
            divided.push((with, diagrams.intersection(part, *of_kind)?));
            divided.push((known, diagrams.difference(part, *of_kind)?));
        }
        parts = divided;
    }
    parts.retain(|(_, part)| !part.is_empty());
    Ok(parts)
}
