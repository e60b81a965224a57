//! `patchstate catalog`: a catalog of one's own.

use super::{advisories::FOLDER, new_files::write_new};
use crate::{
    args::{CatalogCommand, Export, Options},
    failure::{Code, Failure},
};
use patchstate_detect::Advisories;

pub(super) fn run(options: &Options, command: &CatalogCommand) -> Result<Code, Failure> {
    match command {
        CatalogCommand::Export(command) => export(options, command),
    }
}

/// Writes the built-in catalog, and what the core knows, as files to begin with.
fn export(options: &Options, command: &Export) -> Result<Code, Failure> {
    let unused =
        [("--catalog", options.catalog.is_some()), ("--assume", !options.assume.is_empty())];
    if let Some((flag, _)) = unused.iter().find(|(_, is_given)| *is_given) {
        let problem = format!("{flag} has no meaning here: the built-in catalog is written");
        return Err(Failure::Usage(problem));
    }
    let catalog = patchstate_catalog::built_in_files().iter();
    let catalog = catalog.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let advisories = Advisories::BUILT_IN.iter();
    let advisories =
        advisories.map(|(name, text)| (format!("{FOLDER}/{name}"), (*text).to_owned()));
    let files: Vec<_> = catalog.chain(advisories).collect();
    let next = ["check .", "verify --catalog ."].map(str::to_owned);
    write_new(options, ("catalog", command.format), &command.folder, &files, &next)
}
