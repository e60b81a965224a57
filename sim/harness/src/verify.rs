//! Every reachable host of a scope: the detection core against the truth.

use crate::{
    Analysis, BoundaryPair, ClaimResult, HarnessError, Looks, Reached, Shape, SharedFiles,
    Simulation, Slicing, boundaries,
};
use patchstate_catalog::Catalog;
use patchstate_detect::Verdict;
use patchstate_explore::{Bounds, Progress, StateId};
use patchstate_image::HostTree;
use patchstate_oracle::{Disagreement, Truth, compare};
use patchstate_servicing::{ActionNames, Switches};
use patchstate_terms::{Architecture, Status, Step, WindowsPath};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The name of the detection core among rules.
pub const CORE_RULE: &str = "core";

/// What to verify.
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// The architectures, in this order.
    pub architectures: Vec<Architecture>,
    /// The values of the switches.
    pub switches: Switches,
    /// What the steps may name.
    pub names: ActionNames,
    /// Whether the scope is searched in slices instead of as a whole.
    pub sliced: bool,
    /// Where to stop before the fixpoint.
    pub bounds: Bounds,
    /// Whether to look for the borders between statuses.
    pub boundaries: bool,
    /// How many counterexamples to keep for each rule and search.
    pub counterexample_count_max: usize,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyProgress {
    /// Hosts are being reached.
    Exploring(Architecture, Progress),
    /// Files are being made and judged.
    Judging {
        /// The architecture.
        architecture: Architecture,
        /// Hosts that were judged so far.
        done: usize,
        /// Hosts in all.
        total: usize,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Whether every reachable host was looked at.
    pub complete: bool,
    /// The catalog's name.
    pub catalog: String,
    /// What the steps could name.
    pub names: ActionNames,
    /// The assumptions with a switch, and their values.
    pub assumptions: Vec<(&'static str, &'static str)>,
    /// One entry for each architecture.
    pub architectures: Vec<ArchitectureResult>,
    /// One entry for each rule.
    pub rules: Vec<RuleResult>,
    /// The claims that were checked; [`check_claims`](crate::check_claims) fills them in.
    pub claims: Vec<ClaimResult>,
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
    /// How many hosts those that were reached stand for: as many, or, for a scope in slices, the
    /// combinations of slices' hosts that agree in what slices share; `None` when that number has
    /// more than 38 digits.
    pub hosts: Option<u128>,
    /// Statuses that are one step apart, where that was asked for.
    pub boundaries: Vec<BoundaryPair>,
    /// The slices; empty for a scope that was searched as a whole.
    pub slices: Vec<SliceResult>,
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
/// Positive is a verdict of *broken* or *mismatch*; true is that the host is one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleResult {
    /// The rule's name.
    pub rule: String,
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
    /// Hosts on which verdict and truth differ in status or in any finding.
    pub wrong: usize,
    /// How many of these are wrong in each way.
    pub shapes: BTreeMap<Shape, usize>,
    /// Some of these, shortest install order first: the first of each shape, then the second ones.
    pub counterexamples: Vec<Counterexample>,
}

/// A host where verdict and truth differ, with the shortest order that reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The architecture.
    pub architecture: Architecture,
    /// The install order.
    pub steps: Vec<Step>,
    /// What differs.
    pub disagreement: Disagreement,
    /// What each step is needed for, and how what differs came about.
    pub analysis: Analysis,
}

/// Looks at every host that any order of the steps can reach.
pub fn verify(
    catalog: &Arc<Catalog>,
    options: &VerifyOptions,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Verification, HarnessError> {
    let mut verification = Verification {
        complete: true,
        catalog: catalog.name.clone(),
        names: options.names.clone(),
        assumptions: options.switches.words().to_vec(),
        architectures: Vec::new(),
        rules: Vec::new(),
        claims: Vec::new(),
    };
    let mut core = RuleResult::new(CORE_RULE);
    for architecture in &options.architectures {
        let run = Run { catalog, options, architecture: *architecture, progress };
        let result = run.verify(&mut core, &mut verification.complete)?;
        verification.architectures.push(result);
    }
    verification.rules.push(core);
    Ok(verification)
}

/// The verification of one architecture.
struct Run<'a> {
    catalog: &'a Arc<Catalog>,
    options: &'a VerifyOptions,
    architecture: Architecture,
    progress: &'a (dyn Fn(VerifyProgress) + Sync),
}

impl Run<'_> {
    fn verify(
        &self,
        rule: &mut RuleResult,
        complete: &mut bool,
    ) -> Result<ArchitectureResult, HarnessError> {
        let (options, architecture) = (self.options, self.architecture);
        let slicing = if options.sliced {
            let switches = options.switches;
            Some(Slicing::new(self.catalog, architecture, switches, &options.names)?)
        } else {
            None
        };
        let whole = std::slice::from_ref(&options.names);
        let files = SharedFiles::new(self.catalog);
        let tell = |p: Progress| (self.progress)(VerifyProgress::Exploring(architecture, p));
        let (mut sets, mut pairs) = (Sets::default(), Vec::new());
        let (mut results, mut all_reached) = (Vec::new(), Vec::new());
        for names in slicing.as_ref().map_or(whole, |slicing| &slicing.slices) {
            let scope = (options.switches, names);
            let reached = Reached::sharing(
                &files,
                self.catalog,
                architecture,
                scope,
                &options.bounds,
                &tell,
            )?;
            *complete &= reached.is_complete();
            results.push(self.judge(&reached, names, &mut sets, rule)?);
            if options.boundaries {
                pairs = BoundaryPair::merge(pairs, boundaries(&reached));
            }
            all_reached.push(reached);
        }
        let hosts = match &slicing {
            Some(slicing) => slicing.combinations(&all_reached),
            None => results.iter().map(|slice| slice.states as u128).next(),
        };
        let mut result = ArchitectureResult {
            architecture,
            states: results.iter().map(|slice| slice.states).sum(),
            transitions: results.iter().map(|slice| slice.transitions).sum(),
            depth: results.iter().map(|slice| slice.depth).max().unwrap_or(0),
            distinct_images: sets.images.len(),
            distinct_sets: sets.verdicts.len(),
            by_status: StatusCounts::default(),
            hosts,
            boundaries: pairs,
            slices: Vec::new(),
        };
        for (status, count) in results.iter().flat_map(|slice| &slice.by_status.0) {
            *result.by_status.0.entry(*status).or_default() += count;
        }
        if slicing.is_some() {
            result.slices = results;
        }
        Ok(result)
    }

    /// Looks at every host of a slice from both sides.
    fn judge(
        &self,
        reached: &Reached,
        names: &ActionNames,
        sets: &mut Sets,
        rule: &mut RuleResult,
    ) -> Result<SliceResult, HarnessError> {
        let looks = reached.looks();
        let (mut own_sets, mut own_images) = (BTreeSet::new(), BTreeSet::new());
        let mut judgements = Vec::with_capacity(looks.first.len());
        for chunk in looks.first.chunks(CHUNK) {
            let (done, total) = (judgements.len(), looks.first.len());
            let architecture = self.architecture;
            (self.progress)(VerifyProgress::Judging { architecture, done, total });
            let judged = judge_looks(reached, sets, chunk)?;
            own_sets.extend(judged.iter().map(|judgement| judgement.set));
            judgements.extend(judged);
        }
        for set in &own_sets {
            own_images.extend(sets.images_of.get(*set).into_iter().flatten().copied());
        }
        let by_status = self.count(reached, &looks, &judgements, rule)?;
        Ok(SliceResult {
            names: names.clone(),
            states: reached.host_count(),
            transitions: reached.transition_count(),
            depth: reached.depth(),
            distinct_images: own_images.len(),
            distinct_sets: own_sets.len(),
            by_status,
        })
    }

    /// Counts the hosts of a slice, and keeps the first counterexamples.
    fn count(
        &self,
        reached: &Reached,
        looks: &Looks,
        judgements: &[Judgement],
        rule: &mut RuleResult,
    ) -> Result<StatusCounts, HarnessError> {
        let mut by_status = StatusCounts::default();
        let mut wrong = Vec::new();
        for (id, look) in (0..).map(StateId).zip(&looks.of) {
            let Some(judgement) = judgements.get(*look as usize) else { continue };
            *by_status.0.entry(judgement.truth).or_default() += 1;
            rule.add(judgement.truth, judgement.verdict);
            wrong.extend(judgement.disagreement.as_ref().map(|disagreement| (id, disagreement)));
        }
        rule.wrong += wrong.len();
        let (left, simulation) = (self.options.counterexample_count_max, reached.simulation());
        for mut shown in reached.choose(&wrong, left, &mut rule.shapes) {
            let judge = |tree: &HostTree| {
                let verdict = simulation.judge(tree);
                (verdict.status, verdict.findings)
            };
            shown.analysis = simulation.analyse(&shown, &judge)?;
            if !shown.analysis.is_minimal() {
                shown = simulation.minimise(&shown, &judge)?;
                shown.analysis = simulation.analyse(&shown, &judge)?;
            }
            if !rule.counterexamples.contains(&shown) {
                rule.counterexamples.push(shown);
            }
        }
        Ok(by_status)
    }
}

/// Sets of files that were met, and what the core says about each. Every set is judged once.
#[derive(Default)]
struct Sets {
    numbers: BTreeMap<Vec<(WindowsPath, u64)>, usize>,
    verdicts: Vec<Verdict>,
    images_of: Vec<Vec<u64>>,
    images: BTreeSet<u64>,
}

impl Sets {
    /// The number of each tree's set; sets that are new are judged.
    fn number(&mut self, simulation: &Simulation, trees: &[HostTree]) -> Vec<usize> {
        let mut fresh = Vec::new();
        let mut numbers = Vec::with_capacity(trees.len());
        for tree in trees {
            let key = tree.files.iter().map(|(path, file)| (path.clone(), file.number)).collect();
            let next = self.numbers.len();
            let number = *self.numbers.entry(key).or_insert(next);
            if number == next {
                let images = tree.files.values().filter(|file| file.is_image);
                let images: Vec<u64> = images.map(|file| file.number).collect();
                self.images.extend(&images);
                self.images_of.push(images);
                fresh.push(tree);
            }
            numbers.push(number);
        }
        self.verdicts.par_extend(fresh.into_par_iter().map(|tree| simulation.judge(tree)));
        numbers
    }
}

/// Looks that are judged in one go, so that memory stays bounded.
const CHUNK: usize = 4096;

/// What came of one look: the same for every host that has it.
struct Judgement {
    set: usize,
    truth: Status,
    verdict: Status,
    disagreement: Option<Disagreement>,
}

/// Judges hosts of different looks.
fn judge_looks(
    reached: &Reached,
    sets: &mut Sets,
    hosts: &[StateId],
) -> Result<Vec<Judgement>, HarnessError> {
    let simulation = reached.simulation();
    let look = |id: &StateId| {
        let host = reached.host(*id)?;
        let tree = simulation.tree(&host);
        Some(tree.map(|tree| (simulation.truth(&host), tree)))
    };
    let looked: Result<Vec<_>, HarnessError> = hosts.par_iter().filter_map(look).collect();
    let (truths, trees): (Vec<Truth>, Vec<HostTree>) = looked?.into_iter().unzip();
    let numbers = sets.number(simulation, &trees);
    let judgement = |(truth, set): (&Truth, usize)| {
        let verdict = sets.verdicts.get(set)?;
        let disagreement = compare(truth, verdict.status, &verdict.findings);
        Some(Judgement { set, truth: truth.status, verdict: verdict.status, disagreement })
    };
    Ok(truths.iter().zip(numbers).filter_map(judgement).collect())
}

impl RuleResult {
    fn new(rule: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            states: 0,
            true_positive: 0,
            false_positive: 0,
            true_negative: 0,
            false_negative: 0,
            inconclusive: 0,
            wrong: 0,
            shapes: BTreeMap::new(),
            counterexamples: Vec::new(),
        }
    }

    fn add(&mut self, truth: Status, verdict: Status) {
        let bad = |status| matches!(status, Status::Broken | Status::Mismatch);
        self.states += 1;
        *match (bad(truth), bad(verdict)) {
            _ if verdict == Status::Inconclusive => &mut self.inconclusive,
            (true, true) => &mut self.true_positive,
            (false, true) => &mut self.false_positive,
            (false, false) => &mut self.true_negative,
            (true, false) => &mut self.false_negative,
        } += 1;
    }
}
