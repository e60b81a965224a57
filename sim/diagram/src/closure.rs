//! Least fixpoints by saturation: each node is closed under the steps of its level after all of
//! its children are, and every image is closed before it is united with what is known.

use crate::{
    arena::{ONE, TERMINAL, ZERO},
    cache::Operation,
    diagrams::{Diagrams, Relation, Set, TooLarge},
    relation::values_of_cell,
};
use std::sync::Arc;

/// A list of steps, ready to be applied: each at its top level, the first variable that it
/// speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    number: u32,
    levels: Vec<Option<Rows>>,
    /// The last level at which a step begins; sets of deeper levels are closed as they are.
    deepest: Option<u16>,
}

/// The pairs of all steps of one level, by the value before.
#[derive(Clone, Debug)]
struct Rows {
    /// Where the pairs of each value begin; one more than there are values.
    starts: Vec<usize>,
    /// Value after, and what happens to the variables below.
    pairs: Vec<(usize, u32)>,
}

impl Rows {
    fn of(&self, before: usize) -> std::ops::Range<usize> {
        match (self.starts.get(before), self.starts.get(before + 1)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }
}

/// Values that are still to be looked at.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting([u64; 4]);

impl Waiting {
    fn add(&mut self, value: usize) {
        if let Some(word) = self.0.get_mut(value / 64) {
            *word |= 1 << (value % 64);
        }
    }

    fn next(&mut self) -> Option<usize> {
        let (at, word) = self.0.iter_mut().enumerate().find(|(_, word)| **word != 0)?;
        let bit = word.trailing_zeros() as usize;
        *word &= *word - 1;
        Some(64 * at + bit)
    }
}

impl Diagrams {
    /// The least set that holds the given one and everything that may come after its tuples by
    /// any number of steps.
    ///
    /// Of variables outside the set's block nothing is known: they may have any value. Results are
    /// remembered, in part and as a whole, for the same list of steps.
    pub fn closure(&mut self, set: Set, steps: &[Relation]) -> Result<Set, TooLarge> {
        if set.0 <= ONE {
            return Ok(set);
        }
        self.guarded(|this| {
            let level = this.sets.level(set.0);
            let mut own = Vec::with_capacity(steps.len());
            for step in steps {
                let step = this.below(step.0, level)?;
                own.push(Relation(step));
            }
            let steps = this.prepare(own)?;
            this.saturate(&steps, set.0).map(Set)
        })
    }

    /// The least set that holds the given one and everything that its tuples may come after by
    /// any number of steps.
    pub fn closure_backwards(&mut self, set: Set, steps: &[Relation]) -> Result<Set, TooLarge> {
        let mut inverse = Vec::with_capacity(steps.len());
        for step in steps {
            inverse.push(self.inverse(*step)?);
        }
        self.closure(set, &inverse)
    }

    /// The steps by level. The same list is prepared once, and keeps its number until
    /// [`Self::collect`].
    fn prepare(&mut self, mut steps: Vec<Relation>) -> Result<Arc<Steps>, TooLarge> {
        let mut seen = rustc_hash::FxHashSet::default();
        steps.retain(|step| step.0 > ONE && seen.insert(*step));
        if let Some(known) = self.steps.get(&steps) {
            return Ok(Arc::clone(known));
        }
        let number = self.next_operand(self.steps.len());
        let mut levels = Vec::new();
        for level in 0..self.sizes.len() {
            levels.push(self.rows(level, &steps)?);
        }
        let deepest = levels.iter().rposition(Option::is_some);
        let deepest = deepest.and_then(|level| u16::try_from(level).ok());
        let prepared = Arc::new(Steps { number, levels, deepest });
        self.steps.insert(steps, Arc::clone(&prepared));
        Ok(prepared)
    }

    /// The pairs of the steps that begin at a level.
    fn rows(&mut self, level: usize, steps: &[Relation]) -> Result<Option<Rows>, TooLarge> {
        let here =
            |this: &Self, step: &Relation| usize::from(this.relations.level(step.0)) == level;
        let here: Vec<Relation> = steps.iter().copied().filter(|step| here(self, step)).collect();
        if here.is_empty() {
            return Ok(None);
        }
        let mut cells = Vec::new();
        for step in here {
            let node = self.relations.node(step.0);
            cells.extend((0..node.len / 2).map(|at| {
                let (cell, child) = self.pair(&node, at);
                let (before, after) = values_of_cell(cell);
                (before, after, child)
            }));
        }
        // Stable: where values are the same, steps stay in their order.
        cells.sort_by_key(|(before, after, _)| (*before, *after));
        let mut rows = Rows { starts: vec![0], pairs: Vec::new() };
        for value in 0..self.size(level) {
            let row = cells.iter().filter(|(before, _, _)| *before == value);
            rows.pairs.extend(row.map(|(_, after, child)| (*after, *child)));
            rows.starts.push(rows.pairs.len());
        }
        Ok(Some(rows))
    }

    fn saturate(&mut self, steps: &Steps, set: u32) -> Result<u32, TooLarge> {
        let node = self.sets.node(set);
        if set <= ONE || steps.deepest.is_none_or(|deepest| node.level > deepest) {
            return Ok(set);
        }
        let tag = Operation::Saturate.with(steps.number);
        if let Some(known) = self.cache.get(tag, set, ZERO) {
            return Ok(known);
        }
        let start = self.work.len();
        self.work.resize(start + self.size(usize::from(node.level)), ZERO);
        for value in usize::from(node.first)..node.end() {
            self.work[start + value] = self.saturate(steps, self.sets.child(&node, value))?;
        }
        let result = self.fire(steps, node.level, start)?;
        self.cache.put(tag, (set, ZERO), result);
        self.cache.put(tag, (result, ZERO), result);
        Ok(result)
    }

    /// Makes the closed node from closed children, one for each value, pushed since `start`.
    fn fire(&mut self, steps: &Steps, level: u16, start: usize) -> Result<u32, TooLarge> {
        let Some(rows) = steps.levels.get(usize::from(level)).and_then(Option::as_ref) else {
            return self.finish(level, 0, start);
        };
        let (end, tag) = (self.work.len(), Operation::Fire.with(steps.number));
        self.work.extend_from_within(start..end);
        let open = self.finish(level, 0, end)?;
        if let Some(known) = self.cache.get(tag, open, ZERO) {
            self.work.truncate(start);
            return Ok(known);
        }
        let (mut waiting, mut is_closed) = (Waiting::default(), true);
        let size = self.work.len() - start;
        (0..size).filter(|v| self.work[start + v] != ZERO).for_each(|value| waiting.add(value));
        while let Some(before) = waiting.next() {
            for (after, child) in rows.pairs.get(rows.of(before)).into_iter().flatten() {
                let image = self.saturated_image(steps, self.work[start + before], *child)?;
                let known = self.work[start + after];
                let united = self.unite(known, image)?;
                if united != known {
                    self.work[start + after] = united;
                    waiting.add(*after);
                    is_closed = false;
                }
            }
        }
        let result = if is_closed {
            self.work.truncate(start);
            open
        } else {
            self.finish(level, 0, start)?
        };
        self.cache.put(tag, (open, ZERO), result);
        Ok(result)
    }

    /// The closure of the image of a closed set, by a relation of nothing above the set's level.
    fn saturated_image(&mut self, steps: &Steps, set: u32, by: u32) -> Result<u32, TooLarge> {
        if set == ZERO || by == ZERO {
            return Ok(ZERO);
        }
        if by == ONE || set == ONE {
            return Ok(set);
        }
        let node = self.sets.node(set);
        if steps.deepest.is_none_or(|deepest| node.level > deepest) {
            return self.map(set, by);
        }
        let tag = Operation::SaturatedImage.with(steps.number);
        if let Some(known) = self.cache.get(tag, set, by) {
            return Ok(known);
        }
        let matrix = self.relations.node(by);
        let start = self.work.len();
        self.work.resize(start + self.size(usize::from(node.level)), ZERO);
        if matrix.level > node.level {
            for value in usize::from(node.first)..node.end() {
                let child = self.sets.child(&node, value);
                self.work[start + value] = self.saturated_image(steps, child, by)?;
            }
        } else {
            let mut at = 0;
            while at < matrix.len / 2 {
                let after = self.pair(&matrix, at).0 >> 8;
                let parts = self.work.len();
                while at < matrix.len / 2 {
                    let (cell, child) = self.pair(&matrix, at);
                    if cell >> 8 != after {
                        break;
                    }
                    let before = self.sets.child(&node, values_of_cell(cell).0);
                    let part = self.saturated_image(steps, before, child)?;
                    self.work.push(part);
                    at += 1;
                }
                // Values after exist: relations are made of no others.
                self.work[start + usize::from(after)] = self.unite_since(parts)?;
            }
        }
        let result = self.fire(steps, node.level, start)?;
        debug_assert_ne!(self.sets.level(set), TERMINAL, "terminals were answered above");
        self.cache.put(tag, (set, by), result);
        Ok(result)
    }
}
