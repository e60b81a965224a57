//! What users hold: sets and relations by number, and the error of all operations.

use crate::arena::{ONE, ZERO};

/// A set of tuples over one block of variables; the number of its root.
///
/// Two sets of the same [`Diagrams`](crate::Diagrams) and the same block are equal exactly if they
/// hold the same tuples.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Set(pub(crate) u32);

impl Set {
    /// The empty set of any block.
    pub const EMPTY: Self = Self(ZERO);

    /// Whether there is no tuple in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }
}

/// A relation between tuples: what is, and what may come after it. It speaks of some variables;
/// all others stay as they are.
///
/// Two relations of the same [`Diagrams`](crate::Diagrams) are equal exactly if they hold the same
/// pairs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Relation(pub(crate) u32);

impl Relation {
    /// Everything stays as it is.
    pub const IDENTITY: Self = Self(ONE);
    /// Nothing comes after anything.
    pub const NOTHING: Self = Self(ZERO);
}

/// A result would take more nodes than may be held. What was there before is there still.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the set needs more than {nodes_max} nodes")]
pub struct TooLarge {
    /// The bound.
    pub nodes_max: usize,
}
