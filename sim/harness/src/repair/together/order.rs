//! Orders of the whole that lead to given hosts of its slices.
//!
//! The order to one host is taken as it is. To it are added, slice after slice, steps that no slice
//! before knows, so that each slice goes where it is to go while it follows the steps that it
//! shares. This need not succeed, and what is found is only an order: whether it shows what it is
//! to show has to be seen by following it.

use crate::{Reached, reach::Held};
use patchstate_explore::StateId;
use patchstate_terms::Step;
use rustc_hash::FxHashSet;
use std::collections::{BTreeSet, VecDeque};

/// Most hosts of a slice that are looked at for the steps to be added.
const HOST_COUNT_MAX: usize = 50_000;

/// Whether a host of a slice is where the slice is to go.
pub(super) type IsThere<'a> = &'a dyn Fn(usize, Held) -> bool;

/// Orders that lead every slice where it is to go, as far as such are found: at most one for each
/// slice that is begun with, those with the longest orders first.
pub(super) fn merged(
    reached: &[Reached],
    wanted: &[StateId],
    is_there: IsThere<'_>,
) -> Vec<Vec<Step>> {
    let order = |(reached, host): (&Reached, &StateId)| reached.order(*host);
    let mut orders: Vec<(usize, Vec<Step>)> =
        reached.iter().zip(wanted).map(order).enumerate().collect();
    orders.sort_by_key(|(slice, order)| (std::cmp::Reverse(order.len()), *slice));
    let mut found: Vec<Vec<Step>> = Vec::new();
    for (first, start) in &orders {
        let mut merged = Merged::new(start, reached.get(*first));
        let mut others = orders.iter().map(|(slice, _)| *slice).filter(|slice| slice != first);
        let is_found = others.all(|slice| {
            let is_there = |host| is_there(slice, host);
            reached.get(slice).is_some_and(|reached| merged.add(reached, &is_there))
        });
        if is_found && !found.contains(&merged.steps) {
            found.push(merged.steps);
        }
    }
    found
}

/// An order, and the steps that the slices know of which it is made.
struct Merged {
    steps: Vec<Step>,
    known: BTreeSet<Step>,
}

impl Merged {
    fn new(start: &[Step], reached: Option<&Reached>) -> Self {
        let known = reached.map(Reached::steps).unwrap_or_default();
        Self { steps: start.to_vec(), known: known.iter().map(|(step, _)| step.clone()).collect() }
    }

    /// Adds what one more slice has to do; whether it can.
    fn add(&mut self, reached: &Reached, is_there: &dyn Fn(Held) -> bool) -> bool {
        let number = |step: &Step| reached.steps().iter().position(|(known, _)| known == step);
        // The places in the order of the steps that the slice knows as well.
        let shared: Vec<(usize, usize)> =
            self.steps.iter().enumerate().filter_map(|(at, s)| Some((at, number(s)?))).collect();
        let is_own = |step: &Step| !self.known.contains(step);
        let own = reached.steps().iter().enumerate().filter(|(_, (step, _))| is_own(step));
        let own: BTreeSet<usize> = own.map(|(number, _)| number).collect();
        let Some(base) = self.base(reached) else { return false };
        let search = Search { reached, shared: &shared, own: &own };
        let Some(path) = search.run(base, is_there) else {
            return false;
        };
        // Put in from the end, so that places before stay what they are.
        let end = self.steps.len();
        for (position, step) in path.into_iter().rev() {
            let at = shared.get(position).map_or(end, |(at, _)| *at);
            if let Some((step, _)) = reached.steps().get(step) {
                self.steps.insert(at, step.clone());
            }
        }
        self.known.extend(reached.steps().iter().map(|(step, _)| step.clone()));
        true
    }

    /// The bare system of a slice that the order begins with.
    fn base(&self, reached: &Reached) -> Option<Held> {
        let first = self.steps.first()?;
        let count = u32::try_from(reached.host_count()).unwrap_or(u32::MAX);
        let orders = (0..count).map(|number| (StateId(number), reached.order(StateId(number))));
        let mut bases = orders.take_while(|(_, order)| order.len() == 1);
        let (base, _) = bases.find(|(_, order)| order.first() == Some(first))?;
        reached.held(base)
    }
}

/// A search of one slice that has to follow some steps, and may put its own between them.
struct Search<'a> {
    reached: &'a Reached,
    shared: &'a [(usize, usize)],
    own: &'a BTreeSet<usize>,
}

/// How a host was come to: from which place, and by a step of the slice's own before the shared
/// one at a position.
type From = (usize, Option<(usize, usize)>);

impl Search<'_> {
    /// A few own steps that lead where the slice is to go: each with the position of the shared
    /// step that it stands before, in order.
    fn run(&self, base: Held, is_there: &dyn Fn(Held) -> bool) -> Option<Vec<(usize, usize)>> {
        let mut seen = FxHashSet::from_iter([(0, base)]);
        let mut all: Vec<(usize, Held, From)> = vec![(0, base, (0, None))];
        // Shared steps cost nothing, so they are taken first.
        let mut waiting = VecDeque::from([0]);
        while let Some(place) = waiting.pop_front() {
            let (position, host, _) = *all.get(place)?;
            if position == self.shared.len() && is_there(host) {
                return Some(path(&all, place));
            }
            let shared = self.shared.get(position).map(|(_, step)| *step);
            let (mut after, mut nexts) = (host, Vec::new());
            self.reached.go_on(host, &mut |step, next| {
                if shared == Some(step) {
                    after = next;
                }
                if self.own.contains(&step) {
                    nexts.push((step, next));
                }
            });
            if shared.is_some() && seen.insert((position + 1, after)) {
                waiting.push_front(all.len());
                all.push((position + 1, after, (place, None)));
            }
            for (step, next) in nexts {
                if seen.insert((position, next)) {
                    waiting.push_back(all.len());
                    all.push((position, next, (place, Some((position, step)))));
                }
            }
            if all.len() > HOST_COUNT_MAX {
                return None;
            }
        }
        None
    }
}

fn path(all: &[(usize, Held, From)], mut place: usize) -> Vec<(usize, usize)> {
    let mut path = Vec::new();
    while let Some((_, _, (from, step))) = all.get(place).filter(|_| place > 0) {
        path.extend(*step);
        place = *from;
    }
    path.reverse();
    path
}
