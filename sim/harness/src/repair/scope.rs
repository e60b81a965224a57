//! The shortest repair of every reachable host of a scope, by one search backwards.
//!
//! The search begins at all consistent hosts with one set of components and follows the steps of
//! the explored graph against their direction; components may come and go on the way. It is done
//! once for each set of components, and tells for every host with that set how far it has to go.

use super::{is_well, rank, works};
use crate::{HarnessError, Reached, Simulation};
use patchstate_explore::StateId;
use patchstate_terms::{Architecture, Status, Step};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A distance that no search reached.
const FAR: u16 = u16::MAX;

/// How far every host of a scope is from a consistent one with the same components.
#[derive(Clone, Debug)]
pub struct Repairs {
    /// The true status of each host.
    statuses: Vec<Status>,
    /// For each host, the number of its set of components.
    sets: Vec<u32>,
    /// For each set of components, how many steps each host is away from a consistent one with
    /// that set.
    distances: Vec<Vec<u16>>,
}

/// The core's remedies against the shortest repairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remedies {
    /// Hosts that need a repair.
    pub checked: usize,
    /// Hosts whose remedy leads to a consistent host with the same components.
    pub working: usize,
    /// Hosts whose remedy does not, and what it is.
    pub failing: Vec<(StateId, Vec<Step>)>,
    /// Hosts whose remedy is longer than the shortest repair: its length, then the shortest.
    pub longer: Vec<(StateId, usize, usize)>,
    /// Hosts that need a repair, by the length of their shortest one.
    pub by_length: BTreeMap<usize, usize>,
    /// Hosts that no sequence of the scope's steps makes consistent.
    pub beyond_repair: Vec<StateId>,
}

/// The core's remedies against the shortest repairs, for people: counts, and some install orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemedyReport {
    /// Hosts that need a repair.
    pub checked: usize,
    /// Hosts whose remedy leads to a consistent host with the same components.
    pub working: usize,
    /// Hosts whose remedy works and is longer than the shortest repair.
    pub longer: usize,
    /// Hosts that no sequence of the scope's steps makes consistent.
    pub beyond_repair: usize,
    /// Hosts that need a repair, by the length of their shortest one.
    pub by_length: BTreeMap<usize, usize>,
    /// Some hosts whose remedy does not work, shortest install order first.
    pub failing_cases: Vec<RemedyCase>,
    /// Some hosts whose remedy is longer than need be, shortest install order first.
    pub longer_cases: Vec<RemedyCase>,
}

/// A host and its remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemedyCase {
    /// The architecture.
    pub architecture: Architecture,
    /// The shortest install order.
    pub order: Vec<Step>,
    /// What the core advises.
    pub remedy: Vec<Step>,
    /// The shortest repair, where there is one.
    pub shortest: Option<Vec<Step>>,
}

/// The shortest repair of every host. Exact where the search was complete.
#[must_use]
pub fn repairs(reached: &Reached) -> Repairs {
    let statuses = reached.statuses();
    let (sets, set_count) = component_sets(reached);
    let backwards = Backwards::new(reached);
    let distances = (0..set_count).into_par_iter().map(|set| {
        let is_goal = |(status, of): (&Status, &u32)| *status == Status::Consistent && *of == set;
        let goals = statuses.iter().zip(&sets).map(is_goal);
        backwards.distances(goals)
    });
    let distances = distances.collect();
    Repairs { statuses, sets, distances }
}

impl Repairs {
    /// The length of a host's shortest repair in steps; 0 where none is needed, `None` where no
    /// sequence of the scope's steps helps.
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
                let Some((step, _)) = reached.steps().get(number) else { return };
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

    /// Checks the core's remedy on every host. The advice is carried out on the host that the same
    /// order makes in `whole`, a simulation of the whole catalog: the core may name any update.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub fn check_remedies(
        &self,
        reached: &Reached,
        whole: &Simulation,
    ) -> Result<Remedies, HarnessError> {
        let looks = reached.looks();
        let remedy = |id: &StateId| {
            let (simulation, host) = (reached.simulation(), reached.host(*id)?);
            let tree = simulation.tree(&host);
            Some(tree.map(|tree| simulation.judge(&tree).remedy))
        };
        // Hosts that look the same are told the same; whether it works is asked of each.
        let advice: Result<Vec<_>, HarnessError> =
            looks.first.par_iter().filter_map(remedy).collect();
        let advice = advice?;
        let ill = (0..).map(StateId).zip(&looks.of).zip(&self.statuses);
        let ill: Vec<(StateId, u32)> = ill
            .filter(|(_, status)| !is_well(**status))
            .map(|((id, look), _)| (id, *look))
            .collect();
        let check = |(id, look): &(StateId, u32)| {
            let remedy = advice.get(*look as usize)?;
            Some((*id, remedy, works_in(whole, reached, *id, remedy)))
        };
        let checks: Vec<_> = ill.par_iter().filter_map(check).collect();
        let mut remedies = Remedies::default();
        for (id, remedy, does_work) in checks {
            remedies.checked += 1;
            let length = self.length(id);
            match length {
                Some(length) => *remedies.by_length.entry(length).or_default() += 1,
                None => remedies.beyond_repair.push(id),
            }
            match length {
                _ if !does_work => remedies.failing.push((id, remedy.clone())),
                Some(shortest) if remedy.len() > shortest => {
                    remedies.working += 1;
                    remedies.longer.push((id, remedy.len(), shortest));
                }
                _ => remedies.working += 1,
            }
        }
        Ok(remedies)
    }

    /// Checks the core's remedy on every host, and tells up to `count_max` orders of each kind that
    /// should not be: remedies that do not work, and remedies that are longer than they need be.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub fn report(
        &self,
        reached: &Reached,
        whole: &Simulation,
        count_max: usize,
    ) -> Result<RemedyReport, HarnessError> {
        let remedies = self.check_remedies(reached, whole)?;
        let case = |id: StateId| -> Option<Result<RemedyCase, HarnessError>> {
            let host = reached.host(id)?;
            Some(reached.simulation().tree(&host).map(|tree| RemedyCase {
                architecture: reached.simulation().model().architecture(),
                order: reached.order(id),
                remedy: reached.simulation().judge(&tree).remedy,
                shortest: self.order(reached, id),
            }))
        };
        let cases = |ids: Vec<StateId>| -> Result<Vec<RemedyCase>, HarnessError> {
            ids.into_iter().take(count_max).filter_map(case).collect()
        };
        Ok(RemedyReport {
            checked: remedies.checked,
            working: remedies.working,
            longer: remedies.longer.len(),
            beyond_repair: remedies.beyond_repair.len(),
            by_length: remedies.by_length,
            failing_cases: cases(remedies.failing.iter().map(|(id, _)| *id).collect())?,
            longer_cases: cases(remedies.longer.iter().map(|(id, ..)| *id).collect())?,
        })
    }
}

impl RemedyReport {
    /// Adds what was found in another search.
    pub fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.working += other.working;
        self.longer += other.longer;
        self.beyond_repair += other.beyond_repair;
        for (length, count) in other.by_length {
            *self.by_length.entry(length).or_default() += count;
        }
        self.failing_cases.extend(other.failing_cases);
        self.longer_cases.extend(other.longer_cases);
    }
}

/// Whether a remedy works on the host that the same order makes in a larger model.
fn works_in(whole: &Simulation, reached: &Reached, id: StateId, remedy: &[Step]) -> bool {
    let words: Vec<String> = reached.order(id).iter().map(ToString::to_string).collect();
    whole.follow(&words).is_ok_and(|host| works(whole, &host, remedy))
}

impl Reached {
    /// The true status of each host, in the order of their numbers.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        let looks = self.looks();
        let truth = |id: &StateId| {
            let truth = self.host(*id).map(|host| self.simulation().truth(&host).status);
            truth.unwrap_or(Status::Inconclusive)
        };
        let of_look: Vec<Status> = looks.first.par_iter().map(truth).collect();
        let of = |look: &u32| of_look.get(*look as usize).copied();
        looks.of.iter().map(|look| of(look).unwrap_or(Status::Inconclusive)).collect()
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
    fn new(reached: &Reached) -> Self {
        let count = u32::try_from(reached.host_count()).unwrap_or(u32::MAX);
        let mut edges = Vec::new();
        for from in 0..count {
            reached.successors(StateId(from), &mut |_, to| edges.push((to.0, from)));
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
