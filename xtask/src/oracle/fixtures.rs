//! Trees of `patchstate fixtures`, judged by a script with pefile and regipy.
//!
//! The script is the example that shows how another tool's tests use the trees: it judges each from
//! its files, and compares with what `fixtures.json` expects.

use super::{hosts::Folder, outcome::Outcome, tools::Tools};
use crate::{checkout, command, failure::Failure, reading};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

const NAME: &str = "pefile and regipy";
const OF: &str = "trees of `fixtures`";

/// The rule whose boundaries are shown.
const RULE: &str = "iis-fits-os";

/// Has the trees of each architecture judged.
pub(crate) fn compare(tools: &Tools) -> Result<Vec<Outcome>, Failure> {
    let python = match tools.python() {
        Ok(python) => python,
        Err(why) => return Ok(vec![Outcome::skipped(NAME, OF, why)]),
    };
    let patchstate = reading::patchstate()?;
    let name = format!("fixtures-{}", process::id());
    let folder = Folder(checkout::target().join("oracle").join(name));
    fs::create_dir_all(&folder.0)?;
    let mut outcome = Outcome::new(NAME, OF);
    for architecture in ["x86", "x64"] {
        let trees = folder.0.join(architecture);
        write(&patchstate, architecture, &trees)?;
        let mut script = Command::new(python);
        script.arg(checkout::root().join("examples").join("judge_fixtures.py")).arg(&trees);
        let output = command::output(&mut script, &[])?;
        let said = String::from_utf8(output.stdout)?;
        let before = outcome.cases;
        for line in said.lines() {
            add(&mut outcome, line);
        }
        let all = fs::read_dir(&trees)?
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
        if outcome.cases - before != all.count() {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            let what = format!("{architecture}: not every tree was judged: {complaint}");
            outcome.disagreements.push(what);
        }
    }
    Ok(vec![outcome])
}

fn write(patchstate: &Path, architecture: &str, trees: &PathBuf) -> Result<(), Failure> {
    let mut fixtures = Command::new(patchstate);
    fixtures.args(["fixtures", RULE, "--arch", architecture, "--out"]).arg(trees);
    let output = command::output(&mut fixtures, &[])?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("`patchstate fixtures` ends with {}: {complaint}", output.status).into())
}

/// Counts what the script says of one tree: `NAME: expected STATUS, found STATUS`.
fn add(outcome: &mut Outcome, line: &str) {
    let parts = line.split_once(": expected ").and_then(|(name, rest)| {
        let (expected, found) = rest.split_once(", found ")?;
        Some((name, expected, found))
    });
    match parts {
        Some((name, expected, found)) if expected == found => outcome.case(name, &[]),
        Some((name, expected, found)) => {
            outcome.case(name, &[format!("{expected} is expected, the script says {found}")]);
        }
        None => outcome.disagreements.push(format!("the script says: {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_the_script_judges_otherwise_is_a_disagreement() {
        let mut outcome = Outcome::new(NAME, OF);
        add(&mut outcome, "01-x86-drift: expected drift, found drift");
        assert_eq!((outcome.cases, outcome.disagreements.len()), (1, 0));
        add(&mut outcome, "02-x86-drift: expected drift, found consistent");
        assert_eq!((outcome.cases, outcome.disagreements.len()), (2, 1));
        add(&mut outcome, "something else");
        assert_eq!((outcome.cases, outcome.disagreements.len()), (2, 2));
    }
}
