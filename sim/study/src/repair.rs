//! The shortest way from a host to a consistent one with the same components, and why it works.
//!
//! **Owns** the search for it, breadth first over the model: from one host ([`shortest_repair`]),
//! and for every reachable host of a scope at once ([`repairs`], in `repair/scope.rs`); and what
//! the core's remedies come to, host by host ([`check_remedies`]) and on sets of hosts
//! ([`remedies_of_whole`]).
//!
//! **Must never know** how the detection core finds its remedy: the two are compared here.
//!
//! Among sequences of the same length the first one wins, compared step by step in the order of
//! [`repair_steps`].

mod remedies;
mod scope;
mod whole;

pub use remedies::{Advice, Remedies, RemedyCase, RemedyReport, Removals, check_remedies};
pub use scope::{Repairs, additive_repairs, repairs};
pub use whole::{Advise, remedies_of_whole};

use crate::{Simulation, StoryStep, StudyError};
use patchstate_explore::Bounds;
use patchstate_oracle::Truth;
use patchstate_servicing::{Action, ActionNames, Host, Outcome, StepProblem};
use patchstate_terms::{Finding, Status, Step};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Longest sequence that is looked for unless a bound says otherwise, in steps.
const STEP_COUNT_MAX: usize = 12;
/// Most hosts that are looked at unless a bound says otherwise.
const HOST_COUNT_MAX: usize = 150_000;
/// Hosts that are gone on from in one go, so that memory stays bounded.
const CHUNK: usize = 512;

/// How a host becomes consistent.
///
/// A repair is *additive* if it removes nothing: no service pack, update or component, nor the
/// service pack cache.
#[derive(Clone, Debug)]
pub struct Repair {
    /// What is really the case before.
    pub truth: Truth,
    /// What came of the search.
    pub search: RepairSearch,
    /// The steps; empty unless the search found some.
    pub steps: Vec<RepairStep>,
    /// The shortest additive repair, where one was found.
    pub additive: Option<Vec<Step>>,
    /// What the detection core advises.
    pub core_remedy: Vec<Step>,
    /// Whether the core's advice leads to a consistent host with the same components. Advising
    /// nothing works where nothing is to be done.
    pub core_remedy_works: bool,
}

impl Repair {
    /// Whether a step of it removes something.
    #[must_use]
    pub fn removes(&self) -> bool {
        self.steps.iter().any(|step| step.told.step.removes())
    }
}

/// What came of the search for a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairSearch {
    /// The host is consistent, or there is nothing on it to be so.
    NotNeeded,
    /// A repair was found, and there is no shorter one.
    Found,
    /// No host that can be reached from this one is consistent with the same components.
    Impossible,
    /// A bound was hit.
    Stopped {
        /// Every sequence of up to this many steps was tried.
        step_count: usize,
        /// Hosts that were reached on the way.
        host_count: usize,
    },
}

/// One step of a repair, and what it does for the host.
#[derive(Clone, Debug)]
pub struct RepairStep {
    /// The step with what it changes.
    pub told: StoryStep,
    /// Findings that are gone with it.
    pub removes: Vec<Finding>,
    /// Findings that come with it.
    pub brings: Vec<Finding>,
}

/// The steps that a repair can be made of, in the order in which they are preferred: service
/// packs, then their removal; `restart`; updates in the order of the catalog, earlier releases
/// first, then their removal; components with Setup's own route before media, then their removal;
/// last the cache and `sfc`.
///
/// # Errors
/// Never for a simulation: its model knows every name of its own scope.
pub fn repair_steps(simulation: &Simulation) -> Result<Vec<(Step, Action)>, StepProblem> {
    let model = simulation.model();
    let (catalog, scope) = (model.catalog(), model.scope());
    let names = ActionNames {
        components: scope.components.iter().map(|c| catalog.component(*c).id.clone()).collect(),
        updates: scope.updates.iter().map(|update| catalog.update(*update).id.clone()).collect(),
        branches: false,
    };
    let mut steps = model.search_steps(&names)?;
    steps.sort_by_key(|(step, _)| rank(step));
    Ok(steps)
}

/// The place of a kind of step among those that are preferred.
fn rank(step: &Step) -> u8 {
    match step {
        Step::InstallOs(_) | Step::ApplyServicePack(_) => 0,
        Step::RemoveServicePack(_) => 1,
        Step::Restart => 2,
        Step::InstallUpdate { .. } => 3,
        Step::RemoveUpdate { .. } => 4,
        Step::AddComponent { .. } => 5,
        Step::RemoveComponent { .. } => 6,
        Step::CleanCache => 7,
        Step::CheckSystemFiles => 8,
    }
}

/// The shortest sequence of steps that makes a host consistent with the components it has. Without
/// bounds, the search stops before it takes too much memory.
///
/// # Errors
/// When the host's files cannot be made.
pub fn shortest_repair(
    simulation: &Simulation,
    host: &Host,
    bounds: &Bounds,
) -> Result<Repair, StudyError> {
    let examination = simulation.examine(host)?;
    let (truth, core_remedy) = (examination.truth, examination.verdict.remedy);
    let name = |problem| StudyError::name("the scope of the simulation", problem);
    let (search, found, additive) = if is_well(truth.status) {
        (RepairSearch::NotNeeded, Vec::new(), Some(Vec::new()))
    } else {
        let mut steps = repair_steps(simulation).map_err(name)?;
        let (search, found) = BreadthFirst::new(simulation, host, &steps).run(bounds);
        let additive = if found.iter().any(|(step, _)| step.removes()) || found.is_empty() {
            steps.retain(|(step, _)| is_of_additive(step));
            BreadthFirst::new(simulation, host, &steps).run(bounds).1
        } else {
            found.clone()
        };
        let additive: Vec<Step> = additive.into_iter().map(|(step, _)| step).collect();
        (search, found, Some(additive).filter(|steps| !steps.is_empty()))
    };
    let steps = tell(simulation, host, &truth, found);
    let core_remedy_works = works(simulation, host, &core_remedy);
    Ok(Repair { truth, search, steps, additive, core_remedy, core_remedy_works })
}

/// Whether an additive repair can have use for a step. To add a component that is there changes
/// nothing, and another could not be removed again.
fn is_of_additive(step: &Step) -> bool {
    !step.removes() && !matches!(step, Step::AddComponent { .. })
}

/// The shortest repair of a host by some steps, of up to so many of them, each followed by the
/// restart that it requires; `None` where there is no such repair.
fn search<'s>(
    simulation: &Simulation,
    host: &Host,
    steps: impl Iterator<Item = &'s Step>,
    step_count_max: usize,
) -> Result<Option<Vec<Step>>, StudyError> {
    let name = |problem| StudyError::name("the scope of the simulation", problem);
    let resolve = |step: &Step| Ok((step.clone(), simulation.model().resolve(step)?));
    let mut steps = steps.map(resolve).collect::<Result<Vec<_>, _>>().map_err(name)?;
    steps.sort_by_key(|(step, _)| rank(step));
    let bounds = Bounds { depth_max: Some(step_count_max), ..Bounds::default() };
    let search = BreadthFirst::new(simulation, host, &steps);
    let (search, found) = BreadthFirst { restarts: true, ..search }.run(&bounds);
    let steps = found.into_iter().map(|(step, _)| step).collect();
    Ok((search == RepairSearch::Found).then_some(steps))
}

/// Whether there is nothing to repair.
pub(crate) fn is_well(status: Status) -> bool {
    matches!(status, Status::Consistent | Status::NotApplicable)
}

/// The host after some steps of which each may be refused; `None` for a step that the simulation
/// does not have. Each is followed by the restart that it requires: who installs an update is asked
/// for that, and advice need not name it.
fn carry_out(simulation: &Simulation, host: &Host, steps: &[Step]) -> Option<Host> {
    let model = simulation.model();
    steps.iter().try_fold(host.clone(), |host, step| {
        let action = model.resolve(step).ok()?;
        Some(match model.apply(&host, action) {
            Outcome::Applied(after) => model.restarted(&after),
            Outcome::Unchanged | Outcome::Refused(_) => host,
        })
    })
}

/// Whether steps lead from a host to one that needs no repair and has the same components.
fn works(simulation: &Simulation, host: &Host, steps: &[Step]) -> bool {
    let model = simulation.model();
    carry_out(simulation, host, steps).is_some_and(|end| {
        let same = model.view(host).components().eq(model.view(&end).components());
        same && is_well(simulation.truth(&end).status)
    })
}

/// What each step of a repair does.
fn tell(
    simulation: &Simulation,
    host: &Host,
    truth: &Truth,
    steps: Vec<(Step, Action)>,
) -> Vec<RepairStep> {
    let (mut host, mut before) = (host.clone(), truth.clone());
    let step = |(step, action)| {
        let told = simulation.tell_step(&host, step, action);
        host.clone_from(&told.after);
        let (removes, brings) = (beyond(&before, &told.truth), beyond(&told.truth, &before));
        before.clone_from(&told.truth);
        RepairStep { told, removes, brings }
    };
    steps.into_iter().map(step).collect()
}

/// Findings of one truth that another does not have.
fn beyond(one: &Truth, other: &Truth) -> Vec<Finding> {
    let known: BTreeSet<_> = other.findings.iter().map(Finding::key).collect();
    one.findings.iter().filter(|finding| !known.contains(&finding.key())).cloned().collect()
}

/// A host that the search reached, and how.
struct Reach {
    host: Host,
    /// Place of the host before; the first host is its own.
    from: usize,
    /// Place of the step among all.
    step: usize,
}

/// A search from one host.
struct BreadthFirst<'a> {
    simulation: &'a Simulation,
    steps: &'a [(Step, Action)],
    /// Whether each step is followed by the restart that it requires.
    restarts: bool,
    reached: Vec<Reach>,
    seen: FxHashSet<Host>,
}

/// A step with the host after it, and whether that is what is looked for.
type Next = (usize, Host, bool);

impl<'a> BreadthFirst<'a> {
    fn new(simulation: &'a Simulation, host: &Host, steps: &'a [(Step, Action)]) -> Self {
        let first = Reach { host: host.clone(), from: 0, step: 0 };
        let seen = std::iter::once(host.clone()).collect();
        Self { simulation, steps, restarts: false, reached: vec![first], seen }
    }

    /// Level by level, hosts in the order in which they were reached: so the path to each is the
    /// first in the order of steps among the shortest, and so is the one that is found first.
    fn run(mut self, bounds: &Bounds) -> (RepairSearch, Vec<(Step, Action)>) {
        let step_count_max = bounds.depth_max.unwrap_or(STEP_COUNT_MAX);
        let host_count_max = bounds.state_count_max.unwrap_or(HOST_COUNT_MAX);
        let mut level = 0..self.reached.len();
        for step_count in 0..step_count_max {
            if level.is_empty() {
                return (RepairSearch::Impossible, Vec::new());
            }
            for start in level.clone().step_by(CHUNK) {
                let chunk = start..level.end.min(start + CHUNK);
                let sources = self.reached.get(chunk.clone()).unwrap_or_default();
                let nexts: Vec<Vec<Next>> =
                    sources.par_iter().map(|reach| self.nexts(&reach.host)).collect();
                for (from, (step, host, is_found)) in chunk.zip(nexts).flat_map(each) {
                    if is_found {
                        return (RepairSearch::Found, self.path(from, step));
                    }
                    if self.seen.insert(host.clone()) {
                        self.reached.push(Reach { host, from, step });
                    }
                }
                if self.reached.len() > host_count_max {
                    return (self.stopped(step_count), Vec::new());
                }
            }
            level = level.end..self.reached.len();
        }
        (self.stopped(step_count_max), Vec::new())
    }

    fn stopped(&self, step_count: usize) -> RepairSearch {
        RepairSearch::Stopped { step_count, host_count: self.reached.len() }
    }

    fn nexts(&self, host: &Host) -> Vec<Next> {
        let model = self.simulation.model();
        let next = |(number, (_, action)): (usize, &(Step, Action))| {
            let Outcome::Applied(after) = model.apply(host, *action) else { return None };
            let after = if self.restarts { model.restarted(&after) } else { after };
            if self.seen.contains(&after) {
                return None;
            }
            let is_found = self.is_consistent(&after);
            Some((number, after, is_found))
        };
        self.steps.iter().enumerate().filter_map(next).collect()
    }

    /// Consistent with the components of the first host.
    fn is_consistent(&self, host: &Host) -> bool {
        let model = self.simulation.model();
        let (catalog, view) = (model.catalog(), model.view(host));
        let first = self.reached.first().map(|reach| model.view(&reach.host));
        let same = first.is_some_and(|first| first.components().eq(view.components()));
        // Most hosts fail here, and truth is dear.
        let level = view.level();
        same && view.files().all(|(file, copy)| {
            catalog.file(file).component.is_none() || catalog.lineage(copy.revision) == level
        }) && self.simulation.truth(host).status == Status::Consistent
    }

    /// The steps to a host that was reached, then one more.
    fn path(&self, mut at: usize, last: usize) -> Vec<(Step, Action)> {
        let mut numbers = vec![last];
        while let Some(reach) = self.reached.get(at).filter(|_| at > 0) {
            numbers.push(reach.step);
            at = reach.from;
        }
        numbers.into_iter().rev().filter_map(|number| self.steps.get(number).cloned()).collect()
    }
}

/// What was reached from one host, each with that host's place.
fn each((from, nexts): (usize, Vec<Next>)) -> impl Iterator<Item = (usize, Next)> {
    nexts.into_iter().map(move |next| (from, next))
}
