//! Closures of sets of hosts' fields of one group under the group's local steps.
//!
//! **Owns** what is remembered of closures. The closure of a set is the least set that holds it and
//! that no step leads out of. So where `B` is within `A`, the closure of `B` is within that of `A`,
//! and `A` united with it has the same closure as `A`. A search asks for the closures of sets that
//! grow, and each begins with those that are known. Many places have the same local steps: these
//! are lists with numbers, and what is known of a list is known at all of these places.
//!
//! **Must never know** places, or products.

use patchstate_diagram::{Diagrams, Relation, Renumbered, Set, TooLarge};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// A closure that made fewer new nodes is quickly found again.
const NEW_NODES_MIN: usize = 2_000;

/// How many sets with their closures are kept for a list, so that larger ones begin with them.
const KEPT_MAX: usize = 40;

/// The number of a list of steps.
pub(crate) type ListNumber = usize;

/// Steps that a group may take at some place.
#[derive(Default)]
struct List {
    steps: Vec<Relation>,
    /// Sets whose closures took long, with these: the last ones.
    kept: VecDeque<(Set, Set)>,
}

/// What is known of closures.
#[derive(Default)]
pub(crate) struct Closures {
    lists: Vec<List>,
    numbers: FxHashMap<Vec<Relation>, ListNumber>,
    /// By list and set: the closure.
    found: FxHashMap<(ListNumber, Set), Set>,
}

impl Closures {
    /// The number of these steps, in whatever order.
    pub(crate) fn list(&mut self, mut steps: Vec<Relation>) -> ListNumber {
        steps.sort_unstable();
        steps.dedup();
        let lists = &mut self.lists;
        *self.numbers.entry(steps).or_insert_with_key(|steps| {
            lists.push(List { steps: steps.clone(), kept: VecDeque::new() });
            lists.len() - 1
        })
    }

    /// What the steps of a list make of a set.
    pub(crate) fn of(
        &mut self,
        diagrams: &mut Diagrams,
        number: ListNumber,
        set: Set,
    ) -> Result<Set, TooLarge> {
        let Some(list) = self.lists.get_mut(number).filter(|list| !list.steps.is_empty()) else {
            return Ok(set);
        };
        if let Some(known) = self.found.get(&(number, set)) {
            return Ok(*known);
        }
        let mut start = set;
        for (smaller, closed) in list.kept.iter().rev() {
            if diagrams.is_subset(*smaller, start)? {
                start = diagrams.union(start, *closed)?;
            }
        }
        // What lies between a set and its closure has the same closure.
        if let Some(known) = self.found.get(&(number, start)).copied() {
            self.found.insert((number, set), known);
            return Ok(known);
        }
        let node_count = diagrams.node_count();
        let closed = diagrams.closure(start, &list.steps)?;
        if diagrams.node_count() >= node_count.saturating_add(NEW_NODES_MIN) {
            if list.kept.len() >= KEPT_MAX {
                list.kept.pop_front();
            }
            list.kept.push_back((set, closed));
        }
        self.found.insert((number, set), closed);
        self.found.insert((number, closed), closed);
        Ok(closed)
    }

    /// Forgets the sets that larger ones would begin with.
    pub(crate) fn forget(&mut self) {
        self.lists.iter_mut().for_each(|list| list.kept.clear());
    }

    /// What has to stay when nodes are collected.
    pub(crate) fn needed(&mut self) -> (Vec<&mut Set>, Vec<&mut Relation>) {
        let (mut sets, mut relations) = (Vec::new(), Vec::new());
        for list in &mut self.lists {
            relations.extend(&mut list.steps);
            sets.extend(list.kept.iter_mut().flat_map(|(set, closed)| [set, closed]));
        }
        (sets, relations)
    }

    /// After nodes were collected: what else is remembered stays as far as its sets are there.
    pub(crate) fn renew(&mut self, now: &Renumbered) {
        self.lists.iter_mut().for_each(|list| list.steps.sort_unstable());
        let lists = self.lists.iter().enumerate();
        self.numbers = lists.map(|(number, list)| (list.steps.clone(), number)).collect();
        let found = std::mem::take(&mut self.found).into_iter();
        let renewed = found
            .filter_map(|((list, set), closed)| Some(((list, now.set(set)?), now.set(closed)?)));
        self.found = renewed.collect();
    }
}
