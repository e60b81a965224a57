//! `patchstate test`.

use super::{
    kind::{self, Kind},
    model::{facts_for_core, switches},
    places::places,
    programs::folder_for,
    read,
    scenario_rules::ScenarioRules,
};
use crate::{
    args::{Options, ReportFormat, Test},
    failure::{Code, Failure},
    output,
};
use patchstate_catalog::Catalog;
use patchstate_report::{
    github_scenarios, json, junit, sarif_scenarios,
    text::{self, last_line},
};
use patchstate_servicing::{Model, Switches};
use patchstate_source::{Diagnostic, Severity};
use patchstate_study::{
    Evaluator, Facts, NamedRules, Scenario, ScenarioFile, ScenarioResult, SharedFiles, Simulation,
    StudyError, check_scenarios_with, parse_scenarios, run_scenario_with, updated_text,
};
use patchstate_terms::Architecture;
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    process,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// What a path may name.
const EXPECTED: &str = "expected a scenario file, which is Markdown with a heading, a block \
                        `steps` and a block `expect`, or a folder with such files";

pub(super) fn run(options: &Options, command: &Test) -> Result<Code, Failure> {
    let facts = facts_for_core(options)?;
    let catalog = &facts.catalog;
    let mut rules = ScenarioRules::new(options, &facts, &command.rules)?;
    let paths = read::paths_or(&command.paths, "corpus/scenarios");
    let (files, named): (Vec<_>, Vec<_>) =
        scenario_files(options, &paths, catalog, &mut rules)?.into_iter().unzip();
    let grounds = Grounds::new(&facts, options, &files)?;
    // It goes with this value, whatever happens.
    let folder = folder_for(&rules.rules)?;
    let evaluator = Evaluator::new(&rules.rules, folder.as_ref().map(TempDir::path))?;
    let ran = evaluator.until_settled(|| {
        let files = files.iter().zip(&named);
        let run = |(file, places)| {
            run_file(&grounds, file, &NamedRules { evaluator: &evaluator, places })
        };
        files.map(run).collect::<Result<Vec<_>, _>>()
    })?;
    let (results, times): (Vec<_>, Vec<_>) = ran.into_iter().unzip();
    super::programs::started(&rules.rules)?;
    if command.update {
        update(options, &grounds, &files, &results)?;
    }
    let pairs: Vec<(&ScenarioFile, &[ScenarioResult])> =
        files.iter().zip(results.iter().map(Vec::as_slice)).collect();
    let failed = results.iter().flatten().any(|result| !result.failures.is_empty());
    let code = match results.iter().map(Vec::len).sum() {
        0_usize => Code::NothingRan,
        _ if failed => Code::Findings,
        _ => Code::Clean,
    };
    let (view, last) = (output::view(options), last_line::test(&pairs, code.outcome()));
    let result = match command.format.chosen() {
        ReportFormat::Json => json::write(&json::TestObject::new(&pairs))?,
        ReportFormat::Junit => junit(&pairs, &times)?,
        ReportFormat::Sarif => sarif_scenarios(&pairs, env!("CARGO_PKG_VERSION"), &places())?,
        ReportFormat::Github => github_scenarios(&pairs, &places()),
        ReportFormat::Text => last.below(&text::test(&pairs, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// What scenarios run on: a simulation for each architecture, with each set of assumptions, that
/// one of them needs.
struct Grounds<'a> {
    facts: &'a Facts,
    /// Assumptions that were asked for; those of a scenario go before them.
    settings: Vec<&'a str>,
    made: Vec<((Architecture, Switches), Simulation)>,
}

impl<'a> Grounds<'a> {
    fn new(
        facts: &'a Facts,
        options: &'a Options,
        files: &[ScenarioFile],
    ) -> Result<Self, Failure> {
        switches(options, &facts.catalog)?;
        let settings = options.assume.iter().map(String::as_str).collect();
        let (shared, mut all) =
            (SharedFiles::new(facts), Self { facts, settings, made: Vec::new() });
        for scenario in files.iter().flat_map(|file| &file.scenarios) {
            let (architecture, switches) = all.wanted(scenario)?;
            if all.made.iter().all(|(known, _)| *known != (architecture, switches)) {
                let model = Model::new(Arc::clone(&facts.catalog), architecture, switches);
                let simulation =
                    Simulation::of(model.map_err(StudyError::from)?, Arc::clone(&shared));
                all.made.push(((architecture, switches), simulation));
            }
        }
        Ok(all)
    }

    fn wanted(&self, scenario: &Scenario) -> Result<(Architecture, Switches), Failure> {
        let expectation = &scenario.expectation;
        let architecture = expectation.arch.as_ref().map_or(Architecture::X86, |arch| arch.value);
        let settings = self.settings.iter().copied().chain(expectation.assumptions());
        Ok((architecture, Switches::from_settings(&self.facts.catalog, settings)?))
    }

    fn of(&self, scenario: &Scenario) -> Result<&Simulation, Failure> {
        let wanted = self.wanted(scenario)?;
        let found = self.made.iter().find(|(known, _)| *known == wanted);
        let missing = || Failure::Usage(format!("the catalog says nothing about {}", wanted.0));
        found.map(|(_, simulation)| simulation).ok_or_else(missing)
    }
}

/// A scenario file, and the places of the rules that it names.
type FileAndRules = (ScenarioFile, BTreeMap<String, usize>);

/// Every scenario file below the paths; any mistake in any of them ends the run before it began.
fn scenario_files(
    options: &Options,
    paths: &[PathBuf],
    catalog: &Arc<Catalog>,
    rules: &mut ScenarioRules,
) -> Result<Vec<FileAndRules>, Failure> {
    let (found, mut failures) = kind::find(paths, &[Kind::Scenarios], EXPECTED);
    found.tell(options);
    let (files, mut diagnostics) = read_scenarios(found.of(&[Kind::Scenarios]), catalog, rules)?;
    diagnostics.extend(std::mem::take(&mut rules.diagnostics));
    let (mistakes, warnings): (Vec<_>, Vec<_>) =
        diagnostics.into_iter().partition(|found| found.severity == Severity::Error);
    output::diagnostics(options, &warnings);
    if !mistakes.is_empty() {
        failures.push(Failure::Mistakes(mistakes));
    }
    Failure::all(failures)?;
    Ok(files)
}

/// Scenario files with every mistake in them.
pub(super) fn read_scenarios<'a>(
    files: impl IntoIterator<Item = &'a PathBuf>,
    catalog: &Arc<Catalog>,
    rules: &mut ScenarioRules,
) -> Result<(Vec<FileAndRules>, Vec<Diagnostic>), Failure> {
    let (mut read, mut diagnostics) = (Vec::new(), Vec::new());
    for path in files {
        let (file, mut mistakes) = parse_scenarios(&read::text(path)?);
        let places = rules.places(&file)?;
        let names = rules.names(&file, &places);
        mistakes.extend(check_scenarios_with(&file, catalog, &names));
        mistakes.sort_by_key(|mistake| mistake.span.start);
        read.push((file, places));
        diagnostics.extend(mistakes);
    }
    Ok((read, diagnostics))
}

/// What came of each scenario of a file, and how long it took.
fn run_file(
    grounds: &Grounds<'_>,
    file: &ScenarioFile,
    rules: &NamedRules<'_>,
) -> Result<(Vec<ScenarioResult>, Vec<Duration>), Failure> {
    let (mut results, mut times) = (Vec::new(), Vec::new());
    for scenario in &file.scenarios {
        let start = Instant::now();
        let simulation = grounds.of(scenario)?;
        results.push(run_scenario_with(simulation, scenario, rules)?);
        times.push(start.elapsed());
    }
    Ok((results, times))
}

fn update(
    options: &Options,
    grounds: &Grounds<'_>,
    files: &[ScenarioFile],
    results: &[Vec<ScenarioResult>],
) -> Result<(), Failure> {
    for (file, results) in files.iter().zip(results) {
        let mut pairs = Vec::new();
        for (scenario, result) in file.scenarios.iter().zip(results) {
            pairs.push((grounds.of(scenario)?, result.clone()));
        }
        let updated = updated_text(file, &pairs);
        if updated != *file.source.text {
            let path = Path::new(file.source.name.as_ref());
            check_clean(path)?;
            output::write_file(path, &updated)?;
            let name = text::neutral_name(&file.source.name);
            output::note(options, &format!("updated {name}: read what changed\n"));
        }
    }
    Ok(())
}

/// Refuses to rewrite a file whose present text could not be had back.
fn check_clean(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let status = process::Command::new("git")
        .current_dir(folder.unwrap_or(Path::new(".")))
        .env("LC_ALL", "C")
        .args(["status", "--porcelain", "--ignored", "--"])
        .arg(path.file_name().unwrap_or_default())
        .output();
    let refused = |problem: String| {
        let asks = "--update asks for a clean work tree, which has the text as it was";
        Err(Failure::path(path, format!("{asks}: {problem}")))
    };
    let output = match status {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return refused("there is no program `git`; install it".to_owned());
        }
        Err(error) => return refused(format!("git cannot be started: {error}")),
    };
    if output.status.success() {
        return match output.stdout.as_slice() {
            [] => Ok(()),
            _ => refused("commit this file first".to_owned()),
        };
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("not a git repository") {
        let way_out = "this file is in none; run `git init`, and commit the file";
        return refused(way_out.to_owned());
    }
    let first = said.lines().next().unwrap_or("nothing").trim_start_matches("fatal: ");
    refused(format!("git says: {first}"))
}
