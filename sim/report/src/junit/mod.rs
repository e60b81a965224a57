//! Results as JUnit: of scenarios and of files that were checked, a suite for each file; of a
//! verification, a suite for each rule, with cases whose names stay the same from run to run.
//!
//! What is written here has no element and no attribute that `junit-10.xsd` of Jenkins does not
//! have; so a place in a file is a part of a text.
//!
//! **Start reading** at [`junit`], then `verification.rs`.

mod verification;

pub use verification::junit_verification;

use crate::{
    ReportError,
    failures::{NO_FILE, NO_SCENARIO, NotRun, run_it},
    places::{FileLocation, Places},
    text::{neutral, neutral_name},
};
use patchstate_source::{Diagnostic, Severity};
use patchstate_study::{Scenario, ScenarioFile, ScenarioResult};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::{collections::BTreeMap, time::Duration};

/// Scenario results as JUnit XML, with the time that each scenario took: what differs from run to
/// run is nothing else.
///
/// # Errors
/// When the XML writer refuses a text.
pub fn junit(
    files: &[(&ScenarioFile, &[ScenarioResult])],
    times: &[Vec<Duration>],
) -> Result<String, ReportError> {
    let mut report = Report::new("patchstate");
    for (number, (file, results)) in files.iter().enumerate() {
        let times = times.get(number).map(Vec::as_slice).unwrap_or_default();
        let mut suite = suite_of(&file.source.name, Some(&file.source.name));
        for (place, (scenario, result)) in file.scenarios.iter().zip(*results).enumerate() {
            let status = scenario_status(file, scenario, result);
            let mut case = case(&result.name, &file.source.name, status);
            case.time = times.get(place).copied();
            suite.add_test_case(case);
        }
        suite.set_time(times.iter().sum());
        report.add_test_suite(suite);
    }
    if files.iter().all(|(_, results)| results.is_empty()) {
        report.add_test_suite(nothing_ran(NO_SCENARIO));
    }
    report.set_time(times.iter().flatten().sum());
    written(&report)
}

/// Mistakes in the files that were checked as JUnit XML: a suite for each file.
///
/// # Errors
/// When the XML writer refuses a text.
pub fn junit_diagnostics(
    files: &[String],
    diagnostics: &[Diagnostic],
    places: &Places,
) -> Result<String, ReportError> {
    let mut report = Report::new("patchstate check");
    report.add_test_suites(suites_of(files, diagnostics, places));
    if report.test_suites.is_empty() {
        report.add_test_suite(nothing_ran(NO_FILE));
    }
    written(&report)
}

/// What kept a command from being carried out as JUnit XML: a suite for each file with a mistake,
/// and one for all else.
///
/// # Errors
/// When the XML writer refuses a text.
pub fn junit_not_run(not_run: NotRun<'_>, places: &Places) -> Result<String, ReportError> {
    let mut report = Report::new("patchstate");
    report.add_test_suites(suites_of(&[], not_run.mistakes, places));
    let mut suite = suite("patchstate");
    let status = failed(NonSuccessKind::Error, "error", NotRun::SENTENCE, not_run.problems);
    suite.add_test_case(case("the command is carried out", "patchstate", status));
    report.add_test_suite(suite);
    written(&report)
}

/// A suite for each file, with its mistakes.
fn suites_of(files: &[String], diagnostics: &[Diagnostic], places: &Places) -> Vec<TestSuite> {
    let mut found: BTreeMap<String, Vec<&Diagnostic>> =
        files.iter().map(|file| (places.shown(file), Vec::new())).collect();
    for one in diagnostics {
        found.entry(places.shown(&one.source.name)).or_default().push(one);
    }
    let suite = |(file, found): (&String, &Vec<&Diagnostic>)| {
        let mut suite = suite_of(file, Some(file));
        suite.add_test_case(case("has no mistake", file, mistakes(found, places)));
        suite
    };
    found.iter().map(suite).collect()
}

/// The mistakes of a file. Warnings alone let it pass, as they do in the exit code, and are told.
fn mistakes(found: &[&Diagnostic], places: &Places) -> TestCaseStatus {
    let line = |one: &&Diagnostic| {
        let FileLocation { file, line, column } = places.of_text(&one.source, one.span.start);
        let kind = match one.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        let help = one.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{file}:{line}:{column}: {kind}{}{help}", one.message)
    };
    let lines: Vec<String> = found.iter().map(line).collect();
    let errors = found.iter().filter(|one| one.severity == Severity::Error);
    let codes: Vec<&str> = errors.map(|one| one.code).collect();
    if codes.is_empty() {
        return TestCaseStatus::success();
    }
    failed(NonSuccessKind::Failure, "mistakes", &codes.join(", "), &lines)
}

// Names and words of files go into the document through these only. The writer drops what XML has
// no place for, and lets through what directs a screen.

fn suite(name: &str) -> TestSuite {
    TestSuite::new(neutral_name(name).as_ref())
}

/// The suite of what is in a file.
fn suite_of(name: &str, file: Option<&str>) -> TestSuite {
    let mut suite = suite(name);
    if let Some(file) = file {
        suite.extra.insert("file".into(), neutral_name(file).as_ref().into());
    }
    suite
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(neutral_name(name).as_ref(), status);
    case.set_classname(neutral_name(class).as_ref());
    case
}

/// That a case did not pass: what kind of thing that is, what is the matter, and all of it.
fn failed(kind: NonSuccessKind, of_type: &str, message: &str, lines: &[String]) -> TestCaseStatus {
    told(TestCaseStatus::non_success(kind), of_type, message, lines)
}

/// That a case did not pass, and that this is accepted for now.
fn accepted(of_type: &str, message: &str, lines: &[String]) -> TestCaseStatus {
    let message = format!("{message}, accepted for now");
    told(TestCaseStatus::skipped(), of_type, &message, lines)
}

fn told(
    mut status: TestCaseStatus,
    of_type: &str,
    message: &str,
    lines: &[String],
) -> TestCaseStatus {
    status.set_type(of_type);
    status.set_message(neutral(message).as_ref());
    status.set_description(neutral(&lines.join("\n")).as_ref());
    status
}

fn nothing_ran(why: &str) -> TestSuite {
    let mut suite = suite("patchstate");
    let status = failed(NonSuccessKind::Error, "nothing-ran", why, &[]);
    suite.add_test_case(case("something was found to run", "patchstate", status));
    suite
}

fn scenario_status(
    file: &ScenarioFile,
    scenario: &Scenario,
    result: &ScenarioResult,
) -> TestCaseStatus {
    if result.failures.is_empty() {
        return TestCaseStatus::success();
    }
    let keys: Vec<&str> = result.failures.iter().map(|failure| failure.key.as_str()).collect();
    let message = format!("not as expected: {}", keys.join(", "));
    let lines = result.failures.iter().map(|failure| {
        let place = file.source.place(failure.span.start);
        format!(
            "{}:{}:{}: {}: expected {}, found {}",
            file.source.name,
            place.line,
            place.column,
            failure.key,
            failure.expected,
            failure.found
        )
    });
    let lines: Vec<String> = lines.chain([run_it(scenario, result)]).collect();
    failed(NonSuccessKind::Failure, "not-as-expected", &message, &lines)
}

/// The document. The writer counts skipped cases of all suites together, which `junit-10.xsd` has
/// no attribute for.
fn written(report: &Report) -> Result<String, ReportError> {
    let text = report.to_string()?;
    let skipped = format!(" skipped=\"{}\"", report.skipped);
    Ok(text.replacen(&skipped, "", 1))
}
