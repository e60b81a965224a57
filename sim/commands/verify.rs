//! `patchstate verify`.

use super::{
    baseline::Baselines,
    kind::{self, Kind},
    model::facts_for_core,
    mutate::name_from,
    places::of_verification,
    programs::folder_for,
    scope::rule_scope,
};
use crate::{
    args::{BASELINE_FOLDER, Options, ReportFormat, Verify},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_report::{
    FileLocation, NamedRule, counterexample_file, github_annotations, json, junit_verification,
    sarif,
    text::{self, last_line},
};
use patchstate_rules::Rule;
use patchstate_source::LineColumn;
use patchstate_study::{
    ArchitectureResult, CORE_RULE, CheckedClaims, Claim, ClaimScope, Count, Evaluator, Facts,
    RemedyReport, RuleResult, RuleScope, UncheckedClaim, Verification, VerifyOptions, check_claims,
    declared_claims, read_built_in_claims, read_own_claims, select_claims, verify,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Instant,
};
use tempfile::TempDir;

/// Most hosts of a slice that is searched for steps between statuses alone: a gigabyte or two.
const BOUNDARY_HOSTS_MAX: usize = 50_000_000;

pub(super) fn run(options: &Options, command: &Verify) -> Result<Code, Failure> {
    let start = Instant::now();
    let facts = facts_for_core(options)?;
    let catalog = &facts.catalog;
    let (rules, scope) = Failure::both(
        super::rules::load_with(
            options,
            &facts,
            &command.rules,
            (&command.command, command.reads.as_deref()),
        ),
        rule_scope(options, catalog, &command.scope),
    )?;
    super::mutate::check_new(command.write.as_deref())?;
    let is_whole = command.scope.is_whole();
    let baselines = baselines(options, command, &rules, is_whole)?;
    let RuleScope { architectures, switches, names, sliced, bounds } = scope;
    let are_shown = options.verbose > 0 || command.format.chosen() == ReportFormat::Json;
    let verify_options = VerifyOptions {
        architectures,
        switches,
        names,
        sliced,
        bounds,
        boundaries: are_shown.then_some(BOUNDARY_HOSTS_MAX),
        remedies: true,
        observe: true,
        counterexample_count_max: command.max_counterexamples,
    };
    let Claims { all: claims, unchecked, at: claims_at } =
        claims(options, catalog, &command.claims)?;
    super::programs::try_out(&facts, &verify_options.scope(), &rules)?;
    let line = ProgressLine::new(options);
    // It goes with this value, whatever happens.
    let folder = folder_for(&rules)?;
    let evaluator = Evaluator::new(&rules, folder.as_ref().map(TempDir::path))?;
    let verification = judge(&facts, &verify_options, &evaluator, (&claims, is_whole), &line);
    line.finish();
    let mut verification = verification?;
    verification.unchecked_claims.splice(0..0, unchecked);
    match &baselines {
        Some(known) if command.update_baseline => known.update(options, &mut verification)?,
        Some(known) => known.compare(&mut verification)?,
        None => {}
    }
    if let Some(path) = &command.write {
        write_counterexamples(options, path, &verification, &rules)?;
    }
    let code = code(&verification);
    let (view, last) = (output::view(options), last_line::verify(&verification, code.outcome()));
    let places = of_verification(&verification, claims_at);
    let result = match command.format.chosen() {
        ReportFormat::Json => json::write(&json::VerifyObject::new(&verification))?,
        ReportFormat::Text => last.below(&text::verify(&verification, &places, view), view),
        ReportFormat::Junit => junit_verification(&verification, &places, start.elapsed())?,
        ReportFormat::Sarif => sarif(&verification, env!("CARGO_PKG_VERSION"), &places)?,
        ReportFormat::Github => github_annotations(&verification, &places),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// Verifies a scope, and checks the claims that it covers; the whole catalog covers all.
fn judge(
    facts: &Facts,
    options: &VerifyOptions,
    evaluator: &Evaluator<'_>,
    (claims, is_whole): (&[Claim], bool),
    line: &ProgressLine,
) -> Result<Verification, Failure> {
    let verify = || verify(facts, options, evaluator, &|progress| line.show(progress));
    let check = |is_bounded: bool| {
        let scope = ClaimScope {
            names: (!is_whole).then_some(&options.names),
            architectures: &options.architectures,
            is_bounded,
        };
        let (claims, uncovered) = select_claims(claims.to_vec(), &scope);
        let tell = |progress| line.show_claims(progress);
        (check_claims(&facts.catalog, options.switches, &claims, &tell), uncovered)
    };
    // Without a bound nothing has to be waited for: claims have scopes of their own.
    let (verification, checked) = if options.bounds == Bounds::default() {
        let (verification, checked) = rayon::join(verify, || check(false));
        (verification, Some(checked))
    } else {
        (verify(), None)
    };
    let mut verification = verification?;
    let (checked, uncovered) = checked.unwrap_or_else(|| check(!verification.complete));
    let CheckedClaims { results, open } = checked?;
    verification.unchecked_claims.extend(uncovered);
    verification.unchecked_claims.extend(open);
    verification.claims = results;
    Ok(verification)
}

/// The built-in claims, those that stand in the folder of the catalog, and those in files and
/// folders of the user's.
struct Claims {
    all: Vec<Claim>,
    /// The built-in ones that the catalog lacks the words for.
    unchecked: Vec<UncheckedClaim>,
    /// Where those of files stand.
    at: BTreeMap<String, FileLocation>,
}

fn claims(options: &Options, catalog: &Catalog, paths: &[PathBuf]) -> Result<Claims, Failure> {
    let mut files = Vec::new();
    let mut tables = BTreeSet::new();
    if let Some(folder) = &options.catalog {
        let found = kind::find_in(folder, &[Kind::Claims])?;
        tables.extend(found.files.into_iter().map(|(table, _)| table));
    }
    for path in paths {
        let expected = "expected a file of `[[claim]]` in TOML, or a folder with such files";
        let (found, failures) = kind::find(std::slice::from_ref(path), &[Kind::Claims], expected);
        Failure::all(failures)?;
        if found.files.is_empty() {
            return Err(Failure::path(path, format!("there are no claims in it: {expected}")));
        }
        found.tell(options);
        tables.extend(found.files.into_iter().map(|(table, _)| table));
    }
    for table in &tables {
        files.push(super::read::text(table)?);
    }
    let (mut claims, unchecked) = read_built_in_claims(catalog);
    let (own, mistakes) = read_own_claims(&files, catalog);
    if !mistakes.is_empty() {
        return Err(Failure::Mistakes(mistakes));
    }
    claims.extend(own);
    let at = files.iter().flat_map(|file| {
        declared_claims(file).into_iter().map(|(id, span)| {
            let LineColumn { line, column } = file.place(span.start);
            (id, FileLocation { file: file.name.to_string(), line, column })
        })
    });
    Ok(Claims { all: claims, unchecked, at: at.collect() })
}

/// What is accepted of rules, where that is asked for.
fn baselines(
    options: &Options,
    command: &Verify,
    rules: &[Box<dyn Rule>],
    is_whole: bool,
) -> Result<Option<Baselines>, Failure> {
    let usual = command.update_baseline.then(|| PathBuf::from(BASELINE_FOLDER));
    let Some(folder) = command.baseline.clone().or(usual) else { return Ok(None) };
    let rules = rules.iter().map(|rule| rule.id());
    let ids: Vec<&str> = std::iter::once(CORE_RULE).chain(rules).collect();
    let known = Baselines::read(&folder, &ids, is_whole)?;
    known.tell_of_others(options, &ids);
    Ok(Some(known))
}

/// Writes the counterexamples of all rules as scenarios.
fn write_counterexamples(
    options: &Options,
    path: &Path,
    verification: &Verification,
    rules: &[Box<dyn Rule>],
) -> Result<(), Failure> {
    let named = |rule: &dyn Rule| {
        let (source, id) = (rule.source().name.as_ref(), rule.id());
        // Scenarios find rules in files of TOML; others have to be named beside them.
        let ends = |end: &str| {
            Path::new(source).extension().is_some_and(|found| found.eq_ignore_ascii_case(end))
        };
        let is_found = ends("toml") && Path::new(source).is_file();
        let name = if is_found { name_from(path, source, id) } else { id.to_owned() };
        let flag = if is_found {
            String::new()
        } else if ends("xml") {
            format!("--rule {source}#{id}")
        } else {
            format!("--rule {id}")
        };
        NamedRule { id: id.to_owned(), name, flag, says: rule.says() }
    };
    let named: Vec<NamedRule> = rules.iter().map(|rule| named(rule.as_ref())).collect();
    if let Some(text) = counterexample_file(verification, &named) {
        return output::write_file(path, &text);
    }
    let name = text::neutral_name(&path.display().to_string()).into_owned();
    let why = "no rule has a counterexample with an order";
    output::note(options, &format!("note: {why}, so {name} was not written\n"));
    Ok(())
}

fn code(verification: &Verification) -> Code {
    let remedies = || verification.architectures.iter().flat_map(|result| &result.remedies);
    let wrong = verification.rules.iter().any(RuleResult::is_failing)
        || verification.claims.iter().any(|claim| !claim.as_recorded)
        || remedies().any(RemedyReport::is_failing);
    let is_empty = |result: &ArchitectureResult| {
        result.hosts.as_ref().is_some_and(|hosts| hosts.all == Count::ZERO)
    };
    debug_assert!(verification.rules.iter().any(|rule| rule.rule == CORE_RULE));
    // A rule that looks right, and was not tried over the whole scope, is not proved right.
    let doubtful = verification.rules.iter().any(RuleResult::is_open)
        || remedies().any(RemedyReport::is_open)
        || verification.unchecked_claims.iter().any(|claim| claim.is_open);
    match (wrong, verification.complete && !doubtful) {
        _ if verification.architectures.iter().all(is_empty) => Code::NothingRan,
        (true, _) => Code::Findings,
        (false, false) => Code::Inconclusive,
        (false, true) => Code::Clean,
    }
}
