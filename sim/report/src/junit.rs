//! Results as JUnit: of scenarios, a suite for each file and a case for each scenario; of a
//! verification, a suite for each rule and a case for each way in which it is wrong.

use crate::{
    ReportError,
    text::{Setting, changed_assumptions, neutral, neutral_name, run_command},
    verdicts::{
        self, INCOMPLETE, Locate, RuleLocation, Wrong, grounds, shape_name, why_in_short, words,
    },
};
use patchstate_harness::{
    ClaimResult, Counterexample, RuleResult, Scenario, ScenarioFile, ScenarioResult, Shape,
    Verification,
};
use patchstate_terms::Architecture;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// Scenario results as JUnit XML. No times and no run id: equal results are equal bytes.
///
/// # Errors
/// When the XML writer refuses a text.
pub fn junit(files: &[(&ScenarioFile, &[ScenarioResult])]) -> Result<String, ReportError> {
    let mut report = Report::new("patchstate");
    for (file, results) in files {
        let name = neutral_name(&file.source.name);
        let mut suite = TestSuite::new(name.as_ref());
        for (scenario, result) in file.scenarios.iter().zip(*results) {
            let line = file.source.place(scenario.name.span.start).line;
            let mut case = case(&result.name, &file.source.name, status(file, scenario, result));
            case.extra.insert("file".into(), name.as_ref().into());
            case.extra.insert("line".into(), line.to_string().into());
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    Ok(report.to_string()?)
}

// Names and words of files go into the document through these only. The writer drops what XML has
// no place for, and lets through what directs a screen.

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(neutral_name(name).as_ref(), status);
    case.set_classname(neutral_name(class).as_ref());
    case
}

fn message(status: &mut TestCaseStatus, text: &str) {
    status.set_message(neutral(text).as_ref());
}

fn describe(status: &mut TestCaseStatus, text: &str) {
    status.set_description(neutral(text).as_ref());
}

fn status(file: &ScenarioFile, scenario: &Scenario, result: &ScenarioResult) -> TestCaseStatus {
    if result.failures.is_empty() {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let keys: Vec<&str> = result.failures.iter().map(|failure| failure.key.as_str()).collect();
    message(&mut status, &format!("not as expected: {}", keys.join(", ")));
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
    describe(&mut status, &lines.chain([order]).collect::<Vec<_>>().join("\n"));
    status
}

/// A verification as JUnit XML: a suite for each rule, with a case for each shape of its
/// counterexamples, or one that passes where there is none; and a suite for the claims. No times
/// and no run id: equal results are equal bytes.
///
/// # Errors
/// When the XML writer refuses a text.
pub fn junit_verification(
    verification: &Verification,
    locate: &Locate<'_>,
) -> Result<String, ReportError> {
    let mut report = Report::new("patchstate verify");
    let assumed = changed_assumptions(verification);
    for rule in &verification.rules {
        report.add_test_suite(rule_suite(rule, &assumed, locate));
    }
    if !verification.claims.is_empty() {
        let mut suite = TestSuite::new("claims");
        for claim in &verification.claims {
            suite.add_test_case(case(&claim.id, "claims", claim_status(claim)));
        }
        report.add_test_suite(suite);
    }
    let mut covered = TestCaseStatus::success();
    if !verification.complete {
        covered = TestCaseStatus::non_success(NonSuccessKind::Error);
        message(&mut covered, INCOMPLETE);
    }
    let mut suite = TestSuite::new("search");
    suite.add_test_case(case("every install order of any length is covered", "search", covered));
    report.add_test_suite(suite);
    Ok(report.to_string()?)
}

fn rule_suite(rule: &RuleResult, assumed: &[Setting], locate: &Locate<'_>) -> TestSuite {
    let mut suite = TestSuite::new(neutral_name(&rule.rule).as_ref());
    let of_rule = locate(rule, None);
    let mut add = |name: &str, status: TestCaseStatus, location: Option<&RuleLocation>| {
        let mut case = case(name, &rule.rule, status);
        if let Some(location) = location {
            case.extra.insert("file".into(), neutral_name(&location.file).as_ref().into());
            case.extra.insert("line".into(), location.line.to_string().into());
        }
        suite.add_test_case(case);
    };
    let of_rule = of_rule.as_ref();
    if rule.inconclusive > 0 {
        add("a verdict on every host", inconclusive(rule), of_rule);
    }
    if let Some(open) = verdicts::open(rule) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(Wrong::Inconclusive.as_str());
        message(&mut status, &open);
        add("right where the slices come together", status, of_rule);
    } else if rule.shapes.is_empty() && rule.inconclusive == 0 {
        let slices =
            if rule.is_seen_whole() { "" } else { " of the slices, and where these come together" };
        let name = format!("right on all {} hosts{slices}", rule.states);
        add(&name, TestCaseStatus::success(), of_rule);
    }
    for (shape, count) in &rule.shapes {
        let mut same = rule.counterexamples.iter().filter(|one| is_of(one, shape));
        let location = same.next().and_then(|shown| locate(rule, Some(shown)));
        let status = shape_status(rule, shape, *count, assumed);
        add(&shape_name(shape), status, location.as_ref().or(of_rule));
    }
    for (architecture, shape, steps) in rule.baseline.iter().flat_map(|compared| &compared.gone) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("no-longer-occurs");
        message(&mut status, &format!("accepted on {architecture}, and no longer occurs"));
        let order = run_command(*architecture, assumed, words(steps));
        describe(&mut status, &format!("run it: {order}"));
        add(&format!("{}, on {architecture}", shape_name(shape)), status, of_rule);
    }
    suite
}

/// A rule that had no verdict on some hosts: neither right nor wrong there.
fn inconclusive(rule: &RuleResult) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let hosts = if rule.inconclusive == 1 { "host" } else { "hosts" };
    status.set_type(Wrong::Inconclusive.as_str());
    message(&mut status, &format!("inconclusive on {} {hosts}", rule.inconclusive));
    describe(&mut status, rule.inconclusive_reason.as_deref().unwrap_or_default());
    status
}

fn is_of(counterexample: &Counterexample, shape: &Shape) -> bool {
    Shape::from(&counterexample.disagreement) == *shape
}

fn shape_status(
    rule: &RuleResult,
    shape: &Shape,
    count: usize,
    assumed: &[Setting],
) -> TestCaseStatus {
    let mut same = rule.nearest.keys().filter(|(_, of)| of == shape);
    let is_accepted = rule.baseline.is_some() && same.all(|(arch, _)| rule.accepts(*arch, shape));
    let mut status = if is_accepted {
        TestCaseStatus::skipped()
    } else {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    };
    let hosts = if count == 1 { "host" } else { "hosts" };
    let wrong = Wrong::of_shape(rule, shape);
    status.set_type(wrong.as_str().replace(' ', "-"));
    let accepted = if is_accepted { ", accepted for now" } else { "" };
    message(&mut status, &format!("{wrong} on {count} {hosts}{accepted}"));
    let same = rule.counterexamples.iter().filter(|one| is_of(one, shape));
    let lines = same.map(|counterexample| {
        let order = words(&counterexample.steps);
        let command = run_command(counterexample.architecture, assumed, &order);
        let mut lines = vec![why_in_short(counterexample)];
        lines.extend(grounds(rule, counterexample));
        lines.push(format!("run it: {command}"));
        lines.join("\n")
    });
    let mut lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        // None of this shape is among the counterexamples that were kept.
        let same = rule.nearest.iter().filter(|((_, of), _)| of == shape);
        lines.extend(same.map(|((architecture, _), nearest)| {
            format!("run it: {}", run_command(*architecture, assumed, words(&nearest.steps)))
        }));
    }
    describe(&mut status, &lines.join("\n"));
    status
}

fn claim_status(claim: &ClaimResult) -> TestCaseStatus {
    if claim.as_recorded {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    message(&mut status, &format!("recorded as {}, found: {}", claim.recorded, claim.found));
    let order = claim.witness.as_ref().map(|witness| {
        let assume: Vec<(&str, &str)> =
            witness.assume.iter().filter_map(|setting| setting.split_once('=')).collect();
        let order = words(&witness.steps);
        format!("run it: {}", run_command(witness.architecture, &assume, &order))
    });
    let lines = [claim.detail.clone()].into_iter().chain(order);
    describe(&mut status, &lines.collect::<Vec<_>>().join("\n"));
    status
}
