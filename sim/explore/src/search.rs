//! The search.
//!
//! A level is expanded in chunks of fixed size. Threads compute the successors of their chunks and
//! drop what was seen before; what is left goes into a fixed number of *shards*, by hash, and
//! each shard is then sifted by one thread in the order of the chunks. What is new is then put
//! into the order in which a plain search would have reached it: neither the number of threads
//! nor the hash shows in the result.

use crate::table::{SHARDS, Table, shard_of};
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::{
    hash::{BuildHasher, Hash},
    ops::Range,
    sync::OnceLock,
};

/// A transition system: states, actions by number, and what each action does.
pub trait Space: Sync {
    /// A state: a small value. Equal states are the same state, and states are stored whole.
    type State: Clone + Eq + Hash + Send + Sync;

    /// A value that is no state. It marks what is free in the table of states.
    fn vacant(&self) -> Self::State;

    /// The states to begin with.
    fn initial(&self) -> Vec<Self::State>;

    /// How many actions there are; they are numbered from 0.
    fn action_count(&self) -> usize;

    /// The state after an action, or `None` when the action leads nowhere else.
    fn next(&self, state: &Self::State, action: usize) -> Option<Self::State>;

    /// Tells every action that leads elsewhere with the state after it, in ascending order. To be
    /// overridden where work can be shared between the actions on one state.
    fn successors(&self, state: &Self::State, reach: &mut impl FnMut(usize, Self::State)) {
        for action in 0..self.action_count() {
            if let Some(next) = self.next(state, action) {
                reach(action, next);
            }
        }
    }
}

/// Where a search stops before the fixpoint. A search that was stopped proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Stop when another state would be one too many.
    pub state_count_max: Option<usize>,
    /// Do not go on from states at this depth.
    pub depth_max: Option<usize>,
}

/// What stopped a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// [`Bounds::state_count_max`].
    States(usize),
    /// [`Bounds::depth_max`].
    Depth(usize),
}

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

/// The number of a state, in the order in which states were reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// How a state was first reached; `from` is [`NONE`] for an initial state.
#[derive(Clone, Copy, Debug)]
struct Predecessor {
    from: u32,
    action: u32,
}

/// No predecessor; searches end before they have as many states.
const NONE: u32 = u32::MAX;

/// What a search found.
#[derive(Clone, Debug)]
pub struct Exploration<S> {
    states: Vec<S>,
    predecessors: Vec<Predecessor>,
    /// Made when it is first asked for: searching does not need it.
    numbers: OnceLock<FxHashMap<S, StateId>>,
    depth: usize,
    transition_count: u64,
    stopped_by: Option<Bound>,
}

/// States whose successors one thread computes at a time.
const CHUNK: usize = 1 << 13;

/// Chunks that are expanded before what they reached is sifted, so that memory stays bounded.
const CHUNKS_AT_ONCE: usize = 16;

/// States that are looked up together.
const BATCH: usize = 256;

/// States that a chunk remembers: so few that they stay in a cache near to the processor.
const RECENT: usize = 1 << 13;

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
        for start in frontier.step_by(CHUNK * CHUNKS_AT_ONCE) {
            if !search.expand(start..end.min(start + CHUNK * CHUNKS_AT_ONCE)) {
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
    hasher: FxBuildHasher,
}

/// A state that was reached, and how.
#[derive(Clone)]
struct Reached<S> {
    state: S,
    hash: u64,
    predecessor: Predecessor,
}

/// What was reached and is not looked up yet.
struct Batch<S> {
    reached: Vec<Reached<S>>,
    firsts: Vec<S>,
    /// States that this chunk reached lately, by hash: they need no second look.
    recent: Vec<S>,
}

/// What one chunk reached: how many transitions there are, and what was not seen before, by shard.
struct Expanded<S> {
    transitions: u64,
    reached: [Vec<Reached<S>>; SHARDS],
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
            hasher: FxBuildHasher,
        }
    }

    fn begin(&mut self) {
        let limit = self.limit();
        for state in self.space.initial() {
            let hash = self.hasher.hash_one(&state);
            let shard = self.shards.get_mut(shard_of(hash));
            if !shard.is_some_and(|shard| shard.insert(&state, hash)) {
                continue;
            }
            if self.found.states.len() >= limit {
                self.found.stopped_by = Some(Bound::States(limit));
                return;
            }
            self.found.states.push(state);
            self.found.predecessors.push(Predecessor { from: NONE, action: 0 });
        }
    }

    /// How many states there may be.
    fn limit(&self) -> usize {
        self.bounds.state_count_max.unwrap_or(usize::MAX).min(NONE as usize)
    }

    /// Expands some states of the present level; `false` when a bound stops the search.
    fn expand(&mut self, states: Range<usize>) -> bool {
        let this = &*self;
        let starts: Vec<usize> = states.clone().step_by(CHUNK).collect();
        let expanded: Vec<Expanded<T::State>> = starts
            .par_iter()
            .map(|start| this.expand_chunk(*start..states.end.min(start + CHUNK)))
            .collect();
        self.found.transition_count += expanded.iter().map(|chunk| chunk.transitions).sum::<u64>();
        if self.bounds.depth_max == Some(self.found.depth) {
            let more = expanded.iter().flat_map(|chunk| &chunk.reached).any(|r| !r.is_empty());
            if more {
                self.found.stopped_by = self.bounds.depth_max.map(Bound::Depth);
            }
            return true;
        }
        let fresh: Vec<Vec<Reached<T::State>>> = self
            .shards
            .par_iter_mut()
            .enumerate()
            .map(|(number, shard)| sift(shard, number, &expanded))
            .collect();
        let mut fresh: Vec<Reached<T::State>> = fresh.into_iter().flatten().collect();
        // Each shard is in this order already, and the sort makes use of such runs.
        fresh.sort_by_key(|reached| (reached.predecessor.from, reached.predecessor.action));
        self.number(fresh)
    }

    fn expand_chunk(&self, chunk: Range<usize>) -> Expanded<T::State> {
        let mut expanded = Expanded { transitions: 0, reached: Default::default() };
        let mut batch = Batch::new(self.space.vacant());
        let states = self.found.states.get(chunk.clone()).unwrap_or_default();
        for (number, state) in chunk.zip(states) {
            let from = u32::try_from(number).unwrap_or(NONE);
            self.space.successors(state, &mut |action, next| {
                expanded.transitions += 1;
                let action = u32::try_from(action).unwrap_or(u32::MAX);
                let predecessor = Predecessor { from, action };
                let hash = self.hasher.hash_one(&next);
                if batch.is_news(&next, hash) {
                    batch.reached.push(Reached { state: next, hash, predecessor });
                }
            });
            if batch.reached.len() >= BATCH {
                batch.look_up(&self.shards, &mut expanded);
            }
        }
        batch.look_up(&self.shards, &mut expanded);
        expanded
    }

    /// Gives new states their numbers; `false` when a bound stops the search.
    fn number(&mut self, fresh: Vec<Reached<T::State>>) -> bool {
        let limit = self.limit();
        for reached in fresh {
            if self.found.states.len() >= limit {
                self.found.stopped_by = Some(Bound::States(limit));
                return false;
            }
            self.found.states.push(reached.state);
            self.found.predecessors.push(reached.predecessor);
        }
        true
    }
}

impl<S: Clone + Eq + Hash> Batch<S> {
    fn new(vacant: S) -> Self {
        Self { reached: Vec::new(), firsts: Vec::new(), recent: vec![vacant; RECENT] }
    }

    /// Whether this chunk has not reached a state lately.
    fn is_news(&mut self, state: &S, hash: u64) -> bool {
        let place = usize::try_from(hash % RECENT as u64).unwrap_or(0);
        let Some(recent) = self.recent.get_mut(place) else { return true };
        let is_news = recent != state;
        if is_news {
            *recent = state.clone();
        }
        is_news
    }

    /// Looks up all of it, and passes on what was not seen before.
    ///
    /// Most of a search is waiting for memory: a look-up in a large table misses every cache. So
    /// all places are read before any is looked at, and the processor waits for many at once.
    fn look_up(&mut self, shards: &[Table<S>], expanded: &mut Expanded<S>) {
        let table = |hash| shards.get(shard_of(hash));
        let first = |reached: &Reached<S>| Some(table(reached.hash)?.first(reached.hash));
        self.firsts.clear();
        self.firsts.extend(self.reached.iter().filter_map(first));
        for (reached, first) in self.reached.drain(..).zip(&self.firsts) {
            let hash = reached.hash;
            if table(hash).is_some_and(|table| table.contains(&reached.state, hash, first)) {
                continue;
            }
            if let Some(shard) = expanded.reached.get_mut(shard_of(hash)) {
                shard.push(reached);
            }
        }
    }
}

/// What is new in one shard, in the order of the chunks.
fn sift<S: Clone + Eq + Hash>(
    shard: &mut Table<S>,
    number: usize,
    expanded: &[Expanded<S>],
) -> Vec<Reached<S>> {
    let reached = expanded.iter().filter_map(|chunk| chunk.reached.get(number)).flatten();
    reached.filter(|reached| shard.insert(&reached.state, reached.hash)).cloned().collect()
}

impl<S: Clone + Eq + Hash> Exploration<S> {
    /// Every state, in the order in which they were reached.
    #[must_use]
    pub fn states(&self) -> &[S] {
        &self.states
    }

    /// Every state with its number.
    pub fn iter(&self) -> impl Iterator<Item = (StateId, &S)> {
        (0..).map(StateId).zip(&self.states)
    }

    /// The number of a state, if it was reached. The first call makes an index of all states.
    #[must_use]
    pub fn find(&self, state: &S) -> Option<StateId> {
        let index = || self.iter().map(|(id, state)| (state.clone(), id)).collect();
        self.numbers.get_or_init(index).get(state).copied()
    }

    /// A shortest path to a state: the initial state that it starts from, then the actions.
    #[must_use]
    pub fn path(&self, state: StateId) -> (StateId, Vec<usize>) {
        let mut actions = Vec::new();
        let mut at = state.0;
        while let Some(before) = self.predecessors.get(at as usize).filter(|p| p.from != NONE) {
            actions.push(before.action as usize);
            at = before.from;
        }
        actions.reverse();
        (StateId(at), actions)
    }

    /// Length of the longest shortest path.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// How many pairs of state and action lead to another state.
    #[must_use]
    pub fn transition_count(&self) -> u64 {
        self.transition_count
    }

    /// What stopped the search, if not the fixpoint.
    #[must_use]
    pub fn stopped_by(&self) -> Option<Bound> {
        self.stopped_by
    }

    /// Whether every reachable state was reached.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.stopped_by.is_none()
    }
}

#[cfg(test)]
mod tests;
