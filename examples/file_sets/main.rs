//! Writes every different set of files that hosts of the default scope have, for programs that
//! want to look at all of them: `cargo run --example file_sets -- FOLDER`.
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
use std::{error::Error, path::PathBuf, sync::Arc};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("which folder?")?;
    let catalog = Arc::new(Catalog::built_in());
    let names = ActionNames {
        components: catalog.components.iter().map(|component| component.id.clone()).collect(),
        updates: catalog.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    };
    let mut collection = Collection::default();
    for architecture in catalog.architectures.iter().map(|facts| facts.architecture) {
        let switches = Switches::default();
        let files = SharedFiles::new(&Facts::of(&catalog));
        for slice in Slicing::new(&catalog, architecture, switches, &names)?.slices {
            let (scope, bounds) = ((switches, &slice), Bounds::default());
            let reached =
                Reached::sharing(&files, &catalog, architecture, scope, &bounds, &|_| {})?;
            if !reached.is_complete() {
                return Err("a slice was not searched to its end".into());
            }
            collection.add(&reached)?;
        }
    }
    collection.write(&folder)?;
    Ok(())
}
