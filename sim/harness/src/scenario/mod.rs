//! Scenario files: install orders with what is expected of them, in Markdown.
//!
//! A heading names a scenario, prose explains it, a fenced block `steps` holds one step a line,
//! and a fenced block `expect` holds TOML. What an expectation does not name is not checked.

mod check;
mod expect;
mod parse;
mod run;
mod update;

pub use check::check_scenarios;
pub use expect::{Expectation, ExpectedFinding};
pub use parse::{Located, Scenario, ScenarioFile, parse_scenarios};
pub use run::{Failure, ScenarioResult, run_scenario};
pub use update::updated_text;
