//! The object of `verify`.

use super::baseline::{BaselineObject, NearestObject};
use super::claims::{ClaimObject, UncheckedClaimObject};
use super::counterexample::{AnalysisObject, BoundaryObject, ShapeObject};
use super::ground::{GroundObject, word};
use super::observability::ObservabilityObject;
use super::remedies::RemediesObject;
use patchstate_harness::{
    ArchitectureResult, ClauseResult, Counterexample, Coverage, HostCounts, RuleResult,
    SliceResult, StatusCounts, Vacuity, Verification,
};
use patchstate_terms::{Architecture, FindingKey, Status};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Every reachable host of a scope: rules against the truth.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifyObject {
    /// `patchstate.verify/1`.
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
    /// Distinct hosts.
    pub states: usize,
    /// Pairs of host and step whose outcome is *applied*.
    pub transitions: u64,
    /// The longest shortest path in steps after the base operating system.
    pub depth: usize,
    /// Different images.
    pub distinct_images: usize,
    /// Different sets of path and bytes.
    pub distinct_sets: usize,
    /// Hosts by their true status.
    pub by_status: ByStatusObject,
    /// Every host that some install order of the scope leads to, counted exactly, in digits. Null
    /// when a bound stopped the search, or when the set of hosts is too large to be held.
    pub hosts: Option<String>,
    /// These hosts by their true status, in digits.
    pub hosts_by_status: Option<HostsByStatusObject>,
    /// Statuses that are one step apart, with the shortest order and the step across.
    pub boundaries: Vec<BoundaryObject>,
    /// The core's remedies, followed on every host, against the shortest repairs.
    pub remedies: Option<RemediesObject>,
    /// The slices; empty for a scope that was searched as a whole.
    pub slices: Vec<SliceObject>,
}

/// What was reached in one slice.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SliceObject {
    /// The components and groups that steps could add and remove.
    pub components: Vec<String>,
    /// The updates that steps could install and remove.
    pub updates: Vec<String>,
    /// Distinct hosts.
    pub states: usize,
    /// Pairs of host and step whose outcome is *applied*.
    pub transitions: u64,
    /// The longest shortest path in steps after the base operating system.
    pub depth: usize,
    /// Different images.
    pub distinct_images: usize,
    /// Different sets of path and bytes.
    pub distinct_sets: usize,
    /// Hosts by their true status.
    pub by_status: ByStatusObject,
}

/// Hosts of a whole scope by their true status, in digits: there can be more than a reader of JSON
/// keeps exactly.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct HostsByStatusObject {
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

/// Hosts by their true status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ByStatusObject {
    /// An import of the worker process does not resolve.
    pub broken: usize,
    /// A file is of another lineage than the operating system.
    pub mismatch: usize,
    /// A file of a recorded update is older than recorded.
    pub drift: usize,
    /// None of these.
    pub consistent: usize,
    /// No component is present.
    pub not_applicable: usize,
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
    /// Whether every combination of what the rule reads was looked at, on every architecture.
    pub covered: bool,
    /// How, on each architecture that was searched in slices; empty for a scope that was searched
    /// as a whole.
    pub coverage: Vec<CoverageObject>,
    /// Whether what it reads is enough to be right, for a rule that is wrong and of which it is
    /// known what it reads; else null.
    pub observability: Option<ObservabilityObject>,
    /// Hosts that were judged.
    pub states: usize,
    /// Reported, and so.
    pub true_positive: usize,
    /// Reported, and not so.
    pub false_positive: usize,
    /// Not reported, and not so.
    pub true_negative: usize,
    /// Not reported, and so.
    pub false_negative: usize,
    /// Neither.
    pub inconclusive: usize,
    /// Why, for the first set of files on which it was so.
    pub inconclusive_reason: Option<String>,
    /// The hosts on which a rule is inconclusive, by architecture and truth; empty for the core,
    /// which is wrong there.
    pub undecided: Vec<NearestObject>,
    /// Hosts on which verdict and truth differ: for the core in status or in any finding, for a
    /// rule in whether the host has a status that it stands for.
    pub wrong: usize,
    /// How many of these no slice shows: a nearest one of each way of being wrong that no slice by
    /// itself shows, or not as near as it can be. There may be any number of others.
    pub wrong_together: usize,
    /// How many of these are wrong in each way.
    pub shapes: Vec<ShapeObject>,
    /// Some of these, shortest install order first: different shapes before a shape comes twice.
    pub counterexamples: Vec<CounterexampleObject>,
    /// Every way in which it is wrong, on each architecture.
    pub nearest: Vec<NearestObject>,
    /// The ways in which it is wrong on hosts that no slice shows, and that are all farther from a
    /// bare system than orders are looked for.
    pub predicted: Vec<NearestObject>,
    /// How that compares with what is accepted of the rule; null where nothing is.
    pub baseline: Option<BaselineObject>,
}

/// How what a rule reads was covered in slices.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CoverageObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// `slice`: one slice has all that can change what the rule reads. `composed`: what it
    /// says of every host of the whole was worked out from what it reads in several slices.
    /// `open`: not covered.
    pub how: &'static str,
    /// Why it is open; else null.
    pub reason: Option<String>,
}

impl CoverageObject {
    fn new((architecture, coverage): (&Architecture, &Coverage)) -> Self {
        let (how, reason) = match coverage {
            Coverage::Slice => ("slice", None),
            Coverage::Composed => ("composed", None),
            Coverage::Open(reason) => ("open", Some(reason.clone())),
        };
        Self { arch: architecture.to_string(), how, reason }
    }
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
    /// What each step is needed for, and how the findings came about.
    pub analysis: AnalysisObject,
}

impl VerifyObject {
    /// The object of a verification over these components and updates.
    #[must_use]
    pub fn new(verification: &Verification) -> Self {
        Self {
            schema: "patchstate.verify/1",
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
            states: result.states,
            transitions: result.transitions,
            depth: result.depth,
            distinct_images: result.distinct_images,
            distinct_sets: result.distinct_sets,
            by_status: ByStatusObject::from(&result.by_status),
            hosts: result.hosts.as_ref().map(|hosts| hosts.all.to_string()),
            hosts_by_status: result.hosts.as_ref().map(HostsByStatusObject::from),
            boundaries: result.boundaries.iter().map(BoundaryObject::from).collect(),
            remedies: result.remedies.as_ref().map(RemediesObject::from),
            slices: result.slices.iter().map(SliceObject::from).collect(),
        }
    }
}

impl From<&HostCounts> for HostsByStatusObject {
    fn from(counts: &HostCounts) -> Self {
        let of = |status| {
            let count = counts.by_status.get(&status);
            count.map_or_else(|| "0".to_owned(), ToString::to_string)
        };
        Self {
            broken: of(Status::Broken),
            mismatch: of(Status::Mismatch),
            drift: of(Status::Drift),
            consistent: of(Status::Consistent),
            not_applicable: of(Status::NotApplicable),
        }
    }
}

impl From<&SliceResult> for SliceObject {
    fn from(result: &SliceResult) -> Self {
        Self {
            components: result.names.components.clone(),
            updates: result.names.updates.clone(),
            states: result.states,
            transitions: result.transitions,
            depth: result.depth,
            distinct_images: result.distinct_images,
            distinct_sets: result.distinct_sets,
            by_status: ByStatusObject::from(&result.by_status),
        }
    }
}

impl From<&StatusCounts> for ByStatusObject {
    fn from(counts: &StatusCounts) -> Self {
        Self {
            broken: counts.of(Status::Broken),
            mismatch: counts.of(Status::Mismatch),
            drift: counts.of(Status::Drift),
            consistent: counts.of(Status::Consistent),
            not_applicable: counts.of(Status::NotApplicable),
        }
    }
}

impl RuleObject {
    fn new(result: &RuleResult, complete: bool) -> Self {
        Self {
            rule: result.rule.clone(),
            title: result.title.clone(),
            source: file_of(result),
            stands_for: result.stands_for.iter().map(ToString::to_string).collect(),
            clauses: clauses(result, complete),
            covered: result.covered,
            coverage: result.coverage.iter().map(CoverageObject::new).collect(),
            observability: result.observability.as_ref().map(ObservabilityObject::from),
            states: result.states,
            true_positive: result.true_positive,
            false_positive: result.false_positive,
            true_negative: result.true_negative,
            false_negative: result.false_negative,
            inconclusive: result.inconclusive,
            inconclusive_reason: result.inconclusive_reason.clone(),
            undecided: NearestObject::undecided(result),
            wrong: result.wrong,
            wrong_together: result.wrong_together,
            shapes: result.shapes.iter().map(ShapeObject::from).collect(),
            counterexamples: result
                .counterexamples
                .iter()
                .map(|shown| CounterexampleObject::new(result, shown))
                .collect(),
            nearest: NearestObject::all(result),
            predicted: NearestObject::predicted(result),
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
