//! A verification as JUnit.

use super::{accepted, case, failed, suite, suite_of, written};
use crate::{
    ReportError,
    doubts::{Doubt, DoubtKind, doubts},
    places::{FileLocation, Places},
    text::{Setting, changed_assumptions, count, run_command, thousands},
    verdicts::{TOO_FAR, Wrong, failure_name, grounds, why_in_short, words},
};
use patchstate_study::{
    ClaimResult, Count, Counterexample, FailureClass, RuleResult, Verification,
};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus, TestSuite};
use std::time::Duration;

/// What is told, and where things are.
struct Teller<'v> {
    doubts: Vec<Doubt<'v>>,
    assumed: Vec<Setting>,
    places: &'v Places,
}

/// A verification as JUnit XML, with the time that it took: what differs from run to run is nothing
/// else.
///
/// A suite for each rule has the same first cases in every run, and one for each failure class of
/// its counterexamples; others are of the core's remedies, of the claims, and of the search itself.
///
/// # Errors
/// When the XML writer refuses a text.
pub fn junit_verification(
    verification: &Verification,
    places: &Places,
    elapsed: Duration,
) -> Result<String, ReportError> {
    let mut report = Report::new("patchstate verify");
    let assumed = changed_assumptions(verification);
    let teller = Teller { doubts: doubts(verification), assumed, places };
    for rule in &verification.rules {
        report.add_test_suite(teller.rule_suite(rule));
    }
    let mut remedies = suite("remedies");
    for result in verification.architectures.iter().filter(|result| result.remedies.is_some()) {
        let of_this = |doubt: &&Doubt<'_>| doubt.architecture == Some(result.architecture);
        let name = format!("the core's remedy works on {}", result.architecture);
        let status = teller.status_of(teller.doubts.iter().find(of_this));
        remedies.add_test_case(case(&name, "remedies", status));
    }
    if !remedies.test_cases.is_empty() {
        report.add_test_suite(remedies);
    }
    if !verification.claims.is_empty() {
        let mut suite = suite("claims");
        for claim in &verification.claims {
            suite.add_test_case(case(&claim.id, "claims", teller.claim_status(claim)));
        }
        report.add_test_suite(suite);
    }
    let of_run =
        |doubt: &&Doubt<'_>| matches!(doubt.kind, DoubtKind::NothingRan | DoubtKind::Incomplete);
    let status = teller.status_of(teller.doubts.iter().find(of_run));
    let mut covered = case("every install order of any length is covered", "search", status);
    covered.set_time(elapsed);
    let mut suite = suite("search");
    suite.add_test_case(covered);
    suite.set_time(elapsed);
    report.add_test_suite(suite);
    report.set_time(elapsed);
    written(&report)
}

impl Teller<'_> {
    fn rule_suite(&self, rule: &RuleResult) -> TestSuite {
        let at = self.places.of_rule(rule, None);
        let mut suite = suite_of(&rule.rule, at.as_ref().map(|at| at.file.as_str()));
        let mut add = |name: &str, status: TestCaseStatus| {
            suite.add_test_case(case(name, &rule.rule, status));
        };
        add("right on every host", self.right(rule));
        add("a verdict on every host", self.verdict(rule));
        add("asked about every host", self.status_of(self.doubt(rule, DoubtKind::Unproved)));
        for (failure, hosts) in rule.failures() {
            add(&failure_name(failure), self.failure_status(rule, failure, hosts));
        }
        let gone = rule.baseline.iter().flat_map(|compared| &compared.gone);
        for (architecture, failure, steps) in gone {
            let order = run_command(*architecture, &self.assumed, words(steps));
            let message = format!("accepted on {architecture}, and no longer occurs");
            let lines = lines_at(at.as_ref(), [format!("run it: {order}")]);
            let status = failed(NonSuccessKind::Failure, "no-longer-occurs", &message, &lines);
            add(&format!("{}, on {architecture}", failure_name(failure)), status);
        }
        suite
    }

    fn doubt(&self, rule: &RuleResult, kind: DoubtKind) -> Option<&Doubt<'_>> {
        let is_it = |doubt: &&Doubt<'_>| {
            doubt.kind == kind && doubt.rule.is_some_and(|of| of.rule == rule.rule)
        };
        self.doubts.iter().find(is_it)
    }

    /// What a doubt means for a case that stands for its absence.
    fn status_of(&self, doubt: Option<&Doubt<'_>>) -> TestCaseStatus {
        let Some(doubt) = doubt else { return TestCaseStatus::success() };
        let kind =
            if doubt.kind.is_failure() { NonSuccessKind::Failure } else { NonSuccessKind::Error };
        let at = doubt.place(self.places);
        let lines = lines_at(at.as_ref(), doubt.run_it(&self.assumed));
        failed(kind, doubt.kind.as_str(), &doubt.message, &lines)
    }

    /// Whether a rule is right wherever it says something, and some host could show it wrong.
    fn right(&self, rule: &RuleResult) -> TestCaseStatus {
        if !rule.is_wrong() {
            return self.status_of(self.doubt(rule, DoubtKind::Untested));
        }
        let hosts = count(rule.hosts(), "host", "hosts");
        let message = format!("wrong on {} of {hosts}", thousands(rule.wrong()));
        let lines = lines_at(self.places.of_rule(rule, None).as_ref(), []);
        let is_known = rule.baseline.as_ref().is_some_and(|compared| compared.new.is_empty());
        if is_known {
            return accepted("wrong", &message, &lines);
        }
        failed(NonSuccessKind::Failure, "wrong", &message, &lines)
    }

    /// Whether a rule says something about every host. Where the core does not, it is wrong.
    fn verdict(&self, rule: &RuleResult) -> TestCaseStatus {
        let doubt = self.doubt(rule, DoubtKind::Undecided);
        if doubt.is_some() || rule.undecided.is_empty() {
            return self.status_of(doubt);
        }
        let hosts = count(rule.inconclusive(), "host", "hosts");
        let why: Vec<String> = rule.inconclusive_reason.iter().cloned().collect();
        accepted(DoubtKind::Undecided.as_str(), &format!("inconclusive on {hosts}"), &why)
    }

    fn failure_status(
        &self,
        rule: &RuleResult,
        failure: &FailureClass,
        hosts: Count,
    ) -> TestCaseStatus {
        let is_of = |one: &&Counterexample| FailureClass::from(&one.disagreement) == *failure;
        let mut told = Vec::new();
        for shown in rule.counterexamples.iter().filter(is_of) {
            let order = words(&shown.steps);
            let command = run_command(shown.architecture, &self.assumed, &order);
            let mut lines = vec![why_in_short(shown)];
            lines.extend(grounds(rule, shown));
            lines.push(format!("run it: {command}"));
            told.extend(lines_at(self.places.of_rule(rule, Some(shown)).as_ref(), lines));
        }
        if told.is_empty() {
            // None of this failure class is among the counterexamples that were kept.
            let same = rule.nearest.iter().filter(|((_, of), _)| of == failure);
            told.extend(same.map(|((architecture, _), nearest)| match &nearest.steps {
                Some(steps) => {
                    let steps = words(steps);
                    format!("run it: {}", run_command(*architecture, &self.assumed, steps))
                }
                None => format!("on {architecture}, {TOO_FAR}"),
            }));
        }
        let wrong = Wrong::of_failure(rule, failure);
        let of_type = wrong.as_str().replace(' ', "-");
        let message = format!("{wrong} on {}", count(hosts, "host", "hosts"));
        let mut same = rule.nearest.keys().filter(|(_, of)| of == failure);
        if rule.baseline.is_some() && same.all(|(arch, _)| rule.accepts(*arch, failure)) {
            return accepted(&of_type, &message, &told);
        }
        failed(NonSuccessKind::Failure, &of_type, &message, &told)
    }

    fn claim_status(&self, claim: &ClaimResult) -> TestCaseStatus {
        if claim.as_recorded {
            return TestCaseStatus::success();
        }
        let message = format!("recorded as {}, found: {}", claim.recorded, claim.found);
        let order = claim.witness.as_ref().map(|witness| {
            let assume: Vec<(&str, &str)> =
                witness.assume.iter().filter_map(|setting| setting.split_once('=')).collect();
            let order = words(&witness.steps);
            format!("run it: {}", run_command(witness.architecture, &assume, &order))
        });
        let lines = [claim.detail.clone()].into_iter().chain(order);
        let lines = lines_at(self.places.of_claim(&claim.id).as_ref(), lines);
        failed(NonSuccessKind::Failure, "not-as-recorded", &message, &lines)
    }
}

/// Lines below the place that they are about.
fn lines_at(at: Option<&FileLocation>, lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let place = at.map(|FileLocation { file, line, column }| format!("{file}:{line}:{column}"));
    place.into_iter().chain(lines).collect()
}
