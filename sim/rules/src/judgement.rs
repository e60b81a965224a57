//! What a rule can say, and what it says about a host.

use patchstate_terms::Status;

/// A status that a rule can give, and when it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status; `None` for whichever the answer of a program names.
    pub status: Option<Status>,
    /// The condition as its author wrote it, or what happens, in words.
    pub when: String,
}

impl Outcome {
    pub(crate) fn new(status: Status, when: impl Into<String>) -> Self {
        Self { status: Some(status), when: when.into() }
    }

    /// The last way of all: nothing before it decided.
    pub(crate) fn otherwise(status: Status) -> Self {
        Self::new(status, "otherwise")
    }
}

/// What a rule says about a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judgement {
    /// The status.
    pub status: Status,
    /// The place in [`Rule::clauses`](crate::Rule::clauses) of the one that decided, where one did.
    pub clause: Option<usize>,
    /// Why it is inconclusive, or what the rule itself says; a clause without a full stop.
    pub reason: Option<String>,
    /// Whether it could not be asked as it should: its program failed. What a rule itself is not
    /// sure about is no failure.
    pub failed: bool,
}

impl Judgement {
    /// A verdict that a clause decided.
    #[must_use]
    pub const fn decided(status: Status, clause: usize) -> Self {
        Self { status, clause: Some(clause), reason: None, failed: false }
    }

    /// No verdict, and why.
    #[must_use]
    pub const fn inconclusive(clause: Option<usize>, reason: String) -> Self {
        Self { status: Status::Inconclusive, clause, reason: Some(reason), failed: false }
    }
}
