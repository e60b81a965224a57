//! The shared detection core: a file tree in, evidence and a verdict out.
//!
//! **Owns** reading PE files and registry hives of a Windows folder under limits, what the core
//! itself knows about IIS 6 and its updates ([`Advisories`]: those in `advisories/` are built in),
//! and the judgement: status, findings, which updates would break the host, and the shortest
//! remedy.
//!
//! **Must never know** the simulator: not its catalog, its servicing, its images or its oracle. It
//! works on a real machine's files as it does on synthetic ones, and only bytes reach it.
//!
//! **Start reading** at [`gather`], then [`judge`]; [`ImageEvidence`] for one PE file.
//!
//! ```
//! use patchstate_detect::{Advisories, MemoryTree, gather, judge};
//! use patchstate_terms::Status;
//!
//! let known = Advisories::built_in();
//! let empty = MemoryTree::new();
//! // Nothing is known of it, so nobody can say that it has no IIS.
//! assert_eq!(judge(&gather(&empty, &known)).status, Status::Inconclusive);
//! ```

pub mod advisory;
pub mod hive;

mod bytes;
mod evidence;
mod inspect;
mod names;
mod pe;
mod problem;
mod registry;
mod registry_keys;
mod tree;
mod verdict;

pub use advisory::Advisories;
pub use evidence::{Evidence, FileEvidence, ImageCache, gather, gather_with};
pub use hive::HIVE_BYTES_MAX;
pub use inspect::{Inspection, inspect, inspect_file};
pub use pe::{ExportTarget, Exports, IMAGE_BYTES_MAX, ImageEvidence, ImportedDll, checksum_ok};
pub use problem::{Problem, ProblemPart};
pub use registry::{
    HiveContent, HiveEvidence, HiveFiles, PendingRename, RecordedFile, RecordedUpdate,
    RegistryEvidence, Unknown,
};
pub use tree::{DirectoryTree, FileNames, FileTree, MemoryTree, TreeError};
pub use verdict::{OsEvidence, Verdict, assess, identify_os, judge};
