//! `patchstate check`.

use super::{
    catalog,
    kind::{self, Found, Kind, LeftAlone},
    known_names,
    places::places,
    read, rules,
    scenario_rules::ScenarioRules,
    test::read_scenarios,
};
use crate::{
    args::{Check, Options, ReportFormat},
    failure::{Code, Failure},
    output,
};
use patchstate_catalog::Catalog;
use patchstate_harness::{read_baseline, read_claims};
use patchstate_report::{
    github_diagnostics, json, junit_diagnostics, sarif_diagnostics, text::last_line,
};
use patchstate_terms::{Diagnostic, Severity};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a path may name.
const EXPECTED: &str = "expected a rule, a scenario file, claims, a baseline, a part of a catalog, \
                        or a folder with such files";

pub(super) fn run(options: &Options, command: &Check) -> Result<Code, Failure> {
    let catalog = catalog(options)?;
    let paths = read::paths_or(&command.paths, "corpus");
    let (found, mut failures) = kind::find(&paths, &Kind::ALL, EXPECTED);
    let Checked { files, diagnostics, left_alone } = match check(&found, &catalog) {
        Ok(checked) => checked,
        Err(failure) => {
            failures.push(failure);
            Checked::default()
        }
    };
    if !failures.is_empty() && !diagnostics.is_empty() {
        failures.push(Failure::Mistakes(diagnostics.clone()));
    }
    Failure::all(failures)?;
    kind::tell(options, &left_alone);
    let code = match diagnostics.iter().any(|found| found.severity == Severity::Error) {
        true => Code::BadInput,
        false if files.is_empty() => Code::NothingRan,
        false => Code::Clean,
    };
    let last = last_line::check(files.len(), &diagnostics, code.outcome());
    let result = match command.format.chosen() {
        ReportFormat::Json => json::write(&json::CheckObject::new(files, &diagnostics))?,
        ReportFormat::Junit => junit_diagnostics(&files, &diagnostics, &places())?,
        ReportFormat::Sarif => {
            let version = env!("CARGO_PKG_VERSION");
            sarif_diagnostics(files.len(), &diagnostics, version, &places())?
        }
        ReportFormat::Github => github_diagnostics(files.len(), &diagnostics, &places()),
        ReportFormat::Text => {
            output::diagnostics(options, &diagnostics);
            last.text(output::view(options))
        }
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// What was read, and the mistakes in it.
#[derive(Debug, Default)]
struct Checked {
    files: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    left_alone: Vec<LeftAlone>,
}

/// Reads every file that the paths stand for.
fn check(found: &Found, catalog: &Arc<Catalog>) -> Result<Checked, Failure> {
    let known = known_names(catalog);
    let rules = found.files.iter().filter(|(_, kind)| Kind::RULES.contains(kind));
    let rules = rules::read_files(rules, known.clone())?;
    let mut checked = Checked {
        files: rules.files,
        diagnostics: rules.diagnostics,
        left_alone: found.left_alone.clone(),
    };
    checked.claims(found, catalog)?;
    for path in found.of(&[Kind::Baseline]) {
        checked.files.push(path.display().to_string());
        checked.diagnostics.extend(read_baseline(&read::text(path)?).1);
    }
    checked.catalogs(found)?;
    let mut named = ScenarioRules::checked_against(known);
    let scenarios = found.of(&[Kind::Scenarios]);
    let (scenarios, mistakes) = read_scenarios(scenarios, catalog, &mut named)?;
    checked.files.extend(scenarios.iter().map(|(file, _)| file.source.name.to_string()));
    checked.diagnostics.extend(mistakes);
    // Rules that were named too were read before.
    named.diagnostics.retain(|found| !checked.diagnostics.contains(found));
    checked.diagnostics.extend(named.diagnostics);
    Ok(checked)
}

impl Checked {
    /// Reads the claims of each folder together, since their ids must differ.
    fn claims(&mut self, found: &Found, catalog: &Catalog) -> Result<(), Failure> {
        for folder in folders(found, Kind::Claims) {
            let mut sources = Vec::new();
            for path in kind::find_in(&folder, &[Kind::Claims])?.of(&[Kind::Claims]) {
                sources.push(read::text(path)?);
            }
            self.files.extend(sources.iter().map(|source| source.name.to_string()));
            self.diagnostics.extend(read_claims(&sources, catalog).1);
        }
        Ok(())
    }

    /// Reads each catalog as a whole: one table of it says nothing without the others.
    fn catalogs(&mut self, found: &Found) -> Result<(), Failure> {
        for folder in folders(found, Kind::Catalog) {
            let whole = patchstate_catalog::check(&folder)?;
            let parts = whole.files.iter().map(|source| source.name.to_string());
            let parts: BTreeSet<String> = parts.collect();
            self.left_alone.retain(|left| !parts.contains(&left.path.display().to_string()));
            self.files.extend(parts);
            self.diagnostics.extend(whole.mistakes);
        }
        Ok(())
    }
}

/// The folders that hold files of a kind. Naming one of them means its folder.
fn folders(found: &Found, kind: Kind) -> BTreeSet<PathBuf> {
    let files = found.files.iter().filter(|(_, of)| *of == kind);
    files.filter_map(|(path, _)| path.parent().map(folder_or_here)).collect()
}

fn folder_or_here(folder: &Path) -> PathBuf {
    if folder == Path::new("") { PathBuf::from(".") } else { folder.to_owned() }
}
