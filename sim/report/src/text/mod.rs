//! Results as a person reads them.

mod baseline;
mod claims;
mod counterexample;
mod diff;
mod explain;
mod files;
mod inspect;
mod list;
mod mutate;
mod remedies;
mod repair;
mod rule_notes;
mod scan;
mod step;
mod story;
mod style;
mod test;
mod verify;

pub use diff::diff;
pub use explain::{explain, topics};
pub use files::{build, check, init};
pub use inspect::inspect;
pub use list::list;
pub use mutate::mutate;
pub use repair::repair;
pub use scan::{scan, scan_rules};
pub use story::story;
pub(crate) use style::is_harmful;
pub(crate) use style::{and, count, meaning, or, run_command};
pub use style::{neutral, neutral_name};
pub use test::test;
pub use verify::verify;
pub(crate) use verify::{Setting, changed_assumptions};
