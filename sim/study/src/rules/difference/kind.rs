//! What two rules say of hosts.
//!
//! **Must never know** which of the two is right.

use crate::rules::survey::HostWitness;
use patchstate_terms::Status;

/// What two rules say of a host, and what is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DiffKind {
    /// What the old rule says.
    pub old: Status,
    /// What the new rule says.
    pub new: Status,
    /// The true status.
    pub truth: Status,
}

impl DiffKind {
    pub(super) fn is_different(self) -> bool {
        self.old != self.new
    }
}

/// A host on which two rules differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffHost {
    /// The host.
    pub host: HostWitness,
    /// The place among the old rule's conditions of the one that decided.
    pub old_clause: Option<usize>,
    /// The same of the new rule.
    pub new_clause: Option<usize>,
}
