//! One condition of a rule, and what it amounts to.

use std::ops::Range;

/// One condition of a rule, as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The text.
    pub text: String,
    /// Where it stands in the rule's [source](crate::Rule::source), in bytes.
    pub span: Range<usize>,
}

/// What a clause amounts to on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClauseValue {
    /// It does not hold.
    False,
    /// It holds.
    True,
    /// What it asks for cannot be known.
    Unknown,
}
