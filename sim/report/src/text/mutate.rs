//! Mutants of a rule: those that nothing notices first, then the suite, then the killed ones. Of
//! these only what was not found out keeps a run from passing, and is told where that alone is
//! wanted.

use super::{
    settings::{Setting, settings},
    style::{
        bad, count, doubtful, good, hanging, heading, neutral, neutral_name, paragraph,
        run_command, thousands, wrapped,
    },
    view::View,
};
use crate::verdicts::TOO_FAR;
use patchstate_source::LineColumn;
use patchstate_study::{Kill, Killer, MutantOutcome, MutantResult, Mutation, SuiteScenario};

/// The mutants of a rule.
#[must_use]
pub fn mutate(mutation: &Mutation, view: View) -> String {
    let assumed = settings(mutation.scope.switches);
    let with_outcome = |outcome: MutantOutcome, word: &str| -> String {
        let mutants = mutation.mutants.iter().filter(|mutant| mutant.outcome == outcome);
        mutants.map(|mutant| title(mutation, mutant, word, view)).collect()
    };
    let undecided = with_outcome(MutantOutcome::Undecided, "UNDECIDED");
    if view.is_quiet() {
        return undecided;
    }
    let mut text = counts(mutation, view);
    for lines in [with_outcome(MutantOutcome::Equivalent, "EQUIVALENT"), undecided] {
        if !lines.is_empty() {
            text.push('\n');
            text.push_str(&lines);
        }
    }
    text.push_str(&suite(mutation, &assumed, view));
    let killed = mutation.mutants.iter().filter_map(|mutant| match &mutant.outcome {
        MutantOutcome::Killed(kill) => Some((mutant, kill)),
        MutantOutcome::Equivalent | MutantOutcome::Undecided => None,
    });
    for (number, (mutant, kill)) in killed.enumerate() {
        if number == 0 {
            let line = "the nearest host of each, and what is said of it";
            text.push_str(&format!("\n{}", hanging(&heading("killed"), line, 8, view)));
        }
        text.push_str(&title(mutation, mutant, "", view));
        text.push_str(&wrapped(&killer(kill, &assumed), 4, view));
    }
    text.push_str(&proof(mutation, view));
    text
}

/// How many mutants there are, and what became of them.
fn counts(mutation: &Mutation, view: View) -> String {
    let line = format!(
        "{}: {} on {}",
        heading(&neutral_name(&mutation.rule)),
        count(mutation.mutants.len(), "mutant", "mutants"),
        count(mutation.hosts.clone(), "host", "hosts")
    );
    let mut text = wrapped(&line, 0, view);
    let killed = mutation.count(|outcome| matches!(outcome, MutantOutcome::Killed(_)));
    let equivalent = mutation.count(|outcome| *outcome == MutantOutcome::Equivalent);
    let undecided = mutation.count(|outcome| *outcome == MutantOutcome::Undecided);
    let mut line = |word: String, padding: &str, number: usize, what: &str| {
        let first = format!("  {word}{padding}{:>7}", thousands(number as u64));
        text.push_str(&hanging(&first, what, 21, view));
    };
    line(good("killed"), "    ", killed, "a reachable host tells them from the rule");
    if equivalent > 0 || undecided == 0 {
        line(bad("equivalent"), "", equivalent, "no host does, and all were asked about");
    }
    if undecided > 0 {
        line(doubtful("undecided"), " ", undecided, "no host that was reached does");
    }
    text
}

/// A mutant with the place of the condition that was changed.
fn title(mutation: &Mutation, mutant: &MutantResult, word: &str, view: View) -> String {
    let clause = mutation.clauses.get(mutant.clause);
    let LineColumn { line, column } =
        mutation.source.place(clause.map_or(0, |clause| clause.span.start));
    let line = format!(
        "{word} {}:{line}:{column}: {} ({})",
        mutation.source.name, mutant.description, mutant.id
    );
    wrapped(&neutral(&line), 2, view)
}

fn killer(kill: &Kill, assumed: &[Setting]) -> String {
    let hosts = count(kill.hosts.clone(), "host", "hosts");
    let Some(Killer { host, rule_says, mutant_says }) = &kill.nearest else {
        return format!("{hosts}; {TOO_FAR}");
    };
    let steps = host.steps.iter().map(ToString::to_string);
    let command = run_command(host.architecture, assumed, steps);
    format!("{command}: {mutant_says}, not {rule_says}; {hosts}")
}

fn suite(mutation: &Mutation, assumed: &[Setting], view: View) -> String {
    if mutation.suite.is_empty() {
        return String::new();
    }
    let fewer =
        if mutation.suite_is_smallest { "fewer would not do" } else { "fewer may do as well" };
    let scenarios = count(mutation.suite.len(), "scenario", "scenarios");
    let is_far = |mutant: &&MutantResult| match &mutant.outcome {
        MutantOutcome::Killed(kill) => kill.nearest.is_none(),
        MutantOutcome::Equivalent | MutantOutcome::Undecided => false,
    };
    let killed = match mutation.mutants.iter().filter(is_far).count() {
        0 => "all of them".to_owned(),
        far => format!("all but {far}, of which every host is too far"),
    };
    let line = format!("{scenarios} kill {killed}; {fewer}");
    let mut text = format!("\n{}", hanging(&heading("suite"), &line, 7, view));
    for (number, scenario) in (1..).zip(&mutation.suite) {
        text.push_str(&wrapped(&suite_line(number, scenario, assumed), 2, view));
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

fn proof(mutation: &Mutation, view: View) -> String {
    let (word, proof) = if mutation.complete {
        (good("complete"), "every mutant is killed by a host, or proved to be equivalent")
    } else {
        let proof = "not every host was reached, so nothing is proved of mutants that live";
        (bad("incomplete"), proof)
    };
    format!("\n{}", paragraph(&format!("{word}: {proof}"), 2, view))
}
