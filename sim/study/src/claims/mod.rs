//! Claims: what an article, its comments and vendors' pages say, held against every reachable host.
//!
//! A claim is data: its words, its source, and a *property* that says precisely how it is read.
//! There are four kinds of properties, and none of them knows a component, a file or an update;
//! these stand in the claim. A property is decided on all hosts of the claim's scope, under each
//! value of the assumptions that the claim rests on, and every answer comes with a shortest
//! install order.
//!
//! **Must never know** bytes or the detection core: claims are about the truth.
//!
//! **Start reading** at [`Property`], then `check.rs` and `sets.rs`; `condition.rs` and
//! `pattern.rs` hold the two small languages that properties are written in.

mod check;
pub(crate) mod codes;
mod condition;
mod entry;
mod pattern;
mod read;
mod result;
mod select;
mod sets;

pub use check::{CheckedClaims, check_claims};
pub use condition::{CONDITION_WORDS, Condition};
pub use pattern::StepPattern;
pub use read::{
    built_in_claim_files, built_in_claims, claim_forms, claim_likeness, declared_claims,
    read_built_in_claims, read_claims, read_own_claims,
};
pub use result::{ClaimCase, ClaimProgress, ClaimResult, Conclusion, Witness};
pub use select::{ClaimScope, UncheckedClaim, select_claims};

use patchstate_servicing::ActionNames;
use patchstate_terms::Architecture;

/// A statement of the article or of documentation, as a property over all reachable hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its id, as `explain` takes it.
    pub id: String,
    /// What is claimed.
    pub text: String,
    /// Who says it: a public page, or that nobody does.
    pub source: String,
    /// How the claim is read, in words.
    pub reading: String,
    /// What else is worth knowing.
    pub note: Option<String>,
    /// What is recorded for it, under the default values of all assumptions that it does not set.
    pub recorded: Conclusion,
    /// Ids of the assumptions under each of whose values it is checked.
    pub rests_on: Vec<String>,
    /// Settings `ID=VALUE` that belong to the claim itself.
    pub assume: Vec<String>,
    /// What the steps may name.
    pub names: ActionNames,
    /// The architectures that it is about.
    pub architectures: Vec<Architecture>,
    /// Whether architectures were left out that its record is about as well: then only an example
    /// or counterexample that is found can contradict the record.
    pub is_part: bool,
    /// Its reading as a property.
    pub property: Property,
}

/// A property of all hosts that can be reached without certain steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// What must be so.
    pub kind: PropertyKind,
    /// The hosts that it is about: those that meet every condition.
    pub when: Vec<Condition>,
    /// The steps that it is about, for the kinds that have some: those that fit any pattern.
    pub step: Vec<StepPattern>,
    /// What must then be so of the host, or of the host after the step.
    pub then: Vec<Condition>,
    /// Steps that are not taken on the way.
    pub without: Vec<StepPattern>,
}

/// The kinds of properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// Every host that meets `when` meets `then`.
    Always,
    /// Some host meets both.
    Exists,
    /// On every host that meets `when`, every such step leads to a host that meets `then`. A step
    /// that is refused, or has nothing to do, leaves the host as it is.
    StepAlwaysLeads,
    /// On some host that meets `when`, some such step is applied and leads to a host that meets
    /// `then`.
    StepCanLead,
}

impl PropertyKind {
    /// All kinds.
    pub const ALL: [Self; 4] =
        [Self::Always, Self::Exists, Self::StepAlwaysLeads, Self::StepCanLead];

    /// The word used in claim files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Exists => "exists",
            Self::StepAlwaysLeads => "step-always-leads",
            Self::StepCanLead => "step-can-lead",
        }
    }

    /// Whether the property is about steps.
    #[must_use]
    pub const fn has_step(self) -> bool {
        matches!(self, Self::StepAlwaysLeads | Self::StepCanLead)
    }

    /// Whether one example decides that it holds; otherwise one decides that it does not.
    #[must_use]
    pub const fn wants_example(self) -> bool {
        matches!(self, Self::Exists | Self::StepCanLead)
    }
}
