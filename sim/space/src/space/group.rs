//! One interaction group by itself.
//!
//! **Owns** what a question needs that asks group after group: the hosts with all other groups
//! emptied, what steps do to these, and the way back to hosts of the whole. A group by itself, with
//! the shared fields, goes where it goes in the whole; except that a package which refuses a host
//! because of another group's files is not refused, and that a bridging update takes either branch
//! where another group's files can decide which.
//!
//! **Must never know** what is asked.

use super::Space;
use patchstate_diagram::{Relation, Set, TooLarge};
use patchstate_servicing::{Followed, Groups, Host};

impl Space {
    /// The variables that groups begin with, in the order of the groups.
    #[must_use]
    pub fn group_starts(&self) -> Vec<usize> {
        self.variables.groups.iter().map(|block| block.start).collect()
    }

    /// All hosts, with every field emptied that is neither shared nor of a group.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn of_group(&mut self, group: usize) -> Result<Set, TooLarge> {
        let is_kept = self.group_fields(group);
        self.diagrams.project(self.hosts, is_kept)
    }

    /// Everything that is like one of these with other groups as they please: most of it is no
    /// host that can be reached.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn like_group(&mut self, set: Set, group: usize) -> Result<Set, TooLarge> {
        let is_kept = self.group_fields(group);
        self.diagrams.lift(set, is_kept)
    }

    /// What a step, by its place among [`Space::actions`], does to hosts of which only one group is
    /// kept, followed through the restart that it requires or not. See [`Space::relation`].
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn relation_in_group(
        &mut self,
        step: usize,
        followed: Followed,
        group: usize,
    ) -> Result<Relation, TooLarge> {
        self.relation_of(step, followed, |kept| kept == group)
    }

    /// The interaction groups.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// How many variables hosts have.
    #[must_use]
    pub fn variable_count(&self) -> usize {
        self.parts.len()
    }

    /// The host that values of all variables stand for.
    #[must_use]
    pub fn host(&self, tuple: &[u8]) -> Option<Host> {
        self.variables.host(&self.model, tuple)
    }

    /// Whether a variable is shared or of a group.
    fn group_fields(&self, group: usize) -> impl Fn(usize) -> bool + use<> {
        let (shared, own) = (self.variables.shared.clone(), self.variables.groups.get(group));
        let own = own.cloned().unwrap_or_default();
        move |variable| shared.contains(&variable) || own.contains(&variable)
    }
}
