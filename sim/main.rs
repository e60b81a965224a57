//! The binary: parse, call the crates, choose a reporter, exit code.
//!
//! **Owns** the command line, exit codes, progress and the disk paths that a user names. **Must
//! never know** how servicing, images or detection work. **Start reading** here, then at
//! `args.rs` and the command of interest in `commands/`.

mod args;
mod commands;
mod failure;
mod interrupt;
mod output;
mod progress;

use std::process::ExitCode;

fn main() -> ExitCode {
    // A mistake of ours has an exit code of its own, so that no script takes it for a finding.
    std::panic::catch_unwind(carry_out).unwrap_or(ExitCode::from(failure::INTERNAL))
}

fn carry_out() -> ExitCode {
    interrupt::prepare();
    let cli = match args::parse(args::prepare(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => {
            // What clap says repeats words as they are; so it is asked again, with harmless ones.
            let harmless = args::harmless(std::env::args_os());
            let error = args::parse(harmless).err().unwrap_or(error);
            return output::usage(args::color(std::env::args_os()), &error);
        }
    };
    let done = commands::run(&cli);
    interrupt::give_way();
    match done {
        Ok(code) => code.under(&cli.options),
        Err(failure) => commands::tell(&cli, &failure),
    }
}
