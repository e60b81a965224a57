//! Scenario files: install orders with what is expected of them, in Markdown.
//!
//! A heading names a scenario, prose explains it, a fenced block `steps` holds one step a line,
//! and a fenced block `expect` holds TOML. What an expectation does not name is not checked.

mod check;
pub(crate) mod codes;
mod expect;
mod located;
mod named;
mod parse;
mod run;
mod simulations;
mod update;

pub use check::{check_scenarios, check_scenarios_with};
pub use expect::{EXPECTATION_KEYS, Expectation, ExpectedFinding, Keyed};
pub use located::Located;
pub use named::NamedRules;
pub use parse::{Scenario, ScenarioFile, has_scenario_blocks, parse_scenarios};
pub use run::{Failure, ScenarioResult, run_scenario, run_scenario_with};
pub use simulations::Simulations;
pub use update::updated_text;
