//! What a rule gets wrong beside what is accepted of it.

use super::style::{bad, command_lines, count, thousands, wrapped};
use super::{run_command, settings::Setting, view::View};
use crate::verdicts::{self, failure_name};
use patchstate_study::{FailureClass, RuleResult};
use patchstate_terms::{Architecture, Step};

/// A line for each way of being wrong that is new or on more hosts, and for each that is gone or on
/// fewer hosts.
pub(super) fn baseline(rule: &RuleResult, assumed: &[Setting], view: View) -> String {
    let Some(compared) = &rule.baseline else { return String::new() };
    let mut text = String::new();
    let mut tell =
        |word: &str, wrong: (Architecture, &FailureClass), hosts: &str, steps: &[Step]| {
            let line = format!("{word}: {}, {}{hosts}", wrong.0, failure_name(wrong.1));
            text.push_str(&wrapped(&line, 6, view).replacen(word, &bad(word), 1));
            if steps.is_empty() {
                text.push_str(&wrapped(verdicts::TOO_FAR, 8, view));
                return;
            }
            let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
            let command = run_command(wrong.0, assumed, &steps);
            text.push_str(&command_lines("      run it:", &command, 14, view));
        };
    let new = compared.new.iter().filter_map(|wrong| {
        let found = rule.nearest.get(wrong)?;
        Some((wrong, &found.hosts, &found.steps))
    });
    let undecided = rule.new_undecided().map(|(way, found)| (way, &found.hosts, &found.steps));
    for (way, hosts, steps) in new.chain(undecided) {
        let hosts = count(hosts.clone(), "host", "hosts");
        let steps = steps.as_deref().unwrap_or_default();
        match compared.grown.get(way) {
            Some(accepted) => {
                let hosts = format!("; on {hosts}, accepted on {}", thousands(accepted));
                tell("grown", (way.0, &way.1), &hosts, steps);
            }
            None => tell("new", (way.0, &way.1), &format!("; on {hosts}"), steps),
        }
    }
    for (architecture, failure, steps) in &compared.gone {
        tell("no longer occurs", (*architecture, failure), "", steps);
    }
    for (way, accepted) in &compared.shrunk {
        if view.is_quiet() {
            break;
        }
        let wrong = rule.nearest.get(way).map(|found| &found.hosts);
        let hosts = wrong.or_else(|| rule.undecided.get(way).map(|found| &found.hosts));
        let line = format!(
            "fewer: {}, {}; on {}, accepted on {}",
            way.0,
            failure_name(&way.1),
            count(hosts.cloned().unwrap_or_default(), "host", "hosts"),
            thousands(accepted)
        );
        text.push_str(&wrapped(&line, 6, view));
    }
    text
}
