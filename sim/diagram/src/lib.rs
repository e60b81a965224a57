//! Sets of tuples of small numbers, as decision diagrams.
//!
//! **Owns** sets of up to astronomically many tuples, relations between tuples, and the algebra on
//! both: union to image, least fixpoints, exact counts, enumeration, uniform samples, and the
//! numbers of tuples by sums of weights.
//!
//! **Must never know** what a variable stands for.
//!
//! **Start reading** at [`Diagrams`], then `arena`, where nodes live, and `closure`.
//!
//! # Technique
//!
//! A set is a *quasi-reduced ordered multi-valued decision diagram*: a node for each variable, in
//! one fixed order; equal nodes are one node ("hash-consed", Bryant 1986), so that two sets of the
//! same variables are equal exactly if their handles are. A relation is a *matrix diagram with
//! identity reduction* (Ciardo and Miner): a node holds a child for each pair of values before and
//! after, and where a variable just stays as it is there is no node at all, so that a step that
//! touches three of seventy variables costs what it touches. Image and preimage are *relational
//! products*, fixpoints are computed by *saturation* (Ciardo, Lüttgen, Siminiceanu 2001): a node is
//! closed under the steps of its own level after all of its children, and every image is closed
//! before it is united with what is known. A step that keeps the value of a variable counts, below
//! this value, as a step of the variables below: so it is applied as deep down as it can be.
//!
//! oxidd, biodivine-lib-bdd and CUDD, which are all binary and leave fixpoints to their users, take
//! 25 to 440 times as long for a fixpoint of the kind that this is for: `benches/diagrams` has the
//! comparison, with the same counts from all.
//!
//! ```
//! use patchstate_diagram::{Diagrams, TooLarge};
//!
//! # fn main() -> Result<(), TooLarge> {
//! // Forty switches, and each can be turned on.
//! let mut diagrams = Diagrams::new(vec![2; 40]);
//! let off = diagrams.tuple(0..40, &[0; 40])?;
//! let mut steps = Vec::new();
//! for switch in 0..40 {
//!     steps.push(diagrams.relation(&[switch], [(vec![0], vec![1])])?);
//! }
//! let reached = diagrams.closure(off, &steps)?;
//! assert_eq!(diagrams.count(reached), (1_u64 << 40).into());
//! assert_eq!(reached, diagrams.full(0..40)?);
//! # Ok(())
//! # }
//! ```

mod algebra;
mod arena;
mod cache;
mod closure;
mod collect;
mod count;
mod counts;
mod diagrams;
mod handles;
mod relation;
mod selection;
mod steps;
mod sums;

pub use collect::Renumbered;
pub use count::random_numbers;
pub use counts::Count;
pub use diagrams::{Diagrams, VALUES_MAX, VARIABLES_MAX};
pub use handles::{Relation, Set, TooLarge};
pub use sums::Weighed;
