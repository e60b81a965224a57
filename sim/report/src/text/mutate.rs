//! Mutants of a rule: those that nothing notices first, then the suite, then the killed ones.

use super::{
    style::{
        LINE, bad, count, doubtful, good, heading, neutral, neutral_name, run_command, thousands,
        wrapped,
    },
    verify::{Setting, settings},
};
use patchstate_harness::{Fate, Kill, MutantResult, Mutation, SuiteScenario};
use std::fmt::Write;

/// The mutants of a rule.
#[must_use]
pub fn mutate(mutation: &Mutation) -> String {
    let assumed = settings(mutation.scope.switches);
    let number = count(mutation.mutants.len(), "mutant", "mutants");
    let mut text = format!(
        "{}  {number} on {} with {}\n",
        heading(&neutral_name(&mutation.rule)),
        count(mutation.hosts, "host", "hosts"),
        count(mutation.looks, "different look", "different looks")
    );
    let killed = mutation.count(|fate| matches!(fate, Fate::Killed(_)));
    let equivalent = mutation.count(|fate| *fate == Fate::Equivalent);
    let undecided = mutation.count(|fate| *fate == Fate::Undecided);
    let mut line = |word: String, padding: &str, number: usize, what: &str| {
        let _ = writeln!(text, "  {word}{padding}{:>7}  {what}", thousands(number as u64));
    };
    line(good("killed"), "    ", killed, "a reachable host tells them from the rule");
    if equivalent > 0 || undecided == 0 {
        line(bad("equivalent"), "", equivalent, "no host does, and every look was tried");
    }
    if undecided > 0 {
        line(doubtful("undecided"), " ", undecided, "no host that was reached does");
    }
    for (fate, word) in [(Fate::Equivalent, "EQUIVALENT"), (Fate::Undecided, "UNDECIDED")] {
        let mutants = mutation.mutants.iter().filter(|mutant| mutant.fate == fate);
        let lines: String = mutants.map(|mutant| title(mutation, mutant, word)).collect();
        if !lines.is_empty() {
            text.push('\n');
            text.push_str(&lines);
        }
    }
    text.push_str(&suite(mutation, &assumed));
    if killed > 0 {
        let _ = writeln!(
            text,
            "\n{}  the nearest host of each, and what is said of it",
            heading("killed")
        );
    }
    for mutant in &mutation.mutants {
        if let Fate::Killed(kill) = &mutant.fate {
            text.push_str(&title(mutation, mutant, ""));
            text.push_str(&wrapped(&killer(kill, &assumed), 4, LINE));
        }
    }
    text.push_str(&proof(mutation));
    text
}

/// A mutant with the place of the condition that was changed.
fn title(mutation: &Mutation, mutant: &MutantResult, word: &str) -> String {
    let clause = mutation.clauses.get(mutant.clause);
    let place = mutation.source.place(clause.map_or(0, |clause| clause.span.start));
    let line = format!(
        "{word} {}:{}: {} ({})",
        mutation.source.name, place.line, mutant.description, mutant.id
    );
    wrapped(&neutral(&line), 2, LINE)
}

fn killer(kill: &Kill, assumed: &[Setting]) -> String {
    let steps = kill.host.steps.iter().map(ToString::to_string);
    format!(
        "{}: {}, not {}; {}",
        run_command(kill.host.architecture, assumed, steps),
        kill.mutant_says,
        kill.rule_says,
        count(kill.hosts, "host", "hosts")
    )
}

fn suite(mutation: &Mutation, assumed: &[Setting]) -> String {
    if mutation.suite.is_empty() {
        return String::new();
    }
    let fewer =
        if mutation.suite_is_smallest { "fewer would not do" } else { "fewer may do as well" };
    let scenarios = count(mutation.suite.len(), "scenario", "scenarios");
    let mut text = format!("\n{}  {scenarios} kill all of them; {fewer}\n", heading("suite"));
    for (number, scenario) in (1..).zip(&mutation.suite) {
        text.push_str(&wrapped(&suite_line(number, scenario, assumed), 2, LINE));
    }
    text
}

fn suite_line(number: usize, scenario: &SuiteScenario, assumed: &[Setting]) -> String {
    let steps = scenario.host.steps.iter().map(ToString::to_string);
    let command = run_command(scenario.host.architecture, assumed, steps);
    let right = if scenario.is_right { "" } else { ", and is wrong" };
    format!(
        "{number}. {command}: truth {}, rule says {}{right}; kills {}",
        scenario.host.truth,
        scenario.rule_says,
        scenario.kills.len()
    )
}

fn proof(mutation: &Mutation) -> String {
    if mutation.complete {
        let proof = "every mutant is killed by a host, or proved to be equivalent";
        return format!("\n{}: {proof}\n", good("complete"));
    }
    let proof = "not every host was reached, so nothing is proved of mutants that live";
    format!("\n{}: {proof}\n", bad("incomplete"))
}
