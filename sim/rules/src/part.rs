//! A part of a rule: what it comes to, and whose it is.

use crate::{Field, FieldValue, OvalResult};
use patchstate_terms::Status;
use std::collections::BTreeSet;

/// Says which groups have everything that can change a field.
pub type Groups<'a> = &'a dyn Fn(&Field) -> BTreeSet<usize>;

/// What a part amounts to on a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartValue {
    /// A condition, or an operand of one, of a rule file.
    Value(FieldValue),
    /// The same, where it cannot be known.
    Unknown,
    /// Criteria of an OVAL definition.
    Result(OvalResult),
    /// A whole rule.
    Verdict(Status),
}

/// Where a clause of a rule can be told.
#[derive(Clone, Debug)]
pub(crate) enum ClauseLeft<R> {
    /// On any host: it reads nothing.
    Nothing,
    /// On what a group has.
    OneGroup(usize),
    /// On what several groups have: what is left of it when no part is known.
    Across(R),
}
