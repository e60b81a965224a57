//! The differences between two hosts: files and registry values.

use crate::{FileCopy, Host, Model};
use patchstate_catalog::FileId;
use patchstate_terms::{RegistryPath, RegistryValue};
use std::collections::BTreeMap;

/// A file that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub file: FileId,
    /// The copy before; `None` when it was not there.
    pub from: Option<FileCopy>,
    /// The copy after; `None` when it is gone.
    pub to: Option<FileCopy>,
}

/// A registry value that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryChange {
    /// The value's place.
    pub path: RegistryPath,
    /// The content before; `None` when it was not there.
    pub from: Option<RegistryValue>,
    /// The content after; `None` when it is gone.
    pub to: Option<RegistryValue>,
}

/// Everything that can be seen to differ. Backups and the cache itself cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files, in the order of their paths.
    pub files: Vec<FileChange>,
    /// Registry values, in the order of their places.
    pub registry: Vec<RegistryChange>,
}

impl Model {
    /// What differs between two hosts; `None` for the bare machine before the base operating
    /// system.
    #[must_use]
    pub fn changes(&self, before: Option<&Host>, after: &Host) -> Changes {
        let registry_before = before.map(|host| self.registry(host)).unwrap_or_default();
        Changes {
            files: self.file_changes(before, after),
            registry: registry_changes(registry_before, self.registry(after)),
        }
    }

    fn file_changes(&self, before: Option<&Host>, after: &Host) -> Vec<FileChange> {
        let change = |file| {
            let from = before.and_then(|host| self.view(host).file(file));
            let to = self.view(after).file(file);
            (from != to).then_some(FileChange { file, from, to })
        };
        let mut files: Vec<_> = self.catalog().file_ids().filter_map(change).collect();
        files.sort_by_key(|change| &self.catalog().file(change.file).path);
        files
    }
}

fn registry_changes(
    mut before: BTreeMap<RegistryPath, RegistryValue>,
    after: BTreeMap<RegistryPath, RegistryValue>,
) -> Vec<RegistryChange> {
    let mut changes = Vec::new();
    for (path, to) in after {
        let from = before.remove(&path);
        if from.as_ref() != Some(&to) {
            changes.push(RegistryChange { path, from, to: Some(to) });
        }
    }
    let gone = before.into_iter();
    changes.extend(gone.map(|(path, from)| RegistryChange { path, from: Some(from), to: None }));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}
