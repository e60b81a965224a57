//! A scenario against what comes of it.

use super::{Located, NamedRules, Scenario, expect::ABSENT};
use crate::{CORE_RULE, Evaluator, Simulation, StepOutcome, Story, StudyError};
use patchstate_servicing::Switches;
use patchstate_terms::{Finding, Status};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// One expectation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was expected: a key of the expectation, with the path or rule where it has several.
    pub key: String,
    /// What the file says.
    pub expected: String,
    /// What came of the steps.
    pub found: String,
    /// Where the expectation stands.
    pub span: Range<usize>,
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct ScenarioResult {
    /// The heading.
    pub name: String,
    /// The steps, in the words of the file.
    pub steps: Vec<String>,
    /// The assumptions that they ran under.
    pub switches: Switches,
    /// Expectations that do not hold, and differences between verdict and truth.
    pub failures: Vec<Failure>,
    /// What each rule says that the expectation names.
    pub rules: BTreeMap<String, Status>,
    /// The story, for updating expectations.
    pub story: Story,
}

/// Runs one scenario that names no rule but the core. That verdict and truth agree is always
/// expected.
///
/// # Errors
/// When the steps cannot be read; checking the file first reports that with its line.
pub fn run_scenario(
    simulation: &Simulation,
    scenario: &Scenario,
) -> Result<ScenarioResult, StudyError> {
    let evaluator = Evaluator::new(&[], None)?;
    let named = NamedRules { evaluator: &evaluator, places: &BTreeMap::new() };
    run_scenario_with(simulation, scenario, &named)
}

/// Runs one scenario. A rule that it names and that is not there fails it.
///
/// # Errors
/// When the steps cannot be read, or files that a rule needs cannot be written.
pub fn run_scenario_with(
    simulation: &Simulation,
    scenario: &Scenario,
    named: &NamedRules<'_>,
) -> Result<ScenarioResult, StudyError> {
    let steps: Vec<String> = scenario.steps.iter().map(|step| step.value.clone()).collect();
    let story = simulation.tell(&steps)?;
    let tree = simulation.tree(&story.host)?;
    let mut rules = named.say(simulation, &tree, scenario.expectation.rules.keys())?;
    if scenario.expectation.rules.contains_key(CORE_RULE) {
        rules.insert(CORE_RULE.to_owned(), story.examination.verdict.status);
    }
    let failures = Vec::new();
    let mut checker = Checker { simulation, scenario, story: &story, rules: &rules, failures };
    checker.run();
    let failures = checker.failures;
    let (name, switches) = (scenario.name.value.clone(), simulation.model().switches());
    Ok(ScenarioResult { name, steps, switches, failures, rules, story })
}

struct Checker<'a> {
    simulation: &'a Simulation,
    scenario: &'a Scenario,
    story: &'a Story,
    rules: &'a BTreeMap<String, Status>,
    failures: Vec<Failure>,
}

impl Checker<'_> {
    fn run(&mut self) {
        let expectation = &self.scenario.expectation;
        let examination = &self.story.examination;
        if let Some(status) = &expectation.status {
            let found = examination.truth.status;
            self.expect("status", status.value.as_str(), found.as_str(), &status.span);
        }
        if let Some(findings) = &expectation.findings {
            let expected = findings.value.iter().map(|f| format!("{} {}", f.value.0, f.value.1));
            let found = finding_words(&examination.truth.findings);
            self.expect_set("findings", &expected.collect(), &found, &findings.span);
        }
        if let Some(labels) = &expectation.would_break {
            let found: Vec<String> =
                examination.verdict.would_break.iter().map(ToString::to_string).collect();
            self.expect_list("would_break", labels, &found);
        }
        if let Some(remedy) = &expectation.remedy {
            let found: Vec<String> =
                examination.verdict.remedy.iter().map(ToString::to_string).collect();
            self.expect_list("remedy", remedy, &found);
        }
        if let Some(refused) = &expectation.refused {
            let expected = refused.value.iter().map(|p| p.value.to_string()).collect();
            let found = refused_steps(self.story).map(|p| p.to_string()).collect();
            self.expect_set("refused", &expected, &found, &refused.span);
        }
        self.files();
        for (rule, status) in &expectation.rules {
            let found = self.rules.get(rule).map_or("no such rule", |said| said.as_str());
            let key = format!("rules.{rule}");
            self.expect(&key, status.value.as_str(), found, &status.span);
        }
        self.agreement(examination.verdict.status);
    }

    fn files(&mut self) {
        let catalog = self.simulation.model().catalog();
        let view = self.simulation.model().view(&self.story.host);
        for (path, version) in &self.scenario.expectation.files {
            let file = catalog.file_at(path);
            let copy = file.and_then(|file| view.file(file).map(|copy| (file, copy)));
            let found = copy.map(|(file, copy)| catalog.version(file, copy.revision).to_string());
            let found = found.unwrap_or_else(|| ABSENT.to_owned());
            let expected = version.value.map_or(ABSENT.to_owned(), |version| version.to_string());
            self.expect(&format!("files.\"{path}\""), &expected, &found, &version.span);
        }
    }

    fn agreement(&mut self, verdict: Status) {
        let examination = &self.story.examination;
        let Some(disagreement) = &examination.disagreement else { return };
        let words = |keys: &[patchstate_terms::FindingKey]| {
            keys.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        self.failures.push(Failure {
            key: "verdict agrees with truth".to_owned(),
            expected: format!("{} {}", disagreement.truth, words(&disagreement.missed)),
            found: format!("{verdict} {}", words(&disagreement.invented)),
            span: self.scenario.name.span.clone(),
        });
    }

    fn expect(&mut self, key: &str, expected: &str, found: &str, span: &Range<usize>) {
        if expected != found {
            self.failures.push(Failure {
                key: key.to_owned(),
                expected: expected.to_owned(),
                found: found.to_owned(),
                span: span.clone(),
            });
        }
    }

    fn expect_list(&mut self, key: &str, list: &Located<Vec<Located<String>>>, found: &[String]) {
        let expected: Vec<&str> = list.value.iter().map(|item| item.value.as_str()).collect();
        self.expect(key, &expected.join(" "), &found.join(" "), &list.span);
    }

    /// Compares sets, and names only what differs.
    fn expect_set(
        &mut self,
        key: &str,
        expected: &BTreeSet<String>,
        found: &BTreeSet<String>,
        span: &Range<usize>,
    ) {
        let lacking: Vec<&str> = expected.difference(found).map(String::as_str).collect();
        let more: Vec<&str> = found.difference(expected).map(String::as_str).collect();
        let join = |words: &[&str], fallback: &str| match words {
            [] => fallback.to_owned(),
            words => words.join(", "),
        };
        if !lacking.is_empty() || !more.is_empty() {
            let expected = join(&lacking, "nothing more");
            self.expect(key, &expected, &join(&more, "nothing of that"), span);
        }
    }
}

/// The set of `kind file` among findings.
pub(super) fn finding_words(findings: &[Finding]) -> BTreeSet<String> {
    findings.iter().map(|finding| format!("{} {}", finding.kind, finding.file)).collect()
}

/// Numbers of the refused steps, from 1.
pub(super) fn refused_steps(story: &Story) -> impl Iterator<Item = usize> {
    let steps = (1..).zip(&story.steps);
    steps.filter(|(_, step)| step.outcome == StepOutcome::Refused).map(|(number, _)| number)
}
