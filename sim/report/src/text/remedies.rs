//! The core's remedies against the shortest repairs.

use super::{
    style::{
        bad, command_lines, count, doubtful, faint, good, neutral_name, run_command, thousands,
        wrapped,
    },
    view::View,
};
use patchstate_harness::{Composed, ComposedCase, RemedyCase, RemedyReport};
use patchstate_terms::Step;

/// Most cases that are shown over the whole scope; JSON has all.
const COMPOSED_CASES_MAX: usize = 2;

/// How the remedies of one architecture did; `assumed` are the settings that are no defaults.
pub(super) fn remedies(report: &RemedyReport, assumed: &[(&str, &str)], view: View) -> String {
    if report.checked == 0 {
        return String::new();
    }
    let failing = report.checked - report.working;
    let hosts = count(report.checked, "host", "hosts");
    let worked = match failing {
        0 => format!("{} on all {hosts} that need one", good("the core's remedy works")),
        failing => format!(
            "{} on {} of {hosts} that need one",
            bad("the core's remedy does not work"),
            thousands(failing as u64)
        ),
    };
    let longer = match report.longer {
        0 => "it is never too long".to_owned(),
        longer => doubtful(&format!("it is too long on {}", thousands(longer as u64))),
    };
    let mut text = wrapped(&format!("{worked}; {longer}"), 5, view);
    let lengths: Vec<String> = report
        .by_length
        .iter()
        .map(|(steps, hosts)| {
            format!("{} on {}", count(*steps, "step", "steps"), thousands(*hosts as u64))
        })
        .collect();
    let beyond = match report.beyond_repair {
        0 => String::new(),
        hosts => format!(", none on {}", thousands(hosts as u64)),
    };
    let lengths = format!("the shortest repair: {}{beyond}", lengths.join(", "));
    text.push_str(&wrapped(&faint(&lengths), 5, view));
    for case in &report.failing_cases {
        text.push_str(&tell("fails", case, assumed, view));
    }
    for case in &report.longer_cases {
        text.push_str(&tell("too long", case, assumed, view));
    }
    if let Some(composed) = &report.together {
        text.push_str(&together(composed, assumed, view));
    }
    text
}

/// What remedies come to over the whole scope.
fn together(composed: &Composed, assumed: &[(&str, &str)], view: View) -> String {
    if composed.checked == 0 {
        return String::new();
    }
    let failing = composed.checked - composed.working;
    let worked = match failing {
        0 => format!("{} on all {} combinations", good("it works"), thousands(composed.checked)),
        failing => format!(
            "{} on {} of {} combinations",
            bad("it is not known to work"),
            thousands(failing),
            thousands(composed.checked)
        ),
    };
    let longer = match composed.longer {
        0 => "it is never too long".to_owned(),
        longer => doubtful(&format!("it is too long on {}", thousands(longer))),
    };
    let line = format!("over the whole scope, {worked} that need one; {longer}");
    let mut text = wrapped(&line, 5, view);
    let cases = || composed.failing_cases.iter().chain(&composed.longer_cases);
    for case in cases().take(COMPOSED_CASES_MAX) {
        let ComposedCase { architecture, combinations, order, remedy, shorter } = case;
        let excess = shorter.as_ref().map(|shorter| remedy.len().saturating_sub(shorter.len()));
        let title = match excess {
            Some(excess) if excess > 0 => format!("too long by {}", count(excess, "step", "steps")),
            _ => "fails".to_owned(),
        };
        let enough = match shorter {
            Some(shorter) => format!("{} is enough", words(shorter)),
            None => "nothing is known to repair it".to_owned(),
        };
        let combinations = thousands(*combinations);
        let line = format!(
            "{title} on {combinations} combinations: {} advised, {enough}; see",
            words(remedy)
        );
        let command = run_command(*architecture, assumed, order.iter().map(ToString::to_string));
        text.push_str(&wrapped(&line, 7, view));
        text.push_str(&command_lines("", &command, 9, view));
    }
    let more = cases().count().saturating_sub(COMPOSED_CASES_MAX);
    if more > 0 {
        let more = count(more, "more such kind with an order", "more such kinds with orders");
        text.push_str(&wrapped(&faint(&format!("{more} in --json")), 7, view));
    }
    text
}

fn tell(title: &str, case: &RemedyCase, assumed: &[(&str, &str)], view: View) -> String {
    let shortest = match &case.shortest {
        Some(shortest) => format!("{} is enough", words(shortest)),
        None => "nothing repairs it".to_owned(),
    };
    let hosts = count(case.hosts, "host", "hosts");
    let remedy = words(&case.remedy);
    let line = format!("{title} on {hosts}: {remedy} advised, {shortest}; see");
    let order = case.order.iter().map(ToString::to_string);
    let command = run_command(case.architecture, assumed, order);
    wrapped(&line, 7, view) + &command_lines("", &command, 9, view)
}

fn words(steps: &[Step]) -> String {
    match steps {
        [] => "nothing".to_owned(),
        steps => {
            let words: Vec<String> = steps.iter().map(ToString::to_string).collect();
            neutral_name(&words.join(" ")).into_owned()
        }
    }
}
