//! `patchstate check`.

use super::{
    catalog, known_names, read, rules, scenario_rules::ScenarioRules, test::read_scenarios,
};
use crate::{
    args::{Check, Format, Options},
    failure::{Code, Failure},
    output,
};
use patchstate_catalog::{Catalog, is_catalog_file};
use patchstate_harness::{is_baseline_file, is_claim_file, read_baseline, read_claims};
use patchstate_report::{json, render_diagnostics, text};
use patchstate_terms::{Diagnostic, Severity, SourceFile};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) fn run(options: &Options, command: &Check) -> Result<Code, Failure> {
    let catalog = catalog(options)?;
    let mut files = Vec::new();
    let mut diagnostics = Vec::new();
    let mut failures = Vec::new();
    for path in &read::paths_or(&command.paths, "corpus") {
        match check(path, &catalog) {
            Ok((read, found)) => {
                files.extend(read);
                diagnostics.extend(found);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if !failures.is_empty() && !diagnostics.is_empty() {
        failures.push(Failure::Mistakes(std::mem::take(&mut diagnostics)));
    }
    Failure::all(failures)?;
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::CheckObject::new(files.clone(), &diagnostics))?,
        Format::Text => {
            if !diagnostics.is_empty() {
                output::note(options, &render_diagnostics(&diagnostics, true));
            }
            text::check(files.len(), &diagnostics)
        }
    };
    output::result(options, &result)?;
    Ok(match diagnostics.iter().any(|found| found.severity == Severity::Error) {
        true => Code::BadInput,
        false if files.is_empty() => Code::NothingRan,
        false => Code::Clean,
    })
}

/// The files that were read below a path, and the mistakes in them.
fn check(path: &Path, catalog: &Arc<Catalog>) -> Result<(Vec<String>, Vec<Diagnostic>), Failure> {
    let mut files = Vec::new();
    let mut diagnostics = Vec::new();
    let known = known_names(catalog);
    let rules = rules::read_below(path, known.clone())?;
    let is_rules_only = !rules.files.is_empty() && path.is_file();
    files.extend(rules.files);
    diagnostics.extend(rules.diagnostics);
    if is_rules_only {
        return Ok((files, diagnostics));
    }
    for folder in table_folders(path)? {
        let tables = tables(&folder)?;
        diagnostics.extend(if let Some(claims) = files_of(&tables, is_claim_file) {
            read_claims(&claims, catalog).1
        } else if let Some(baselines) = files_of(&tables, is_baseline_file) {
            baselines.iter().flat_map(|file| read_baseline(file).1).collect()
        } else if folder != path && files_of(&tables, is_catalog_file).is_none() {
            // Tables of something else, which nobody has named.
            continue;
        } else {
            patchstate_catalog::check(&folder)?
        });
        files.extend(tables.iter().map(|file| file.display().to_string()));
    }
    let is_table = path.extension().is_some_and(|extension| extension == "toml");
    if !is_table {
        let mut named = ScenarioRules::checked_against(known);
        let (scenarios, mistakes) = read_scenarios(&[path.to_owned()], catalog, &mut named)?;
        files.extend(scenarios.iter().map(|(file, _)| file.source.name.to_string()));
        diagnostics.extend(mistakes);
        // Rules below the path were read before.
        named.diagnostics.retain(|found| !diagnostics.contains(found));
        diagnostics.extend(named.diagnostics);
    }
    Ok((files, diagnostics))
}

/// The tables as files of some kind, if any is such; a catalog reads its own and says what it
/// cannot.
fn files_of(tables: &[PathBuf], is_such: fn(&SourceFile) -> bool) -> Option<Vec<SourceFile>> {
    let files: Option<Vec<SourceFile>> = tables.iter().map(|path| read::text(path).ok()).collect();
    files.filter(|files| files.iter().any(is_such))
}

/// Folders that hold tables. One table of a catalog says nothing without the others, so naming
/// it means its folder; so it does for claims, whose ids must differ.
fn table_folders(path: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let tables = tables(path)?;
    let tables = tables.iter().filter(|file| file.extension().is_some_and(|e| e == "toml"));
    Ok(tables.filter_map(|file| file.parent().map(folder_or_here)).collect())
}

/// The tables below a path that hold no rules.
fn tables(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut tables = read::files(path, "toml")?;
    tables.retain(|file| !rules::is_rule(file));
    Ok(tables)
}

fn folder_or_here(folder: &Path) -> PathBuf {
    if folder == Path::new("") { PathBuf::from(".") } else { folder.to_owned() }
}
