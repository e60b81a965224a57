//! The core's remedies against the shortest repairs.

use super::{
    style::{
        bad, command_lines, count, doubtful, faint, good, in_words, run_command, thousands, wrapped,
    },
    view::View,
};
use crate::verdicts::TOO_FAR;
use patchstate_study::{Count, RemedyCase, RemedyReport, Removals};
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
    // The first place where the word stands, so it is explained here.
    let additive = "the shortest additive repair (one that removes nothing)";
    let longer = if report.longer == Count::ZERO {
        format!("it is never longer than {additive}")
    } else {
        let too_long = doubtful("it is too long");
        let hosts = thousands(&report.longer);
        let why = if assumed.is_empty() {
            ""
        } else {
            "; the core takes all assumptions at their default"
        };
        format!("{too_long} on {hosts}, beside {additive}{why}")
    };
    let mut text = wrapped(&format!("{worked}; {longer}"), 5, view);
    let lengths: Vec<String> = report
        .by_length
        .iter()
        .map(|(steps, hosts)| format!("{} on {}", count(*steps, "step", "steps"), thousands(hosts)))
        .collect();
    let without = &report.beyond_repair + &report.only_by_removal;
    let without = (without > Count::ZERO).then(|| format!("none on {}", thousands(without)));
    let lengths: Vec<String> = lengths.into_iter().chain(without).collect();
    let lengths = format!("the shortest additive repair: {}", lengths.join(", "));
    text.push_str(&wrapped(&faint(&lengths), 5, view));
    text.push_str(&by_removal(report, assumed, view));
    for case in &report.failing_cases {
        text.push_str(&tell("fails", case, assumed, view));
    }
    for case in &report.longer_cases {
        text.push_str(&tell("too long", case, assumed, view));
    }
    text
}

/// On how many hosts something else than an additive repair is shorter, and why that is not
/// advised.
fn by_removal(report: &RemedyReport, assumed: &[(&str, &str)], view: View) -> String {
    if report.shorter_by_removal == Count::ZERO {
        return String::new();
    }
    let (kind, taken) = match report.removals {
        Removals::Any => ("removes something", "something"),
        Removals::ServicePackFirst => ("first removes a service pack", "the service pack"),
    };
    let hosts = count(report.shorter_by_removal.clone(), "host", "hosts");
    let example =
        report.removal_case.as_ref().and_then(|case| Some((case, case.shortest.as_ref()?)));
    let instead = example.map(|(case, shortest)| {
        format!(", such as {} in place of {}", in_words(shortest), in_words(&case.remedy))
    });
    let line = format!(
        "a repair that {kind} is shorter on {hosts}{}; the core does not advise it, since it takes \
         {taken} away, and files do not show what the backup puts back",
        instead.unwrap_or_default()
    );
    match example.and_then(|(case, _)| Some((case, case.order.as_ref()?))) {
        Some((case, order)) => see(&faint(&line), 5, (case, order), assumed, view),
        None => wrapped(&faint(&line), 5, view),
    }
}

/// A line with the order that leads to a host of a case below it.
fn see(
    line: &str,
    indent: usize,
    (case, order): (&RemedyCase, &[Step]),
    assumed: &[(&str, &str)],
    view: View,
) -> String {
    let order = order.iter().map(ToString::to_string);
    let command = run_command(case.architecture, assumed, order);
    wrapped(&format!("{line}; see"), indent, view) + &command_lines("", &command, indent + 2, view)
}

fn tell(title: &str, case: &RemedyCase, assumed: &[(&str, &str)], view: View) -> String {
    let shortest = match &case.shortest {
        Some(shortest) => format!("{} is enough", in_words(shortest)),
        None => "nothing repairs it".to_owned(),
    };
    let hosts = count(case.hosts.clone(), "host", "hosts");
    let remedy = in_words(&case.remedy);
    let line = format!("{title} on {hosts}: {remedy} advised, {shortest}");
    match &case.order {
        Some(order) => see(&line, 7, (case, order), assumed, view),
        None => wrapped(&format!("{line}; {TOO_FAR}"), 7, view),
    }
}
