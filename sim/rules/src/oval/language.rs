//! The words of the language that documents are read with, from the tables of their readers.

use super::{
    definitions::{CHECKS, CLASSES, EXISTENCES, OPERATORS},
    objects::{OPERATIONS, datatypes},
};

/// The words of OVAL that are supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OvalLanguage {
    /// How criteria and states are combined.
    pub operators: Vec<&'static str>,
    /// How many states must fit.
    pub checks: Vec<&'static str>,
    /// How many items must exist.
    pub existences: Vec<&'static str>,
    /// What a definition is about.
    pub classes: Vec<&'static str>,
    /// How values are compared.
    pub operations: Vec<&'static str>,
    /// How values are read.
    pub datatypes: Vec<&'static str>,
}

/// The words of OVAL that are supported, from the tables that documents are read with.
#[must_use]
pub fn oval_language() -> OvalLanguage {
    fn words<T>(table: &[(&'static str, T)]) -> Vec<&'static str> {
        table.iter().map(|(word, _)| *word).collect()
    }
    OvalLanguage {
        operators: words(&OPERATORS),
        checks: words(&CHECKS),
        existences: words(&EXISTENCES),
        classes: words(&CLASSES),
        operations: words(&OPERATIONS),
        datatypes: datatypes(),
    }
}
