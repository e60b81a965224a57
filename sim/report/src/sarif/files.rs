//! Scenarios, and mistakes in files, as SARIF logs.

use super::{
    log::{Report, Subject, descriptor},
    model::Level,
};
use crate::{
    ReportError,
    explain::of_mistake,
    failures::{NO_FILE, NO_SCENARIO, NotRun, failure_text},
    places::{FileLocation, Places},
};
use patchstate_source::{Diagnostic, Severity};
use patchstate_study::{ScenarioFile, ScenarioResult};

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
    report.add_diagnostics(diagnostics, places);
    report.write(version)
}

/// What kept a command from being carried out as a SARIF log: a result for everything, so that it
/// is seen where results are, and no successful run.
///
/// # Errors
/// When the JSON writer refuses.
pub fn sarif_not_run(
    not_run: NotRun<'_>,
    version: &str,
    places: &Places,
) -> Result<String, ReportError> {
    const ID: &str = "patchstate/error";
    const MEANING: &str = "A file, a step or a flag makes no sense, or something cannot be read or \
                           written, so that there is no result.";
    let mut report = Report::default();
    report.add_diagnostics(not_run.mistakes, places);
    for problem in not_run.problems {
        let about = descriptor(ID, "Could not be carried out", MEANING, Level::Error);
        let subject = Subject {
            rule: (report.rule(about), ID),
            kind: Some(problem),
            order: None,
            at: &places.elsewhere(),
            steps_at: &[],
        };
        report.add(&subject, Level::Error, problem.clone(), None);
    }
    report.unsuccessful(Level::Error, NotRun::SENTENCE.to_owned());
    report.write(version)
}

impl Report {
    fn add_diagnostics(&mut self, diagnostics: &[Diagnostic], places: &Places) {
        for found in diagnostics {
            self.add_diagnostic(found, places);
        }
    }

    fn add_diagnostic(&mut self, found: &Diagnostic, places: &Places) {
        let level = match found.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
        };
        let meaning = of_mistake(found.code).unwrap_or_else(|| found.code.to_owned());
        let about = descriptor(found.code, found.code, &meaning, level);
        let help = found.help.as_deref().map(|help| format!(": {help}")).unwrap_or_default();
        let at = places.of_text(&found.source, found.span.start);
        let subject = Subject {
            rule: (self.rule(about), found.code),
            // Two mistakes of one kind differ in what they say.
            kind: Some(&format!("{}:{}", at.file, found.message)),
            order: None,
            at: &at,
            steps_at: &[],
        };
        self.add(&subject, level, format!("{}{help}", found.message), None);
    }
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
                    order: Some((scenario.architecture(), &result.steps)),
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
