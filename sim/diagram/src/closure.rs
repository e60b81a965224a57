//! Least fixpoints by saturation: each node is closed under the steps of its level after all of
//! its children are, and every image is closed before it is united with what is known.

use crate::{
    arena::{ONE, ZERO},
    cache::{OPERANDS_MAX, Operation},
    diagrams::Diagrams,
    handles::{Relation, Set, TooLarge},
    relation::values_of_cell,
    steps::{Level, Rows, Steps},
};
use rustc_hash::FxHashSet;
use std::sync::Arc;

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
            let steps = this.prepare(own);
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

    /// The steps by level. The same list is prepared once, and keeps its numbers until
    /// [`Self::collect`].
    fn prepare(&mut self, mut steps: Vec<Relation>) -> Arc<Steps> {
        let mut seen = FxHashSet::default();
        steps.retain(|step| step.0 > ONE && seen.insert(*step));
        if let Some(known) = self.prepared.lists.get(&steps) {
            return Arc::clone(known);
        }
        let level_count = self.sizes.len();
        if self.prepared.levels.len() + level_count >= OPERANDS_MAX as usize {
            self.forget();
        }
        // Steps of one level stay in their order.
        let mut by_level = vec![Vec::new(); level_count];
        for step in &steps {
            if let Some(here) = by_level.get_mut(usize::from(self.relations.level(step.0))) {
                here.push(*step);
            }
        }
        let (mut levels, mut below) = (Vec::with_capacity(level_count), 0);
        for (variable, here) in by_level.into_iter().enumerate().rev() {
            levels.push(self.level(variable, here, below));
            below = levels.last().map_or(0, |level| level.number);
        }
        levels.reverse();
        let prepared = Arc::new(Steps { levels });
        self.prepared.lists.insert(steps, Arc::clone(&prepared));
        prepared
    }

    /// The steps that begin at a level, above those with a number.
    fn level(&mut self, variable: usize, steps: Vec<Relation>, below: u32) -> Level {
        if steps.is_empty() {
            return Level { number: below, rows: None };
        }
        let key = (steps, below);
        if let Some(known) = self.prepared.levels.get(&key) {
            return known.clone();
        }
        let mut cells = Vec::new();
        for step in &key.0 {
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
        for row in 0..self.size(variable) {
            let row = cells.iter().filter(|(before, _, _)| *before == row);
            rows.pairs.extend(row.map(|(_, after, child)| (*after, *child)));
            rows.starts.push(rows.pairs.len());
        }
        // There is room for another number: `prepare` saw to it. None is 0.
        let number = u32::try_from(self.prepared.levels.len() + 1).unwrap_or(OPERANDS_MAX);
        let level = Level { number, rows: Some(Arc::new(rows)) };
        self.prepared.levels.insert(key, level.clone());
        level
    }

    /// The closure of any set.
    fn saturate(&mut self, steps: &Steps, set: u32) -> Result<u32, TooLarge> {
        let node = self.sets.node(set);
        let number = steps.number(node.level);
        if set <= ONE || number == 0 {
            return Ok(set);
        }
        let tag = Operation::Saturate.with(number);
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
        Ok(result)
    }

    /// Makes the closed node from closed children, one for each value, pushed since `start`.
    fn fire(&mut self, steps: &Steps, level: u16, start: usize) -> Result<u32, TooLarge> {
        let Some(rows) = steps.rows(level) else {
            return self.finish(level, 0, start);
        };
        // The node as it is so far: its closure may be known.
        let tag = Operation::Saturate.with(steps.number(level));
        let end = self.work.len();
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
        self.cache.put(tag, (result, ZERO), result);
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
        let number = steps.number(node.level);
        if number == 0 {
            return self.map(set, by);
        }
        let tag = Operation::SaturatedImage.with(number);
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
            let part = |this: &mut Self, set, by| this.saturated_image(steps, set, by);
            self.relate((&node, &matrix), start, part)?;
        }
        let result = self.fire(steps, node.level, start)?;
        self.cache.put(tag, (set, by), result);
        Ok(result)
    }
}
