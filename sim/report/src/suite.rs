//! Scenario files that are made: hosts that tell a rule from its mutants, and hosts that rules are
//! wrong about.

use crate::{
    text::{Setting, changed_assumptions, settings},
    verdicts::{Wrong, grounds, why_in_short},
};
use patchstate_study::{Counterexample, Mutation, RuleResult, SuiteScenario, Verification};
use patchstate_terms::{Architecture, Status, Step};
use std::fmt::Write;

/// The scenarios that kill a rule's mutants, as a file that `test` runs. `rule` is what its
/// expectations call the rule: its id, or its path from the file's folder.
#[must_use]
pub fn scenario_file(mutation: &Mutation, rule: &str) -> String {
    let mut text = format!(
        "# Hosts that test the rule {}\n\nEach tells the rule from mutants of it, and together \
         they tell it from {} of its {}.\n",
        mutation.rule,
        mutation.mutants.len() - mutation.count(|outcome| !is_killed(outcome)),
        mutation.mutants.len()
    );
    for (number, scenario) in (1..).zip(&mutation.suite) {
        text.push_str(&section(mutation, scenario, number, rule));
    }
    text
}

/// A rule as scenarios name it, and the statuses that it can say, where that is known.
#[derive(Clone, Debug)]
pub struct NamedRule {
    /// Its id.
    pub id: String,
    /// What expectations call it: its id, or its path from the file's folder.
    pub name: String,
    /// What `test` needs to be told besides the file; empty where nothing is.
    pub flag: String,
    /// The statuses that it can say.
    pub says: Option<std::collections::BTreeSet<Status>>,
}

/// The counterexamples of rules as a file that `test` runs: each expects what the rule should say,
/// and so it fails until the rule is mended. `None` where there are none.
#[must_use]
pub fn counterexample_file(verification: &Verification, rules: &[NamedRule]) -> Option<String> {
    let named = |named: &NamedRule| {
        let mut results = verification.rules.iter();
        Some((named.clone(), results.find(|result| result.rule == named.id)?))
    };
    let rules: Vec<(NamedRule, &RuleResult)> = rules.iter().filter_map(named).collect();
    let wrong = rules.iter().filter(|(_, result)| !result.counterexamples.is_empty());
    let wrong: Vec<&(NamedRule, &RuleResult)> = wrong.collect();
    if wrong.is_empty() {
        return None;
    }
    let ids: Vec<&str> = wrong.iter().map(|(named, _)| named.id.as_str()).collect();
    let mut text = format!(
        "# Hosts that {} should judge otherwise\n\nEach expects what is right, and fails until the \
         rule is mended.\n",
        ids.join(", ")
    );
    let flags: Vec<&str> = wrong.iter().map(|(named, _)| named.flag.as_str()).collect();
    let flags = flags.into_iter().filter(|flag| !flag.is_empty()).collect::<Vec<_>>().join(" ");
    if !flags.is_empty() {
        let _ = writeln!(text, "Run it with: `patchstate test FILE {flags}`.");
    }
    let assumed = changed_assumptions(verification);
    let all = wrong.into_iter();
    let all = all.flat_map(|(named, result)| {
        result.counterexamples.iter().map(move |shown| (named, *result, shown))
    });
    for (number, (named, result, shown)) in (1..).zip(all) {
        text.push_str(&counterexample(number, named, (result, shown), &assumed));
    }
    Some(text)
}

fn counterexample(
    number: usize,
    named: &NamedRule,
    (result, shown): (&RuleResult, &Counterexample),
    assumed: &[Setting],
) -> String {
    let (truth, said) = (shown.disagreement.truth, shown.disagreement.verdict);
    let kind = Wrong::of(result, truth, said);
    let mut text = format!("\n## {number}. {}: {kind}, {truth} host said to be {said}\n", named.id);
    let _ = writeln!(text, "\n- {}", one_line(&why_in_short(shown)));
    for line in grounds(result, shown) {
        let _ = writeln!(text, "- {}", one_line(&line));
    }
    let expected = should_say(result, named.says.as_ref(), truth);
    let on = (shown.architecture, assumed);
    text.push_str(&blocks(on, &shown.steps, truth, (&named.name, expected)));
    text
}

/// What a rule should say of a host: the truth where it can say that, else what comes to the same:
/// of a host that it should report a status that it stands for, of others none of these.
fn should_say(
    result: &RuleResult,
    says: Option<&std::collections::BTreeSet<Status>>,
    truth: Status,
) -> Status {
    let should_report = result.stands_for.contains(&truth);
    let Some(says) = says else {
        return if should_report { truth } else { Status::Consistent };
    };
    if says.contains(&truth) {
        return truth;
    }
    let mut fitting =
        says.iter().filter(|status| result.stands_for.contains(status) == should_report);
    // What says least is what a rule says where none of its conditions holds.
    let others = says.contains(&Status::Consistent) && !should_report;
    if others { Status::Consistent } else { fitting.next().copied().unwrap_or(truth) }
}

const fn is_killed(outcome: &patchstate_study::MutantOutcome) -> bool {
    matches!(outcome, patchstate_study::MutantOutcome::Killed(_))
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
        let _ = writeln!(text, "- {}: {}", mutant.id, one_line(&mutant.description));
    }
    let assumed = settings(mutation.scope.switches);
    let on = (host.architecture, assumed.as_slice());
    text.push_str(&blocks(on, &host.steps, host.truth, (rule, scenario.rule_says)));
    text
}

/// A line of text in which nothing is taken for Markdown.
fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

/// The blocks of a scenario: its steps, and what is expected of the host and of a rule.
fn blocks(
    (architecture, assumed): (Architecture, &[Setting]),
    steps: &[Step],
    truth: Status,
    (rule, says): (&str, Status),
) -> String {
    let mut text = "\n```steps\n".to_owned();
    for step in steps {
        let _ = writeln!(text, "{step}");
    }
    text.push_str("```\n\n```expect\n");
    if architecture != Architecture::X86 {
        let _ = writeln!(text, "arch = \"{architecture}\"");
    }
    if !assumed.is_empty() {
        let settings = assumed.iter().map(|(id, value)| format!("\"{id}={value}\""));
        let _ = writeln!(text, "assume = [{}]", settings.collect::<Vec<_>>().join(", "));
    }
    let _ = writeln!(text, "status = \"{truth}\"");
    let key = serde_json::Value::from(rule).to_string();
    let _ = writeln!(text, "\n[rules]\n{key} = \"{says}\"\n```");
    text
}
