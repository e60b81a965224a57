//! Where two rules differ: how often, who is right, and how to see it.

use super::{
    settings::settings,
    style::{
        bad, command_lines, count, good, hanging, heading, neutral_name, paragraph, run_command,
        thousands, wrapped,
    },
    view::View,
};
use patchstate_study::{Change, DiffHost, Right, RuleDiff};

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
    let hosts = count(diff.hosts.clone(), "host", "hosts");
    if !diff.changes.is_empty() {
        let line = format!("on {} of {hosts}", thousands(diff.count(|_| true)));
        text.push_str(&hanging(&bad("DIFFERENT"), &line, 11, view));
        text.push_str(&wrapped(&sides(diff), 2, view));
    } else if !view.is_quiet() {
        let line = format!("both say the same on all {hosts}");
        text.push_str(&hanging(&good("SAME"), &line, 6, view));
    }
    for Change { kind, hosts, nearest, right: is_right } in &diff.changes {
        let what = heading(&format!("{} -> {}", kind.old, kind.new));
        let hosts = count(hosts.clone(), "host", "hosts");
        let line = format!("{what}: {hosts}, truth {}: {}", kind.truth, right(*is_right));
        text.push_str(&format!("\n{}", wrapped(&line, 0, view)));
        if let Some(DiffHost { host, .. }) = nearest {
            let steps = host.steps.iter().map(ToString::to_string);
            let command = run_command(host.architecture, &assumed, steps);
            text.push_str(&command_lines("  nearest:", &command, 11, view));
        } else {
            let line = "nearest: farther from a bare system than orders are looked for";
            text.push_str(&wrapped(line, 2, view));
        }
    }
    if !diff.complete {
        let proof = "not every host was looked at: the numbers are of those that were";
        text.push_str(&proof_line(&bad("incomplete"), proof, view));
    } else if !view.is_quiet() {
        let proof = "both rules were asked about every host";
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
        format!("{words} {}", thousands(diff.count(|change| change.right == right)))
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
