//! What each step does to a host.
//!
//! A step is decided in two parts. `guard.rs` asks the files what only they can tell: whether a
//! package refuses, and which branch it takes. `plan.rs` decides the rest from the fields that all
//! files share, and gives every slot its program (`program.rs`). So a search can keep plans and
//! carry out programs only.

use crate::{Action, Host, Model, Outcome, Refusal, guard::Answers};
use patchstate_catalog::UpdateId;

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
        self.layout.note_waiting(&mut fields);
        if fields[..] == host.fields[..] {
            Outcome::Unchanged
        } else {
            Outcome::Applied(Host { fields: fields.into() })
        }
    }

    /// A host after the restart that it waits for; as it is, where nothing waits.
    #[must_use]
    pub fn restarted(&self, host: &Host) -> Host {
        self.apply(host, Action::Restart).after(host).clone()
    }

    /// A refusal as a sentence without a full stop.
    #[must_use]
    pub fn reason(&self, host: &Host, refusal: Refusal) -> String {
        let catalog = self.catalog();
        let now = self.view(host).level().title();
        let name = |update: UpdateId| catalog.update(update).id.clone();
        match refusal {
            Refusal::PendingRestart => {
                "files wait for a restart, and nothing else is done before it".to_owned()
            }
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
            Refusal::NoSystemFileChecker => {
                format!("{} has no System File Checker", catalog.product.words.name)
            }
            Refusal::NoFilePresent(update) => {
                format!("none of the files of {} is present", name(update))
            }
            Refusal::NotRecorded(update) => format!("{} is not installed", name(update)),
        }
    }
}
