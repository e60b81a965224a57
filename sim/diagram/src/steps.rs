//! Lists of steps, prepared for closures: by level, and each remembered.

use crate::handles::Relation;
use rustc_hash::FxHashMap;
use std::{ops::Range, sync::Arc};

/// A list of steps, ready to be applied: each at its top level, the first variable that it
/// speaks of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    pub(crate) levels: Vec<Level>,
}

/// The steps that begin at a level or below it. Lists that differ above have the same number here,
/// so that what was computed for the one is known for the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// 0 where there is no step: then every set is closed.
    pub(crate) number: u32,
    /// The steps that begin at this very level.
    pub(crate) rows: Option<Arc<Rows>>,
}

impl Steps {
    pub(crate) fn number(&self, level: u16) -> u32 {
        self.levels.get(usize::from(level)).map_or(0, |level| level.number)
    }

    pub(crate) fn rows(&self, level: u16) -> Option<&Rows> {
        self.levels.get(usize::from(level))?.rows.as_deref()
    }
}

/// What was prepared before: whole lists, and the steps of a level by those below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) lists: FxHashMap<Vec<Relation>, Arc<Steps>>,
    pub(crate) levels: FxHashMap<(Vec<Relation>, u32), Level>,
}

impl Prepared {
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
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
