//! Every reachable host: worst first, then the counterexamples, then the proof.

use super::style::{self, bad, count, faint, good, heading, thousands, wrapped};
use crate::json::why;
use patchstate_harness::{ArchitectureResult, Counterexample, RuleResult, Verification};
use patchstate_terms::Status;
use std::fmt::Write;

/// A verification.
#[must_use]
pub fn verify(verification: &Verification) -> String {
    let mut text = String::new();
    let mut rules: Vec<&RuleResult> = verification.rules.iter().collect();
    rules.sort_by(|a, b| b.wrong.cmp(&a.wrong).then_with(|| a.rule.cmp(&b.rule)));
    for rule in &rules {
        text.push_str(&rule_line(rule));
    }
    for rule in &rules {
        for counterexample in &rule.counterexamples {
            text.push_str(&tell(rule, counterexample));
        }
    }
    for result in &verification.architectures {
        text.push_str(&architecture(result));
    }
    text.push_str(&proof(verification));
    text
}

fn rule_line(rule: &RuleResult) -> String {
    let hosts = count(rule.states, "host", "hosts");
    if rule.wrong == 0 {
        return format!(
            "{}  {}: right on all {hosts}, in status and in every finding\n",
            good("PASS"),
            rule.rule
        );
    }
    let shortest = rule.counterexamples.iter().map(|example| example.steps.len()).min();
    let shortest = shortest.map(|steps| format!(", the nearest {steps} steps away"));
    format!(
        "{}  {}: wrong on {} of {hosts}{}\n",
        bad("FAIL"),
        rule.rule,
        thousands(rule.wrong as u64),
        shortest.unwrap_or_default()
    )
}

fn tell(rule: &RuleResult, counterexample: &Counterexample) -> String {
    let disagreement = &counterexample.disagreement;
    let positive = |status| matches!(status, Status::Broken | Status::Mismatch);
    let kind = match (positive(disagreement.truth), positive(disagreement.verdict)) {
        (true, false) => "FALSE NEGATIVE",
        (false, true) => "FALSE POSITIVE",
        _ => "DISAGREEMENT",
    };
    let steps: Vec<String> = counterexample.steps.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "\n{}  rule {}   {}, {}\n",
        bad(kind),
        rule.rule,
        counterexample.architecture,
        count(steps.len(), "step", "steps")
    );
    text.push_str(&wrapped(&why(counterexample), 2, 100));
    let arch = counterexample.architecture;
    let _ = writeln!(text, "  run it: patchstate run --arch {arch} {}", steps.join(" "));
    text
}

fn architecture(result: &ArchitectureResult) -> String {
    let mut text = format!(
        "\n{}  {} reached, by {}, none more than {} away\n",
        heading(&result.architecture.to_string()),
        count(result.states, "host", "hosts"),
        count(usize::try_from(result.transitions).unwrap_or(usize::MAX), "step", "steps"),
        count(result.depth, "step", "steps")
    );
    for status in Status::ALL {
        let number = result.by_status.of(status);
        if number > 0 {
            // Styles have no width of their own on a screen, so the padding goes outside.
            let padding = " ".repeat(15_usize.saturating_sub(status.as_str().len()));
            let _ = writeln!(
                text,
                "     {}{padding}{:>9}  {}",
                style::status(status),
                thousands(number as u64),
                faint(style::meaning(status))
            );
        }
    }
    let images = count(result.distinct_images, "image", "images");
    let sets = count(result.distinct_sets, "set of files", "sets of files");
    let _ = writeln!(text, "     {images} in {sets}, each made and judged once");
    text
}

fn proof(verification: &Verification) -> String {
    let names = &verification.names;
    let components = match names.components.as_slice() {
        [] => "no components".to_owned(),
        names => names.join(" "),
    };
    let updates = match names.updates.as_slice() {
        [] => "no updates".to_owned(),
        names => names.join(" "),
    };
    let scope = format!("{components}; {updates}; catalog {}", verification.catalog);
    if verification.complete {
        format!("\n{}: every install order of any length is covered ({scope})\n", good("complete"))
    } else {
        format!(
            "\n{}: a bound stopped the search, so nothing is proved ({scope})\n",
            bad("incomplete")
        )
    }
}
