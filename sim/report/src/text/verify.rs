//! Every reachable host: the rules, worst first, then the counterexamples, nearest first, then the
//! proof.

use super::{
    claims::{claims, wrong_claims},
    counterexample,
    settings::{Setting, changed_assumptions},
    style::{
        self, and, bad, command_lines, count, doubtful, faint, good, hanging, heading, is_narrow,
        neutral, neutral_name, paragraph, run_command, thousands, wrapped,
    },
    view::View,
};
use crate::places::Places;
use crate::verdicts::{Wrong, grounds, is_accepted, untested, why_in_short};
use patchstate_study::{
    ArchitectureResult, CORE_RULE, Counterexample, FailureClass, RuleResult, Verification,
};
use patchstate_terms::{Architecture, ProductWords};
use std::fmt::Write;

/// A verification. One that rules were named for is about these: of the core, its remedies and the
/// claims it tells what is wrong, and the rest only in full.
#[must_use]
pub fn verify(verification: &Verification, places: &Places, view: View) -> String {
    let mut text = String::new();
    let assumed = changed_assumptions(verification);
    let is_about_core = view.is_full() || !names_rules(verification);
    let is_told = |rule: &&RuleResult| {
        let is_problem = rule.is_failing() || rule.is_silent() || rule.is_open();
        is_problem || !view.is_quiet() && (is_about_core || rule.rule != CORE_RULE)
    };
    let mut rules: Vec<&RuleResult> = verification.rules.iter().filter(is_told).collect();
    rules.sort_by(|a, b| b.wrong().cmp(&a.wrong()).then_with(|| a.rule.cmp(&b.rule)));
    for rule in &rules {
        text.push_str(&rule_line(rule, verification.complete, view));
        text.push_str(&super::baseline::baseline(rule, &assumed, view));
        if rule.baseline.is_none() {
            text.push_str(&undecided(rule, &assumed, view));
        }
        if !view.is_quiet() {
            text.push_str(&super::rule_notes::notes(rule, verification, &assumed, view));
        }
    }
    for rule in &rules {
        for same in told_together(rule, places) {
            text.push_str(&tell(rule, &same, places, &assumed, view));
        }
        text.push_str(&left_out(rule, view));
    }
    for result in &verification.architectures {
        if is_about_core && !view.is_quiet() {
            text.push_str(&architecture(result, (&verification.product, &assumed), view));
        } else {
            text.push_str(&wrong_remedies(result, &assumed, view));
        }
    }
    if view.is_quiet() {
        return text + &wrong_claims(&verification.claims, view);
    }
    text.push_str(&if is_about_core {
        claims(&verification.claims, &verification.unchecked_claims, view)
    } else {
        wrong_claims(&verification.claims, view)
    });
    text.push_str(&proof(verification, view));
    text
}

/// Whether rules were named, besides the core that is always there.
pub(super) fn names_rules(verification: &Verification) -> bool {
    verification.rules.iter().any(|rule| rule.rule != CORE_RULE)
}

fn rule_line(rule: &RuleResult, complete: bool, view: View) -> String {
    let (word, sentence) = rule_words(rule, complete);
    hanging(&word, &sentence, 6, view)
}

/// The word for how a rule did, and the numbers.
fn rule_words(rule: &RuleResult, complete: bool) -> (String, String) {
    let name = neutral_name(&rule.rule);
    let hosts = count(rule.hosts(), "host", "hosts");
    let right_in = if rule.rule == CORE_RULE { ", in status and in every finding" } else { "" };
    let silent = rule.inconclusive();
    let is_silent = rule.is_silent();
    let undecided = if is_silent {
        let why = rule.inconclusive_reason.as_deref().unwrap_or("no reason given");
        format!("; inconclusive on {}, first because {}", thousands(&silent), neutral(why))
    } else {
        String::new()
    };
    if !rule.is_wrong() {
        let (word, reached) = match (complete, is_silent) {
            (true, false) if rule.is_untested() => (doubtful("OPEN"), ""),
            (true, false) if !rule.is_covered() => (doubtful("OPEN"), " that it was asked about"),
            (true, false) => (good("PASS"), ""),
            (true, true) => (doubtful("OPEN"), ""),
            (false, _) => (doubtful("OPEN"), " that were reached"),
        };
        let right = if is_silent {
            format!("right on {} of {hosts}", thousands(rule.hosts() - silent))
        } else {
            format!("right on all {hosts}{reached}")
        };
        let is_partial = is_silent || !rule.is_covered();
        let is_known = complete && is_partial && rule.baseline.is_some() && !rule.is_open();
        let (word, accepted) =
            if is_known { (doubtful("KNOWN"), ", as accepted") } else { (word, "") };
        let untested = untested(rule).map(|why| format!("; {why}")).unwrap_or_default();
        return (word, format!("{name}: {right}{right_in}{undecided}{untested}{accepted}"));
    }
    let shortest = rule.nearest.values().filter_map(|nearest| nearest.steps.as_ref());
    let shortest = shortest.map(Vec::len).min();
    let shortest =
        shortest.map(|steps| format!(", the shortest order has {}", count(steps, "step", "steps")));
    let kinds = match rule.rule.as_str() {
        CORE_RULE => String::new(),
        _ => format!(
            " ({} missed, {} flagged wrongly)",
            thousands(rule.false_negative()),
            thousands(rule.false_positive())
        ),
    };
    let (word, accepted) = match &rule.baseline {
        Some(compared) if compared.is_as_accepted() && !rule.is_open() => {
            (doubtful("KNOWN"), ", as accepted")
        }
        Some(compared) if compared.is_as_accepted() => (doubtful("OPEN"), ", as accepted"),
        _ => (bad("FAIL"), ""),
    };
    let line = format!(
        "{name}: wrong on {} of {hosts}{kinds}{accepted}{}{undecided}",
        thousands(rule.wrong()),
        shortest.unwrap_or_default()
    );
    (word, line)
}

/// The counterexamples of a rule that are not accepted, nearest first. Those of several
/// architectures stand together that are wrong in the same way, and for the same condition.
fn told_together<'r>(rule: &'r RuleResult, places: &Places) -> Vec<Vec<&'r Counterexample>> {
    let mut nearest_first: Vec<&Counterexample> =
        rule.counterexamples.iter().filter(|shown| !is_accepted(rule, shown)).collect();
    nearest_first.sort_by_key(|shown| shown.steps.len());
    let is_same = |one: &Counterexample, other: &Counterexample| {
        one.architecture != other.architecture
            && FailureClass::from(&one.disagreement) == FailureClass::from(&other.disagreement)
            && places.of_rule(rule, Some(one)) == places.of_rule(rule, Some(other))
    };
    let mut together: Vec<Vec<&Counterexample>> = Vec::new();
    for shown in nearest_first {
        match together.iter_mut().find(|same| same.iter().all(|other| is_same(shown, other))) {
            Some(same) => same.push(shown),
            None => together.push(vec![shown]),
        }
    }
    together
}

/// An order that shows that a rule says nothing. Where there is a baseline, that is told beside it.
fn undecided(rule: &RuleResult, assumed: &[Setting], view: View) -> String {
    let known =
        rule.new_undecided().filter_map(|(way, found)| Some((way.0, found.steps.as_ref()?)));
    let nearest = known.min_by_key(|(_, steps)| steps.len());
    let Some((architecture, steps)) = nearest else { return String::new() };
    let steps = steps.iter().map(ToString::to_string);
    let command = run_command(architecture, assumed, steps);
    command_lines("      inconclusive, run it:", &command, 28, view)
}

/// That there are more ways of being wrong than were told, if there are.
fn left_out(rule: &RuleResult, view: View) -> String {
    let told = rule.counterexamples.iter().filter(|shown| !is_accepted(rule, shown)).count();
    let ways = rule.nearest.keys().filter(|(of, failure)| !rule.accepts(*of, failure)).count();
    if told >= ways {
        return String::new();
    }
    let line = format!(
        "{} of {} in which rule {} is wrong {} shown; --max-counterexamples shows more",
        thousands(told as u64),
        count(ways, "way", "ways"),
        neutral_name(&rule.rule),
        if told == 1 || ways == 1 { "is" } else { "are" }
    );
    format!("\n{}", wrapped(&line, 0, view))
}

/// What is the same on several architectures: the story of the nearest, and how to see the others.
fn tell(
    rule: &RuleResult,
    same: &[&Counterexample],
    places: &Places,
    assumed: &[Setting],
    view: View,
) -> String {
    let Some((counterexample, others)) = same.split_first() else { return String::new() };
    let disagreement = &counterexample.disagreement;
    let kind = Wrong::of(rule, disagreement.truth, disagreement.verdict).as_str().to_uppercase();
    let steps: Vec<String> = counterexample.steps.iter().map(ToString::to_string).collect();
    let is_shortest = same.iter().all(|shown| shown.is_shortest);
    let how = if is_shortest { "" } else { ", not proved to be the fewest" };
    let architectures: Vec<String> =
        same.iter().map(|shown| shown.architecture.to_string()).collect();
    let line = format!(
        "rule {}   on {}, {}{how}",
        neutral_name(&rule.rule),
        and(&architectures),
        count(steps.len(), "step", "steps")
    );
    let mut text = format!("\n{}", hanging(&bad(&kind), &line, kind.len() + 2, view));
    if let Some(at) = places.of_rule(rule, Some(counterexample)) {
        let place = format!("at {}:{}:{}", at.file, at.line, at.column);
        text.push_str(&wrapped(&neutral_name(&place), 2, view));
    }
    text.push_str(&wrapped(&neutral(&why_in_short(counterexample)), 2, view));
    for line in grounds(rule, counterexample) {
        text.push_str(&wrapped(&line, 2, view));
    }
    text.push_str(&counterexample::analysis(&counterexample.analysis, view));
    let command = run_command(counterexample.architecture, assumed, &steps);
    text.push_str(&command_lines("  run it:", &command, 10, view));
    for Counterexample { architecture, steps, .. } in others {
        let command = run_command(*architecture, assumed, steps.iter().map(ToString::to_string));
        text.push_str(&command_lines(&format!("  on {architecture}:"), &command, 10, view));
    }
    text
}

fn architecture(
    result: &ArchitectureResult,
    (words, assumed): (&ProductWords, &[Setting]),
    view: View,
) -> String {
    let mut text = format!("\n{}", hanging(&name(result.architecture), &reached(result), 5, view));
    let by_status = result.hosts.iter().flat_map(|hosts| &hosts.by_status);
    let width = by_status.clone().map(|(_, hosts)| thousands(hosts).len()).max().unwrap_or(0);
    for (status, hosts) in by_status {
        // Styles have no width of their own on a screen, so the padding goes outside.
        let padding = " ".repeat(15_usize.saturating_sub(status.as_str().len()));
        let hosts = thousands(hosts);
        let first = format!("     {}{padding}{hosts:>width$}", style::status(*status));
        let indent = if is_narrow(view) { 7 } else { 22 + width };
        text.push_str(&hanging(&first, &faint(&style::meaning(*status, words)), indent, view));
    }
    let images = count(result.distinct_images, "image", "images");
    let sets = count(result.distinct_sets, "set of files", "sets of files");
    text.push_str(&wrapped(&format!("{images} in {sets}, each made and judged once"), 5, view));
    text.push_str(&counterexample::boundaries(&result.boundaries, view));
    if result.without_boundaries > 0 {
        let slices = count(result.without_boundaries, "group of updates", "groups of updates");
        let line = format!("{slices} with too many hosts not searched for steps between statuses");
        text.push_str(&wrapped(&faint(&line), 5, view));
    }
    if let Some(report) = &result.remedies {
        text.push_str(&super::remedies::remedies(report, assumed, view));
    }
    text
}

/// The name of an architecture as a heading.
fn name(architecture: Architecture) -> String {
    heading(&architecture.to_string())
}

/// The core's remedies where they do not work, or are not known to.
fn wrong_remedies(result: &ArchitectureResult, assumed: &[Setting], view: View) -> String {
    let report = result.remedies.as_ref();
    match report.filter(|report| report.is_failing() || report.is_open()) {
        Some(report) => {
            let told = super::remedies::remedies(report, assumed, view);
            format!("\n{}\n{told}", name(result.architecture))
        }
        None => String::new(),
    }
}

/// How many hosts there are, and how far they are from each other.
fn reached(result: &ArchitectureResult) -> String {
    let Some(hosts) = &result.hosts else {
        return "how many hosts there are is not counted".to_owned();
    };
    let mut line = count(hosts.all.clone(), "host", "hosts");
    if let (Some(transitions), Some(depth)) = (result.transitions, result.depth) {
        line.push_str(&format!(
            ", {} between them, none more than {} from a bare system",
            count(transitions, "step", "steps"),
            count(depth, "step", "steps")
        ));
    }
    line
}

fn proof(verification: &Verification, view: View) -> String {
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
    let partly = verification.rules.iter().filter(|rule| !rule.is_covered());
    let partly: Vec<&str> = partly.map(|rule| rule.rule.as_str()).collect();
    let (word, proof) = if !verification.complete {
        let is_known = verification.architectures.iter().all(|result| result.hosts.is_some());
        let why = if is_known {
            "a bound stopped the search"
        } else {
            "the set of all hosts is too large to be held"
        };
        (bad("incomplete"), format!("{why}, so nothing is proved"))
    } else if partly.is_empty() {
        (good("complete"), "every install order of any length is covered".to_owned())
    } else {
        let partly = partly.join(", ");
        let proof = "every install order of any length is covered, but not for";
        (good("complete"), format!("{proof} {partly}"))
    };
    let line = format!("{word}: {}", neutral(&format!("{proof} ({scope})")));
    format!("\n{}", paragraph(&line, 2, view))
}
