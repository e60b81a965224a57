//! Names that rules can name.
//!
//! **Owns** the names that rules are checked against: those of the detection core, and what a
//! user's catalog adds to them. Without it, a rule about a file that only that catalog has would be
//! warned of as a slip of the pen.
//!
//! **Must never know** a catalog: whoever has one says what is in it.

use patchstate_detect::Advisories;
use patchstate_terms::{FileVersion, Hive, WindowsPath};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Files, updates and versions that rules can name without a warning.
#[derive(Clone, Debug)]
pub struct KnownNames {
    /// What the detection core knows.
    pub core: Arc<Advisories>,
    /// Paths of files, beside those of the core.
    pub files: BTreeSet<WindowsPath>,
    /// Ids of updates in capitals, and the number of their latest release.
    pub updates: BTreeMap<String, u8>,
    /// Versions whose first three numbers are those of files.
    pub builds: Vec<FileVersion>,
}

impl Default for KnownNames {
    /// The names of the built-in core.
    fn default() -> Self {
        Self {
            core: Advisories::built_in(),
            files: BTreeSet::new(),
            updates: BTreeMap::new(),
            builds: Vec::new(),
        }
    }
}

/// Whether this is the file of a registry hive, which every host has.
fn is_of_hive(path: &WindowsPath, hive: Hive) -> bool {
    path.folder() == Some("system32/config") && path.file_name() == hive.file_name()
}

impl KnownNames {
    /// Whether there is a file of this path.
    pub(crate) fn has_file(&self, path: &WindowsPath) -> bool {
        self.files.contains(path)
            || self.core.number(path).is_some()
            || Hive::ALL.iter().any(|hive| is_of_hive(path, *hive))
    }

    /// All paths, those of the core first.
    pub(crate) fn all_files(&self) -> impl Iterator<Item = &WindowsPath> {
        self.core.files.iter().map(|file| &file.path).chain(&self.files)
    }

    /// The number of the latest release of an update.
    pub(crate) fn latest_release(&self, id: &str) -> Option<u8> {
        let own = self.updates.get(id).copied();
        let of_core = self.core.update(id);
        let of_core =
            of_core.and_then(|(_, update)| update.releases.iter().map(|r| r.number).max());
        own.max(of_core)
    }

    /// The ids of all updates, those of the core first.
    pub(crate) fn all_updates(&self) -> impl Iterator<Item = &str> {
        let of_core = self.core.updates.iter().map(|update| update.id.as_str());
        of_core.chain(self.updates.keys().map(String::as_str))
    }

    /// Whether some file has versions like this one.
    pub(crate) fn has_build(&self, version: FileVersion) -> bool {
        self.core.family(version).is_some()
            || self.builds.iter().any(|known| known.same_build(version))
    }
}
