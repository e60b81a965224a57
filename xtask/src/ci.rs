//! The gate: everything that a change must pass, one after the other, to the end.

use crate::{
    assumed, book, command, deny, determinism, failure::Failure, fuzz, gate::Gate, oracle, page,
    pictures, reference, rule_pages, screen::say, screen::table, tidy,
};
use std::time::{Duration, Instant};

/// A step's name, what cargo is asked, and in which environment.
type CargoStep = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const CARGO_STEPS: [CargoStep; 5] = [
    ("formatting", &["fmt", "--all", "--check"], &[]),
    ("tests", &["test", "--workspace"], &[]),
    // The engine of YARA rules takes minutes to build: nothing else has it.
    (
        "tests with YARA",
        &["test", "--package", "patchstate-rules", "--features", "yara", "--test", "yara"],
        &[],
    ),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]),
    ("documentation", &["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")]),
];

/// Runs every step, also after one has failed, and says at the end how each one went.
pub(crate) fn run() -> bool {
    let mut steps = Vec::new();
    for (name, arguments, variables) in CARGO_STEPS {
        steps.push(timed(name, || Ok(command::passes("cargo", arguments, variables)), Gate::whole));
    }
    steps.push(timed("tidy", tidy::run, Gate::whole));
    steps.push(timed("determinism", determinism::run, Gate::whole));
    steps.push(timed("assumptions", assumed::run, Gate::whole));
    steps.push(timed("rules of the corpus", || rule_pages::run(true), Gate::whole));
    steps.push(timed("reference", || reference::run(true), Gate::whole));
    steps.push(timed("book", book::run, |gate| gate));
    steps.push(timed("pictures", || pictures::run(true), Gate::whole));
    steps.push(timed("dependencies", deny::run, |gate| gate));
    steps.push(timed("explorer page", page::run, |gate| gate));
    steps.push(timed("fuzzing", || fuzz::run(&[]), |gate| gate));
    steps.push(timed("oracles", || oracle::run("all"), |gate| gate));

    let all = steps.iter().all(|step| step.gate.passed);
    let mut rows = vec![["step", "seconds", "result"].map(str::to_owned).to_vec()];
    rows.extend(steps.iter().map(|step| {
        vec![step.name.to_owned(), step.took.as_secs().to_string(), step.gate.shown()]
    }));
    say(&format!("\n{}", table(&rows)));
    all
}

struct Step {
    name: &'static str,
    gate: Gate,
    took: Duration,
}

fn timed<T>(
    name: &'static str,
    step: impl FnOnce() -> Result<T, Failure>,
    gate: impl FnOnce(T) -> Gate,
) -> Step {
    say(&format!("\n== {name}"));
    let start = Instant::now();
    let gate = match step() {
        Ok(result) => gate(result),
        Err(failure) => {
            say(&format!("failed: {failure}"));
            Gate::whole(false)
        }
    };
    Step { name, gate, took: start.elapsed() }
}
