//! What keeps a verification from passing besides counterexamples, claims and baselines: that it
//! could not be finished, or that something is not known.

use crate::{
    places::{FileLocation, Places},
    text::{Setting, count, run_command, thousands},
    verdicts::{self, words},
};
use patchstate_study::{ArchitectureResult, Count, RuleResult, Undecided, Verification};
use patchstate_terms::{Architecture, Step};

/// One such thing.
pub(crate) struct Doubt<'v> {
    pub(crate) kind: DoubtKind,
    /// The rule that it is about.
    pub(crate) rule: Option<&'v RuleResult>,
    /// The architecture that it is about, where that is one.
    pub(crate) architecture: Option<Architecture>,
    /// What is the matter and why, without a full stop.
    pub(crate) message: String,
    /// An order that shows it.
    pub(crate) order: Option<(Architecture, &'v [Step])>,
}

/// The kinds of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DoubtKind {
    /// No host was reached.
    NothingRan,
    /// A bound stopped the search.
    Incomplete,
    /// No host has a status that a rule stands for.
    Untested,
    /// A rule says nothing about some hosts.
    Undecided,
    /// A rule is not proved over the whole scope.
    Unproved,
    /// The core's remedy does not work.
    RemedyFails,
    /// The core's remedy is not known to work over the whole scope.
    RemedyOpen,
}

impl DoubtKind {
    /// A word that stays the same from run to run.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NothingRan => "nothing-ran",
            Self::Incomplete => "incomplete",
            Self::Untested => "not-tested",
            Self::Undecided => "inconclusive",
            Self::Unproved => "not-proved",
            Self::RemedyFails => "remedy-fails",
            Self::RemedyOpen => "remedy-open",
        }
    }

    /// What it says of whatever it is about.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::NothingRan => "nothing ran",
            Self::Incomplete => "incomplete",
            Self::Untested => "is not tested",
            Self::Undecided => "is inconclusive",
            Self::Unproved => "is not proved",
            Self::RemedyFails => "the core's remedy fails",
            Self::RemedyOpen => "the core's remedy is not known to work",
        }
    }

    /// What that means, as sentences.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::NothingRan => "No host was reached.",
            Self::Incomplete => "A bound stopped the search before every host was reached.",
            Self::Untested => "No host has a status that a rule stands for.",
            Self::Undecided => "A rule says nothing about some hosts.",
            Self::Unproved => "A rule is not proved over the whole scope.",
            Self::RemedyFails => "What the core advises does not repair a host.",
            Self::RemedyOpen => "What the core advises is not known to repair all hosts.",
        }
    }

    /// Whether it is known to be wrong, and not only unknown.
    pub(crate) const fn is_failure(self) -> bool {
        match self {
            Self::RemedyFails => true,
            Self::NothingRan
            | Self::Incomplete
            | Self::Untested
            | Self::Undecided
            | Self::Unproved
            | Self::RemedyOpen => false,
        }
    }
}

impl Doubt<'_> {
    /// A heading: what it is about, and what it says.
    pub(crate) fn title(&self) -> String {
        match (self.rule, self.architecture) {
            (Some(rule), _) => format!("rule {} {}", rule.rule, self.kind.title()),
            (None, Some(architecture)) => format!("{} on {architecture}", self.kind.title()),
            (None, None) => format!("patchstate: {}", self.kind.title()),
        }
    }

    /// How to see it, where an order shows it.
    pub(crate) fn run_it(&self, assumed: &[Setting]) -> Option<String> {
        let (architecture, steps) = self.order?;
        Some(format!("run it: {}", run_command(architecture, assumed, words(steps))))
    }

    /// Where it stands.
    pub(crate) fn place(&self, places: &Places) -> Option<FileLocation> {
        places.of_rule(self.rule?, None)
    }
}

/// All of them: of the run as a whole, of each rule, and of the core's remedies.
pub(crate) fn doubts(verification: &Verification) -> Vec<Doubt<'_>> {
    let of_run = |kind, message: String| Doubt {
        kind,
        rule: None,
        architecture: None,
        message,
        order: None,
    };
    let mut doubts = Vec::new();
    if verification
        .architectures
        .iter()
        .all(|result| result.hosts.as_ref().is_some_and(|hosts| hosts.all == Count::ZERO))
    {
        doubts.push(of_run(DoubtKind::NothingRan, verdicts::NOTHING_RAN.to_owned()));
    }
    if !verification.complete {
        doubts.push(of_run(DoubtKind::Incomplete, verdicts::INCOMPLETE.to_owned()));
    }
    for rule in &verification.rules {
        doubts.extend(undecided(rule));
        let of_rule = |kind, message| Doubt { rule: Some(rule), ..of_run(kind, message) };
        doubts.extend(verdicts::untested(rule).map(|why| of_rule(DoubtKind::Untested, why)));
        doubts.extend(verdicts::open(rule).map(|open| of_rule(DoubtKind::Unproved, open)));
    }
    doubts.extend(verification.architectures.iter().filter_map(remedy));
    doubts
}

/// How many steps lead to one of some hosts; most where that is not known.
fn steps_to(found: &Undecided) -> usize {
    found.steps.as_ref().map_or(usize::MAX, Vec::len)
}

/// Hosts about which a rule says nothing, and that nobody has accepted.
fn undecided(rule: &RuleResult) -> Option<Doubt<'_>> {
    let all: Vec<_> = rule.new_undecided().collect();
    let nearest = all.iter().min_by_key(|(_, found)| steps_to(found))?;
    let ((architecture, _), found) = nearest;
    let hosts: Count = all.iter().map(|(_, found)| &found.hosts).sum();
    let why = found.reason.as_deref().unwrap_or("no reason given");
    let message = format!(
        "inconclusive on {} of {}, first because {why}",
        thousands(hosts),
        count(rule.hosts(), "host", "hosts")
    );
    Some(Doubt {
        kind: DoubtKind::Undecided,
        rule: Some(rule),
        architecture: None,
        message,
        order: found.steps.as_ref().map(|steps| (*architecture, steps.as_slice())),
    })
}

/// What is the matter with the core's remedies on an architecture.
fn remedy(result: &ArchitectureResult) -> Option<Doubt<'_>> {
    let report = result.remedies.as_ref()?;
    let architecture = Some(result.architecture);
    let doubt = |kind, message, order| Doubt { kind, rule: None, architecture, message, order };
    let case = report.failing_cases.first();
    let order = case.and_then(|case| Some((case.architecture, case.order.as_deref()?)));
    let failing = report.failing();
    if failing > Count::ZERO {
        let advised = case.map(|case| format!("; it advises {}", steps(&case.remedy)));
        let message = format!(
            "the core's remedy does not work on {} of {} that need one{}",
            count(failing, "host", "hosts"),
            count(report.checked.clone(), "host", "hosts"),
            advised.unwrap_or_default()
        );
        return Some(doubt(DoubtKind::RemedyFails, message, order));
    }
    if !report.is_open() {
        return None;
    }
    let message = format!(
        "the core's remedy is not known to work on {} of {} that need one",
        count(report.open.clone(), "host", "hosts"),
        count(report.checked.clone(), "host", "hosts")
    );
    Some(doubt(DoubtKind::RemedyOpen, message, order))
}

fn steps(remedy: &[Step]) -> String {
    if remedy.is_empty() { "nothing".to_owned() } else { words(remedy).join(" ") }
}
