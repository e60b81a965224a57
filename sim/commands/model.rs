//! The catalog and the assumptions that were asked for.

use crate::{args::Options, failure::Failure, output};
use patchstate_catalog::{Catalog, CatalogError, Update};
use patchstate_rules::KnownNames;
use patchstate_servicing::Switches;
use std::sync::Arc;

/// The catalog that was asked for.
pub(super) fn catalog(options: &Options) -> Result<Arc<Catalog>, Failure> {
    let Some(folder) = &options.catalog else {
        return Ok(Arc::new(Catalog::built_in()));
    };
    match patchstate_catalog::load(folder) {
        Ok(loaded) => {
            output::diagnostics(options, &loaded.warnings);
            Ok(Arc::new(loaded.catalog))
        }
        Err(CatalogError::Invalid(mistakes)) => Err(Failure::Mistakes(mistakes)),
        Err(error) => Err(error.into()),
    }
}

/// The names that rules are checked against: those that the catalog has.
pub(super) fn known_names(catalog: &Catalog) -> KnownNames {
    let latest = |update: &Update| update.releases.iter().map(|release| release.number).max();
    KnownNames {
        files: catalog.files.iter().map(|file| file.path.clone()).collect(),
        updates: catalog
            .updates
            .iter()
            .map(|update| (update.id.clone(), latest(update).unwrap_or(1)))
            .collect(),
        builds: catalog.families.iter().map(|family| family.version).collect(),
    }
}

/// The assumptions that were asked for.
pub(super) fn switches(options: &Options, catalog: &Catalog) -> Result<Switches, Failure> {
    let settings = options.assume.iter().map(String::as_str);
    let wrong = settings
        .clone()
        .filter_map(|setting| Switches::from_settings(catalog, [setting]).err().map(Failure::from));
    Failure::all(wrong.collect())?;
    Ok(Switches::from_settings(catalog, settings)?)
}
