//! Things by number, each once.
//!
//! **Owns** nothing but the numbers: they are given in the order in which things come.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Things by number, each once.
#[derive(Clone, Debug)]
pub struct Interner<T> {
    all: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { all: Vec::new(), numbers: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The number of a thing, which is kept if it is new.
    pub fn number(&mut self, thing: &T) -> u32 {
        if let Some(known) = self.numbers.get(thing) {
            return *known;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.numbers.insert(thing.clone(), number);
        self.all.push(thing.clone());
        number
    }

    /// All things, in the order of their numbers.
    #[must_use]
    pub fn all(&self) -> &[T] {
        &self.all
    }

    /// The thing with a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.all.get(number as usize)
    }
}
