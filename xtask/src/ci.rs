//! The gate: everything that a change must pass, one after the other, to the end.

use crate::{
    Failure, command, deny, determinism, fuzz, oracle, rule_pages, screen::say, screen::table, tidy,
};
use std::time::{Duration, Instant};

/// A step's name, what cargo is asked, and in which environment.
type CargoStep = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const CARGO_STEPS: [CargoStep; 4] = [
    ("formatting", &["fmt", "--all", "--check"], &[]),
    ("tests", &["test", "--workspace"], &[]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]),
    ("documentation", &["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")]),
];

/// Runs every step, also after one has failed, and says at the end how each one went.
pub(crate) fn run() -> bool {
    let mut steps = Vec::new();
    for (name, arguments, variables) in CARGO_STEPS {
        steps.push(timed(name, || command::passes("cargo", arguments, variables)));
    }
    steps.push(timed("tidy", || passes(tidy::run())));
    steps.push(timed("determinism", || passes(determinism::run())));
    steps.push(timed("rules of the corpus", || passes(rule_pages::run(true))));
    steps.push(timed("dependencies", || passes(deny::run())));
    steps.push(timed("fuzzing", || passes(fuzz::run(&[]))));
    steps.push(timed("oracles", || passes(oracle::run("all"))));

    let all = steps.iter().all(|step| step.passed);
    let mut rows = vec![["step", "result", "seconds"].map(str::to_owned).to_vec()];
    rows.extend(steps.iter().map(|step| {
        let result = if step.passed { "passed" } else { "FAILED" };
        vec![step.name.to_owned(), result.to_owned(), step.took.as_secs().to_string()]
    }));
    say(&format!("\n{}", table(&rows)));
    all
}

struct Step {
    name: &'static str,
    passed: bool,
    took: Duration,
}

fn timed(name: &'static str, step: impl FnOnce() -> bool) -> Step {
    say(&format!("\n== {name}"));
    let start = Instant::now();
    let passed = step();
    Step { name, passed, took: start.elapsed() }
}

fn passes(result: Result<bool, Failure>) -> bool {
    result.unwrap_or_else(|failure| {
        say(&format!("failed: {failure}"));
        false
    })
}
