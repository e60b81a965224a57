//! Trees of hosts for the tests of other tools.

use super::{
    style::{self, neutral, neutral_name, wrapped},
    view::View,
};
use crate::json::{BoundarySideObject, FixtureObject, FixturesObject, ShowingObject};

/// What was written into a folder, and why; with `verbose` every boundary.
#[must_use]
pub fn fixtures(object: &FixturesObject, view: View) -> String {
    let mut text = String::new();
    if view.is_quiet() {
        return text;
    }
    for fixture in &object.fixtures {
        text.push_str(&tree(fixture, view));
    }
    for (what, names) in
        [("status", &object.statuses_not_shown), ("kind of finding", &object.findings_not_shown)]
    {
        if !names.is_empty() {
            let line = format!("no host of this scope has the {what} {}", style::or(names));
            text.push_str(&wrapped(&line, 0, view));
        }
    }
    text
}

fn tree(fixture: &FixtureObject, view: View) -> String {
    let mut text = format!("{}\n", neutral_name(&fixture.folder));
    text.push_str(&wrapped(&neutral(&fixture.steps.join(" ")), 4, view));
    let shows: Vec<String> = fixture.shows.iter().map(showing).collect();
    let mut reasons = format!("shows {}", shows.join(", "));
    // The boundaries of the truth are mostly those of the rules as well.
    let mut others: Vec<&str> = fixture.boundaries.iter().map(|side| side.other.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        reasons.push_str(&format!("; one step from {}", style::and(&others)));
    }
    text.push_str(&wrapped(&neutral(&reasons), 4, view));
    if view.is_full() {
        for side in &fixture.boundaries {
            text.push_str(&wrapped(&neutral(&self::side(side)), 6, view));
        }
    }
    text
}

fn showing(showing: &ShowingObject) -> String {
    let name = &showing.name;
    match (&showing.rule, &showing.says) {
        (Some(rule), Some(says)) => format!("{rule} is wrong: it says {says}, truth is {name}"),
        _ => format!("{} {name}", showing.what),
    }
}

fn side(side: &BoundarySideObject) -> String {
    let BoundarySideObject { rule, here, there, other, step, first } = side;
    let of = rule.as_ref().map_or_else(String::new, |rule| format!(" of {rule}"));
    let way = if *first { "leads to" } else { "comes from" };
    format!("boundary{of}, {here} beside {there}: {step} {way} {other}")
}
