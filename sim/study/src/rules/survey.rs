//! Every reachable host of a scope, by what somebody sees of it.
//!
//! **Owns** the walk that all questions about rules share: reach the hosts, make each set of files
//! once, show it once, and keep for each thing seen and each truth how many hosts there are and the
//! shortest install order. **Must never know** what is seen.
//!
//! **Start reading** at [`survey`].

use super::{extent::SurveyRequest, scope::scopes_of};
use crate::{
    Reached, SharedFiles, StudyError, VerifyProgress,
    file_set::{FileSet, file_set},
    progress::{Tell, judging},
};
use patchstate_explore::{Progress, StateId};
use patchstate_image::HostTree;
use patchstate_rules::Subject;
use patchstate_terms::{Architecture, Status, Step};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Hosts of which the same is seen and the same is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostWitness {
    /// The architecture of the nearest one.
    pub architecture: Architecture,
    /// The shortest install order to one.
    pub steps: Vec<Step>,
    /// The true status.
    pub truth: Status,
    /// How many there are, of those that were reached.
    pub hosts: usize,
}

impl HostWitness {
    /// What makes one witness come before another: the shorter order.
    pub(crate) fn rank(&self) -> (usize, Architecture) {
        (self.steps.len(), self.architecture)
    }

    /// Adds its hosts to those of the same truth; the nearest of all is kept.
    pub(crate) fn join(self, witnesses: &mut BTreeMap<Status, Self>) {
        match witnesses.entry(self.truth) {
            Entry::Vacant(vacant) => {
                vacant.insert(self);
            }
            Entry::Occupied(mut known) => {
                let hosts = known.get().hosts + self.hosts;
                if self.rank() < known.get().rank() {
                    known.insert(self);
                }
                known.get_mut().hosts = hosts;
            }
        }
    }
}

/// What was seen.
pub(crate) struct Survey<T> {
    /// Whether everything was looked at that can differ.
    pub(crate) complete: bool,
    /// Whether no bound stopped a search.
    pub(crate) reached_all: bool,
    /// Hosts that were reached.
    pub(crate) hosts: usize,
    /// Whether what was searched has all that rules read.
    pub(crate) is_sufficient: bool,
    /// Each thing that was seen, in the order in which it was, with its hosts by their truth.
    pub(crate) seen: Vec<(T, BTreeMap<Status, HostWitness>)>,
}

/// Looks at every host. `see` is called once for each set of files, by several threads; `keep`
/// makes of it what tells it from others, in an order that does not depend on threads.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub(crate) fn survey<S: Send, T: Ord + Clone>(
    request: &SurveyRequest<'_>,
    see: &(dyn Fn(&Subject<'_>) -> S + Sync),
    keep: &mut dyn FnMut(S) -> T,
) -> Result<Survey<T>, StudyError> {
    let scope = request.scope;
    let mut survey = Survey {
        complete: true,
        reached_all: true,
        hosts: 0,
        is_sufficient: true,
        seen: Vec::new(),
    };
    let mut numbers = BTreeMap::new();
    for architecture in &scope.architectures {
        let files = SharedFiles::new(request.facts, scope.switches);
        let plan = scopes_of(request, *architecture)?;
        survey.is_sufficient &= plan.is_sufficient;
        let mut sets = FxHashMap::default();
        for (names, bounds) in &plan.searches {
            let (progress, architecture) = (request.progress, *architecture);
            let tell = |p: Progress| progress(VerifyProgress::Exploring(architecture, p));
            let named = (scope.switches, names);
            let reached = Reached::sharing(
                &files,
                &request.facts.catalog,
                architecture,
                named,
                bounds,
                &tell,
            )?;
            survey.complete &= reached.is_complete();
            survey.reached_all &= reached.is_complete();
            survey.hosts += reached.host_count();
            let (sets, numbers) = (&mut sets, &mut numbers);
            Walk { request, see, keep, sets, numbers }.slice(&reached, &mut survey)?;
        }
    }
    survey.complete &= survey.is_sufficient;
    Ok(survey)
}

/// Looks whose files are in memory at a time.
const CHUNK: usize = 2048;

struct Walk<'a, S, T> {
    request: &'a SurveyRequest<'a>,
    see: &'a (dyn Fn(&Subject<'_>) -> S + Sync),
    keep: &'a mut dyn FnMut(S) -> T,
    /// The number of what was seen of each set of files.
    sets: &'a mut FxHashMap<FileSet, usize>,
    numbers: &'a mut BTreeMap<T, usize>,
}

/// What was seen of an observation class, and its truth.
type SeenLook = (usize, Status);

impl<S: Send, T: Ord + Clone> Walk<'_, S, T> {
    fn slice(&mut self, reached: &Reached, survey: &mut Survey<T>) -> Result<(), StudyError> {
        let classes = reached.observation_classes();
        let architecture = reached.simulation().model().architecture();
        let mut seen = Vec::with_capacity(classes.first.len());
        for chunk in classes.first.chunks(CHUNK) {
            let told = (seen.len(), classes.first.len(), self.sets.len());
            let progress = self.request.progress;
            let tell = |judged, fresh| {
                progress(judging(architecture, told, chunk.len(), (judged, fresh)));
            };
            self.chunk(reached, chunk, survey, (&mut seen, &tell))?;
        }
        // Hosts come in the order of their distance, so the first of a kind is a nearest one.
        let mut kinds: BTreeMap<(usize, Status), (StateId, usize)> = BTreeMap::new();
        for (id, class) in (0..).map(StateId).zip(&classes.of) {
            if let Some((number, truth)) = seen.get(*class as usize) {
                kinds.entry((*number, *truth)).or_insert((id, 0)).1 += 1;
            }
        }
        for ((number, truth), (first, hosts)) in kinds {
            let Some((_, witnesses)) = survey.seen.get_mut(number) else { continue };
            let steps = reached.order(first);
            HostWitness { architecture, steps, truth, hosts }.join(witnesses);
        }
        Ok(())
    }

    /// Shows the sets of files of some hosts that were not shown before.
    fn chunk(
        &mut self,
        reached: &Reached,
        hosts: &[StateId],
        survey: &mut Survey<T>,
        (seen, tell): (&mut Vec<SeenLook>, Tell<'_>),
    ) -> Result<(), StudyError> {
        let simulation = reached.simulation();
        let look = |id: &StateId| {
            let host = reached.host(*id)?;
            let (tree, truth) = (simulation.tree(&host), simulation.truth(&host));
            Some(tree.map(|tree| (truth.status, file_set(&tree), tree)))
        };
        let looked: Result<Vec<_>, StudyError> = hosts.par_iter().filter_map(look).collect();
        let looked = looked?;
        let mut fresh: FxHashMap<&FileSet, (usize, &HostTree)> = FxHashMap::default();
        for (place, (_, key, tree)) in looked.iter().enumerate() {
            if !self.sets.contains_key(key) {
                fresh.entry(key).or_insert((place, tree));
            }
        }
        // Numbers of images depend on threads, places do not.
        let mut fresh: Vec<(usize, &HostTree)> = fresh.into_values().collect();
        fresh.sort_unstable_by_key(|(place, _)| *place);
        let (evaluator, see) = (self.request.evaluator, self.see);
        let (shown_count, fresh_count) = (AtomicUsize::new(0), fresh.len());
        tell(0, fresh_count);
        let show = |(place, tree): (usize, &HostTree)| {
            let shown = (place, evaluator.show(simulation, tree, see)?);
            tell(shown_count.fetch_add(1, Ordering::Relaxed) + 1, fresh_count);
            Ok(shown)
        };
        let shown: Result<Vec<(usize, S)>, StudyError> = fresh.into_par_iter().map(show).collect();
        for (place, said) in shown? {
            let kept = (self.keep)(said);
            let next = survey.seen.len();
            let number = *self.numbers.entry(kept.clone()).or_insert(next);
            if number == next {
                survey.seen.push((kept, BTreeMap::new()));
            }
            if let Some((_, key, _)) = looked.get(place) {
                self.sets.insert(key.clone(), number);
            }
        }
        let number = |key: &FileSet| self.sets.get(key).copied();
        seen.extend(looked.iter().filter_map(|(truth, key, _)| Some((number(key)?, *truth))));
        Ok(())
    }
}
