//! What a rule and its mutants say about hosts.
//!
//! **Owns** who kills whom. **Must never know** how the hosts were found.

use crate::rules::survey::HostWitness;
use patchstate_terms::Status;

/// What the rule and then each mutant say about some hosts that look the same.
pub(super) struct SaidOfHosts<'a> {
    pub(super) said: Vec<Status>,
    pub(super) host: &'a HostWitness,
}

impl SaidOfHosts<'_> {
    pub(super) fn rule_says(&self) -> Status {
        self.said.first().copied().unwrap_or(Status::Inconclusive)
    }

    /// What a mutant says, where it is not what the rule says.
    pub(super) fn other(&self, number: usize) -> Option<Status> {
        self.said.get(number).copied().filter(|said| *said != self.rule_says())
    }
}
