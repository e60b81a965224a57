//! Some of the variables: projections, and back.

use crate::{
    arena::{ONE, ZERO},
    cache::{OPERANDS_MAX, Operation, Tag},
    diagrams::{Diagrams, Set, TooLarge},
};

impl Diagrams {
    /// The projection onto the variables that are kept: a set of the same block, in which every
    /// other variable is 0.
    pub fn project(&mut self, set: Set, keep: impl Fn(usize) -> bool) -> Result<Set, TooLarge> {
        let (choice, number) = self.choice(keep);
        let tag = Operation::Project.with(number);
        self.guarded(|this| this.flatten(set.0, &choice, tag).map(Set))
    }

    /// Every tuple of the block whose projection onto the variables that are kept is in the set.
    pub fn lift(&mut self, set: Set, keep: impl Fn(usize) -> bool) -> Result<Set, TooLarge> {
        let (choice, number) = self.choice(keep);
        let tag = Operation::Lift.with(number);
        self.guarded(|this| this.raise(set.0, &choice, tag).map(Set))
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

    fn flatten(&mut self, set: u32, choice: &[bool], tag: Tag) -> Result<u32, TooLarge> {
        if set <= ONE {
            return Ok(set);
        }
        if let Some(known) = self.cache.get(tag, set, ZERO) {
            return Ok(known);
        }
        let node = self.sets.node(set);
        let start = self.work.len();
        for at in 0..node.len {
            let child = self.flatten(self.sets.word(&node, at), choice, tag)?;
            self.work.push(child);
        }
        let result = if choice.get(usize::from(node.level)) == Some(&true) {
            self.finish(node.level, usize::from(node.first), start)?
        } else {
            let child = self.unite_since(start)?;
            self.work.push(child);
            self.finish(node.level, 0, start)?
        };
        self.cache.put(tag, (set, ZERO), result);
        Ok(result)
    }

    fn raise(&mut self, set: u32, choice: &[bool], tag: Tag) -> Result<u32, TooLarge> {
        if set <= ONE {
            return Ok(set);
        }
        if let Some(known) = self.cache.get(tag, set, ZERO) {
            return Ok(known);
        }
        let node = self.sets.node(set);
        let start = self.work.len();
        let result = if choice.get(usize::from(node.level)) == Some(&true) {
            for at in 0..node.len {
                let child = self.raise(self.sets.word(&node, at), choice, tag)?;
                self.work.push(child);
            }
            self.finish(node.level, usize::from(node.first), start)?
        } else {
            let child = self.raise(self.sets.child(&node, 0), choice, tag)?;
            self.work.resize(start + self.size(usize::from(node.level)), child);
            self.finish(node.level, 0, start)?
        };
        self.cache.put(tag, (set, ZERO), result);
        Ok(result)
    }
}
