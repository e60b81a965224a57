//! The view that gives the fields of a host their meaning.

use crate::{FileCopy, Host, Model, layout};
use patchstate_catalog::{ComponentId, FileId, UpdateId};
use patchstate_terms::{Architecture, Level, WindowsPath};

/// A host together with its model, for reading.
#[derive(Clone, Copy)]
pub struct HostView<'a> {
    pub(crate) model: &'a Model,
    pub(crate) host: &'a Host,
}

/// A recorded update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The update.
    pub update: UpdateId,
    /// The recorded release, from 1.
    pub release: u8,
    /// The level that its files were installed for.
    pub level: Level,
    /// What was on disk before each file was replaced.
    pub backup: Vec<(FileId, FileCopy)>,
}

impl<'a> HostView<'a> {
    fn field(self, index: usize) -> u8 {
        self.host.fields.get(index).copied().unwrap_or(0)
    }

    /// The model.
    #[must_use]
    pub fn model(self) -> &'a Model {
        self.model
    }

    /// The host.
    #[must_use]
    pub fn host(self) -> &'a Host {
        self.host
    }

    /// The architecture.
    #[must_use]
    pub fn architecture(self) -> Architecture {
        self.model.architecture()
    }

    /// The level of the operating system.
    #[must_use]
    pub fn level(self) -> Level {
        self.model.layout.level(self.field(layout::LEVEL))
    }

    /// The level of the media that the operating system was installed from.
    #[must_use]
    pub fn base(self) -> Level {
        self.model.layout.level(self.field(layout::BASE))
    }

    /// The level of the service pack cache, if there is one.
    #[must_use]
    pub fn cache(self) -> Option<Level> {
        let place = self.field(layout::CACHE).checked_sub(1)?;
        Some(self.model.layout.level(place))
    }

    /// Whether a component is installed.
    #[must_use]
    pub fn has(self, component: ComponentId) -> bool {
        self.field(layout::COMPONENTS + usize::from(component.0)) == 1
    }

    /// The installed components, in the order of the catalog.
    pub fn components(self) -> impl Iterator<Item = ComponentId> + 'a {
        self.model.catalog().component_ids().filter(move |component| self.has(*component))
    }

    /// The copy of a file, or `None` when it is not there.
    #[must_use]
    pub fn file(self, file: FileId) -> Option<FileCopy> {
        let slot = self.model.layout.slot_of.get(usize::from(file.0)).copied().flatten()?;
        self.visible(slot)
    }

    /// The copy of a file that servicing sees: with a component store, also while its component is
    /// not installed.
    #[must_use]
    pub fn serviced_file(self, file: FileId) -> Option<FileCopy> {
        let layout = &self.model.layout;
        let slot = layout.slot_of.get(usize::from(file.0)).copied().flatten()?;
        layout.slots.get(slot)?.copy(self.field(layout.files.start + slot))
    }

    /// The copy that a file is to become after a restart; `None` where it stays as it is.
    #[must_use]
    pub fn waiting(self, file: FileId) -> Option<FileCopy> {
        self.file(file)?;
        let layout = &self.model.layout;
        let slot = layout.slot_of.get(usize::from(file.0)).copied().flatten()?;
        layout.slots.get(slot)?.copy(self.field(layout.waiting_copy(slot)?))
    }

    /// Every file that waits for a restart, with the copy that it is to become, in the order of the
    /// catalog.
    pub fn waiting_files(self) -> impl Iterator<Item = (FileId, FileCopy)> + 'a {
        let files = self.model.catalog().file_ids();
        files.filter_map(move |file| self.waiting(file).map(|copy| (file, copy)))
    }

    /// Where a copy stands that waits to take the place of a file; `None` where the catalog knows
    /// no place.
    #[must_use]
    pub fn waiting_path(self, file: FileId) -> Option<WindowsPath> {
        let catalog = self.model.catalog();
        let suffix = catalog.synthetic.waiting_suffix.as_ref()?;
        format!("{}{suffix}", catalog.file(file).path).parse().ok()
    }

    /// Whether anything waits for a restart, also in a component store where nobody sees it.
    #[must_use]
    pub fn waits(self) -> bool {
        self.model.layout.waits(&self.host.fields)
    }

    /// The copy in a slot as the running system sees it: a component store may hold copies of
    /// components that are not installed.
    fn visible(self, slot: usize) -> Option<FileCopy> {
        let facts = self.model.layout.slots.get(slot)?;
        if facts.component.is_some_and(|component| !self.has(component)) {
            return None;
        }
        facts.copy(self.field(self.model.layout.files.start + slot))
    }

    /// Every file that is there, in the order of the catalog.
    pub fn files(self) -> impl Iterator<Item = (FileId, FileCopy)> + 'a {
        let files = self.model.catalog().file_ids();
        files.filter_map(move |file| self.file(file).map(|copy| (file, copy)))
    }

    /// The recorded updates, in the order of the catalog, each with its release and the level that
    /// its files were installed for.
    pub(crate) fn recorded(self) -> impl Iterator<Item = (UpdateId, u8, Level)> + 'a {
        self.model.layout.updates.iter().filter_map(move |update| {
            let release = self.field(update.record);
            let level = self.model.layout.level(self.field(update.level()));
            (release > 0).then_some((update.id, release, level))
        })
    }

    /// The recorded updates with their backups, in the order of the catalog.
    pub fn records(self) -> impl Iterator<Item = Record> + 'a {
        self.model.layout.updates.iter().filter_map(move |update| {
            let release = self.field(update.record);
            let backup = update.slots.iter().enumerate();
            let backup = backup.map(|(i, slot)| (*slot, self.field(update.record + 2 + i)));
            (release > 0).then(|| Record {
                update: update.id,
                release,
                level: self.model.layout.level(self.field(update.level())),
                backup: self.expand(backup),
            })
        })
    }

    /// The service pack backup: the level before and what was on disk; `None` for no backup.
    #[must_use]
    pub fn service_pack_backup(self) -> Option<(Level, Vec<(FileId, FileCopy)>)> {
        let before = self.field(self.model.layout.service_pack_before).checked_sub(1)?;
        let files = self.model.layout.service_pack_files.clone().enumerate();
        let files = files.map(|(slot, field)| (slot, self.field(field)));
        Some((self.model.layout.level(before), self.expand(files)))
    }

    /// Slots with field values to files with copies, in the order of the catalog.
    fn expand(self, slots: impl Iterator<Item = (usize, u8)>) -> Vec<(FileId, FileCopy)> {
        let mut files = Vec::new();
        for (slot, field) in slots {
            if let Some(facts) = self.model.layout.slots.get(slot)
                && let Some(copy) = facts.copy(field)
            {
                files.extend(facts.files.iter().map(|file| (*file, copy)));
            }
        }
        files.sort_unstable();
        files
    }
}

impl Model {
    /// Gives the fields of a host their meaning.
    #[must_use]
    pub fn view<'a>(&'a self, host: &'a Host) -> HostView<'a> {
        HostView { model: self, host }
    }
}
