//! A verification as a SARIF 2.1.0 log: a result for each counterexample, with its install order
//! as a code flow.
//!
//! **Must never know** more of SARIF than what is written here; `model.rs` is that much.
//!
//! **Start reading** at [`sarif`].

mod fingerprint;
mod model;
mod uri;

use crate::{
    ReportError, json,
    text::{Setting, changed_assumptions, neutral_name, run_command},
    verdicts::{
        self, Gone, INCOMPLETE, Locate, RuleLocation, Wrong, grounds, is_accepted, shape_name,
        why_in_short, words,
    },
};
use fingerprint::fingerprint;
use model::{
    ArtifactLocation, CodeFlow, Configuration, Descriptor, Driver, Finding, FlowLocation,
    Invocation, Level, Location, Log, LogicalLocation, Message, Notification, PhysicalLocation,
    Region, Run, ThreadFlow, Tool,
};
use patchstate_harness::{ClaimResult, Counterexample, RuleResult, Verification};
use patchstate_terms::Architecture;
use std::collections::BTreeMap;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const INFORMATION: &str = "https://github.com/patchstate/patchstate";

/// The name of the fingerprint; a new number when it is made from other things.
const FINGERPRINT: &str = "patchstateOrder/v1";

/// A verification as a SARIF log. No times: equal results are equal bytes.
///
/// # Errors
/// When the JSON writer refuses.
pub fn sarif(
    verification: &Verification,
    version: &str,
    locate: &Locate<'_>,
) -> Result<String, ReportError> {
    let assumed = changed_assumptions(verification);
    let mut rules = Vec::new();
    let mut results = Vec::new();
    for rule in &verification.rules {
        let index = rules.len();
        rules.push(of_rule(rule));
        results.extend(rule.counterexamples.iter().map(|counterexample| {
            let location = locate(rule, Some(counterexample)).or_else(|| locate(rule, None));
            of_counterexample(rule, index, counterexample, &assumed, location.as_ref())
        }));
    }
    for (index, rule) in verification.rules.iter().enumerate() {
        let gone = rule.baseline.iter().flat_map(|compared| &compared.gone);
        results.extend(gone.map(|gone| of_gone(rule, index, gone, locate(rule, None).as_ref())));
    }
    for claim in verification.claims.iter().filter(|claim| !claim.as_recorded) {
        results.push(of_claim(claim, rules.len()));
        rules.push(Descriptor {
            id: shown_id(&claim_id(claim)),
            short_description: Message::new(claim.text.clone()),
            full_description: Some(Message::new(claim.reading.clone())),
            default_configuration: Configuration { level: Level::Error },
        });
    }
    let warning =
        |text: String| Notification { level: Level::Warning, message: Message::new(text) };
    let incomplete = (!verification.complete).then(|| warning(INCOMPLETE.to_owned()));
    let open = |rule: &RuleResult| {
        verdicts::open(rule).map(|open| warning(format!("rule {}: {open}", rule.rule)))
    };
    let open = verification.rules.iter().filter_map(open);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "patchstate",
                    version: version.to_owned(),
                    information_uri: INFORMATION,
                    rules,
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: incomplete.into_iter().chain(open).collect(),
            }],
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    json::write(&log)
}

fn of_rule(rule: &RuleResult) -> Descriptor {
    let summary = format!(
        "Rule {}: of {} hosts {} reported rightly, {} wrongly, {} missed, {} inconclusive.",
        rule.rule,
        rule.states,
        rule.true_positive,
        rule.false_positive,
        rule.false_negative,
        rule.inconclusive
    );
    Descriptor {
        id: shown_id(&rule.rule),
        short_description: Message::new(summary),
        full_description: None,
        default_configuration: Configuration { level: Level::Error },
    }
}

fn of_counterexample(
    rule: &RuleResult,
    index: usize,
    counterexample: &Counterexample,
    assumed: &[Setting],
    location: Option<&RuleLocation>,
) -> Finding {
    let wrong = Wrong::of_counterexample(rule, counterexample);
    let order = words(&counterexample.steps);
    let architecture = counterexample.architecture;
    let level = match wrong {
        Wrong::FalseNegative => Level::Error,
        Wrong::FalsePositive => Level::Warning,
        Wrong::Disagreement | Wrong::Inconclusive => Level::Note,
    };
    let mut why = vec![why_in_short(counterexample)];
    why.extend(grounds(rule, counterexample));
    let message = format!(
        "{wrong} of rule {} on {architecture}: {}. Run it: {}",
        rule.rule,
        why.join(". "),
        run_command(architecture, assumed, &order)
    );
    let is_known = is_accepted(rule, counterexample);
    let state = rule.baseline.is_some().then_some(if is_known { "unchanged" } else { "new" });
    let order = Some((architecture, order.as_slice()));
    let found = finding(&rule.rule, index, level, message, order, location);
    Finding { baseline_state: state, ..found }
}

/// What is accepted and no longer occurs, with the order that was recorded.
fn of_gone(
    rule: &RuleResult,
    index: usize,
    (architecture, shape, steps): &Gone,
    location: Option<&RuleLocation>,
) -> Finding {
    let message = format!(
        "accepted of rule {} on {architecture}, and no longer occurs: {}",
        rule.rule,
        shape_name(shape)
    );
    let order = words(steps);
    let order = Some((*architecture, order.as_slice()));
    let found = finding(&rule.rule, index, Level::Error, message, order, location);
    Finding { baseline_state: Some("absent"), ..found }
}

fn of_claim(claim: &ClaimResult, index: usize) -> Finding {
    let message = format!(
        "claim {} is recorded as {} and found to be {}: {}",
        claim.id, claim.recorded, claim.found, claim.detail
    );
    let witness = claim.witness.as_ref();
    let witness = witness.map(|witness| (witness.architecture, words(&witness.steps)));
    let order = witness.as_ref().map(|(architecture, steps)| (*architecture, steps.as_slice()));
    finding(&claim_id(claim), index, Level::Error, message, order, None)
}

fn claim_id(claim: &ClaimResult) -> String {
    format!("claim/{}", claim.id)
}

/// An id as it stands in the log, where a viewer shows it: the same of a rule and of its results.
/// Fingerprints are of the id as it is.
fn shown_id(id: &str) -> String {
    neutral_name(id).into_owned()
}

/// A result, with an install order that shows it.
fn finding(
    id: &str,
    index: usize,
    level: Level,
    message: String,
    order: Option<(Architecture, &[String])>,
    location: Option<&RuleLocation>,
) -> Finding {
    let architecture = order.map_or("", |(architecture, _)| architecture.as_str());
    let steps = order.map_or(&[][..], |(_, steps)| steps);
    let parts = [id, architecture].into_iter().chain(steps.iter().map(String::as_str));
    let fingerprints = BTreeMap::from([(FINGERPRINT, fingerprint(parts))]);
    let at = Location {
        physical_location: location.map(physical),
        logical_locations: order
            .map(|(architecture, _)| logical(architecture))
            .into_iter()
            .collect(),
        message: None,
    };
    let has_place = at.physical_location.is_some() || !at.logical_locations.is_empty();
    let flow = |(number, step): (usize, &String)| FlowLocation {
        execution_order: number + 1,
        location: Location {
            physical_location: location.map(physical),
            logical_locations: Vec::new(),
            message: Some(Message::new(step.clone())),
        },
    };
    let flow: Vec<_> = steps.iter().enumerate().map(flow).collect();
    // A thread flow without a location is not valid.
    let code_flows = match flow.as_slice() {
        [] => Vec::new(),
        _ => vec![CodeFlow { thread_flows: [ThreadFlow { locations: flow }] }],
    };
    Finding {
        rule_id: shown_id(id),
        rule_index: index,
        level,
        message: Message::new(message),
        locations: has_place.then_some(at).into_iter().collect(),
        code_flows,
        partial_fingerprints: fingerprints,
        baseline_state: None,
    }
}

fn physical(location: &RuleLocation) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri::of_path(&location.file) },
        region: Region { start_line: location.line, start_column: location.column },
    }
}

fn logical(architecture: Architecture) -> LogicalLocation {
    let name = architecture.as_str();
    LogicalLocation { name, fully_qualified_name: name, kind: "architecture" }
}
