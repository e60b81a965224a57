//! Relations between tuples: how they are made and combined, and the images of sets.

use crate::{
    arena::{Node, ONE, TERMINAL, ZERO},
    cache::Operation,
    diagrams::{Diagrams, level_of},
    handles::{Relation, Set, TooLarge},
};

/// The place of a pair of values in a node: by the value after, then by the value before.
pub(crate) fn cell(before: u8, after: u8) -> u16 {
    u16::from(after) << 8 | u16::from(before)
}

/// The values before and after.
pub(crate) fn values_of_cell(cell: u16) -> (usize, usize) {
    (usize::from(cell & 0xff), usize::from(cell >> 8))
}

impl Diagrams {
    /// Everything stays as it is.
    #[must_use]
    pub fn identity(&self) -> Relation {
        Relation::IDENTITY
    }

    /// Nothing comes after anything.
    #[must_use]
    pub fn nothing(&self) -> Relation {
        Relation::NOTHING
    }

    /// A relation of some variables: for each case, where they have the values before, they may
    /// have the values after, and nothing else changes.
    ///
    /// A case that does not fit the variables, or that wants two values of one variable, relates
    /// nothing.
    pub fn relation(
        &mut self,
        variables: &[usize],
        cases: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Relation, TooLarge> {
        let mut order: Vec<usize> = (0..variables.len()).collect();
        order.sort_by_key(|place| variables.get(*place));
        let mut rows: Vec<Vec<(u16, u16)>> = Vec::new();
        for (before, after) in cases {
            if before.len() == variables.len() && after.len() == variables.len() {
                let columns = order
                    .iter()
                    .map(|place| (variables.get(*place), before.get(*place), after.get(*place)));
                rows.extend(columns.map(|column| self.column(column)).collect::<Option<Vec<_>>>());
            }
        }
        for row in &mut rows {
            row.dedup();
        }
        // A variable that is named twice with different values.
        rows.retain(|row| row.is_sorted_by(|a, b| a.0 < b.0));
        rows.sort_unstable();
        rows.dedup();
        self.guarded(|this| this.tabulate(0, &rows).map(Relation))
    }

    /// The level of a variable and the place of a pair of its values, where these exist.
    fn column(&self, column: (Option<&usize>, Option<&u8>, Option<&u8>)) -> Option<(u16, u16)> {
        let (Some(variable), Some(before), Some(after)) = column else { return None };
        let exists = usize::from(*before.max(after)) < self.size(*variable);
        exists.then(|| (level_of(*variable), cell(*before, *after)))
    }

    /// The node of sorted rows that are equal before a place.
    fn tabulate(&mut self, place: usize, rows: &[Vec<(u16, u16)>]) -> Result<u32, TooLarge> {
        let Some(first) = rows.first() else { return Ok(ZERO) };
        let Some((level, _)) = first.get(place).copied() else { return Ok(ONE) };
        let start = self.cells.len();
        for part in rows.chunk_by(|a, b| a.get(place) == b.get(place)) {
            let child = self.tabulate(place + 1, part)?;
            let cell = part.first().and_then(|row| row.get(place)).map_or(0, |(_, cell)| *cell);
            self.cells.push((cell, child));
        }
        self.finish_relation(level, start)
    }

    /// Where a variable has a value that is kept, everything stays as it is; elsewhere nothing
    /// comes next.
    pub fn filter(
        &mut self,
        variable: usize,
        is_kept: impl Fn(u8) -> bool,
    ) -> Result<Relation, TooLarge> {
        self.guarded(|this| {
            let start = this.cells.len();
            let kept = this.values_of(variable).filter(|value| is_kept(*value));
            this.cells.extend(kept.map(|value| (cell(value, value), ONE)));
            this.finish_relation(level_of(variable), start).map(Relation)
        })
    }

    /// What one of them relates.
    pub fn either(&mut self, a: Relation, b: Relation) -> Result<Relation, TooLarge> {
        self.guarded(|this| this.join(a.0, b.0).map(Relation))
    }

    /// What one of many relates.
    pub fn either_of(
        &mut self,
        relations: impl IntoIterator<Item = Relation>,
    ) -> Result<Relation, TooLarge> {
        self.guarded(|this| {
            let start = this.cells.len();
            this.cells.extend(relations.into_iter().map(|relation| (0, relation.0)));
            this.join_range(start, this.cells.len()).map(Relation)
        })
    }

    /// First the one, then the other.
    pub fn then(&mut self, a: Relation, b: Relation) -> Result<Relation, TooLarge> {
        self.guarded(|this| this.chain(a.0, b.0).map(Relation))
    }

    /// The same pairs, the other way round.
    pub fn inverse(&mut self, relation: Relation) -> Result<Relation, TooLarge> {
        self.guarded(|this| this.turn(relation.0).map(Relation))
    }

    /// Everything that may come after a tuple of the set.
    ///
    /// Of variables outside the set's block nothing is known: they may have any value.
    pub fn image(&mut self, set: Set, by: Relation) -> Result<Set, TooLarge> {
        self.guarded(|this| {
            let by = this.below(by.0, this.sets.level(set.0))?;
            this.map(set.0, by).map(Set)
        })
    }

    /// Everything that a tuple of the set may come after; for variables outside the block see
    /// [`Self::image`].
    pub fn preimage(&mut self, set: Set, by: Relation) -> Result<Set, TooLarge> {
        let inverse = self.inverse(by)?;
        self.image(set, inverse)
    }

    /// What a relation says of a level and those below it, where variables above may have any
    /// value.
    pub(crate) fn below(&mut self, relation: u32, level: u16) -> Result<u32, TooLarge> {
        let mut relation = relation;
        while self.relations.level(relation) < level {
            let node = self.relations.node(relation);
            let start = self.cells.len();
            for at in 0..node.len / 2 {
                let (_, child) = self.pair(&node, at);
                self.cells.push((0, child));
            }
            relation = self.join_range(start, self.cells.len())?;
            self.cells.truncate(start);
        }
        Ok(relation)
    }

    /// The image of a set by a relation of nothing above the set's level.
    pub(crate) fn map(&mut self, set: u32, by: u32) -> Result<u32, TooLarge> {
        if set == ZERO || by == ZERO {
            return Ok(ZERO);
        }
        if by == ONE || set == ONE {
            return Ok(set);
        }
        let tag = Operation::Image.tag();
        if let Some(known) = self.cache.get(tag, set, by) {
            return Ok(known);
        }
        let node = self.sets.node(set);
        let matrix = self.relations.node(by);
        let start = self.work.len();
        let result = if matrix.level > node.level {
            for at in 0..node.len {
                let child = self.map(self.sets.word(&node, at), by)?;
                self.work.push(child);
            }
            self.finish(node.level, usize::from(node.first), start)?
        } else {
            self.work.resize(start + self.size(usize::from(node.level)), ZERO);
            let part = |this: &mut Self, (_, set, by): (usize, u32, u32)| this.map(set, by);
            self.relate((&node, &matrix), start, part)?;
            self.finish(node.level, 0, start)?
        };
        self.cache.put(tag, (set, by), result);
        Ok(result)
    }

    /// The images of a node's children by a relation that begins at its level, united for each
    /// value after: they stand since `start`, one for each value.
    #[inline]
    pub(crate) fn relate(
        &mut self,
        (node, matrix): (&Node, &Node),
        start: usize,
        image: impl Fn(&mut Self, (usize, u32, u32)) -> Result<u32, TooLarge>,
    ) -> Result<(), TooLarge> {
        let mut at = 0;
        while at < matrix.len / 2 {
            let after = self.pair(matrix, at).0 >> 8;
            let parts = self.work.len();
            while at < matrix.len / 2 {
                let (cell, child) = self.pair(matrix, at);
                if cell >> 8 != after {
                    break;
                }
                let before = self.sets.child(node, values_of_cell(cell).0);
                let part = image(self, (usize::from(after), before, child))?;
                self.work.push(part);
                at += 1;
            }
            // Values after exist: relations are made of no others.
            self.work[start + usize::from(after)] = self.unite_since(parts)?;
        }
        Ok(())
    }

    fn join(&mut self, a: u32, b: u32) -> Result<u32, TooLarge> {
        if a == b || b == ZERO {
            return Ok(a);
        }
        if a == ZERO {
            return Ok(b);
        }
        let (a, b) = (a.min(b), a.max(b));
        let tag = Operation::Either.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let level = self.relations.level(a).min(self.relations.level(b));
        let start = self.cells.len();
        self.spread(a, level);
        self.spread(b, level);
        let result = self.combine(level, start)?;
        self.cache.put(tag, (a, b), result);
        Ok(result)
    }

    fn chain(&mut self, a: u32, b: u32) -> Result<u32, TooLarge> {
        if a == ZERO || b == ONE {
            return Ok(a);
        }
        if b == ZERO || a == ONE {
            return Ok(b);
        }
        let tag = Operation::Then.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let level = self.relations.level(a).min(self.relations.level(b));
        let start = self.cells.len();
        self.spread(a, level);
        let middle = self.cells.len();
        self.spread(b, level);
        let end = self.cells.len();
        for second in middle..end {
            let (last, next) = self.cells[second];
            let through = last & 0xff;
            // The pairs of the first relation ascend by the value after.
            let before = |pair: &(u16, u32)| pair.0 >> 8 < through;
            let mut first = start + self.cells[start..middle].partition_point(before);
            while first < middle && self.cells[first].0 >> 8 == through {
                let (begin, child) = self.cells[first];
                let both = self.chain(child, next)?;
                self.cells.push((last & 0xff00 | begin & 0xff, both));
                first += 1;
            }
        }
        self.cells.drain(start..end);
        let result = self.combine(level, start)?;
        self.cache.put(tag, (a, b), result);
        Ok(result)
    }

    fn turn(&mut self, relation: u32) -> Result<u32, TooLarge> {
        if relation <= ONE {
            return Ok(relation);
        }
        let tag = Operation::Inverse.tag();
        if let Some(known) = self.cache.get(tag, relation, ZERO) {
            return Ok(known);
        }
        let node = self.relations.node(relation);
        let start = self.cells.len();
        for at in 0..node.len / 2 {
            let (cell, child) = self.pair(&node, at);
            let child = self.turn(child)?;
            self.cells.push((cell.rotate_left(8), child));
        }
        let result = self.combine(node.level, start)?;
        self.cache.put(tag, (relation, ZERO), result);
        Ok(result)
    }

    /// A pair of values with its child.
    #[inline]
    pub(crate) fn pair(&self, node: &Node, at: usize) -> (u16, u32) {
        let cell = self.relations.word(node, 2 * at);
        // Every cell was written from 16 bits.
        (u16::try_from(cell).unwrap_or(u16::MAX), self.relations.word(node, 2 * at + 1))
    }

    /// Pushes the pairs of a relation at a level: its node's, or the identity where it has none.
    fn spread(&mut self, relation: u32, level: u16) {
        let node = self.relations.node(relation);
        if node.level == level && level != TERMINAL {
            for at in 0..node.len / 2 {
                let pair = self.pair(&node, at);
                self.cells.push(pair);
            }
        } else {
            let same =
                self.values_of(usize::from(level)).map(|value| (cell(value, value), relation));
            self.cells.extend(same);
        }
    }

    /// Makes the node of a level from the pairs since `start`, in any order, several for the same
    /// values allowed.
    fn combine(&mut self, level: u16, start: usize) -> Result<u32, TooLarge> {
        self.cells[start..].sort_unstable();
        let end = self.cells.len();
        let (mut read, mut write) = (start, start);
        while read < end {
            let cell = self.cells[read].0;
            let mut next = read + 1;
            while next < end && self.cells[next].0 == cell {
                next += 1;
            }
            let child = self.join_range(read, next)?;
            self.cells[write] = (cell, child);
            (read, write) = (next, write + 1);
        }
        self.cells.truncate(write);
        self.finish_relation(level, start)
    }

    /// The union of the children in a range of pairs, halves first; it overwrites them.
    fn join_range(&mut self, start: usize, end: usize) -> Result<u32, TooLarge> {
        let mut len = end - start;
        while len > 1 {
            for pair in 0..len / 2 {
                let (a, b) = (self.cells[start + 2 * pair].1, self.cells[start + 2 * pair + 1].1);
                self.cells[start + pair].1 = self.join(a, b)?;
            }
            if len % 2 == 1 {
                self.cells[start + len / 2].1 = self.cells[start + len - 1].1;
            }
            len = len.div_ceil(2);
        }
        Ok(if len == 1 { self.cells[start].1 } else { ZERO })
    }

    /// Makes the node of a level from the pairs since `start`, which ascend, and takes them away.
    /// There is no node where everything stays as it is.
    fn finish_relation(&mut self, level: u16, start: usize) -> Result<u32, TooLarge> {
        let words = self.work.len();
        for at in start..self.cells.len() {
            let (cell, child) = self.cells[at];
            if child != ZERO {
                self.work.extend([u32::from(cell), child]);
            }
        }
        let cells = &self.work[words..];
        let Some(child) = cells.get(1).copied() else {
            self.cells.truncate(start);
            return Ok(ZERO);
        };
        let is_same = |pair: &[u32]| match pair {
            [cell, next] => cell >> 8 == cell & 0xff && *next == child,
            _ => false,
        };
        let result = if cells.len() == 2 * self.size(usize::from(level))
            && cells.chunks_exact(2).all(is_same)
        {
            Ok(child)
        } else {
            let has_room = self.node_count() < self.nodes_max;
            self.relations.intern(level, 0, &self.work[words..], has_room)
        };
        self.work.truncate(words);
        self.cells.truncate(start);
        result.map_err(|_| TooLarge { nodes_max: self.nodes_max })
    }
}
