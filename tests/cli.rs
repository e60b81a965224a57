//! The command line as its users meet it.
//!
//! **Owns** what the program prints and exits with: transcripts of every command, kept as
//! snapshots in `snapshots/`, and the promises about flags, exit codes, files and JSON.
//!
//! **Must never know** how a result comes about: it starts the program and reads what it says.
//!
//! **Start reading** at `cli/program.rs`, then `cli/transcripts.rs`.

#[cfg(test)]
#[path = "cli/findings.rs"]
mod findings;
#[cfg(test)]
#[path = "cli/fixtures.rs"]
mod fixtures;
#[cfg(test)]
#[path = "cli/flags.rs"]
mod flags;
#[cfg(test)]
#[path = "cli/folders.rs"]
mod folders;
#[cfg(test)]
#[path = "cli/formats.rs"]
mod formats;
#[cfg(test)]
#[path = "cli/help.rs"]
mod help;
#[cfg(test)]
#[path = "cli/hives.rs"]
mod hives;
#[cfg(test)]
#[path = "cli/json.rs"]
mod json;
#[cfg(test)]
#[path = "cli/links.rs"]
mod links;
#[cfg(test)]
#[path = "cli/mistakes.rs"]
mod mistakes;
#[cfg(test)]
#[path = "cli/output.rs"]
mod output;
#[cfg(test)]
#[path = "cli/oval.rs"]
mod oval;
#[cfg(test)]
#[path = "cli/program.rs"]
mod program;
#[cfg(test)]
#[path = "cli/programs.rs"]
mod programs;
#[cfg(test)]
#[path = "cli/questions.rs"]
mod questions;
#[cfg(test)]
#[path = "cli/rules.rs"]
mod rules;
#[cfg(test)]
#[path = "cli/transcripts.rs"]
mod transcripts;
#[cfg(test)]
#[path = "cli/verdicts.rs"]
mod verdicts;
