//! Results as annotations of GitHub Actions: workflow commands, one a line.
//!
//! **Start reading** at [`github_annotations`]; `files.rs` has those of scenarios and of mistakes
//! in files.

mod files;

pub use files::{github_diagnostics, github_not_run, github_scenarios};

use crate::{
    doubts::{Doubt, doubts},
    places::{FileLocation, Places},
    text::{Setting, changed_assumptions, neutral, run_command},
    verdicts::{self, Gone, Wrong, failure_name, grounds, is_accepted, why_in_short, words},
};
use patchstate_study::{ClaimResult, Counterexample, RuleResult, Verification};

/// How much an annotation weighs, the heaviest first: GitHub shows ten of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Error,
    Warning,
    Notice,
}

/// Annotations, each with its weight.
#[derive(Debug, Default)]
struct Annotations(Vec<(Weight, String)>);

/// One annotation for each counterexample, each claim that is not as recorded, and everything else
/// that keeps the verification from passing, heaviest first; empty where all is well.
#[must_use]
pub fn github_annotations(verification: &Verification, places: &Places) -> String {
    let assumed = changed_assumptions(verification);
    let mut all = Annotations::default();
    for rule in &verification.rules {
        for example in rule.counterexamples.iter().filter(|one| !is_accepted(rule, one)) {
            all.add_counterexample(rule, example, &assumed, places);
        }
    }
    for doubt in doubts(verification) {
        all.add_doubt(&doubt, &assumed, places);
    }
    for (rule, gone) in verdicts::gone(verification) {
        all.add_gone(rule, gone, places);
    }
    for claim in verification.claims.iter().filter(|claim| !claim.as_recorded) {
        all.add_claim(claim, places);
    }
    all.into_text()
}

impl Annotations {
    fn add_counterexample(
        &mut self,
        rule: &RuleResult,
        counterexample: &Counterexample,
        assumed: &[Setting],
        places: &Places,
    ) {
        let wrong = Wrong::of_counterexample(rule, counterexample);
        let weight = match wrong {
            Wrong::FalseNegative => Weight::Error,
            Wrong::FalsePositive => Weight::Warning,
            Wrong::Disagreement | Wrong::Inconclusive => Weight::Notice,
        };
        let location = places.of_rule(rule, Some(counterexample));
        let order = run_command(counterexample.architecture, assumed, words(&counterexample.steps));
        let mut lines = vec![why_in_short(counterexample)];
        lines.extend(grounds(rule, counterexample));
        lines.push(format!("run it: {order}"));
        self.add(weight, location, &format!("{wrong} of rule {}", rule.rule), &lines.join("\n"));
    }

    fn add_doubt(&mut self, doubt: &Doubt<'_>, assumed: &[Setting], places: &Places) {
        let weight = if doubt.kind.is_failure() { Weight::Error } else { Weight::Warning };
        let lines: Vec<String> =
            [doubt.message.clone()].into_iter().chain(doubt.run_it(assumed)).collect();
        self.add(weight, doubt.place(places), &doubt.title(), &lines.join("\n"));
    }

    fn add_gone(&mut self, rule: &RuleResult, gone: &Gone, places: &Places) {
        let (architecture, failure, _) = gone;
        let message = format!("{}: no longer occurs on {architecture}", failure_name(failure));
        let title = format!("baseline of rule {}", rule.rule);
        self.add(Weight::Error, places.of_rule(rule, None), &title, &message);
    }

    fn add_claim(&mut self, claim: &ClaimResult, places: &Places) {
        let message = format!("recorded as {}: {}", claim.recorded, claim.detail);
        let title = format!("claim {} is {}", claim.id, claim.found);
        self.add(Weight::Error, places.of_claim(&claim.id), &title, &message);
    }

    /// Adds one workflow command. Colons and commas end properties, line ends end the command, and
    /// percent signs begin what stands for them.
    fn add(&mut self, weight: Weight, at: Option<FileLocation>, title: &str, message: &str) {
        let command = match weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Notice => "notice",
        };
        let place = at.map(|FileLocation { file, line, column }| {
            format!("file={},line={line},col={column},", property(&file))
        });
        let place = place.unwrap_or_default();
        let line = format!("::{command} {place}title={}::{}\n", property(title), text(message));
        self.0.push((weight, line));
    }

    fn into_text(mut self) -> String {
        self.0.sort_by_key(|(weight, _)| *weight);
        self.0.into_iter().map(|(_, line)| line).collect()
    }
}

fn text(text: &str) -> String {
    let encoded = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    neutral(&encoded).into_owned()
}

fn property(value: &str) -> String {
    text(value).replace(':', "%3A").replace(',', "%2C")
}
