//! What comes of comparing a rule with what is accepted of it.

use crate::FailureClass;
use patchstate_space::Count;
use patchstate_terms::{Architecture, Step};
use std::collections::BTreeMap;

/// A rule against what is accepted of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineComparison {
    /// Accepted, and still so.
    pub known: Vec<(Architecture, FailureClass)>,
    /// Found, and not accepted, or not on so many hosts.
    pub new: Vec<(Architecture, FailureClass)>,
    /// Hosts of some truth about which the rule says nothing, and that are not accepted, or not so
    /// many of them.
    pub undecided: Vec<(Architecture, FailureClass)>,
    /// On how many hosts those of `new` and `undecided` are accepted that are on more of them.
    pub grown: BTreeMap<(Architecture, FailureClass), Count>,
    /// On how many hosts those are accepted that are on fewer of them. Only a complete search can
    /// tell.
    pub shrunk: BTreeMap<(Architecture, FailureClass), Count>,
    /// Where the rule is not proved over the whole scope, and that is not accepted.
    pub unproved: Vec<Architecture>,
    /// Accepted, and no longer found, with the order that was recorded. Only a complete search
    /// can tell.
    pub gone: Vec<(Architecture, FailureClass, Vec<Step>)>,
}

impl BaselineComparison {
    /// Whether the rule is wrong where it is known to be, and nowhere else as far as was found.
    #[must_use]
    pub fn is_as_accepted(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty()
    }
}
