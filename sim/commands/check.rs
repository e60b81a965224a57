//! `patchstate check`.

use super::{
    advisories,
    kind::{self, Found, Kind, LeftAlone},
    model::{facts, known_names},
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
use patchstate_detect::Advisories;
use patchstate_report::{
    github_diagnostics, json, junit_diagnostics, sarif_diagnostics, text::last_line,
};
use patchstate_source::{Diagnostic, Severity, SourceFile};
use patchstate_study::{CoreGap, Facts, core_gaps, read_baseline, read_claims};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a path may name.
const EXPECTED: &str = "expected a rule, a scenario file, claims, a baseline, a part of a \
                        catalog or of its advisories, or a folder with such files";

pub(super) fn run(options: &Options, command: &Check) -> Result<Code, Failure> {
    let facts = facts(options)?;
    let paths = read::paths_or(&command.paths, "corpus");
    let (found, mut failures) = kind::find(&paths, &Kind::ALL, EXPECTED);
    let Checked { files, diagnostics, left_alone, failures: unread } = check(&found, &facts);
    failures.extend(unread);
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
    /// Why some files could not be read.
    failures: Vec<Failure>,
}

/// Reads every file that the paths stand for. One that cannot be read hides no mistake in others.
fn check(found: &Found, facts: &Facts) -> Checked {
    let known = known_names(facts);
    let rules = found.files.iter().filter(|(_, kind)| Kind::RULES.contains(kind));
    let (rules, failures) = rules::read_files(rules, known.clone());
    let mut checked = Checked {
        files: rules.files,
        diagnostics: rules.diagnostics,
        left_alone: found.left_alone.clone(),
        failures,
    };
    let mut owners = Owners::default();
    checked.claims(found, facts, &mut owners);
    for path in found.of(&[Kind::Baseline]) {
        checked.files.push(path.display().to_string());
        match read::text(path) {
            Ok(text) => checked.diagnostics.extend(read_baseline(&text).1),
            Err(failure) => checked.failures.push(failure),
        }
    }
    checked.advisories(found);
    checked.catalogs(found);
    let mut named = ScenarioRules::checked_against(known);
    for path in found.of(&[Kind::Scenarios]) {
        let Some(catalog) = owners.catalog(path, facts) else { continue };
        match read_scenarios([path], &catalog, &mut named) {
            Ok((scenarios, mistakes)) => {
                let files = scenarios.iter().map(|(file, _)| file.source.name.to_string());
                checked.files.extend(files);
                checked.diagnostics.extend(mistakes);
            }
            Err(failure) => checked.failures.push(failure),
        }
    }
    // Rules that were named too were read before.
    named.diagnostics.retain(|found| !checked.diagnostics.contains(found));
    checked.diagnostics.extend(named.diagnostics);
    checked
}

/// Catalogs by the folders that hold them; `None` for one with mistakes, which are told where it is
/// checked.
#[derive(Default)]
struct Owners(BTreeMap<PathBuf, Option<Arc<Catalog>>>);

impl Owners {
    /// The catalog that a file is about: the one that stands beside it, else the one that was asked
    /// for. `None` where that beside it has mistakes.
    fn catalog(&mut self, file: &Path, facts: &Facts) -> Option<Arc<Catalog>> {
        let folder = folder_or_here(file.parent().unwrap_or(file));
        let beside = kind::find_in(&folder, &[Kind::Catalog]);
        if !beside.is_ok_and(|beside| !beside.files.is_empty()) {
            return Some(Arc::clone(&facts.catalog));
        }
        let load = || Some(Arc::new(patchstate_catalog::check(&folder).ok()?.catalog?));
        self.0.entry(folder.clone()).or_insert_with(load).clone()
    }
}

impl Checked {
    /// Reads the claims of each folder together, since their ids must differ.
    fn claims(&mut self, found: &Found, facts: &Facts, owners: &mut Owners) {
        for folder in folders(found, Kind::Claims) {
            let Some(catalog) = owners.catalog(&folder.join("claims"), facts) else { continue };
            let claims = match kind::find_in(&folder, &[Kind::Claims]) {
                Ok(claims) => claims,
                Err(failure) => {
                    self.failures.push(failure);
                    continue;
                }
            };
            let mut sources = Vec::new();
            for path in claims.of(&[Kind::Claims]) {
                match read::text(path) {
                    Ok(source) => sources.push(source),
                    Err(failure) => self.failures.push(failure),
                }
            }
            self.files.extend(sources.iter().map(|source| source.name.to_string()));
            self.diagnostics.extend(read_claims(&sources, &catalog).1);
        }
    }

    /// Reads each folder of advisories as a whole.
    fn advisories(&mut self, found: &Found) {
        for folder in folders(found, Kind::Advisories) {
            match advisories::in_folder(&folder) {
                Ok((sources, read)) => {
                    self.files.extend(sources.iter().map(|source| source.name.to_string()));
                    self.diagnostics.extend(read.err().unwrap_or_default());
                }
                Err(failure) => self.failures.push(failure),
            }
        }
    }

    /// Reads each catalog as a whole: one table of it says nothing without the others. Where it
    /// has no mistake, it is compared with what the core knows.
    fn catalogs(&mut self, found: &Found) {
        for folder in folders(found, Kind::Catalog) {
            let whole = match patchstate_catalog::check(&folder) {
                Ok(whole) => whole,
                Err(error) => {
                    self.failures.push(error.into());
                    continue;
                }
            };
            let parts = whole.files.iter().map(|source| source.name.to_string());
            let parts: BTreeSet<String> = parts.collect();
            self.left_alone.retain(|left| !parts.contains(&left.path.display().to_string()));
            self.files.extend(parts);
            self.diagnostics.extend(whole.mistakes);
            let Some(catalog) = whole.catalog else { continue };
            match advisories::of_catalog(&folder) {
                Ok(own) => {
                    let known = own.map_or_else(Advisories::built_in, Arc::new);
                    self.diagnostics.extend(gaps(&folder, &catalog, &known));
                }
                // Mostly they are told already, where the files were read.
                Err(Failure::Mistakes(mistakes)) => {
                    let is_new = |found: &Diagnostic| !self.diagnostics.contains(found);
                    let new: Vec<Diagnostic> = mistakes.into_iter().filter(is_new).collect();
                    self.diagnostics.extend(new);
                }
                Err(failure) => self.failures.push(failure),
            }
        }
    }
}

/// What the core does not know of a catalog. No line of the catalog is to blame.
fn gaps(folder: &Path, catalog: &Catalog, known: &Advisories) -> Vec<Diagnostic> {
    let source = SourceFile::new(&folder.display().to_string(), "");
    let diagnostic = |gap: CoreGap| Diagnostic {
        severity: Severity::Warning,
        code: gap.code.name,
        message: gap.message,
        source: source.clone(),
        span: 0..0,
        label: "in this catalog".to_owned(),
        help: Some(format!("{}/{}", advisories::FOLDER, gap.needs)),
    };
    core_gaps(catalog, known).into_iter().map(diagnostic).collect()
}

/// The folders that hold files of a kind. Naming one of them means its folder.
fn folders(found: &Found, kind: Kind) -> BTreeSet<PathBuf> {
    let files = found.files.iter().filter(|(_, of)| *of == kind);
    files.filter_map(|(path, _)| path.parent().map(folder_or_here)).collect()
}

fn folder_or_here(folder: &Path) -> PathBuf {
    if folder == Path::new("") { PathBuf::from(".") } else { folder.to_owned() }
}
