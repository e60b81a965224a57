//! One evaluation on one host: what was looked at so far, and what it may still take.
//!
//! **Owns** the state that `evaluate`, `collect`, `registry` and `sets` share.

use super::{
    compare::{Comparison, Datatype, Operation},
    incomparable::Incomparable,
    item::Collected,
    model::Compiled,
    outcome::OvalOutcome,
    patterns::Patterns,
    searched::Searched,
    texts::TextBudget,
};
use crate::Subject;
use std::{collections::BTreeMap, rc::Rc, sync::Arc};

/// Deepest way through criteria, extended definitions and variables.
pub(super) const DEPTH_MAX: usize = 256;

/// The values of a variable, or why they cannot be known.
pub(super) type Values = Rc<Result<Vec<String>, Arc<str>>>;

/// A variable, and how something is to be held against its values.
pub(super) type Asked = (usize, Datatype, Operation);

/// The comparisons with each value of a variable, or why there are none.
pub(super) type Comparisons = Rc<Result<Vec<Result<Comparison, Incomparable>>, Arc<str>>>;

/// One evaluation on one host.
pub(super) struct Evaluation<'a> {
    pub(super) compiled: &'a Compiled,
    pub(super) subject: &'a Subject<'a>,
    pub(super) definitions: BTreeMap<usize, OvalOutcome>,
    pub(super) tests: BTreeMap<usize, OvalOutcome>,
    pub(super) objects: BTreeMap<usize, Collected>,
    pub(super) variables: BTreeMap<usize, Values>,
    pub(super) budget: TextBudget,
    pub(super) patterns: Patterns,
    pub(super) searched: Searched,
    pub(super) comparisons: BTreeMap<Asked, Comparisons>,
    pub(super) depth: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(compiled: &'a Compiled, subject: &'a Subject<'a>) -> Self {
        Self {
            compiled,
            subject,
            definitions: BTreeMap::new(),
            tests: BTreeMap::new(),
            objects: BTreeMap::new(),
            variables: BTreeMap::new(),
            budget: TextBudget::default(),
            patterns: Patterns::default(),
            searched: Searched::default(),
            comparisons: BTreeMap::new(),
            depth: 0,
        }
    }

    /// Goes one level deeper; `None` where that is too deep.
    pub(super) fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        let value = inside(self);
        self.depth -= 1;
        Some(value)
    }
}
