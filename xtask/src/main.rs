//! The project's own tasks: `cargo xtask tidy | ci | oracle | corpus | docs | fuzz | ...`.
//!
//! **Owns** what checks the project itself: the shape of the source ([`tidy`]), the gate that a
//! change must pass ([`ci`]), the comparison of what we write and read with programs that others
//! wrote ([`oracle`]), the pages about rules ([`rule_pages`]), the book ([`mod@reference`],
//! [`book`]) and its pictures ([`pictures`]), and the tests of the tests ([`quality`]).
//!
//! **Must never know** the inside of a crate: it reads source text and talks to the `patchstate`
//! command. Of the project's crates it depends on `patchstate-test-support` only, for malformed
//! files to write.
//!
//! **Start reading** at [`tidy::CHECKS`].

mod assumed;
mod bless;
mod book;
mod checkout;
mod ci;
mod command;
mod corpus;
mod deny;
mod determinism;
mod failure;
mod fuzz;
mod gate;
mod made;
mod module_graph;
mod oracle;
mod page;
mod pictures;
mod quality;
mod reading;
mod reference;
mod rule_pages;
mod rust_source;
mod screen;
mod tidy;

use screen::{say, warn};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  tidy                       check the shape of the source: edges, cycles, lengths, words, links,
                             flags
  ci                         everything that a change must pass: formatting, tests, lints,
                             documentation, tidy, determinism, assumptions, rules of the
                             corpus, reference, book, pictures, dependencies, explorer page,
                             fuzzing, oracles
  determinism                the main job on one thread and on two: the same bytes
  assumptions                the main job under assumptions that change which hosts there are
  oracle model|readers|hives|programs|wine|wine32|windows|fixtures|real|all
                             compare with independent programs; what is not installed is named
                             and skipped, with CI=true it is a failure, but for the 32-bit Wine:
                             `wine32` makes itself a Debian with one (root, 3 GB); and for what
                             builds the program for Windows, which `windows` runs under Wine
  corpus [--check]           write the pages and baselines of the corpus's rules, or only check
                             that they are up to date
  docs [--check]             write the reference of the book from what the command says, or only
                             check that it is up to date
  book                       build the book with mdBook, without a warning
  pictures [--check]         draw the pictures of the documents, or only check that they are up
                             to date
  corpus malformed [DIR]     write every malformed PE file (to target/malformed)
  fuzz [TARGET] [--runs N]   run the fuzz targets on seeds made here; needs the nightly toolchain
  page                       build the explorer page: is it the one that is committed, and does it
                             work in a browser? needs node, npm and Chromium; with CI=true it is a
                             failure where one of them is not installed
  deny                       licences, sources and versions of every dependency
  mutants CRATE [--shard K/N]
                             change a crate in one place after the other (or in every Nth of
                             them): do its tests notice? 90 in 100 must be noticed
  coverage [own|all]         lines that the crates' own tests reach, or those of the workspace
  bless                      review snapshots that changed";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["tidy"] => tidy::run(),
        ["ci"] => Ok(ci::run()),
        ["determinism"] => determinism::run(),
        ["assumptions"] => assumed::run(),
        ["oracle", which] => oracle::run(which).map(|gate| gate.passed),
        ["corpus", "malformed", folder @ ..] if folder.len() < 2 => corpus::malformed(folder),
        ["fuzz", words @ ..] => fuzz::run(words).map(|gate| gate.passed),
        ["page"] => page::run().map(|gate| gate.passed),
        ["deny"] => deny::run().map(|gate| gate.passed),
        ["mutants", name] => quality::mutants(name, "0/1"),
        ["mutants", name, "--shard", shard] => quality::mutants(name, shard),
        ["coverage"] => quality::coverage("all"),
        ["coverage", tests] => quality::coverage(tests),
        ["bless"] => bless::run(),
        ["docs"] => reference::run(false),
        ["docs", "--check"] => reference::run(true),
        ["book"] => book::run().map(|gate| gate.passed),
        ["corpus"] => rule_pages::run(false),
        ["corpus", "--check"] => rule_pages::run(true),
        ["pictures"] => pictures::run(false),
        ["pictures", "--check"] => pictures::run(true),
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
