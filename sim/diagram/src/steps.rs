//! Lists of steps, prepared for closures, and each remembered.

use crate::handles::Relation;
use rustc_hash::FxHashMap;
use std::{ops::Range, sync::Arc};

/// The number of the list without a step: every set is closed.
pub(crate) const NO_STEPS: u32 = 0;

/// A list of steps, ready to be applied at the first variable that one of them speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    /// The level of that variable.
    pub(crate) level: u16,
    /// What the steps of this level do where they change the variable.
    pub(crate) rows: Arc<Rows>,
    /// For each value, the steps below it: those that begin there, and those of this level that
    /// keep the value.
    pub(crate) below: Vec<Vec<Relation>>,
    /// The numbers of these lists, as far as somebody has asked.
    pub(crate) numbers: Vec<Option<u32>>,
}

/// What was prepared before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    /// Ascending lists without what does nothing, with their numbers.
    pub(crate) known: FxHashMap<Vec<Relation>, u32>,
    /// By number, which begin at 1.
    pub(crate) lists: Vec<Steps>,
}

impl Prepared {
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn list(&self, number: u32) -> Option<&Steps> {
        self.lists.get((number as usize).checked_sub(1)?)
    }

    pub(crate) fn list_mut(&mut self, number: u32) -> Option<&mut Steps> {
        self.lists.get_mut((number as usize).checked_sub(1)?)
    }
}

/// The pairs of all steps of one level, by the value before.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// Where the pairs of each value begin; one more than there are values.
    pub(crate) starts: Vec<usize>,
    /// Value after, and what happens to the variables below.
    pub(crate) pairs: Vec<(usize, u32)>,
}

impl Rows {
    pub(crate) fn of(&self, before: usize) -> Range<usize> {
        match (self.starts.get(before), self.starts.get(before + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }
}
