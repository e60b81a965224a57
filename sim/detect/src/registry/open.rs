//! One hive with the files beside it: absent, unreadable, or its bytes as Windows would load them.
//!
//! **Owns** which files make a hive, and what is said of one that was not closed cleanly. **Must
//! never know** keys.
//!
//! **Start reading** at [`whole`].

use crate::{
    Problem, ProblemPart,
    hive::{self, Hive},
    names,
};
use patchstate_terms::Hive as HiveName;
use std::sync::Arc;

/// One hive file.
#[derive(Clone, Debug, Default)]
pub enum HiveEvidence {
    /// It is not there, as in a copy of some files only.
    #[default]
    Absent,
    /// It is there and nothing could be read.
    Unreadable(Problem),
    /// It was opened. With a problem, some of it could not be read.
    Opened {
        /// The bytes.
        bytes: Arc<[u8]>,
        /// What could not be read.
        problem: Option<Problem>,
    },
}

/// A hive file as the tree gave it: the bytes, `None` where it is not there, or why not.
pub type HiveContent = Result<Option<Arc<[u8]>>, String>;

/// A hive with the files beside it that matter where it was not closed cleanly.
#[derive(Clone, Debug)]
pub struct HiveFiles {
    /// The hive.
    pub hive: HiveContent,
    /// Its log, which nobody reads where [`hive::needs_log`] says no.
    pub log: HiveContent,
    /// Whether logs of later versions of Windows stand there.
    pub has_later_logs: bool,
}

impl HiveFiles {
    /// A hive without any log.
    #[must_use]
    pub const fn without_log(hive: HiveContent) -> Self {
        Self { hive, log: Ok(None), has_later_logs: false }
    }
}

/// The bytes of a hive that was closed cleanly, or that its log has made whole.
pub(super) struct Whole {
    pub(super) bytes: Arc<[u8]>,
    /// That the log was needed.
    pub(super) note: Option<String>,
}

impl HiveEvidence {
    /// What could not be read, if anything.
    #[must_use]
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Absent => None,
            Self::Unreadable(problem) => Some(problem),
            Self::Opened { problem, .. } => problem.as_ref(),
        }
    }

    /// Whether the whole hive could be read.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        matches!(self, Self::Opened { problem: None, .. })
    }
}

/// A hive as Windows would load it; `None` where it is not there.
pub(super) fn whole(files: HiveFiles, name: HiveName) -> Result<Option<Whole>, Problem> {
    let unreadable = |reason| Problem::unreadable(ProblemPart::Registry, reason);
    let Some(bytes) = files.hive.map_err(unreadable)? else { return Ok(None) };
    if !hive::needs_log(&bytes) {
        return Ok(Some(Whole { bytes, note: None }));
    }
    let log = names::log_path(name);
    let why = match &files.log {
        Ok(Some(content)) => match hive::recover(&bytes, content) {
            Ok(recovered) => {
                let note = format!(
                    "{name}: the hive was not closed cleanly; {} sectors of 512 bytes were taken \
                     from its log, {log}",
                    recovered.sector_count
                );
                return Ok(Some(Whole { bytes: recovered.bytes.into(), note: Some(note) }));
            }
            Err(error) => format!("its log {log} does not help: {error}"),
        },
        Ok(None) if files.has_later_logs => {
            format!("logs of a later Windows stand beside it, which are not read, and no {log}")
        }
        Ok(None) => format!("its log {log} is not there"),
        Err(reason) => format!("its log cannot be read: {reason}"),
    };
    // A base block that makes no sense, or one that says that a write was not finished.
    let mut problem = match Hive::open(&bytes) {
        Err(problem) => problem,
        Ok(_) => unreadable("it was not closed cleanly".to_owned()),
    };
    problem.reason = format!("{}; {why}", problem.reason);
    Err(problem)
}
