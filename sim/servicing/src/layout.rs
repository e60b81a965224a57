//! What a host is made of, and where each part stands in its fields.
//!
//! A host is a row of small numbers, one byte each. Every number has a known count of values, so
//! that hosts pack into few bits without loss. Files that every step treats alike share a *slot*:
//! the same component, and the same place in every package.

use crate::copy::FileCopy;
use patchstate_catalog::{Catalog, ComponentId, FileId, PackageFile, Release, UpdateId};
use patchstate_terms::{Branch, Level};
use std::{collections::BTreeMap, ops::Range};

/// Field with the level: its place in [`Layout::levels`].
pub(crate) const LEVEL: usize = 0;
/// Field with the level of the base media.
pub(crate) const BASE: usize = 1;
/// Field with the service pack cache: 0 for none, else 1 + level.
pub(crate) const CACHE: usize = 2;
/// First of the fields with the components: 1 for installed.
pub(crate) const COMPONENTS: usize = 3;

/// The number of a slot.
pub(crate) type SlotIndex = usize;

/// Files that every step treats alike.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// The files, in the order of the catalog; never empty.
    pub(crate) files: Vec<FileId>,
    /// The component that owns them; `None` for the operating system.
    pub(crate) component: Option<ComponentId>,
    /// Every copy that can be there, in ascending order. A field holds 0 for "not there", else
    /// 1 + the index here; so a higher number is a newer copy.
    pub(crate) copies: Vec<FileCopy>,
    /// The field value of the untouched copy of each level, by its place.
    pub(crate) baseline: Vec<u8>,
}

impl Slot {
    /// The field value of a copy; 0 for one that cannot be there.
    pub(crate) fn field(&self, copy: FileCopy) -> u8 {
        let found = self.copies.binary_search(&copy).ok();
        found.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or(0)
    }

    /// The copy for a field value; `None` for 0.
    pub(crate) fn copy(&self, field: u8) -> Option<FileCopy> {
        usize::from(field).checked_sub(1).and_then(|index| self.copies.get(index)).copied()
    }
}

/// What a package puts into one slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotPackage {
    pub(crate) slot: SlotIndex,
    /// Field value of the GDR copy; 0 where the package has none.
    pub(crate) gdr: u8,
    /// Field value of the QFE copy.
    pub(crate) qfe: u8,
}

/// One update, laid out.
#[derive(Debug, Clone)]
pub(crate) struct UpdateLayout {
    pub(crate) id: UpdateId,
    /// Field with the recorded release; 0 for not recorded. The level follows, then the backup.
    pub(crate) record: usize,
    /// The slots that any release touches at any level, ascending; one backup field for each.
    pub(crate) slots: Vec<SlotIndex>,
    /// Per release (index 0 for release 1) and place of a level: what the package brings.
    pub(crate) tables: Vec<Vec<Vec<SlotPackage>>>,
}

impl UpdateLayout {
    /// Field with the level that the recorded release was installed for.
    pub(crate) fn level(&self) -> usize {
        self.record + 1
    }

    /// Field with the backup of a slot of this update.
    pub(crate) fn backup(&self, slot: SlotIndex) -> Option<usize> {
        self.slots.binary_search(&slot).ok().map(|index| self.record + 2 + index)
    }

    /// The package of a release (from 1) for the level at a place; empty where there is none.
    pub(crate) fn table(&self, release: u8, level: usize) -> &[SlotPackage] {
        let release = usize::from(release).checked_sub(1).and_then(|i| self.tables.get(i));
        release.and_then(|tables| tables.get(level)).map_or(&[], Vec::as_slice)
    }
}

/// The fields with what waits for a restart.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// Field that says whether any file waits: 1 for yes. It follows from the others, and tells in
    /// one place what they tell together.
    pub(crate) any: usize,
    /// For each slot the field with the copy that its files are to become, 0 for none; `None` for
    /// slots that no update touches which requires a restart.
    pub(crate) copies: Vec<Option<usize>>,
}

/// Where everything stands.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The levels of the catalog, lowest first. A field holds the place of one here.
    pub(crate) levels: Vec<Level>,
    pub(crate) slots: Vec<Slot>,
    /// Slot of each file of the catalog; `None` for files outside the scope.
    pub(crate) slot_of: Vec<Option<SlotIndex>>,
    /// The fields with the slots.
    pub(crate) files: Range<usize>,
    /// Field with the level before the service pack: 0 for no backup, else 1 + level.
    pub(crate) service_pack_before: usize,
    /// The fields with the service pack's backup, one for each slot.
    pub(crate) service_pack_files: Range<usize>,
    pub(crate) updates: Vec<UpdateLayout>,
    /// Where what waits for a restart stands; `None` where nothing can wait.
    pub(crate) waiting: Option<Waiting>,
    /// How many values each field has.
    pub(crate) value_counts: Vec<u16>,
}

/// The signature of a file: two files with the same one are treated alike by every step.
type Signature = (Option<ComponentId>, Vec<(usize, usize, Level, [u16; 2])>);

impl Layout {
    /// The level at a place; fields hold places of levels that there are.
    pub(crate) fn level(&self, place: u8) -> Level {
        self.levels[usize::from(place)]
    }

    /// The place of a level of the catalog.
    pub(crate) fn place_of(&self, level: Level) -> Option<u8> {
        let place = self.levels.iter().position(|other| *other == level)?;
        u8::try_from(place).ok()
    }

    /// Lays out hosts of a catalog with these components and updates. With `share`, files that
    /// every step treats alike share a slot; without, each has its own. With `defer`, files can
    /// wait for a restart.
    pub(crate) fn new(
        catalog: &Catalog,
        components: &[ComponentId],
        updates: &[UpdateId],
        (share, defer): (bool, bool),
    ) -> Self {
        let in_scope = |file: &FileId| {
            let owner = catalog.file(*file).component;
            owner.is_none_or(|component| components.contains(&component))
        };
        let mut groups: BTreeMap<(Signature, Option<FileId>), Vec<FileId>> = BTreeMap::new();
        for file in catalog.file_ids().filter(in_scope) {
            let alone = (!share).then_some(file);
            groups.entry((signature(catalog, updates, file), alone)).or_default().push(file);
        }
        let mut members: Vec<Vec<FileId>> = groups.into_values().collect();
        members.sort();
        let slots: Vec<Slot> =
            members.into_iter().map(|files| slot(catalog, updates, files)).collect();
        let mut slot_of = vec![None; catalog.files.len()];
        for (index, slot) in slots.iter().enumerate() {
            for file in &slot.files {
                slot_of[usize::from(file.0)] = Some(index);
            }
        }
        let mut layout = Self::place(catalog, slots, slot_of, updates);
        if defer {
            layout.place_waiting(catalog);
        }
        layout
    }

    fn place(
        catalog: &Catalog,
        slots: Vec<Slot>,
        slot_of: Vec<Option<SlotIndex>>,
        updates: &[UpdateId],
    ) -> Self {
        let counts: Vec<u16> = slots.iter().map(|slot| field_count(slot.copies.len())).collect();
        let levels: Vec<Level> = catalog.level_ids().collect();
        let (level_count, or_none) = (field_count(levels.len()) - 1, field_count(levels.len()));
        let mut value_counts = vec![level_count, level_count, or_none];
        value_counts.extend(catalog.components.iter().map(|_| 2));
        let files = value_counts.len()..value_counts.len() + slots.len();
        value_counts.extend(&counts);
        let service_pack_before = value_counts.len();
        value_counts.push(or_none);
        let service_pack_files = value_counts.len()..value_counts.len() + slots.len();
        value_counts.extend(&counts);
        let mut layouts = Vec::with_capacity(updates.len());
        for id in updates {
            let layout = update_layout(catalog, *id, value_counts.len(), &slots, &slot_of);
            value_counts.push(field_count(layout.tables.len()));
            value_counts.push(level_count);
            value_counts.extend(layout.slots.iter().map(|slot| counts[*slot]));
            layouts.push(layout);
        }
        Self {
            levels,
            slots,
            slot_of,
            files,
            service_pack_before,
            service_pack_files,
            updates: layouts,
            waiting: None,
            value_counts,
        }
    }

    /// Lays out what can wait for a restart, behind everything else.
    fn place_waiting(&mut self, catalog: &Catalog) {
        let any = self.value_counts.len();
        self.value_counts.push(2);
        let mut copies = vec![None; self.slots.len()];
        for update in &self.updates {
            let mut releases = catalog.update(update.id).releases.iter();
            if releases.any(Release::requires_restart) {
                update.slots.iter().for_each(|slot| copies[*slot] = Some(0));
            }
        }
        for (copy, slot) in copies.iter_mut().zip(&self.slots) {
            if let Some(field) = copy {
                *field = self.value_counts.len();
                self.value_counts.push(field_count(slot.copies.len()));
            }
        }
        self.waiting = Some(Waiting { any, copies });
    }

    /// The field with the copy that waits in a slot.
    pub(crate) fn waiting_copy(&self, slot: SlotIndex) -> Option<usize> {
        self.waiting.as_ref()?.copies.get(slot).copied().flatten()
    }

    /// Whether any file of a host waits for a restart.
    pub(crate) fn waits(&self, fields: &[u8]) -> bool {
        let any = self.waiting.as_ref().and_then(|waiting| fields.get(waiting.any));
        any.is_some_and(|any| *any == 1)
    }

    /// Notes whether any file waits for a restart.
    pub(crate) fn note_waiting(&self, fields: &mut [u8]) {
        let Some(waiting) = &self.waiting else { return };
        let any = waiting.copies.iter().flatten().any(|field| fields[*field] != 0);
        fields[waiting.any] = u8::from(any);
    }
}

/// One more than `count`: for "not there".
fn field_count(count: usize) -> u16 {
    u16::try_from(count + 1).unwrap_or(u16::MAX)
}

/// Every place where a package in scope has the file: update, release, level, its revisions.
fn signature(catalog: &Catalog, updates: &[UpdateId], file: FileId) -> Signature {
    let mut places = Vec::new();
    for (index, update) in updates.iter().enumerate() {
        for (number, release) in catalog.update(*update).releases.iter().enumerate() {
            for level in catalog.level_ids() {
                for package in release.table(level).iter().filter(|p| p.file == file) {
                    let revisions = Branch::ALL.map(|branch| package.revision_on(branch));
                    places.push((index, number, level, revisions));
                }
            }
        }
    }
    (catalog.file(file).component, places)
}

fn slot(catalog: &Catalog, updates: &[UpdateId], files: Vec<FileId>) -> Slot {
    let first = files.first().copied();
    let gdr = |revision| FileCopy { revision, branch: Branch::Gdr };
    let mut copies: Vec<FileCopy> = catalog.levels.iter().map(|l| gdr(l.revision)).collect();
    for update in updates.iter().map(|id| catalog.update(*id)) {
        let tables = update.releases.iter().flat_map(Release::all_files);
        for package in tables.filter(|package| Some(package.file) == first) {
            copies.push(FileCopy { revision: package.qfe_revision, branch: Branch::Qfe });
            if !update.qfe_only {
                copies.push(gdr(package.revision));
            }
        }
    }
    copies.sort_unstable();
    copies.dedup();
    let component = first.and_then(|file| catalog.file(file).component);
    let mut slot = Slot { files, component, copies, baseline: Vec::new() };
    slot.baseline = catalog.levels.iter().map(|l| slot.field(gdr(l.revision))).collect();
    slot
}

fn update_layout(
    catalog: &Catalog,
    id: UpdateId,
    record: usize,
    slots: &[Slot],
    slot_of: &[Option<SlotIndex>],
) -> UpdateLayout {
    let update = catalog.update(id);
    let package = |file: &PackageFile| {
        let slot = slot_of.get(usize::from(file.file.0)).copied().flatten()?;
        let copy = |branch| FileCopy { revision: file.revision_on(branch), branch };
        let gdr = if update.qfe_only { 0 } else { slots[slot].field(copy(Branch::Gdr)) };
        Some(SlotPackage { slot, gdr, qfe: slots[slot].field(copy(Branch::Qfe)) })
    };
    let table = |files: &[PackageFile]| {
        let mut table: Vec<SlotPackage> = files.iter().filter_map(package).collect();
        table.sort_by_key(|package| package.slot);
        table.dedup_by_key(|package| package.slot);
        table
    };
    let of_levels = |r: &Release| catalog.level_ids().map(|level| table(r.table(level))).collect();
    let tables: Vec<Vec<Vec<SlotPackage>>> = update.releases.iter().map(of_levels).collect();
    let mut touched: Vec<SlotIndex> =
        tables.iter().flatten().flatten().map(|package| package.slot).collect();
    touched.sort_unstable();
    touched.dedup();
    UpdateLayout { id, record, slots: touched, tables }
}
