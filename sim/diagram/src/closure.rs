//! Least fixpoints by saturation: each node is closed under the steps of its level after all of
//! its children are, and every image is closed before it is united with what is known.

use crate::{
    arena::{ONE, TERMINAL, ZERO},
    cache::{OPERANDS_MAX, Operation},
    diagrams::Diagrams,
    handles::{Relation, Set, TooLarge},
    relation::values_of_cell,
    steps::{NO_STEPS, Rows, Steps},
};
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
            let steps = this.prepare(own)?;
            this.saturate(steps, set.0).map(Set)
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

    /// The number of a list of steps. The same list is prepared once, and keeps its number until
    /// [`Self::collect`].
    fn prepare(&mut self, mut steps: Vec<Relation>) -> Result<u32, TooLarge> {
        steps.retain(|step| step.0 > ONE);
        steps.sort_unstable();
        steps.dedup();
        if steps.is_empty() {
            return Ok(NO_STEPS);
        }
        if let Some(known) = self.prepared.known.get(&steps) {
            return Ok(*known);
        }
        // Numbers begin at 1.
        let next = self.prepared.lists.len() + 1;
        let number = u32::try_from(next).ok().filter(|number| *number < OPERANDS_MAX);
        let number = number.filter(|_| next <= self.nodes_max);
        let number = number.ok_or(TooLarge { nodes_max: self.nodes_max })?;
        let prepared = self.list(&steps);
        self.prepared.lists.push(prepared);
        self.prepared.known.insert(steps, number);
        Ok(number)
    }

    /// A list that is not empty, by the values of the first variable that a step speaks of.
    fn list(&self, steps: &[Relation]) -> Steps {
        let level_of = |step: &Relation| self.relations.level(step.0);
        let level = steps.iter().map(level_of).min().unwrap_or(TERMINAL);
        let size = self.size(usize::from(level));
        let (here, below): (Vec<Relation>, Vec<Relation>) =
            steps.iter().copied().partition(|step| level_of(step) == level);
        let mut below = vec![below; size];
        let mut cells = Vec::new();
        for node in here.iter().map(|step| self.relations.node(step.0)) {
            for at in 0..node.len / 2 {
                let (cell, child) = self.pair(&node, at);
                match values_of_cell(cell) {
                    (before, after) if before == after => below[before].push(Relation(child)),
                    (before, after) => cells.push((before, after, child)),
                }
            }
        }
        cells.sort_unstable();
        cells.dedup();
        let mut rows = Rows { starts: vec![0], pairs: Vec::with_capacity(cells.len()) };
        for row in 0..size {
            let row = cells.iter().filter(|(before, _, _)| *before == row);
            rows.pairs.extend(row.map(|(_, after, child)| (*after, *child)));
            rows.starts.push(rows.pairs.len());
        }
        Steps { level, rows: Arc::new(rows), below, numbers: vec![None; size] }
    }

    /// The list for what stands below a value of a level.
    fn below_value(&mut self, steps: u32, level: u16, value: usize) -> Result<u32, TooLarge> {
        let Some(list) = self.prepared.list(steps).filter(|list| list.level == level) else {
            return Ok(steps);
        };
        if let Some(Some(known)) = list.numbers.get(value) {
            return Ok(*known);
        }
        let below = list.below.get(value).cloned().unwrap_or_default();
        let number = self.prepare(below)?;
        if let Some(place) =
            self.prepared.list_mut(steps).and_then(|list| list.numbers.get_mut(value))
        {
            *place = Some(number);
        }
        Ok(number)
    }

    /// What the steps of a list do where they change the variable of a level.
    fn rows(&self, steps: u32, level: u16) -> Option<Arc<Rows>> {
        let list = self.prepared.list(steps).filter(|list| list.level == level)?;
        Some(Arc::clone(&list.rows)).filter(|rows| !rows.pairs.is_empty())
    }

    /// The closure of any set.
    fn saturate(&mut self, steps: u32, set: u32) -> Result<u32, TooLarge> {
        if set <= ONE || steps == NO_STEPS {
            return Ok(set);
        }
        let tag = Operation::Saturate.with(steps);
        if let Some(known) = self.cache.get(tag, set, ZERO) {
            return Ok(known);
        }
        let node = self.sets.node(set);
        let start = self.work.len();
        self.work.resize(start + self.size(usize::from(node.level)), ZERO);
        for value in usize::from(node.first)..node.end() {
            let below = self.below_value(steps, node.level, value)?;
            self.work[start + value] = self.saturate(below, self.sets.child(&node, value))?;
        }
        let result = self.fire(steps, node.level, start)?;
        self.cache.put(tag, (set, ZERO), result);
        Ok(result)
    }

    /// Makes the closed node from closed children, one for each value, pushed since `start`.
    fn fire(&mut self, steps: u32, level: u16, start: usize) -> Result<u32, TooLarge> {
        let Some(rows) = self.rows(steps, level) else {
            return self.finish(level, 0, start);
        };
        // The node as it is so far: its closure may be known.
        let tag = Operation::Saturate.with(steps);
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
                let below = self.below_value(steps, level, *after)?;
                let image = self.saturated_image(below, self.work[start + before], *child)?;
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
    fn saturated_image(&mut self, steps: u32, set: u32, by: u32) -> Result<u32, TooLarge> {
        if set == ZERO || by == ZERO {
            return Ok(ZERO);
        }
        if set == ONE {
            return Ok(set);
        }
        if by == ONE {
            return self.saturate(steps, set);
        }
        if steps == NO_STEPS {
            return self.map(set, by);
        }
        let tag = Operation::SaturatedImage.with(steps);
        if let Some(known) = self.cache.get(tag, set, by) {
            return Ok(known);
        }
        let node = self.sets.node(set);
        let matrix = self.relations.node(by);
        let start = self.work.len();
        self.work.resize(start + self.size(usize::from(node.level)), ZERO);
        if matrix.level > node.level {
            for value in usize::from(node.first)..node.end() {
                let child = self.sets.child(&node, value);
                let below = self.below_value(steps, node.level, value)?;
                self.work[start + value] = self.saturated_image(below, child, by)?;
            }
        } else {
            let part = |this: &mut Self, (after, set, by): (usize, u32, u32)| {
                let below = this.below_value(steps, node.level, after)?;
                this.saturated_image(below, set, by)
            };
            self.relate((&node, &matrix), start, part)?;
        }
        let result = self.fire(steps, node.level, start)?;
        self.cache.put(tag, (set, by), result);
        Ok(result)
    }
}
