//! Names that are known beside those of the detection core.
//!
//! **Owns** what a user's catalog adds to the names that rules are checked against: without it, a
//! rule about a file that only that catalog has would be warned of as a slip of the pen.
//!
//! **Must never know** a catalog: whoever has one says what is in it.

use patchstate_detect::advisory::Advisories;
use patchstate_terms::{FileVersion, Hive, WindowsPath};
use std::collections::{BTreeMap, BTreeSet};

/// Files, updates and versions that rules can name without a warning, beside those that the
/// detection core knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownNames {
    /// Paths of files.
    pub files: BTreeSet<WindowsPath>,
    /// Ids of updates in capitals, and the number of their latest release.
    pub updates: BTreeMap<String, u8>,
    /// Versions whose first three numbers are those of files.
    pub builds: Vec<FileVersion>,
}

/// Whether this is the file of a registry hive, which every host has.
fn is_of_hive(path: &WindowsPath, hive: Hive) -> bool {
    path.folder() == Some("system32/config") && path.file_name() == hive.file_name()
}

impl KnownNames {
    /// Whether there is a file of this path.
    pub(crate) fn has_file(&self, path: &WindowsPath) -> bool {
        self.files.contains(path)
            || Advisories::built_in().number(path).is_some()
            || Hive::ALL.iter().any(|hive| is_of_hive(path, *hive))
    }

    /// All paths, those of the core first.
    pub(crate) fn all_files(&self) -> impl Iterator<Item = &WindowsPath> {
        Advisories::built_in().files.iter().map(|file| &file.path).chain(&self.files)
    }

    /// The number of the latest release of an update.
    pub(crate) fn latest_release(&self, id: &str) -> Option<u8> {
        let own = self.updates.get(id).copied();
        let built_in = Advisories::built_in().update(id);
        let built_in =
            built_in.and_then(|(_, update)| update.releases.iter().map(|r| r.number).max());
        own.max(built_in)
    }

    /// The ids of all updates, those of the core first.
    pub(crate) fn all_updates(&self) -> impl Iterator<Item = &str> {
        let built_in = Advisories::built_in().updates.iter().map(|update| update.id.as_str());
        built_in.chain(self.updates.keys().map(String::as_str))
    }

    /// Whether some file has versions like this one.
    pub(crate) fn has_build(&self, version: FileVersion) -> bool {
        Advisories::built_in().family(version).is_some()
            || self.builds.iter().any(|known| known.same_build(version))
    }
}
