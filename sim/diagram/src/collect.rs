//! Taking away what nobody needs.

use crate::{
    arena::ZERO,
    diagrams::Diagrams,
    handles::{Relation, Set},
};

/// What became of sets and relations when diagrams were collected.
#[derive(Clone, Debug)]
pub struct Renumbered {
    sets: Vec<Option<u32>>,
    relations: Vec<Option<u32>>,
}

impl Renumbered {
    /// The handle of a set of before, where it is still there.
    #[must_use]
    pub fn set(&self, before: Set) -> Option<Set> {
        self.sets.get(before.0 as usize).copied().flatten().map(Set)
    }

    /// The handle of a relation of before, where it is still there.
    #[must_use]
    pub fn relation(&self, before: Relation) -> Option<Relation> {
        self.relations.get(before.0 as usize).copied().flatten().map(Relation)
    }
}

impl Diagrams {
    /// Keeps what these sets and relations need and takes everything else away. The handles are
    /// renewed in place; all others mean nothing from then on, except through what is returned:
    /// it tells the new handle of everything that is still there. Handles of other diagrams
    /// become empty.
    ///
    /// What was computed before is forgotten.
    pub fn collect<'a>(
        &mut self,
        sets: impl IntoIterator<Item = &'a mut Set>,
        relations: impl IntoIterator<Item = &'a mut Relation>,
    ) -> Renumbered {
        let mut sets: Vec<&mut Set> = sets.into_iter().collect();
        let mut relations: Vec<&mut Relation> = relations.into_iter().collect();
        let mut marks = self.sets.marks();
        for place in sets.iter().map(|set| set.0 as usize) {
            if let Some(mark) = marks.get_mut(place) {
                *mark = true;
            }
        }
        self.sets.mark(&mut marks, |_| true);
        let kept_sets = self.sets.keep(&marks, |_| true);
        let mut marks = self.relations.marks();
        for place in relations.iter().map(|relation| relation.0 as usize) {
            if let Some(mark) = marks.get_mut(place) {
                *mark = true;
            }
        }
        let is_child = |place: usize| place % 2 == 1;
        self.relations.mark(&mut marks, is_child);
        let kept_relations = self.relations.keep(&marks, is_child);
        let renumbered = Renumbered { sets: kept_sets, relations: kept_relations };
        for set in &mut sets {
            **set = renumbered.set(**set).unwrap_or(Set(ZERO));
        }
        for relation in &mut relations {
            **relation = renumbered.relation(**relation).unwrap_or(Relation(ZERO));
        }
        self.forget();
        self.counts.clear();
        renumbered
    }
}
