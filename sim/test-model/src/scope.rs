//! The scopes that several tests look at.

use patchstate_catalog::Catalog;
use patchstate_servicing::ActionNames;
use std::sync::{Arc, LazyLock};

/// The built-in catalog.
pub static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::built_in()));

/// Components and updates of the scope that `verify` has when nothing is named.
pub const DEFAULT: [&[&str]; 2] = [&["iis"], &["KB973917"]];

/// What steps may name: components and groups, then updates.
pub fn names([components, updates]: [&[&str]; 2]) -> ActionNames {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ActionNames { components: owned(components), updates: owned(updates), branches: false }
}
