//! Union, intersection and their like: two sets of the same block, node by node.

use crate::{
    arena::{Node, ONE, TERMINAL, ZERO},
    cache::Operation,
    diagrams::Diagrams,
    handles::{Set, TooLarge},
};
use std::ops::Range;

/// An operation on two sets that goes by their children.
trait Pairwise {
    const OPERATION: Operation;
    /// Whether the order of the two does not matter.
    const IS_SYMMETRIC: bool;

    /// The result where no child has to be looked at.
    fn at_once(a: u32, b: u32) -> Option<u32>;

    /// The same where one of them holds everything, or both do: which of them is told.
    fn with_full(a: (u32, bool), b: (u32, bool)) -> Option<u32>;

    /// The values that may have a child in the result.
    fn values(a: &Node, b: &Node) -> Range<usize>;
}

/// All values of either.
fn of_either(a: &Node, b: &Node) -> Range<usize> {
    usize::from(a.first.min(b.first))..a.end().max(b.end())
}

struct Union;

impl Pairwise for Union {
    const OPERATION: Operation = Operation::Union;
    const IS_SYMMETRIC: bool = true;

    fn at_once(a: u32, b: u32) -> Option<u32> {
        match (a, b) {
            _ if a == b => Some(a),
            // One of them is 0.
            (ZERO, _) | (_, ZERO) => Some(a | b),
            _ => None,
        }
    }

    fn with_full(a: (u32, bool), b: (u32, bool)) -> Option<u32> {
        [a, b].into_iter().find_map(|(id, is_full)| is_full.then_some(id))
    }

    fn values(a: &Node, b: &Node) -> Range<usize> {
        of_either(a, b)
    }
}

struct Intersection;

impl Pairwise for Intersection {
    const OPERATION: Operation = Operation::Intersection;
    const IS_SYMMETRIC: bool = true;

    fn at_once(a: u32, b: u32) -> Option<u32> {
        match (a, b) {
            _ if a == b => Some(a),
            (ZERO, _) | (_, ZERO) => Some(ZERO),
            _ => None,
        }
    }

    fn with_full((a, a_is_full): (u32, bool), (b, b_is_full): (u32, bool)) -> Option<u32> {
        if a_is_full { Some(b) } else { b_is_full.then_some(a) }
    }

    fn values(a: &Node, b: &Node) -> Range<usize> {
        usize::from(a.first.max(b.first))..a.end().min(b.end())
    }
}

struct Difference;

impl Pairwise for Difference {
    const OPERATION: Operation = Operation::Difference;
    const IS_SYMMETRIC: bool = false;

    fn at_once(a: u32, b: u32) -> Option<u32> {
        match (a, b) {
            _ if a == b => Some(ZERO),
            (ZERO, _) | (_, ZERO) => Some(a),
            _ => None,
        }
    }

    fn with_full(_: (u32, bool), (_, b_is_full): (u32, bool)) -> Option<u32> {
        b_is_full.then_some(ZERO)
    }

    fn values(a: &Node, _: &Node) -> Range<usize> {
        usize::from(a.first)..a.end()
    }
}

struct SymmetricDifference;

impl Pairwise for SymmetricDifference {
    const OPERATION: Operation = Operation::SymmetricDifference;
    const IS_SYMMETRIC: bool = true;

    fn at_once(a: u32, b: u32) -> Option<u32> {
        match (a, b) {
            _ if a == b => Some(ZERO),
            // One of them is 0.
            (ZERO, _) | (_, ZERO) => Some(a | b),
            _ => None,
        }
    }

    fn with_full(_: (u32, bool), _: (u32, bool)) -> Option<u32> {
        None
    }

    fn values(a: &Node, b: &Node) -> Range<usize> {
        of_either(a, b)
    }
}

impl Diagrams {
    /// What is in one of them.
    pub fn union(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.guarded(|this| this.pairwise::<Union>(a.0, b.0).map(Set))
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
        self.guarded(|this| this.pairwise::<Intersection>(a.0, b.0).map(Set))
    }

    /// What is in `a` and not in `b`.
    pub fn difference(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.guarded(|this| this.pairwise::<Difference>(a.0, b.0).map(Set))
    }

    /// What is in one and not in the other.
    pub fn symmetric_difference(&mut self, a: Set, b: Set) -> Result<Set, TooLarge> {
        self.guarded(|this| this.pairwise::<SymmetricDifference>(a.0, b.0).map(Set))
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
        self.pairwise::<Union>(a, b)
    }

    /// An operation on two sets of one block, child by child.
    fn pairwise<O: Pairwise>(&mut self, a: u32, b: u32) -> Result<u32, TooLarge> {
        if let Some(known) = O::at_once(a, b) {
            return Ok(known);
        }
        let (a, b) = if O::IS_SYMMETRIC { (a.min(b), a.max(b)) } else { (a, b) };
        let tag = O::OPERATION.tag();
        if let Some(known) = self.cache.get(tag, a, b) {
            return Ok(known);
        }
        let Some((x, y)) = self.both(a, b) else { return Ok(ZERO) };
        if let Some(known) = O::with_full((a, x.is_full), (b, y.is_full)) {
            return Ok(known);
        }
        let start = self.work.len();
        let values = O::values(&x, &y);
        let base = values.start;
        for value in values {
            let (x, y) = (self.sets.child(&x, value), self.sets.child(&y, value));
            let child = self.pairwise::<O>(x, y)?;
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
        if y.is_full {
            return true;
        }
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
