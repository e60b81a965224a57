//! The truth about a host, and its comparison with a verdict.
//!
//! **Owns** ground truth: status and findings of a host, computed from the catalog's symbols and
//! versions; and the comparison of a verdict with it.
//!
//! **Must never know** bytes or detection. Truth and verdict are two independent ways to the same
//! answer, and they meet only in [`compare`], as plain words of the vocabulary.
//!
//! **Start reading** at [`truth`].

mod compare;
mod symbols;
mod truth;

pub use compare::{Disagreement, compare};
pub use truth::{Truth, status_of, truth};
