//! What a step does, decided from the fields that all files share: levels, cache, components,
//! records. Each slot gets a program for its own fields.

use crate::{
    Action, ContainedUpdates, InPlace, MigratedBackup, Migration, Model, ReappliedBackup, Refusal,
    Store,
    layout::{BASE, CACHE, COMPONENTS, LEVEL, UpdateLayout},
    model::{ComponentSet, bit},
    program::{Instruction, LiftBackup, Program},
};
use patchstate_catalog::{Release, UpdateId};
use patchstate_terms::{Branch, Level};

/// How far a step is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// To where it ends: what requires a restart may wait for it.
    ByItself,
    /// Through the restart that it requires, if it requires one.
    ThroughRestart,
}

/// A planned step.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The fields of the host, those that all files share as they are after the step.
    pub(crate) fields: Vec<u8>,
    /// The program of each slot.
    pub(crate) programs: Vec<Program>,
}

impl Model {
    /// Plans a step. Of the fields, only those that all files share are looked at. An update comes
    /// with its branch decided; [`Model::guard`] has done that, and has seen to it that nothing
    /// waits for a restart.
    pub(crate) fn plan(&self, fields: &[u8], action: Action) -> Result<Plan, Refusal> {
        self.plan_followed(fields, action, Followed::ByItself)
    }

    /// The same, followed so far.
    pub(crate) fn plan_followed(
        &self,
        fields: &[u8],
        action: Action,
        followed: Followed,
    ) -> Result<Plan, Refusal> {
        let plan =
            Plan { fields: fields.to_vec(), programs: vec![Vec::new(); self.layout.slots.len()] };
        let mut planner = Planner { model: self, plan, followed };
        match action {
            Action::ApplyServicePack(pack) => planner.apply_service_pack(pack)?,
            Action::RemoveServicePack(pack) => planner.remove_service_pack(pack)?,
            Action::AddComponents { members, media } => planner.add_components(members, media)?,
            Action::RemoveComponents { members } => planner.remove_components(members),
            Action::InstallUpdate { update, release, branch } => {
                planner.install_update(update, release, branch.unwrap_or(Branch::Gdr))?;
            }
            Action::RemoveUpdate(update) => planner.remove_update(update)?,
            Action::CheckSystemFiles => planner.check_system_files()?,
            Action::Restart => planner.restart(),
            Action::CleanCache => planner.plan.fields[CACHE] = 0,
        }
        Ok(planner.plan)
    }

    /// An update's layout and its place, if it is in scope.
    pub(crate) fn layout_of(&self, update: UpdateId) -> Option<(usize, &UpdateLayout)> {
        self.layout.updates.iter().enumerate().find(|(_, layout)| layout.id == update)
    }

    /// Whether an installed or removed release has its files in place only after a restart.
    fn defers(&self, update: UpdateId, release: u8) -> bool {
        self.switches().in_place == InPlace::AtRestart
            && self.catalog().update(update).release(release).is_some_and(Release::requires_restart)
    }
}

struct Planner<'a> {
    model: &'a Model,
    plan: Plan,
    followed: Followed,
}

impl<'a> Planner<'a> {
    fn level(&self) -> Level {
        self.model.layout.level(self.plan.fields[LEVEL])
    }

    fn push(&mut self, slot: usize, instruction: Instruction) {
        if let Some(program) = self.plan.programs.get_mut(slot) {
            program.push(instruction);
        }
    }

    fn installed(&self) -> ComponentSet {
        let fields = &self.plan.fields;
        let components = self.model.catalog().component_ids();
        components.filter(|c| fields[COMPONENTS + usize::from(c.0)] == 1).map(bit).sum()
    }

    fn add_components(
        &mut self,
        members: ComponentSet,
        media: Option<Level>,
    ) -> Result<(), Refusal> {
        let missing = self.closure(members, &self.model.with_needs) & !self.installed();
        if missing & members == 0 {
            return Ok(());
        }
        let media = match media {
            Some(media) => media,
            None => self.setup_source().ok_or(Refusal::AsksForMedia)?,
        };
        self.set_components(missing, 1, Some(media));
        Ok(())
    }

    /// Where Setup takes files from by its own route.
    fn setup_source(&self) -> Option<Level> {
        if !self.model.catalog().product.service_pack_cache {
            return Some(self.model.layout.level(self.plan.fields[BASE]));
        }
        match self.plan.fields[CACHE] {
            0 => (self.plan.fields[BASE] == self.plan.fields[LEVEL]).then(|| self.level()),
            cache => Some(self.model.layout.level(cache - 1)),
        }
    }

    /// A7: it repairs nothing, since old but validly signed files are in its cache too.
    fn check_system_files(&self) -> Result<(), Refusal> {
        if self.model.catalog().product.system_file_checker {
            return Ok(());
        }
        Err(Refusal::NoSystemFileChecker)
    }

    fn remove_components(&mut self, members: ComponentSet) {
        let present = members & self.installed();
        let leaving = self.closure(present, &self.model.with_dependents) & self.installed();
        self.set_components(leaving, 0, None);
    }

    fn closure(&self, members: ComponentSet, sets: &[ComponentSet]) -> ComponentSet {
        let ids = self.model.catalog().component_ids();
        ids.filter(|c| members & bit(*c) != 0).fold(0, |all, c| all | sets[usize::from(c.0)])
    }

    fn set_components(&mut self, changed: ComponentSet, installed: u8, media: Option<Level>) {
        for component in self.model.catalog().component_ids() {
            if changed & bit(component) != 0 {
                self.plan.fields[COMPONENTS + usize::from(component.0)] = installed;
            }
        }
        // A component store keeps and services the files itself; components only show them.
        if self.model.switches().store == Store::ComponentStore {
            return;
        }
        for (index, slot) in self.model.layout.slots.iter().enumerate() {
            if slot.component.is_some_and(|component| changed & bit(component) != 0) {
                let place = media.and_then(|media| self.model.layout.place_of(media));
                let copy = place.map_or(0, |place| slot.baseline[usize::from(place)]);
                self.push(index, Instruction::Place(copy));
            }
        }
    }

    fn install_update(
        &mut self,
        update: UpdateId,
        release: u8,
        branch: Branch,
    ) -> Result<(), Refusal> {
        self.model.check_release(&self.plan.fields, update, release)?;
        self.lay_down(update, release, branch);
        self.record(update, release);
        self.defer(update, release);
        Ok(())
    }

    /// Records a release for the host's level.
    fn record(&mut self, update: UpdateId, release: u8) {
        if let Some((_, layout)) = self.model.layout_of(update) {
            self.plan.fields[layout.record] = release;
            self.plan.fields[layout.level()] = self.plan.fields[LEVEL];
        }
    }

    fn lay_down(&mut self, update: UpdateId, release: u8, branch: Branch) {
        let Some((place, layout)) = self.model.layout_of(update) else { return };
        let level = usize::from(self.plan.fields[LEVEL]);
        for package in layout.table(release, level) {
            let copy = match branch {
                Branch::Gdr => package.gdr,
                Branch::Qfe => package.qfe.max(self.newest_recorded(package.slot, level)),
            };
            self.push(package.slot, Instruction::LayDown { copy, update: place });
        }
    }

    /// The newest QFE copy of a file that recorded updates keep for a level; 0 for none.
    fn newest_recorded(&self, slot: usize, level: usize) -> u8 {
        let layouts = self.model.layout.updates.iter();
        let tables = layouts.map(|layout| layout.table(self.plan.fields[layout.record], level));
        tables.flatten().filter(|package| package.slot == slot).map(|p| p.qfe).max().unwrap_or(0)
    }

    fn remove_update(&mut self, update: UpdateId) -> Result<(), Refusal> {
        let layout = self.model.layout_of(update);
        let layout = layout.filter(|(_, layout)| self.plan.fields[layout.record] > 0);
        let (place, layout) = layout.ok_or(Refusal::NotRecorded(update))?;
        let release = self.plan.fields[layout.record];
        for slot in &layout.slots {
            self.push(*slot, Instruction::RestoreUpdate(place));
        }
        self.forget_record(layout);
        self.defer(update, release);
        Ok(())
    }

    /// Lets the files that the step replaces wait for a restart, where a release requires one.
    fn defer(&mut self, update: UpdateId, release: u8) {
        if self.followed == Followed::ThroughRestart || !self.model.defers(update, release) {
            return;
        }
        for program in self.plan.programs.iter_mut().filter(|program| !program.is_empty()) {
            program.insert(0, Instruction::Keep);
            program.push(Instruction::Defer);
        }
    }

    /// Puts everything in place that waits.
    fn restart(&mut self) {
        let Some(waiting) = &self.model.layout.waiting else { return };
        for slot in (0..waiting.copies.len()).filter(|slot| waiting.copies[*slot].is_some()) {
            self.push(slot, Instruction::PutInPlace);
        }
        self.plan.fields[waiting.any] = 0;
    }

    fn forget_record(&mut self, layout: &UpdateLayout) {
        self.plan.fields[layout.record] = 0;
        self.plan.fields[layout.level()] = 0;
    }

    fn clear_backup(&mut self, place: usize, layout: &UpdateLayout) {
        for slot in &layout.slots {
            self.push(*slot, Instruction::ClearBackup(place));
        }
    }

    fn apply_service_pack(&mut self, pack: Level) -> Result<(), Refusal> {
        let of_architecture = self.model.facts().service_packs.contains(&pack);
        let place = self.model.layout.place_of(pack).filter(|_| of_architecture);
        let place = place.ok_or(Refusal::NoSuchServicePack(pack))?;
        let before = self.level();
        if before > pack {
            return Err(Refusal::OlderServicePack(pack));
        }
        let backup = self.back_up(pack > before);
        for (index, slot) in self.model.layout.slots.iter().enumerate() {
            let baseline = slot.baseline[usize::from(place)];
            self.push(index, Instruction::Lift { baseline, backup });
        }
        self.plan.fields[LEVEL] = place;
        if self.model.catalog().product.service_pack_cache {
            self.plan.fields[CACHE] = 1 + place;
        }
        if pack > before || self.model.switches().migration == Migration::Always {
            self.migrate(pack);
        }
        Ok(())
    }

    /// What becomes of the service pack backup, and the level before that it names.
    fn back_up(&mut self, rises: bool) -> LiftBackup {
        let field = self.model.layout.service_pack_before;
        let reapplied = self.model.switches().reapplied_backup;
        if rises || reapplied == ReappliedBackup::Replaces {
            self.plan.fields[field] = 1 + self.plan.fields[LEVEL];
            return LiftBackup::Anew;
        }
        match reapplied {
            ReappliedBackup::Adds if self.plan.fields[field] != 0 => LiftBackup::Add,
            ReappliedBackup::Adds | ReappliedBackup::Replaces | ReappliedBackup::Keeps => {
                LiftBackup::Keep
            }
        }
    }

    /// Forgets the recorded updates that the service pack contains, then installs the others
    /// again for its level, on the QFE branch, from the copies kept for that. What laying down
    /// finds in a backup stays there.
    fn migrate(&mut self, pack: Level) {
        let contained = |layout: &UpdateLayout| {
            let registered_under = self.model.catalog().update(layout.id).registered_under;
            registered_under <= pack.number()
        };
        let layouts: Vec<(usize, &'a UpdateLayout)> =
            self.model.layout.updates.iter().enumerate().collect();
        let recorded =
            layouts.into_iter().filter(|(_, layout)| self.plan.fields[layout.record] != 0);
        let (contained, kept): (Vec<_>, Vec<_>) =
            recorded.partition(|(_, layout)| contained(layout));
        if self.model.switches().contained_updates == ContainedUpdates::Forgotten {
            for (place, layout) in contained {
                self.clear_backup(place, layout);
                self.forget_record(layout);
            }
        }
        for (place, layout) in kept {
            let release = self.plan.fields[layout.record];
            let facts = self.model.catalog().update(layout.id).release(release);
            if facts.is_some_and(|facts| !facts.table(pack).is_empty()) {
                if self.model.switches().migrated_backup == MigratedBackup::Anew {
                    self.clear_backup(place, layout);
                }
                self.lay_down(layout.id, release, Branch::Qfe);
                self.record(layout.id, release);
            }
        }
    }

    fn remove_service_pack(&mut self, pack: Level) -> Result<(), Refusal> {
        if self.level() != pack {
            return Err(Refusal::NotAtLevel(pack));
        }
        let field = self.model.layout.service_pack_before;
        let before = self.plan.fields[field];
        if before == 0 {
            return Err(Refusal::NoServicePackBackup(pack));
        }
        for slot in 0..self.model.layout.slots.len() {
            self.push(slot, Instruction::RestoreServicePack);
        }
        self.plan.fields[LEVEL] = before - 1;
        self.plan.fields[CACHE] = 0;
        self.plan.fields[field] = 0;
        Ok(())
    }
}
