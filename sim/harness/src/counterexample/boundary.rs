//! Pairs of hosts one step apart, on both sides of a status.

use crate::Reached;
use patchstate_explore::StateId;
use patchstate_terms::{Status, Step};
use std::collections::BTreeMap;

/// Two statuses, and the shortest way to cross from one to the other in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundaryPair {
    /// The true status before the step.
    pub from: Status,
    /// The true status after it.
    pub to: Status,
    /// The shortest install order to a host before the step.
    pub order: Vec<Step>,
    /// The step across.
    pub step: Step,
    /// How many pairs of host and step cross in this direction.
    pub count: u64,
}

impl BoundaryPair {
    /// The pairs of two searches: of two for the same statuses the shorter one, with both counts.
    pub(crate) fn merge(pairs: Vec<Self>, more: Vec<Self>) -> Vec<Self> {
        let mut merged: BTreeMap<(Status, Status), Self> = BTreeMap::new();
        for pair in pairs.into_iter().chain(more) {
            let key = (pair.from, pair.to);
            let Some(known) = merged.remove(&key) else {
                merged.insert(key, pair);
                continue;
            };
            let count = known.count + pair.count;
            let shorter = if pair.order.len() < known.order.len() { pair } else { known };
            merged.insert(key, Self { count, ..shorter });
        }
        merged.into_values().collect()
    }
}

/// For each two statuses that are one step apart, the shortest order and the step across; worst
/// first.
#[must_use]
pub fn boundaries(reached: &Reached) -> Vec<BoundaryPair> {
    let statuses = reached.statuses();
    let mut found: BTreeMap<(Status, Status), (StateId, usize, u64)> = BTreeMap::new();
    for (id, from) in (0..).map(StateId).zip(&statuses) {
        reached.successors(id, &mut |step, next| {
            if let Some(to) = statuses.get(next.0 as usize).filter(|to| *to != from) {
                // Hosts come in the order of their distance, so the first pair is a nearest one.
                found.entry((*from, *to)).or_insert((id, step, 0)).2 += 1;
            }
        });
    }
    let pair = |((from, to), (id, number, count)): ((Status, Status), (StateId, usize, u64))| {
        let (step, _) = reached.steps().get(number)?;
        Some(BoundaryPair { from, to, order: reached.order(id), step: step.clone(), count })
    };
    found.into_iter().filter_map(pair).collect()
}
