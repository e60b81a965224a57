//! What each format says of files that were checked, of scenarios that were run, and of a command
//! that could not be carried out.

use crate::text::run_command;
use patchstate_source::Diagnostic;
use patchstate_study::{Failure, Scenario, ScenarioResult};
use patchstate_terms::Architecture;

/// Why a command could not be carried out, so that it has no result: for formats in which silence
/// would look like success.
#[derive(Clone, Copy, Debug)]
pub struct NotRun<'a> {
    /// Mistakes in files that were read.
    pub mistakes: &'a [Diagnostic],
    /// What else is in the way, in words.
    pub problems: &'a [String],
}

impl NotRun<'_> {
    /// What is said of the whole.
    pub(crate) const SENTENCE: &'static str = "the command could not be carried out";
}

/// What is said where no scenario was found.
pub(crate) const NO_SCENARIO: &str = "there is no scenario, so nothing ran: name Markdown files \
                                      with a block `steps`, or folders with such files";

/// What is said where no file was found that could be checked.
pub(crate) const NO_FILE: &str = "there is no rule, scenario or catalog, so nothing was checked";

/// The architecture of a scenario.
pub(crate) fn architecture(scenario: &Scenario) -> Architecture {
    scenario.expectation.arch.as_ref().map_or(Architecture::X86, |arch| arch.value)
}

/// The assumptions of a scenario, as id and value.
pub(crate) fn assumptions(scenario: &Scenario) -> Vec<(&str, &str)> {
    let settings = scenario.expectation.assumptions().into_iter();
    settings.filter_map(|setting| setting.split_once('=')).collect()
}

/// How to see what came of a scenario.
pub(crate) fn run_it(scenario: &Scenario, result: &ScenarioResult) -> String {
    let command = run_command(architecture(scenario), &assumptions(scenario), &result.steps);
    format!("run it: {command}")
}

/// An expectation that does not hold, with an order that shows it.
pub(crate) fn failure_text(
    scenario: &Scenario,
    result: &ScenarioResult,
    failure: &Failure,
) -> String {
    let Failure { key, expected, found, .. } = failure;
    format!("{key}: expected {expected}, found {found}\n{}", run_it(scenario, result))
}
