//! The parts of a host, by name, for those who look at some of them only.

use crate::{Host, HostView, Model, layout::Layout};
use patchstate_catalog::{ComponentId, FileId, UpdateId};

/// One part of a host. A slot of files that every step treats alike is named by its first file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The level.
    Level,
    /// The level of the base media.
    Base,
    /// The service pack cache.
    Cache,
    /// Whether a component is installed.
    Component(ComponentId),
    /// The copy of a file.
    File(FileId),
    /// Whether there is a service pack backup, and the level that it names.
    ServicePackBefore,
    /// The copy of a file in the service pack backup.
    ServicePackCopy(FileId),
    /// The record of an update.
    Record(UpdateId),
    /// The copy of a file in the backup of an update.
    UpdateCopy(UpdateId, FileId),
    /// Whether any file waits for a restart.
    Waits,
    /// The copy that a file is to become after a restart.
    WaitingCopy(FileId),
}

impl Part {
    /// The file of which the part has a copy.
    #[must_use]
    pub const fn copy_of(self) -> Option<FileId> {
        match self {
            Self::File(file)
            | Self::ServicePackCopy(file)
            | Self::UpdateCopy(_, file)
            | Self::WaitingCopy(file) => Some(file),
            Self::Level
            | Self::Base
            | Self::Cache
            | Self::Component(_)
            | Self::ServicePackBefore
            | Self::Record(_)
            | Self::Waits => None,
        }
    }

    /// Whether the part shows in the files or in the registry of a host.
    #[must_use]
    pub const fn shows(self) -> bool {
        match self {
            Self::Level
            | Self::Base
            | Self::Cache
            | Self::Component(_)
            | Self::File(_)
            | Self::Record(_)
            | Self::Waits
            | Self::WaitingCopy(_) => true,
            Self::ServicePackBefore | Self::ServicePackCopy(_) | Self::UpdateCopy(..) => false,
        }
    }
}

impl Layout {
    /// The part that each field belongs to.
    pub(crate) fn parts(&self, component_count: usize) -> Vec<Part> {
        let first = |slot: usize| {
            let slot = self.slots.get(slot);
            slot.and_then(|slot| slot.files.first()).copied().unwrap_or(FileId(u16::MAX))
        };
        let mut parts = vec![Part::Level, Part::Base, Part::Cache];
        let components = (0..component_count).filter_map(|index| u16::try_from(index).ok());
        parts.extend(components.map(|index| Part::Component(ComponentId(index))));
        parts.extend((0..self.slots.len()).map(|slot| Part::File(first(slot))));
        parts.push(Part::ServicePackBefore);
        parts.extend((0..self.slots.len()).map(|slot| Part::ServicePackCopy(first(slot))));
        for update in &self.updates {
            parts.extend([Part::Record(update.id); 2]);
            let slots = update.slots.iter();
            parts.extend(slots.map(|slot| Part::UpdateCopy(update.id, first(*slot))));
        }
        if let Some(waiting) = &self.waiting {
            parts.push(Part::Waits);
            let slots = waiting.copies.iter().enumerate().filter(|(_, field)| field.is_some());
            parts.extend(slots.map(|(slot, _)| Part::WaitingCopy(first(slot))));
        }
        parts
    }
}

impl Model {
    /// The part that each field of a host belongs to.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        self.layout.parts(self.catalog().components.len())
    }

    /// How many values each field of a host has, in the order of [`Model::parts`].
    #[must_use]
    pub fn value_counts(&self) -> &[u16] {
        &self.layout.value_counts
    }

    /// The host whose fields have these values; `None` where there is no such value or field.
    #[must_use]
    pub fn host_of(&self, values: &[u8]) -> Option<Host> {
        let counts = &self.layout.value_counts;
        let fits = values.iter().zip(counts).all(|(value, count)| u16::from(*value) < *count);
        (fits && values.len() == counts.len()).then(|| Host { fields: values.into() })
    }

    /// The parts that hosts of this model have, each once.
    #[must_use]
    pub fn all_parts(&self) -> Vec<Part> {
        let mut parts = self.parts();
        parts.dedup();
        parts
    }

    /// The files of each slot: those that every step treats alike.
    pub fn slots(&self) -> impl Iterator<Item = &[FileId]> {
        self.layout.slots.iter().map(|slot| slot.files.as_slice())
    }

    /// The updates in scope that bring any of these files.
    #[must_use]
    pub fn updates_of(&self, files: &[FileId]) -> Vec<UpdateId> {
        let touches = |slot: &usize| {
            self.layout.slots.get(*slot).is_some_and(|s| s.files.iter().any(|f| files.contains(f)))
        };
        let updates = self.layout.updates.iter();
        updates.filter(|update| update.slots.iter().any(touches)).map(|update| update.id).collect()
    }

    /// What a host of a model with a larger scope looks like to this one: components and updates
    /// outside this scope are left out, as if they had never been.
    ///
    /// Files that an update outside this scope may have touched are taken to be as the other files
    /// of their slot here. `None` when a slot has only such files.
    #[must_use]
    pub fn adopt(&self, larger: HostView<'_>) -> Option<Host> {
        let parts = self.parts();
        let other = larger.model().parts();
        let known = |file: FileId| {
            let updates = larger.model().updates_of(&[file]);
            updates.iter().all(|update| self.scope().updates.contains(update))
        };
        let mut fields = vec![0; parts.len()];
        let mut taken = 0;
        for (index, part) in parts.iter().enumerate() {
            if matches!(part, Part::Component(id) if !self.scope().components.contains(id)) {
                continue;
            }
            // A record is two fields of one part, in the same order in both models.
            taken = if index > 0 && parts[index - 1] == *part { taken + 1 } else { 0 };
            let representative = |file: FileId| {
                let slot = self.layout.slot_of.get(usize::from(file.0)).copied().flatten()?;
                let files = &self.layout.slots.get(slot)?.files;
                let file = files.iter().copied().find(|file| known(*file))?;
                let slot = larger.model().layout.slot_of[usize::from(file.0)]?;
                larger.model().layout.slots.get(slot)?.files.first().copied()
            };
            let wanted = match *part {
                Part::File(file) => Part::File(representative(file)?),
                Part::ServicePackCopy(file) => Part::ServicePackCopy(representative(file)?),
                Part::UpdateCopy(update, file) => Part::UpdateCopy(update, representative(file)?),
                Part::WaitingCopy(file) => Part::WaitingCopy(representative(file)?),
                Part::Level
                | Part::Base
                | Part::Cache
                | Part::Component(_)
                | Part::ServicePackBefore
                | Part::Record(_)
                | Part::Waits => *part,
            };
            let found = other.iter().enumerate().filter(|(_, part)| **part == wanted);
            let value = found.map(|(index, _)| larger.host().fields[index]).nth(taken)?;
            fields[index] = self.translate(*part, wanted, value, larger.model())?;
        }
        self.layout.note_waiting(&mut fields);
        Some(Host { fields: fields.into() })
    }

    /// The value of a field in this model's numbers: copies are numbered within their slot.
    fn translate(&self, part: Part, wanted: Part, value: u8, larger: &Self) -> Option<u8> {
        let (Some(here), Some(there)) = (part.copy_of(), wanted.copy_of()) else {
            return Some(value);
        };
        let slot = |model: &Self, file: FileId| model.layout.slot_of[usize::from(file.0)];
        let there = larger.layout.slots.get(slot(larger, there)?)?;
        match there.copy(value) {
            None => Some(0),
            Some(copy) => match self.layout.slots.get(slot(self, here)?)?.field(copy) {
                0 => None,
                field => Some(field),
            },
        }
    }
}
