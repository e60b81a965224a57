//! Scenario results as JUnit: a suite for each file, a case for each scenario.

use crate::{ReportError, text::run_command};
use patchstate_harness::{Scenario, ScenarioFile, ScenarioResult};
use patchstate_terms::Architecture;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// Scenario results as JUnit XML. No times and no run id: equal results are equal bytes.
///
/// # Errors
/// When the XML writer refuses a text.
pub fn junit(files: &[(&ScenarioFile, &[ScenarioResult])]) -> Result<String, ReportError> {
    let mut report = Report::new("patchstate");
    for (file, results) in files {
        let mut suite = TestSuite::new(file.source.name.as_ref());
        for (scenario, result) in file.scenarios.iter().zip(*results) {
            let line = file.source.place(scenario.name.span.start).line;
            let mut case = TestCase::new(result.name.as_str(), status(file, scenario, result));
            case.set_classname(file.source.name.as_ref());
            case.extra.insert("file".into(), file.source.name.as_ref().into());
            case.extra.insert("line".into(), line.to_string().into());
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    Ok(report.to_string()?)
}

fn status(file: &ScenarioFile, scenario: &Scenario, result: &ScenarioResult) -> TestCaseStatus {
    if result.failures.is_empty() {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let keys: Vec<&str> = result.failures.iter().map(|failure| failure.key.as_str()).collect();
    status.set_message(format!("not as expected: {}", keys.join(", ")));
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
    let arch = scenario.expectation.arch.as_ref();
    let arch = arch.map_or(Architecture::X86, |arch| arch.value);
    let order = format!("run it: {}", run_command(arch, &[], &result.steps));
    status.set_description(lines.chain([order]).collect::<Vec<_>>().join("\n"));
    status
}
