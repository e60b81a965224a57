//! A SARIF log that is being put together. Every result and every step of a code flow has a place
//! in a file: GitHub refuses a log as a whole in which one has none.

use super::{
    fingerprint::fingerprint,
    model::{
        ArtifactLocation, CodeFlow, Configuration, Descriptor, Driver, Finding, FlowLocation,
        Invocation, Level, Location, Log, LogicalLocation, Message, Notification, PhysicalLocation,
        Region, Run, ThreadFlow, Tool,
    },
    uri,
};
use crate::{ReportError, json, places::FileLocation, text::neutral_name};
use patchstate_terms::Architecture;
use std::collections::BTreeMap;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const INFORMATION: &str = env!("CARGO_PKG_REPOSITORY");

/// The name of the fingerprint; a new number when it is made from other things.
const FINGERPRINT: &str = "patchstateOrder/v1";

/// Longest name of a rule that GitHub takes, in characters.
const NAME_CHARACTERS_MAX: usize = 255;

/// The parts of a log.
#[derive(Debug, Default)]
pub(super) struct Report {
    rules: Vec<Descriptor>,
    results: Vec<Finding>,
    notifications: Vec<Notification>,
    is_unsuccessful: bool,
}

/// What a result is about, and is known again by.
pub(super) struct Subject<'a> {
    /// The number of the rule in the log, and its id as it is.
    pub(super) rule: (usize, &'a str),
    /// What else tells it from other results of the rule, without an order.
    pub(super) kind: Option<&'a str>,
    /// An install order that shows it.
    pub(super) order: Option<(Architecture, &'a [String])>,
    /// Where it stands.
    pub(super) at: &'a FileLocation,
    /// Where each step of the order stands; where nothing is said, as the result.
    pub(super) steps_at: &'a [FileLocation],
}

impl Report {
    /// Adds what is said about a rule, unless that is there, and gives its number.
    pub(super) fn rule(&mut self, descriptor: Descriptor) -> usize {
        let known = self.rules.iter().position(|known| known.id == descriptor.id);
        known.unwrap_or_else(|| {
            self.rules.push(descriptor);
            self.rules.len() - 1
        })
    }

    /// Adds a result.
    pub(super) fn add(
        &mut self,
        subject: &Subject<'_>,
        level: Level,
        message: String,
        baseline_state: Option<&'static str>,
    ) {
        let Subject { rule: (rule_index, id), kind, order, at, steps_at } = subject;
        let architecture = order.map_or("", |(architecture, _)| architecture.as_str());
        let steps = order.map_or(&[][..], |(_, steps)| steps);
        let parts = [*id, architecture].into_iter().chain(steps.iter().map(String::as_str));
        let fingerprints = BTreeMap::from([(FINGERPRINT, fingerprint(parts.chain(*kind)))]);
        let logical = order.map(|(architecture, _)| logical(architecture));
        let flow = |(number, step): (usize, &String)| FlowLocation {
            execution_order: number + 1,
            location: Location {
                physical_location: physical(steps_at.get(number).unwrap_or(at)),
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
        self.results.push(Finding {
            rule_id: shown_id(id),
            rule_index: *rule_index,
            level,
            message: Message::new(message),
            locations: [Location {
                physical_location: physical(at),
                logical_locations: logical.into_iter().collect(),
                message: None,
            }],
            code_flows,
            partial_fingerprints: fingerprints,
            baseline_state,
        });
    }

    /// Says that the run did not come to an end that proves something.
    pub(super) fn unsuccessful(&mut self, level: Level, why: String) {
        self.is_unsuccessful = true;
        self.notifications.push(Notification { level, message: Message::new(why) });
    }

    /// Adds that nothing was found to run.
    pub(super) fn nothing_ran(&mut self, why: &str, at: &FileLocation) {
        const ID: &str = "patchstate/nothing-ran";
        let rule = self.rule(descriptor(ID, "Nothing was found to run", why, Level::Warning));
        let subject = Subject { rule: (rule, ID), kind: None, order: None, at, steps_at: &[] };
        self.add(&subject, Level::Warning, why.to_owned(), None);
        self.unsuccessful(Level::Warning, why.to_owned());
    }

    /// The text. No times: equal results are equal bytes.
    pub(super) fn write(self, version: &str) -> Result<String, ReportError> {
        json::write(&Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "patchstate",
                        version: version.to_owned(),
                        information_uri: INFORMATION,
                        rules: self.rules,
                    },
                },
                invocations: [Invocation {
                    execution_successful: !self.is_unsuccessful,
                    tool_execution_notifications: self.notifications,
                }],
                column_kind: "unicodeCodePoints",
                results: self.results,
            }],
        })
    }
}

/// What is said about a rule: it is named by its title, and nothing in that changes from run to
/// run.
pub(super) fn descriptor(id: &str, title: &str, full: &str, level: Level) -> Descriptor {
    Descriptor {
        id: shown_id(id),
        name: neutral_name(title).chars().take(NAME_CHARACTERS_MAX).collect(),
        short_description: Message::new(title),
        full_description: Message::new(full),
        help: Message::new(full),
        default_configuration: Configuration { level },
        properties: BTreeMap::new(),
    }
}

/// An id as it stands in the log, where a viewer shows it: the same of a rule and of its results.
/// Fingerprints are of the id as it is.
fn shown_id(id: &str) -> String {
    neutral_name(id).into_owned()
}

fn physical(location: &FileLocation) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri::of_path(&location.file) },
        region: Region { start_line: location.line, start_column: location.column },
    }
}

fn logical(architecture: Architecture) -> LogicalLocation {
    let name = architecture.as_str();
    LogicalLocation { name, fully_qualified_name: name, kind: "architecture" }
}
