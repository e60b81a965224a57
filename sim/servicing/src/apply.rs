//! What each step does to a host.

use crate::{
    Action, EmptyUpdates, FileCopy, Host, LowerLineage, Model, Store,
    host::{level, level_field},
    layout::{BASE, CACHE, COMPONENTS, LEVEL},
    model::{ComponentSet, bit},
};
use patchstate_catalog::{FileId, UpdateId};
use patchstate_terms::{Branch, Level};

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

/// A step under way: a copy of the host's fields to be changed.
pub(crate) struct Work<'a> {
    pub(crate) model: &'a Model,
    pub(crate) fields: Vec<u8>,
}

impl Model {
    /// Applies a step to a host.
    ///
    /// Total: every action that [`Model::resolve`] gives has an outcome on every host of this
    /// model.
    #[must_use]
    pub fn apply(&self, host: &Host, action: Action) -> Outcome {
        let mut work = Work { model: self, fields: host.fields.to_vec() };
        match work.apply(action) {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(()) if work.fields[..] == host.fields[..] => Outcome::Unchanged,
            Ok(()) => Outcome::Applied(Host { fields: work.fields.into() }),
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

impl Work<'_> {
    fn apply(&mut self, action: Action) -> Result<(), Refusal> {
        match action {
            Action::ApplyServicePack(pack) => self.apply_service_pack(pack),
            Action::RemoveServicePack(pack) => self.remove_service_pack(pack),
            Action::AddComponents { members, media } => self.add_components(members, media),
            Action::RemoveComponents { members } => {
                self.remove_components(members);
                Ok(())
            }
            Action::InstallUpdate { update, release, branch } => {
                self.install_update(update, release, branch)
            }
            Action::RemoveUpdate(update) => self.remove_update(update),
            // A7: old but validly signed files are in the protected cache too.
            Action::CheckSystemFiles => Ok(()),
            Action::CleanCache => {
                self.fields[CACHE] = 0;
                Ok(())
            }
        }
    }

    pub(crate) fn level(&self) -> Level {
        level(self.fields[LEVEL])
    }

    /// The field value of the copy in a slot.
    pub(crate) fn file(&mut self, slot: usize) -> &mut u8 {
        &mut self.fields[self.model.layout.files.start + slot]
    }

    fn installed(&self) -> ComponentSet {
        let components = self.model.catalog().component_ids();
        components.filter(|c| self.fields[COMPONENTS + usize::from(c.0)] == 1).map(bit).sum()
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
        match self.fields[CACHE] {
            0 => (self.fields[BASE] == self.fields[LEVEL]).then(|| self.level()),
            cache => Some(level(cache - 1)),
        }
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
                self.fields[COMPONENTS + usize::from(component.0)] = installed;
            }
        }
        // A component store keeps and services the files itself; components only show them.
        if self.model.switches().store == Store::ComponentStore {
            return;
        }
        let model = self.model;
        for (index, slot) in model.layout.slots.iter().enumerate() {
            if slot.component.is_some_and(|component| changed & bit(component) != 0) {
                *self.file(index) = media.map_or(0, |media| slot.baseline[media.index()]);
            }
        }
    }

    fn install_update(
        &mut self,
        update: UpdateId,
        release: u8,
        branch: Option<Branch>,
    ) -> Result<(), Refusal> {
        let level = self.level();
        let Some(facts) = self.model.catalog().update(update).release(release) else {
            return Err(Refusal::NotForLevel(update, release));
        };
        if facts.table(level).is_empty() {
            return Err(Refusal::NotForLevel(update, release));
        }
        let recorded = self.recorded_release(update);
        if recorded > release {
            return Err(Refusal::LaterRelease(update, recorded));
        }
        if let Some(exit_code) = facts.refuses_lower_lineage
            && let Some(file) = self.lower_lineage_file()
        {
            return Err(Refusal::LowerLineage { update, file, exit_code });
        }
        if self.model.switches().empty_updates == EmptyUpdates::Refused
            && !facts.table(level).iter().any(|package| self.copy(package.file).is_some())
        {
            return Err(Refusal::NoFilePresent(update));
        }
        let branch = branch.unwrap_or_else(|| self.chosen_branch(update, release));
        self.lay_down(update, release, branch);
        self.record(update, release, level_field(level));
        Ok(())
    }

    /// The copy of a file that packages find: with a component store, also while its component is
    /// not installed.
    fn copy(&self, file: FileId) -> Option<FileCopy> {
        let layout = &self.model.layout;
        let slot = layout.slot_of.get(usize::from(file.0)).copied().flatten()?;
        layout.slots.get(slot)?.copy(self.fields[layout.files.start + slot])
    }

    /// The first file of a component whose lineage is below the host's level.
    fn lower_lineage_file(&self) -> Option<FileId> {
        let catalog = self.model.catalog();
        let level = self.level();
        let counts = |copy: FileCopy| {
            let lineage = catalog.lineage(copy.revision);
            lineage < level
                && (self.model.switches().lower_lineage == LowerLineage::All
                    || lineage == Level::Sp1)
        };
        catalog.file_ids().find(|file| {
            catalog.file(*file).component.is_some() && self.copy(*file).is_some_and(counts)
        })
    }
}
