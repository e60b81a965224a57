//! What a verification comes to: counts, and hosts where somebody is wrong.

use crate::{
    BaselineComparison, BoundaryPair, ClaimResult, Counterexample, Exact, FailureClass,
    Observability, RemedyReport, UncheckedClaim, repair::is_well, rules::STEP_COUNT_MIN,
};
use patchstate_rules::{CORE_RULE, Clause, ClauseValue, Rule};
use patchstate_servicing::ActionNames;
use patchstate_source::SourceFile;
use patchstate_space::Count;
use patchstate_terms::{Architecture, ProductWords, Status, Step};
use std::collections::{BTreeMap, BTreeSet};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Whether every reachable host was looked at.
    pub complete: bool,
    /// The catalog's name.
    pub catalog: String,
    /// What texts call its product.
    pub product: ProductWords,
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
    /// Every host that some install order leads to, or, where a bound stopped the search, those
    /// that were reached; `None` when the set of hosts is too large to be held.
    pub hosts: Option<HostCounts>,
    /// Pairs of host and step whose outcome is *applied*; `None` where they were not counted, as
    /// in a scope of several interaction groups.
    pub transitions: Option<u64>,
    /// The longest shortest path, in steps after the base operating system; `None` as above.
    pub depth: Option<usize>,
    /// Different PE images that were made.
    pub distinct_images: usize,
    /// Different sets of path and bytes that were made and judged.
    pub distinct_sets: usize,
    /// Statuses that are one step apart, where that was asked for.
    pub boundaries: Vec<BoundaryPair>,
    /// The slices that were too large to be searched for them.
    pub without_boundaries: usize,
    /// The core's remedies against the shortest repairs, where that was asked for.
    pub remedies: Option<RemedyReport>,
}

/// Hosts of a scope, counted exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostCounts {
    /// How many there are.
    pub all: Count,
    /// How many have each true status; statuses that no host has are left out.
    pub by_status: BTreeMap<Status, Count>,
}

impl HostCounts {
    /// The hosts of a scope as sets.
    pub(super) fn of(exact: &mut Exact) -> Self {
        Self { all: exact.space.count(), by_status: exact.by_status() }
    }

    /// How many hosts have a status.
    #[must_use]
    pub fn of_status(&self, status: Status) -> Count {
        self.by_status.get(&status).cloned().unwrap_or_default()
    }

    /// How many need a repair.
    pub(super) fn faulty(&self) -> Count {
        self.by_status.iter().filter(|(status, _)| !is_well(**status)).map(|(_, hosts)| hosts).sum()
    }

    pub(super) fn add(&mut self, status: Status, hosts: usize) {
        self.all += hosts;
        *self.by_status.entry(status).or_default() += hosts;
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
    /// Why it could not be asked about every host of an architecture: a clause without a full stop.
    pub open: BTreeMap<Architecture, String>,
    /// Whether what it reads is enough to be right; asked of wrong rules whose fields are known.
    pub observability: Option<Observability>,
    /// Hosts that were judged: on each architecture, by what is true and then by what was said.
    pub judged: BTreeMap<(Architecture, Status, Status), Count>,
    /// Why it is inconclusive, about a nearest host on which it is so, or the first that was met.
    pub inconclusive_reason: Option<String>,
    /// The hosts on which a rule is inconclusive, by architecture and truth. The core is asked for
    /// the exact status, so where it is inconclusive it is wrong.
    pub undecided: BTreeMap<(Architecture, FailureClass), Undecided>,
    /// Hosts on which verdict and truth differ, in each way on each architecture: for the core in
    /// status or in any finding, for a rule in whether the host has a status that it stands for.
    pub nearest: BTreeMap<(Architecture, FailureClass), Nearest>,
    /// Some of these, shortest install order first.
    pub counterexamples: Vec<Counterexample>,
    /// How that compares with what is accepted of the rule, where somebody has filled it in.
    pub baseline: Option<BaselineComparison>,
}

/// Hosts that are wrong in the same way on one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// How many there are.
    pub hosts: Count,
    /// The shortest install order that is known to reach one of them; `None` when all of them are
    /// farther from a bare system than orders are looked for.
    pub steps: Option<Vec<Step>>,
}

/// Hosts of one truth on one architecture about which a rule says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// How many there are.
    pub hosts: Count,
    /// The shortest install order that is known to reach one of them; `None` as with [`Nearest`].
    pub steps: Option<Vec<Step>>,
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
    /// Whether it is written to be the same on every host.
    pub is_constant: bool,
    /// Whether it may amount to something else on hosts that the rule was not asked about.
    pub is_open: bool,
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
        let is = |value| self.values.contains(&value);
        match (is(ClauseValue::True), is(ClauseValue::False)) {
            _ if self.is_constant || self.is_open || self.values.is_empty() => None,
            (false, false) => Some(Vacuity::NeverKnown),
            (false, true) => Some(Vacuity::NeverTrue),
            (true, false) => Some(Vacuity::NeverFalse),
            (true, true) => None,
        }
    }
}

impl RuleResult {
    /// Hosts that were judged.
    #[must_use]
    pub fn hosts(&self) -> Count {
        self.judged.values().sum()
    }

    /// Hosts by whether they have a status that the rule stands for, and by whether it says so.
    fn reported(&self, is_so: bool, is_said: bool) -> Count {
        let judged = self.judged.iter().filter(|((_, truth, verdict), _)| {
            *verdict != Status::Inconclusive
                && self.stands_for.contains(truth) == is_so
                && self.stands_for.contains(verdict) == is_said
        });
        judged.map(|(_, hosts)| hosts).sum()
    }

    /// Hosts that are reported, and rightly so.
    #[must_use]
    pub fn true_positive(&self) -> Count {
        self.reported(true, true)
    }

    /// Hosts that are reported, and should not be.
    #[must_use]
    pub fn false_positive(&self) -> Count {
        self.reported(false, true)
    }

    /// Hosts that are not reported, and rightly so.
    #[must_use]
    pub fn true_negative(&self) -> Count {
        self.reported(false, false)
    }

    /// Hosts that are not reported, and should be.
    #[must_use]
    pub fn false_negative(&self) -> Count {
        self.reported(true, false)
    }

    /// Hosts about which it says nothing.
    #[must_use]
    pub fn inconclusive(&self) -> Count {
        let silent =
            |(_, _, verdict): &(Architecture, Status, Status)| *verdict == Status::Inconclusive;
        self.judged.iter().filter(|(judged, _)| silent(judged)).map(|(_, hosts)| hosts).sum()
    }

    /// Hosts on which verdict and truth differ.
    #[must_use]
    pub fn wrong(&self) -> Count {
        self.nearest.values().map(|nearest| &nearest.hosts).sum()
    }

    /// Whether it is wrong on any host.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !self.nearest.is_empty()
    }

    /// Whether it is inconclusive on any host.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.inconclusive() > Count::ZERO
    }

    /// Hosts that are wrong in each way, on all architectures.
    #[must_use]
    pub fn failures(&self) -> BTreeMap<&FailureClass, Count> {
        let mut failures: BTreeMap<&FailureClass, Count> = BTreeMap::new();
        for ((_, failure), nearest) in &self.nearest {
            *failures.entry(failure).or_default() += &nearest.hosts;
        }
        failures
    }

    /// Whether it was asked about every host of every architecture.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.open.is_empty()
    }

    /// Why it was not, where it was not.
    #[must_use]
    pub fn open_reason(&self) -> Option<&str> {
        self.open.values().next().map(String::as_str)
    }

    /// Whether it is wrong where that is not accepted, or no longer wrong where it is accepted.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        match &self.baseline {
            Some(compared) => !compared.is_as_accepted(),
            None => self.is_wrong(),
        }
    }

    /// Whether it is right only since no host has a status that it stands for: a rule that never
    /// says anything would be as right. The core is asked for the exact status, and so is always
    /// tested.
    #[must_use]
    pub fn is_untested(&self) -> bool {
        let mut judged = self.judged.keys();
        self.rule != CORE_RULE
            && !self.judged.is_empty()
            && !self.is_wrong()
            && judged.all(|(_, truth, verdict)| {
                *verdict != Status::Inconclusive && !self.stands_for.contains(truth)
            })
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
                !found.undecided.is_empty() || !self.is_wrong() && !found.unproved.is_empty()
            }
            None => self.is_silent() || !self.is_wrong() && !self.is_covered(),
        }
    }

    /// The hosts about which it says nothing, and that nobody has accepted.
    pub fn new_undecided(
        &self,
    ) -> impl Iterator<Item = (&(Architecture, FailureClass), &Undecided)> {
        let is_accepted =
            |way| self.baseline.as_ref().is_some_and(|compared| !compared.undecided.contains(way));
        self.undecided.iter().filter(move |(way, _)| !is_accepted(way))
    }

    /// Whether a way of being wrong is accepted.
    #[must_use]
    pub fn accepts(&self, architecture: Architecture, failure: &FailureClass) -> bool {
        let mut known = self.baseline.iter().flat_map(|compared| &compared.known);
        known.any(|(of, known)| *of == architecture && known == failure)
    }

    pub(crate) fn core() -> Self {
        Self {
            rule: CORE_RULE.to_owned(),
            title: "the detection core".to_owned(),
            source: None,
            stands_for: BTreeSet::from([Status::Broken, Status::Mismatch]),
            clauses: Vec::new(),
            open: BTreeMap::new(),
            observability: None,
            judged: BTreeMap::new(),
            inconclusive_reason: None,
            undecided: BTreeMap::new(),
            nearest: BTreeMap::new(),
            counterexamples: Vec::new(),
            baseline: None,
        }
    }

    pub(super) fn of(rule: &dyn Rule) -> Self {
        let clause = |(place, clause): (usize, &Clause)| ClauseResult {
            clause: clause.clone(),
            values: BTreeSet::new(),
            is_constant: rule.is_constant(place),
            is_open: false,
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
        failure: FailureClass,
        hosts: usize,
        steps: Vec<Step>,
    ) {
        let new = || Nearest { hosts: Count::ZERO, steps: None };
        let found = self.nearest.entry((architecture, failure)).or_insert_with(new);
        found.hosts += hosts;
        keep_shorter(&mut found.steps, steps);
    }

    /// Notes hosts of one truth about which the rule says nothing.
    pub(super) fn add_undecided(
        &mut self,
        (architecture, truth): (Architecture, Status),
        hosts: usize,
        steps: Vec<Step>,
        reason: Option<String>,
    ) {
        let way = (architecture, FailureClass::undecided(truth));
        let new = || Undecided { hosts: Count::ZERO, steps: None, reason: None };
        let found = self.undecided.entry(way).or_insert_with(new);
        found.hosts += hosts;
        if keep_shorter(&mut found.steps, steps) {
            found.reason = reason;
        }
    }

    /// Calls no order shortest that a slice has found, unless a shorter one cannot need several
    /// slices.
    pub(super) fn doubt_shortest(&mut self) {
        for shown in &mut self.counterexamples {
            let way = (shown.architecture, FailureClass::from(&shown.disagreement));
            let nearest = self.nearest.get(&way).and_then(|nearest| nearest.steps.as_ref());
            let nearest = nearest.map(Vec::len);
            let count = shown.steps.len();
            shown.is_shortest &= count <= STEP_COUNT_MIN && nearest == Some(count);
        }
    }

    /// Adds what came of one more architecture. Of its counterexamples, which several slices may
    /// have shown, it keeps as many as there may be: first the nearest of each failure class, then
    /// the second ones, those of the worst truth before others. All are then in the order in which
    /// they are told: nearest first, so that a reader begins with the shortest story.
    pub(super) fn join(&mut self, mut own: Self, counterexample_count_max: usize) {
        for (all, own) in self.clauses.iter_mut().zip(own.clauses) {
            all.values.extend(own.values);
            all.is_open |= own.is_open;
        }
        self.open.append(&mut own.open);
        self.judged.append(&mut own.judged);
        self.undecided.append(&mut own.undecided);
        self.nearest.append(&mut own.nearest);
        self.inconclusive_reason = self.inconclusive_reason.take().or(own.inconclusive_reason);
        own.counterexamples.sort_by_key(|shown| (shown.disagreement.truth, shown.steps.len()));
        let mut seen: BTreeMap<FailureClass, usize> = BTreeMap::new();
        let mut ranked: Vec<(usize, Counterexample)> = Vec::new();
        for shown in own.counterexamples {
            let rank = seen.entry(FailureClass::from(&shown.disagreement)).or_default();
            ranked.push((*rank, shown));
            *rank += 1;
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.truncate(counterexample_count_max);
        self.counterexamples.extend(ranked.into_iter().map(|(_, shown)| shown));
        self.counterexamples.sort_by_key(|shown| (shown.steps.len(), shown.disagreement.truth));
    }

    /// Notes hosts that were judged.
    pub(super) fn add(&mut self, of: (Architecture, Status, Status), hosts: usize) {
        *self.judged.entry(of).or_default() += hosts;
    }
}

/// Keeps the shorter of two orders; whether that is the new one.
fn keep_shorter(known: &mut Option<Vec<Step>>, new: Vec<Step>) -> bool {
    let is_shorter = known.as_ref().is_none_or(|known| new.len() < known.len());
    if is_shorter {
        *known = Some(new);
    }
    is_shorter
}

/// Nothing yet, of the core and of some rules.
pub(super) fn results_of(rules: &[Box<dyn Rule>]) -> Vec<RuleResult> {
    let of_rules = rules.iter().map(|rule| RuleResult::of(rule.as_ref()));
    std::iter::once(RuleResult::core()).chain(of_rules).collect()
}
