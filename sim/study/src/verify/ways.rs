//! The ways in which the core or a rule is wrong on hosts of a scope, or says nothing.
//!
//! **Must never know** who says it.

use crate::FailureClass;
use patchstate_space::Set;
use patchstate_terms::Status;
use std::collections::BTreeMap;

/// What the hosts show on which somebody is wrong or says nothing.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// Where it is wrong, by the way.
    pub(super) wrong: BTreeMap<FailureClass, Set>,
    /// Where it says nothing, by what is true; empty for the core, which is wrong there.
    pub(super) silent: BTreeMap<Status, Set>,
}

impl Ways {
    /// Whether it is right about every host.
    pub(super) fn is_none(&self) -> bool {
        self.wrong.is_empty() && self.silent.is_empty()
    }
}
