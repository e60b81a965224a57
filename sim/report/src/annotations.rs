//! A verification as annotations of GitHub Actions: workflow commands, one a line.

use crate::{
    text::{Setting, changed_assumptions, neutral, run_command},
    verdicts::{
        self, Gone, INCOMPLETE, Locate, RuleLocation, Wrong, grounds, is_accepted, shape_name,
        why_in_short, words,
    },
};
use patchstate_harness::{ClaimResult, Counterexample, RuleResult, Verification};

/// How much an annotation weighs, the heaviest first: GitHub shows ten of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Error,
    Warning,
    Notice,
}

/// One annotation for each counterexample, each rule that is not proved, and each claim that is not
/// as recorded, heaviest first; empty where all is well.
#[must_use]
pub fn github_annotations(verification: &Verification, locate: &Locate<'_>) -> String {
    let assumed = changed_assumptions(verification);
    let mut lines: Vec<(Weight, String)> = Vec::new();
    if !verification.complete {
        let line = annotation(Weight::Warning, None, "patchstate: incomplete", INCOMPLETE);
        lines.push((Weight::Warning, line));
    }
    for rule in &verification.rules {
        let examples = rule.counterexamples.iter().filter(|one| !is_accepted(rule, one));
        lines.extend(examples.map(|example| of_counterexample(rule, example, &assumed, locate)));
    }
    for rule in &verification.rules {
        lines.extend(verdicts::open(rule).map(|open| of_open(rule, &open, locate)));
    }
    for (rule, gone) in verdicts::gone(verification) {
        lines.push((Weight::Error, of_gone(rule, gone, locate)));
    }
    for claim in verification.claims.iter().filter(|claim| !claim.as_recorded) {
        lines.push((Weight::Error, of_claim(claim)));
    }
    lines.sort_by_key(|(weight, _)| *weight);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn of_counterexample(
    rule: &RuleResult,
    counterexample: &Counterexample,
    assumed: &[Setting],
    locate: &Locate<'_>,
) -> (Weight, String) {
    let wrong = Wrong::of_counterexample(rule, counterexample);
    let weight = match wrong {
        Wrong::FalseNegative => Weight::Error,
        Wrong::FalsePositive => Weight::Warning,
        Wrong::Disagreement | Wrong::Inconclusive => Weight::Notice,
    };
    let location = locate(rule, Some(counterexample)).or_else(|| locate(rule, None));
    let order = run_command(counterexample.architecture, assumed, words(&counterexample.steps));
    let mut lines = vec![why_in_short(counterexample)];
    lines.extend(grounds(rule, counterexample));
    lines.push(format!("run it: {order}"));
    let message = lines.join("\n");
    let title = format!("{wrong} of rule {}", rule.rule);
    (weight, annotation(weight, location.as_ref(), &title, &message))
}

fn of_open(rule: &RuleResult, open: &str, locate: &Locate<'_>) -> (Weight, String) {
    let title = format!("rule {} is not proved", rule.rule);
    let location = locate(rule, None);
    (Weight::Warning, annotation(Weight::Warning, location.as_ref(), &title, open))
}

fn of_gone(rule: &RuleResult, gone: &Gone, locate: &Locate<'_>) -> String {
    let (architecture, shape, _) = gone;
    let message = format!("{}: no longer occurs on {architecture}", shape_name(shape));
    let title = format!("baseline of rule {}", rule.rule);
    annotation(Weight::Error, locate(rule, None).as_ref(), &title, &message)
}

fn of_claim(claim: &ClaimResult) -> String {
    let message = format!("recorded as {}: {}", claim.recorded, claim.detail);
    let title = format!("claim {} is {}", claim.id, claim.found);
    annotation(Weight::Error, None, &title, &message)
}

/// One workflow command. Colons and commas end properties, line ends end the command, and percent
/// signs begin what stands for them.
fn annotation(
    weight: Weight,
    location: Option<&RuleLocation>,
    title: &str,
    message: &str,
) -> String {
    let command = match weight {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Notice => "notice",
    };
    let place = location.map(|location| {
        let RuleLocation { file, line, column } = location;
        format!("file={},line={line},col={column},", property(file))
    });
    let place = place.unwrap_or_default();
    format!("::{command} {place}title={}::{}\n", property(title), text(message))
}

fn text(text: &str) -> String {
    let encoded = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    neutral(&encoded).into_owned()
}

fn property(value: &str) -> String {
    text(value).replace(':', "%3A").replace(',', "%2C")
}
