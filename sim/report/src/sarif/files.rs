//! Scenarios, and mistakes in files, as SARIF logs.

use super::{
    log::{Report, Subject, descriptor},
    model::Level,
};
use crate::{
    ReportError,
    failures::{NO_FILE, NO_SCENARIO, architecture, failure_text},
    places::{FileLocation, Places},
};
use patchstate_harness::{ScenarioFile, ScenarioResult};
use patchstate_terms::{Diagnostic, Severity};

/// Mistakes in the files that were checked as a SARIF log: each code is a rule.
///
/// # Errors
/// When the JSON writer refuses.
pub fn sarif_diagnostics(
    file_count: usize,
    diagnostics: &[Diagnostic],
    version: &str,
    places: &Places,
) -> Result<String, ReportError> {
    let mut report = Report::default();
    if file_count == 0 && diagnostics.is_empty() {
        report.nothing_ran(NO_FILE, &places.elsewhere());
    }
    for found in diagnostics {
        let level = match found.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
        };
        let meaning = format!("`patchstate explain {}` tells what it means.", found.code);
        let about = descriptor(found.code, found.code, &meaning, level);
        let help = found.help.as_deref().map(|help| format!(": {help}")).unwrap_or_default();
        let at = places.of_text(&found.source, found.span.start);
        let subject = Subject {
            rule: (report.rule(about), found.code),
            // Two mistakes of one kind differ in what they say.
            kind: Some(&format!("{}:{}", at.file, found.message)),
            order: None,
            at: &at,
            steps_at: &[],
        };
        report.add(&subject, level, format!("{}{help}", found.message), None);
    }
    report.write(version)
}

/// Expectations that do not hold as a SARIF log: the steps of the scenario are a code flow.
///
/// # Errors
/// When the JSON writer refuses.
pub fn sarif_scenarios(
    files: &[(&ScenarioFile, &[ScenarioResult])],
    version: &str,
    places: &Places,
) -> Result<String, ReportError> {
    const ID: &str = "patchstate/scenario";
    let mut report = Report::default();
    if files.iter().all(|(_, results)| results.is_empty()) {
        report.nothing_ran(NO_SCENARIO, &places.elsewhere());
    }
    let title = "What comes of the steps of a scenario is not what it expects";
    let full = "A scenario is an install order with what is expected of the host that it leads to.";
    for (file, results) in files {
        for (scenario, result) in file.scenarios.iter().zip(*results) {
            let steps = scenario.steps.iter();
            let steps_at: Vec<FileLocation> =
                steps.map(|step| places.of_text(&file.source, step.span.start)).collect();
            for failure in &result.failures {
                let rule = report.rule(descriptor(ID, title, full, Level::Error));
                let subject = Subject {
                    rule: (rule, ID),
                    kind: Some(&format!("{}:{}", result.name, failure.key)),
                    order: Some((architecture(scenario), &result.steps)),
                    at: &places.of_text(&file.source, failure.span.start),
                    steps_at: &steps_at,
                };
                let text = failure_text(scenario, result, failure).replace("\nrun it", ". Run it");
                report.add(&subject, Level::Error, format!("{}: {text}", result.name), None);
            }
        }
    }
    report.write(version)
}
