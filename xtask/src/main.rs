//! The project's own tasks: `cargo xtask tidy | ci | oracle | mutants | coverage | bless`.
//!
//! **Owns** what checks the project itself: the shape of the source ([`tidy`]), the gate that a
//! change must pass ([`ci`]), and the comparison of what we write and read with programs that
//! others wrote ([`oracle`]), and the tests of the tests ([`quality`]).
//!
//! **Must never know** the inside of a crate: it reads source text and talks to the `patchstate`
//! command, and depends on no other crate of this project.
//!
//! **Start reading** at [`tidy::CHECKS`].

mod bless;
mod checkout;
mod ci;
mod command;
mod determinism;
mod oracle;
mod quality;
mod rust_source;
mod screen;
mod tidy;

use screen::{say, warn};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  tidy                       check the shape of the source: edges, lengths, words, links, flags
  ci                         everything that a change must pass: formatting, tests, lints,
                             documentation, tidy, determinism, oracles
  determinism                the main job on one thread and on two: the same bytes
  oracle model|readers|hives|wine|wine32|real|all
                             compare with independent programs; what is not installed is named
                             and skipped, with CI=true it is a failure;
                             `wine32` makes itself a Debian with a 32-bit Wine (root, 3 GB)
  mutants CRATE [--shard K/N]
                             change a crate in one place after the other (or in every Nth of
                             them): do its tests notice? 90 in 100 must be noticed
  coverage [own|all]         lines that the crates' own tests reach, or those of the workspace
  bless                      review snapshots that changed";

/// What a task that cannot go on says.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["tidy"] => tidy::run(),
        ["ci"] => Ok(ci::run()),
        ["determinism"] => determinism::run(),
        ["oracle", which] => oracle::run(which),
        ["mutants", name] => quality::mutants(name, "0/1"),
        ["mutants", name, "--shard", shard] => quality::mutants(name, shard),
        ["coverage"] => quality::coverage("all"),
        ["coverage", tests] => quality::coverage(tests),
        ["bless"] => bless::run(),
        [] | ["help" | "-h" | "--help"] => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        _ => {
            warn(USAGE);
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            warn(&format!("xtask failed: {failure}"));
            ExitCode::from(70)
        }
    }
}
