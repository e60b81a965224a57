//! Writes every different set of files that hosts of the default scope have, under the defaults and
//! under every other value that rows of the catalog hold under, for programs that want to look at
//! all of them: `cargo run --example file_sets -- FOLDER`.
//!
//! **Owns** the folder that is named, which must not exist: each different image and hive once,
//! below `images` and `hives`, and `sets.json`, which says what each of them should be by the
//! catalog, which images make a set, and what truth and the detection core say about the set's
//! imports.
//!
//! **Must never know** what will look at the files.
//!
//! **Start reading** at [`main`], then `collect.rs`. The scope is searched in slices, as `verify`
//! does it.

mod collect;
mod expected;

use collect::Collection;
use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_study::{Facts, Reached, SharedFiles, Slicing};
use std::{collections::BTreeSet, error::Error, path::PathBuf, sync::Arc};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("which folder?")?;
    let catalog = Arc::new(Catalog::built_in());
    let names = ActionNames {
        components: catalog.components.iter().map(|component| component.id.clone()).collect(),
        updates: catalog.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    };
    let mut collection = Collection::default();
    let architectures = catalog.architectures.iter().map(|facts| facts.architecture);
    for (architecture, settings) in
        architectures.flat_map(|one| settings(&catalog).into_iter().map(move |all| (one, all)))
    {
        let switches = Switches::from_settings(&catalog, settings.iter().map(String::as_str))?;
        let files = SharedFiles::new(&Facts::of(&catalog), switches);
        for slice in Slicing::new(&catalog, architecture, switches, &names)?.slices {
            let (scope, bounds) = ((switches, &slice), Bounds::default());
            let reached =
                Reached::sharing(&files, &catalog, architecture, scope, &bounds, &|_| {})?;
            if !reached.is_complete() {
                return Err("a slice was not searched to its end".into());
            }
            collection.add(&reached, &settings)?;
        }
    }
    collection.write(&folder)?;
    Ok(())
}

/// What is assumed beside the defaults: nothing, then each other value that a row holds under.
fn settings(catalog: &Catalog) -> Vec<Vec<String>> {
    let exports = catalog.files.iter().flat_map(|file| &file.exports).map(|row| &row.extent);
    let imports = catalog.files.iter().flat_map(|file| &file.imports).map(|row| &row.extent);
    let when = exports.chain(imports).filter_map(|extent| extent.when.as_ref());
    let others = when.filter(|when| catalog.assumed_value(&when.assumption) != Some(&when.value));
    let others: BTreeSet<String> = others.map(ToString::to_string).collect();
    [Vec::new()].into_iter().chain(others.into_iter().map(|one| vec![one])).collect()
}
