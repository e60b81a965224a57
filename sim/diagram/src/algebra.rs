//! Union, intersection and their like: two sets of the same block, node by node.

use crate::{
    arena::{Node, ONE, TERMINAL, ZERO},
    cache::Operation,
    diagrams::{Diagrams, Set, TooLarge},
};

impl Diagrams {
    /// What is in one of them.
    pub fn union(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.guarded(|this| this.unite(a.0, b.0).map(Set))
    }

    /// What is in one of many.
    pub fn union_of(&mut self, sets: impl IntoIterator<Item = Set>) -> Result<Set, TooLarge> {
        self.guarded(|this| {
            let start = this.work.len();
            this.work.extend(sets.into_iter().map(|set| set.0));
            this.unite_since(start).map(Set)
        })
    }

    /// What is in both.
    pub fn intersection(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.guarded(|this| this.intersect(a.0, b.0).map(Set))
    }

    /// What is in `a` and not in `b`.
    pub fn difference(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.guarded(|this| this.subtract(a.0, b.0).map(Set))
    }

    /// What is in one and not in the other.
    pub fn symmetric_difference(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.guarded(|this| this.differ(a.0, b.0).map(Set))
    }

    /// Whether everything in `a` is in `b`.
    pub fn is_subset(&mut self, a: Set, b: Set) -> Result<bool, TooLarge> {
        Ok(self.includes(a.0, b.0))
    }

    /// Every tuple of `a`, followed by every tuple of `b`: of blocks that follow one another. The
    /// result is empty where they do not.
    pub fn product(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        if b.is_empty() {
            return Ok(Set::EMPTY);
        }
        let follows = self.sets.level(b.0);
        self.guarded(|this| this.append(a.0, b.0, follows).map(Set))
    }

    pub(crate) fn unite(&mut self, a: u32, b: u32) -> Result<u32, TooLarge> {
        if a == b || b == ZERO {
            return Ok(a);
        }
        if a == ZERO {
            return Ok(b);
        }
        let (a, b) = (a.min(b), a.max(b));
        let tag = Operation::Union.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let Some((x, y)) = self.both(a, b) else { return Ok(a) };
        let start = self.work.len();
        let base = usize::from(x.first.min(y.first));
        for value in base..x.end().max(y.end()) {
            let child = self.unite(self.sets.child(&x, value), self.sets.child(&y, value))?;
            self.work.push(child);
        }
        let result = self.finish(x.level, base, start)?;
        self.cache.put(tag, (a, b), result);
        Ok(result)
    }

    /// The union of what was pushed since `start`, which is taken away: halves first, so that
    /// each set is part of few unions.
    pub(crate) fn unite_since(&mut self, start: usize) -> Result<u32, TooLarge> {
        self.work[start..].sort_unstable();
        let mut len = 0;
        for at in start..self.work.len() {
            let id = self.work[at];
            if id != ZERO && (len == 0 || self.work[start + len - 1] != id) {
                self.work[start + len] = id;
                len += 1;
            }
        }
        self.work.truncate(start + len);
        while len > 1 {
            for pair in 0..len / 2 {
                let (a, b) = (self.work[start + 2 * pair], self.work[start + 2 * pair + 1]);
                self.work[start + pair] = self.unite(a, b)?;
            }
            if len % 2 == 1 {
                self.work[start + len / 2] = self.work[start + len - 1];
            }
            len = len.div_ceil(2);
            self.work.truncate(start + len);
        }
        let result = if len == 1 { self.work[start] } else { ZERO };
        self.work.truncate(start);
        Ok(result)
    }

    pub(crate) fn intersect(&mut self, a: u32, b: u32) -> Result<u32, TooLarge> {
        if a == b {
            return Ok(a);
        }
        if a == ZERO || b == ZERO {
            return Ok(ZERO);
        }
        let (a, b) = (a.min(b), a.max(b));
        let tag = Operation::Intersection.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let Some((x, y)) = self.both(a, b) else { return Ok(ZERO) };
        let start = self.work.len();
        let base = usize::from(x.first.max(y.first));
        for value in base..x.end().min(y.end()) {
            let child = self.intersect(self.sets.child(&x, value), self.sets.child(&y, value))?;
            self.work.push(child);
        }
        let result = self.finish(x.level, base, start)?;
        self.cache.put(tag, (a, b), result);
        Ok(result)
    }

    fn subtract(&mut self, a: u32, b: u32) -> Result<u32, TooLarge> {
        if a == b || a == ZERO {
            return Ok(ZERO);
        }
        if b == ZERO {
            return Ok(a);
        }
        let tag = Operation::Difference.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let Some((x, y)) = self.both(a, b) else { return Ok(a) };
        let start = self.work.len();
        let base = usize::from(x.first);
        for value in base..x.end() {
            let child = self.subtract(self.sets.child(&x, value), self.sets.child(&y, value))?;
            self.work.push(child);
        }
        let result = self.finish(x.level, base, start)?;
        self.cache.put(tag, (a, b), result);
        Ok(result)
    }

    fn differ(&mut self, a: u32, b: u32) -> Result<u32, TooLarge> {
        if a == b {
            return Ok(ZERO);
        }
        if a == ZERO || b == ZERO {
            return Ok(a | b);
        }
        let (a, b) = (a.min(b), a.max(b));
        let tag = Operation::SymmetricDifference.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let Some((x, y)) = self.both(a, b) else { return Ok(a) };
        let start = self.work.len();
        let base = usize::from(x.first.min(y.first));
        for value in base..x.end().max(y.end()) {
            let child = self.differ(self.sets.child(&x, value), self.sets.child(&y, value))?;
            self.work.push(child);
        }
        let result = self.finish(x.level, base, start)?;
        self.cache.put(tag, (a, b), result);
        Ok(result)
    }

    fn includes(&mut self, a: u32, b: u32) -> bool {
        if a == b || a == ZERO {
            return true;
        }
        if b == ZERO {
            return false;
        }
        let tag = Operation::IsSubset.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return known == ONE;
        }
        let Some((x, y)) = self.both(a, b) else { return false };
        let result = x.first >= y.first
            && x.end() <= y.end()
            && (usize::from(x.first)..x.end())
                .all(|value| self.includes(self.sets.child(&x, value), self.sets.child(&y, value)));
        self.cache.put(tag, (a, b), if result { ONE } else { ZERO });
        result
    }

    /// `a` with `b`, whose level is given, in place of its terminal.
    fn append(&mut self, a: u32, b: u32, follows: u16) -> Result<u32, TooLarge> {
        if a == ONE {
            return Ok(b);
        }
        if a == ZERO || b == ONE {
            return Ok(a);
        }
        let tag = Operation::Product.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let x = self.sets.node(a);
        if x.level >= follows {
            return Ok(ZERO);
        }
        let start = self.work.len();
        for at in 0..x.len {
            let child = self.sets.word(&x, at);
            // A block ends where the next one begins, or there is no product.
            let is_gap = child == ONE && x.level + 1 != follows;
            let child = if is_gap { ZERO } else { self.append(child, b, follows)? };
            self.work.push(child);
        }
        let result = self.finish(x.level, usize::from(x.first), start)?;
        self.cache.put(tag, (a, b), result);
        Ok(result)
    }

    /// Two nodes that are no terminals and of the same level; nothing where the sets are not of
    /// the same block.
    #[inline]
    fn both(&self, a: u32, b: u32) -> Option<(Node, Node)> {
        let (x, y) = (self.sets.node(a), self.sets.node(b));
        (x.level == y.level && x.level != TERMINAL).then_some((x, y))
    }
}
