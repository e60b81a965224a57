//! Pairs of hosts one step apart of which somebody says different statuses.

use super::entries::AtlasOutcome;
use patchstate_terms::Status;
use std::collections::BTreeMap;

/// Two statuses, and the nearest pair of hosts with a step from one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The status before the step.
    pub from: Status,
    /// The status after it.
    pub to: Status,
    /// The number of the host before the step.
    pub host: u32,
    /// The place of the step among those of the architecture.
    pub step: u32,
    /// How many pairs of host and step cross in this direction.
    pub count: u64,
}

/// For each two statuses that are one step apart, the first pair of them: hosts come in the order
/// of their distance. `said` has the status of each host, `outcomes` for each step what it does to
/// each host.
pub(super) fn crossings(said: &[Status], outcomes: &[Vec<AtlasOutcome>]) -> Vec<Crossing> {
    let mut found: BTreeMap<(Status, Status), Crossing> = BTreeMap::new();
    for (host, from) in (0_u32..).zip(said) {
        for (step, column) in (0_u32..).zip(outcomes) {
            let Some(AtlasOutcome::Applied(next)) = column.get(host as usize) else { continue };
            let to = said.get(*next as usize).filter(|to| *to != from);
            if let Some(to) = to {
                let first = Crossing { from: *from, to: *to, host, step, count: 0 };
                found.entry((*from, *to)).or_insert(first).count += 1;
            }
        }
    }
    found.into_values().collect()
}
