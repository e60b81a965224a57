//! Oracles: programs that nobody here wrote, asked about what we write and what we read.
//!
//! **Owns** the comparison of the `patchstate` command with independent readers of PE files and
//! registry hives, and with a real loader. What the command says is one side; the other side is
//! always somebody else's program.
//!
//! **Must never know** how patchstate reads or writes: only what its JSON says.
//!
//! **Start reading** at [`run`], then `differences.rs`, where both sides meet.

mod differences;
mod fixtures;
mod hives;
mod hosts;
mod loader;
mod model;
mod outcome;
mod readers;
mod real;
mod sets;
mod tools;
mod windows;

use crate::{
    failure::Failure,
    gate::Gate,
    screen::{say, table, warn},
};
use hosts::Hosts;
use outcome::Outcome;
use sets::Sets;
use std::{env, time::Instant};
use tools::Tools;

/// What can be asked for by itself.
const NAMES: [&str; 9] =
    ["model", "readers", "hives", "programs", "wine", "wine32", "windows", "fixtures", "real"];
/// Most disagreements that are printed of one oracle; all are counted.
const SHOWN_MAX: usize = 20;

/// Asks one oracle, or all of them.
pub(crate) fn run(which: &str) -> Result<Gate, Failure> {
    if which != "all" && !NAMES.contains(&which) {
        let says = format!("`{which}` is no oracle: {} or all", NAMES.join(", "));
        return Err(says.into());
    }
    let asked = |oracle: &str| which == "all" || which == oracle;
    if which == "wine32" {
        loader::make_debian()?;
    }
    let tools = Tools::find();
    let mut outcomes = Vec::new();
    if asked("model") {
        outcomes.extend(timed("model", model::compare)?);
    }
    if asked("programs") {
        outcomes.extend(timed("programs", loader::compare_programs)?);
    }
    if !["real", "model", "programs", "windows", "fixtures"].contains(&which) {
        let (sets, hosts) = (Sets::write()?, Hosts::build()?);
        say(&sets.summary());
        say(&hosts.summary());
        if asked("hives") {
            outcomes.extend(timed("hives", || hives::compare(&tools, &hosts, &sets))?);
        }
        if asked("readers") {
            outcomes.extend(timed("readers", || readers::compare(&tools, &hosts, &sets))?);
        }
        if asked("wine") {
            outcomes.extend(timed("wine", || loader::compare(&hosts, &sets))?);
        }
        if asked("wine32") {
            outcomes.extend(timed("wine32", || loader::compare_32_bits(&hosts, &sets))?);
        }
    }
    if asked("windows") {
        outcomes.extend(timed("windows", windows::compare)?);
    }
    if asked("fixtures") {
        outcomes.extend(timed("fixtures", || fixtures::compare(&tools))?);
    }
    if asked("real") {
        outcomes.extend(timed("real", || real::compare(&tools))?);
    }
    let passed = report(&outcomes, env::var("CI").is_ok_and(|value| value == "true"));
    let skipped = outcomes.iter().filter(|outcome| !outcome.skipped.is_empty());
    let mut left_out: Vec<String> =
        skipped.map(|outcome| format!("{} on {}", outcome.name, outcome.of)).collect();
    left_out.dedup();
    Ok(Gate { passed, left_out })
}

/// Compares, and tells how long it took.
fn timed(
    name: &str,
    compare: impl FnOnce() -> Result<Vec<Outcome>, Failure>,
) -> Result<Vec<Outcome>, Failure> {
    let start = Instant::now();
    let outcomes = compare();
    warn(&format!("{name} took {} seconds", start.elapsed().as_secs()));
    outcomes
}

/// Prints what came of it; says whether it is good enough.
fn report(outcomes: &[Outcome], skipping_fails: bool) -> bool {
    let heading = ["oracle", "compared", "cases", "agreements", "disagreements", "skipped and why"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for outcome in outcomes {
        let disagreements = outcome.disagreement_count();
        rows.push(vec![
            outcome.name.clone(),
            outcome.of.to_owned(),
            outcome.cases.to_string(),
            // What is wrong with a comparison as a whole is no case of it.
            outcome.cases.saturating_sub(disagreements).to_string(),
            disagreements.to_string(),
            if outcome.skipped.is_empty() { "-".to_owned() } else { outcome.skipped.join("; ") },
        ]);
    }
    say(&table(&rows));
    for outcome in outcomes {
        let Outcome { name, of, .. } = outcome;
        outcome.notes.iter().for_each(|note| say(&format!("note: {name}, {of}: {note}")));
        for disagreement in outcome.disagreements.iter().take(SHOWN_MAX) {
            say(&format!("DISAGREEMENT {name}: {disagreement}"));
        }
        let told = outcome.disagreements.len().min(SHOWN_MAX);
        let rest = outcome.disagreement_count() - told;
        if rest > 0 {
            say(&format!("... and {rest} more of {name}"));
        }
    }
    outcomes.iter().all(|outcome| outcome.agrees(skipping_fails))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oracle_that_compared_nothing_does_not_agree() {
        assert!(!Outcome::new("a", "b").agrees(false));
        assert!(Outcome::skipped("a", "b", "not there".to_owned()).agrees(false));
        assert!(!Outcome::skipped("a", "b", "not there".to_owned()).agrees(true));
        let skipped = Outcome::skipped("a", "b", "not there".to_owned());
        assert!(Outcome { optional: true, ..skipped }.agrees(true));
    }

    #[test]
    fn an_oracle_that_agrees_in_nothing_is_told() {
        let mut outcome = Outcome::new("a", "b");
        outcome.disagreements.push("everything".to_owned());
        assert!(!report(&[outcome], false));
        let untold = Outcome { cases: 3, untold: 1, ..Outcome::new("a", "b") };
        assert!(!report(&[untold], false));
    }

    #[test]
    fn one_disagreement_is_enough() {
        let mut outcome = Outcome::new("a", "b");
        outcome.case("first", &[]);
        assert!(outcome.agrees(true));
        outcome.case("second", &["something".to_owned()]);
        assert!(!outcome.agrees(false));
    }
}
