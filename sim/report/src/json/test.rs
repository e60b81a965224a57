//! The object of `test`.

use patchstate_study::{ScenarioFile, ScenarioResult};
use schemars::JsonSchema;
use serde::Serialize;

/// Scenario files and what came of their scenarios.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestObject {
    /// `patchstate.test/1`.
    pub schema: &'static str,
    /// Scenarios that came out as expected.
    pub passed: usize,
    /// Scenarios that did not.
    pub failed: usize,
    /// The files.
    pub files: Vec<TestFileObject>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestFileObject {
    /// The path as given.
    pub file: String,
    /// Its scenarios.
    pub scenarios: Vec<ScenarioObject>,
}

/// One scenario.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScenarioObject {
    /// Its heading.
    pub name: String,
    /// The line of the heading.
    pub line: usize,
    /// Its steps.
    pub steps: Vec<String>,
    /// Whether everything came out as expected.
    pub passed: bool,
    /// What did not.
    pub failures: Vec<ScenarioFailureObject>,
}

/// An expectation that does not hold.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScenarioFailureObject {
    /// The key of the expectation.
    pub key: String,
    /// The line where it stands.
    pub line: usize,
    /// What the file says.
    pub expected: String,
    /// What came of the steps.
    pub found: String,
}

impl TestObject {
    /// The object of some files with their results.
    #[must_use]
    pub fn new(files: &[(&ScenarioFile, &[ScenarioResult])]) -> Self {
        let results = || files.iter().flat_map(|(_, results)| results.iter());
        Self {
            schema: "patchstate.test/1",
            passed: results().filter(|result| result.failures.is_empty()).count(),
            failed: results().filter(|result| !result.failures.is_empty()).count(),
            files: files.iter().map(|(file, results)| file_object(file, results)).collect(),
        }
    }
}

fn file_object(file: &ScenarioFile, results: &[ScenarioResult]) -> TestFileObject {
    let line = |offset| file.source.place(offset).line;
    let scenarios = file.scenarios.iter().zip(results).map(|(scenario, result)| ScenarioObject {
        name: result.name.clone(),
        line: line(scenario.name.span.start),
        steps: result.steps.clone(),
        passed: result.failures.is_empty(),
        failures: result
            .failures
            .iter()
            .map(|failure| ScenarioFailureObject {
                key: failure.key.clone(),
                line: line(failure.span.start),
                expected: failure.expected.clone(),
                found: failure.found.clone(),
            })
            .collect(),
    });
    TestFileObject { file: file.source.name.to_string(), scenarios: scenarios.collect() }
}
