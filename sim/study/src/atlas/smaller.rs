//! Scopes that are small enough, for somebody who asked for one that is not.

use crate::{Facts, Reached, RuleScope, Slicing, StudyError};
use patchstate_explore::Bounds;
use patchstate_servicing::ActionNames;
use patchstate_terms::Architecture;

/// Most scopes that are tried, and that are offered.
const TRIED_MAX: usize = 8;
const OFFERED_MAX: usize = 3;

/// That a scope has more hosts than a limit on an architecture, with parts of it that have not.
///
/// # Errors
/// When a name is not in the catalog.
pub(super) fn too_many(
    facts: &Facts,
    scope: &RuleScope,
    architecture: Architecture,
    limit: usize,
) -> Result<StudyError, StudyError> {
    let bounds = Bounds { state_count_max: Some(limit), ..Bounds::default() };
    let mut smaller = Vec::new();
    for names in candidates(facts, scope, architecture)?.into_iter().take(TRIED_MAX) {
        let named = (scope.switches, &names);
        let reached = Reached::new(facts, architecture, named, &bounds, &|_| {})?;
        if reached.is_complete() {
            smaller.push((names, reached.host_count()));
        }
        if smaller.len() == OFFERED_MAX {
            break;
        }
    }
    Ok(StudyError::TooManyHosts { architecture, limit, smaller })
}

/// Parts of a scope that may be small enough: without forced branches, one slice, one update.
fn candidates(
    facts: &Facts,
    scope: &RuleScope,
    architecture: Architecture,
) -> Result<Vec<ActionNames>, StudyError> {
    let names = ActionNames { branches: false, ..scope.names.clone() };
    let slicing = Slicing::new(&facts.catalog, architecture, scope.switches, &names)?;
    let mut found = vec![names];
    for slice in slicing.slices.iter().filter(|slice| !slice.updates.is_empty()) {
        found.push(slice.clone());
        let one = |update: &String| ActionNames { updates: vec![update.clone()], ..slice.clone() };
        found.extend(slice.updates.iter().map(one));
    }
    let mut unlike: Vec<ActionNames> = Vec::new();
    for names in found {
        if names != scope.names && !unlike.contains(&names) {
            unlike.push(names);
        }
    }
    Ok(unlike)
}
