//! Where two rules differ: how often, who is right, and how to see it.

use super::{
    settings::settings,
    style::{
        bad, command_lines, count, good, hanging, heading, neutral_name, paragraph, run_command,
        thousands, wrapped,
    },
    view::View,
};
use patchstate_harness::{Right, RuleDiff};

/// Two rules on every host.
#[must_use]
pub fn diff(diff: &RuleDiff, view: View) -> String {
    let assumed = settings(diff.scope.switches);
    let name = |rule: &str, source: &str| neutral_name(&format!("{rule} ({source})")).into_owned();
    let mut text = String::new();
    if !view.is_quiet() {
        text.push_str(&hanging("old", &name(&diff.old.rule, &diff.old.source), 5, view));
        text.push_str(&hanging("new", &name(&diff.new.rule, &diff.new.source), 5, view));
    }
    let hosts = count(diff.hosts, "host", "hosts");
    let different = diff.hosts.saturating_sub(diff.same);
    if !diff.changes.is_empty() {
        let line = format!("on {} of {hosts}", thousands(different as u64));
        text.push_str(&hanging(&bad("DIFFERENT"), &line, 11, view));
        text.push_str(&wrapped(&sides(diff), 2, view));
    } else if !view.is_quiet() {
        let line = format!("both say the same on all {hosts}");
        text.push_str(&hanging(&good("SAME"), &line, 6, view));
    }
    if diff.joined > 0 && !view.is_quiet() {
        let line = format!(
            "Counted among them: {} that no slice shows; the others are those of each slice by \
             itself.",
            count(diff.joined, "host", "hosts")
        );
        text.push_str(&wrapped(&line, 2, view));
    }
    for change in &diff.changes {
        let steps = change.host.steps.iter().map(ToString::to_string);
        let what = heading(&format!("{} -> {}", change.old, change.new));
        let hosts = count(change.host.hosts, "host", "hosts");
        let (truth, right) = (change.host.truth, right(change.right));
        let line = format!("{what}: {hosts}, truth {truth}: {right}");
        text.push_str(&format!("\n{}", wrapped(&line, 0, view)));
        let command = run_command(change.host.architecture, &assumed, steps);
        text.push_str(&command_lines("  nearest:", &command, 11, view));
    }
    if !diff.complete {
        let proof = "not every combination of what the rules read was looked at";
        text.push_str(&proof_line(&bad("incomplete"), proof, view));
    } else if !view.is_quiet() {
        let proof = "every combination of what the rules read was looked at";
        text.push_str(&proof_line(&good("complete"), proof, view));
    }
    text
}

fn proof_line(word: &str, proof: &str, view: View) -> String {
    format!("\n{}", paragraph(&format!("{word}: {proof}"), 2, view))
}

/// On how many hosts each of the two is right.
fn sides(diff: &RuleDiff) -> String {
    let words = [
        (Right::New, "the new one is right on"),
        (Right::Old, "the old one on"),
        (Right::Both, "both on"),
        (Right::Neither, "neither on"),
    ];
    let side = |(right, words): (Right, &str)| {
        format!("{words} {}", thousands(diff.count(|change| change.right == right) as u64))
    };
    words.map(side).join(", ")
}

const fn right(right: Right) -> &'static str {
    match right {
        Right::Old => "the old one is right",
        Right::New => "the new one is right",
        Right::Both => "both are right",
        Right::Neither => "neither is right",
    }
}
