//! The compiler: shared fields and contents of slots become numbers, plans become steps, programs
//! become tables.

use super::{
    CompiledModel, CompiledStep, Extent, Guard, GuardNumber, Guards, HAS_FILE, IS_LOWER, IS_QFE,
    Lookup, Pair, WAITS, Waiting,
    slots::{Cell, Outcome, SlotForm, pairs},
};
use crate::{
    Action, EmptyUpdates, Model, ModelError,
    layout::{LEVEL, SlotIndex},
    plan::Plan,
    program::{Instruction, Program},
};
use patchstate_catalog::UpdateId;
use patchstate_terms::Branch;
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::Hash;

/// Combinations of shared fields beyond which a scope is too large to compile.
const SHARED_COUNT_MAX: usize = 1 << 18;

impl CompiledModel {
    /// Compiles a model for the actions of a search.
    ///
    /// # Errors
    /// [`ModelError::TooWide`] when hosts of the scope do not fit into a word, or when there are
    /// too many combinations of shared fields. [`Model::apply`] has no such limits.
    pub fn new(model: &Model, actions: Vec<Action>) -> Result<Self, ModelError> {
        let mut compiler = Compiler::new(model, actions)?;
        let programs = compiler.number_shared_fields()?;
        compiler.number_contents(&programs)?;
        compiler.finish()
    }
}

/// A compilation under way.
struct Compiler<'m> {
    model: &'m Model,
    actions: Vec<Action>,
    /// Whether a field belongs to a slot, or follows from those that do.
    is_of_slot: Vec<bool>,
    shared: Vec<Box<[u8]>>,
    numbers: FxHashMap<Box<[u8]>, u32>,
    /// The cells of each slot.
    slots: Vec<SlotForm<Cell>>,
    /// The cell that says whether files wait for a restart; `None` where none can.
    waits: Option<Cell>,
}

impl<'m> Compiler<'m> {
    fn new(model: &'m Model, actions: Vec<Action>) -> Result<Self, ModelError> {
        let layout = &model.layout;
        let mut is_of_slot = vec![false; layout.value_counts.len()];
        let backups = layout.updates.iter().flat_map(|update| {
            let first = update.record + 2;
            first..first + update.slots.len()
        });
        let waiting = layout.waiting.iter();
        let waiting = waiting.flat_map(|w| w.copies.iter().copied().flatten().chain([w.any]));
        let copies = layout.files.clone().chain(layout.service_pack_files.clone());
        for field in copies.chain(backups).chain(waiting) {
            is_of_slot[field] = true;
        }
        if actions.len() > usize::from(u16::MAX) {
            return Err(ModelError::TooWide { bits: model.host_bits() });
        }
        let (shared, numbers) = (Vec::new(), FxHashMap::default());
        Ok(Self { model, actions, is_of_slot, shared, numbers, slots: Vec::new(), waits: None })
    }

    fn too_wide(&self) -> ModelError {
        ModelError::TooWide { bits: self.model.host_bits() }
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
    /// can occur is reached from the base operating systems by plans alone. Tells the programs of
    /// these plans, for each slot.
    fn number_shared_fields(&mut self) -> Result<Vec<FxHashSet<Program>>, ModelError> {
        for host in self.model.bases() {
            self.number(&host.fields)?;
        }
        let mut programs = vec![FxHashSet::default(); self.model.layout.slots.len()];
        let mut next = 0;
        while let Some(shared) = self.shared.get(next).cloned() {
            for action in self.actions.clone() {
                for plan in self.plans(&shared, action).into_iter().flatten() {
                    self.number(&plan.fields)?;
                    for (programs, program) in programs.iter_mut().zip(plan.programs) {
                        if !programs.contains(&program) {
                            programs.insert(program);
                        }
                    }
                }
            }
            next += 1;
        }
        Ok(programs)
    }

    fn number(&mut self, fields: &[u8]) -> Result<u32, ModelError> {
        let shared = fields.iter().zip(&self.is_of_slot);
        let shared = shared.map(|(field, is_of_slot)| if *is_of_slot { 0 } else { *field });
        let shared: Box<[u8]> = shared.collect();
        if let Some(number) = self.numbers.get(&shared) {
            return Ok(*number);
        }
        let number = u32::try_from(self.shared.len()).unwrap_or(u32::MAX);
        if self.shared.len() >= SHARED_COUNT_MAX {
            return Err(self.too_wide());
        }
        self.shared.push(shared.clone());
        self.numbers.insert(shared, number);
        Ok(number)
    }

    /// Numbers what each slot can hold, and gives it a place behind the shared fields.
    fn number_contents(&mut self, programs: &[FxHashSet<Program>]) -> Result<(), ModelError> {
        let mut shift = u8::try_from(self.shared.len().ilog2() + 1).unwrap_or(u8::MAX);
        for (slot, programs) in programs.iter().enumerate() {
            let bases = self.model.bases().map(|host| host.fields);
            let mut form = SlotForm::new(self.model, slot, bases, programs);
            for cell in form.cells_mut() {
                cell.shift = shift;
                shift = shift.saturating_add(cell.width());
            }
            self.slots.push(form);
        }
        self.waits = self.model.layout.waiting.as_ref().map(|waiting| {
            let mut cell = Cell::of_field(waiting.any, 2);
            cell.shift = shift;
            shift = shift.saturating_add(cell.width());
            cell
        });
        // The highest bit stays free, so that no host looks vacant.
        if shift > 63 {
            return Err(ModelError::TooWide { bits: u32::from(shift) });
        }
        Ok(())
    }

    /// The bits that hold the number of the shared fields.
    fn shared_mask(&self) -> u64 {
        (1 << (self.shared.len().ilog2() + 1)) - 1
    }

    fn finish(mut self) -> Result<CompiledModel, ModelError> {
        let mut emitter = Emitter::default();
        let mut step_starts = vec![0];
        let mut steps = Vec::new();
        for number in 0..self.shared.len() {
            let shared = self.shared[number].clone();
            for (index, action) in (0..).zip(self.actions.clone()) {
                self.emit(&mut emitter, &mut steps, &shared, index, action)?;
            }
            step_starts.push(u32::try_from(steps.len()).map_err(|_| self.too_wide())?);
        }
        let waiting = self.waiting(&mut emitter)?;
        Ok(CompiledModel {
            parts: self.model.parts(),
            shared_mask: self.shared_mask(),
            actions: self.actions,
            shared: self.shared,
            numbers: self.numbers,
            steps,
            step_starts,
            lookups: emitter.lookups.all,
            pairs: emitter.pairs.all,
            changes: emitter.changes.all,
            cells: self
                .slots
                .into_iter()
                .flat_map(SlotForm::into_cells)
                .chain(self.waits)
                .collect(),
            waiting,
            guards: Guards {
                asked: emitter.guards,
                lookups: emitter.questions.all,
                answers: emitter.answers.all,
            },
        })
    }

    /// Emits what an action does on some shared fields.
    fn emit(
        &mut self,
        emitter: &mut Emitter,
        steps: &mut Vec<CompiledStep>,
        shared: &[u8],
        index: u16,
        action: Action,
    ) -> Result<(), ModelError> {
        let Some([gdr, qfe]) = self.plans(shared, action) else { return Ok(()) };
        let number = self.number(shared)?;
        let gdr = self.step(emitter, &gdr, index)?;
        let Action::InstallUpdate { update, release, .. } = action else {
            if gdr.shared != number || gdr.lookups.1 > 0 || gdr.pairs.1 > 0 {
                steps.push(gdr);
            }
            return Ok(());
        };
        let qfe = self.step(emitter, &qfe, index)?;
        let guard = self.guard(emitter, update, release, shared[LEVEL]);
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
        let shared = self.number(&plan.fields)?;
        let (mut lookups, mut pairs) = (Vec::new(), Vec::new());
        // Slots do not see each other, so their order does not matter.
        for (number, (slot, program)) in self.slots.iter().zip(&plan.programs).enumerate() {
            let cell = match slot {
                SlotForm::Together(cell) => cell,
                SlotForm::Apart(cells) => {
                    for instruction in program {
                        let pair = emitter.pair(self.model, (number, cells), *instruction);
                        pairs.push(pair.ok_or_else(|| self.too_wide())?);
                    }
                    continue;
                }
            };
            match emitter.effect(self.model, (number, cell), program) {
                Some(Effect::Same) => {}
                Some(Effect::Table(table)) => lookups.push(Lookup::of(cell, table)),
                None => return Err(self.too_wide()),
            }
        }
        let lookups = emitter.lookups.emit(lookups).ok_or_else(|| self.too_wide())?;
        let pairs = emitter.pairs.emit(pairs).ok_or_else(|| self.too_wide())?;
        Ok(CompiledStep { shared, lookups, pairs, action, guard: None })
    }

    /// Where hosts say whether files wait for a restart.
    fn waiting(&self, emitter: &mut Emitter) -> Result<Option<Waiting>, ModelError> {
        let Some(waits) = &self.waits else { return Ok(None) };
        let mut lookups = Vec::new();
        for (slot, form) in self.slots.iter().enumerate() {
            let field = self.model.layout.waiting_copy(slot);
            let place = |cell: &Cell| field.and_then(|field| cell.place(field));
            for (cell, place) in form.cells().iter().filter_map(|cell| Some((cell, place(cell)?))) {
                let answer = |content: &[u8]| if content.get(place) > Some(&0) { WAITS } else { 0 };
                let answers = cell.contents.iter().map(|content| answer(content)).collect();
                let extent = emitter.answers.emit(answers).ok_or_else(|| self.too_wide())?;
                lookups.push(Lookup::of(cell, extent.0));
            }
        }
        Ok(Some(Waiting { bit: 1 << waits.shift, lookups }))
    }

    /// What an update asks the files at a level; `None` when there is too much of it.
    fn guard(
        &self,
        emitter: &mut Emitter,
        update: UpdateId,
        release: u8,
        now: u8,
    ) -> Option<GuardNumber> {
        let facts = self.model.catalog().update(update).release(release);
        let looks = facts.is_some_and(|facts| facts.refuses_lower_lineage.is_some());
        let mut lookups = Vec::new();
        for (number, slot) in self.slots.iter().enumerate() {
            let Some(cell) = slot.first() else { continue };
            let answers = self.answers(number, cell, (update, release), (looks, now));
            if answers.iter().any(|answers| *answers != 0) {
                let (table, _) = emitter.answers.emit(answers)?;
                lookups.push(Lookup::of(cell, table));
            }
        }
        let needs_file = self.model.switches().empty_updates == EmptyUpdates::Refused;
        let lookups = emitter.questions.emit(lookups)?;
        emitter.guard(Guard { needs_file, lookups })
    }

    /// The answers of a slot, for each content of its first cell. Only QFE copies are there for an
    /// update that has no others, or whose branch is forced: then what is done on either branch is
    /// the same.
    fn answers(
        &self,
        number: SlotIndex,
        cell: &Cell,
        (update, release): (UpdateId, u8),
        (looks, now): (bool, u8),
    ) -> Vec<u8> {
        let layout = self.model.layout_of(update).map(|(_, layout)| layout);
        let package = layout.map_or(&[][..], |layout| layout.table(release, usize::from(now)));
        let is_in_package = package.iter().any(|package| package.slot == number);
        let slot = self.model.layout.slots.get(number);
        let now = self.model.layout.level(now);
        let answers = |file| {
            let Some((slot, copy)) = slot.and_then(|slot| Some((slot, slot.copy(file)?))) else {
                return 0;
            };
            let lower = looks && slot.component.is_some() && self.model.is_lower_lineage(copy, now);
            let is_qfe = is_in_package && copy.branch == Branch::Qfe;
            let answers = [(lower, IS_LOWER), (is_in_package, HAS_FILE), (is_qfe, IS_QFE)];
            answers.into_iter().filter(|(is_so, _)| *is_so).map(|(_, answer)| answer).sum()
        };
        cell.first_fields().map(answers).collect()
    }
}

/// What a program does to a packed host.
#[derive(Clone, Copy, Debug)]
enum Effect {
    Same,
    /// What is looked up in the table that begins here.
    Table(u32),
}

impl Lookup {
    /// A look-up of what a cell holds.
    fn of(cell: &Cell, table: u32) -> Self {
        Self { table, mask: cell.mask(), shift: cell.shift }
    }
}

/// What was emitted so far; equal things stand once.
#[derive(Default)]
struct Emitter {
    lookups: Sequences<Lookup>,
    pairs: Sequences<Pair>,
    changes: Sequences<u16>,
    questions: Sequences<Lookup>,
    answers: Sequences<u8>,
    effects: FxHashMap<(SlotIndex, Program), Effect>,
    instructions: FxHashMap<(SlotIndex, Instruction), Pair>,
    guards: Vec<Guard>,
    guard_numbers: FxHashMap<Guard, GuardNumber>,
}

/// Things that belong together, one sequence behind the other.
struct Sequences<T> {
    all: Vec<T>,
    known: FxHashMap<Vec<T>, Extent>,
}

impl<T> Default for Sequences<T> {
    fn default() -> Self {
        Self { all: Vec::new(), known: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Sequences<T> {
    /// Where a sequence stands; `None` when there are too many.
    fn emit(&mut self, sequence: Vec<T>) -> Option<Extent> {
        if let Some(place) = self.known.get(&sequence) {
            return Some(*place);
        }
        let start = u32::try_from(self.all.len()).ok()?;
        let place = (start, u16::try_from(sequence.len()).ok()?);
        self.all.extend_from_slice(&sequence);
        self.known.insert(sequence, place);
        Some(place)
    }
}

impl Emitter {
    /// What a program does to its slot; `None` when there are too many tables.
    fn effect(
        &mut self,
        model: &Model,
        (slot, cell): (SlotIndex, &Cell),
        program: &Program,
    ) -> Option<Effect> {
        if program.is_empty() {
            return Some(Effect::Same);
        }
        let known = (slot, program.clone());
        if let Some(effect) = self.effects.get(&known) {
            return Some(*effect);
        }
        let effect = match cell.outcome(&model.layout, slot, program) {
            Outcome::Same => Effect::Same,
            Outcome::Changes(changes) => Effect::Table(self.changes.emit(changes)?.0),
        };
        self.effects.insert(known, effect);
        Some(effect)
    }

    /// What an instruction does to a slot whose fields are numbered apart; `None` when there are
    /// too many tables.
    fn pair(
        &mut self,
        model: &Model,
        (slot, cells): (SlotIndex, &[Cell]),
        instruction: Instruction,
    ) -> Option<Pair> {
        if let Some(pair) = self.instructions.get(&(slot, instruction)) {
            return Some(*pair);
        }
        let file = cells.first()?;
        let bits = file.width();
        let (backup, changes) = pairs(&model.layout, slot, instruction, bits)?;
        let backup = cells.iter().find(|cell| cell.fields.contains(&backup))?.shift;
        let table = self.changes.emit(changes)?.0;
        let pair = Pair { table, file: file.shift, backup, bits };
        self.instructions.insert((slot, instruction), pair);
        Some(pair)
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
