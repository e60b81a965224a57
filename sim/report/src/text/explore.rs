//! What is in an explorer page.

use super::{
    style::{count, neutral, wrapped},
    view::View,
};
use crate::json::{AtlasRegionObject, ExploreObject};

/// The hosts of each architecture, the claims and the rules that are in a page.
#[must_use]
pub fn explore(object: &ExploreObject, view: View) -> String {
    if view.is_quiet() {
        return String::new();
    }
    let mut lines: Vec<String> = object.arches.iter().map(arch).collect();
    lines.push(format!(
        "{} checked, {} of another scope",
        count(object.claims.len(), "claim", "claims"),
        object.claims_not_checked.len()
    ));
    lines.extend(object.rules.iter().map(|rule| {
        let mutants = rule.mutants.as_ref().map(|all| count(all.len(), "mutant", "mutants"));
        let mutants = mutants.map(|mutants| format!(", {mutants}")).unwrap_or_default();
        format!("{}: wrong on {} hosts{mutants}", rule.id, rule.checked.wrong)
    }));
    lines.iter().map(|line| wrapped(&neutral(line), 0, view)).collect()
}

fn arch(arch: &AtlasRegionObject) -> String {
    let depth = arch.hosts.distance.iter().max().copied().unwrap_or_default();
    format!(
        "{}  {}, {} of each, none more than {depth} steps from a bare system",
        arch.arch,
        count(arch.hosts.from.len(), "host", "hosts"),
        count(arch.steps.len(), "step", "steps")
    )
}
