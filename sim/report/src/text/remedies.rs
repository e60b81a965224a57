//! The core's remedies against the shortest repairs.

use super::{
    style::{
        bad, command_lines, count, doubtful, faint, good, neutral_name, run_command, thousands,
        wrapped,
    },
    view::View,
};
use crate::verdicts::TOO_FAR;
use patchstate_harness::{Count, RemedyCase, RemedyReport};
use patchstate_terms::Step;

/// How the remedies of one architecture did; `assumed` are the settings that are no defaults.
pub(super) fn remedies(report: &RemedyReport, assumed: &[(&str, &str)], view: View) -> String {
    if report.checked == Count::ZERO {
        return String::new();
    }
    let hosts = count(report.checked.clone(), "host", "hosts");
    let unwell = report.failing() + &report.beyond_repair;
    let worked = if unwell > Count::ZERO {
        let fails = bad("the core's remedy does not work");
        format!("{fails} on {} of {hosts} that need one", thousands(unwell))
    } else if report.is_open() {
        let open = doubtful("the core's remedy is not known to work");
        format!("{open} on {} of {hosts} that need one", thousands(&report.open))
    } else {
        format!("{} on all {hosts} that need one", good("the core's remedy works"))
    };
    let longer = if report.longer == Count::ZERO {
        "it is never too long".to_owned()
    } else {
        doubtful(&format!("it is too long on {}", thousands(&report.longer)))
    };
    let mut text = wrapped(&format!("{worked}; {longer}"), 5, view);
    let lengths: Vec<String> = report
        .by_length
        .iter()
        .map(|(steps, hosts)| format!("{} on {}", count(*steps, "step", "steps"), thousands(hosts)))
        .collect();
    let beyond = if report.beyond_repair == Count::ZERO {
        String::new()
    } else {
        format!(", none on {}", thousands(&report.beyond_repair))
    };
    let lengths = format!("the shortest repair: {}{beyond}", lengths.join(", "));
    text.push_str(&wrapped(&faint(&lengths), 5, view));
    for case in &report.failing_cases {
        text.push_str(&tell("fails", case, assumed, view));
    }
    for case in &report.longer_cases {
        text.push_str(&tell("too long", case, assumed, view));
    }
    text
}

fn tell(title: &str, case: &RemedyCase, assumed: &[(&str, &str)], view: View) -> String {
    let shortest = match &case.shortest {
        Some(shortest) => format!("{} is enough", words(shortest)),
        None => "nothing repairs it".to_owned(),
    };
    let hosts = count(case.hosts.clone(), "host", "hosts");
    let remedy = words(&case.remedy);
    let line = format!("{title} on {hosts}: {remedy} advised, {shortest}");
    let Some(order) = &case.order else {
        return wrapped(&format!("{line}; {TOO_FAR}"), 7, view);
    };
    let order = order.iter().map(ToString::to_string);
    let command = run_command(case.architecture, assumed, order);
    wrapped(&format!("{line}; see"), 7, view) + &command_lines("", &command, 9, view)
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
