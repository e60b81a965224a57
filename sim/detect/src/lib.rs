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
//! # Use it in a program of your own
//!
//! Everything goes one way: a tree of files becomes [`Evidence`], evidence a [`Verdict`]. Three
//! calls do it, here for a folder that holds the `WINDOWS` folder of a disk:
//!
//! ```
//! use patchstate_detect::{Advisories, DirectoryTree, gather, judge};
//! use patchstate_terms::{FindingKind, Status};
//! # use patchstate_terms::Level;
//! # use patchstate_test_support::host::Host;
//! # let place = tempfile::tempdir()?;
//! # let disk = place.path();
//! # // Windows is at Service Pack 2, and IIS comes from the first disc.
//! # let host = Host::new(Level::SP2).component("iis_common", Level::RTM);
//! # for (path, bytes) in host.component("iis_www", Level::RTM).contents() {
//! #     let file = disk.join("WINDOWS").join(path.as_str());
//! #     std::fs::create_dir_all(file.parent().unwrap_or(disk))?;
//! #     std::fs::write(file, bytes)?;
//! # }
//!
//! let known = Advisories::built_in();
//! let evidence = gather(&DirectoryTree::open(disk)?, &known);
//! let verdict = judge(&evidence);
//!
//! assert_eq!(verdict.status, Status::Mismatch);
//! assert!(verdict.findings.iter().all(|finding| finding.kind == FindingKind::BehindOs));
//! let would_break: Vec<String> = verdict.would_break.iter().map(ToString::to_string).collect();
//! assert_eq!(would_break, ["KB973917/v1", "KB982666"]);
//! let remedy: Vec<String> = verdict.remedy.iter().map(ToString::to_string).collect();
//! assert_eq!(remedy, ["sp2"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - **Nothing fails half-way.** [`gather`] takes what it gets: a file that cannot be read is
//!   evidence too ([`FileEvidence`], [`Problem`]). Only [`DirectoryTree::open`] returns an error,
//!   where there is no Windows folder.
//! - **What is not known is not good.** Where something that could make a host worse cannot be
//!   read, the status is [`Inconclusive`](patchstate_terms::Status::Inconclusive), as it is for a
//!   tree without any file:
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
//!
//! - **Files from anywhere.** [`FileTree`] has few methods: implement it for an archive or a disk
//!   image. [`MemoryTree`] holds files in memory, for tests.
//! - **Many hosts.** [`gather_with`] takes an [`ImageCache`], so that what was read from a file is
//!   shared by all hosts that have it. [`assess`] leaves out advice, which takes most of the time
//!   of [`judge`].
//! - **One file.** [`inspect`] reads a single PE file: versions, exports, imports, checksum.
//! - **Other knowledge.** [`Advisories::read`] takes files of your own in place of the built-in
//!   ones; `patchstate catalog export` writes those to begin with.

pub mod advisory;
pub mod hive;

mod bytes;
mod evidence;
mod inspect;
mod names;
mod pe;
mod problem;
mod recent;
mod registry;
mod registry_keys;
mod tree;
mod verdict;

pub use advisory::Advisories;
pub use evidence::{Evidence, FileEvidence, ImageCache, gather, gather_with};
pub use hive::HIVE_BYTES_MAX;
pub use inspect::{Inspection, inspect, inspect_file};
pub use pe::{
    ExportTarget, Exports, IMAGE_BYTES_MAX, ImageEvidence, ImportedDll, ImportedNames, Imports,
    checksum_ok,
};
pub use problem::{Problem, ProblemPart};
pub use registry::{
    HiveContent, HiveEvidence, HiveFiles, PendingRename, RecordedFile, RecordedUpdate,
    RegistryEvidence, Unknown,
};
pub use tree::{DirectoryTree, FileNames, FileTree, Identity, MemoryTree, TreeError};
pub use verdict::{OsEvidence, Verdict, assess, identify_os, judge};
