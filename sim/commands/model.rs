//! The facts and the assumptions that were asked for.

use super::advisories;
use crate::{args::Options, failure::Failure, output};
use patchstate_catalog::{Catalog, CatalogError, Update};
use patchstate_detect::Advisories;
use patchstate_report::text::neutral_name;
use patchstate_rules::KnownNames;
use patchstate_servicing::Switches;
use patchstate_study::{Facts, core_gaps};
use std::{path::Path, sync::Arc};

/// The facts that were asked for.
pub(super) fn facts(options: &Options) -> Result<Facts, Failure> {
    let catalog = match &options.catalog {
        None => Catalog::built_in(),
        Some(folder) => match patchstate_catalog::load(folder) {
            Ok(loaded) => {
                output::diagnostics(options, &loaded.warnings);
                loaded.catalog
            }
            Err(CatalogError::Invalid(mistakes)) => return Err(Failure::Mistakes(mistakes)),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(Facts { catalog: Arc::new(catalog), known: known(options)? })
}

/// The facts that were asked for, where the core is asked too: says that it does not know all of a
/// catalog, since it may be wrong then.
pub(super) fn facts_for_core(options: &Options) -> Result<Facts, Failure> {
    let facts = facts(options)?;
    if let Some(folder) = &options.catalog {
        tell_gaps(options, &facts, folder);
    }
    Ok(facts)
}

fn tell_gaps(options: &Options, facts: &Facts, folder: &Path) {
    let gaps = core_gaps(&facts.catalog, &facts.known).len();
    if gaps > 0 {
        let things = if gaps == 1 { "one thing".to_owned() } else { format!("{gaps} things") };
        let folder = folder.display().to_string();
        let note = format!(
            "note: the detection core differs from this catalog in {things}: `patchstate check {}` \
             tells which\n",
            neutral_name(&folder)
        );
        output::note(options, &note);
    }
}

/// What the detection core knows: what a catalog of one's own says of that, or what is built in.
pub(super) fn known(options: &Options) -> Result<Arc<Advisories>, Failure> {
    let own = options.catalog.as_deref().map(advisories::of_catalog).transpose()?;
    Ok(own.flatten().map_or_else(Advisories::built_in, Arc::new))
}

/// The names that rules are checked against: those that core and catalog have.
pub(super) fn known_names(facts: &Facts) -> KnownNames {
    let latest = |update: &Update| update.releases.iter().map(|release| release.number).max();
    let catalog = &facts.catalog;
    KnownNames {
        core: Arc::clone(&facts.known),
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
