//! Where two rules differ: how often, who is right, and how to see it.

use super::{
    style::{LINE, bad, count, good, heading, neutral_name, run_command, thousands, wrapped},
    verify::settings,
};
use patchstate_harness::{Right, RuleDiff};

/// Two rules on every host.
#[must_use]
pub fn diff(diff: &RuleDiff) -> String {
    let assumed = settings(diff.scope.switches);
    let name = |rule: &str, source: &str| neutral_name(&format!("{rule} ({source})")).into_owned();
    let mut text = format!(
        "old  {}\nnew  {}\n",
        name(&diff.old.rule, &diff.old.source),
        name(&diff.new.rule, &diff.new.source)
    );
    let hosts = count(diff.hosts, "host", "hosts");
    let different = diff.hosts.saturating_sub(diff.same);
    if diff.changes.is_empty() {
        text.push_str(&format!("{}  both say the same on all {hosts}\n", good("SAME")));
    } else {
        text.push_str(&format!(
            "{}  on {} of {hosts}\n",
            bad("DIFFERENT"),
            thousands(different as u64)
        ));
        text.push_str(&wrapped(&sides(diff), 2, LINE));
    }
    if diff.joined > 0 {
        let line = format!(
            "Counted among them: {} where the slices that the rules read come together; the others \
             are those of each slice by itself.",
            count(diff.joined, "host", "hosts")
        );
        text.push_str(&wrapped(&line, 2, LINE));
    }
    for change in &diff.changes {
        let steps = change.host.steps.iter().map(ToString::to_string);
        text.push_str(&format!(
            "\n{}  {}, truth {}: {}\n",
            heading(&format!("{} -> {}", change.old, change.new)),
            count(change.host.hosts, "host", "hosts"),
            change.host.truth,
            right(change.right)
        ));
        let command = run_command(change.host.architecture, &assumed, steps);
        text.push_str(&wrapped(&format!("nearest: {command}"), 2, LINE));
    }
    text.push_str(&if diff.complete {
        let proof = "every combination of what the rules read was looked at";
        format!("\n{}: {proof}\n", good("complete"))
    } else {
        let proof = "not every combination of what the rules read was looked at";
        format!("\n{}: {proof}\n", bad("incomplete"))
    });
    text
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
