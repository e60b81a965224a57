//! The object of `verify`.

use super::baseline::{BaselineObject, NearestObject};
use super::claims::{ClaimObject, UncheckedClaimObject};
use super::counterexample::{AnalysisObject, BoundaryObject, ShapeObject};
use super::ground::{GroundObject, word};
use super::observability::ObservabilityObject;
use super::remedies::RemediesObject;
use patchstate_study::{
    ArchitectureResult, ClauseResult, Counterexample, HostCounts, RuleResult, Vacuity, Verification,
};
use patchstate_terms::{Architecture, FindingKey, Status};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Every reachable host of a scope: rules against the truth.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifyObject {
    /// `patchstate.verify/2`.
    pub schema: &'static str,
    /// Whether every reachable host was looked at.
    pub complete: bool,
    /// Name and version of the catalog.
    pub catalog: String,
    /// Assumptions that have a switch, and the values in force.
    pub assumptions: BTreeMap<&'static str, &'static str>,
    /// The components and groups that steps could add and remove.
    pub components: Vec<String>,
    /// The updates that steps could install and remove.
    pub updates: Vec<String>,
    /// What was reached on each architecture.
    pub arches: Vec<ArchitectureObject>,
    /// How each rule did.
    pub rules: Vec<RuleObject>,
    /// The claims that were checked.
    pub claims: Vec<ClaimObject>,
    /// The claims that were not: the scope does not cover them, or the catalog lacks what they
    /// name.
    pub claims_not_checked: Vec<UncheckedClaimObject>,
}

/// What was reached on one architecture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ArchitectureObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// Every host that some install order of the scope leads to, counted exactly, in digits; where
    /// a bound stopped the search, those that were reached. Null when the set of hosts is too
    /// large to be held.
    pub hosts: Option<String>,
    /// Pairs of host and step whose outcome is *applied*, in digits. Null where they were not
    /// counted, as in a scope of several interaction groups.
    pub transitions: Option<String>,
    /// The longest shortest path in steps after the base operating system; null as above.
    pub depth: Option<usize>,
    /// Different images.
    pub distinct_images: usize,
    /// Different sets of path and bytes that were made and judged.
    pub distinct_sets: usize,
    /// These hosts by their true status; null where `hosts` is.
    pub by_status: Option<ByStatusObject>,
    /// Statuses that are one step apart, with the shortest order and the step across.
    pub boundaries: Vec<BoundaryObject>,
    /// How many slices (updates that have files in common, with the components that own these) were
    /// too large to be searched for `boundaries`.
    pub slices_without_boundaries: usize,
    /// The core's remedies, followed on every host, against the shortest repairs.
    pub remedies: Option<RemediesObject>,
}

/// Hosts by their true status, in digits: there can be more than a reader of JSON keeps exactly.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ByStatusObject {
    /// An import of the worker process does not resolve.
    pub broken: String,
    /// A file is of a lineage that is not that of the operating system.
    pub mismatch: String,
    /// A recorded update is not there.
    pub drift: String,
    /// Nothing is wrong.
    pub consistent: String,
    /// No component is installed.
    pub not_applicable: String,
}

/// How one rule did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleObject {
    /// The rule.
    pub rule: String,
    /// What it says, in a few words.
    pub title: String,
    /// The file that it was read from; null for the core and for a command line.
    pub source: Option<String>,
    /// The statuses that count as positive, in the verdict and in truth; worst first.
    pub stands_for: Vec<String>,
    /// Its conditions, and what they amount to on the hosts that were reached.
    pub clauses: Vec<ClauseObject>,
    /// Why it could not be asked about every host, by architecture; empty where it was.
    pub open: Vec<OpenObject>,
    /// Whether what it reads is enough to be right, for a rule that is wrong and of which it is
    /// known what it reads; else null.
    pub observability: Option<ObservabilityObject>,
    /// Hosts that were judged, in digits, as all numbers of hosts.
    pub hosts: String,
    /// Reported, and so.
    pub true_positive: String,
    /// Reported, and not so.
    pub false_positive: String,
    /// Not reported, and not so.
    pub true_negative: String,
    /// Not reported, and so.
    pub false_negative: String,
    /// Neither.
    pub inconclusive: String,
    /// Why, for the first set of files on which it was so.
    pub inconclusive_reason: Option<String>,
    /// The hosts on which a rule is inconclusive, by architecture and truth; empty for the core,
    /// which is wrong there.
    pub undecided: Vec<NearestObject>,
    /// Hosts on which verdict and truth differ: for the core in status or in any finding, for a
    /// rule in whether the host has a status that it stands for.
    pub wrong: String,
    /// How many of these are wrong in each way.
    pub shapes: Vec<ShapeObject>,
    /// Some of these, shortest install order first: different shapes before a shape comes twice.
    pub counterexamples: Vec<CounterexampleObject>,
    /// Every way in which it is wrong, on each architecture.
    pub nearest: Vec<NearestObject>,
    /// How that compares with what is accepted of the rule; null where nothing is.
    pub baseline: Option<BaselineObject>,
}

/// Why a rule could not be asked about every host of an architecture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpenObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// The reason, without a full stop.
    pub reason: String,
}

/// A condition of a rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClauseObject {
    /// The text.
    pub text: String,
    /// The line in the rule's file, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What it amounts to on some host that was reached: of `false`, `true` and `unknown`.
    pub values: Vec<&'static str>,
    /// Why it decides nothing on any reachable host: `never-true`, `never-false` or `never-known`;
    /// null where it does decide, where it is written to be constant, and where that is not proved.
    pub vacuous: Option<&'static str>,
}

/// A host where verdict and truth differ.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CounterexampleObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// The shortest install order that reaches it, or, where `shortest` is false, a short one.
    pub steps: Vec<String>,
    /// Whether it is proved that no shorter order is wrong in the same way.
    pub shortest: bool,
    /// The true status.
    pub truth: String,
    /// The status of the verdict.
    pub verdict: String,
    /// What was missed and what was invented.
    pub why: String,
    /// The place among the rule's clauses, from 0, of the one that decided.
    pub clause: Option<usize>,
    /// The conditions that the verdict rests on, with what they read; the first is the one to look
    /// at. Empty where the inside of the rule cannot be seen.
    pub grounds: Vec<GroundObject>,
    /// Why the rule says so, in its own words; null where it gives no reason.
    pub reason: Option<String>,
    /// What each step is needed for, and how the findings came about.
    pub analysis: AnalysisObject,
}

impl VerifyObject {
    /// The object of a verification over these components and updates.
    #[must_use]
    pub fn new(verification: &Verification) -> Self {
        Self {
            schema: "patchstate.verify/2",
            complete: verification.complete,
            catalog: verification.catalog.clone(),
            assumptions: verification.assumptions.iter().copied().collect(),
            components: verification.names.components.clone(),
            updates: verification.names.updates.clone(),
            arches: verification.architectures.iter().map(ArchitectureObject::from).collect(),
            rules: verification
                .rules
                .iter()
                .map(|rule| RuleObject::new(rule, verification.complete))
                .collect(),
            claims: verification.claims.iter().map(ClaimObject::from).collect(),
            claims_not_checked: verification
                .unchecked_claims
                .iter()
                .map(UncheckedClaimObject::from)
                .collect(),
        }
    }
}

impl From<&ArchitectureResult> for ArchitectureObject {
    fn from(result: &ArchitectureResult) -> Self {
        Self {
            arch: result.architecture.to_string(),
            hosts: result.hosts.as_ref().map(|hosts| hosts.all.to_string()),
            transitions: result.transitions.map(|count| count.to_string()),
            depth: result.depth,
            distinct_images: result.distinct_images,
            distinct_sets: result.distinct_sets,
            by_status: result.hosts.as_ref().map(ByStatusObject::from),
            boundaries: result.boundaries.iter().map(BoundaryObject::from).collect(),
            slices_without_boundaries: result.without_boundaries,
            remedies: result.remedies.as_ref().map(RemediesObject::from),
        }
    }
}

impl From<&HostCounts> for ByStatusObject {
    fn from(counts: &HostCounts) -> Self {
        let of = |status| counts.of_status(status).to_string();
        Self {
            broken: of(Status::Broken),
            mismatch: of(Status::Mismatch),
            drift: of(Status::Drift),
            consistent: of(Status::Consistent),
            not_applicable: of(Status::NotApplicable),
        }
    }
}

impl OpenObject {
    fn new((architecture, reason): (&Architecture, &String)) -> Self {
        Self { arch: architecture.to_string(), reason: reason.clone() }
    }
}

impl RuleObject {
    pub(super) fn new(result: &RuleResult, complete: bool) -> Self {
        Self {
            rule: result.rule.clone(),
            title: result.title.clone(),
            source: file_of(result),
            stands_for: result.stands_for.iter().map(ToString::to_string).collect(),
            clauses: clauses(result, complete),
            open: result.open.iter().map(OpenObject::new).collect(),
            observability: result.observability.as_ref().map(ObservabilityObject::from),
            hosts: result.hosts().to_string(),
            true_positive: result.true_positive().to_string(),
            false_positive: result.false_positive().to_string(),
            true_negative: result.true_negative().to_string(),
            false_negative: result.false_negative().to_string(),
            inconclusive: result.inconclusive().to_string(),
            inconclusive_reason: result.inconclusive_reason.clone(),
            undecided: NearestObject::undecided(result),
            wrong: result.wrong().to_string(),
            shapes: result.failures().into_iter().map(ShapeObject::from).collect(),
            counterexamples: result
                .counterexamples
                .iter()
                .map(|shown| CounterexampleObject::new(result, shown))
                .collect(),
            nearest: NearestObject::all(result),
            baseline: result.baseline.as_ref().map(BaselineObject::from),
        }
    }
}

/// The file of a rule; a command line has none.
fn file_of(result: &RuleResult) -> Option<String> {
    let source = result.source.as_ref().filter(|source| !source.name.starts_with('<'));
    source.map(|source| source.name.to_string())
}

fn clauses(result: &RuleResult, proved: bool) -> Vec<ClauseObject> {
    let clause = |found: &ClauseResult| {
        let place = result.source.as_ref().map(|source| source.place(found.clause.span.start));
        ClauseObject {
            text: found.clause.text.clone(),
            line: place.as_ref().map_or(0, |place| place.line),
            column: place.as_ref().map_or(0, |place| place.column),
            values: found.values.iter().map(|value| word(*value)).collect(),
            vacuous: found.vacuity().filter(|_| proved).map(vacuity),
        }
    };
    result.clauses.iter().map(clause).collect()
}

const fn vacuity(vacuity: Vacuity) -> &'static str {
    match vacuity {
        Vacuity::NeverTrue => "never-true",
        Vacuity::NeverFalse => "never-false",
        Vacuity::NeverKnown => "never-known",
    }
}

impl CounterexampleObject {
    fn new(rule: &RuleResult, counterexample: &Counterexample) -> Self {
        Self {
            arch: counterexample.architecture.to_string(),
            steps: counterexample.steps.iter().map(ToString::to_string).collect(),
            shortest: counterexample.is_shortest,
            truth: counterexample.disagreement.truth.to_string(),
            verdict: counterexample.disagreement.verdict.to_string(),
            why: why(counterexample),
            clause: counterexample.clause,
            grounds: GroundObject::all(rule, counterexample),
            reason: counterexample.reason.clone(),
            analysis: AnalysisObject::from(&counterexample.analysis),
        }
    }
}

/// What a verdict missed and invented, in a line.
fn why(counterexample: &Counterexample) -> String {
    let list =
        |keys: &[FindingKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let disagreement = &counterexample.disagreement;
    let mut parts = Vec::new();
    if disagreement.truth != disagreement.verdict {
        parts.push(format!("truth is {}, not {}", disagreement.truth, disagreement.verdict));
    }
    if !disagreement.missed.is_empty() {
        parts.push(format!("missed: {}", list(&disagreement.missed)));
    }
    if !disagreement.invented.is_empty() {
        parts.push(format!("invented: {}", list(&disagreement.invented)));
    }
    parts.join("; ")
}
