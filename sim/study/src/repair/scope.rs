//! The shortest repair of every reachable host of a scope, by one search backwards.
//!
//! The search begins at all consistent hosts with one set of components and follows the steps of
//! the explored graph against their direction; components may come and go on the way. It is done
//! once for each set of components, and tells for every host with that set how far it has to go.

use super::{is_of_additive, is_well, rank};
use crate::Reached;
use patchstate_explore::StateId;
use patchstate_terms::{Status, Step};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A distance that no search reached.
const FAR: u16 = u16::MAX;

/// How far every host of a scope is from a consistent one with the same components.
#[derive(Clone, Debug)]
pub struct Repairs {
    /// Which steps they are made of.
    is_tried: fn(&Step) -> bool,
    /// The true status of each host.
    statuses: Vec<Status>,
    /// For each host, the number of its set of components.
    sets: Vec<u32>,
    /// For each set of components, how many steps each host is away from a consistent one with
    /// that set.
    distances: Vec<Vec<u16>>,
}

/// The shortest repair of every host. Exact where the search was complete.
#[must_use]
pub fn repairs(reached: &Reached) -> Repairs {
    repairs_by(reached, |_| true)
}

/// The shortest repair of every host that removes nothing. Exact where the search was complete.
#[must_use]
pub fn additive_repairs(reached: &Reached) -> Repairs {
    repairs_by(reached, is_of_additive)
}

fn repairs_by(reached: &Reached, is_tried: fn(&Step) -> bool) -> Repairs {
    let statuses = reached.statuses();
    let (sets, set_count) = component_sets(reached);
    let backwards = Backwards::new(reached, is_tried);
    let distances = (0..set_count).into_par_iter().map(|set| {
        let is_goal = |(status, of): (&Status, &u32)| *status == Status::Consistent && *of == set;
        let goals = statuses.iter().zip(&sets).map(is_goal);
        backwards.distances(goals)
    });
    let distances = distances.collect();
    Repairs { is_tried, statuses, sets, distances }
}

impl Repairs {
    /// The length of a host's shortest repair in steps; 0 where none is needed, `None` where no
    /// sequence of these steps helps.
    #[must_use]
    pub fn length(&self, host: StateId) -> Option<usize> {
        let index = host.0 as usize;
        if is_well(*self.statuses.get(index)?) {
            return Some(0);
        }
        self.distance(*self.sets.get(index)?, host)
    }

    /// The shortest repair of a host, the first in the order of
    /// [`repair_steps`](super::repair_steps); `None` where there is none.
    #[must_use]
    pub fn order(&self, reached: &Reached, host: StateId) -> Option<Vec<Step>> {
        let set = *self.sets.get(host.0 as usize)?;
        let (mut at, mut order) = (host, Vec::new());
        for left in (0..self.length(host)?).rev() {
            let mut best: Option<((u8, usize), StateId)> = None;
            reached.successors(at, &mut |number, next| {
                let step = reached.steps().get(number).filter(|(step, _)| (self.is_tried)(step));
                let Some((step, _)) = step else { return };
                let preference = (rank(step), number);
                let is_better = best.is_none_or(|(known, _)| preference < known);
                if is_better && self.distance(set, next) == Some(left) {
                    best = Some((preference, next));
                }
            });
            let ((_, number), next) = best?;
            order.push(reached.steps().get(number)?.0.clone());
            at = next;
        }
        Some(order)
    }

    fn distance(&self, set: u32, host: StateId) -> Option<usize> {
        let distances = self.distances.get(set as usize)?;
        distances.get(host.0 as usize).filter(|far| **far != FAR).map(|far| usize::from(*far))
    }
}

/// The number of each host's set of components, and how many sets there are.
fn component_sets(reached: &Reached) -> (Vec<u32>, u32) {
    let mut numbers = BTreeMap::new();
    let mut sets = Vec::with_capacity(reached.host_count());
    let mut count = 0;
    for (_, host) in reached.hosts() {
        let components: Vec<_> = reached.simulation().model().view(&host).components().collect();
        let number = *numbers.entry(components).or_insert(count);
        count = count.max(number + 1);
        sets.push(number);
    }
    (sets, count)
}

/// The explored graph with its steps turned round.
struct Backwards {
    /// For each host, where its predecessors begin; one more at the end.
    starts: Vec<usize>,
    predecessors: Vec<u32>,
}

impl Backwards {
    fn new(reached: &Reached, is_tried: fn(&Step) -> bool) -> Self {
        let is_one = |number| reached.steps().get(number).is_some_and(|(step, _)| is_tried(step));
        let count = u32::try_from(reached.host_count()).unwrap_or(u32::MAX);
        let mut edges = Vec::new();
        for from in 0..count {
            reached.successors(StateId(from), &mut |number, to| {
                if is_one(number) {
                    edges.push((to.0, from));
                }
            });
        }
        edges.sort_unstable();
        edges.dedup();
        let start = |host: u32| edges.partition_point(|(to, _)| *to < host);
        let starts = (0..=count).map(start).collect();
        Self { starts, predecessors: edges.into_iter().map(|(_, from)| from).collect() }
    }

    fn of(&self, host: u32) -> &[u32] {
        let index = host as usize;
        let range = self.starts.get(index).zip(self.starts.get(index + 1));
        range.and_then(|(start, end)| self.predecessors.get(*start..*end)).unwrap_or_default()
    }

    /// How many steps each host is away from the nearest goal.
    fn distances(&self, goals: impl Iterator<Item = bool>) -> Vec<u16> {
        let mut distances: Vec<u16> = goals.map(|is_goal| if is_goal { 0 } else { FAR }).collect();
        let near = (0..).zip(&distances).filter(|(_, distance)| **distance == 0);
        let mut level: Vec<u32> = near.map(|(host, _)| host).collect();
        let mut distance = 0;
        while !level.is_empty() && distance < FAR - 1 {
            distance += 1;
            let mut next = Vec::new();
            for before in level.iter().flat_map(|host| self.of(*host)) {
                if let Some(known) = distances.get_mut(*before as usize)
                    && *known == FAR
                {
                    *known = distance;
                    next.push(*before);
                }
            }
            level = next;
        }
        distances
    }
}
