//! Catalog folders: several files, each of which may be anything.

use super::{check_diagnostics, files_of, source, text_of};
use patchstate_catalog::{built_in_files, read_catalog};
use patchstate_servicing::Switches;
use patchstate_source::Severity;
use patchstate_study::{Facts, Simulation};
use patchstate_terms::Architecture;
use std::sync::Arc;

/// Reads the input as files that replace those of the built-in catalog which have their names, or
/// stand beside them. Where the whole is a catalog, a host is made of it.
pub(crate) fn catalog(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let given = files_of(text, "given.toml");
    // Most inputs are no TOML. These are read alone, so that three times as many are tried; but not
    // all of them.
    let sources: Vec<_> = given.iter().map(|(name, text)| source(name, text)).collect();
    let (_, alone) = read_catalog("catalog", &sources);
    check_diagnostics(&alone);
    let is_toml = alone.iter().all(|found| !found.code.ends_with("syntax"));
    if !is_toml && !bytes.len().is_multiple_of(16) {
        return;
    }
    let replaced = |name: &str| given.iter().any(|(given, _)| *given == name);
    let kept = built_in_files().iter().copied().filter(|(name, _)| !replaced(name));
    let files: Vec<_> =
        kept.chain(given.iter().copied()).map(|(name, text)| source(name, text)).collect();
    let (catalog, diagnostics) = read_catalog("catalog", &files);
    check_diagnostics(&diagnostics);
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    assert_eq!(catalog.is_none(), errors > 0, "a catalog and no error, or the other way round");
    let Some(catalog) = catalog else { return };
    let catalog = Arc::new(catalog);
    for architecture in [Architecture::X86, Architecture::X64] {
        let Ok(simulation) =
            Simulation::new(&Facts::of(&catalog), architecture, Switches::default())
        else {
            continue;
        };
        if let Ok(host) = simulation.follow(&["os:sp2", "+iis"]) {
            let _ = simulation.truth(&host);
        }
    }
}
