//! `patchstate verify`.

use super::{baseline::Baselines, catalog, switches};
use crate::{
    args::{BASELINE_FOLDER, Format, Options, Verify},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_catalog::{Catalog, ComponentId};
use patchstate_explore::Bounds;
use patchstate_harness::{
    ArchitectureResult, CORE_RULE, Counterexample, Courtroom, RuleResult, Verification,
    VerifyOptions, built_in_claims, check_claims, verify,
};
use patchstate_report::{RuleLocation, github_annotations, json, junit_verification, sarif, text};
use patchstate_rules::{Reads, Rule};
use patchstate_servicing::ActionNames;
use patchstate_terms::{Architecture, LineColumn};
use std::{collections::BTreeSet, path::PathBuf};
use tempfile::TempDir;

pub(super) fn run(options: &Options, command: &Verify) -> Result<Code, Failure> {
    let rules = super::rules::load(options, &command.rules, &command.command)?;
    let catalog = catalog(options)?;
    let is_whole = command.components.is_none() && command.updates.is_none();
    let baselines = baselines(command, &rules, is_whole)?;
    let verify_options = VerifyOptions {
        architectures: architectures(&catalog, command),
        switches: switches(options, &catalog)?,
        names: scope(&catalog, command),
        sliced: if is_whole { !command.no_slices } else { command.slices },
        bounds: Bounds { state_count_max: command.max_states, depth_max: command.max_depth },
        boundaries: options.verbose > 0 || options.format() == Format::Json,
        remedies: command.remedies,
        counterexample_count_max: command.max_counterexamples,
    };
    let line = ProgressLine::new(options);
    // It goes with this value, whatever happens.
    let folder = folder_for(&rules)?;
    let room = Courtroom::new(&rules, folder.as_ref().map(TempDir::path))?;
    let verification = verify(&catalog, &verify_options, &room, &|progress| line.show(progress));
    line.finish();
    let mut verification = verification?;
    if is_whole {
        // Claims have scopes of their own; a run that names one is about that one.
        let claims = built_in_claims(&catalog);
        verification.claims = check_claims(&catalog, verify_options.switches, &claims, &|_| {})?;
    }
    match &baselines {
        Some(baselines) if command.update_baseline => {
            baselines.update(options, &mut verification)?;
        }
        Some(baselines) => baselines.compare(&mut verification)?,
        None => {}
    }
    let result = match options.format() {
        Format::Json => json::write(&json::VerifyObject::new(&verification))?,
        Format::Text => text::verify(&verification),
        Format::Junit => junit_verification(&verification, &locate)?,
        Format::Sarif => sarif(&verification, env!("CARGO_PKG_VERSION"), &locate)?,
        Format::Github => github_annotations(&verification, &locate),
    };
    output::result(options, &result)?;
    Ok(code(&verification))
}

/// What is accepted of rules, where that is asked for.
fn baselines(
    command: &Verify,
    rules: &[Box<dyn Rule>],
    is_whole: bool,
) -> Result<Option<Baselines>, Failure> {
    let usual = command.update_baseline.then(|| PathBuf::from(BASELINE_FOLDER));
    let Some(folder) = command.baseline.clone().or(usual) else { return Ok(None) };
    let rules = rules.iter().map(|rule| rule.id());
    let ids: Vec<&str> = std::iter::once(CORE_RULE).chain(rules).collect();
    Baselines::read(&folder, &ids, is_whole).map(Some)
}

/// A folder for the files of hosts, where a rule wants them on disk.
fn folder_for(rules: &[Box<dyn Rule>]) -> Result<Option<TempDir>, Failure> {
    if rules.iter().all(|rule| *rule.reads() != Reads::Folder) {
        return Ok(None);
    }
    let folder = TempDir::with_prefix("patchstate-");
    folder.map(Some).map_err(|error| Failure::path(std::env::temp_dir(), error))
}

/// Where the clause stands that decided, else the first one of the rule.
fn locate(rule: &RuleResult, counterexample: Option<&Counterexample>) -> Option<RuleLocation> {
    let source = rule.source.as_ref().filter(|source| !source.name.starts_with('<'))?;
    let clause = counterexample.and_then(|shown| rule.clauses.get(shown.clause?));
    // Where none decided, that the first one did not is what there is to look at.
    let clause = clause.or(rule.clauses.first());
    let LineColumn { line, column } =
        source.place(clause.map_or(0, |found| found.clause.span.start));
    Some(RuleLocation { file: source.name.to_string(), line, column })
}

/// The architectures that were named, each once, or all that the catalog covers.
fn architectures(catalog: &Catalog, command: &Verify) -> Vec<Architecture> {
    if command.arch.is_empty() {
        return catalog.architectures.iter().map(|facts| facts.architecture).collect();
    }
    let mut named: Vec<Architecture> = command.arch.iter().map(|arch| (*arch).into()).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// What the steps may name: as asked for, or the whole catalog.
fn scope(catalog: &Catalog, command: &Verify) -> ActionNames {
    let lower = |list: &Vec<String>| names(list).map(str::to_lowercase).collect();
    let upper = |list: &Vec<String>| names(list).map(str::to_uppercase).collect();
    let components = command.components.as_ref().map(lower);
    let updates: Option<Vec<String>> = command.updates.as_ref().map(upper);
    let (components, updates) = match (components, updates) {
        (Some(components), updates) => (components, updates.unwrap_or_default()),
        (None, Some(updates)) => (owners(catalog, &updates), updates),
        (None, None) => (
            catalog.components.iter().map(|component| component.id.clone()).collect(),
            catalog.updates.iter().map(|update| update.id.clone()).collect(),
        ),
    };
    ActionNames { components, updates, branches: command.branches }
}

/// The components that own files of some updates, and what they need.
fn owners(catalog: &Catalog, updates: &[String]) -> Vec<String> {
    let mut wanted = BTreeSet::new();
    for update in updates.iter().filter_map(|id| catalog.update_named(id)) {
        let files = catalog.update(update).releases.iter().flat_map(|r| r.files.iter().flatten());
        wanted.extend(files.filter_map(|package| catalog.file(package.file).component));
    }
    let mut waiting: Vec<ComponentId> = wanted.iter().copied().collect();
    while let Some(component) = waiting.pop() {
        let needs = catalog.component(component).needs.iter().copied();
        waiting.extend(needs.filter(|need| wanted.insert(*need)));
    }
    wanted.into_iter().map(|component| catalog.component(component).id.clone()).collect()
}

fn names(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(|name| name.trim()).filter(|name| !name.is_empty())
}

/// Whether a remedy does not work on a host that can be repaired.
fn has_failing_remedy(result: &ArchitectureResult) -> bool {
    result.remedies.as_ref().is_some_and(|remedies| remedies.checked > remedies.working)
}

fn code(verification: &Verification) -> Code {
    let wrong = verification.rules.iter().any(RuleResult::is_failing)
        || verification.claims.iter().any(|claim| !claim.as_recorded)
        || verification.architectures.iter().any(has_failing_remedy);
    let states: usize = verification.architectures.iter().map(|result| result.states).sum();
    debug_assert!(verification.rules.iter().any(|rule| rule.rule == CORE_RULE));
    let doubtful = verification.rules.iter().any(|rule| rule.inconclusive > 0);
    match (wrong, verification.complete && !doubtful) {
        _ if states == 0 => Code::NothingRan,
        (true, _) => Code::Findings,
        (false, false) => Code::Inconclusive,
        (false, true) => Code::Clean,
    }
}
