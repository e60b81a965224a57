//! A step taken apart: what it does to each interaction group by itself.
//!
//! **Owns** the *cases* of a step: which values of a group's records and components, and which
//! copies in its slots, lead to which programs. All comes from `guard.rs` and `plan.rs`, which are
//! asked once for each combination of the few fields that they look at.
//!
//! **Must never know** what a set of hosts is, or how it is held.
//!
//! **Start reading** at [`Model::factor`].

use crate::{
    Action, EmptyUpdates, Followed, Groups, Model,
    groups::Group,
    layout::{COMPONENTS, LEVEL, Slot, SlotIndex, UpdateLayout},
    plan::Plan,
    program::{Instruction, Program},
};
use patchstate_catalog::UpdateId;
use patchstate_terms::Branch;
use std::{cmp::Ordering, collections::BTreeMap};

/// What a step does to hosts that agree in the shared fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepParts {
    /// The shared fields after it, in the order of [`Groups::shared`].
    pub shared: Vec<u8>,
    /// What becomes of each group. The step is refused where a group has no case.
    pub groups: Vec<GroupChange>,
}

/// What a step does to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupChange {
    /// Nothing, whatever the group holds.
    Same,
    /// What the case does that the group is in; where it is in none, the step is refused.
    Cases(Vec<Case>),
}

/// Values of a group's fields that a step treats alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Fields of records or components.
    pub heads: Vec<usize>,
    /// Values of these fields, with the values that they have after the step.
    pub values: Vec<Values>,
    /// Fields of files, each with the values that it must have one of before the step.
    pub conditions: Vec<(usize, Vec<u8>)>,
    /// What is done to each slot; slots do not depend on each other.
    pub programs: Vec<SlotProgram>,
    /// Fields of files, each with the values that it must have one of after the step.
    pub results: Vec<(usize, Vec<u8>)>,
}

/// What is done to the fields of one slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotProgram {
    slot: SlotIndex,
    program: Program,
}

/// What one instruction makes of a file and a field beside it: a function on both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFunction {
    /// The field of a backup or of what waits for a restart, then that of the file.
    pub fields: [usize; 2],
    /// Every pair of values before, and after.
    pub cases: Vec<([u8; 2], [u8; 2])>,
}

/// A step, and how far it is followed.
pub type Taken = (Action, Followed);

/// The fields of a group that a plan looks at, apart from the shared ones.
#[derive(Clone, Copy)]
enum Heads {
    None,
    Components,
    Records,
}

/// Values of some fields before a step, and after it.
pub type Values = (Vec<u8>, Vec<u8>);

/// A condition that holds where a slot's copy is one of these.
type Conditions = Vec<(usize, Vec<u8>)>;

/// Conditions of which one holds, and no two at once.
type Alternatives = Vec<Conditions>;

impl Model {
    /// Takes a step apart for hosts with these shared fields: what it does to each group, for each
    /// way in which the shared fields can end. None when it is refused on all of the hosts, or
    /// changes none.
    #[must_use]
    pub fn factor(&self, groups: &Groups, shared: &[u8], taken: Taken) -> Vec<StepParts> {
        let mut fields = vec![0; self.layout.value_counts.len()];
        for (field, value) in groups.shared.iter().zip(shared) {
            fields[*field] = *value;
        }
        let (action, _) = taken;
        if self.layout.waits(&fields) != (action == Action::Restart) {
            return Vec::new();
        }
        let heads = match action {
            Action::CheckSystemFiles => return Vec::new(),
            Action::RemoveUpdate(update) | Action::InstallUpdate { update, .. } => {
                return self.factor_update(groups, update, &fields, taken);
            }
            Action::AddComponents { .. } | Action::RemoveComponents { .. } => Heads::Components,
            Action::ApplyServicePack(_) => Heads::Records,
            Action::RemoveServicePack(_) | Action::CleanCache | Action::Restart => Heads::None,
        };
        self.change_all(groups, &fields, heads, taken).into_iter().collect()
    }

    /// Whether files can wait for a restart at all.
    #[must_use]
    pub fn can_wait(&self) -> bool {
        self.layout.waiting.is_some()
    }

    /// Whether files of hosts with these shared fields wait for a restart.
    #[must_use]
    pub fn waits(&self, groups: &Groups, shared: &[u8]) -> bool {
        let place = self.waiting_place(groups);
        place.and_then(|place| shared.get(place)).is_some_and(|value| *value == 1)
    }

    /// The place among the shared fields of the one that says whether files wait for a restart.
    fn waiting_place(&self, groups: &Groups) -> Option<usize> {
        let any = self.layout.waiting.as_ref()?.any;
        groups.shared.iter().position(|field| *field == any)
    }

    /// A step that installs or removes an update: outside the groups whose files it brings it
    /// changes nothing but a record that is shared, and whether files wait for a restart.
    fn factor_update(
        &self,
        groups: &Groups,
        update: UpdateId,
        fields: &[u8],
        taken: Taken,
    ) -> Vec<StepParts> {
        let Some((place, layout)) = self.layout_of(update) else { return Vec::new() };
        let touched = groups.touched_by(place, layout);
        let choices = match taken.0 {
            Action::InstallUpdate { release, branch, .. } => {
                let slots = packed_slots(groups, &touched, fields, (layout, release));
                self.install_choices(&slots, fields, (update, release, branch))
            }
            action => vec![(action, anything(touched.len()))],
        };
        let mut all = Vec::new();
        for (action, conditions) in choices {
            let taken = (action, taken.1);
            let Some(mut parts) = self.chosen(groups, fields, taken, (&touched, &conditions))
            else {
                continue;
            };
            if let Action::InstallUpdate { release, .. } = action {
                self.refuse_lower_lineage(groups, &mut parts, fields, (update, release));
            }
            all.extend(self.divide_by_waiting(groups, &touched, parts));
        }
        all
    }

    /// What a step does to the groups that it touches where the copies of their slots are so;
    /// `None` where it is refused.
    fn chosen(
        &self,
        groups: &Groups,
        fields: &[u8],
        taken: Taken,
        (touched, conditions): (&[usize], &[Alternatives]),
    ) -> Option<StepParts> {
        let mut changes = vec![GroupChange::Same; groups.groups.len()];
        for (number, alternatives) in touched.iter().zip(conditions) {
            let planned = self.cases(groups.groups.get(*number)?, fields, Heads::Records, taken);
            let so = |conditions: &Conditions| {
                let conditions = conditions.clone();
                let so = move |case| Case { conditions: conditions.clone(), ..case };
                planned.iter().cloned().map(so).collect::<Vec<_>>()
            };
            let cases: Vec<Case> = alternatives.iter().flat_map(so).collect();
            if cases.is_empty() {
                return None;
            }
            *changes.get_mut(*number)? = GroupChange::Cases(cases);
        }
        let planned = self.plan_followed(fields, taken.0, taken.1);
        // Without the records of its group, a removal finds nothing to remove.
        let after = planned.map_or_else(|_| fields.to_vec(), |plan| plan.fields);
        let shared = groups.shared.iter().map(|field| after[*field]).collect();
        Some(StepParts { shared, groups: changes })
    }

    /// Divides what a step does by whether files wait for a restart after it, which the shared
    /// fields say: none do, or those of a group that is the first one with such files.
    fn divide_by_waiting(
        &self,
        groups: &Groups,
        touched: &[usize],
        parts: StepParts,
    ) -> Vec<StepParts> {
        let Some(place) = self.waiting_place(groups) else { return vec![parts] };
        let divided: Vec<[Vec<Case>; 2]> = touched
            .iter()
            .map(|number| match parts.groups.get(*number) {
                Some(GroupChange::Cases(cases)) => self.by_waiting(cases),
                Some(GroupChange::Same) | None => [Vec::new(), Vec::new()],
            })
            .collect();
        let mut all = Vec::new();
        for first in (0..=touched.len()).rev() {
            let mut parts = parts.clone();
            parts.shared[place] = u8::from(first < touched.len());
            for (index, (number, [settled, waiting])) in touched.iter().zip(&divided).enumerate() {
                match index.cmp(&first) {
                    Ordering::Less => parts.groups[*number] = GroupChange::Cases(settled.clone()),
                    Ordering::Equal => parts.groups[*number] = GroupChange::Cases(waiting.clone()),
                    Ordering::Greater => {}
                }
            }
            let is_refused =
                |change: &GroupChange| matches!(change, GroupChange::Cases(c) if c.is_empty());
            if !parts.groups.iter().any(is_refused) {
                all.push(parts);
            }
        }
        all
    }

    /// Cases after which no file of the group waits for a restart, and those after which one does.
    fn by_waiting(&self, cases: &[Case]) -> [Vec<Case>; 2] {
        let (mut settled, mut waiting) = (Vec::new(), Vec::new());
        for case in cases {
            let defers = |of_slot: &&SlotProgram| of_slot.program.contains(&Instruction::Defer);
            let deferred = case.programs.iter().filter(defers);
            let copies: Vec<usize> =
                deferred.filter_map(|of_slot| self.layout.waiting_copy(of_slot.slot)).collect();
            let none = |fields: &[usize]| fields.iter().map(|field| (*field, vec![0])).collect();
            settled.push(Case { results: none(&copies), ..case.clone() });
            // One case for each file that is the first one to wait.
            for (index, field) in copies.iter().enumerate() {
                let mut results: Conditions = none(&copies[..index]);
                let count = usize::from(self.layout.value_counts[*field]);
                results.push((*field, (1..=u8::MAX).take(count - 1).collect()));
                waiting.push(Case { results, ..case.clone() });
            }
        }
        [settled, waiting]
    }

    /// A step whose refusals depend on the shared fields only.
    fn change_all(
        &self,
        groups: &Groups,
        fields: &[u8],
        heads: Heads,
        taken: Taken,
    ) -> Option<StepParts> {
        let plan = self.plan_followed(fields, taken.0, taken.1).ok()?;
        let shared = groups.shared.iter().map(|field| plan.fields[*field]).collect();
        let change = |group: &Group| {
            let cases = self.cases(group, fields, heads, taken);
            let is_same = cases.iter().all(|case| {
                case.programs.is_empty() && case.values.iter().all(|(from, to)| from == to)
            });
            if is_same { GroupChange::Same } else { GroupChange::Cases(cases) }
        };
        Some(StepParts { shared, groups: groups.groups.iter().map(change).collect() })
    }

    /// The cases of a step that asks no file: one for each set of programs.
    fn cases(&self, group: &Group, fields: &[u8], heads: Heads, taken: Taken) -> Vec<Case> {
        let head_fields = self.head_fields(group, heads);
        let mut by_programs: BTreeMap<Vec<SlotProgram>, Vec<Values>> = BTreeMap::new();
        for values in self.head_values(group, fields, heads) {
            let mut fields = fields.to_vec();
            head_fields.iter().zip(&values).for_each(|(field, value)| fields[*field] = *value);
            let Ok(plan) = self.plan_followed(&fields, taken.0, taken.1) else { continue };
            let after = head_fields.iter().map(|field| plan.fields[*field]).collect();
            by_programs.entry(programs(group, plan)).or_default().push((values, after));
        }
        let case = |(programs, values)| Case {
            heads: head_fields.clone(),
            values,
            conditions: Vec::new(),
            programs,
            results: Vec::new(),
        };
        by_programs.into_iter().map(case).collect()
    }

    fn head_fields(&self, group: &Group, heads: Heads) -> Vec<usize> {
        match heads {
            Heads::None => Vec::new(),
            Heads::Components => {
                group.components.iter().map(|c| COMPONENTS + usize::from(c.0)).collect()
            }
            Heads::Records => {
                let updates = group.updates.iter().filter_map(|p| self.layout.updates.get(*p));
                updates.flat_map(|update| [update.record, update.level()]).collect()
            }
        }
    }

    /// Every value that these fields can have on a host with the shared fields: components with
    /// what they need, and a level only where there is a record.
    fn head_values(&self, group: &Group, fields: &[u8], heads: Heads) -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> = vec![Vec::new()];
        let mut extend = |choices: &[Vec<u8>]| {
            let extended = |row: &Vec<u8>| {
                choices.iter().map(|choice| [row.as_slice(), choice].concat()).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(extended).collect();
        };
        match heads {
            Heads::None => {}
            Heads::Components => {
                for component in &group.components {
                    let needs = &self.catalog().component(*component).needs;
                    let is_there = |needed| fields[COMPONENTS + usize::from(needed)] == 1;
                    let can_be = needs.iter().all(|needed| is_there(needed.0));
                    let values = (0..=u8::from(can_be)).map(|value| vec![value]);
                    extend(&values.collect::<Vec<_>>());
                }
            }
            Heads::Records => {
                for update in group.updates.iter().filter_map(|p| self.layout.updates.get(*p)) {
                    let releases = (1_u8..).take(update.tables.len());
                    let levels = (0_u8..).take(self.layout.levels.len());
                    let records =
                        releases.flat_map(|r| levels.clone().map(move |level| vec![r, level]));
                    extend(&std::iter::once(vec![0, 0]).chain(records).collect::<Vec<_>>());
                }
            }
        }
        all
    }

    /// The ways in which an installation can go, by the slots that it fills in each group: the
    /// branch and, under A5, that a file is present, depend on the files. None where the release is
    /// not for the level.
    fn install_choices(
        &self,
        slots: &[Vec<SlotIndex>],
        fields: &[u8],
        (update, release, forced): (UpdateId, u8, Option<Branch>),
    ) -> Vec<(Action, Vec<Alternatives>)> {
        if self.check_release(fields, update, release).is_err() {
            return Vec::new();
        }
        let is_qfe =
            |slot: &Slot, value| slot.copy(value).is_some_and(|copy| copy.branch == Branch::Qfe);
        let branches: Vec<(Branch, Vec<Alternatives>)> = match forced {
            Some(branch) => vec![(branch, anything(slots.len()))],
            None if self.catalog().update(update).qfe_only => {
                vec![(Branch::Qfe, anything(slots.len()))]
            }
            None => {
                let is_gdr = |slot: &Slot, value: u8| !is_qfe(slot, value);
                let gdr = slots.iter().map(|slots| vec![self.conditions(slots, is_gdr)]).collect();
                let qfe = self.first_group_of(slots, is_qfe).into_iter();
                std::iter::once((Branch::Gdr, gdr))
                    .chain(qfe.map(|conditions| (Branch::Qfe, conditions)))
                    .collect()
            }
        };
        let present = match self.switches().empty_updates {
            EmptyUpdates::Records => vec![anything(slots.len())],
            EmptyUpdates::Refused => self.first_group_of(slots, |_, value| value != 0),
        };
        let mut choices = Vec::new();
        for (branch, of_branch) in branches {
            let action = Action::InstallUpdate { update, release, branch: Some(branch) };
            for of_presence in &present {
                let both = of_branch.iter().zip(of_presence).map(|(a, b)| each_with_each(a, b));
                choices.push((action, both.collect()));
            }
        }
        choices
    }

    /// Refuses hosts on which a file of a component is of a lower lineage, in every group.
    fn refuse_lower_lineage(
        &self,
        groups: &Groups,
        parts: &mut StepParts,
        fields: &[u8],
        (update, release): (UpdateId, u8),
    ) {
        let facts = self.catalog().update(update).release(release);
        if facts.is_none_or(|facts| facts.refuses_lower_lineage.is_none()) {
            return;
        }
        let now = self.layout.level(fields[LEVEL]);
        let passes = |slot: &Slot, value: u8| {
            slot.component.is_none()
                || slot.copy(value).is_none_or(|copy| !self.is_lower_lineage(copy, now))
        };
        for (group, change) in groups.groups.iter().zip(&mut parts.groups) {
            let conditions = self.conditions(&group.slots, passes);
            match change {
                GroupChange::Cases(cases) => {
                    for case in cases {
                        case.conditions.extend(conditions.clone());
                    }
                }
                GroupChange::Same if conditions.is_empty() => {}
                GroupChange::Same => {
                    let (heads, values) = (Vec::new(), vec![(Vec::new(), Vec::new())]);
                    let (programs, results) = (Vec::new(), Vec::new());
                    let case = Case { heads, values, conditions, programs, results };
                    *change = GroupChange::Cases(vec![case]);
                }
            }
        }
    }

    /// What holds where the copies of all these slots are so; slots whose copies always are so are
    /// left out.
    fn conditions(&self, slots: &[SlotIndex], is_so: impl Fn(&Slot, u8) -> bool) -> Conditions {
        let condition = |slot: &SlotIndex| {
            let field = self.layout.files.start + slot;
            let count = usize::from(self.layout.value_counts[field]);
            let facts = self.layout.slots.get(*slot)?;
            let values: Vec<u8> =
                (0..=u8::MAX).take(count).filter(|value| is_so(facts, *value)).collect();
            (values.len() < count).then_some((field, values))
        };
        slots.iter().filter_map(condition).collect()
    }

    /// What holds where the copy of at least one of these slots is so: a case for each slot that is
    /// the first one.
    fn first_of(
        &self,
        slots: &[SlotIndex],
        is_so: impl Fn(&Slot, u8) -> bool + Copy,
    ) -> Vec<Conditions> {
        let first = |index: usize| {
            let (before, this) = (slots.get(..index)?, slots.get(index..=index)?);
            let mut conditions = self.conditions(before, |slot, value| !is_so(slot, value));
            conditions.extend(self.conditions(this, is_so));
            Some(conditions)
        };
        (0..slots.len()).filter_map(first).collect()
    }

    /// What holds where the copy of at least one slot of these groups is so: a choice for each
    /// group that is the first one with such a slot.
    fn first_group_of(
        &self,
        groups: &[Vec<SlotIndex>],
        is_so: impl Fn(&Slot, u8) -> bool + Copy,
    ) -> Vec<Vec<Alternatives>> {
        let of = |index: usize, first: usize, slots: &[SlotIndex]| match index.cmp(&first) {
            Ordering::Less => vec![self.conditions(slots, |slot, value| !is_so(slot, value))],
            Ordering::Equal => self.first_of(slots, is_so),
            Ordering::Greater => vec![Conditions::new()],
        };
        let choice = |first: usize| {
            let groups = groups.iter().enumerate();
            groups.map(|(index, slots)| of(index, first, slots)).collect()
        };
        (0..groups.len()).map(choice).collect()
    }

    /// What a program does, an instruction after the other.
    pub fn functions(&self, program: &SlotProgram) -> impl Iterator<Item = FieldFunction> {
        let function = |instruction: &Instruction| self.function(program.slot, *instruction);
        program.program.iter().filter_map(function)
    }

    /// What an instruction makes of each file and backup; `None` where it has no such field.
    pub(crate) fn function(
        &self,
        slot: SlotIndex,
        instruction: Instruction,
    ) -> Option<FieldFunction> {
        let (layout, program) = (&self.layout, vec![instruction]);
        let file = layout.files.start + slot;
        let backup = layout.beside_file(slot, instruction)?;
        let mut host = vec![0; layout.value_counts.len()];
        let mut cases = Vec::new();
        let values = |field: usize| (0..=u8::MAX).take(layout.value_counts[field].into());
        for before in values(backup).flat_map(|b| values(file).map(move |f| [b, f])) {
            [host[backup], host[file]] = before;
            layout.carry_out(&program, slot, &mut host);
            cases.push((before, [host[backup], host[file]]));
        }
        Some(FieldFunction { fields: [backup, file], cases })
    }
}

/// The slots that a package fills at the host's level, group after group.
fn packed_slots(
    groups: &Groups,
    touched: &[usize],
    fields: &[u8],
    (layout, release): (&UpdateLayout, u8),
) -> Vec<Vec<SlotIndex>> {
    let package = layout.table(release, usize::from(fields[LEVEL]));
    let of = |group: &Group| {
        let slots = package.iter().map(|package| package.slot);
        slots.filter(|slot| group.slots.contains(slot)).collect()
    };
    touched.iter().filter_map(|number| groups.groups.get(*number)).map(of).collect()
}

/// For each of so many groups, what always holds.
fn anything(group_count: usize) -> Vec<Alternatives> {
    vec![vec![Conditions::new()]; group_count]
}

/// Both of two choices of conditions.
fn each_with_each(one: &Alternatives, other: &Alternatives) -> Alternatives {
    let with = |a: &Conditions| {
        let with = |b: &Conditions| [a.as_slice(), b].concat();
        other.iter().map(with).collect::<Vec<_>>()
    };
    one.iter().flat_map(with).collect()
}

/// The programs of a group's slots that do something.
fn programs(group: &Group, mut plan: Plan) -> Vec<SlotProgram> {
    let of = |slot: &SlotIndex| {
        let program = plan.programs.get_mut(*slot).map(std::mem::take).unwrap_or_default();
        (!program.is_empty()).then_some(SlotProgram { slot: *slot, program })
    };
    group.slots.iter().filter_map(of).collect()
}
