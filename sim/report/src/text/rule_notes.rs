//! What a rule's author should know besides where it is wrong: conditions that decide nothing, and
//! what the rule cannot see.

use super::{
    settings::Setting,
    style::{and, command_lines, count, neutral, run_command, thousands, wrapped},
    view::View,
};
use crate::verdicts;
use patchstate_rules::FieldValue;
use patchstate_source::LineColumn;
use patchstate_study::{
    HostWitness, Indistinguishable, Observability, RuleResult, Vacuity, Verification,
};

/// Columns before a note.
const INDENT: usize = 6;

/// Everything that there is to note about a rule.
pub(super) fn notes(
    rule: &RuleResult,
    verification: &Verification,
    assumed: &[Setting],
    view: View,
) -> String {
    let mut text = String::new();
    if let Some(open) = verdicts::open(rule) {
        let line = format!(
            "note: {open}. Name a smaller scope with --components and --updates, of which every \
             host is looked at"
        );
        text.push_str(&wrapped(&neutral(&line), INDENT, view));
    }
    if verification.complete {
        text.push_str(&vacuous(rule, verification.covers_catalog, view));
    }
    if rule.baseline.is_none() && rule.nearest.values().any(|found| found.steps.is_none()) {
        let ways = rule.nearest.values().filter(|found| found.steps.is_none()).count();
        let ways = count(ways, "of its ways", "of its ways");
        let line = format!("note: in {ways} of being wrong, {}", verdicts::TOO_FAR);
        text.push_str(&wrapped(&line, INDENT, view));
    }
    if let Some(observability) = &rule.observability {
        text.push_str(&observed(observability, assumed, view));
    }
    text
}

/// Conditions that decide nothing, since they are the same on every host. Of those inside another
/// one only the line is told.
fn vacuous(rule: &RuleResult, covers_catalog: bool, view: View) -> String {
    let scope = if covers_catalog { "on any reachable host" } else { "in this scope" };
    let mut text = String::new();
    let mut outer = 0..0;
    for (number, found) in rule.clauses.iter().enumerate() {
        let Some(vacuity) = found.vacuity() else { continue };
        let span = &found.clause.span;
        if outer.start <= span.start && span.end <= outer.end {
            continue;
        }
        outer = span.clone();
        let never = match vacuity {
            Vacuity::NeverTrue => "is never true",
            Vacuity::NeverFalse => "is never false",
            Vacuity::NeverKnown => "can never be known",
        };
        let words: Vec<&str> = found.clause.text.split_whitespace().collect();
        let place = rule.source.as_ref().map(|source| {
            let LineColumn { line, column } = source.place(span.start);
            format!("{}:{line}:{column}: ", source.name)
        });
        let place = place.unwrap_or_default();
        let mut line = format!("note: {place}{} {never} {scope}", words.join(" "));
        let lines = lines_inside(rule, number, vacuity);
        if !lines.is_empty() {
            let parts = if lines.len() == 1 { "part on line" } else { "parts on lines" };
            line.push_str(&format!("; the same goes for its {parts} {}", and(&lines)));
        }
        text.push_str(&wrapped(&neutral(&line), INDENT, view));
    }
    text
}

/// The other lines on which parts of a condition begin that are the same on every host in the same
/// way.
fn lines_inside(rule: &RuleResult, number: usize, vacuity: Vacuity) -> Vec<String> {
    let (Some(outer), Some(source)) = (rule.clauses.get(number), &rule.source) else {
        return Vec::new();
    };
    let outer = &outer.clause.span;
    let inside = rule.clauses.iter().skip(number + 1);
    let inside = inside.take_while(|part| part.clause.span.end <= outer.end);
    let same = inside.filter(|part| part.vacuity() == Some(vacuity));
    let mut lines: Vec<usize> =
        same.map(|part| source.place(part.clause.span.start).line).collect();
    lines.retain(|line| *line != source.place(outer.start).line);
    lines.dedup();
    lines.iter().map(ToString::to_string).collect()
}

/// Whether another rule over the same fields could be right.
fn observed(observability: &Observability, assumed: &[Setting], view: View) -> String {
    let Some(blind) = &observability.blind else {
        let line = "note: what it reads tells these hosts apart: another rule over the same \
                    fields can be right on all of them";
        return wrapped(line, INDENT, view);
    };
    let line = format!(
        "note: no rule over the fields that it reads can be right: it is wrong on {} hosts or \
         more. These two look the same to it:",
        thousands(blind.wrong_at_least as u64)
    );
    let mut text = wrapped(&line, INDENT, view);
    for host in [&blind.positive, &blind.negative] {
        let truth = format!("{:INDENT$}  {}:", "", host.truth);
        text.push_str(&command_lines(&truth, &command(host, assumed), truth.len() + 1, view));
    }
    text.push_str(&wrapped(&neutral(&what_helps(blind)), INDENT, view));
    text
}

fn command(host: &HostWitness, assumed: &[Setting]) -> String {
    let steps = host.steps.iter().map(ToString::to_string);
    run_command(host.architecture, assumed, steps)
}

/// Which further fields tell hosts apart.
fn what_helps(blind: &Indistinguishable) -> String {
    let value = |value: &Option<FieldValue>| match value {
        Some(value) => value.to_string(),
        None => "not known".to_owned(),
    };
    let Some(separator) = &blind.separator else {
        return "No single field tells them apart.".to_owned();
    };
    let mut text = format!(
        "{} tells them apart ({}, {})",
        separator.field,
        value(&separator.on_positive),
        value(&separator.on_negative)
    );
    if separator.left_wrong == 0 {
        text.push_str(", and with it every other pair.");
        return text;
    }
    text.push_str(&format!(
        "; with it alone, {} hosts stay wrong. ",
        thousands(separator.left_wrong as u64)
    ));
    let together: Vec<String> = blind.together.iter().map(ToString::to_string).collect();
    match blind.left_wrong {
        _ if together.is_empty() => {}
        0 => text.push_str(&format!("Together these tell all apart: {}.", and(&together))),
        left => text.push_str(&format!(
            "Together these leave {} wrong: {}.",
            thousands(left as u64),
            and(&together)
        )),
    }
    text
}
