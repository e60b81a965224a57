//! The diagrams themselves: what they hold, and the sets that are made from nothing.

use crate::{
    arena::{Arena, ONE, TERMINAL, ZERO},
    cache::Cache,
    counts::Counts,
    handles::{Set, TooLarge},
    steps::Prepared,
};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Variables of one [`Diagrams`] at most: operations recurse along the variables, and this is
/// what a thread's stack has room for.
pub const VARIABLES_MAX: usize = 1024;

/// Values of one variable at most.
pub const VALUES_MAX: u16 = 256;

/// Nodes that are held at most where nobody says otherwise: some 750 MB.
const NODES_MAX: usize = 12 << 20;

/// Sets and relations over the variables `0..sizes.len()`, of which each takes the values
/// `0..sizes[variable]`.
///
/// A *block* is a contiguous range of variables, and every set is over one block; a value is named
/// by its variable's place in the block. Operations on two sets want both of the same block:
/// where they are not, the result is some set that means nothing, but nothing panics.
///
/// A variable that does not exist has no value. So there is no tuple over a block that leaves the
/// variables, and nothing is related by a relation that names one.
#[derive(Clone, Debug)]
pub struct Diagrams {
    pub(crate) sizes: Vec<u16>,
    pub(crate) nodes_max: usize,
    /// The words of a node are the children of its values, from the first that has one to the
    /// last.
    pub(crate) sets: Arena,
    /// The words of a node are pairs: values after and before (`after << 8 | before`), ascending,
    /// and the child.
    pub(crate) relations: Arena,
    pub(crate) cache: Cache,
    /// Nodes in the making: operations push children here, above those of their callers.
    pub(crate) work: Vec<u32>,
    /// The same for relations.
    pub(crate) cells: Vec<(u16, u32)>,
    pub(crate) counts: Counts,
    /// Lists of steps that closures were asked for.
    pub(crate) prepared: Prepared,
    /// Choices of variables, for projections, by number.
    pub(crate) choices: FxHashMap<Vec<bool>, u32>,
}

impl Diagrams {
    /// No set but the empty ones. Variables beyond [`VARIABLES_MAX`] and values beyond
    /// [`VALUES_MAX`] do not exist.
    #[must_use]
    pub fn new(mut sizes: Vec<u16>) -> Self {
        sizes.truncate(VARIABLES_MAX);
        for size in &mut sizes {
            *size = (*size).min(VALUES_MAX);
        }
        Self {
            sizes,
            nodes_max: NODES_MAX,
            sets: Arena::new(),
            relations: Arena::new(),
            cache: Cache::new(),
            work: Vec::new(),
            cells: Vec::new(),
            counts: Counts::default(),
            prepared: Prepared::default(),
            choices: FxHashMap::default(),
        }
    }

    /// The same with another bound on the nodes that are held, of sets and relations together.
    #[must_use]
    pub fn with_bound(self, nodes_max: usize) -> Self {
        Self { nodes_max, ..self }
    }

    /// The bound on the nodes that are held, of sets and relations together.
    #[must_use]
    pub fn node_count_max(&self) -> usize {
        self.nodes_max
    }

    /// Nodes that are held now, of sets and relations, whether anything still needs them or not.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.sets.len() + self.relations.len()
    }

    /// Values of a variable; none where it does not exist.
    #[must_use]
    pub fn size(&self, variable: usize) -> usize {
        self.sizes.get(variable).map_or(0, |size| usize::from(*size))
    }

    /// The empty set of any block.
    #[must_use]
    pub fn empty(&self) -> Set {
        Set::EMPTY
    }

    /// The set that holds the empty tuple: of a block without variables.
    #[must_use]
    pub fn unit(&self) -> Set {
        Set(ONE)
    }

    /// The set of one tuple. Where it does not fit the block, there is none: the set is empty.
    pub fn tuple(&mut self, block: Range<usize>, values: &[u8]) -> Result<Set, TooLarge> {
        if values.len() != block.len() {
            return Ok(Set::EMPTY);
        }
        let start = block.start;
        self.combinations(block, |variable, value| values.get(variable - start) == Some(&value))
    }

    /// All tuples of a block.
    pub fn full(&mut self, block: Range<usize>) -> Result<Set, TooLarge> {
        self.combinations(block, |_, _| true)
    }

    /// All tuples of a block in which a variable has a value that is wanted. A variable outside
    /// the block may have any value.
    pub fn values(
        &mut self,
        block: Range<usize>,
        variable: usize,
        is_wanted: impl Fn(u8) -> bool,
    ) -> Result<Set, TooLarge> {
        if !block.contains(&variable) && !self.values_of(variable).any(&is_wanted) {
            return Ok(Set::EMPTY);
        }
        self.combinations(block, |other, value| other != variable || is_wanted(value))
    }

    /// All tuples of a block whose every value is wanted, each for itself.
    pub fn combinations(
        &mut self,
        block: Range<usize>,
        is_wanted: impl Fn(usize, u8) -> bool,
    ) -> Result<Set, TooLarge> {
        self.guarded(|this| {
            let mut set = ONE;
            for variable in block.rev() {
                let start = this.work.len();
                for value in this.values_of(variable) {
                    this.work.push(if is_wanted(variable, value) { set } else { ZERO });
                }
                set = this.finish(level_of(variable), 0, start)?;
                if set == ZERO {
                    break;
                }
            }
            Ok(Set(set))
        })
    }

    /// The set of many tuples; those that do not fit the block are left out.
    pub fn set_of(
        &mut self,
        block: Range<usize>,
        tuples: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Set, TooLarge> {
        self.cylinder(block, |_| true, tuples)
    }

    /// All tuples of a block that have, in the variables that are kept, the values of one of these
    /// ("cylinder set"). Values of other numbers, and values that do not exist, are left out.
    pub fn cylinder(
        &mut self,
        block: Range<usize>,
        keep: impl Fn(usize) -> bool,
        values: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Set, TooLarge> {
        let kept: Vec<usize> = block.clone().filter(|variable| keep(*variable)).collect();
        let exists = |(value, variable): (&u8, &usize)| usize::from(*value) < self.size(*variable);
        let fits = |row: &Vec<u8>| row.len() == kept.len() && row.iter().zip(&kept).all(exists);
        let mut rows: Vec<Vec<u8>> = values.into_iter().filter(fits).collect();
        rows.sort_unstable();
        let full = self.all_full(block.clone())?;
        self.guarded(|this| this.gather((block.start, &kept, &full), 0, &rows).map(Set))
    }

    /// The node of sorted rows that are equal before a place, at the variable behind the one of the
    /// place before.
    fn gather(
        &mut self,
        (first, kept, full): (usize, &[usize], &[u32]),
        place: usize,
        rows: &[Vec<u8>],
    ) -> Result<u32, TooLarge> {
        if rows.is_empty() {
            return Ok(ZERO);
        }
        let before = place.checked_sub(1).and_then(|place| kept.get(place));
        let begin = before.map_or(first, |variable| variable + 1);
        let Some(variable) = kept.get(place).copied() else {
            return Ok(full.get(begin - first).copied().unwrap_or(ONE));
        };
        let start = self.work.len();
        self.work.resize(start + self.size(variable), ZERO);
        for part in rows.chunk_by(|a, b| a.get(place) == b.get(place)) {
            let child = self.gather((first, kept, full), place + 1, part)?;
            let value = part.first().and_then(|row| row.get(place)).copied().unwrap_or(0);
            // Only values that exist come here.
            self.work[start + usize::from(value)] = child;
        }
        let mut node = self.finish(level_of(variable), 0, start)?;
        for free in (begin..variable).rev() {
            node = self.any_value(free, node)?;
        }
        Ok(node)
    }

    /// The sets that hold all tuples of the rest of a block, from each of its variables on, and
    /// the empty tuple.
    pub(crate) fn all_full(&mut self, block: Range<usize>) -> Result<Vec<u32>, TooLarge> {
        self.guarded(|this| {
            let mut full = vec![ONE];
            for variable in block.rev() {
                let rest = full.last().copied().unwrap_or(ONE);
                full.push(this.any_value(variable, rest)?);
            }
            full.reverse();
            Ok(full)
        })
    }

    /// Any value of a variable, and then what is in a set.
    pub(crate) fn any_value(&mut self, variable: usize, rest: u32) -> Result<u32, TooLarge> {
        let start = self.work.len();
        self.work.resize(start + self.size(variable), rest);
        self.finish(level_of(variable), 0, start)
    }

    /// Whether a tuple is in a set; one that does not fit the set's block is not.
    #[must_use]
    pub fn contains(&self, set: Set, values: &[u8]) -> bool {
        let mut id = set.0;
        for value in values {
            if self.sets.level(id) == TERMINAL {
                return false;
            }
            id = self.sets.child(&self.sets.node(id), usize::from(*value));
        }
        id == ONE
    }

    /// The values of a variable.
    pub(crate) fn values_of(&self, variable: usize) -> impl Iterator<Item = u8> + use<> {
        // A size is at most 256, so that every value below it has eight bits.
        (0..self.size(variable)).filter_map(|value| u8::try_from(value).ok())
    }

    /// Makes the node of a level from the children that were pushed since `start`, which belong to
    /// the values from `base` on, and takes them away.
    #[inline]
    pub(crate) fn finish(
        &mut self,
        level: u16,
        base: usize,
        start: usize,
    ) -> Result<u32, TooLarge> {
        let children = &self.work[start..];
        let Some(from) = children.iter().position(|child| *child != ZERO) else {
            self.work.truncate(start);
            return Ok(ZERO);
        };
        let to = children.iter().rposition(|child| *child != ZERO).unwrap_or(from);
        let has_room = self.node_count() < self.nodes_max;
        // Values have eight bits.
        let first = u8::try_from(base + from).unwrap_or(u8::MAX);
        let (children, child) = (&children[from..=to], children[from]);
        let is_full = children.len() == self.size(usize::from(level))
            && self.sets.node(child).is_full
            && children.iter().all(|other| *other == child);
        let made = self.sets.intern(level, first, children, has_room);
        self.work.truncate(start);
        let made = made.map_err(|_| TooLarge { nodes_max: self.nodes_max })?;
        if is_full {
            self.sets.note_full(made);
        }
        Ok(made)
    }

    /// Forgets what was computed, and with it what lists of steps and choices of variables are
    /// numbered by: these begin anew.
    pub(crate) fn forget(&mut self) {
        self.cache.clear();
        self.prepared.clear();
        self.choices.clear();
    }

    /// Runs an operation; what it leaves in the making when it fails is taken away.
    pub(crate) fn guarded<T>(
        &mut self,
        operation: impl FnOnce(&mut Self) -> Result<T, TooLarge>,
    ) -> Result<T, TooLarge> {
        let (work, cells) = (self.work.len(), self.cells.len());
        let result = operation(self);
        self.work.truncate(work);
        self.cells.truncate(cells);
        result
    }
}

/// The level of a variable. There are at most [`VARIABLES_MAX`]; one beyond them has no values,
/// so that no node is ever made on its level.
pub(crate) fn level_of(variable: usize) -> u16 {
    u16::try_from(variable).unwrap_or(TERMINAL - 1)
}
