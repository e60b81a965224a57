//! Files that people write: catalogs, claims, baselines, rules.
//!
//! **Owns** what all of these have in common: text with places, diagnostics about it, the nearest
//! of some names to one that is not known; and of TOML going on behind a mistake of syntax, reading
//! a table field by field so that one mistake hides no other, and telling by its tables what a file
//! is.
//!
//! **Must never know** what any table means, nor how a mistake is shown: it gives places and words,
//! and each format makes diagnostics with codes of its own out of them.
//!
//! **Start reading** at [`SourceFile`] and [`Diagnostic`], then [`row!`], [`recover`] and
//! [`Likeness`].

mod diagnostic;
mod likeness;
mod mistakes;
mod names;
mod recover;
mod row;

pub use diagnostic::{Diagnostic, LineColumn, MistakeCode, Severity, SourceFile};
pub use likeness::{Brackets, Likeness, Section};
pub use mistakes::{FormCodes, Mistakes};
pub use names::{nearest, quoted, suggestion};
pub use recover::{Recovered, SyntaxError, recover};
pub use row::{
    Fields, FromValue, Problem, ProblemKind, Row, field_name, kind_of, one_line, read_row,
    wrong_type,
};
