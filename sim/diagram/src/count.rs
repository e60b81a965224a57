//! How many tuples, and which: counts, enumeration, uniform samples.

use crate::{
    arena::{Node, ONE, TERMINAL, ZERO},
    counts::{COUNTS_MAX, Count, Scaled},
    diagrams::Diagrams,
    handles::Set,
};
use rustc_hash::FxHashMap;

impl Diagrams {
    /// How many tuples there are.
    pub fn count(&mut self, set: Set) -> Count {
        if self.counts.exact.len() > COUNTS_MAX {
            self.counts.exact.clear();
        }
        self.count_below(set.0);
        self.counted(set.0)
    }

    /// The natural logarithm of the number of tuples, `-inf` for none; faster than the exact
    /// count.
    pub fn ln_count(&mut self, set: Set) -> f64 {
        if self.counts.scaled.len() > COUNTS_MAX {
            self.counts.scaled.clear();
        }
        self.scale(set.0).ln()
    }

    fn count_below(&mut self, id: u32) {
        if id <= ONE || self.counts.exact.contains_key(&id) {
            return;
        }
        let node = self.sets.node(id);
        let mut sum = Count::ZERO;
        for at in 0..node.len {
            let child = self.sets.word(&node, at);
            self.count_below(child);
            match self.counts.exact.get(&child) {
                Some(count) => sum += count,
                None => sum += child,
            }
        }
        self.counts.exact.insert(id, sum);
    }

    /// The count of a node that was counted. Terminals hold as many tuples as their number says.
    fn counted(&self, id: u32) -> Count {
        self.counts.exact.get(&id).cloned().unwrap_or_else(|| id.into())
    }

    fn scale(&mut self, id: u32) -> Scaled {
        match id {
            ZERO => return Scaled::ZERO,
            ONE => return Scaled::ONE,
            _ => {}
        }
        if let Some(known) = self.counts.scaled.get(&id) {
            return *known;
        }
        let node = self.sets.node(id);
        let mut sum = Scaled::ZERO;
        for at in 0..node.len {
            sum = sum.plus(self.scale(self.sets.word(&node, at)));
        }
        self.counts.scaled.insert(id, sum);
        sum
    }

    /// All tuples of a set, ascending.
    pub fn tuples(&self, set: Set) -> impl Iterator<Item = Vec<u8>> + use<'_> {
        Tuples { diagrams: self, next: Some(set.0), path: Vec::new(), values: Vec::new() }
    }

    /// The tuples of the projection onto the variables that are kept ([`Self::project`]), in
    /// ascending order, each with the number of tuples that it is the projection of. A number that
    /// is too large is given as the largest one.
    pub fn fibres(&self, set: Set, keep: impl Fn(usize) -> bool) -> Vec<(Vec<u8>, u128)> {
        let mut found = Vec::new();
        if !set.is_empty() {
            self.fibres_below(vec![(set.0, 1)], &keep, &mut Vec::new(), &mut found);
        }
        found
    }

    /// The same of what is left of some tuples, each node on so many ways.
    fn fibres_below(
        &self,
        nodes: Vec<(u32, u128)>,
        keep: &impl Fn(usize) -> bool,
        tuple: &mut Vec<u8>,
        found: &mut Vec<(Vec<u8>, u128)>,
    ) {
        let Some((first, _)) = nodes.first() else { return };
        let level = self.sets.level(*first);
        if level == TERMINAL {
            let ways = nodes.iter().fold(0_u128, |sum, (_, ways)| sum.saturating_add(*ways));
            found.push((tuple.clone(), ways));
            return;
        }
        let mut children: Vec<(u8, u32, u128)> = Vec::new();
        let is_kept = keep(usize::from(level));
        for (id, ways) in nodes {
            let node = self.sets.node(id);
            for at in 0..node.len {
                let child = self.sets.word(&node, at);
                let value = if is_kept { at + usize::from(node.first) } else { 0 };
                if child != ZERO {
                    children.push((u8::try_from(value).unwrap_or(u8::MAX), child, ways));
                }
            }
        }
        children.sort_unstable_by_key(|(value, child, _)| (*value, *child));
        for of_value in children.chunk_by(|a, b| a.0 == b.0) {
            let same = of_value.chunk_by(|a, b| a.1 == b.1);
            let ways = |of: &[(u8, u32, u128)]| {
                of.iter().fold(0_u128, |sum, (.., ways)| sum.saturating_add(*ways))
            };
            let next = same.filter_map(|of| Some((of.first()?.1, ways(of)))).collect();
            tuple.extend(of_value.first().map(|(value, ..)| *value));
            self.fibres_below(next, keep, tuple, found);
            tuple.pop();
        }
    }

    /// How many tuples of a set have their projection onto the variables that are kept
    /// ([`Self::project`]) in another set. No set is made for it: both are walked together.
    #[must_use]
    pub fn count_projected(
        &self,
        set: Set,
        projections: Set,
        keep: impl Fn(usize) -> bool,
    ) -> Count {
        let mut known = FxHashMap::default();
        self.count_pair((set.0, projections.0), &keep, &mut known)
    }

    fn count_pair(
        &self,
        (id, projection): (u32, u32),
        keep: &impl Fn(usize) -> bool,
        known: &mut FxHashMap<(u32, u32), Count>,
    ) -> Count {
        let (node, other) = (self.sets.node(id), self.sets.node(projection));
        if id == ZERO || projection == ZERO || node.level != other.level {
            return Count::ZERO;
        }
        if id == ONE {
            return Count::from(ONE);
        }
        if let Some(count) = known.get(&(id, projection)) {
            return count.clone();
        }
        let is_kept = keep(usize::from(node.level));
        let mut sum = Count::ZERO;
        for at in 0..node.len {
            let value = if is_kept { usize::from(node.first) + at } else { 0 };
            let pair = (self.sets.word(&node, at), self.sets.child(&other, value));
            sum += self.count_pair(pair, keep, known);
        }
        known.insert((id, projection), sum.clone());
        sum
    }

    /// The tuple with a number, counted from 0 in ascending order.
    pub fn nth(&mut self, set: Set, mut number: Count) -> Option<Vec<u8>> {
        if number >= self.count(set) {
            return None;
        }
        let (mut id, mut values) = (set.0, Vec::new());
        while id != ONE {
            let node = self.sets.node(id);
            let children = (0..node.len).map(|at| (at, self.sets.word(&node, at)));
            let mut found = None;
            for (at, child) in children.filter(|(_, child)| *child != ZERO) {
                let count = self.counted(child);
                if number < count {
                    found = Some((usize::from(node.first) + at, child));
                    break;
                }
                number -= count;
            }
            let (value, child) = found?;
            values.push(u8::try_from(value).ok()?);
            id = child;
        }
        Some(values)
    }

    /// A tuple of a set, each as likely as every other; none where the set is empty.
    ///
    /// `random` is asked for a number below the one it is given, each as likely as every other:
    /// see [`random_numbers`].
    pub fn sample(&mut self, set: Set, random: &mut impl FnMut(u64) -> u64) -> Option<Vec<u8>> {
        let count = self.count(set);
        if count == Count::ZERO {
            return None;
        }
        let number = below(&count, random);
        self.nth(set, number)
    }

    /// Nodes that are needed for some sets, each counted once.
    #[must_use]
    pub fn nodes_of(&self, sets: &[Set]) -> usize {
        let mut seen: rustc_hash::FxHashSet<u32> = rustc_hash::FxHashSet::default();
        let mut left: Vec<u32> = sets.iter().map(|set| set.0).collect();
        while let Some(id) = left.pop() {
            if id > ONE && seen.insert(id) {
                left.extend(self.sets.words(&self.sets.node(id)));
            }
        }
        seen.len()
    }
}

/// How often a number that is too large is thrown away. Numbers are too large in less than half
/// of the cases; a source that goes on like that is none.
const ATTEMPTS: usize = 256;

/// A number below a bound, from numbers of 32 bits: drawn anew until it is below.
fn below(bound: &Count, random: &mut impl FnMut(u64) -> u64) -> Count {
    let last = bound - 1_u8;
    let bits = last.bits();
    let mut number = Count::ZERO;
    for _ in 0..ATTEMPTS {
        let mut left = bits;
        number = Count::ZERO;
        while left > 0 {
            let taken = left.min(32);
            let range = 1_u64 << taken;
            number = (number << taken) + random(range) % range;
            left -= taken;
        }
        if number <= last {
            return number;
        }
    }
    number % bound
}

/// A source of random numbers: the same for the same seed, on every machine. Each call gives a
/// number below the one that is asked for, and 0 where that is 0.
///
/// It is `SplitMix64` (Steele, Lea, Flood 2014), with numbers thrown away that would make small
/// results more likely than large ones.
pub fn random_numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    move |below| {
        if below == 0 {
            return 0;
        }
        // The largest multiple of the bound, less one: what is above it is thrown away.
        let last = u64::MAX - (u64::MAX % below + 1) % below;
        loop {
            let number = next();
            if number <= last {
                return number % below;
            }
        }
    }
}

/// The tuples of a set: a walk along its paths.
struct Tuples<'a> {
    diagrams: &'a Diagrams,
    /// The set itself, before the first tuple.
    next: Option<u32>,
    /// Nodes of the path, each with the place of the child that comes next.
    path: Vec<(Node, usize)>,
    values: Vec<u8>,
}

impl Iterator for Tuples<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let sets = &self.diagrams.sets;
        if let Some(id) = self.next.take() {
            if id == ONE {
                return Some(Vec::new());
            }
            let node = sets.node(id);
            if node.level != TERMINAL {
                self.path.push((node, 0));
            }
        }
        loop {
            self.values.truncate(self.path.len().saturating_sub(1));
            let (node, place) = self.path.last_mut()?;
            if *place == node.len {
                self.path.pop();
                continue;
            }
            let child = sets.word(node, *place);
            let value = usize::from(node.first) + *place;
            *place += 1;
            if child == ZERO {
                continue;
            }
            self.values.push(u8::try_from(value).unwrap_or(u8::MAX));
            if child == ONE {
                return Some(self.values.clone());
            }
            self.path.push((sets.node(child), 0));
        }
    }
}
