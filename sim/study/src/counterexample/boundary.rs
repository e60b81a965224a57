//! Pairs of hosts one step apart, on both sides of a status.

use crate::{ObservationClasses, Reached};
use patchstate_explore::StateId;
use patchstate_terms::{Status, Step};
use rayon::prelude::*;
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
    let classes = reached.observation_classes();
    let truths = reached.truths(&classes);
    crossings(reached, &classes, &truths)
}

/// The same, where observation classes and their true statuses are known.
pub(crate) fn crossings(
    reached: &Reached,
    classes: &ObservationClasses,
    truths: &[Status],
) -> Vec<BoundaryPair> {
    let host_count = u32::try_from(classes.of.len()).unwrap_or(u32::MAX);
    let starts: Vec<u32> = (0..host_count).step_by(CHUNK).collect();
    let chunk = |start: &u32| {
        let mut found = Crossings::new();
        for (id, class) in
            (*start..).map(StateId).zip(classes.of.get(*start as usize..)?).take(CHUNK)
        {
            let (Some(host), Some(from)) = (reached.encoded(id), truths.get(*class as usize))
            else {
                continue;
            };
            reached.encoded_successors(host, &mut |step, next| {
                let to = classes.truth(reached, truths, next).filter(|to| to != from);
                if let Some(to) = to {
                    found.entry((*from, to)).or_insert((id, step, 0)).2 += 1;
                }
            });
        }
        Some(found)
    };
    let chunks: Vec<Crossings> = starts.par_iter().filter_map(chunk).collect();
    let mut found = Crossings::new();
    for (key, (id, step, count)) in chunks.into_iter().flatten() {
        // Hosts come in the order of their distance, so the first pair is a nearest one.
        found.entry(key).or_insert((id, step, 0)).2 += count;
    }
    let pair = |((from, to), (id, number, count)): ((Status, Status), (StateId, usize, u64))| {
        let (step, _) = reached.steps().get(number)?;
        Some(BoundaryPair { from, to, order: reached.order(id), step: step.clone(), count })
    };
    found.into_iter().filter_map(pair).collect()
}

/// For each two statuses, the first host with the step across, and how many such pairs there are.
type Crossings = BTreeMap<(Status, Status), (StateId, usize, u64)>;

/// Hosts that one thread looks at in one go.
const CHUNK: usize = 1 << 13;
