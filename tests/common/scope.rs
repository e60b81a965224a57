//! The scopes that several tests look at, and every host of them.

use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_harness::Reached;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_terms::{Architecture, Step};
use std::sync::{Arc, LazyLock};

/// The built-in catalog.
pub(crate) static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::built_in()));

/// Components and updates of the scope that `verify` has when nothing is named.
pub(crate) const DEFAULT: [&[&str]; 2] = [&["iis"], &["KB973917"]];

/// What steps may name: components and groups, then updates.
pub(crate) fn names([components, updates]: [&[&str]; 2]) -> ActionNames {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ActionNames { components: owned(components), updates: owned(updates), branches: false }
}

/// Every host of a scope under the default assumptions.
pub(crate) fn reach(architecture: Architecture, scope: [&[&str]; 2]) -> Reached {
    let names = names(scope);
    let scope = (Switches::default(), &names);
    let reached = Reached::new(&CATALOG, architecture, scope, &Bounds::default(), &|_| {});
    let reached = reached.expect("only names of the catalog");
    assert!(reached.is_complete());
    reached
}

/// Steps in the words of the command line.
pub(crate) fn words(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
