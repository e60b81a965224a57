//! A host of the second model.

use super::facts::{Facts, Name};
use patchstate_terms::Level;
use std::collections::{BTreeMap, BTreeSet};

/// One copy of a file. The order is that of replacement: revision first, then QFE over GDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NaiveCopy {
    /// The last number of the version.
    pub revision: u16,
    /// From the QFE branch.
    pub qfe: bool,
}

/// A recorded update.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NaiveRecord {
    /// The recorded release.
    pub release: u8,
    /// The level that its files were installed for.
    pub level: Level,
    /// What was on disk before.
    pub backup: BTreeMap<Name, NaiveCopy>,
}

/// A host, field by field as the text lists them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NaiveHost {
    /// The level of the operating system.
    pub level: Level,
    /// The level of the base media.
    pub base: Level,
    /// The service pack cache.
    pub cache: Option<Level>,
    /// The installed components.
    pub components: BTreeSet<Name>,
    /// Every file that servicing sees; with a component store also those of absent components.
    pub files: BTreeMap<Name, NaiveCopy>,
    /// The recorded updates by id.
    pub records: BTreeMap<Name, NaiveRecord>,
    /// What files are to become after a restart.
    pub pending: BTreeMap<Name, NaiveCopy>,
    /// The level before the service pack, and what it replaced.
    pub pack_backup: Option<(Level, BTreeMap<Name, NaiveCopy>)>,
}

impl NaiveHost {
    /// The files that a user of the host sees: those of the operating system and of installed
    /// components.
    pub fn visible_files(&self, facts: &Facts) -> BTreeMap<Name, NaiveCopy> {
        self.visible(facts, &self.files)
    }

    /// Those of the files that a user sees that wait for a restart.
    pub fn visible_pending(&self, facts: &Facts) -> BTreeMap<Name, NaiveCopy> {
        self.visible(facts, &self.pending)
    }

    fn visible(
        &self,
        facts: &Facts,
        files: &BTreeMap<Name, NaiveCopy>,
    ) -> BTreeMap<Name, NaiveCopy> {
        let installed = |file: &str| {
            facts.os_files.contains(file)
                || self.components.iter().any(|one| facts.components[one].files.contains(file))
        };
        let files = files.iter().filter(|(file, _)| installed(file));
        files.map(|(file, copy)| (*file, *copy)).collect()
    }
}
