//! Expanding many states at once, divided among threads.
//!
//! Chunks of states are expanded side by side, and what they reach is put down by shard. Then each
//! shard is sifted at one go. What is new there is at last put where a plain search would have put
//! it: how many new states each state leads to says where they stand. All buffers are kept for the
//! next time: to make and to free them costs a tenth of a search.

use super::{
    found::{Bound, Bounds, Exploration, NONE, Predecessor, Reached},
    space::{RECENT, Space, hash_of, successors},
};
use crate::table::{SHARDS, Table, shard_of};
use rayon::prelude::*;
use std::{
    hash::Hash,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// States whose successors one thread computes at a time, at most.
pub(super) const CHUNK_MAX: usize = 1 << 13;

/// The same, at least: below that, sharing costs more than it brings.
pub(super) const CHUNK_MIN: usize = 1 << 9;

/// Chunks of a small level for each thread, so that threads end at nearly the same time.
const CHUNKS_A_THREAD: usize = 4;

/// What the threads work with.
pub(super) struct Divided<S> {
    vacant: S,
    thread_count: usize,
    chunks: Vec<Mutex<Chunk<S>>>,
    sieves: Vec<Sieve<S>>,
    /// For each thread, the states that it reached lately.
    recents: Vec<Mutex<Vec<S>>>,
}

/// What one chunk of states reached.
struct Chunk<S> {
    states: Range<usize>,
    by_shard: Vec<Lane<S>>,
    transition_count: u64,
    /// For each state, where the next new state that it leads to is put.
    places: Vec<usize>,
}

/// What a chunk reached in one shard: as much of a buffer as counts.
struct Lane<S> {
    buffer: Vec<Reached<S>>,
    len: usize,
}

/// What is new in one shard.
struct Sieve<S> {
    new: Vec<Reached<S>>,
    /// For each chunk, where its part of [`Sieve::new`] ends.
    ends: Vec<usize>,
    /// What has to be looked up, by number in its lane: as much of it as counts.
    unknown: Vec<usize>,
}

/// Where the new states of one chunk go.
struct Room<'a, S> {
    states: &'a mut [S],
    predecessors: &'a mut [Predecessor],
}

impl<S: Clone + Eq + Hash + Send + Sync> Divided<S> {
    pub(super) fn new(vacant: S) -> Self {
        let thread_count = rayon::current_num_threads();
        let (chunks, sieves, recents) = (Vec::new(), Vec::new(), Vec::new());
        Self { vacant, thread_count, chunks, sieves, recents }
    }

    pub(super) fn thread_count(&self) -> usize {
        self.thread_count
    }

    /// Expands some states and adds what is new; `false` when a bound stops the search.
    pub(super) fn expand<T: Space<State = S>>(
        &mut self,
        space: &T,
        states: Range<usize>,
        (shards, found): (&mut [Table<S>], &mut Exploration<S>),
        bounds: &Bounds,
    ) -> bool {
        let chunk_count = self.divide(states);
        self.reach(space, found, chunk_count);
        let Self { vacant, chunks, sieves, .. } = self;
        let chunks = chunks.get_mut(..chunk_count).unwrap_or_default();
        let expanded: Vec<&Chunk<S>> = chunks.iter_mut().map(|chunk| &*owned(chunk)).collect();
        found.transition_count += expanded.iter().map(|chunk| chunk.transition_count).sum::<u64>();
        let sift = |((number, shard), sieve): ((usize, &mut Table<S>), &mut Sieve<S>)| {
            sieve.sift(shard, expanded.iter().filter_map(|chunk| chunk.by_shard.get(number)));
        };
        shards.par_iter_mut().enumerate().zip(&mut *sieves).for_each(sift);
        place(chunks, sieves, found, vacant);
        found.keep_within(bounds)
    }

    /// Divides states into chunks, and tells how many there are.
    fn divide(&mut self, states: Range<usize>) -> usize {
        let share = states.len() / (self.thread_count * CHUNKS_A_THREAD);
        let size = share.clamp(CHUNK_MIN, CHUNK_MAX);
        let chunk_count = states.len().div_ceil(size);
        let recent = || Mutex::new(vec![self.vacant.clone(); RECENT]);
        self.recents.resize_with(self.thread_count, recent);
        self.sieves.resize_with(SHARDS, Sieve::new);
        self.chunks.resize_with(chunk_count.max(self.chunks.len()), || Mutex::new(Chunk::new()));
        for (start, chunk) in states.clone().step_by(size).zip(&mut self.chunks) {
            owned(chunk).states = start..states.end.min(start + size);
        }
        chunk_count
    }

    /// Expands the chunks on all threads.
    ///
    /// Every thread takes chunks in ascending order. So what it remembers was reached before by a
    /// chunk that comes first in the order of a plain search, and can be left out.
    fn reach<T: Space<State = S>>(&self, space: &T, found: &Exploration<S>, chunk_count: usize) {
        let next = AtomicUsize::new(0);
        let work = |recent: &Mutex<Vec<S>>| {
            let mut recent = locked(recent);
            let chunks = self.chunks.get(..chunk_count).unwrap_or_default();
            while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                locked(chunk).expand(space, found, &mut recent);
            }
        };
        rayon::scope(|scope| {
            for recent in &self.recents {
                scope.spawn(|_| work(recent));
            }
        });
    }
}

impl<S: Clone + Eq + Hash> Chunk<S> {
    fn new() -> Self {
        let by_shard = (0..SHARDS).map(|_| Lane { buffer: Vec::new(), len: 0 }).collect();
        Self { states: 0..0, by_shard, transition_count: 0, places: Vec::new() }
    }

    fn expand<T: Space<State = S>>(&mut self, space: &T, found: &Exploration<S>, recent: &mut [S]) {
        self.by_shard.iter_mut().for_each(|lane| lane.len = 0);
        // Not in `self`, which lies beside what other threads write.
        let mut transition_count = 0;
        let states = found.states.get(self.states.clone()).unwrap_or_default();
        for numbered in self.states.clone().zip(states) {
            let news = |reached, hash, is_news| {
                if let Some(lane) = self.by_shard.get_mut(shard_of(hash)) {
                    lane.put(reached, is_news);
                }
            };
            transition_count += successors(space, numbered, recent, news);
        }
        self.transition_count = transition_count;
    }

    /// Counts for each state the new ones that it leads to, and tells how many there are in all.
    fn count(&mut self, number: usize, sieves: &[Sieve<S>]) -> usize {
        self.places.clear();
        self.places.resize(self.states.len(), 0);
        let mut total = 0;
        for reached in sieves.iter().flat_map(|sieve| sieve.of_chunk(number)) {
            let index = self.index(reached.predecessor);
            if let Some(count) = self.places.get_mut(index) {
                *count += 1;
            }
            total += 1;
        }
        total
    }

    /// The number in the chunk of the state that another one was reached from.
    fn index(&self, predecessor: Predecessor) -> usize {
        (predecessor.from as usize).wrapping_sub(self.states.start)
    }

    /// Puts the new states where a plain search would have put them.
    fn place(&mut self, number: usize, sieves: &[Sieve<S>], room: Room<'_, S>) {
        let Room { states, predecessors } = room;
        let mut start = 0;
        for place in &mut self.places {
            start += std::mem::replace(place, start);
        }
        for reached in sieves.iter().flat_map(|sieve| sieve.of_chunk(number)) {
            let index = self.index(reached.predecessor);
            let Some(end) = self.places.get_mut(index) else { continue };
            let mut place = *end;
            *end += 1;
            // By action among those that the same state leads to; these are few.
            while let Some(before) = place.checked_sub(1)
                && let Some(other) = predecessors.get(before)
                && other.from == reached.predecessor.from
                && other.action > reached.predecessor.action
            {
                predecessors.swap(before, place);
                states.swap(before, place);
                place = before;
            }
            if let (Some(state), Some(predecessor)) =
                (states.get_mut(place), predecessors.get_mut(place))
            {
                *state = reached.state.clone();
                *predecessor = reached.predecessor;
            }
        }
    }
}

impl<S: Clone> Lane<S> {
    /// Puts something at the end, where the next will be put over it if it does not count.
    ///
    /// Measured: every second state counts, and a branch that is guessed wrong as often takes
    /// longer than to write them all.
    #[inline]
    fn put(&mut self, reached: Reached<S>, counts: bool) {
        match self.buffer.get_mut(self.len) {
            Some(place) => *place = reached,
            None => self.buffer.push(reached),
        }
        self.len += usize::from(counts);
    }
}

impl<S: Clone + Eq + Hash> Sieve<S> {
    fn new() -> Self {
        Self { new: Vec::new(), ends: Vec::new(), unknown: Vec::new() }
    }

    /// Adds to a shard what is new there, in the order of the chunks.
    fn sift<'a>(&mut self, shard: &mut Table<S>, lanes: impl Iterator<Item = &'a Lane<S>>)
    where
        S: 'a,
    {
        self.new.clear();
        self.ends.clear();
        for lane in lanes {
            let own = lane.buffer.get(..lane.len).unwrap_or_default();
            // As in `Batch::add`: all places are read before any is looked at.
            self.unknown.resize(own.len().max(self.unknown.len()), 0);
            let mut unknown_count = 0;
            for (number, reached) in own.iter().enumerate() {
                let is_unknown = shard.first(hash_of(&reached.state)) != reached.state;
                if let Some(unknown) = self.unknown.get_mut(unknown_count) {
                    *unknown = number;
                }
                unknown_count += usize::from(is_unknown);
            }
            for number in self.unknown.get(..unknown_count).unwrap_or_default() {
                let Some(reached) = own.get(*number) else { continue };
                if shard.insert(&reached.state, hash_of(&reached.state)) {
                    self.new.push(reached.clone());
                }
            }
            self.ends.push(self.new.len());
        }
    }

    /// What a chunk reached that is new.
    fn of_chunk(&self, number: usize) -> &[Reached<S>] {
        let end = self.ends.get(number).copied().unwrap_or(0);
        let before = number.checked_sub(1).and_then(|before| self.ends.get(before));
        self.new.get(before.copied().unwrap_or(0)..end).unwrap_or_default()
    }
}

/// Adds the new states of all chunks to what was found.
fn place<S: Clone + Eq + Hash + Send + Sync>(
    chunks: &mut [Mutex<Chunk<S>>],
    sieves: &[Sieve<S>],
    found: &mut Exploration<S>,
    vacant: &S,
) {
    let count = |(number, chunk): (usize, &mut Mutex<Chunk<S>>)| owned(chunk).count(number, sieves);
    let counts: Vec<usize> = chunks.par_iter_mut().enumerate().map(count).collect();
    let (before, added) = (found.states.len(), counts.iter().sum::<usize>());
    let nowhere = Predecessor { from: NONE, action: 0 };
    found.states.resize(before + added, vacant.clone());
    found.predecessors.resize(before + added, nowhere);
    let mut states = found.states.get_mut(before..).unwrap_or_default();
    let mut predecessors = found.predecessors.get_mut(before..).unwrap_or_default();
    let mut rooms = Vec::with_capacity(counts.len());
    for count in counts {
        let (own_states, other_states) = states.split_at_mut(count);
        let (own_predecessors, other_predecessors) = predecessors.split_at_mut(count);
        rooms.push(Room { states: own_states, predecessors: own_predecessors });
        (states, predecessors) = (other_states, other_predecessors);
    }
    let place = |((number, chunk), room): ((usize, &mut Mutex<Chunk<S>>), Room<'_, S>)| {
        owned(chunk).place(number, sieves, room);
    };
    chunks.par_iter_mut().enumerate().zip(rooms).for_each(place);
}

impl<S> Exploration<S> {
    /// Drops states that are too many; `false` when there were such.
    fn keep_within(&mut self, bounds: &Bounds) -> bool {
        let limit = bounds.state_limit();
        let is_within = self.states.len() <= limit;
        if !is_within {
            self.states.truncate(limit);
            self.predecessors.truncate(limit);
            self.stopped_by = Some(Bound::States(limit));
        }
        is_within
    }
}

/// The value behind a lock that nobody else can hold. A panic elsewhere ends the search anyhow.
fn owned<T>(value: &mut Mutex<T>) -> &mut T {
    value.get_mut().unwrap_or_else(PoisonError::into_inner)
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How states are divided among two threads: the chunks, and how many there are.
    fn chunks(states: Range<usize>) -> Vec<Range<usize>> {
        let mut divided = Divided { thread_count: 2, ..Divided::new(u8::MAX) };
        let count = divided.divide(states);
        divided.chunks.iter_mut().take(count).map(|chunk| owned(chunk).states.clone()).collect()
    }

    #[test]
    fn a_level_is_divided_so_that_threads_end_at_nearly_the_same_time() {
        for (states, expected) in [(100..24_100, 8), (0..1 << 16, 8), (0..1000, 2), (7..8, 1)] {
            let chunks = chunks(states.clone());
            assert_eq!(chunks.len(), expected, "{states:?}");
            let all: Vec<usize> = chunks.into_iter().flatten().collect();
            assert_eq!(all, states.collect::<Vec<_>>());
        }
        // So many that memory would not stay bounded are not left to few chunks.
        assert_eq!(chunks(0..CHUNK_MAX * 20).len(), 20);
    }
}
