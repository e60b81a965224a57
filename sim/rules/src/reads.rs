//! What a rule may ask for.

use crate::Field;
use patchstate_terms::WindowsPath;
use std::collections::BTreeSet;

/// What a rule may ask for. Nothing else can change what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// These fields of the evidence.
    Fields(BTreeSet<Field>),
    /// The bytes of these files.
    Files(BTreeSet<WindowsPath>),
    /// Any file, in the tree.
    Tree,
    /// Any file, in a folder on disk.
    Folder,
    /// The bytes of these files, in a folder on disk that holds no others.
    FolderOf(BTreeSet<WindowsPath>),
}

impl Reads {
    /// The files that must have been looked at.
    #[must_use]
    pub fn files(&self) -> BTreeSet<&WindowsPath> {
        match self {
            Self::Fields(fields) => fields.iter().filter_map(Field::file).collect(),
            Self::Files(files) | Self::FolderOf(files) => files.iter().collect(),
            Self::Tree | Self::Folder => BTreeSet::new(),
        }
    }

    /// Whether it is to be on disk.
    #[must_use]
    pub const fn needs_folder(&self) -> bool {
        matches!(self, Self::Folder | Self::FolderOf(_))
    }
}
