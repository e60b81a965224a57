//! Results as a person reads them.

mod baseline;
mod claims;
mod counterexample;
mod diff;
mod explain;
mod explore;
mod files;
mod fixtures;
mod inspect;
pub mod last_line;
mod list;
mod mutate;
mod opinions;
mod remedies;
mod repair;
mod rule_notes;
mod scan;
mod settings;
mod step;
mod story;
mod style;
mod test;
mod verify;
mod view;

pub use diff::diff;
pub use explain::{explain, topics};
pub use explore::explore;
pub use files::written;
pub use fixtures::fixtures;
pub use inspect::inspect;
pub use last_line::{LastLine, Outcome};
pub use list::list;
pub use mutate::mutate;
pub use opinions::opinions;
pub use repair::repair;
pub use scan::{scan, scan_rules, scan_summary, scanned_tree, unread_tree};
pub(crate) use settings::{Setting, changed_assumptions, settings};
pub(crate) use step::{capitalized, sentence};
pub use story::story;
pub(crate) use story::version_of;
pub(crate) use style::is_harmful;
pub(crate) use style::{
    and, columns, command_on_order, count, counts_of_kinds, in_columns, meaning, or, run_command,
    thousands,
};
pub use style::{neutral, neutral_name};
pub use test::test;
pub use verify::verify;
pub use view::{Detail, View};
