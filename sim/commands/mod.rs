//! One module a command.

mod baseline;
mod check;
mod files;
mod fixtures;
mod host;
mod init;
mod inventory;
mod kind;
mod mutate;
mod not_run;
mod places;
mod programs;
mod read;
mod repair;
mod rules;
mod scenario_rules;
mod scope;
mod test;
mod verify;

pub(crate) use not_run::tell;
pub(crate) use read::was_read;

use crate::{
    args::{Cli, Command, Options},
    failure::{Code, Failure},
    output,
};
use patchstate_catalog::{Catalog, CatalogError, Update};
use patchstate_rules::KnownNames;
use patchstate_servicing::Switches;
use std::sync::Arc;

/// Carries out a command.
pub(crate) fn run(cli: &Cli) -> Result<Code, Failure> {
    let options = &cli.options;
    if let Some(jobs) = options.jobs {
        rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global()?;
    }
    match &cli.command {
        Command::Verify(command) => verify::run(options, command),
        Command::Test(command) => test::run(options, command),
        Command::Mutate(command) => mutate::run(options, command),
        Command::Diff(command) => mutate::diff(options, command),
        Command::Fixtures(command) => fixtures::run(options, command),
        Command::Init(command) => init::run(options, command),
        Command::Check(command) => check::run(options, command),
        Command::Run(command) => host::run(options, command),
        Command::Repair(command) => repair::run(options, command),
        Command::Build(command) => host::build(options, command),
        Command::Scan(command) => files::scan(options, command),
        Command::Inspect(command) => files::inspect(options, command),
        Command::List(command) => inventory::list(options, command),
        Command::Explain(command) => inventory::explain(options, command),
        Command::Completions(command) => inventory::completions(options, command),
        Command::Man => inventory::man(options),
        Command::Schema(command) => inventory::schema(options, command),
        Command::Help(command) => inventory::help(options, command),
    }
}

/// The catalog that was asked for.
fn catalog(options: &Options) -> Result<Arc<Catalog>, Failure> {
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
fn known_names(catalog: &Catalog) -> KnownNames {
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
fn switches(options: &Options, catalog: &Catalog) -> Result<Switches, Failure> {
    let settings = options.assume.iter().map(String::as_str);
    let wrong = settings
        .clone()
        .filter_map(|setting| Switches::from_settings(catalog, [setting]).err().map(Failure::from));
    Failure::all(wrong.collect())?;
    Ok(Switches::from_settings(catalog, settings)?)
}
