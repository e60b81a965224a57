//! Where evidence comes from: a Windows folder, on disk or in memory.
//!
//! **Owns** reading whole files under a limit, by a path in any letter case. **Must never know**
//! what the files mean.

mod directory;
mod memory;
mod open;

pub use directory::DirectoryTree;
pub(crate) use directory::read_regular;
pub use memory::MemoryTree;

use patchstate_terms::WindowsPath;
use std::{
    path::{Display, Path, PathBuf},
    sync::Arc,
};

/// A Windows folder, read only. Paths are relative to it.
pub trait FileTree: Sync {
    /// The content of a file; `None` where no such file is there. A file of more than `limit`
    /// bytes is an error and is not read.
    fn read(&self, path: &WindowsPath, limit: u64) -> Result<Option<Arc<[u8]>>, TreeError>;

    /// The names of all files that stand in a folder itself; `None` is the Windows folder. A folder
    /// that is not there has none. An error where not all can be told.
    fn names(&self, folder: Option<&WindowsPath>) -> Result<FileNames, TreeError>;

    /// An identity of the content, where the tree knows one cheaply: files with equal identity
    /// have equal bytes, in whichever tree they are, so that what was read from one can serve for
    /// the other.
    fn identity(&self, path: &WindowsPath) -> Option<Identity> {
        let _ = path;
        None
    }

    /// What was ambiguous while reading, for example two names that differ only in letter case.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What tells contents apart without reading them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// A number that was given to the content.
    Number(u64),
    /// A file on a disk of this machine. Hard links to it have the same, and one that was written
    /// to has another.
    File {
        /// The disk, and the number that the file has on it.
        place: (u64, u64),
        /// Its length in bytes.
        length: u64,
        /// When the content was changed last, and when anything of the file was: seconds and
        /// nanoseconds.
        changed: [(i64, i64); 2],
    },
}

/// The names of the files of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileNames {
    /// The names, sorted.
    pub names: Vec<String>,
    /// Whether they are spelled as on the host; else they are in lower case.
    pub are_spelled: bool,
}

/// A path for people. On Windows, a path without links begins with `\\?\`, which nobody writes and
/// not every program understands.
fn shown(path: &Path) -> Display<'_> {
    dunce::simplified(path).display()
}

/// A file or folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The folder neither is a Windows folder nor holds one.
    #[error("{} holds no WINDOWS or WINNT folder and has no system32 folder itself", shown(folder))]
    NoWindowsFolder {
        /// The folder that was given.
        folder: PathBuf,
    },
    /// The folder holds two Windows folders, each with a system.
    #[error(
        "{} holds two Windows folders, {first} and {second}: name the one that is meant",
        shown(folder)
    )]
    TwoWindowsFolders {
        /// The folder that was given.
        folder: PathBuf,
        /// The name of one of the two.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// The operating system refused.
    #[error("{} cannot be read: {source}", shown(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A symbolic link leads out of the tree.
    #[error("{} is a link that leads out of the tree, to {}", shown(path), shown(target))]
    LeavesTree {
        /// The link, or a file below it.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// Something else stands where a file was expected. It is not opened.
    #[error("{} is {kind}, expected a file", shown(path))]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The file is larger than anything that is read.
    #[error("{} has {length} bytes, more than the {limit} that are read", shown(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length in bytes, or what was seen of it.
        length: u64,
        /// The limit in bytes.
        limit: u64,
    },
}
