//! What came of checking claims.

use patchstate_space::Count;
use patchstate_terms::{Architecture, Step};
use std::fmt;

/// What is known of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// It is so.
    Holds,
    /// It is not so.
    Refuted,
    /// It is so under some values of an assumption, and not under others.
    Depends,
}

impl Conclusion {
    /// All conclusions.
    pub const ALL: [Self; 3] = [Self::Holds, Self::Refuted, Self::Depends];

    /// The word used in output and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::Depends => "depends",
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An install order that shows it: a shortest example of what holds, or a shortest counterexample
/// to what does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The architecture.
    pub architecture: Architecture,
    /// Assumptions `ID=VALUE` that are not as the catalog has them by default.
    pub assume: Vec<String>,
    /// The install order.
    pub steps: Vec<Step>,
}

/// What was found with one set of assumptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimCase {
    /// What was varied, as `ID=VALUE`; `None` for the assumptions in force.
    pub varied: Option<String>,
    /// Whether the property holds.
    pub holds: bool,
    /// Hosts that were reached, on all architectures of the claim.
    pub hosts: Count,
    /// How many of them the property is about.
    pub concerned: Count,
    /// The install order that shows it; `None` where a single one cannot.
    pub witness: Option<Witness>,
}

/// What was found about a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimResult {
    /// The claim's id.
    pub id: String,
    /// What is claimed.
    pub text: String,
    /// Who says it.
    pub source: String,
    /// How it is read.
    pub reading: String,
    /// What is recorded.
    pub recorded: Conclusion,
    /// What was found.
    pub found: Conclusion,
    /// The assumptions that it sets or was checked under each value of.
    pub rests_on: Vec<String>,
    /// The assumptions that decide; empty unless it depends on some.
    pub decided_by: Vec<String>,
    /// The install order that shows what was found; of a claim that depends, an example of
    /// what is claimed to be possible, or a counterexample to what is claimed of all hosts.
    pub witness: Option<Witness>,
    /// Whether what was found is what is recorded. Records are for the defaults of the catalog, so
    /// with other assumptions in force there is nothing to compare, and this is true.
    pub as_recorded: bool,
    /// Everything that was checked: the assumptions in force first.
    pub cases: Vec<ClaimCase>,
    /// What was found, as a sentence without a full stop.
    pub detail: String,
}

/// How far the checking of claims is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimProgress {
    /// Claims that were checked.
    pub done: usize,
    /// Claims in all.
    pub total: usize,
}
