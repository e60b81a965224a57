//! Programs that run only where their imports are found in sectors that no section claims.
//!
//! **Owns** which of the malformed shapes Wine runs. That the detection core finds the same imports
//! in the same bytes is held by `corpus/malformed/expectations.toml`, where each program has its
//! entry.
//!
//! **Must never know** how sections are mapped.

use super::wine::Wine;
use crate::{
    checkout,
    failure::Failure,
    oracle::{hosts::Folder, outcome::Outcome},
};
use patchstate_test_support::malformed::{EXIT_CODE, shapes};
use std::{fs, process};

const OF: &str = "programs with names between the ends of sections and sectors";
/// How the names of programs begin.
const PROGRAM: &str = "program";
/// The canary: its names stand behind all sectors that its section has a part of.
const DOES_NOT_RUN: &str = "program-raw-size-before-names";

/// Runs each of them.
pub(crate) fn compare() -> Result<Vec<Outcome>, Failure> {
    let wine = match Wine::here() {
        Ok(wine) => wine,
        Err(why) => return Ok(vec![Outcome::skipped("wine", OF, why)]),
    };
    let folder = checkout::target().join("oracle").join(format!("programs-{}", process::id()));
    let folder = Folder(folder);
    fs::create_dir_all(&folder.0)?;
    let mut outcome = Outcome::new("wine", OF);
    let programs = shapes().into_iter().filter(|shape| shape.name.starts_with(PROGRAM));
    for program in programs {
        let file = format!("{}.exe", program.name);
        let path = folder.0.join(&file);
        fs::write(&path, &program.bytes)?;
        let staged = wine.stage(&[path])?;
        let run = wine.run(&staged, &[&file])?;
        fs::remove_dir_all(staged)?;
        outcome.case(program.name, difference(program.name, run.exit_code).as_slice());
    }
    Ok(vec![outcome])
}

/// What Wine does otherwise than was worked out by hand.
fn difference(name: &str, exit_code: Option<i64>) -> Option<String> {
    let runs = exit_code == Some(i64::from(EXIT_CODE));
    (runs == (name == DOES_NOT_RUN)).then(|| format!("it ends with {exit_code:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_must_end_as_was_worked_out() {
        assert_eq!(difference("program", Some(42)), None);
        assert!(difference("program", Some(53)).is_some());
        assert!(difference("program", None).is_some());
        assert_eq!(difference(DOES_NOT_RUN, Some(53)), None);
        assert!(difference(DOES_NOT_RUN, Some(42)).is_some());
    }

    #[test]
    fn there_are_programs_of_both_kinds() {
        let shapes = shapes();
        let programs = shapes.iter().filter(|shape| shape.name.starts_with(PROGRAM));
        assert!(programs.count() > 3);
        assert!(shapes.iter().any(|shape| shape.name == DOES_NOT_RUN));
    }
}
