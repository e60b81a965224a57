//! Some of the variables: projections, and back.

use crate::{
    arena::{ONE, ZERO},
    cache::{OPERANDS_MAX, Operation, Tag},
    diagrams::Diagrams,
    handles::{Set, TooLarge},
};

/// Which variables are kept, and what becomes of the others.
#[derive(Clone, Copy)]
struct Selection<'a> {
    choice: &'a [bool],
    /// From this variable on all are kept; and from this one on none is.
    all_kept: usize,
    none_kept: usize,
    /// Whether the others take every value that they have, where they are 0; else they become 0.
    lifts: bool,
    tag: Tag,
}

impl<'a> Selection<'a> {
    fn new(choice: &'a [bool], lifts: bool, tag: Tag) -> Self {
        let end = |kept: bool| choice.iter().rposition(|is| *is == kept).map_or(0, |last| last + 1);
        Self { choice, all_kept: end(false), none_kept: end(true), lifts, tag }
    }
}

impl Diagrams {
    /// The projection onto the variables that are kept: a set of the same block, in which every
    /// other variable is 0.
    pub fn project(&mut self, set: Set, keep: impl Fn(usize) -> bool) -> Result<Set, TooLarge> {
        let (choice, number) = self.choice(keep);
        let tag = Operation::Project.with(number);
        let to = Selection::new(&choice, false, tag);
        self.guarded(|this| this.select(set.0, to).map(Set))
    }

    /// Every tuple of the block whose projection onto the variables that are kept is in the set.
    pub fn lift(&mut self, set: Set, keep: impl Fn(usize) -> bool) -> Result<Set, TooLarge> {
        let (choice, number) = self.choice(keep);
        let tag = Operation::Lift.with(number);
        let to = Selection::new(&choice, true, tag);
        self.guarded(|this| this.select(set.0, to).map(Set))
    }

    /// A choice of variables, and its number.
    fn choice(&mut self, keep: impl Fn(usize) -> bool) -> (Vec<bool>, u32) {
        let choice: Vec<bool> = (0..self.sizes.len()).map(keep).collect();
        if let Some(number) = self.choices.get(&choice) {
            return (choice, *number);
        }
        if self.choices.len() >= OPERANDS_MAX as usize {
            self.forget();
        }
        let next = u32::try_from(self.choices.len()).unwrap_or(OPERANDS_MAX);
        self.choices.insert(choice.clone(), next);
        (choice, next)
    }

    fn select(&mut self, set: u32, to: Selection<'_>) -> Result<u32, TooLarge> {
        if set <= ONE {
            return Ok(set);
        }
        let node = self.sets.node(set);
        let level = usize::from(node.level);
        if level >= to.all_kept {
            return Ok(set);
        }
        if let Some(known) = self.cache.get(to.tag, set, ZERO) {
            return Ok(known);
        }
        let start = self.work.len();
        let is_kept = to.choice.get(level) == Some(&true);
        let result = if to.lifts && !is_kept {
            let child = self.select(self.sets.child(&node, 0), to)?;
            self.any_value(level, child)?
        } else if level >= to.none_kept {
            // Whatever it holds, nothing is left of it but that it holds something.
            let mut children = self.sets.words(&node).iter().copied();
            let child = children.find(|child| *child != ZERO).unwrap_or(ZERO);
            let child = self.select(child, to)?;
            self.work.push(child);
            self.finish(node.level, 0, start)?
        } else {
            for at in 0..node.len {
                let child = self.select(self.sets.word(&node, at), to)?;
                self.work.push(child);
            }
            if is_kept {
                self.finish(node.level, usize::from(node.first), start)?
            } else {
                let child = self.unite_since(start)?;
                self.work.push(child);
                self.finish(node.level, 0, start)?
            }
        };
        self.cache.put(to.tag, (set, ZERO), result);
        Ok(result)
    }
}
