//! What each step does to a host.
//!
//! A step is decided in two parts. `guard.rs` asks the files what only they can tell: whether a
//! package refuses, and which branch it takes. `plan.rs` decides the rest from the fields that all
//! files share, and gives every slot its program (`program.rs`). So a search can keep plans and
//! carry out programs only.

use crate::{Action, Host, Model, guard::Answers};
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

/// Why a step is refused. [`Model::reason`] says it in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
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

impl Model {
    /// Applies a step to a host.
    ///
    /// Total: every action that [`Model::resolve`] gives has an outcome on every host of this
    /// model.
    #[must_use]
    pub fn apply(&self, host: &Host, action: Action) -> Outcome {
        let answers = Answers { model: self, host };
        let plan = match self.guard(&answers, action) {
            Err(refusal) => return Outcome::Refused(refusal),
            Ok(action) => match self.plan(&host.fields, action) {
                Err(refusal) => return Outcome::Refused(refusal),
                Ok(plan) => plan,
            },
        };
        let mut fields = plan.fields;
        for (slot, program) in plan.programs.iter().enumerate() {
            self.layout.carry_out(program, slot, &mut fields);
        }
        if fields[..] == host.fields[..] {
            Outcome::Unchanged
        } else {
            Outcome::Applied(Host { fields: fields.into() })
        }
    }

    /// A refusal as a sentence without a full stop.
    #[must_use]
    pub fn reason(&self, host: &Host, refusal: Refusal) -> String {
        let catalog = self.catalog();
        let now = self.view(host).level().title();
        let name = |update: UpdateId| catalog.update(update).id.clone();
        match refusal {
            Refusal::NoSuchServicePack(pack) => {
                format!("there is no {} for {}", pack.title(), self.architecture())
            }
            Refusal::OlderServicePack(pack) => {
                format!("the host is at {now}, which is newer than {}", pack.title())
            }
            Refusal::NotAtLevel(pack) => {
                format!("{} is not the last service pack: the host is at {now}", pack.title())
            }
            Refusal::NoServicePackBackup(pack) => {
                format!("{} cannot be removed: there is no backup from before it", pack.title())
            }
            Refusal::AsksForMedia => {
                format!("Setup asks for {now} media: there is no service pack cache to copy from")
            }
            Refusal::NotForLevel(update, _) => {
                format!("{} has no files for {now}", name(update))
            }
            Refusal::LaterRelease(update, release) => {
                format!("a later release is installed: {}", catalog.label(update, release))
            }
            Refusal::LowerLineage { update, file, .. } => format!(
                "{} found that {} is older than the operating system's {now}",
                name(update),
                catalog.file(file).path
            ),
            Refusal::NoFilePresent(update) => {
                format!("none of the files of {} is present", name(update))
            }
            Refusal::NotRecorded(update) => format!("{} is not installed", name(update)),
        }
    }
}
