//! The scopes that several tests look at.

use patchstate_catalog::Catalog;
use patchstate_servicing::ActionNames;
use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

/// The built-in catalog.
pub static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::built_in()));

/// The catalog of Windows NT 4.0 that stands in the corpus.
pub static NT4: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let loaded = patchstate_catalog::load(Path::new(NT4_FOLDER)).expect("a catalog without errors");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    Arc::new(loaded.catalog)
});

/// Where it stands.
pub const NT4_FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/catalogs/nt4-snmp");

/// Components and updates of the scope that `verify` has when nothing is named.
pub const DEFAULT: [&[&str]; 2] = [&["iis"], &["KB973917"]];

/// What steps may name: components and groups, then updates.
pub fn names([components, updates]: [&[&str]; 2]) -> ActionNames {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ActionNames { components: owned(components), updates: owned(updates), branches: false }
}
