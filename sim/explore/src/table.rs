//! A set of states: open addressing, no deletion, states stored whole.
//!
//! The standard set was measured slower here: most look-ups of a search find what they look for,
//! and one comparison in one cache line decides these.

/// Parts that the set of all states is split into: so many that one part of some millions of states
/// stays in a cache, and so few that all of them have their ends in one.
pub(crate) const SHARDS: usize = 128;

/// The shard of a hash: by its highest bits, since tables use the lowest.
pub(crate) fn shard_of(hash: u64) -> usize {
    // Seven bits are left, so nothing is cut off.
    usize::try_from(hash >> 57).unwrap_or(0)
}

/// One shard.
///
/// Measured: comparing the eight places of a cache line together, without a branch for each, makes
/// a search a seventh slower; filling half of the places instead of three quarters brings nothing
/// and takes a third more memory.
#[derive(Clone, Debug)]
pub(crate) struct Table<S> {
    vacant: S,
    /// A power of two, at most three quarters full.
    places: Vec<S>,
    len: usize,
}

impl<S: Clone + Eq + std::hash::Hash> Table<S> {
    /// An empty table; `vacant` is a value that is never inserted.
    pub(crate) fn new(vacant: S) -> Self {
        Self { places: vec![vacant.clone(); 64], len: 0, vacant }
    }

    /// What stands where the search for a hash begins.
    pub(crate) fn first(&self, hash: u64) -> S {
        self.places.get(start(hash, self.places.len() - 1)).unwrap_or(&self.vacant).clone()
    }

    /// Whether a state is there.
    pub(crate) fn contains(&self, state: &S, hash: u64) -> bool {
        self.places.get(self.place(state, hash)).is_some_and(|found| found == state)
    }

    /// Adds a state; `false` when it was there already.
    pub(crate) fn insert(&mut self, state: &S, hash: u64) -> bool {
        let place = self.place(state, hash);
        match self.places.get_mut(place) {
            Some(found) if *found == self.vacant => *found = state.clone(),
            _ => return false,
        }
        self.len += 1;
        if self.len * 4 > self.places.len() * 3 {
            self.grow();
        }
        true
    }

    /// Where a state is, or would be.
    fn place(&self, state: &S, hash: u64) -> usize {
        let mask = self.places.len() - 1;
        let mut place = start(hash, mask);
        while let Some(found) = self.places.get(place)
            && *found != self.vacant
            && found != state
        {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        let larger = vec![self.vacant.clone(); self.places.len() * 2];
        let smaller = std::mem::replace(&mut self.places, larger);
        let hasher = rustc_hash::FxBuildHasher;
        for state in smaller.into_iter().filter(|state| *state != self.vacant) {
            let place = self.place(&state, std::hash::BuildHasher::hash_one(&hasher, &state));
            if let Some(found) = self.places.get_mut(place) {
                *found = state;
            }
        }
    }
}

/// The place where the search for a hash begins.
fn start(hash: u64, mask: usize) -> usize {
    usize::try_from(hash & mask as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{collections::BTreeSet, hash::BuildHasher};

    #[test]
    fn every_shard_gets_its_share() {
        let mut counts = [0_usize; SHARDS];
        for value in 0..128_000_u64 {
            counts[shard_of(rustc_hash::FxBuildHasher.hash_one(value))] += 1;
        }
        assert!(counts.iter().all(|count| (500..2000).contains(count)), "{counts:?}");
    }

    proptest! {
        #[test]
        fn a_table_is_a_set(values in prop::collection::vec(0_u64..500, 0..2000)) {
            let mut table = Table::new(u64::MAX);
            let mut set = BTreeSet::new();
            let hash = |value: u64| rustc_hash::FxBuildHasher.hash_one(value);
            for value in values {
                prop_assert_eq!(table.insert(&value, hash(value)), set.insert(value));
            }
            for value in 0..500 {
                prop_assert_eq!(table.contains(&value, hash(value)), set.contains(&value));
            }
        }

        #[test]
        fn equal_hashes_do_not_hide_a_state(
            values in prop::collection::btree_set(0_u64..99, 0..48)
        ) {
            let mut table = Table::new(u64::MAX);
            for value in &values {
                prop_assert!(table.insert(value, 7));
            }
            for value in 0..99 {
                let is_there = table.contains(&value, 7);
                prop_assert_eq!(is_there, values.contains(&value));
            }
        }
    }
}
