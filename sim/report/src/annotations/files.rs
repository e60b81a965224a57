//! Annotations of scenarios, and of mistakes in files.

use super::{Annotations, Weight};
use crate::{
    failures::{NO_FILE, NO_SCENARIO, NotRun, failure_text},
    places::Places,
};
use patchstate_source::{Diagnostic, Severity};
use patchstate_study::{ScenarioFile, ScenarioResult};

/// One annotation for each mistake in the files that were checked, at its place; empty where there
/// is none.
#[must_use]
pub fn github_diagnostics(
    file_count: usize,
    diagnostics: &[Diagnostic],
    places: &Places,
) -> String {
    let mut all = Annotations::default();
    if file_count == 0 && diagnostics.is_empty() {
        all.add(Weight::Warning, None, "patchstate: nothing ran", NO_FILE);
    }
    all.add_diagnostics(diagnostics, places);
    all.into_text()
}

/// One annotation for everything that kept a command from being carried out, mistakes in files at
/// their place.
#[must_use]
pub fn github_not_run(not_run: NotRun<'_>, places: &Places) -> String {
    let mut all = Annotations::default();
    all.add_diagnostics(not_run.mistakes, places);
    for problem in not_run.problems {
        let title = format!("patchstate: {}", NotRun::SENTENCE);
        all.add(Weight::Error, None, &title, problem);
    }
    all.into_text()
}

impl Annotations {
    fn add_diagnostics(&mut self, diagnostics: &[Diagnostic], places: &Places) {
        for found in diagnostics {
            let weight = match found.severity {
                Severity::Error => Weight::Error,
                Severity::Warning => Weight::Warning,
            };
            let lines: Vec<&str> =
                [found.message.as_str()].into_iter().chain(found.help.as_deref()).collect();
            let place = places.of_text(&found.source, found.span.start);
            self.add(weight, Some(place), found.code, &lines.join("\n"));
        }
    }
}

/// One annotation for each expectation that does not hold, at its place; empty where all hold.
#[must_use]
pub fn github_scenarios(files: &[(&ScenarioFile, &[ScenarioResult])], places: &Places) -> String {
    let mut all = Annotations::default();
    if files.iter().all(|(_, results)| results.is_empty()) {
        all.add(Weight::Warning, None, "patchstate: nothing ran", NO_SCENARIO);
    }
    for (file, results) in files {
        for (scenario, result) in file.scenarios.iter().zip(*results) {
            for failure in &result.failures {
                let place = places.of_text(&file.source, failure.span.start);
                let message = failure_text(scenario, result, failure);
                all.add(Weight::Error, Some(place), &result.name, &message);
            }
        }
    }
    all.into_text()
}
