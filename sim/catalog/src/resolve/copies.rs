//! Which revisions of a file there can be on a host: those of the levels and those that updates
//! bring.

use crate::raw::Raw;
use std::collections::{BTreeMap, BTreeSet};

use super::names::comparable_path;

/// The revisions of every file.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// Revisions of untouched files, the same for all.
    pub(super) levels: BTreeSet<u16>,
    /// Revisions that updates bring, by comparable path.
    pub(super) brought: BTreeMap<String, BTreeSet<u16>>,
}

impl Copies {
    pub(super) fn collect(raw: &Raw) -> Self {
        let levels = raw.levels.iter().map(|level| *level.value.revision.get_ref()).collect();
        let mut brought: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
        let releases = raw.updates.iter().flat_map(|update| &update.value.release);
        for package in releases.flat_map(|release| &release.get_ref().files) {
            let package = package.get_ref();
            let revisions = brought.entry(comparable_path(package.file.get_ref())).or_default();
            revisions.insert(*package.revision.get_ref());
            revisions.extend(package.qfe_revision.as_ref().map(|revision| *revision.get_ref()));
        }
        Self { levels, brought }
    }

    /// Whether some copy of the file has the revision; where there is no level, that is not known.
    pub(super) fn has(&self, path: &str, revision: u16) -> bool {
        self.levels.is_empty()
            || self.levels.contains(&revision)
            || self.of_updates(path).is_some_and(|revisions| revisions.contains(&revision))
    }

    /// The revisions of all copies of a file.
    pub(super) fn of(&self, path: &str) -> BTreeSet<u16> {
        let brought = self.of_updates(path).into_iter().flatten();
        self.levels.iter().chain(brought).copied().collect()
    }

    /// The revisions of all copies of all files.
    pub(super) fn all(&self) -> BTreeSet<u16> {
        self.levels.iter().chain(self.brought.values().flatten()).copied().collect()
    }

    fn of_updates(&self, path: &str) -> Option<&BTreeSet<u16>> {
        self.brought.get(&comparable_path(path))
    }
}
