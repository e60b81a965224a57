//! What was made of things that may come again, as much of it as fits.
//!
//! **Owns** forgetting: what was not asked for in a long time goes first. **Must never know** what
//! is kept.

use std::{
    collections::BTreeMap,
    mem,
    sync::{PoisonError, RwLock},
};

/// Values by key. Of what was used since the last time that half of the room was full, everything
/// is there; of what was used before, nothing for certain.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    room: usize,
    generations: RwLock<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: BTreeMap<K, Kept<V>>,
    old: BTreeMap<K, Kept<V>>,
    /// What the young ones take together.
    taken: usize,
}

#[derive(Clone, Debug)]
struct Kept<V> {
    value: V,
    size: usize,
}

impl<K: Ord + Clone, V: Clone> Recent<K, V> {
    /// Nothing yet, and room for values of so many bytes together.
    pub(crate) fn with_room(room: usize) -> Self {
        let generations = Generations { young: BTreeMap::new(), old: BTreeMap::new(), taken: 0 };
        Self { room, generations: RwLock::new(generations) }
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        generations.young.len() + generations.old.len()
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = generations.young.get(key) {
            return Some(kept.value.clone());
        }
        let kept = generations.old.get(key)?.clone();
        drop(generations);
        self.insert(key.clone(), kept.value.clone(), kept.size);
        Some(kept.value)
    }

    /// Keeps a value that takes so many bytes.
    pub(crate) fn insert(&self, key: K, value: V, size: usize) {
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        generations.old.remove(&key);
        let before = generations.young.insert(key, Kept { value, size });
        generations.taken += size;
        generations.taken -= before.map_or(0, |before| before.size);
        if generations.taken > self.room / 2 {
            generations.old = mem::take(&mut generations.young);
            generations.taken = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_goes() {
        let recent = Recent::with_room(20);
        recent.insert("asked", 0, 3);
        recent.insert("forgotten", 1, 3);
        for number in 2..100 {
            recent.insert("new", number, 3);
            recent.insert(if number % 2 == 0 { "even" } else { "odd" }, number, 3);
            assert_eq!(recent.get(&"asked"), Some(0), "{number}");
            assert!(recent.len() <= 20 / 3 + 1, "{number}: {}", recent.len());
        }
        assert_eq!(recent.get(&"new"), Some(99));
        // It stayed as long as nothing else wanted its place.
        recent.insert("one", 1, 6);
        recent.insert("two", 2, 6);
        recent.insert("three", 3, 6);
        assert_eq!(recent.get(&"forgotten"), None);
        recent.insert("larger than the room", 4, 1000);
        assert_eq!(recent.get(&"larger than the room"), Some(4));
        recent.insert("next", 5, 1000);
        assert!(recent.len() <= 2);
    }
}
