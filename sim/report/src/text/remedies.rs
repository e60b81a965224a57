//! The core's remedies against the shortest repairs.

use super::style::{LINE, bad, count, good, thousands, wrapped};
use patchstate_harness::{RemedyCase, RemedyReport};
use patchstate_terms::Step;
use std::fmt::Write;

/// How the remedies of one architecture did.
pub(super) fn remedies(report: &RemedyReport) -> String {
    let failing = report.checked - report.working;
    let word = if failing == 0 { good("work") } else { bad("do not all work") };
    let mut text = format!(
        "     the core's remedies {word}: tried on {}",
        count(report.checked, "host", "hosts")
    );
    if failing > 0 {
        let _ = write!(text, ", without success on {}", thousands(failing as u64));
    }
    let longer = match report.longer {
        0 => "; none is longer than the shortest repair".to_owned(),
        longer => format!("; {} are longer than need be", thousands(longer as u64)),
    };
    text.push_str(&longer);
    if report.beyond_repair > 0 {
        let _ = write!(
            text,
            "; no step of the scope repairs {}",
            count(report.beyond_repair, "host", "hosts")
        );
    }
    text.push('\n');
    for (title, cases) in [("fails", &report.failing_cases), ("longer", &report.longer_cases)] {
        for case in cases {
            text.push_str(&wrapped(&line(title, case), 7, LINE));
        }
    }
    text
}

fn line(title: &str, case: &RemedyCase) -> String {
    let shortest = case.shortest.as_ref().map_or_else(|| "nothing".to_owned(), |s| words(s));
    format!(
        "{title}: {} - advised: {}; shortest: {shortest}",
        words(&case.order),
        words(&case.remedy)
    )
}

fn words(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
