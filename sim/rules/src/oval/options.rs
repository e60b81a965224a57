//! What a result means for the status of a host.
//!
//! **Owns** what a result means for the status of a host. **Must never know** how a result comes
//! to be.
//!
//! | class | true | false |
//! |---|---|---|
//! | vulnerability, patch, miscellaneous | [`OvalOptions::positive`] | consistent |
//! | compliance | consistent | [`OvalOptions::positive`] |
//! | inventory | consistent | not applicable |
//!
//! *Not applicable* is the status of that name; *error*, *unknown* and *not evaluated* are
//! *inconclusive*, with the reason.
//!
//! **Start reading** at [`OvalOptions`].

use super::{model::OvalClass, tables::OvalResult};
use patchstate_terms::Status;
use std::collections::BTreeSet;

/// What a reference that cannot be followed means for a definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingReferences {
    /// The definition is an error, wherever below it the reference stands: the document is not
    /// whole, and is not valid OVAL either.
    #[default]
    Definition,
    /// Only what refers is an error; the tables decide what that makes of the whole. One true
    /// part of an `OR` then still makes it true.
    Reference,
}

/// How results become statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OvalOptions {
    /// The statuses that the rules should report.
    pub stands_for: BTreeSet<Status>,
    /// The status that a definition reports which finds something wrong.
    pub positive: Status,
    /// What a reference that cannot be followed means.
    pub missing_references: MissingReferences,
}

impl Default for OvalOptions {
    /// Stands for *mismatch* and *broken*, and reports *mismatch*.
    fn default() -> Self {
        Self {
            stands_for: BTreeSet::from([Status::Mismatch, Status::Broken]),
            positive: Status::Mismatch,
            missing_references: MissingReferences::default(),
        }
    }
}

/// What a result means for the status of a host.
pub(super) const fn status(result: OvalResult, class: OvalClass, positive: Status) -> Status {
    match (result, class) {
        (OvalResult::True, OvalClass::Compliance | OvalClass::Inventory) => Status::Consistent,
        (OvalResult::True, _) | (OvalResult::False, OvalClass::Compliance) => positive,
        (OvalResult::False, OvalClass::Inventory) | (OvalResult::NotApplicable, _) => {
            Status::NotApplicable
        }
        (OvalResult::False, _) => Status::Consistent,
        (OvalResult::Error | OvalResult::Unknown | OvalResult::NotEvaluated, _) => {
            Status::Inconclusive
        }
    }
}
