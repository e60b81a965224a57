//! The truth about a host, and its comparison with a verdict.
//!
//! **Owns** ground truth: status and findings of a host, computed from the catalog's symbols and
//! versions; the same of a whole space, as one set of hosts for each finding; and the comparison of
//! a verdict with it.
//!
//! **Must never know** bytes or detection. Truth and verdict are two independent ways to the same
//! answer, and they meet only in [`compare`], as plain words of the vocabulary.
//!
//! **Start reading** at [`truth`], then [`TruthSets`].

mod compare;
mod sets;
mod symbols;
mod truth;

pub use compare::{Disagreement, compare};
pub use sets::{TruthSets, loader_parts, presence, statuses};
pub use symbols::{Load, loader_folders, loads};
pub use truth::{Truth, status_of, truth};
