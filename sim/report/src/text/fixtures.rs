//! Trees of hosts for the tests of other tools.

use super::{
    style::{self, neutral, neutral_name, wrapped},
    view::View,
};
use crate::json::{BoundarySideObject, FixtureObject, FixturesObject, ShowingObject};

/// What was written into a folder, and why.
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
    let shows = fixture.shows.iter().map(showing);
    let sides = fixture.boundaries.iter().map(side);
    let reasons: Vec<String> = shows.chain(sides).collect();
    text.push_str(&wrapped(&neutral(&reasons.join("; ")), 4, view));
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
