//! Scenarios in words: those that kill a rule's mutants, as a scenario file, and what each format
//! says of one that fails.

use crate::text::run_command;
use patchstate_harness::{Failure, Mutation, Scenario, ScenarioResult, SuiteScenario};
use patchstate_terms::Architecture;
use std::fmt::Write;

/// A scenario file that `test` runs. `rule` is what its expectations call the rule: its id, or its
/// path from the file's folder.
#[must_use]
pub fn scenario_file(mutation: &Mutation, rule: &str) -> String {
    let mut text = format!(
        "# Hosts that test the rule {}\n\nEach tells the rule from mutants of it, and together \
         they tell it from {} of its {}.\n",
        mutation.rule,
        mutation.mutants.len() - mutation.count(|fate| !is_killed(fate)),
        mutation.mutants.len()
    );
    for (number, scenario) in (1..).zip(&mutation.suite) {
        text.push_str(&section(mutation, scenario, number, rule));
    }
    text
}

const fn is_killed(fate: &patchstate_harness::Fate) -> bool {
    matches!(fate, patchstate_harness::Fate::Killed(_))
}

fn section(mutation: &Mutation, scenario: &SuiteScenario, number: usize, rule: &str) -> String {
    let host = &scenario.host;
    let mut text =
        format!("\n## {number}. {} host, said to be {}\n", host.truth, scenario.rule_says);
    if !scenario.is_right {
        text.push_str("\nThe rule is wrong here: this records what it says, not what it should.\n");
    }
    text.push_str("\nTells the rule from these mutants:\n\n");
    for mutant in scenario.kills.iter().filter_map(|place| mutation.mutants.get(*place)) {
        // A line of text in which nothing is taken for Markdown.
        let description = mutant.description.replace('\n', " ");
        let _ = writeln!(text, "- {}: {description}", mutant.id);
    }
    text.push_str("\n```steps\n");
    for step in &host.steps {
        let _ = writeln!(text, "{step}");
    }
    text.push_str("```\n\n```expect\n");
    if host.architecture != Architecture::X86 {
        let _ = writeln!(text, "arch = \"{}\"", host.architecture);
    }
    let _ = writeln!(text, "status = \"{}\"", host.truth);
    let key = serde_json::Value::from(rule).to_string();
    let _ = writeln!(text, "\n[rules]\n{key} = \"{}\"\n```", scenario.rule_says);
    text
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

/// How to see what came of a scenario.
pub(crate) fn run_it(scenario: &Scenario, result: &ScenarioResult) -> String {
    format!("run it: {}", run_command(architecture(scenario), &[], &result.steps))
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
