//! The search.
//!
//! The set of states is kept in a fixed number of *shards*, by hash. A small search adds what it
//! reaches as it goes. A larger one waits for memory most of the time, so it divides its work by
//! place: the successors of a chunk of states are put down by shard, and each shard is then sifted
//! at one go, while it is in a cache; threads share the chunks, then the shards. What is new is
//! numbered in the order in which a plain search would have reached it: neither the number of
//! threads nor the hash shows in the result.

mod divided;
mod found;
mod space;

pub use found::{Bound, Bounds, Exploration, StateId};
pub use space::Space;

use crate::table::{SHARDS, Table, shard_of};
use divided::Divided;
use found::{NONE, Predecessor, Reached};
use space::{RECENT, hash_of, successors};
use std::{hash::Hash, ops::Range, sync::OnceLock};

/// How far a search is, told after each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Actions from an initial state to the level that was just reached.
    pub depth: usize,
    /// States so far.
    pub states: usize,
    /// States in the level that was just reached.
    pub frontier: usize,
}

/// States that are expanded before what they reached is sifted, so that memory stays bounded.
const STATES_AT_ONCE: usize = divided::CHUNK_MAX * 16;

/// States up to which their set stays near to the processor, so that one thread need not divide.
const NEAR_MAX: usize = 1 << 17;

/// States that are looked up together.
const BATCH: usize = 256;

/// Reaches every state that any sequence of actions can reach.
///
/// Breadth first, level by level: the path to a state is a shortest one, and among these the first
/// in the order of states and actions. The result does not depend on the number of threads.
pub fn explore<T: Space>(
    space: &T,
    bounds: &Bounds,
    progress: &(dyn Fn(Progress) + Sync),
) -> Exploration<T::State> {
    let mut search = Search::new(space, *bounds);
    search.begin();
    if search.found.stopped_by.is_some() {
        return search.found;
    }
    let mut frontier = 0..search.found.states.len();
    while !frontier.is_empty() {
        let (depth, states) = (search.found.depth, search.found.states.len());
        progress(Progress { depth, states, frontier: frontier.len() });
        let end = frontier.end;
        for start in frontier.step_by(STATES_AT_ONCE) {
            if !search.expand(start..end.min(start + STATES_AT_ONCE)) {
                // Some of the next level was reached before the bound was.
                search.found.depth += usize::from(search.found.states.len() > end);
                return search.found;
            }
        }
        frontier = end..search.found.states.len();
        if !frontier.is_empty() {
            search.found.depth += 1;
        }
    }
    search.found
}

/// A search under way.
struct Search<'a, T: Space> {
    space: &'a T,
    bounds: Bounds,
    found: Exploration<T::State>,
    shards: Vec<Table<T::State>>,
    /// What one thread alone has reached and not looked up yet.
    batch: Batch<T::State>,
    /// What all threads work with.
    divided: Divided<T::State>,
}

/// What was reached lately.
struct Batch<S> {
    /// What is not looked up yet, with its hash.
    reached: Vec<(Reached<S>, u64)>,
    firsts: Vec<S>,
    /// States that were reached lately, by hash: they need no second look.
    recent: Vec<S>,
    transition_count: u64,
}

impl<'a, T: Space> Search<'a, T> {
    fn new(space: &'a T, bounds: Bounds) -> Self {
        Self {
            space,
            bounds,
            found: Exploration {
                states: Vec::new(),
                predecessors: Vec::new(),
                numbers: OnceLock::new(),
                depth: 0,
                transition_count: 0,
                stopped_by: None,
            },
            shards: (0..SHARDS).map(|_| Table::new(space.vacant())).collect(),
            batch: Batch::new(space.vacant()),
            divided: Divided::new(space.vacant()),
        }
    }

    fn begin(&mut self) {
        for state in self.space.initial() {
            let hash = hash_of(&state);
            let shard = self.shards.get_mut(shard_of(hash));
            let predecessor = Predecessor { from: NONE, action: 0 };
            if shard.is_some_and(|shard| shard.insert(&state, hash))
                && !self.found.add(state, predecessor, &self.bounds)
            {
                return;
            }
        }
    }

    /// Expands some states of the present level; `false` when a bound stops the search.
    fn expand(&mut self, states: Range<usize>) -> bool {
        if let Some(depth) = self.bounds.depth_max
            && depth == self.found.depth
        {
            if self.leads_on(states) {
                self.found.stopped_by = Some(Bound::Depth(depth));
            }
            return true;
        }
        let before = self.found.transition_count;
        let is_near = self.divided.thread_count() == 1 && self.found.states.len() <= NEAR_MAX;
        let goes_on = if is_near || states.len() <= divided::CHUNK_MIN {
            self.expand_plainly(states.clone())
        } else {
            let Self { space, bounds, found, shards, divided, .. } = self;
            divided.expand(*space, states.clone(), (shards, found), bounds)
        };
        if !goes_on {
            // How far the counting was depends on the number of threads; this does not.
            self.found.transition_count = before;
            self.leads_on(states);
        }
        goes_on
    }

    /// Counts the transitions of some states, and tells whether one leads to a new state.
    fn leads_on(&mut self, states: Range<usize>) -> bool {
        let Self { space, found, shards, .. } = self;
        let mut is_new = false;
        for state in found.states.get(states).unwrap_or_default() {
            space.successors(state, &mut |_, next| {
                found.transition_count += 1;
                let hash = hash_of(&next);
                let shard = shards.get(shard_of(hash));
                is_new |= shard.is_some_and(|shard| !shard.contains(&next, hash));
            });
        }
        is_new
    }

    /// Expands some states one after the other; `false` when a bound stops the search.
    fn expand_plainly(&mut self, states: Range<usize>) -> bool {
        let mut number = states.start;
        while number < states.end {
            while number < states.end && self.batch.reached.len() < BATCH {
                let Some(state) = self.found.states.get(number) else { break };
                let Batch { reached, recent, transition_count, .. } = &mut self.batch;
                let news = |state, hash, is_news| {
                    if is_news {
                        reached.push((state, hash));
                    }
                };
                *transition_count += successors(self.space, (number, state), recent, news);
                number += 1;
            }
            if !self.batch.add(&mut self.shards, &mut self.found, &self.bounds) {
                return false;
            }
        }
        self.found.transition_count += std::mem::take(&mut self.batch.transition_count);
        true
    }
}

impl<S: Clone + Eq + Hash> Batch<S> {
    fn new(vacant: S) -> Self {
        let recent = vec![vacant; RECENT];
        Self { reached: Vec::new(), firsts: Vec::new(), recent, transition_count: 0 }
    }

    /// Adds what is new of it to what was found; `false` when a bound stops the search.
    ///
    /// Looking up waits for memory. So all places are read before any is looked at, and the
    /// processor waits for many at once.
    fn add(
        &mut self,
        shards: &mut [Table<S>],
        found: &mut Exploration<S>,
        bounds: &Bounds,
    ) -> bool {
        let first = |(_, hash): &(Reached<S>, u64)| Some(shards.get(shard_of(*hash))?.first(*hash));
        self.firsts.clear();
        self.firsts.extend(self.reached.iter().filter_map(first));
        for ((reached, hash), first) in self.reached.drain(..).zip(&self.firsts) {
            // What stood there before this batch may be out of date, but a state stays.
            if *first == reached.state {
                continue;
            }
            let shard = shards.get_mut(shard_of(hash));
            if shard.is_some_and(|shard| shard.insert(&reached.state, hash))
                && !found.add(reached.state, reached.predecessor, bounds)
            {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests;
