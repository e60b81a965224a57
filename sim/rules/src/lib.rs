//! Rules that users bring: evidence in, a verdict out.
//!
//! **Owns** one trait for whatever turns evidence into a verdict, what a rule may ask for, and
//! adapters for the languages that people write rules in.
//!
//! **Must never know** the simulator: a rule sees what the detection core read from bytes, on
//! synthetic and on real machines alike, and nothing else.
//!
//! **Start reading** at [`Rule`], then [`Field`]: what a rule can ask, and when the answer is that
//! it cannot be known.

mod field;
mod rule;

pub use field::{Field, FieldValue};
pub use rule::{Clause, ClauseValue, Judgement, Reads, Rule, Subject};
