//! A host as bytes: synthetic PE images, registry hives, a tree of files.
//!
//! **Owns** three writers. [`pe`] turns a description of an image into a PE file with code that
//! runs, [`hive`] turns keys and values into a registry hive, [`tree`] keeps files in memory and
//! puts them on disk as a whole or not at all. Every writer is a pure function of its
//! description: equal descriptions give equal bytes on every machine.
//!
//! **Must never know** what is right: it decides nothing about versions, files or updates, reads
//! no file back, and never asks the detection core.
//!
//! **Start reading** at [`pe::ImageDescription`] and [`write_image`].
//!
//! ```
//! use patchstate_image::{ImageDescription, ImageKind, write_image};
//! use patchstate_terms::{FileVersion, Machine};
//!
//! let version = FileVersion::new(6, 0, 3790, 3959);
//! let library =
//!     ImageDescription::new("example.dll", Machine::I386, ImageKind::Library, version);
//! let bytes = write_image(&library)?;
//! assert!(bytes.starts_with(b"MZ"));
//! assert_eq!(bytes, write_image(&library)?);
//! # Ok::<(), patchstate_image::ImageError>(())
//! ```

mod error;
pub mod hive;
pub mod host;
pub mod pe;
pub mod tree;

pub use error::ImageError;
pub use hive::{HiveDescription, UnfinishedWrite, write_hive, write_unfinished};
pub use host::{HostTree, ImageStore, SharedFile, describe};
pub use pe::{
    ExitCodes, ExportDescription, ExportTarget, FunctionBody, ImageDescription, ImageKind,
    ImportDescription, ImportedCall, ProgramDescription, RuntimeLoad, VersionStrings, write_image,
};
pub use tree::BuiltTree;
