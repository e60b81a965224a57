//! What a step does to one slot: a short program over the slot's own fields.
//!
//! A program needs nothing but the copy that is present, its backups and what waits to take its
//! place, so slots do not depend on each other once a step is planned.

use crate::layout::{Layout, SlotIndex};

/// The fields of one slot, as values: 0 for "not there", else a copy; higher is newer.
pub(crate) trait SlotFields {
    /// The copy that is present.
    fn file(&self) -> u8;
    /// Sets the copy that is present.
    fn set_file(&mut self, copy: u8);
    /// The copy in the service pack backup.
    fn service_pack_backup(&self) -> u8;
    /// Sets the copy in the service pack backup.
    fn set_service_pack_backup(&mut self, copy: u8);
    /// The copy in the backup of an update, by the update's place in the layout.
    fn backup(&self, update: usize) -> u8;
    /// Sets the copy in the backup of an update.
    fn set_backup(&mut self, update: usize, copy: u8);
    /// The copy that waits for a restart.
    fn waiting(&self) -> u8;
    /// Sets the copy that waits for a restart.
    fn set_waiting(&mut self, copy: u8);
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Instruction {
    /// A component comes or goes: the copy becomes this one, whatever was there.
    Place(u8),
    /// A service pack lifts an older copy to this one.
    Lift {
        /// The service pack's copy.
        baseline: u8,
        /// What becomes of the service pack backup.
        backup: LiftBackup,
    },
    /// A service pack is removed: what it backed up is put back where a copy is present.
    RestoreServicePack,
    /// A package lays down a copy where an older one is present, and backs that one up unless the
    /// backup holds one already.
    LayDown {
        /// The package's copy.
        copy: u8,
        /// The update, by its place in the layout.
        update: usize,
    },
    /// An update is removed: what it backed up is put back where a copy is present.
    RestoreUpdate(usize),
    /// The backup of an update goes.
    ClearBackup(usize),
    /// The copy that is present is kept, for [`Defer`](Self::Defer).
    Keep,
    /// The copy that was kept is present again; the one that had taken its place waits for a
    /// restart.
    Defer,
    /// The copy that waits for a restart is put in place.
    PutInPlace,
}

/// What becomes of the service pack backup when a copy is lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LiftBackup {
    /// It is made anew: the copy that is replaced, or none.
    Anew,
    /// It takes the copy that is replaced, unless it holds one.
    Add,
    /// It stays as it is.
    Keep,
}

/// The instructions for one slot, in order.
pub(crate) type Program = Vec<Instruction>;

/// Carries out one instruction.
pub(crate) fn carry_out(instruction: Instruction, slot: &mut impl SlotFields) {
    let present = slot.file();
    match instruction {
        Instruction::Place(copy) => slot.set_file(copy),
        Instruction::Lift { baseline, backup } => {
            let replaced = if present != 0 && present < baseline { present } else { 0 };
            if replaced != 0 {
                slot.set_file(baseline);
            }
            match backup {
                LiftBackup::Anew => slot.set_service_pack_backup(replaced),
                LiftBackup::Add if slot.service_pack_backup() == 0 => {
                    slot.set_service_pack_backup(replaced);
                }
                LiftBackup::Add | LiftBackup::Keep => {}
            }
        }
        Instruction::RestoreServicePack => {
            let backup = slot.service_pack_backup();
            if backup != 0 && present != 0 {
                slot.set_file(backup);
            }
            slot.set_service_pack_backup(0);
        }
        Instruction::LayDown { copy, update } => {
            if present != 0 && present < copy {
                slot.set_file(copy);
                if slot.backup(update) == 0 {
                    slot.set_backup(update, present);
                }
            }
        }
        Instruction::RestoreUpdate(update) => {
            let backup = slot.backup(update);
            if backup != 0 && present != 0 {
                slot.set_file(backup);
            }
            slot.set_backup(update, 0);
        }
        Instruction::ClearBackup(update) => slot.set_backup(update, 0),
        Instruction::Keep => slot.set_waiting(present),
        Instruction::Defer => {
            let before = slot.waiting();
            slot.set_waiting(if present == before { 0 } else { present });
            slot.set_file(before);
        }
        Instruction::PutInPlace => {
            let waiting = slot.waiting();
            if waiting != 0 {
                slot.set_file(waiting);
            }
            slot.set_waiting(0);
        }
    }
}

/// The fields of a slot among those of a host.
struct InHost<'a> {
    layout: &'a Layout,
    slot: SlotIndex,
    fields: &'a mut [u8],
}

impl InHost<'_> {
    fn backup_field(&self, update: usize) -> Option<usize> {
        self.layout.updates.get(update).and_then(|update| update.backup(self.slot))
    }
}

impl SlotFields for InHost<'_> {
    fn file(&self) -> u8 {
        self.fields[self.layout.files.start + self.slot]
    }

    fn set_file(&mut self, copy: u8) {
        self.fields[self.layout.files.start + self.slot] = copy;
    }

    fn service_pack_backup(&self) -> u8 {
        self.fields[self.layout.service_pack_files.start + self.slot]
    }

    fn set_service_pack_backup(&mut self, copy: u8) {
        self.fields[self.layout.service_pack_files.start + self.slot] = copy;
    }

    fn backup(&self, update: usize) -> u8 {
        self.backup_field(update).map_or(0, |field| self.fields[field])
    }

    fn set_backup(&mut self, update: usize, copy: u8) {
        if let Some(field) = self.backup_field(update) {
            self.fields[field] = copy;
        }
    }

    fn waiting(&self) -> u8 {
        self.layout.waiting_copy(self.slot).map_or(0, |field| self.fields[field])
    }

    fn set_waiting(&mut self, copy: u8) {
        if let Some(field) = self.layout.waiting_copy(self.slot) {
            self.fields[field] = copy;
        }
    }
}

impl Layout {
    /// Carries out the program of a slot on the fields of a host.
    pub(crate) fn carry_out(&self, program: &Program, slot: SlotIndex, fields: &mut [u8]) {
        let mut in_host = InHost { layout: self, slot, fields };
        for instruction in program {
            carry_out(*instruction, &mut in_host);
        }
    }

    /// The field that an instruction may look at beside the file: a backup, or what waits for a
    /// restart. `None` where the slot has none.
    pub(crate) fn beside_file(&self, slot: SlotIndex, instruction: Instruction) -> Option<usize> {
        match instruction {
            Instruction::Place(_) | Instruction::Lift { .. } | Instruction::RestoreServicePack => {
                Some(self.service_pack_files.start + slot)
            }
            Instruction::Keep | Instruction::Defer | Instruction::PutInPlace => {
                self.waiting_copy(slot)
            }
            Instruction::LayDown { update, .. }
            | Instruction::RestoreUpdate(update)
            | Instruction::ClearBackup(update) => self.updates.get(update)?.backup(slot),
        }
    }
}
