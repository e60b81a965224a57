//! Rules that are programs: whether they can be asked at all.

use crate::{failure::Failure, interrupt};
use patchstate_rules::Rule;
use patchstate_study::{Evaluator, Facts, RuleScope};
use tempfile::TempDir;

/// Asks each program once before a search, about hosts of its scope. Those that cannot be started
/// are bad input.
pub(super) fn try_out(
    facts: &Facts,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>],
) -> Result<(), Failure> {
    // It goes with this value, whatever happens.
    let Some(folder) = folder_for(rules)? else { return Ok(()) };
    Evaluator::new(rules, Some(TempDir::path(&folder)))?.try_out(facts, scope)?;
    started(rules)
}

/// Whether every program that was asked could be started.
pub(super) fn started(rules: &[Box<dyn Rule>]) -> Result<(), Failure> {
    let obstacles: Vec<_> = rules.iter().filter_map(|rule| rule.obstacle()).collect();
    if obstacles.is_empty() { Ok(()) } else { Err(Failure::Mistakes(obstacles)) }
}

/// A folder for the files of hosts, where a rule wants them on disk.
pub(super) fn folder_for(rules: &[Box<dyn Rule>]) -> Result<Option<TempDir>, Failure> {
    if !rules.iter().any(|rule| rule.reads().needs_folder()) {
        return Ok(None);
    }
    let folder = TempDir::with_prefix("patchstate-")
        .map_err(|error| Failure::path(std::env::temp_dir(), error))?;
    interrupt::remove(folder.path());
    Ok(Some(folder))
}
