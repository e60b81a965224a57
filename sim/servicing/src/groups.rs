//! Which fields of a host hang together.
//!
//! **Owns** *interaction groups*: components and updates that have files in common, with all fields
//! of these files. What becomes of a group is decided by its own fields and by the *shared* ones
//! (level, base, cache, service pack backup level, whether files wait for a restart, presence of
//! the components that several groups ask for, records of bridging updates). `factor.rs` says what
//! each step does to each group.
//!
//! An update with files of several groups that have updates of their own too is a *bridging* one.
//! Its record is shared, so that the groups stay apart. Only one step asks files of several groups
//! at once: where such an update chooses its branch, or looks for a file that is present.
//!
//! **Must never know** what a set of hosts is, or how it is held.

use crate::{
    Host, Model, Store,
    layout::{BASE, CACHE, COMPONENTS, LEVEL, SlotIndex, SlotPackage, UpdateLayout},
    model::bit,
};
use patchstate_catalog::{ComponentId, FileId, UpdateId};
use std::{collections::BTreeSet, ops::Range};

/// The fields of a host, in groups that meet in shared fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Fields that every group may ask for.
    pub shared: Vec<usize>,
    /// All other fields: each stands in one group. Those with files of one bridging update follow
    /// each other.
    pub groups: Vec<Group>,
    /// The groups by their places, those together that have files of one bridging update.
    pub clusters: Vec<Range<usize>>,
    /// Bridging updates, by their place in the layout.
    bridging: Vec<usize>,
}

/// Components and updates that have files in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Components whose presence only this group asks for.
    pub(crate) components: Vec<ComponentId>,
    /// Updates that bring files of no other group, by their place in the layout.
    pub(crate) updates: Vec<usize>,
    pub(crate) slots: Vec<SlotIndex>,
    /// All fields of the group, in an order that keeps fields near which steps look at together.
    pub fields: Vec<usize>,
}

impl Model {
    /// The interaction groups of this model's hosts.
    ///
    /// Components that others need are shared, and so are those whose files belong to several
    /// groups of updates: a step that brings one of them changes several groups at once.
    #[must_use]
    pub fn groups(&self) -> Groups {
        let slots = self.layout.slots.len();
        let bridging = self.bridging();
        let mut classes = self.classes(|place| !bridging.contains(&place));
        let components = self.scope().components.iter().copied();
        let own: Vec<ComponentId> =
            components.filter(|component| !self.is_shared(*component, &classes)).collect();
        for component in &own {
            let mut of_it = self.slots_of(*component);
            if let Some(first) = of_it.next() {
                of_it.for_each(|slot| classes.unite(first, slot));
            }
        }
        let without_files = own.iter().filter(|c| self.slots_of(**c).next().is_none()).copied();
        let mut groups: Vec<Group> = without_files.map(|c| self.group(vec![c], &[])).collect();
        let is_in_group = |member: &usize| !bridging.iter().any(|place| slots + place == *member);
        for members in classes.members() {
            if !members.iter().any(is_in_group) {
                continue;
            }
            let is_of = |component: &ComponentId| {
                self.slots_of(*component).any(|slot| members.contains(&slot))
            };
            groups.push(self.group(own.iter().copied().filter(is_of).collect(), &members));
        }
        let is_own = |index: &usize| own.iter().any(|component| usize::from(component.0) == *index);
        let shared = (0..self.catalog().components.len()).filter(|index| !is_own(index));
        let waiting = self.layout.waiting.as_ref().map(|waiting| waiting.any);
        let bridges = bridging.iter().filter_map(|place| self.layout.updates.get(*place));
        let records = bridges.clone().flat_map(|update| [update.record, update.level()]);
        let shared = [LEVEL, BASE, CACHE, self.layout.service_pack_before]
            .into_iter()
            .chain(waiting)
            .chain(shared.map(|index| COMPONENTS + index))
            .chain(records)
            .collect();
        let (groups, clusters) = neighbours(groups, bridges.map(|update| update.slots.as_slice()));
        Groups { shared, groups, clusters, bridging }
    }

    /// The updates with files that belong together with different ones of the other updates.
    fn bridging(&self) -> Vec<usize> {
        let updates = || self.layout.updates.iter().enumerate();
        let is_bridging = |(place, update): &(usize, &UpdateLayout)| {
            let classes = self.classes(|other| other != *place);
            let others = updates().filter(|(other, _)| other != place);
            let of_others = others.flat_map(|(_, other)| &other.slots);
            let of_others: BTreeSet<usize> = of_others.map(|slot| classes.of(*slot)).collect();
            let own: BTreeSet<usize> = update.slots.iter().map(|slot| classes.of(*slot)).collect();
            own.intersection(&of_others).count() > 1
        };
        updates().filter(is_bridging).map(|(place, _)| place).collect()
    }

    /// Slots, and behind these updates, in classes: those that some updates have in common. An
    /// update may have no file in scope.
    fn classes(&self, counts: impl Fn(usize) -> bool) -> Classes {
        let slots = self.layout.slots.len();
        let mut classes = Classes::new(slots + self.layout.updates.len());
        for (place, update) in self.layout.updates.iter().enumerate().filter(|(p, _)| counts(*p)) {
            for slot in &update.slots {
                classes.unite(*slot, slots + place);
            }
        }
        classes
    }

    /// A host of which one group is as it is, and everything else is as if nothing had been
    /// installed but the base operating system at its level: what shows of all other groups is in
    /// order. There is a component, unless no host with this group has one.
    #[must_use]
    pub fn with_others_in_order(&self, groups: &Groups, group: usize, host: &Host) -> Host {
        let mut host = host.clone();
        let numbered = groups.groups.iter().enumerate();
        let others = || numbered.clone().filter(|(number, _)| *number != group).map(|(_, g)| g);
        for field in others().flat_map(|other| &other.fields) {
            host.fields[*field] = 0;
        }
        let has_one =
            (0..self.catalog().components.len()).any(|c| host.fields[COMPONENTS + c] == 1);
        if !has_one {
            let mut free = others().flat_map(|other| &other.components);
            let without_needs = free.find(|c| self.catalog().component(**c).needs.is_empty());
            if let Some(component) = without_needs {
                host.fields[COMPONENTS + usize::from(component.0)] = 1;
            }
        }
        let level = usize::from(host.fields[LEVEL]);
        for slot in others().flat_map(|other| &other.slots) {
            let facts = &self.layout.slots[*slot];
            let is_there = |c: ComponentId| host.fields[COMPONENTS + usize::from(c.0)] == 1;
            if facts.component.is_none_or(is_there) {
                let recorded = self.recorded_copy(groups, *slot, &host.fields);
                let copy = facts.baseline[level].max(recorded);
                host.fields[self.layout.files.start + slot] = copy;
            }
        }
        self.layout.note_waiting(&mut host.fields);
        host
    }

    /// The newest copy of a slot that recorded bridging updates are known to have brought; 0 for
    /// none. A package without files for the host's level brought those for the recorded one.
    fn recorded_copy(&self, groups: &Groups, slot: SlotIndex, fields: &[u8]) -> u8 {
        let updates = groups.bridging.iter().filter_map(|place| self.layout.updates.get(*place));
        let tables = updates.map(|update| {
            let release = fields[update.record];
            match update.table(release, usize::from(fields[LEVEL])) {
                [] => update.table(release, usize::from(fields[update.level()])),
                table => table,
            }
        });
        let packages = tables.flatten().filter(|package| package.slot == slot);
        let listed =
            |package: &SlotPackage| if package.gdr == 0 { package.qfe } else { package.gdr };
        packages.map(listed).max().unwrap_or(0)
    }

    /// A host of which nothing is known but what waits for a restart: each file that waits is
    /// there, as on the base media, and so is its component, unless a store keeps files without it.
    #[must_use]
    pub fn with_files_that_wait(&self, host: &Host) -> Host {
        let mut host = host.clone();
        let level = usize::from(host.fields[LEVEL]);
        for (slot, facts) in self.layout.slots.iter().enumerate() {
            let waits = self.layout.waiting_copy(slot).is_some_and(|copy| host.fields[copy] != 0);
            if !waits {
                continue;
            }
            host.fields[self.layout.files.start + slot] = facts.baseline[level];
            if let Some(component) = facts.component
                && self.switches().store == Store::Present
            {
                host.fields[COMPONENTS + usize::from(component.0)] = 1;
            }
        }
        host
    }

    /// The group of a file; `None` for one outside the scope.
    #[must_use]
    pub fn group_of(&self, groups: &Groups, file: FileId) -> Option<usize> {
        let slot = self.layout.slot_of.get(usize::from(file.0)).copied().flatten()?;
        groups.groups.iter().position(|group| group.slots.contains(&slot))
    }

    /// The bridging updates: to install one changes several groups.
    pub fn bridging_updates<'m>(
        &'m self,
        groups: &'m Groups,
    ) -> impl Iterator<Item = UpdateId> + 'm {
        groups.bridging.iter().filter_map(|place| self.scope().updates.get(*place).copied())
    }

    /// The updates of one of these groups: to install one changes no other group.
    pub fn updates_of_group<'m>(
        &'m self,
        groups: &'m Groups,
        group: usize,
    ) -> impl Iterator<Item = UpdateId> + 'm {
        let places = groups.groups.get(group).into_iter().flat_map(|group| &group.updates);
        places.filter_map(|place| self.scope().updates.get(*place).copied())
    }

    /// Whether several groups ask for a component; the classes are those that updates make.
    fn is_shared(&self, component: ComponentId, classes: &Classes) -> bool {
        let is_needed = self.with_dependents[usize::from(component.0)] != bit(component);
        let mut of_updates: Vec<usize> = self
            .slots_of(component)
            .filter(|slot| self.layout.updates.iter().any(|update| update.slots.contains(slot)))
            .map(|slot| classes.of(slot))
            .collect();
        of_updates.sort_unstable();
        of_updates.dedup();
        is_needed || of_updates.len() > 1
    }

    fn slots_of(&self, component: ComponentId) -> impl Iterator<Item = SlotIndex> {
        let slots = self.layout.slots.iter().enumerate();
        slots.filter(move |(_, slot)| slot.component == Some(component)).map(|(index, _)| index)
    }

    /// A group of components with some slots and, numbered behind the slots, updates.
    fn group(&self, components: Vec<ComponentId>, members: &[usize]) -> Group {
        let layout = &self.layout;
        let (slots, updates): (Vec<usize>, Vec<usize>) =
            members.iter().copied().partition(|member| *member < layout.slots.len());
        let updates: Vec<usize> =
            updates.into_iter().map(|member| member - layout.slots.len()).collect();
        let mut fields: Vec<usize> =
            components.iter().map(|component| COMPONENTS + usize::from(component.0)).collect();
        let has_updates =
            |slot: &usize| layout.updates.iter().any(|update| update.slots.contains(slot));
        let (serviced, plain): (Vec<usize>, Vec<usize>) =
            slots.iter().partition(|slot| has_updates(slot));
        // What a service pack has backed up: no update changes it. Then what decides what a step
        // does to the slots; below it only slots are left, which do not depend on each other.
        fields.extend(serviced.iter().map(|slot| layout.service_pack_files.start + slot));
        for update in updates.iter().filter_map(|place| layout.updates.get(*place)) {
            fields.extend([update.record, update.level()]);
        }
        for slot in plain {
            fields.extend([layout.service_pack_files.start + slot, layout.files.start + slot]);
        }
        for slot in serviced {
            fields.push(layout.files.start + slot);
            fields.extend(layout.waiting_copy(slot));
            fields.extend(layout.updates.iter().rev().filter_map(|update| update.backup(slot)));
        }
        Group { components, updates, slots, fields }
    }
}

impl Groups {
    /// The groups that have files of an update.
    pub(crate) fn touched_by(&self, place: usize, update: &UpdateLayout) -> Vec<usize> {
        let is_bridging = self.bridging.contains(&place);
        let is_touched = |(_, group): &(usize, &Group)| {
            let brings = || update.slots.iter().any(|slot| group.slots.contains(slot));
            if is_bridging { brings() } else { group.updates.contains(&place) }
        };
        self.groups.iter().enumerate().filter(is_touched).map(|(number, _)| number).collect()
    }
}

/// Groups, with those behind each other that have some of the same slots, and the places of those.
fn neighbours<'a>(
    groups: Vec<Group>,
    bridges: impl Iterator<Item = &'a [SlotIndex]>,
) -> (Vec<Group>, Vec<Range<usize>>) {
    let mut classes = Classes::new(groups.len());
    for slots in bridges {
        let has_some = |group: &Group| group.slots.iter().any(|slot| slots.contains(slot));
        let mut touched = (0..).zip(&groups).filter(|(_, group)| has_some(group));
        if let Some((first, _)) = touched.next() {
            touched.for_each(|(other, _)| classes.unite(first, other));
        }
    }
    let mut numbered: Vec<(usize, Group)> = groups.into_iter().enumerate().collect();
    numbered.sort_by_key(|(number, _)| classes.of(*number));
    let mut end = 0;
    let clusters = numbered.chunk_by(|a, b| classes.of(a.0) == classes.of(b.0)).map(|together| {
        let start = end;
        end += together.len();
        start..end
    });
    let clusters = clusters.collect();
    (numbered.into_iter().map(|(_, group)| group).collect(), clusters)
}

/// Classes of numbers that hang together: union-find, for a few dozen of them.
struct Classes(Vec<usize>);

impl Classes {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn of(&self, member: usize) -> usize {
        self.0[member]
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (kept, gone) = (self.0[a].min(self.0[b]), self.0[a].max(self.0[b]));
        self.0.iter_mut().filter(|class| **class == gone).for_each(|class| *class = kept);
    }

    /// The members of each class, in the order of their first.
    fn members(&self) -> Vec<Vec<usize>> {
        let of = |class: usize| -> Vec<usize> {
            (0..self.0.len()).filter(|member| self.0[*member] == class).collect()
        };
        (0..self.0.len()).map(of).filter(|members| !members.is_empty()).collect()
    }
}
