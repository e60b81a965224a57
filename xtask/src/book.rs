//! The book of `docs/`, built where mdBook is.

use crate::{checkout, command, failure::Failure, gate::Gate, screen::say};
use std::process::Command;

/// Builds the book; whatever mdBook warns of is a failure.
pub(crate) fn run() -> Result<Gate, Failure> {
    let Some(program) = command::find("mdbook") else {
        let why = "no mdBook: `cargo install --locked mdbook`".to_owned();
        say(&format!("skipped: {why}"));
        return Ok(Gate { passed: true, left_out: vec![why] });
    };
    let mut command = Command::new(program);
    command.args(["build", "docs"]).current_dir(checkout::root());
    let output = command::output(&mut command, &[])?;
    let told = [output.stdout, output.stderr];
    let told = told.map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    say(told.trim_end());
    Ok(Gate::whole(output.status.success() && !complains(&told)))
}

/// Whether a line of mdBook is more than news: the first word that names a level decides.
fn complains(told: &str) -> bool {
    let level = |word: &str| match word.trim_matches(['[', ']']) {
        "WARN" | "ERROR" => Some(true),
        "INFO" | "DEBUG" | "TRACE" => Some(false),
        _ => None,
    };
    told.lines().any(|line| line.split_whitespace().find_map(level).unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_told_from_news() {
        assert!(!complains(" INFO Book building has started\n INFO a WARN in the text\n"));
        assert!(complains(" INFO Book building has started\n WARN something\n"));
        assert!(complains("2026-12-01 03:00:00 [ERROR] (mdbook): it failed\n"));
    }
}
