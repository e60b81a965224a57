//! A host of the second model.

use crate::facts::{Facts, Name};
use patchstate_terms::Level;
use std::collections::{BTreeMap, BTreeSet};

/// One copy of a file. The order is that of replacement: revision first, then QFE over GDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NaiveCopy {
    /// The last number of the version.
    pub(crate) revision: u16,
    /// From the QFE branch.
    pub(crate) qfe: bool,
}

/// A recorded update.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NaiveRecord {
    /// The recorded release.
    pub(crate) release: u8,
    /// The level that its files were installed for.
    pub(crate) level: Level,
    /// What was on disk before.
    pub(crate) backup: BTreeMap<Name, NaiveCopy>,
}

/// A host, field by field as the text lists them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NaiveHost {
    /// The level of the operating system.
    pub(crate) level: Level,
    /// The level of the base media.
    pub(crate) base: Level,
    /// The service pack cache.
    pub(crate) cache: Option<Level>,
    /// The installed components.
    pub(crate) components: BTreeSet<Name>,
    /// Every file that servicing sees; with a component store also those of absent components.
    pub(crate) files: BTreeMap<Name, NaiveCopy>,
    /// The recorded updates by id.
    pub(crate) records: BTreeMap<Name, NaiveRecord>,
    /// The level before the service pack, and what it replaced.
    pub(crate) pack_backup: Option<(Level, BTreeMap<Name, NaiveCopy>)>,
}

impl NaiveHost {
    /// The files that a user of the host sees: those of the operating system and of installed
    /// components.
    pub(crate) fn visible_files(&self, facts: &Facts) -> BTreeMap<Name, NaiveCopy> {
        let installed = |file: &str| {
            facts.os_files.contains(file)
                || self.components.iter().any(|one| facts.components[one].files.contains(file))
        };
        let files = self.files.iter().filter(|(file, _)| installed(file));
        files.map(|(file, copy)| (*file, *copy)).collect()
    }
}
