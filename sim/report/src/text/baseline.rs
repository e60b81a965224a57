//! What a rule gets wrong beside what is accepted of it.

use super::style::{bad, command_lines, count, doubtful, wrapped};
use super::{run_command, verify::Setting, view::View};
use crate::verdicts::shape_name;
use patchstate_harness::{RuleResult, Shape};
use patchstate_terms::{Architecture, Step};

/// A line for each way of being wrong that is new, for each that is gone, and for each that is
/// neither shown nor refuted.
pub(super) fn baseline(rule: &RuleResult, assumed: &[Setting], view: View) -> String {
    let Some(compared) = &rule.baseline else { return String::new() };
    let mut text = String::new();
    let mut tell = |word: &str, wrong: (Architecture, &Shape), hosts: &str, steps: &[Step]| {
        let line = format!("{word}: {}, {}{hosts}", wrong.0, shape_name(wrong.1));
        text.push_str(&wrapped(&line, 6, view).replacen(word, &bad(word), 1));
        let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
        let command = run_command(wrong.0, assumed, &steps);
        text.push_str(&command_lines("      run it:", &command, 14, view));
    };
    for wrong in &compared.new {
        let Some(nearest) = rule.nearest.get(wrong) else { continue };
        let hosts = format!("; on {}", count(nearest.hosts, "host", "hosts"));
        tell("new", (wrong.0, &wrong.1), &hosts, &nearest.steps);
    }
    for (way, found) in rule.new_undecided() {
        let hosts = format!("; on {}", count(found.hosts, "host", "hosts"));
        tell("new", (way.0, &way.1), &hosts, &found.steps);
    }
    for (architecture, shape, steps) in &compared.gone {
        tell("no longer occurs", (*architecture, shape), "", steps);
    }
    for (architecture, shape) in &compared.open {
        let line = format!(
            "open: {architecture}, {}; on hosts that are farther than orders are looked for",
            shape_name(shape)
        );
        text.push_str(&wrapped(&line, 6, view).replacen("open", &doubtful("open"), 1));
    }
    text
}
