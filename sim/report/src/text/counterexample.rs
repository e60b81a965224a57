//! Why an order is a counterexample, and how a finding came about, in sentences.

use super::{
    style::{hanging, is_narrow, neutral, neutral_name, or, wrapped},
    view::View,
};
use patchstate_study::{Analysis, BoundaryPair, Changed, Derivation, Fact, StepAt};
use patchstate_terms::Step;

/// What each step is needed for, which neighbours may not be exchanged, and why.
pub(super) fn analysis(analysis: &Analysis, view: View) -> String {
    let mut text = String::new();
    let outcome = |changed: &Changed| match (changed.agree, changed.same_failure) {
        (true, _) => "right",
        (false, true) => "wrong in the same way",
        (false, false) => "wrong in another way",
    };
    for told in ["right", "wrong in the same way", "wrong in another way"] {
        let steps = analysis.without.iter().filter(|changed| outcome(changed) == told);
        let steps: Vec<String> = steps.map(|changed| changed.number.to_string()).collect();
        if !steps.is_empty() {
            let line = format!("without step {} it is {told}", or(&steps));
            text.push_str(&wrapped(&line, 2, view));
        }
    }
    for changed in &analysis.exchanges {
        let Changed { number, truth, verdict, agree, .. } = changed;
        let outcome = if *agree {
            format!("right, truth {truth}")
        } else {
            format!("{verdict}, truth {truth}")
        };
        let line = format!("steps {number} and {} in the other order: {outcome}", number + 1);
        text.push_str(&wrapped(&line, 2, view));
    }
    analysis.why.iter().for_each(|derivation| text.push_str(&why(derivation, view)));
    text
}

/// A finding after the facts that it follows from.
pub(super) fn why(derivation: &Derivation, view: View) -> String {
    let facts: Vec<String> = derivation.facts.iter().map(fact).collect();
    let text = format!("{}; so: {}", facts.join("; "), derivation.finding);
    wrapped(&neutral(&text), 2, view)
}

/// A fact with the step that made it so.
fn fact(fact: &Fact) -> String {
    let at = |by: &StepAt| format!("step {} ({})", by.number, by.step);
    match fact {
        Fact::Level { level, by } => format!("the system is at {} by {}", level.title(), at(by)),
        Fact::File { file, version, from: None, by } => {
            format!("{} is {version} because {} put it there", file.file_name(), at(by))
        }
        Fact::File { file, version, from: Some(from), by } => {
            let brings_back =
                matches!(by.step, Step::RemoveServicePack(_) | Step::RemoveUpdate { .. });
            let how = match (brings_back, from == version) {
                // The same version stands on both branches.
                (false, true) => "replaced its other branch".to_owned(),
                (true, true) => "brought its other branch back".to_owned(),
                (false, false) => format!("replaced {from}"),
                (true, false) => format!("brought it back in place of {from}"),
            };
            format!("{} is {version} because {} {how}", file.file_name(), at(by))
        }
        Fact::Absent { name, by: Some(by) } => format!("{name} is gone because of {}", at(by)),
        Fact::Absent { name, by: None } => format!("{name} was never there"),
        Fact::Untouched { file, by } => format!("{} left {} alone", at(by), file.file_name()),
        Fact::Recorded { update, by } => format!("{update} is recorded by {}", at(by)),
        Fact::Imports { file, import } => format!("{} imports {import}", file.file_name()),
        Fact::Lacks { file, version, import } => match &import.symbol {
            Some(symbol) => format!("{} {version} does not export {symbol}", file.file_name()),
            None => format!("{} {version} is not enough", file.file_name()),
        },
    }
}

/// Where one step leads from one status to another.
pub(super) fn boundaries(pairs: &[BoundaryPair], view: View) -> String {
    let mut text = String::new();
    for pair in pairs {
        let order: Vec<String> = pair.order.iter().map(ToString::to_string).collect();
        let BoundaryPair { from, to, step, count, .. } = pair;
        let crossing = format!("{from} -> {to}");
        let line = format!("{}, then {step} ({count} times)", order.join(" "));
        let crossing = format!("     {crossing}");
        let indent = if is_narrow(view) { 7 } else { 35 };
        text.push_str(&hanging(&crossing, &neutral_name(&line), indent, view));
    }
    text
}
