//! Service packs and update packages: what they lay down, back up, record and take back.

use crate::{
    ContainedUpdates, Migration, ReappliedBackup, Refusal,
    apply::Work,
    host::level_field,
    layout::{CACHE, LEVEL, UpdateLayout},
};
use patchstate_catalog::UpdateId;
use patchstate_terms::{Branch, Level};

impl<'a> Work<'a> {
    fn layout_of(&self, update: UpdateId) -> Option<&'a UpdateLayout> {
        self.model.layout.updates.iter().find(|layout| layout.id == update)
    }

    /// The recorded release of an update; 0 for not recorded.
    pub(crate) fn recorded_release(&self, update: UpdateId) -> u8 {
        self.layout_of(update).map_or(0, |layout| self.fields[layout.record])
    }

    /// Records a release for a level.
    pub(crate) fn record(&mut self, update: UpdateId, release: u8, level: u8) {
        if let Some(layout) = self.layout_of(update) {
            self.fields[layout.record] = release;
            self.fields[layout.level()] = level;
        }
    }

    /// Empties the backup of an update.
    fn clear_backup(&mut self, layout: &UpdateLayout) {
        let first = layout.record + 2;
        self.fields[first..first + layout.slots.len()].fill(0);
    }

    fn forget(&mut self, layout: &UpdateLayout) {
        self.clear_backup(layout);
        self.fields[layout.record] = 0;
        self.fields[layout.level()] = 0;
    }

    /// The branch that a package chooses: QFE when it has nothing else, or when any of its files
    /// that is present is QFE already.
    pub(crate) fn chosen_branch(&mut self, update: UpdateId, release: u8) -> Branch {
        let model = self.model;
        let Some(layout) = self.layout_of(update) else { return Branch::Gdr };
        let table = layout.table(release, self.level().index());
        let is_qfe = |work: &mut Self, slot: usize| {
            let field = *work.file(slot);
            let copy = model.layout.slots.get(slot).and_then(|facts| facts.copy(field));
            copy.is_some_and(|copy| copy.branch == Branch::Qfe)
        };
        let qfe_only = model.catalog().update(update).qfe_only;
        if qfe_only || table.iter().any(|package| is_qfe(self, package.slot)) {
            Branch::Qfe
        } else {
            Branch::Gdr
        }
    }

    /// Replaces the present files of a package that are older than its copies, and backs up what
    /// was there unless the backup holds it already.
    pub(crate) fn lay_down(&mut self, update: UpdateId, release: u8, branch: Branch) {
        let Some(layout) = self.layout_of(update) else { return };
        let level = self.level().index();
        for package in layout.table(release, level) {
            let copy = match branch {
                Branch::Gdr => package.gdr,
                Branch::Qfe => package.qfe.max(self.newest_recorded(package.slot, level)),
            };
            let present = *self.file(package.slot);
            if present == 0 || copy <= present {
                continue;
            }
            *self.file(package.slot) = copy;
            if let Some(backup) = layout.backup(package.slot)
                && self.fields[backup] == 0
            {
                self.fields[backup] = present;
            }
        }
    }

    /// The newest QFE copy of a file that recorded updates keep for a level; 0 for none.
    fn newest_recorded(&self, slot: usize, level: usize) -> u8 {
        let tables = self.model.layout.updates.iter();
        let tables = tables.map(|layout| layout.table(self.fields[layout.record], level));
        tables.flatten().filter(|package| package.slot == slot).map(|p| p.qfe).max().unwrap_or(0)
    }

    pub(crate) fn remove_update(&mut self, update: UpdateId) -> Result<(), Refusal> {
        let recorded = self.recorded_release(update) > 0;
        let Some(layout) = self.layout_of(update).filter(|_| recorded) else {
            return Err(Refusal::NotRecorded(update));
        };
        for slot in &layout.slots {
            let backup = layout.backup(*slot).map_or(0, |field| self.fields[field]);
            if backup != 0 && *self.file(*slot) != 0 {
                *self.file(*slot) = backup;
            }
        }
        self.forget(layout);
        Ok(())
    }

    pub(crate) fn apply_service_pack(&mut self, pack: Level) -> Result<(), Refusal> {
        if !self.model.facts().service_packs.contains(&pack) {
            return Err(Refusal::NoSuchServicePack(pack));
        }
        let before = self.level();
        if before > pack {
            return Err(Refusal::OlderServicePack(pack));
        }
        let replaced = self.lift(pack);
        self.back_up(before, pack, &replaced);
        self.fields[LEVEL] = level_field(pack);
        self.fields[CACHE] = 1 + level_field(pack);
        if pack > before || self.model.switches().migration == Migration::Always {
            self.migrate(pack);
        }
        Ok(())
    }

    /// Brings every present file that is older up to the service pack's level. Gives the field
    /// value before for each slot that was replaced, and 0 for the others.
    fn lift(&mut self, pack: Level) -> Vec<u8> {
        let model = self.model;
        let mut replaced = vec![0; model.layout.slots.len()];
        for (index, slot) in model.layout.slots.iter().enumerate() {
            let baseline = slot.baseline[pack.index()];
            let present = *self.file(index);
            if present != 0 && present < baseline {
                replaced[index] = present;
                *self.file(index) = baseline;
            }
        }
        replaced
    }

    fn back_up(&mut self, before: Level, pack: Level, replaced: &[u8]) {
        let layout = &self.model.layout;
        let anew =
            pack > before || self.model.switches().reapplied_backup == ReappliedBackup::Replaces;
        if anew {
            self.fields[layout.service_pack_before] = 1 + level_field(before);
            self.fields[layout.service_pack_files.clone()].copy_from_slice(replaced);
            return;
        }
        let has_backup = self.fields[layout.service_pack_before] != 0;
        if has_backup && self.model.switches().reapplied_backup == ReappliedBackup::Adds {
            for (field, present) in layout.service_pack_files.clone().zip(replaced) {
                if self.fields[field] == 0 {
                    self.fields[field] = *present;
                }
            }
        }
    }

    /// Forgets the recorded updates that the service pack contains, then installs the others
    /// again for its level, on the QFE branch, from the copies kept for that.
    fn migrate(&mut self, pack: Level) {
        let layouts = &self.model.layout.updates;
        let contained = |layout: &UpdateLayout| {
            let registered_under = self.model.catalog().update(layout.id).registered_under;
            usize::from(registered_under) <= pack.index()
        };
        let (contained, kept): (Vec<_>, Vec<_>) = layouts
            .iter()
            .filter(|layout| self.fields[layout.record] != 0)
            .partition(|layout| contained(layout));
        if self.model.switches().contained_updates == ContainedUpdates::Forgotten {
            for layout in contained {
                self.forget(layout);
            }
        }
        for layout in kept {
            let release = self.fields[layout.record];
            let facts = self.model.catalog().update(layout.id).release(release);
            if facts.is_some_and(|facts| !facts.table(pack).is_empty()) {
                self.clear_backup(layout);
                self.lay_down(layout.id, release, Branch::Qfe);
                self.record(layout.id, release, level_field(pack));
            }
        }
    }

    pub(crate) fn remove_service_pack(&mut self, pack: Level) -> Result<(), Refusal> {
        if self.level() != pack {
            return Err(Refusal::NotAtLevel(pack));
        }
        let layout = &self.model.layout;
        let before = self.fields[layout.service_pack_before];
        if before == 0 {
            return Err(Refusal::NoServicePackBackup(pack));
        }
        for (slot, field) in layout.service_pack_files.clone().enumerate() {
            let backup = self.fields[field];
            if backup != 0 && *self.file(slot) != 0 {
                *self.file(slot) = backup;
            }
        }
        self.fields[LEVEL] = before - 1;
        self.fields[CACHE] = 0;
        self.fields[layout.service_pack_before] = 0;
        self.fields[layout.service_pack_files.clone()].fill(0);
        Ok(())
    }
}
