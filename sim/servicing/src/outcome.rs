//! What a step did, or why it is refused.

use crate::Host;
use patchstate_catalog::{FileId, UpdateId};
use patchstate_terms::Level;

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The host is now another one.
    Applied(Host),
    /// There was nothing to do.
    Unchanged,
    /// Windows would refuse the step; the host stays as it was.
    Refused(Refusal),
}

impl Outcome {
    /// The host after the step.
    #[must_use]
    pub fn after<'a>(&'a self, before: &'a Host) -> &'a Host {
        match self {
            Self::Applied(host) => host,
            Self::Unchanged | Self::Refused(_) => before,
        }
    }

    /// The word used in output: `applied`, `unchanged`, `refused`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Applied(_) => "applied",
            Self::Unchanged => "unchanged",
            Self::Refused(_) => "refused",
        }
    }
}

/// Why a step is refused. [`Model::reason`](crate::Model::reason) says it in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Files wait for a restart, and nothing else is done before it.
    PendingRestart,
    /// The architecture has no such service pack.
    NoSuchServicePack(Level),
    /// The host is at a higher level than the service pack.
    OlderServicePack(Level),
    /// The service pack to be removed is not the host's level.
    NotAtLevel(Level),
    /// There is no backup to remove the service pack with.
    NoServicePackBackup(Level),
    /// Setup has no source for the files: it asks for service pack media.
    AsksForMedia,
    /// The release has no files for the host's level.
    NotForLevel(UpdateId, u8),
    /// A later release of the update is recorded.
    LaterRelease(UpdateId, u8),
    /// The package found an IIS file of lower lineage than the operating system.
    LowerLineage {
        /// The update.
        update: UpdateId,
        /// The first such file.
        file: FileId,
        /// What the package returns.
        exit_code: u32,
    },
    /// The product has no System File Checker.
    NoSystemFileChecker,
    /// None of the package's files is present.
    NoFilePresent(UpdateId),
    /// The update to be removed is not recorded.
    NotRecorded(UpdateId),
}

impl Refusal {
    /// The number that the package returns; `None` where none is known.
    #[must_use]
    pub const fn exit_code(self) -> Option<u32> {
        match self {
            Self::LowerLineage { exit_code, .. } => Some(exit_code),
            _ => None,
        }
    }
}
