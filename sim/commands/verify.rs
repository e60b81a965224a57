//! `patchstate verify`.

use super::{catalog, switches};
use crate::{
    args::{Format, Options, Verify},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_catalog::{Catalog, ComponentId};
use patchstate_explore::Bounds;
use patchstate_harness::{
    ArchitectureResult, CORE_RULE, Claim, ClaimScope, Counterexample, Courtroom, RemedyReport,
    RuleResult, UncheckedClaim, Verification, VerifyOptions, check_claims, read_built_in_claims,
    read_own_claims, select_claims, verify,
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
    let verify_options = VerifyOptions {
        architectures: architectures(&catalog, command),
        switches: switches(options, &catalog)?,
        names: scope(&catalog, command),
        sliced: if is_whole { !command.no_slices } else { command.slices },
        bounds: Bounds { state_count_max: command.max_states, depth_max: command.max_depth },
        boundaries: options.verbose > 0 || options.format() == Format::Json,
        remedies: true,
        counterexample_count_max: command.max_counterexamples,
    };
    let (claims, unchecked) = claims(&catalog, &command.claims)?;
    let line = ProgressLine::new(options);
    // It goes with this value, whatever happens.
    let folder = folder_for(&rules)?;
    let room = Courtroom::new(&rules, folder.as_ref().map(TempDir::path))?;
    let verification = verify(&catalog, &verify_options, &room, &|progress| line.show(progress));
    let mut verification = verification.inspect_err(|_| line.finish())?;
    let scope = ClaimScope {
        names: (!is_whole).then_some(&verify_options.names),
        architectures: &verify_options.architectures,
        is_bounded: !verification.complete,
    };
    let (claims, uncovered) = select_claims(claims, &scope);
    verification.unchecked_claims.extend(unchecked.into_iter().chain(uncovered));
    let tell = |progress| line.show_claims(progress);
    let results = check_claims(&catalog, verify_options.switches, &claims, &tell);
    line.finish();
    verification.claims = results?;
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

/// The built-in claims and those in these files and folders, and the built-in ones that the catalog
/// lacks the words for.
fn claims(
    catalog: &Catalog,
    paths: &[PathBuf],
) -> Result<(Vec<Claim>, Vec<UncheckedClaim>), Failure> {
    let mut files = Vec::new();
    for path in paths {
        let tables = super::read::files(path, "toml")?;
        if tables.is_empty() {
            return Err(Failure::path(
                path,
                "there are no claims: expected files that end in .toml",
            ));
        }
        for table in tables {
            files.push(super::read::text(&table)?);
        }
    }
    let (mut claims, unchecked) = read_built_in_claims(catalog);
    let (own, mistakes) = read_own_claims(&files, catalog);
    if !mistakes.is_empty() {
        return Err(Failure::Mistakes(mistakes));
    }
    claims.extend(own);
    Ok((claims, unchecked))
}

/// A folder for the files of hosts, where a rule wants them on disk.
fn folder_for(rules: &[Box<dyn Rule>]) -> Result<Option<TempDir>, Failure> {
    if rules.iter().all(|rule| *rule.reads() != Reads::Folder) {
        return Ok(None);
    }
    let folder = TempDir::with_prefix("patchstate-");
    folder.map(Some).map_err(|error| Failure::path(std::env::temp_dir(), error))
}

/// Where a rule stands, or the clause of it that decided.
fn locate(rule: &RuleResult, counterexample: Option<&Counterexample>) -> Option<RuleLocation> {
    let source = rule.source.as_ref().filter(|source| !source.name.starts_with('<'))?;
    let clause = counterexample.and_then(|shown| rule.clauses.get(shown.clause?));
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
    let fails = |found: &RemedyReport| found.checked > found.working + found.beyond_repair;
    result.remedies.as_ref().is_some_and(fails)
}

fn code(verification: &Verification) -> Code {
    let wrong = verification.rules.iter().any(|rule| rule.wrong > 0)
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
