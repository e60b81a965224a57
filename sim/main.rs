//! The binary: parse, call the crates, choose a reporter, exit code.
//!
//! **Owns** the command line, exit codes, progress and the disk paths that a user names. **Must
//! never know** how servicing, images or detection work. **Start reading** here, then at
//! `args.rs` and the command of interest in `commands/`.

mod args;
mod commands;
mod failure;
mod output;
mod progress;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = args::prepare(std::env::args_os());
    let cli = match args::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let options = cli.options.clone();
    match std::panic::catch_unwind(|| commands::run(&cli)) {
        Ok(Ok(code)) => code.under(&options),
        Ok(Err(failure)) => output::fail(&options, &failure),
        Err(_) => ExitCode::from(failure::INTERNAL),
    }
}
