//! The scenarios that kill a rule's mutants, as a scenario file.

use patchstate_harness::{Mutation, SuiteScenario};
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
