//! How large a catalog can be: what a model cannot hold, it refuses by name.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::{Catalog, Component};
use patchstate_servicing::{Model, ModelError, Switches};
use patchstate_terms::Architecture;
use std::sync::Arc;

fn model(catalog: Catalog) -> Result<Model, ModelError> {
    Model::new(Arc::new(catalog), Architecture::X86, Switches::default())
}

fn built_in() -> Catalog {
    Catalog::built_in()
}

#[test]
fn a_model_has_up_to_64_components() {
    let with = |count: usize| {
        let mut catalog = built_in();
        let last = catalog.components.last().expect("a component").clone();
        for number in catalog.components.len()..count {
            let (id, files) = (format!("more_{number}"), Vec::new());
            catalog.components.push(Component { id, files, ..last.clone() });
        }
        model(catalog)
    };
    assert!(with(64).is_ok());
    let refused = with(65).expect_err("too many");
    assert!(matches!(refused, ModelError::TooManyComponents { count: 65, .. }), "{refused}");
}

/// The built-in catalog, with so many more hotfixes that each bring other copies of the files of
/// KB973917.
fn with_hotfixes(count: u16) -> Catalog {
    let mut catalog = built_in();
    let update = catalog.updates.iter().find(|update| update.id == "KB973917");
    let update = update.expect("an update").clone();
    let release = update.releases.first().expect("a release").clone();
    for number in 0..count {
        let mut release = release.clone();
        for file in release.files.values_mut().flatten() {
            file.revision = 10_000 + number;
            file.qfe_revision = file.revision;
        }
        let mut update = update.clone();
        update.id = format!("KB9{number:05}");
        update.qfe_only = true;
        update.releases = vec![release];
        catalog.updates.push(update);
    }
    catalog
}

/// A copy takes a byte in a field; two of its values stand for no copy and for a missing file.
#[test]
fn a_file_has_up_to_254_copies() {
    let mut refused = (0..300).filter_map(|count| model(with_hotfixes(count)).err());
    let first = refused.next().expect("a limit");
    assert!(matches!(first, ModelError::TooManyCopies { count: 255, .. }), "{first}");
}

#[test]
fn a_host_has_up_to_256_bits() {
    let checked = |count| {
        let model = model(with_hotfixes(count)).expect("a model");
        (model.host_bits(), model.check_width())
    };
    let mut narrow = 0;
    for count in 0..100 {
        match checked(count) {
            (bits, Ok(())) => {
                assert!(bits <= 256, "{bits}");
                narrow += 1;
            }
            (bits, Err(error)) => {
                assert!(matches!(error, ModelError::TooWide { bits: told } if told == bits));
                assert!(bits > 256 && narrow > 0, "{bits}: {error}");
                return;
            }
        }
    }
    panic!("no host is too wide");
}
