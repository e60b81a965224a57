//! Why a rule says what it says: the conditions that its verdict rests on, and what these read.
//!
//! **Owns** the shape, which rule files and OVAL share. **Must never know** how a condition is
//! written.

use crate::ClauseValue;
use std::fmt;

/// A condition that a verdict rests on: the one that decided, or one that kept the rule from
/// saying something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The place in [`Rule::clauses`](crate::Rule::clauses).
    pub clause: usize,
    /// The place among the clauses of the whole condition that it is a part of.
    pub whole: usize,
    /// What it is.
    pub value: ClauseValue,
    /// What it would have to be for the rule to be right; `None` of the condition that made the
    /// rule say what it says.
    pub needed: Option<bool>,
    /// What it read, each field once, in the order of the text.
    pub readings: Vec<Reading>,
}

/// Something that was read, and what stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was asked for, as the rule's author would write it.
    pub field: String,
    /// The value, or why it cannot be known.
    pub value: Result<String, String>,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Ok(value) => write!(f, "{} is {value}", self.field),
            Err(reason) => write!(f, "{} cannot be known: {reason}", self.field),
        }
    }
}
