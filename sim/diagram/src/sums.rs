//! How many tuples have which sum of weights.
//!
//! **Owns** the count of a set by what several *divisions* of it add up to. A division is a list of
//! sets, each with a weight: a tuple weighs what the first of them does that holds it.
//!
//! **Must never know** what a weight is: it is a number that stands for something, and the caller
//! says which number stands for two of them together.
//!
//! The diagrams of the set and of all divisions are walked together, from the first variable to the
//! last. A division is settled, and no longer carried along, where its first set holds everything
//! that is left. So it is fast where a division looks at some variables at the beginning and at one
//! block of neighbours, another division at another block: then what comes before a block and what
//! comes after it meet in few nodes only.

use crate::{
    arena::{Arena, ONE, TERMINAL, ZERO},
    counts::Count,
    diagrams::Diagrams,
    handles::{Set, TooLarge},
};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, ops::Range, rc::Rc};

/// How many tuples have which sum.
type Sums = BTreeMap<u32, Count>;

/// A node of the set, and the list of what is not settled there.
type Place = (u32, u32);

/// Places that are reached from another one, with the weight of what was settled on the way: on how
/// many ways.
type Ways = BTreeMap<(Place, u32), Count>;

impl Diagrams {
    /// Weighs the tuples of a set over a block: each weighs what the first set of each division
    /// does that holds it, added up. Tuples that no set of some division holds are left out.
    ///
    /// `add` gives the weight of two together, whatever their order, and `nothing` is the weight of
    /// none. Numbers are put together at each of the variables `cuts`, which costs least where
    /// divisions end; they are the same with any.
    ///
    /// # Errors
    /// When there is no room for all that has to be told apart.
    pub fn weigh<A: FnMut(u32, u32) -> u32>(
        &mut self,
        (block, set): (Range<usize>, Set),
        divisions: &[Vec<(Set, u32)>],
        cuts: &[usize],
        (nothing, add): (u32, A),
    ) -> Result<Weighed<'_, A>, TooLarge> {
        let full = self.all_full(block.clone())?;
        let mut walk = Walk {
            diagrams: self,
            full,
            is_cut: block.clone().map(|variable| cuts.contains(&variable)).collect(),
            block,
            nothing,
            add,
            lists: Arena::new(),
            after: FxHashMap::default(),
            ways: FxHashMap::default(),
            sums: FxHashMap::default(),
        };
        let divisions: Vec<Vec<(u32, u32)>> = divisions
            .iter()
            .map(|sets| sets.iter().map(|(set, weight)| (set.0, *weight)).collect())
            .collect();
        let start = walk.settle(divisions, 0)?.map(|(open, weight)| ((set.0, open), weight));
        Ok(Weighed { walk, start })
    }
}

/// A set whose tuples were weighed.
pub struct Weighed<'a, A> {
    walk: Walk<'a, A>,
    /// Where the walk begins, and what is settled there.
    start: Option<(Place, u32)>,
}

impl<A: FnMut(u32, u32) -> u32> Weighed<'_, A> {
    /// How many tuples have each weight.
    ///
    /// # Errors
    /// When there is no room for all that has to be told apart.
    pub fn counts(&mut self) -> Result<BTreeMap<u32, Count>, TooLarge> {
        let mut counts = BTreeMap::new();
        let Some((place, weight)) = self.start else { return Ok(counts) };
        for (sum, count) in self.walk.sums(place)?.iter() {
            *counts.entry((self.walk.add)(*sum, weight)).or_default() += count;
        }
        Ok(counts)
    }

    /// A tuple that has a weight; none where there is none.
    ///
    /// # Errors
    /// When there is no room for all that has to be told apart.
    pub fn tuple(&mut self, wanted: u32) -> Result<Option<Vec<u8>>, TooLarge> {
        let Some((place, weight)) = self.start else { return Ok(None) };
        let sums = self.walk.sums(place)?;
        let mut sums = sums.keys().copied();
        let Some(sum) = sums.find(|sum| (self.walk.add)(*sum, weight) == wanted) else {
            return Ok(None);
        };
        let mut values = Vec::new();
        self.walk.follow(place, sum, &mut values)?;
        Ok(Some(values))
    }
}

/// A walk along the set and all divisions.
struct Walk<'a, A> {
    diagrams: &'a Diagrams,
    block: Range<usize>,
    /// The set that holds everything, from each variable on.
    full: Vec<u32>,
    /// Whether numbers are put together before a variable.
    is_cut: Vec<bool>,
    nothing: u32,
    add: A,
    /// Lists, each held once. A division that is not settled: the nodes of its sets, each with the
    /// weight. What is not settled: the divisions.
    lists: Arena,
    /// What is not settled after a value, with the weight of what it settles; none where a
    /// division holds nothing.
    after: FxHashMap<(u32, usize), Option<(u32, u32)>>,
    ways: FxHashMap<Place, Rc<Ways>>,
    sums: FxHashMap<Place, Rc<Sums>>,
}

impl<A: FnMut(u32, u32) -> u32> Walk<'_, A> {
    /// The sums behind a place.
    fn sums(&mut self, place: Place) -> Result<Rc<Sums>, TooLarge> {
        if let Some(known) = self.sums.get(&place) {
            return Ok(Rc::clone(known));
        }
        let mut sums = Sums::new();
        if place.0 == ONE {
            sums.insert(self.nothing, 1_u8.into());
        } else {
            let ways = self.from(place)?;
            for ((next, weight), ways) in &ways {
                for (sum, count) in self.sums(*next)?.iter() {
                    *sums.entry((self.add)(*sum, *weight)).or_default() += ways * count;
                }
            }
        }
        let sums = Rc::new(sums);
        self.sums.insert(place, Rc::clone(&sums));
        Ok(sums)
    }

    /// The ways from a place to the next cut.
    fn ways(&mut self, place: Place) -> Result<Rc<Ways>, TooLarge> {
        let node = self.diagrams.sets.node(place.0);
        let variable = usize::from(node.level).wrapping_sub(self.block.start);
        if node.level == TERMINAL || self.is_cut.get(variable) == Some(&true) {
            return Ok(Rc::new(Ways::from([((place, self.nothing), 1_u8.into())])));
        }
        if let Some(known) = self.ways.get(&place) {
            return Ok(Rc::clone(known));
        }
        let ways = Rc::new(self.from(place)?);
        self.ways.insert(place, Rc::clone(&ways));
        Ok(ways)
    }

    /// The same, where the place itself is no cut.
    fn from(&mut self, (id, open): Place) -> Result<Ways, TooLarge> {
        let node = self.diagrams.sets.node(id);
        let variable = usize::from(node.level).wrapping_sub(self.block.start);
        let mut all = Ways::new();
        for at in 0..node.len {
            let child = self.diagrams.sets.word(&node, at);
            if child == ZERO {
                continue;
            }
            let value = usize::from(node.first) + at;
            let Some((open, settled)) = self.after(open, value, variable + 1)? else { continue };
            for ((place, weight), count) in self.ways((child, open))?.iter() {
                let weight = (self.add)(*weight, settled);
                *all.entry((*place, weight)).or_default() += count;
            }
        }
        Ok(all)
    }

    /// Tells the values of a tuple behind a place that has a sum.
    fn follow(&mut self, place: Place, sum: u32, values: &mut Vec<u8>) -> Result<(), TooLarge> {
        if place.0 == ONE {
            return Ok(());
        }
        for way in self.from(place)?.into_keys() {
            let (next, weight) = way;
            let sums = self.sums(next)?;
            let mut sums = sums.keys().copied();
            if let Some(rest) = sums.find(|rest| (self.add)(*rest, weight) == sum) {
                self.follow_way(place, way, values)?;
                return self.follow(next, rest, values);
            }
        }
        Ok(())
    }

    /// Tells the values on a way from a place to the next cut.
    fn follow_way(
        &mut self,
        (id, open): Place,
        (to, weight): (Place, u32),
        values: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        let node = self.diagrams.sets.node(id);
        let variable = usize::from(node.level).wrapping_sub(self.block.start);
        for at in 0..node.len {
            let child = self.diagrams.sets.word(&node, at);
            let value = usize::from(node.first) + at;
            if child == ZERO {
                continue;
            }
            let Some((open, settled)) = self.after(open, value, variable + 1)? else { continue };
            let ways = self.ways((child, open))?;
            let mut ways = ways.keys().filter(|(end, _)| *end == to);
            let Some(rest) = ways.find(|(_, rest)| (self.add)(*rest, settled) == weight) else {
                continue;
            };
            // Values have eight bits.
            values.push(u8::try_from(value).unwrap_or(u8::MAX));
            if (child, open) == to {
                return Ok(());
            }
            return self.follow_way((child, open), *rest, values);
        }
        Ok(())
    }

    /// What is not settled after a value, and the weight of what is.
    fn after(
        &mut self,
        open: u32,
        value: usize,
        next: usize,
    ) -> Result<Option<(u32, u32)>, TooLarge> {
        if let Some(known) = self.after.get(&(open, value)) {
            return Ok(*known);
        }
        let sets = &self.diagrams.sets;
        let child = |id: u32| sets.child(&sets.node(id), value);
        let words = |id: u32| self.lists.words(&self.lists.node(id));
        let division = |id: &u32| -> Vec<(u32, u32)> {
            let pairs = words(*id).chunks_exact(2).filter_map(<[u32]>::first_chunk);
            pairs.map(|[id, weight]| (child(*id), *weight)).collect()
        };
        let divisions: Vec<_> = words(open).iter().map(division).collect();
        let after = self.settle(divisions, next)?;
        self.after.insert((open, value), after);
        Ok(after)
    }

    /// Settles what can be before a variable, by its place in the block: the list of the rest, and
    /// the weight of what was settled. None where a division holds nothing.
    fn settle(
        &mut self,
        divisions: Vec<Vec<(u32, u32)>>,
        variable: usize,
    ) -> Result<Option<(u32, u32)>, TooLarge> {
        let full = self.full.get(variable).copied().unwrap_or(ONE);
        let (mut open, mut settled) = (Vec::with_capacity(divisions.len()), self.nothing);
        for mut sets in divisions {
            sets.retain(|(id, _)| *id != ZERO);
            // What comes behind everything is never asked.
            let last = sets.iter().position(|(id, _)| *id == full);
            sets.truncate(last.map_or(sets.len(), |last| last + 1));
            match sets.first() {
                None => return Ok(None),
                Some((id, weight)) if *id == full => settled = (self.add)(settled, *weight),
                Some(_) => {
                    let words: Vec<u32> =
                        sets.into_iter().flat_map(|(id, weight)| [id, weight]).collect();
                    open.push(self.list(&words)?);
                }
            }
        }
        Ok(Some((self.list(&open)?, settled)))
    }

    fn list(&mut self, words: &[u32]) -> Result<u32, TooLarge> {
        let nodes_max = self.diagrams.nodes_max;
        let has_room = self.lists.len() < nodes_max;
        self.lists.intern(0, 0, words, has_room).map_err(|_| TooLarge { nodes_max })
    }
}
