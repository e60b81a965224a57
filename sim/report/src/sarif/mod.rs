//! Results as a SARIF 2.1.0 log. Of a verification: a result for each counterexample, with its
//! install order as a code flow, and for everything else that keeps it from passing.
//!
//! **Must never know** more of SARIF than what is written here; `model.rs` is that much.
//!
//! **Start reading** at [`sarif`]; `log.rs` puts a log together, and `files.rs` has scenarios and
//! mistakes in files.

mod files;
mod fingerprint;
mod log;
mod model;
mod uri;

pub use files::{sarif_diagnostics, sarif_not_run, sarif_scenarios};

use crate::{
    ReportError,
    doubts::{Doubt, doubts},
    places::Places,
    text::{Setting, and, changed_assumptions, run_command},
    verdicts::{self, Gone, Wrong, failure_name, grounds, is_accepted, why_in_short, words},
};
use log::{Report, Subject, descriptor};
use model::{Descriptor, Level, Message};
use patchstate_study::{ClaimResult, Counterexample, RuleResult, Verification};
use std::collections::BTreeMap;

/// A verification as a SARIF log. No times: equal results are equal bytes.
///
/// # Errors
/// When the JSON writer refuses.
pub fn sarif(
    verification: &Verification,
    version: &str,
    places: &Places,
) -> Result<String, ReportError> {
    let mut log =
        Verified { report: Report::default(), assumed: changed_assumptions(verification), places };
    for rule in &verification.rules {
        let index = log.report.rule(of_rule(rule));
        for counterexample in &rule.counterexamples {
            log.add_counterexample(rule, index, counterexample);
        }
    }
    for (rule, gone) in verdicts::gone(verification) {
        log.add_gone(rule, gone);
    }
    for claim in verification.claims.iter().filter(|claim| !claim.as_recorded) {
        log.add_claim(claim);
    }
    for doubt in doubts(verification) {
        log.add_doubt(&doubt);
    }
    log.report.write(version)
}

/// A log of a verification that is being put together.
struct Verified<'a> {
    report: Report,
    assumed: Vec<Setting>,
    places: &'a Places,
}

impl Verified<'_> {
    fn add_counterexample(&mut self, rule: &RuleResult, index: usize, shown: &Counterexample) {
        let wrong = Wrong::of_counterexample(rule, shown);
        let level = match wrong {
            Wrong::FalseNegative => Level::Error,
            Wrong::FalsePositive => Level::Warning,
            Wrong::Disagreement | Wrong::Inconclusive => Level::Note,
        };
        let (architecture, order) = (shown.architecture, words(&shown.steps));
        let mut why = vec![why_in_short(shown)];
        why.extend(grounds(rule, shown));
        let message = format!(
            "{wrong} of rule {} on {architecture}: {}. Run it: {}",
            rule.rule,
            why.join(". "),
            run_command(architecture, &self.assumed, &order)
        );
        let is_known = is_accepted(rule, shown);
        let state = rule.baseline.is_some().then_some(if is_known { "unchanged" } else { "new" });
        let place = self.places.of_rule(rule, Some(shown));
        let subject = Subject {
            rule: (index, &rule.rule),
            kind: None,
            order: Some((architecture, &order)),
            at: &place.unwrap_or_else(|| self.places.elsewhere()),
            steps_at: &[],
        };
        self.report.add(&subject, level, message, state);
    }

    /// Adds what is accepted and no longer occurs, with the order that was recorded.
    fn add_gone(&mut self, rule: &RuleResult, (architecture, failure, steps): &Gone) {
        let message = format!(
            "accepted of rule {} on {architecture}, and no longer occurs: {}",
            rule.rule,
            failure_name(failure)
        );
        let order = words(steps);
        let subject = Subject {
            rule: (self.report.rule(of_rule(rule)), &rule.rule),
            kind: None,
            order: Some((*architecture, &order)),
            at: &self.places.of_rule(rule, None).unwrap_or_else(|| self.places.elsewhere()),
            steps_at: &[],
        };
        self.report.add(&subject, Level::Error, message, Some("absent"));
    }

    fn add_claim(&mut self, claim: &ClaimResult) {
        let id = format!("claim/{}", claim.id);
        let message = format!(
            "claim {} is recorded as {} and found to be {}: {}",
            claim.id, claim.recorded, claim.found, claim.detail
        );
        let about = descriptor(&id, &claim.text, &claim.reading, Level::Error);
        let witness = claim.witness.as_ref();
        let witness = witness.map(|witness| (witness.architecture, words(&witness.steps)));
        let subject = Subject {
            rule: (self.report.rule(about), &id),
            kind: None,
            order: witness.as_ref().map(|(arch, steps)| (*arch, steps.as_slice())),
            at: &self.places.of_claim(&claim.id).unwrap_or_else(|| self.places.elsewhere()),
            steps_at: &[],
        };
        self.report.add(&subject, Level::Error, message, None);
    }

    fn add_doubt(&mut self, doubt: &Doubt<'_>) {
        let own = format!("patchstate/{}", doubt.kind.as_str());
        let level = if doubt.kind.is_failure() { Level::Error } else { Level::Warning };
        let (about, id) = match doubt.rule {
            Some(rule) => (of_rule(rule), rule.rule.as_str()),
            None => (descriptor(&own, doubt.kind.title(), doubt.kind.meaning(), level), &*own),
        };
        let title = doubt.title();
        let mut message = format!("{title}: {}", doubt.message);
        if let Some(order) = doubt.run_it(&self.assumed) {
            message.push_str(&format!(". {}", order.replacen('r', "R", 1)));
        }
        if !doubt.kind.is_failure() {
            self.report.unsuccessful(level, format!("{title}: {}", doubt.message));
        }
        let order = doubt.order.map(|(architecture, steps)| (architecture, words(steps)));
        let subject = Subject {
            rule: (self.report.rule(about), id),
            kind: Some(doubt.kind.as_str()),
            order: order.as_ref().map(|(arch, steps)| (*arch, steps.as_slice())),
            at: &doubt.place(self.places).unwrap_or_else(|| self.places.elsewhere()),
            steps_at: &[],
        };
        self.report.add(&subject, level, message, None);
    }
}

/// A rule by its title; what this run came to stands in numbers beside it.
fn of_rule(rule: &RuleResult) -> Descriptor {
    let statuses: Vec<String> = rule.stands_for.iter().map(ToString::to_string).collect();
    let full = format!("Rule {}: {}. It should report {}.", rule.rule, rule.title, and(&statuses));
    let counts = [
        ("hosts", rule.hosts().to_string()),
        ("falseNegatives", rule.false_negative().to_string()),
        ("falsePositives", rule.false_positive().to_string()),
        ("inconclusive", rule.inconclusive().to_string()),
        ("truePositives", rule.true_positive().to_string()),
    ];
    let properties = BTreeMap::from(counts);
    let help = format!(
        "{full}\n\nThe message of a result ends with an install order: `patchstate run` tells what \
         happens on it."
    );
    let about = descriptor(&rule.rule, &rule.title, &full, Level::Error);
    Descriptor { help: Message::new(help), properties, ..about }
}
