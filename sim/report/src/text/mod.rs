//! Results as a person reads them.

mod baseline;
mod claims;
mod counterexample;
mod explain;
mod files;
mod inspect;
mod list;
mod remedies;
mod repair;
mod scan;
mod step;
mod story;
mod style;
mod test;
mod verify;

pub use explain::{explain, topics};
pub use files::{build, check};
pub use inspect::inspect;
pub use list::list;
pub use repair::repair;
pub use scan::{scan, scan_rules};
pub use story::story;
pub use style::neutral;
pub(crate) use style::run_command;
pub use test::test;
pub use verify::verify;
pub(crate) use verify::{Setting, changed_assumptions};
