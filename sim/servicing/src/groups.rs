//! Which fields of a host hang together.
//!
//! **Owns** *interaction groups*: components and updates that have files in common, with all fields
//! of these files. No step mixes two groups: what becomes of a group is decided by its own fields
//! and by the *shared* ones (level, base, cache, service pack backup level, whether files wait for
//! a restart, presence of the components that several groups ask for). `factor.rs` says what each
//! step does to each group.
//!
//! **Must never know** what a set of hosts is, or how it is held.

use crate::{
    Host, Model, Store,
    layout::{BASE, CACHE, COMPONENTS, LEVEL, SlotIndex},
    model::bit,
};
use patchstate_catalog::{ComponentId, UpdateId};

/// The fields of a host, in groups that no step mixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Fields that every group may ask for.
    pub shared: Vec<usize>,
    /// All other fields: each stands in one group.
    pub groups: Vec<Group>,
}

/// Components and updates that have files in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Components whose presence only this group asks for.
    pub(crate) components: Vec<ComponentId>,
    /// Updates, by their place in the layout.
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
        // Slots first, then updates: an update may have no file in scope.
        let mut classes = Classes::new(slots + self.layout.updates.len());
        for (place, update) in self.layout.updates.iter().enumerate() {
            for slot in &update.slots {
                classes.unite(*slot, slots + place);
            }
        }
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
        for members in classes.members() {
            let is_of = |component: &ComponentId| {
                self.slots_of(*component).any(|slot| members.contains(&slot))
            };
            groups.push(self.group(own.iter().copied().filter(is_of).collect(), &members));
        }
        let is_own = |index: &usize| own.iter().any(|component| usize::from(component.0) == *index);
        let shared = (0..self.catalog().components.len()).filter(|index| !is_own(index));
        let waiting = self.layout.waiting.as_ref().map(|waiting| waiting.any);
        let shared = [LEVEL, BASE, CACHE, self.layout.service_pack_before]
            .into_iter()
            .chain(waiting)
            .chain(shared.map(|index| COMPONENTS + index))
            .collect();
        Groups { shared, groups }
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
                host.fields[self.layout.files.start + slot] = facts.baseline[level];
            }
        }
        self.layout.note_waiting(&mut host.fields);
        host
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
