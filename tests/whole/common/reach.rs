//! Every host of a scope.

use patchstate_explore::Bounds;
use patchstate_servicing::Switches;
use patchstate_study::{Facts, Reached};
use patchstate_terms::{Architecture, Step};
use patchstate_test_model::scope::{CATALOG, names};

/// Every host of a scope under the default assumptions.
pub(crate) fn reach(architecture: Architecture, scope: [&[&str]; 2]) -> Reached {
    reach_under(architecture, scope, Switches::default())
}

/// Every host of a scope under these assumptions.
pub(crate) fn reach_under(
    architecture: Architecture,
    scope: [&[&str]; 2],
    switches: Switches,
) -> Reached {
    let names = names(scope);
    let scope = (switches, &names);
    let reached =
        Reached::new(&Facts::of(&CATALOG), architecture, scope, &Bounds::default(), &|_| {});
    let reached = reached.expect("only names of the catalog");
    assert!(reached.is_complete());
    reached
}

/// Steps in the words of the command line.
pub(crate) fn words(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
