//! What a verification comes to: counts, and hosts where somebody is wrong.

use super::CORE_RULE;
use crate::{
    BaselineComparison, BoundaryPair, ClaimResult, Counterexample, Exact, HarnessError,
    Observability, RemedyReport, Shape, UncheckedClaim, rules::STEP_COUNT_MIN,
};
use patchstate_rules::{Clause, ClauseValue, Rule};
use patchstate_servicing::ActionNames;
use patchstate_space::Count;
use patchstate_terms::{Architecture, SourceFile, Status, Step};
use std::collections::{BTreeMap, BTreeSet};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Whether every reachable host was looked at.
    pub complete: bool,
    /// The catalog's name.
    pub catalog: String,
    /// What the steps could name.
    pub names: ActionNames,
    /// Whether that, and the architectures, are everything that the catalog has.
    pub covers_catalog: bool,
    /// The assumptions with a switch, and their values.
    pub assumptions: Vec<(&'static str, &'static str)>,
    /// One entry for each architecture.
    pub architectures: Vec<ArchitectureResult>,
    /// One entry for each rule.
    pub rules: Vec<RuleResult>,
    /// The claims that were checked; [`check_claims`](crate::check_claims) fills them in.
    pub claims: Vec<ClaimResult>,
    /// The claims that were not checked, and why.
    pub unchecked_claims: Vec<UncheckedClaim>,
}

/// What was reached on one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchitectureResult {
    /// The architecture.
    pub architecture: Architecture,
    /// Distinct hosts.
    pub states: usize,
    /// Pairs of host and step whose outcome is *applied*.
    pub transitions: u64,
    /// The longest shortest path, in steps after the base operating system.
    pub depth: usize,
    /// Different PE images.
    pub distinct_images: usize,
    /// Different sets of path and bytes.
    pub distinct_sets: usize,
    /// Hosts by their true status.
    pub by_status: StatusCounts,
    /// Every host that some install order of the scope leads to, counted exactly, also where the
    /// scope was searched in slices; `None` when a bound stopped the search, or when the set of
    /// hosts needs too many nodes of a diagram.
    pub hosts: Option<HostCounts>,
    /// Statuses that are one step apart, where that was asked for.
    pub boundaries: Vec<BoundaryPair>,
    /// The core's remedies against the shortest repairs, where that was asked for.
    pub remedies: Option<RemedyReport>,
    /// The slices; empty for a scope that was searched as a whole.
    pub slices: Vec<SliceResult>,
}

/// The hosts of a whole scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCounts {
    /// How many there are.
    pub all: Count,
    /// How many have each true status; statuses that no host has are left out.
    pub by_status: BTreeMap<Status, Count>,
}

impl HostCounts {
    /// The hosts of a scope as sets.
    ///
    /// # Errors
    /// When the diagrams grow too large.
    pub(super) fn of(exact: &mut Exact) -> Result<Self, HarnessError> {
        Ok(Self { all: exact.space.count(), by_status: exact.by_status()? })
    }

    /// The hosts of a scope that was searched as a whole.
    pub(super) fn searched(by_status: &StatusCounts) -> Self {
        let by_status = &by_status.0;
        Self {
            all: Count::from(by_status.values().sum::<usize>()),
            by_status: by_status.iter().map(|(s, count)| (*s, Count::from(*count))).collect(),
        }
    }
}

/// What was reached in one slice, or in a scope as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceResult {
    /// What the steps could name.
    pub names: ActionNames,
    /// Distinct hosts.
    pub states: usize,
    /// Pairs of host and step whose outcome is *applied*.
    pub transitions: u64,
    /// The longest shortest path, in steps after the base operating system.
    pub depth: usize,
    /// Different PE images.
    pub distinct_images: usize,
    /// Different sets of path and bytes.
    pub distinct_sets: usize,
    /// Hosts by their true status.
    pub by_status: StatusCounts,
}

/// How many hosts have each true status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts(pub BTreeMap<Status, usize>);

impl StatusCounts {
    /// How many hosts have a status.
    #[must_use]
    pub fn of(&self, status: Status) -> usize {
        self.0.get(&status).copied().unwrap_or(0)
    }
}

/// How one rule did.
///
/// Positive is a verdict that the rule [stands for](Self::stands_for); true is that the host has
/// one of these statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleResult {
    /// The rule's name.
    pub rule: String,
    /// What it says, in a few words.
    pub title: String,
    /// The file that it was read from; `None` for the core.
    pub source: Option<SourceFile>,
    /// The statuses that it should report.
    pub stands_for: BTreeSet<Status>,
    /// Its conditions, and what each of them was on some reachable host.
    pub clauses: Vec<ClauseResult>,
    /// Whether every combination of what the rule reads was looked at, on every architecture.
    pub covered: bool,
    /// How, on each architecture that was searched in slices.
    pub coverage: BTreeMap<Architecture, Coverage>,
    /// Whether what it reads is enough to be right; asked of wrong rules whose fields are known.
    pub observability: Option<Observability>,
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
    /// The hosts on which a rule is inconclusive, by architecture and truth. The core is asked for
    /// the exact status, so where it is inconclusive it is wrong.
    pub undecided: BTreeMap<(Architecture, Shape), Undecided>,
    /// Hosts on which verdict and truth differ: for the core in status or in any finding, for a
    /// rule in whether the host has a status that it stands for.
    pub wrong: usize,
    /// How many of these no slice shows. There may be any number of others: a nearest host is
    /// looked for of each way of being wrong that no slice by itself shows, or not as near as it
    /// can be.
    pub wrong_together: usize,
    /// How many of these are wrong in each way.
    pub shapes: BTreeMap<Shape, usize>,
    /// Some of these, shortest install order first.
    pub counterexamples: Vec<Counterexample>,
    /// Every way in which it is wrong on each architecture, also those that are not among the
    /// counterexamples that were kept.
    pub nearest: BTreeMap<(Architecture, Shape), Nearest>,
    /// The ways in which it is wrong on hosts that no slice shows, and that are all farther from a
    /// bare system than orders are looked for.
    pub predicted: BTreeSet<(Architecture, Shape)>,
    /// How that compares with what is accepted of the rule, where somebody has filled it in.
    pub baseline: Option<BaselineComparison>,
}

/// How what a rule reads was covered where a scope was searched in slices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Some slice has all that can change what the rule reads: what was found there holds for
    /// every host.
    Slice,
    /// It reads what several slices have: what it says of every host of the whole was worked out.
    Composed,
    /// Not, and why: a clause without a full stop.
    Open(String),
}

/// Hosts that are wrong in the same way on one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// How many there are.
    pub hosts: usize,
    /// The shortest install order that reaches one of them.
    pub steps: Vec<Step>,
}

/// Hosts of one truth on one architecture about which a rule says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// How many there are.
    pub hosts: usize,
    /// The shortest install order that reaches one of them.
    pub steps: Vec<Step>,
    /// Why the rule is inconclusive about that one.
    pub reason: Option<String>,
}

/// A condition of a rule over all reachable hosts. One that is never true, or never false, decides
/// nothing there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseResult {
    /// The condition.
    pub clause: Clause,
    /// What it amounted to on at least one host.
    pub values: BTreeSet<ClauseValue>,
    /// What it may amount to besides, on hosts that no slice shows.
    pub possible: BTreeSet<ClauseValue>,
    /// Whether it is written to be the same on every host.
    pub is_constant: bool,
}

/// Why a condition decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vacuity {
    /// It holds on no host.
    NeverTrue,
    /// It fails on no host.
    NeverFalse,
    /// It can be known on no host.
    NeverKnown,
}

impl ClauseResult {
    /// Why it decides nothing on any host that there can be, unless it is written to be so.
    #[must_use]
    pub fn vacuity(&self) -> Option<Vacuity> {
        let is = |value| self.values.contains(&value) || self.possible.contains(&value);
        match (is(ClauseValue::True), is(ClauseValue::False)) {
            _ if self.is_constant || self.values.is_empty() => None,
            (false, false) => Some(Vacuity::NeverKnown),
            (false, true) => Some(Vacuity::NeverTrue),
            (true, false) => Some(Vacuity::NeverFalse),
            (true, true) => None,
        }
    }
}

impl RuleResult {
    /// Whether the slices by themselves show every host that there can be for the rule.
    #[must_use]
    pub fn is_seen_whole(&self) -> bool {
        self.covered && !self.coverage.values().any(|how| *how == Coverage::Composed)
    }

    /// Why it is not covered, where it is not.
    #[must_use]
    pub fn open_reason(&self) -> Option<&str> {
        self.unproved().next().map(|(_, reason)| reason)
    }

    /// Whether it is wrong where that is not accepted, or no longer wrong where it is accepted.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        match &self.baseline {
            Some(compared) => !compared.is_as_accepted(),
            None => self.wrong > 0,
        }
    }

    /// Whether it is right only since no host has a status that it stands for: a rule that never
    /// says anything would be as right. The core is asked for the exact status, and so is always
    /// tested.
    #[must_use]
    pub fn is_untested(&self) -> bool {
        let positives = self.true_positive + self.false_negative;
        self.rule != CORE_RULE && self.states > 0 && self.wrong + self.inconclusive + positives == 0
    }

    /// Whether it is not known to be right or wrong in a way that nobody has accepted: it is
    /// inconclusive on some host, or not proved over the whole scope, or nothing in the scope
    /// could show it wrong.
    #[must_use]
    pub fn is_open(&self) -> bool {
        if self.is_untested() {
            return true;
        }
        match &self.baseline {
            Some(found) => {
                !found.undecided.is_empty()
                    || !found.open.is_empty()
                    || self.wrong == 0 && !found.unproved.is_empty()
            }
            None => self.inconclusive > 0 || self.wrong == 0 && !self.covered,
        }
    }

    /// The hosts about which it says nothing, and that nobody has accepted.
    pub fn new_undecided(&self) -> impl Iterator<Item = (&(Architecture, Shape), &Undecided)> {
        let is_accepted =
            |way| self.baseline.as_ref().is_some_and(|compared| !compared.undecided.contains(way));
        self.undecided.iter().filter(move |(way, _)| !is_accepted(way))
    }

    /// The architectures on which it is not proved over the whole scope.
    pub fn unproved(&self) -> impl Iterator<Item = (Architecture, &str)> {
        self.coverage.iter().filter_map(|(architecture, how)| match how {
            Coverage::Open(reason) => Some((*architecture, reason.as_str())),
            Coverage::Slice | Coverage::Composed => None,
        })
    }

    /// Whether a way of being wrong is accepted.
    #[must_use]
    pub fn accepts(&self, architecture: Architecture, shape: &Shape) -> bool {
        let mut known = self.baseline.iter().flat_map(|compared| &compared.known);
        known.any(|(of, known)| *of == architecture && known == shape)
    }

    pub(crate) fn core() -> Self {
        Self {
            rule: CORE_RULE.to_owned(),
            title: "the detection core".to_owned(),
            source: None,
            stands_for: BTreeSet::from([Status::Broken, Status::Mismatch]),
            clauses: Vec::new(),
            covered: true,
            coverage: BTreeMap::new(),
            observability: None,
            states: 0,
            true_positive: 0,
            false_positive: 0,
            true_negative: 0,
            false_negative: 0,
            inconclusive: 0,
            inconclusive_reason: None,
            undecided: BTreeMap::new(),
            wrong: 0,
            wrong_together: 0,
            shapes: BTreeMap::new(),
            counterexamples: Vec::new(),
            nearest: BTreeMap::new(),
            predicted: BTreeSet::new(),
            baseline: None,
        }
    }

    pub(super) fn of(rule: &dyn Rule) -> Self {
        let clause = |(place, clause): (usize, &Clause)| ClauseResult {
            clause: clause.clone(),
            values: BTreeSet::new(),
            possible: BTreeSet::new(),
            is_constant: rule.is_constant(place),
        };
        Self {
            rule: rule.id().to_owned(),
            title: rule.title().to_owned(),
            source: Some(rule.source().clone()),
            stands_for: rule.stands_for().clone(),
            clauses: rule.clauses().iter().enumerate().map(clause).collect(),
            ..Self::core()
        }
    }

    /// Notes hosts that are wrong in the same way, and the shortest order to one of them.
    pub(super) fn add_wrong(
        &mut self,
        architecture: Architecture,
        shape: Shape,
        hosts: usize,
        steps: Vec<Step>,
    ) {
        let nearest = Nearest { hosts: 0, steps };
        let found = self.nearest.entry((architecture, shape)).or_insert_with(|| nearest.clone());
        found.hosts += hosts;
        if nearest.steps.len() < found.steps.len() {
            found.steps = nearest.steps;
        }
    }

    /// Notes hosts of one truth about which the rule says nothing.
    pub(super) fn add_undecided(
        &mut self,
        architecture: Architecture,
        truth: Status,
        new: Undecided,
    ) {
        let hosts = new.hosts;
        let way = (architecture, Shape::undecided(truth));
        let found =
            self.undecided.entry(way).or_insert_with(|| Undecided { hosts: 0, ..new.clone() });
        let hosts = found.hosts + hosts;
        if new.steps.len() < found.steps.len() {
            *found = new;
        }
        found.hosts = hosts;
    }

    /// Calls no order shortest that a slice has found, unless a shorter one cannot need several
    /// slices.
    pub(super) fn doubt_shortest(rules: &mut [Self], architecture: Architecture) {
        for Self { counterexamples, nearest, .. } in rules {
            for shown in counterexamples.iter_mut().filter(|s| s.architecture == architecture) {
                let way = (architecture, Shape::from(&shown.disagreement));
                let nearest = nearest.get(&way).map(|nearest| nearest.steps.len());
                let count = shown.steps.len();
                shown.is_shortest &= count <= STEP_COUNT_MIN && nearest == Some(count);
            }
        }
    }

    /// Of the counterexamples from one on, which several slices have shown, keeps as many as there
    /// may be: first the nearest of each shape, then the second ones, those of the worst truth
    /// before others. All are then in the order in which they are told: nearest first, so that a
    /// reader begins with the shortest story.
    pub(super) fn keep_different(&mut self, from: usize, count_max: usize) {
        let worst_first = |shown: &Counterexample| (shown.disagreement.truth, shown.steps.len());
        let mut new = self.counterexamples.split_off(from);
        new.sort_by_key(worst_first);
        let mut seen: BTreeMap<Shape, usize> = BTreeMap::new();
        let mut ranked: Vec<(usize, Counterexample)> = Vec::new();
        for shown in new {
            let rank = seen.entry(Shape::from(&shown.disagreement)).or_default();
            ranked.push((*rank, shown));
            *rank += 1;
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.truncate(count_max);
        self.counterexamples.extend(ranked.into_iter().map(|(_, shown)| shown));
        self.counterexamples.sort_by_key(|shown| (shown.steps.len(), shown.disagreement.truth));
    }

    pub(super) fn add(&mut self, truth: Status, verdict: Status) {
        let stands_for = &self.stands_for;
        self.states += 1;
        *match (stands_for.contains(&truth), stands_for.contains(&verdict)) {
            _ if verdict == Status::Inconclusive => &mut self.inconclusive,
            (true, true) => &mut self.true_positive,
            (false, true) => &mut self.false_positive,
            (false, false) => &mut self.true_negative,
            (true, false) => &mut self.false_negative,
        } += 1;
    }
}
