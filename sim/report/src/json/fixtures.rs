//! The object of `fixtures`, which is also the file `fixtures.json` beside the trees.

use super::scan::FindingObject;
use patchstate_rules::Rule;
use patchstate_study::{CORE_RULE, Fixture, Fixtures, SaidBy, Showing, Side};
use patchstate_terms::{FindingKind, Status};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Trees of hosts for the tests of other tools, and what is expected of each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FixturesObject {
    /// `patchstate.fixtures/1`.
    pub schema: &'static str,
    /// Name and version of the catalog.
    pub catalog: String,
    /// Assumptions that have a switch, and the values in force.
    pub assumptions: BTreeMap<&'static str, &'static str>,
    /// The components and groups that steps could add and remove.
    pub components: Vec<String>,
    /// The updates that steps could install and remove.
    pub updates: Vec<String>,
    /// Whether every reachable host was looked at.
    pub complete: bool,
    /// Hosts that were reached.
    pub states: usize,
    /// The rules, in the order of their names in each fixture.
    pub rules: Vec<FixtureRuleObject>,
    /// The statuses that no host of the scope has.
    pub statuses_not_shown: Vec<String>,
    /// The kinds of findings that no host of the scope has.
    pub findings_not_shown: Vec<String>,
    /// The trees. None of them can be left out without something that is not shown any more.
    pub fixtures: Vec<FixtureObject>,
}

/// A rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FixtureRuleObject {
    /// Its id.
    pub rule: String,
    /// The file that it was read from.
    pub source: String,
    /// The statuses that it stands for, worst first.
    pub stands_for: Vec<String>,
}

/// The tree of one host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FixtureObject {
    /// The folder that holds the host's folder `WINDOWS`, beside `fixtures.json`.
    pub folder: String,
    /// `x86` or `x64`.
    pub arch: String,
    /// The install order.
    pub steps: Vec<String>,
    /// The true status: what a tool is expected to say.
    pub status: String,
    /// The reasons, by file, kind, then update or import.
    pub findings: Vec<FindingObject>,
    /// What is expected of each rule, and what it says today.
    pub rules: Vec<FixtureVerdictObject>,
    /// Why the tree is here: what it shows by itself.
    pub shows: Vec<ShowingObject>,
    /// Why the tree is here: the boundaries of which it is one side.
    pub boundaries: Vec<BoundarySideObject>,
}

/// What is expected of a rule about a host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FixtureVerdictObject {
    /// The rule.
    pub rule: String,
    /// Whether it should report the host: the true status is one that it stands for.
    pub should_report: bool,
    /// What it says today.
    pub says: String,
    /// Whether that is right; null where it is inconclusive.
    pub right: Option<bool>,
}

/// Something that a tree shows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShowingObject {
    /// `status`, `finding` or `counterexample`.
    pub what: &'static str,
    /// The status, the kind of finding, or what is true of a counterexample.
    pub name: String,
    /// The rule that is wrong, of a counterexample; `core` is the detection core.
    pub rule: Option<String>,
    /// What it says.
    pub says: Option<String>,
    /// The kinds of findings that it missed.
    pub missed: Vec<String>,
    /// The kinds of findings that it invented.
    pub invented: Vec<String>,
}

/// One side of a boundary between two statuses.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BoundarySideObject {
    /// Who says the statuses: a rule, `core` for the detection core; null for the truth.
    pub rule: Option<String>,
    /// The status of this tree.
    pub here: String,
    /// The status of the tree on the other side.
    pub there: String,
    /// The folder of that tree.
    pub other: String,
    /// The step that makes the first of the two hosts into the other one.
    pub step: String,
    /// Whether this is the first of the two.
    pub first: bool,
}

/// The name of a fixture's folder: its number, its architecture, its status.
#[must_use]
pub fn fixture_folder(place: usize, fixture: &Fixture) -> String {
    format!("{:02}-{}-{}", place + 1, fixture.architecture, fixture.truth.status)
}

/// Who says something, as output names it; `None` for the truth.
pub(crate) fn said_by(said_by: SaidBy, rules: &[Box<dyn Rule>]) -> Option<String> {
    match said_by {
        SaidBy::Truth => None,
        SaidBy::Core => Some(CORE_RULE.to_owned()),
        SaidBy::Rule(place) => rules.get(place).map(|rule| rule.id().to_owned()),
    }
}

impl FixturesObject {
    /// The object of fixtures that were chosen for these rules.
    #[must_use]
    pub fn new(fixtures: &Fixtures, rules: &[Box<dyn Rule>]) -> Self {
        let folders = fixtures.fixtures.iter().enumerate();
        let folders: Vec<String> = folders.map(|(at, found)| fixture_folder(at, found)).collect();
        let objects = fixtures.fixtures.iter().zip(&folders);
        Self {
            schema: "patchstate.fixtures/1",
            catalog: fixtures.catalog.clone(),
            assumptions: fixtures.scope.switches.words().into_iter().collect(),
            components: fixtures.scope.names.components.clone(),
            updates: fixtures.scope.names.updates.clone(),
            complete: fixtures.complete,
            states: fixtures.hosts,
            rules: rules.iter().map(|rule| FixtureRuleObject::of(rule.as_ref())).collect(),
            statuses_not_shown: fixtures.statuses_not_shown().map(|s| s.to_string()).collect(),
            findings_not_shown: fixtures.findings_not_shown().map(|k| k.to_string()).collect(),
            fixtures: objects
                .map(|(fixture, folder)| FixtureObject::new(fixture, folder, rules, &folders))
                .collect(),
        }
    }
}

impl FixtureRuleObject {
    fn of(rule: &dyn Rule) -> Self {
        Self {
            rule: rule.id().to_owned(),
            source: rule.source().name.to_string(),
            stands_for: rule.stands_for().iter().map(ToString::to_string).collect(),
        }
    }
}

impl FixtureObject {
    fn new(fixture: &Fixture, folder: &str, rules: &[Box<dyn Rule>], folders: &[String]) -> Self {
        let verdicts = rules.iter().zip(&fixture.rules);
        let side = |side: &Side| BoundarySideObject {
            rule: said_by(side.said_by, rules),
            here: side.here.to_string(),
            there: side.there.to_string(),
            other: folders.get(side.other).cloned().unwrap_or_default(),
            step: side.step.to_string(),
            first: side.is_first,
        };
        Self {
            folder: folder.to_owned(),
            arch: fixture.architecture.to_string(),
            steps: fixture.steps.iter().map(ToString::to_string).collect(),
            status: fixture.truth.status.to_string(),
            findings: fixture.truth.findings.iter().map(FindingObject::from).collect(),
            rules: verdicts
                .map(|(rule, says)| {
                    FixtureVerdictObject::new(rule.as_ref(), fixture.truth.status, *says)
                })
                .collect(),
            shows: fixture.shows.iter().filter_map(|s| ShowingObject::new(s, rules)).collect(),
            boundaries: fixture.sides.iter().map(side).collect(),
        }
    }
}

impl FixtureVerdictObject {
    fn new(rule: &dyn Rule, truth: Status, says: Status) -> Self {
        let stands_for: &BTreeSet<Status> = rule.stands_for();
        let should_report = stands_for.contains(&truth);
        let reports = (says != Status::Inconclusive).then(|| stands_for.contains(&says));
        Self {
            rule: rule.id().to_owned(),
            should_report,
            says: says.to_string(),
            right: reports.map(|reports| reports == should_report),
        }
    }
}

impl ShowingObject {
    /// `None` for a boundary, which two trees show together.
    fn new(showing: &Showing, rules: &[Box<dyn Rule>]) -> Option<Self> {
        let of = |what, name: String| Self {
            what,
            name,
            rule: None,
            says: None,
            missed: Vec::new(),
            invented: Vec::new(),
        };
        let names = |kinds: &BTreeSet<FindingKind>| kinds.iter().map(ToString::to_string).collect();
        Some(match showing {
            Showing::Status(status) => of("status", status.to_string()),
            Showing::Finding(kind) => of("finding", kind.to_string()),
            Showing::Wrong(who, _, failure) => Self {
                rule: said_by(*who, rules),
                says: Some(failure.verdict.to_string()),
                missed: names(&failure.missed),
                invented: names(&failure.invented),
                ..of("counterexample", failure.truth.to_string())
            },
            Showing::Boundary(..) => return None,
        })
    }
}
