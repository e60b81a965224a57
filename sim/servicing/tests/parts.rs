//! The parts of a host, and the files that every step treats alike.

use patchstate_catalog::Catalog;
use patchstate_servicing::{Model, Switches};
use patchstate_terms::Architecture;
use std::sync::Arc;

#[test]
fn a_model_has_each_part_of_its_hosts_once() {
    let catalog = Arc::new(Catalog::built_in());
    let model = Model::new(catalog, Architecture::X86, Switches::default()).expect("a model");
    let parts = model.all_parts();
    // Every file is in one slot, and a slot is at least one part.
    let slots: Vec<_> = model.slots().collect();
    assert!(!slots.is_empty() && parts.len() > slots.len());
    let mut files: Vec<_> = slots.into_iter().flatten().copied().collect();
    files.sort_unstable();
    let all: Vec<_> = model.catalog().file_ids().collect();
    assert_eq!(files, all);
    for (number, part) in parts.iter().enumerate() {
        assert!(!parts[..number].contains(part), "{part:?}");
    }
}
