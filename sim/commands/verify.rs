//! `patchstate verify`.

use super::{baseline::Baselines, catalog, scope::rule_scope};
use crate::{
    args::{BASELINE_FOLDER, Options, ReportFormat, Verify},
    failure::{Code, Failure},
    interrupt, output,
    progress::ProgressLine,
};
use patchstate_catalog::Catalog;
use patchstate_harness::{
    ArchitectureResult, CORE_RULE, Claim, ClaimScope, Counterexample, Courtroom, RemedyReport,
    RuleResult, RuleScope, UncheckedClaim, Verification, VerifyOptions, VerifyProgress,
    check_claims, observe, read_built_in_claims, read_own_claims, select_claims, verify,
};
use patchstate_report::{RuleLocation, github_annotations, json, junit_verification, sarif, text};
use patchstate_rules::{Reads, Rule};
use patchstate_terms::LineColumn;
use std::{path::PathBuf, sync::Arc};
use tempfile::TempDir;

pub(super) fn run(options: &Options, command: &Verify) -> Result<Code, Failure> {
    let catalog = catalog(options)?;
    let (rules, scope) = Failure::both(
        super::rules::load_with(
            options,
            &catalog,
            &command.rules,
            (&command.command, command.reads.as_deref()),
        ),
        rule_scope(options, &catalog, &command.scope),
    )?;
    let is_whole = command.scope.is_whole();
    let baselines = baselines(command, &rules, is_whole)?;
    let RuleScope { architectures, switches, names, sliced, bounds } = scope;
    let verify_options = VerifyOptions {
        architectures,
        switches,
        names,
        sliced,
        bounds,
        boundaries: options.verbose > 0 || command.format.chosen() == ReportFormat::Json,
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
    let scope = verify_options.scope();
    observe_wrong_rules(&catalog, &scope, &rules, &mut verification, &|p| line.show(p))?;
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
    match &baselines {
        Some(baselines) if command.update_baseline => {
            baselines.update(options, &mut verification)?;
        }
        Some(baselines) => baselines.compare(&mut verification)?,
        None => {}
    }
    let result = match command.format.chosen() {
        ReportFormat::Json => json::write(&json::VerifyObject::new(&verification))?,
        ReportFormat::Text => text::verify(&verification),
        ReportFormat::Junit => junit_verification(&verification, &locate)?,
        ReportFormat::Sarif => sarif(&verification, env!("CARGO_PKG_VERSION"), &locate)?,
        ReportFormat::Github => github_annotations(&verification, &locate),
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
pub(super) fn folder_for(rules: &[Box<dyn Rule>]) -> Result<Option<TempDir>, Failure> {
    if !rules.iter().any(|rule| rule.reads().needs_folder()) {
        return Ok(None);
    }
    let folder = TempDir::with_prefix("patchstate-")
        .map_err(|error| Failure::path(std::env::temp_dir(), error))?;
    interrupt::remove_folder(folder.path());
    Ok(Some(folder))
}

/// Where the condition stands that the verdict rests on first of all: the one that should have been
/// otherwise, or that decided; else the first one of the rule.
fn locate(rule: &RuleResult, counterexample: Option<&Counterexample>) -> Option<RuleLocation> {
    let source = rule.source.as_ref().filter(|source| !source.name.starts_with('<'))?;
    let clause = counterexample.and_then(|shown| {
        let ground = shown.grounds.first().map(|ground| ground.clause);
        rule.clauses.get(ground.or(shown.clause)?)
    });
    // Where none decided, that the first one did not is what there is to look at.
    let clause = clause.or(rule.clauses.first());
    let LineColumn { line, column } =
        source.place(clause.map_or(0, |found| found.clause.span.start));
    Some(RuleLocation { file: source.name.to_string(), line, column })
}

/// Looks at what the wrong rules read: is it enough to be right?
fn observe_wrong_rules(
    catalog: &Arc<Catalog>,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>],
    verification: &mut Verification,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<(), Failure> {
    let rules = rules.iter().map(AsRef::as_ref);
    let results = verification.rules.iter_mut().skip(1).zip(rules);
    let is_open = |(result, rule): &(&mut RuleResult, &dyn Rule)| {
        result.wrong > 0 && matches!(rule.reads(), Reads::Fields(_))
    };
    let (mut results, rules): (Vec<_>, Vec<_>) = results.filter(is_open).unzip();
    if rules.is_empty() {
        return Ok(());
    }
    let seen = observe(catalog, scope, &rules, progress)?;
    for (result, observability) in results.iter_mut().zip(seen) {
        result.observability = observability;
    }
    Ok(())
}

/// Whether a remedy does not work on a host that can be repaired.
fn has_failing_remedy(result: &ArchitectureResult) -> bool {
    let fails = |found: &RemedyReport| {
        let together = found.together.as_ref();
        let cases = together.map(|together| together.failing_cases.as_slice()).unwrap_or_default();
        found.checked > found.working + found.beyond_repair
            || cases.iter().any(|case| case.shorter.is_some())
    };
    result.remedies.as_ref().is_some_and(fails)
}

/// Whether the remedy works on every host of each slice, and is not known to where these come
/// together.
fn has_open_remedy(result: &ArchitectureResult) -> bool {
    let is_open = |found: &RemedyReport| {
        let together = found.together.as_ref();
        found.checked == found.working && together.is_some_and(|all| all.working < all.checked)
    };
    result.remedies.as_ref().is_some_and(is_open)
}

fn code(verification: &Verification) -> Code {
    let wrong = verification.rules.iter().any(RuleResult::is_failing)
        || verification.claims.iter().any(|claim| !claim.as_recorded)
        || verification.architectures.iter().any(has_failing_remedy);
    let states: usize = verification.architectures.iter().map(|result| result.states).sum();
    debug_assert!(verification.rules.iter().any(|rule| rule.rule == CORE_RULE));
    // A rule that looks right, and was not tried where slices come together, is not proved right.
    let is_open = |rule: &RuleResult| rule.inconclusive > 0 || rule.is_open();
    let doubtful = verification.rules.iter().any(is_open)
        || verification.architectures.iter().any(has_open_remedy);
    match (wrong, verification.complete && !doubtful) {
        _ if states == 0 => Code::NothingRan,
        (true, _) => Code::Findings,
        (false, false) => Code::Inconclusive,
        (false, true) => Code::Clean,
    }
}
