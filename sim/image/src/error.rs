//! Everything that can go wrong while bytes are made and written.

use patchstate_terms::{Machine, WindowsPath};
use std::{io, path::PathBuf};

/// Why an image, a hive or a tree could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Images are written for two machines only.
    #[error("image {file}: cannot be written for machine {machine}: expected i386 or amd64")]
    Machine {
        /// The image's file name.
        file: String,
        /// The machine that was asked for.
        machine: Machine,
    },
    /// A name has characters that a PE image or a hive cannot hold.
    #[error("image {file}: {field} {name:?} is not a name: expected {expected}")]
    Name {
        /// The image's file name.
        file: String,
        /// Which name it is.
        field: &'static str,
        /// The name.
        name: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The description contradicts itself.
    #[error("image {file}: {problem}")]
    Description {
        /// The image's file name.
        file: String,
        /// What is wrong, with the field and what was expected.
        problem: String,
    },
    /// Something is longer than the format can say.
    #[error("{file}: {field} is {found} long: expected at most {limit}")]
    TooLong {
        /// The file that was to be written.
        file: String,
        /// What is too long.
        field: String,
        /// Its length.
        found: usize,
        /// The longest that fits.
        limit: usize,
    },
    /// The writer of PE headers gave up.
    #[error("image {file}: headers could not be written: {reason}")]
    Headers {
        /// The image's file name.
        file: String,
        /// What the writer said.
        reason: String,
    },
    /// The keys and values of a hive contradict each other.
    #[error("hive {file}: key {key:?}: {problem}")]
    Hive {
        /// The hive's name.
        file: String,
        /// The key below the root.
        key: String,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// Two entries of a tree cannot stand beside each other.
    #[error("tree: {path} is a file and a folder at once")]
    FileIsFolder {
        /// The path that is both.
        path: WindowsPath,
    },
    /// A path would leave the output folder.
    #[error("tree: {path:?} is not below the output folder: expected plain names")]
    OutsideFolder {
        /// The path as it was given.
        path: String,
    },
    /// The output folder holds something already.
    #[error("output folder {}: it is not empty: expected a new or an empty folder", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: could not {action}: {source}", path.display())]
    Io {
        /// What was tried, for example `write the file`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}
