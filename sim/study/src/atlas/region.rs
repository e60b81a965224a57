//! Every host of one architecture, and what every step does to it.

use super::{
    crossings::{Crossing, crossings},
    entries::{AtlasCopy, AtlasEntries, AtlasOutcome, AtlasResult, Seen},
    look::Look,
    smaller::too_many,
    steps::{AtlasWord, steps_of, whole, words},
};
use crate::{
    Evaluator, Facts, Reached, Repairs, RuleScope, StepOutcome, StudyError, VerifyProgress,
    additive_repairs, repairs,
};
use patchstate_explore::{Bounds, Progress, StateId};
use patchstate_servicing::{Action, Host, Outcome, Record};
use patchstate_terms::{Architecture, Level, Status, Step};
use rayon::prelude::*;

/// Most hosts of an architecture that an atlas holds.
pub(super) const HOST_COUNT_MAX: usize = 300_000;

/// Hosts, or looks of them, that are in memory in full at a time.
const CHUNK: usize = 2048;

/// Every host of one architecture. Hosts are numbered in the order of their distance from a bare
/// system.
#[derive(Clone, Debug)]
pub struct AtlasRegion {
    /// The architecture.
    pub architecture: Architecture,
    /// The bare systems, by the level of their media, with their numbers.
    pub bases: Vec<(Level, u32)>,
    /// The steps.
    pub steps: Vec<(Step, Action)>,
    /// The words that a person may write for steps, also for those that the scope does not have.
    pub words: Vec<AtlasWord>,
    /// The hosts.
    pub hosts: Vec<AtlasHost>,
    /// For each step what it does to each host.
    pub outcomes: Vec<Vec<AtlasOutcome>>,
    /// For each rule what it says of each host.
    pub said: Vec<Vec<Status>>,
    /// Where the true status changes with one step.
    pub crossings: Vec<Crossing>,
    /// The same of what each rule says.
    pub crossings_of_rules: Vec<Vec<Crossing>>,
}

/// One host, by the numbers of what it is made of in [`AtlasEntries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtlasHost {
    /// The host before it on a shortest install order, and the place of the step between the two;
    /// `None` for a bare system.
    pub predecessor: Option<(u32, usize)>,
    /// The number of steps after the base operating system.
    pub distance: usize,
    /// The level of the operating system.
    pub level: Level,
    /// The level of its media.
    pub base: Level,
    /// The level of the service pack cache.
    pub cache: Option<Level>,
    /// Its files.
    pub files: u32,
    /// Its components.
    pub components: u32,
    /// What is recorded.
    pub records: u32,
    /// The service pack backup.
    pub backup: Option<u32>,
    /// What waits for a restart.
    pub waiting: Option<u32>,
    /// Its registry.
    pub registry: u32,
    /// What is really the case.
    pub truth: u32,
    /// What the detection core says.
    pub verdict: u32,
    /// The shortest repair; `None` where no steps of the scope repair it.
    pub repair: Option<u32>,
    /// The shortest that removes nothing.
    pub additive: Option<u32>,
}

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) facts: &'a Facts,
    pub(super) scope: &'a RuleScope,
    pub(super) evaluator: &'a Evaluator<'a>,
    pub(super) progress: &'a (dyn Fn(VerifyProgress) + Sync),
}

/// What is found of a host that hosts of one look do not share.
struct Inside {
    base: Level,
    cache: Option<Level>,
    records: Vec<Record>,
    backup: Option<(Level, Vec<AtlasCopy>)>,
    repair: Option<Vec<Step>>,
    additive: Option<Vec<Step>>,
    /// What each step does: the number of the host after it, or why there is none.
    done: Vec<Result<u32, AtlasResult>>,
}

/// How the hosts of a scope are repaired.
struct Mending {
    any: Repairs,
    additive: Repairs,
}

impl Asked<'_> {
    /// Every host of an architecture.
    ///
    /// # Errors
    /// When there are too many, when a name is not in the catalog, or when files cannot be made.
    pub(super) fn region(
        &self,
        architecture: Architecture,
        entries: &mut AtlasEntries,
    ) -> Result<AtlasRegion, StudyError> {
        let reached = self.reach(architecture)?;
        let model = reached.simulation().model();
        let steps = steps_of(model, &self.scope.names)?;
        let words = words(&whole(&self.facts.catalog, architecture, self.scope)?, &steps);
        let classes = reached.observation_classes();
        let (mut seen, mut said) = (Vec::new(), vec![Vec::new(); self.evaluator.rules().len()]);
        for chunk in classes.first.chunks(CHUNK) {
            self.look(&reached, chunk, entries, (&mut seen, &mut said))?;
            let (done, sets) = (seen.len(), entries.file_sets.all().len());
            let total = classes.first.len();
            (self.progress)(VerifyProgress::Judging { architecture, done, total, sets });
        }
        let (hosts, outcomes) = rows(&reached, &steps, (&classes.of, &seen), entries);
        let truth = |host: &AtlasHost| {
            let truth = entries.truths.get(host.truth);
            truth.map_or(Status::Inconclusive, |truth| truth.status)
        };
        let truths: Vec<Status> = hosts.iter().map(truth).collect();
        let of_hosts = |said: &Vec<Status>| {
            let status = |class: &u32| said.get(*class as usize).copied();
            let of = classes.of.iter();
            of.map(|class| status(class).unwrap_or(Status::Inconclusive)).collect::<Vec<_>>()
        };
        let said: Vec<Vec<Status>> = said.iter().map(of_hosts).collect();
        let bases = model.bases().filter_map(|base| {
            let level = model.view(&base).base();
            Some((level, reached.find(&base)?.0))
        });
        Ok(AtlasRegion {
            architecture,
            bases: bases.collect(),
            crossings: crossings(&truths, &outcomes),
            crossings_of_rules: said.iter().map(|said| crossings(said, &outcomes)).collect(),
            steps,
            words,
            hosts,
            outcomes,
            said,
        })
    }

    fn reach(&self, architecture: Architecture) -> Result<Reached, StudyError> {
        let tell = |progress: Progress| {
            (self.progress)(VerifyProgress::Exploring(architecture, progress));
        };
        let bounds = Bounds { state_count_max: Some(HOST_COUNT_MAX), ..Bounds::default() };
        let named = (self.scope.switches, &self.scope.names);
        let reached = Reached::new(self.facts, architecture, named, &bounds, &tell)?;
        if reached.is_complete() {
            return Ok(reached);
        }
        Err(too_many(self.facts, self.scope, architecture, HOST_COUNT_MAX)?)
    }

    /// Looks at some hosts, and asks the rules about each.
    fn look(
        &self,
        reached: &Reached,
        hosts: &[StateId],
        entries: &mut AtlasEntries,
        (seen, said): (&mut Vec<Seen>, &mut [Vec<Status>]),
    ) -> Result<(), StudyError> {
        let simulation = reached.simulation();
        let look = |id: &StateId| {
            let host = reached.host(*id)?;
            let asked = || {
                let look = Look::new(simulation, &host)?;
                if said.is_empty() {
                    return Ok((look, Vec::new()));
                }
                let answers = self.evaluator.evaluate(simulation, &simulation.tree(&host)?)?;
                Ok((look, answers))
            };
            Some(asked())
        };
        let looks: Result<Vec<_>, StudyError> = hosts.par_iter().filter_map(look).collect();
        for (look, answers) in looks? {
            seen.push(entries.see(&look));
            for (said, answer) in said.iter_mut().zip(answers) {
                said.push(answer.judgement.status);
            }
        }
        Ok(())
    }
}

/// The hosts, and for each step what it does to each; `of` has the number of each host's look.
fn rows(
    reached: &Reached,
    steps: &[(Step, Action)],
    (of, seen): (&[u32], &[Seen]),
    entries: &mut AtlasEntries,
) -> (Vec<AtlasHost>, Vec<Vec<AtlasOutcome>>) {
    let mending = Mending { any: repairs(reached), additive: additive_repairs(reached) };
    let mut hosts: Vec<AtlasHost> = Vec::with_capacity(of.len());
    let mut outcomes: Vec<Vec<AtlasOutcome>> = vec![Vec::with_capacity(of.len()); steps.len()];
    let ids: Vec<StateId> = (0..).map(StateId).take(of.len()).collect();
    for chunk in ids.chunks(CHUNK) {
        let inside = |id: &StateId| {
            let host = reached.host(*id)?;
            Some((*id, inside(reached, (*id, &host), steps, &mending)))
        };
        let found: Vec<(StateId, Inside)> = chunk.par_iter().filter_map(inside).collect();
        for (id, inside) in found {
            let class = of.get(id.0 as usize);
            let Some(seen) = class.and_then(|class| seen.get(*class as usize)) else { continue };
            let predecessor = reached.predecessor(id).map(|(from, step)| (from.0, step));
            let before = predecessor.and_then(|(from, _)| hosts.get(from as usize));
            let distance = before.map_or(0, |before| before.distance + 1);
            for (column, done) in outcomes.iter_mut().zip(&inside.done) {
                column.push(match done {
                    Ok(next) => AtlasOutcome::Applied(*next),
                    Err(result) => AtlasOutcome::Stays(entries.results.number(result)),
                });
            }
            hosts.push(host(inside, *seen, (predecessor, distance), entries));
        }
    }
    (hosts, outcomes)
}

fn host(
    inside: Inside,
    seen: Seen,
    (predecessor, distance): (Option<(u32, usize)>, usize),
    entries: &mut AtlasEntries,
) -> AtlasHost {
    let Seen { level, files, components, waiting, registry, truth, verdict } = seen;
    AtlasHost {
        predecessor,
        distance,
        level,
        base: inside.base,
        cache: inside.cache,
        files,
        components,
        records: entries.record(&inside.records),
        backup: inside.backup.map(|(before, files)| entries.backup(before, &files)),
        waiting,
        registry,
        truth,
        verdict,
        repair: inside.repair.map(|steps| entries.repairs.number(&steps)),
        additive: inside.additive.map(|steps| entries.repairs.number(&steps)),
    }
}

fn inside(
    reached: &Reached,
    (id, host): (StateId, &Host),
    steps: &[(Step, Action)],
    mending: &Mending,
) -> Inside {
    let model = reached.simulation().model();
    let view = model.view(host);
    let done = |(_, action): &(Step, Action)| match model.apply(host, *action) {
        // The search was complete, so whatever a step leads to is among its hosts; what is not
        // would be told as a number that no host has.
        Outcome::Applied(after) => Ok(reached.find(&after).map_or(u32::MAX, |next| next.0)),
        Outcome::Unchanged => Err(AtlasResult::UNCHANGED),
        Outcome::Refused(refusal) => Err(AtlasResult {
            outcome: StepOutcome::Refused,
            reason: Some(model.reason(host, refusal)),
            exit_code: refusal.exit_code(),
        }),
    };
    Inside {
        base: view.base(),
        cache: view.cache(),
        records: view.records().collect(),
        backup: view.service_pack_backup(),
        repair: mending.any.order(reached, id),
        additive: mending.additive.order(reached, id),
        done: steps.iter().map(done).collect(),
    }
}
