//! Every reachable host of a scope: the detection core against the truth.

use crate::{HarnessError, Simulation};
use patchstate_catalog::Catalog;
use patchstate_detect::Verdict;
use patchstate_explore::{Bounds, Exploration, Progress, Space, StateId, explore};
use patchstate_image::HostTree;
use patchstate_oracle::{Disagreement, Truth, compare};
use patchstate_servicing::{Action, ActionNames, HostCode, Model, Outcome, Scope, Switches};
use patchstate_terms::{Architecture, Level, Status, Step, WindowsPath};
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
    /// Where to stop before the fixpoint.
    pub bounds: Bounds,
    /// How many counterexamples to keep for each rule and architecture.
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
    /// The first of these, shortest install order first.
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
    };
    let mut core = RuleResult::new(CORE_RULE);
    for architecture in &options.architectures {
        let reached = Reached::new(catalog, options, *architecture, progress)?;
        verification.complete &= reached.found.is_complete();
        let kept_max = options.counterexample_count_max;
        verification.architectures.push(reached.judge(&mut core, kept_max, progress)?);
    }
    verification.rules.push(core);
    Ok(verification)
}

/// The hosts of one architecture as a search space.
struct Servicing<'a> {
    model: &'a Model,
    steps: &'a [(Step, Action)],
}

impl Space for Servicing<'_> {
    type State = HostCode;

    fn initial(&self) -> Vec<HostCode> {
        let hosts = self.bases().into_iter().filter_map(|level| self.model.install_os(level));
        hosts.map(|host| self.model.encode(&host)).collect()
    }

    fn action_count(&self) -> usize {
        self.steps.len()
    }

    fn next(&self, state: &HostCode, action: usize) -> Option<HostCode> {
        let (_, action) = self.steps.get(action)?;
        match self.model.apply(&self.model.decode(state), *action) {
            Outcome::Applied(host) => Some(self.model.encode(&host)),
            Outcome::Unchanged | Outcome::Refused(_) => None,
        }
    }
}

impl Servicing<'_> {
    fn bases(&self) -> Vec<Level> {
        self.model.facts().media.clone()
    }
}

/// Everything that was reached on one architecture.
struct Reached {
    simulation: Simulation,
    steps: Vec<(Step, Action)>,
    found: Exploration<HostCode>,
}

/// Sets of files that were met, and what the core says about each. Every set is judged once.
#[derive(Default)]
struct Sets {
    numbers: BTreeMap<Vec<(WindowsPath, u64)>, usize>,
    verdicts: Vec<Verdict>,
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
                self.images.extend(images.map(|file| file.number));
                fresh.push(tree);
            }
            numbers.push(number);
        }
        self.verdicts.par_extend(fresh.into_par_iter().map(|tree| simulation.judge(tree)));
        numbers
    }
}

/// Hosts that are looked at in one go, so that memory stays bounded.
const CHUNK: usize = 4096;

impl Reached {
    fn new(
        catalog: &Arc<Catalog>,
        options: &VerifyOptions,
        architecture: Architecture,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<Self, HarnessError> {
        let scope = scope(catalog, architecture, options)?;
        let simulation = Simulation::with_scope(catalog, architecture, options.switches, scope)?;
        let model = simulation.model();
        model.check_width()?;
        let steps = model.search_steps(&options.names).map_err(|problem| HarnessError::Name {
            option: "--components or --updates",
            problem,
        })?;
        let space = Servicing { model, steps: &steps };
        let tell = |p: Progress| progress(VerifyProgress::Exploring(architecture, p));
        let found = explore(&space, &options.bounds, &tell);
        Ok(Self { simulation, steps, found })
    }

    /// Looks at every host from both sides.
    fn judge(
        &self,
        rule: &mut RuleResult,
        counterexample_count_max: usize,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<ArchitectureResult, HarnessError> {
        let model = self.simulation.model();
        let architecture = model.architecture();
        let mut sets = Sets::default();
        let mut by_status = StatusCounts::default();
        let mut kept = 0;
        for (start, codes) in (0..).step_by(CHUNK).zip(self.found.states().chunks(CHUNK)) {
            let total = self.found.states().len();
            progress(VerifyProgress::Judging { architecture, done: start, total });
            let (truths, trees) = self.look(codes)?;
            let numbers = sets.number(&self.simulation, &trees);
            for (index, (truth, number)) in truths.iter().zip(numbers).enumerate() {
                *by_status.0.entry(truth.status).or_default() += 1;
                let Some(verdict) = sets.verdicts.get(number) else { continue };
                rule.add(truth.status, verdict.status);
                let Some(disagreement) = compare(truth, verdict.status, &verdict.findings) else {
                    continue;
                };
                rule.wrong += 1;
                if kept < counterexample_count_max {
                    kept += 1;
                    let steps = self.order(StateId(u32::try_from(start + index).unwrap_or(0)));
                    rule.counterexamples.push(Counterexample { architecture, steps, disagreement });
                }
            }
        }
        Ok(ArchitectureResult {
            architecture,
            states: self.found.states().len(),
            transitions: self.found.transition_count(),
            depth: self.found.depth(),
            distinct_images: sets.images.len(),
            distinct_sets: sets.verdicts.len(),
            by_status,
        })
    }

    /// Truth and files of some hosts.
    fn look(&self, codes: &[HostCode]) -> Result<(Vec<Truth>, Vec<HostTree>), HarnessError> {
        let look = |code: &HostCode| {
            let host = self.simulation.model().decode(code);
            Ok((self.simulation.truth(&host), self.simulation.tree(&host)?))
        };
        let looked: Result<Vec<_>, HarnessError> = codes.par_iter().map(look).collect();
        Ok(looked?.into_iter().unzip())
    }

    /// The shortest install order that reaches a host.
    fn order(&self, id: StateId) -> Vec<Step> {
        let (start, actions) = self.found.path(id);
        let model = self.simulation.model();
        let base = self.found.states().get(start.0 as usize).map(|code| model.decode(code));
        let base = base.map(|host| Step::InstallOs(model.view(&host).base()));
        let steps = actions.into_iter().filter_map(|action| self.steps.get(action));
        base.into_iter().chain(steps.map(|(step, _)| step.clone())).collect()
    }
}

/// The part of the catalog that the named steps can touch. Reading the names reports mistakes.
fn scope(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    options: &VerifyOptions,
) -> Result<Scope, HarnessError> {
    let whole = Model::new(Arc::clone(catalog), architecture, options.switches)?;
    let name = |option| move |problem| HarnessError::Name { option, problem };
    let components = ActionNames { updates: Vec::new(), ..options.names.clone() };
    let updates = ActionNames { components: Vec::new(), ..options.names.clone() };
    let component_steps = whole.search_steps(&components).map_err(name("--components"))?;
    let update_steps = whole.search_steps(&updates).map_err(name("--updates"))?;
    let mut scope = Scope { components: Vec::new(), updates: Vec::new(), share_slots: true };
    for (_, action) in component_steps.iter().chain(&update_steps) {
        match action {
            Action::AddComponents { members, .. } => {
                let named = catalog.component_ids().filter(|c| members >> c.0 & 1 == 1);
                scope.components.extend(named);
            }
            Action::InstallUpdate { update, .. } => scope.updates.push(*update),
            _ => {}
        }
    }
    Ok(scope)
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
