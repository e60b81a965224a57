//! One module a command.

mod advisories;
mod baseline;
mod catalog;
mod check;
mod explore;
mod files;
mod fixtures;
mod host;
mod in_order;
mod init;
mod inventory;
mod kind;
mod model;
mod mutate;
mod new_files;
mod not_run;
mod picture;
mod places;
mod programs;
mod read;
mod repair;
mod rules;
mod scan;
mod scenario_rules;
mod scope;
mod test;
mod verify;

pub(crate) use not_run::tell;
pub(crate) use read::was_read;

use crate::{
    args::{Cli, Command},
    failure::{Code, Failure},
};

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
        Command::Explore(command) => explore::run(options, command),
        Command::Init(command) => init::run(options, command),
        Command::Catalog(command) => catalog::run(options, command),
        Command::Check(command) => check::run(options, command),
        Command::Run(command) => host::run(options, command),
        Command::Repair(command) => repair::run(options, command),
        Command::Build(command) => host::build(options, command),
        Command::Scan(command) => scan::run(options, command),
        Command::Inspect(command) => files::inspect(options, command),
        Command::List(command) => inventory::list(options, command),
        Command::Explain(command) => inventory::explain(options, command),
        Command::Completions(command) => inventory::completions(options, command),
        Command::Man => inventory::man(options),
        Command::Schema(command) => inventory::schema(options, command),
        Command::Help(command) => inventory::help(options, command),
    }
}
