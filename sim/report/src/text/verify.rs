//! Every reachable host: worst first, then the counterexamples, then the proof.

use super::style::{
    self, LINE, bad, big, count, doubtful, faint, good, heading, neutral, neutral_name,
    run_command, thousands, wrapped,
};
use crate::verdicts::{Wrong, grounds, is_accepted, why_in_short};
use patchstate_harness::{ArchitectureResult, CORE_RULE, Counterexample, RuleResult, Verification};
use patchstate_servicing::Switches;
use patchstate_terms::Status;
use std::fmt::Write;

/// A verification.
#[must_use]
pub fn verify(verification: &Verification) -> String {
    let mut text = String::new();
    let assumed = changed_assumptions(verification);
    let mut rules: Vec<&RuleResult> = verification.rules.iter().collect();
    rules.sort_by(|a, b| b.wrong.cmp(&a.wrong).then_with(|| a.rule.cmp(&b.rule)));
    for rule in &rules {
        text.push_str(&rule_line(rule, verification.complete));
        text.push_str(&super::baseline::baseline(rule, &assumed));
        text.push_str(&super::rule_notes::notes(rule, verification, &assumed));
    }
    for rule in &rules {
        let shown = rule.counterexamples.iter().filter(|shown| !is_accepted(rule, shown));
        for counterexample in shown {
            text.push_str(&tell(rule, counterexample, &assumed));
        }
    }
    for result in &verification.architectures {
        text.push_str(&architecture(result, &assumed));
    }
    text.push_str(&super::claims::claims(&verification.claims, &verification.unchecked_claims));
    text.push_str(&proof(verification));
    text
}

fn rule_line(rule: &RuleResult, complete: bool) -> String {
    let name = neutral_name(&rule.rule);
    let hosts = count(rule.states, "host", "hosts");
    let right_in = if rule.rule == CORE_RULE { ", in status and in every finding" } else { "" };
    let undecided = match rule.inconclusive {
        0 => String::new(),
        number => {
            let why = rule.inconclusive_reason.as_deref().unwrap_or("no reason given");
            format!(
                "; inconclusive on {}, first because {}",
                thousands(number as u64),
                neutral(why)
            )
        }
    };
    if rule.wrong == 0 {
        let (word, reached) = match (complete, rule.inconclusive) {
            (true, 0) if !rule.covered => (doubtful("OPEN"), " of the slices, each by itself"),
            (true, 0) if !rule.is_seen_whole() => {
                (good("PASS"), " of the slices, and wherever these come together")
            }
            (true, 0) => (good("PASS"), ""),
            (true, _) => (doubtful("OPEN"), ""),
            (false, _) => (doubtful("OPEN"), " that were reached"),
        };
        let right = match rule.inconclusive {
            0 => format!("right on all {hosts}{reached}"),
            number => format!("right on {} of {hosts}", thousands((rule.states - number) as u64)),
        };
        return format!("{word}  {name}: {right}{right_in}{undecided}\n");
    }
    let shortest = rule.counterexamples.iter().map(|example| example.steps.len()).min();
    let shortest = shortest.map(|count| match count {
        1 => ", the nearest 1 step away".to_owned(),
        count => format!(", the nearest {count} steps away"),
    });
    let kinds = match rule.rule.as_str() {
        CORE_RULE => String::new(),
        _ => format!(
            " ({} missed, {} flagged wrongly)",
            thousands(rule.false_negative as u64),
            thousands(rule.false_positive as u64)
        ),
    };
    let (word, accepted) = match &rule.baseline {
        Some(compared) if compared.is_as_accepted() && compared.open.is_empty() => {
            (doubtful("KNOWN"), ", as accepted")
        }
        Some(compared) if compared.is_as_accepted() => (doubtful("OPEN"), ", as accepted"),
        _ => (bad("FAIL"), ""),
    };
    format!(
        "{word}  {name}: wrong on {} of {hosts}{kinds}{accepted}{}{undecided}\n",
        thousands(rule.wrong as u64),
        shortest.unwrap_or_default()
    )
}

fn tell(rule: &RuleResult, counterexample: &Counterexample, assumed: &[Setting]) -> String {
    let disagreement = &counterexample.disagreement;
    let kind = Wrong::of(rule, disagreement.truth, disagreement.verdict).as_str().to_uppercase();
    let steps: Vec<String> = counterexample.steps.iter().map(ToString::to_string).collect();
    let how = if counterexample.is_shortest { "" } else { ", not proved to be the fewest" };
    let mut text = format!(
        "\n{}  rule {}   {}, {}{how}\n",
        bad(&kind),
        neutral_name(&rule.rule),
        counterexample.architecture,
        count(steps.len(), "step", "steps")
    );
    text.push_str(&wrapped(&neutral(&why_in_short(counterexample)), 2, LINE));
    for line in grounds(rule, counterexample) {
        text.push_str(&wrapped(&line, 2, LINE));
    }
    let command = run_command(counterexample.architecture, assumed, &steps);
    text.push_str(&super::counterexample::analysis(&counterexample.analysis));
    let _ = writeln!(text, "  run it: {command}");
    text
}

/// An assumption and its value.
pub(crate) type Setting = (&'static str, &'static str);

/// The assumptions that are not as they are by default.
pub(crate) fn changed_assumptions(verification: &Verification) -> Vec<Setting> {
    changed(&verification.assumptions)
}

/// The same of these switches.
pub(super) fn settings(switches: Switches) -> Vec<Setting> {
    changed(&switches.words())
}

fn changed(settings: &[Setting]) -> Vec<Setting> {
    let default = Switches::default().words();
    settings.iter().copied().filter(|setting| !default.contains(setting)).collect()
}

fn architecture(result: &ArchitectureResult, assumed: &[Setting]) -> String {
    let mut text = format!(
        "\n{}  {}, {} between them, none more than {} from a bare system\n",
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
    text.push_str(&super::counterexample::boundaries(&result.boundaries));
    if let Some(report) = &result.remedies {
        text.push_str(&super::remedies::remedies(report, assumed));
    }
    text.push_str(&slices(result));
    text
}

/// The slices of a scope, and what they stand for together.
fn slices(result: &ArchitectureResult) -> String {
    let mut text = String::new();
    if result.slices.is_empty() {
        return text;
    }
    let stand_for = match result.hosts {
        Some(hosts) => big(hosts),
        None => "more than 10^38".to_owned(),
    };
    let number = count(result.slices.len(), "slice", "slices");
    let _ = writeln!(text, "     in {number}, which stand for {stand_for} combinations of hosts:");
    for slice in &result.slices {
        let names = slice.names.components.iter().chain(&slice.names.updates);
        let names: Vec<&str> = names.map(String::as_str).collect();
        let _ = writeln!(
            text,
            "     {:>15}  {}",
            thousands(slice.states as u64),
            faint(&neutral_name(&names.join(" ")))
        );
    }
    text
}
fn proof(verification: &Verification) -> String {
    let names = &verification.names;
    let list = |names: &[String], none: &str| match names {
        [] => none.to_owned(),
        names => names.join(" "),
    };
    let branches = if names.branches { " with forced branches" } else { "" };
    let mut scope = format!(
        "{}; {}{branches}; catalog {}",
        list(&names.components, "no components"),
        list(&names.updates, "no updates"),
        verification.catalog
    );
    for (id, value) in changed_assumptions(verification) {
        let _ = write!(scope, "; assuming {id}={value}");
    }
    let partly = verification.rules.iter().filter(|rule| !rule.covered);
    let partly: Vec<&str> = partly.map(|rule| rule.rule.as_str()).collect();
    let (word, proof) = if !verification.complete {
        (bad("incomplete"), "a bound stopped the search, so nothing is proved".to_owned())
    } else if partly.is_empty() {
        (good("complete"), "every install order of any length is covered".to_owned())
    } else {
        let partly = partly.join(", ");
        let proof = "every install order of any length is covered, for";
        (good("complete"), format!("{proof} {partly} within each slice only"))
    };
    let proof = wrapped(&neutral(&format!("{proof} ({scope})")), 2, LINE - "incomplete".len());
    format!("\n{word}: {}", proof.trim_start())
}
