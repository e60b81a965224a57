//! The compiler: shared fields to numbers, plans to effects, programs to operations.

use super::{
    CompiledModel, CompiledStep, FieldPlace, Guard, GuardNumber, Guards,
    operation::{Operation, OperationKind},
};
use crate::{
    Action, EmptyUpdates, Model, ModelError,
    host::level,
    layout::LEVEL,
    plan::Plan,
    program::{Instruction, LiftBackup},
};
use patchstate_catalog::UpdateId;
use patchstate_terms::{Branch, Level};
use rustc_hash::FxHashMap;

/// Combinations of shared fields beyond which a scope is too large to compile.
const SHARED_COUNT_MAX: usize = 1 << 18;

/// Compiles a model for some actions.
pub(super) fn compile(model: &Model, actions: Vec<Action>) -> Result<CompiledModel, ModelError> {
    let mut compiler = Compiler::new(model, actions)?;
    compiler.number_shared_fields()?;
    compiler.finish()
}

/// A compilation under way.
struct Compiler<'m> {
    model: &'m Model,
    actions: Vec<Action>,
    /// Fields of slots, without their shifts at first.
    places: Vec<FieldPlace>,
    place_of: Vec<Option<usize>>,
    shared: Vec<Box<[u8]>>,
    numbers: FxHashMap<Box<[u8]>, u32>,
}

/// Bits for values up to `count - 1`.
fn width(count: u16) -> u8 {
    u8::try_from(16 - count.saturating_sub(1).leading_zeros()).unwrap_or(16)
}

impl<'m> Compiler<'m> {
    fn new(model: &'m Model, actions: Vec<Action>) -> Result<Self, ModelError> {
        let layout = &model.layout;
        let mut fields: Vec<usize> = layout.files.clone().collect();
        fields.extend(layout.service_pack_files.clone());
        for update in &layout.updates {
            fields.extend((0..update.slots.len()).map(|index| update.record + 2 + index));
        }
        let mut place_of = vec![None; layout.value_counts.len()];
        let mut places = Vec::new();
        for field in fields {
            place_of[field] = Some(places.len());
            places.push(FieldPlace { field, shift: 0, width: width(layout.value_counts[field]) });
        }
        // A set of copies is kept in the bits of a word.
        if layout.slots.iter().any(|slot| slot.copies.len() > 63)
            || actions.len() > usize::from(u16::MAX)
        {
            return Err(ModelError::TooWide { bits: model.host_bits() });
        }
        let (shared, numbers) = (Vec::new(), FxHashMap::default());
        Ok(Self { model, actions, places, place_of, shared, numbers })
    }

    /// The plans of an action on some shared fields: on either branch for an update that chooses.
    fn plans(&self, shared: &[u8], action: Action) -> Option<[Plan; 2]> {
        let plan = |action| self.model.plan(shared, action).ok();
        match action {
            Action::InstallUpdate { update, release, branch } => {
                let on = |branch| Action::InstallUpdate { update, release, branch: Some(branch) };
                let qfe_only = self.model.catalog().update(update).qfe_only;
                let gdr = branch.unwrap_or(if qfe_only { Branch::Qfe } else { Branch::Gdr });
                Some([plan(on(gdr))?, plan(on(branch.unwrap_or(Branch::Qfe)))?])
            }
            action => {
                let plan = plan(action)?;
                Some([plan.clone(), plan])
            }
        }
    }

    /// Shared fields never depend on the others but through refusals, so every combination that
    /// can occur is reached from the base operating systems by plans alone.
    fn number_shared_fields(&mut self) -> Result<(), ModelError> {
        for host in self.model.bases() {
            self.number(&host.fields)?;
        }
        let mut next = 0;
        while let Some(shared) = self.shared.get(next).cloned() {
            for action in self.actions.clone() {
                if let Some([plan, _]) = self.plans(&shared, action) {
                    self.number(&plan.fields)?;
                }
            }
            next += 1;
        }
        Ok(())
    }

    fn number(&mut self, fields: &[u8]) -> Result<u32, ModelError> {
        let mut shared: Box<[u8]> = fields.into();
        for place in &self.places {
            shared[place.field] = 0;
        }
        if let Some(number) = self.numbers.get(&shared) {
            return Ok(*number);
        }
        let number = u32::try_from(self.shared.len()).unwrap_or(u32::MAX);
        if self.shared.len() >= SHARED_COUNT_MAX {
            return Err(ModelError::TooWide { bits: self.model.host_bits() });
        }
        self.shared.push(shared.clone());
        self.numbers.insert(shared, number);
        Ok(number)
    }

    fn finish(mut self) -> Result<CompiledModel, ModelError> {
        let shared_bits = u8::try_from(self.shared.len().ilog2() + 1).unwrap_or(u8::MAX);
        let mut shift = shared_bits;
        for place in &mut self.places {
            place.shift = shift;
            shift = shift.saturating_add(place.width);
        }
        // The highest bit stays free, so that no host looks vacant.
        if shift > 63 {
            return Err(ModelError::TooWide { bits: u32::from(shift) });
        }
        let mut emitter = Emitter::default();
        let mut step_starts = vec![0];
        let mut steps = Vec::new();
        for number in 0..self.shared.len() {
            let shared = self.shared[number].clone();
            for (index, action) in (0..).zip(self.actions.clone()) {
                self.emit(&mut emitter, &mut steps, &shared, (number, index), action)?;
            }
            step_starts.push(u32::try_from(steps.len()).map_err(|_| self.too_wide())?);
        }
        let lineage = self.lineage();
        Ok(CompiledModel {
            parts: self.model.parts(),
            guards: Guards { asked: emitter.guards, lineage, packages: emitter.packages },
            actions: self.actions,
            shared: self.shared,
            numbers: self.numbers,
            shared_mask: (1 << shared_bits) - 1,
            steps,
            step_starts,
            operations: emitter.operations,
            places: self.places,
        })
    }

    fn too_wide(&self) -> ModelError {
        ModelError::TooWide { bits: self.model.host_bits() }
    }

    /// Emits what an action does on some shared fields.
    fn emit(
        &mut self,
        emitter: &mut Emitter,
        steps: &mut Vec<CompiledStep>,
        shared: &[u8],
        (number, index): (usize, u16),
        action: Action,
    ) -> Result<(), ModelError> {
        let Some([gdr, qfe]) = self.plans(shared, action) else { return Ok(()) };
        let gdr = self.step(emitter, &gdr, index)?;
        let Action::InstallUpdate { update, release, .. } = action else {
            let shared_mask = self.shared_mask();
            let does_nothing = gdr.keep == !shared_mask && gdr.set == number as u64;
            if !does_nothing || gdr.operations.1 > 0 {
                steps.push(gdr);
            }
            return Ok(());
        };
        let qfe = self.step(emitter, &qfe, index)?;
        let now = level(shared[LEVEL]);
        let facts = self.model.catalog().update(update).release(release);
        let looks = facts.is_some_and(|facts| facts.refuses_lower_lineage.is_some());
        let package = self.package(emitter, update, release, now);
        let lower_than = looks.then_some(now);
        let needs_file = self.model.switches().empty_updates == EmptyUpdates::Refused;
        let guard = emitter.guard(Guard { lower_than, needs_file, package });
        let guard = Some(guard.ok_or_else(|| self.too_wide())?);
        steps.extend([CompiledStep { guard, ..gdr }, qfe]);
        Ok(())
    }

    fn step(
        &mut self,
        emitter: &mut Emitter,
        plan: &Plan,
        action: u16,
    ) -> Result<CompiledStep, ModelError> {
        let mut written = self.shared_mask();
        let mut set = u64::from(self.number(&plan.fields)?);
        let mut operations = Vec::new();
        for (slot, program) in plan.programs.iter().enumerate() {
            let program = program.iter().filter_map(|i| self.operation(slot, *i));
            let mut program = program.peekable();
            // Slots do not see each other, so what a slot's program begins with can be done before
            // everything else, and all such writes at once.
            while let Some((mask, value)) = program.peek().and_then(|o| o.constant()) {
                (written, set) = (written | mask, set & !mask | value);
                program.next();
            }
            operations.extend(program);
        }
        let operations = emitter.emit(operations).ok_or_else(|| self.too_wide())?;
        Ok(CompiledStep { keep: !written, set, operations, action, guard: None })
    }

    /// The bits that hold the number of the shared fields.
    fn shared_mask(&self) -> u64 {
        self.places.iter().map(|place| place.shift).min().map_or(u64::MAX, |bits| (1 << bits) - 1)
    }

    fn place(&self, field: usize) -> Option<FieldPlace> {
        self.place_of
            .get(field)
            .copied()
            .flatten()
            .and_then(|index| self.places.get(index))
            .copied()
    }

    fn operation(&self, slot: usize, instruction: Instruction) -> Option<Operation> {
        let layout = &self.model.layout;
        let service_pack = layout.service_pack_files.start + slot;
        let backup_of = |update: usize| layout.updates.get(update)?.backup(slot);
        let (kind, backup, copy) = match instruction {
            Instruction::Place(copy) => (OperationKind::Place, service_pack, copy),
            Instruction::Lift { baseline, backup } => {
                let kind = match backup {
                    LiftBackup::Anew => OperationKind::LiftAnew,
                    LiftBackup::Add => OperationKind::Lift,
                    LiftBackup::Keep => OperationKind::LiftKeep,
                };
                (kind, service_pack, baseline)
            }
            Instruction::RestoreServicePack => (OperationKind::Restore, service_pack, 0),
            Instruction::LayDown { copy, update } => {
                (OperationKind::Lift, backup_of(update)?, copy)
            }
            Instruction::RestoreUpdate(update) => (OperationKind::Restore, backup_of(update)?, 0),
            Instruction::ClearBackup(update) => (OperationKind::Clear, backup_of(update)?, 0),
        };
        let file = self.place(layout.files.start + slot)?;
        let backup = self.place(backup)?;
        Some(Operation { kind, file: file.shift, backup: backup.shift, width: file.width, copy })
    }

    /// The slots of a package that choose its branch. Only QFE copies are there for an update
    /// that has no others, or whose branch is forced: then both effects are the same.
    fn package(&self, emitter: &mut Emitter, update: UpdateId, release: u8, now: Level) -> u32 {
        let layout = self.model.layout_of(update).map(|(_, layout)| layout);
        let table = layout.map_or(&[][..], |layout| layout.table(release, now.index()));
        let slots = table.iter().filter_map(|package| {
            let place = self.place(self.model.layout.files.start + package.slot)?;
            let copies = &self.model.layout.slots.get(package.slot)?.copies;
            let qfe = (1_u64..).zip(copies).filter(|(_, copy)| copy.branch == Branch::Qfe);
            Some((place, qfe.fold(0, |bits, (field, _)| bits | 1 << field)))
        });
        let slots: Vec<(FieldPlace, u64)> = slots.collect();
        let next = u32::try_from(emitter.packages.len()).unwrap_or(u32::MAX);
        let number = *emitter.package_numbers.entry(slots.clone()).or_insert(next);
        if number == next {
            emitter.packages.push(slots);
        }
        number
    }

    /// The copies of each component's slot that count as lower lineage, per level.
    fn lineage(&self) -> Vec<(FieldPlace, [u64; 3])> {
        let layout = &self.model.layout;
        let slots = layout.slots.iter().enumerate().filter(|(_, slot)| slot.component.is_some());
        slots
            .filter_map(|(index, slot)| {
                let place = self.place(layout.files.start + index)?;
                let lower = |now| {
                    let copies = (1_u64..).zip(&slot.copies);
                    let lower = copies.filter(|(_, copy)| self.model.is_lower_lineage(**copy, now));
                    lower.fold(0, |bits, (field, _)| bits | 1 << field)
                };
                Some((place, Level::ALL.map(lower)))
            })
            .collect()
    }
}

/// What was emitted so far; equal things stand once.
#[derive(Default)]
struct Emitter {
    operations: Vec<Operation>,
    known: FxHashMap<Vec<Operation>, (u32, u16)>,
    packages: Vec<Vec<(FieldPlace, u64)>>,
    package_numbers: FxHashMap<Vec<(FieldPlace, u64)>, u32>,
    guards: Vec<Guard>,
    guard_numbers: FxHashMap<Guard, GuardNumber>,
}

impl Emitter {
    /// Where a sequence of operations stands; `None` when there are too many.
    fn emit(&mut self, sequence: Vec<Operation>) -> Option<(u32, u16)> {
        if let Some(place) = self.known.get(&sequence) {
            return Some(*place);
        }
        let start = u32::try_from(self.operations.len()).ok()?;
        let place = (start, u16::try_from(sequence.len()).ok()?);
        self.operations.extend(&sequence);
        self.known.insert(sequence, place);
        Some(place)
    }

    /// The number of a guard; `None` when there are too many.
    fn guard(&mut self, guard: Guard) -> Option<GuardNumber> {
        if let Some(number) = self.guard_numbers.get(&guard) {
            return Some(*number);
        }
        self.guards.push(guard);
        let number = GuardNumber::new(u16::try_from(self.guards.len()).ok()?)?;
        self.guard_numbers.insert(guard, number);
        Some(number)
    }
}
