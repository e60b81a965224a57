//! What only the files can tell about a step, asked before it is planned.

use crate::{
    Action, EmptyUpdates, FileCopy, Host, LowerLineage, Model, Refusal,
    layout::{LEVEL, SlotIndex},
};
use patchstate_catalog::{FileId, Release, UpdateId};
use patchstate_terms::{Branch, Level};

/// A host that answers questions about its files.
pub(crate) struct Answers<'a> {
    pub(crate) model: &'a Model,
    pub(crate) host: &'a Host,
}

impl Answers<'_> {
    fn slot_copy(&self, slot: SlotIndex) -> Option<FileCopy> {
        let layout = &self.model.layout;
        layout.slots.get(slot)?.copy(self.host.fields[layout.files.start + slot])
    }

    /// The copy of a file that packages find: with a component store, also while its component is
    /// not installed.
    fn copy(&self, file: FileId) -> Option<FileCopy> {
        let slot = self.model.layout.slot_of.get(usize::from(file.0)).copied().flatten()?;
        self.slot_copy(slot)
    }
}

impl Model {
    /// Refuses what only the files can refuse, and whatever has to wait for a restart; decides the
    /// branch of an update.
    pub(crate) fn guard(&self, answers: &Answers<'_>, action: Action) -> Result<Action, Refusal> {
        if self.layout.waits(&answers.host.fields) && action != Action::Restart {
            return Err(Refusal::PendingRestart);
        }
        let Action::InstallUpdate { update, release, branch } = action else {
            return Ok(action);
        };
        let now = self.layout.level(answers.host.fields[LEVEL]);
        let facts = self.check_release(&answers.host.fields, update, release)?;
        if let Some(exit_code) = facts.refuses_lower_lineage
            && let Some(file) = self.lower_lineage_file(answers, now)
        {
            return Err(Refusal::LowerLineage { update, file, exit_code });
        }
        if self.switches().empty_updates == EmptyUpdates::Refused
            && !facts.table(now).iter().any(|package| answers.copy(package.file).is_some())
        {
            return Err(Refusal::NoFilePresent(update));
        }
        let branch = branch.unwrap_or_else(|| self.chosen_branch(answers, update, release));
        Ok(Action::InstallUpdate { update, release, branch: Some(branch) })
    }

    /// The release to be installed, unless level or record speak against it.
    pub(crate) fn check_release(
        &self,
        fields: &[u8],
        update: UpdateId,
        release: u8,
    ) -> Result<&Release, Refusal> {
        let facts = self.catalog().update(update).release(release);
        let facts = facts.filter(|facts| !facts.table(self.layout.level(fields[LEVEL])).is_empty());
        let facts = facts.ok_or(Refusal::NotForLevel(update, release))?;
        let recorded = self.layout_of(update).map_or(0, |(_, layout)| fields[layout.record]);
        if recorded > release {
            return Err(Refusal::LaterRelease(update, recorded));
        }
        Ok(facts)
    }

    /// The first file of a component whose lineage is below the host's level.
    fn lower_lineage_file(&self, answers: &Answers<'_>, now: Level) -> Option<FileId> {
        self.catalog().file_ids().find(|file| {
            self.catalog().file(*file).component.is_some()
                && answers.copy(*file).is_some_and(|copy| self.is_lower_lineage(copy, now))
        })
    }

    /// Whether a copy makes a package that looks for such refuse the host (A3).
    pub(crate) fn is_lower_lineage(&self, copy: FileCopy, now: Level) -> bool {
        let lineage = self.catalog().lineage(copy.revision);
        let counts = match self.switches().lower_lineage {
            LowerLineage::All => true,
            LowerLineage::Sp1Only => lineage == Level::SP1,
        };
        lineage < now && counts
    }

    /// The branch that a package chooses: QFE when it has nothing else, or when any of its files
    /// that is present is QFE already.
    fn chosen_branch(&self, answers: &Answers<'_>, update: UpdateId, release: u8) -> Branch {
        let Some((_, layout)) = self.layout_of(update) else { return Branch::Gdr };
        let is_qfe = |slot| answers.slot_copy(slot).is_some_and(|copy| copy.branch == Branch::Qfe);
        let now = usize::from(answers.host.fields[LEVEL]);
        let mut slots = layout.table(release, now).iter().map(|package| package.slot);
        if self.catalog().update(update).qfe_only || slots.any(is_qfe) {
            Branch::Qfe
        } else {
            Branch::Gdr
        }
    }
}
