//! How far the hives of a host were searched.

use super::item::Fallible;
use std::rc::Rc;

/// Most bytes of paths of keys that one evaluation holds against what keys must be like, together
/// with the steps to the keys that it finds.
const SEARCH_WORK_MAX: usize = 1 << 30;

/// The paths of all keys of a hive, or why they cannot be had.
pub(super) type Keys = Rc<Fallible<Vec<String>>>;

/// Hives as far as they were searched.
#[derive(Debug, Default)]
pub(super) struct Searched {
    pub(super) software: Option<Keys>,
    pub(super) system: Option<Keys>,
    work: usize,
}

impl Searched {
    pub(super) fn take(&mut self, work: usize) -> Fallible<()> {
        self.work = self.work.saturating_add(work);
        if self.work > SEARCH_WORK_MAX {
            return Err("the registry is searched too often, or too widely".into());
        }
        Ok(())
    }
}
