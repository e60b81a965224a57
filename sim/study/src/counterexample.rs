//! Hosts where a judge is wrong: which of them to show, and why they are as they are.
//!
//! **Owns** the failure classes that disagreements are of and the choice among them, so that
//! several counterexamples are several different ones; the proof that every step of one is needed;
//! the derivation of a finding from steps (`derive.rs`); and pairs of hosts on both sides of a
//! status (`boundary.rs`).
//!
//! **Must never know** which judge it is: any function from files to a status and findings will
//! do, so tests can be wrong on purpose.
//!
//! **Start reading** at [`Reached::judge_with`].

mod boundary;
mod derive;

pub(crate) use boundary::crossings;
pub use boundary::{BoundaryPair, boundaries};
pub use derive::{Derivation, Fact, StepAt};

use crate::{
    Reached, Simulation, StudyError,
    file_set::{FileSet, file_set},
};
use patchstate_explore::StateId;
use patchstate_image::HostTree;
use patchstate_oracle::{Disagreement, Truth, compare};
use patchstate_rules::Ground;
use patchstate_terms::{Architecture, Finding, FindingKey, FindingKind, Status, Step};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// A host where verdict and truth differ, with the shortest order that reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The architecture.
    pub architecture: Architecture,
    /// The install order.
    pub steps: Vec<Step>,
    /// Whether it is proved that no shorter order is wrong in the same way. Where it is not, the
    /// host was found over the steps of some slices, of which it is the nearest.
    pub is_shortest: bool,
    /// What differs.
    pub disagreement: Disagreement,
    /// The place among the rule's conditions of the one that decided, where one did.
    pub clause: Option<usize>,
    /// The conditions that the verdict rests on, the one to look at first; empty where the inside
    /// of the rule cannot be seen.
    pub grounds: Vec<Ground>,
    /// Why the rule says so, in its own words, where it gives a reason.
    pub reason: Option<String>,
    /// What each step is needed for, and how what differs came about.
    pub analysis: Analysis,
}

/// What is asked about files, and when the answer is right.
pub trait Judge: Sync {
    /// A status and the reasons.
    ///
    /// # Errors
    /// When the files cannot be shown to it.
    fn say(&self, tree: &HostTree) -> Result<(Status, Vec<Finding>), StudyError>;

    /// Where an answer differs from the truth; by default, in the exact status or in any finding.
    fn compare(&self, truth: &Truth, status: Status, findings: &[Finding]) -> Option<Disagreement> {
        compare(truth, status, findings)
    }
}

impl<F: Fn(&HostTree) -> (Status, Vec<Finding>) + Sync> Judge for F {
    fn say(&self, tree: &HostTree) -> Result<(Status, Vec<Finding>), StudyError> {
        Ok(self(tree))
    }
}

/// What disagreements have in common that are wrong in the same way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureClass {
    /// What is really the case.
    pub truth: Status,
    /// What the verdict says.
    pub verdict: Status,
    /// Kinds of findings that the verdict lacks.
    pub missed: BTreeSet<FindingKind>,
    /// Kinds of findings that are not so.
    pub invented: BTreeSet<FindingKind>,
}

impl FailureClass {
    /// That a rule says nothing about hosts of some truth.
    #[must_use]
    pub fn undecided(truth: Status) -> Self {
        let (missed, invented) = (BTreeSet::new(), BTreeSet::new());
        Self { truth, verdict: Status::Inconclusive, missed, invented }
    }
}

impl From<&Disagreement> for FailureClass {
    fn from(disagreement: &Disagreement) -> Self {
        let kinds = |keys: &[FindingKey]| keys.iter().map(|key| key.kind).collect();
        Self {
            truth: disagreement.truth,
            verdict: disagreement.verdict,
            missed: kinds(&disagreement.missed),
            invented: kinds(&disagreement.invented),
        }
    }
}

/// Every reachable host against one judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Hosts that were judged.
    pub hosts: usize,
    /// Hosts on which verdict and truth differ.
    pub wrong: usize,
    /// How many of these have each failure class.
    pub failures: BTreeMap<FailureClass, usize>,
    /// Some of them, shortest install order first: the first of each failure class, then the second
    /// ones.
    pub counterexamples: Vec<Counterexample>,
}

/// Why an install order is a counterexample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// For each step, what is the case without it. The first step cannot be left out.
    pub without: Vec<Changed>,
    /// The neighbours whose exchange changes truth or verdict.
    pub exchanges: Vec<Changed>,
    /// How each kind of finding came about that was missed or invented: the first of each.
    pub why: Vec<Derivation>,
}

/// What is the case when an order is changed in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Number of the step, from 1; of the first of two that are exchanged.
    pub number: usize,
    /// The truth then.
    pub truth: Status,
    /// The verdict then.
    pub verdict: Status,
    /// Whether the two agree then, in status and findings.
    pub agree: bool,
    /// Whether they differ then in the same way as before.
    pub same_failure: bool,
}

impl Analysis {
    /// Whether the disagreement goes away with any step that is left out: in its failure class, if
    /// not altogether.
    #[must_use]
    pub fn is_minimal(&self) -> bool {
        self.without.iter().all(|changed| !changed.same_failure)
    }
}

impl Reached {
    /// Compares a judge with the truth on every host, and keeps up to `count_max` counterexamples
    /// that are as different as can be.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub fn judge_with(&self, judge: &dyn Judge, count_max: usize) -> Result<Judged, StudyError> {
        let classes = self.observation_classes();
        let mut known: FxHashMap<FileSet, (Status, Vec<Finding>)> = FxHashMap::default();
        let mut disagreements = Vec::with_capacity(classes.first.len());
        for chunk in classes.first.chunks(CHUNK) {
            let trees: Result<Vec<_>, StudyError> =
                chunk.par_iter().filter_map(|id| self.truth_and_tree(*id)).collect();
            let trees = trees?;
            let mut fresh = FxHashMap::default();
            for (_, key, tree) in &trees {
                if !known.contains_key(key) {
                    fresh.insert(key.clone(), tree);
                }
            }
            let said: Result<Vec<_>, StudyError> =
                fresh.into_par_iter().map(|(key, tree)| Ok((key, judge.say(tree)?))).collect();
            known.extend(said?);
            let disagreement = |(truth, key, _): &Looked| {
                known
                    .get(key)
                    .and_then(|(status, findings)| judge.compare(truth, *status, findings))
            };
            disagreements.extend(trees.iter().map(disagreement));
        }
        let wrong = (0..).map(StateId).zip(&classes.of).filter_map(|(id, class)| {
            let disagreement = disagreements.get(*class as usize)?.as_ref()?;
            Some((id, disagreement))
        });
        let wrong: Vec<(StateId, &Disagreement)> = wrong.collect();
        let mut judged =
            Judged { hosts: self.host_count(), wrong: wrong.len(), ..Judged::default() };
        judged.counterexamples = self.choose(&wrong, count_max, &mut judged.failures);
        Ok(judged)
    }

    fn truth_and_tree(&self, id: StateId) -> Option<Result<Looked, StudyError>> {
        let host = self.host(id)?;
        let truth = self.simulation().truth(&host);
        Some(self.simulation().tree(&host).map(|tree| (truth, file_set(&tree), tree)))
    }

    /// Counts failure classes, and chooses counterexamples: the shortest of each failure class,
    /// then the second one of each, and so on; those that were chosen are listed shortest first.
    pub(crate) fn choose(
        &self,
        wrong: &[(StateId, &Disagreement)],
        count_max: usize,
        failures: &mut BTreeMap<FailureClass, usize>,
    ) -> Vec<Counterexample> {
        let (kinds, all) = kinds(wrong);
        let mut own = vec![0; all.len()];
        let mut ranked = Vec::new();
        for (place, kind) in kinds.into_iter().enumerate() {
            let Some(rank) = own.get_mut(kind) else { continue };
            if *rank < count_max {
                ranked.push((*rank, place));
            }
            *rank += 1;
        }
        for (failure, count) in all.into_iter().zip(own) {
            *failures.entry(failure).or_default() += count;
        }
        ranked.sort_unstable();
        ranked.truncate(count_max);
        let mut places: Vec<usize> = ranked.into_iter().map(|(_, place)| place).collect();
        places.sort_unstable();
        let architecture = self.simulation().model().architecture();
        let chosen = places.into_iter().filter_map(|place| wrong.get(place));
        chosen
            .map(|(id, disagreement)| Counterexample {
                architecture,
                steps: self.order(*id),
                is_shortest: true,
                disagreement: (*disagreement).clone(),
                clause: None,
                grounds: Vec::new(),
                reason: None,
                analysis: Analysis::default(),
            })
            .collect()
    }
}

/// The failure class of each disagreement by its number, and the classes. Hosts that look the same
/// share a disagreement, so each is looked into once.
pub(crate) fn kinds(wrong: &[(StateId, &Disagreement)]) -> (Vec<usize>, Vec<FailureClass>) {
    let mut known: FxHashMap<*const Disagreement, usize> = FxHashMap::default();
    let mut numbers: BTreeMap<FailureClass, usize> = BTreeMap::new();
    let mut number_of = |disagreement: &Disagreement| {
        let next = numbers.len();
        *numbers.entry(FailureClass::from(disagreement)).or_insert(next)
    };
    let kind = |(_, found): &(StateId, &Disagreement)| {
        *known.entry(std::ptr::from_ref(*found)).or_insert_with(|| number_of(found))
    };
    let kinds = wrong.iter().map(kind).collect();
    let mut all: Vec<(usize, FailureClass)> =
        numbers.into_iter().map(|(failure, number)| (number, failure)).collect();
    all.sort_unstable();
    (kinds, all.into_iter().map(|(_, failure)| failure).collect())
}

/// The truth about a host, what tells its set of files from others, and the files.
type Looked = (Truth, FileSet, HostTree);

/// Looks whose files are in memory at a time.
const CHUNK: usize = 4096;

/// An order that was tried.
struct Trial {
    truth: Status,
    verdict: Status,
    disagreement: Option<Disagreement>,
}

impl Simulation {
    /// Why an order is a counterexample: every step left out, every two neighbours exchanged, and
    /// the way from steps to findings.
    ///
    /// # Errors
    /// When the order is not one, or when files cannot be made.
    pub fn analyse(
        &self,
        counterexample: &Counterexample,
        judge: &dyn Judge,
    ) -> Result<Analysis, StudyError> {
        let (steps, failure) =
            (&counterexample.steps, FailureClass::from(&counterexample.disagreement));
        let (truth, verdict) = (failure.truth, failure.verdict);
        let mut analysis = Analysis::default();
        for place in 1..steps.len() {
            let mut without = steps.clone();
            without.remove(place);
            analysis.without.push(self.changed(place + 1, &without, &failure, judge)?);
            if place + 1 < steps.len() {
                let mut exchanged = steps.clone();
                exchanged.swap(place, place + 1);
                let changed = self.changed(place + 1, &exchanged, &failure, judge)?;
                if changed.agree || (changed.truth, changed.verdict) != (truth, verdict) {
                    analysis.exchanges.push(changed);
                }
            }
        }
        analysis.why = self.reasons(counterexample, judge)?;
        Ok(analysis)
    }

    /// Leaves out steps for as long as the disagreement keeps its failure class. What is left is
    /// minimal: each of its steps is needed.
    ///
    /// # Errors
    /// When the order is not one, or when files cannot be made.
    pub fn minimise(
        &self,
        counterexample: &Counterexample,
        judge: &dyn Judge,
    ) -> Result<Counterexample, StudyError> {
        let mut least = counterexample.clone();
        let failure = FailureClass::from(&least.disagreement);
        let mut place = 1;
        while place < least.steps.len() {
            let mut steps = least.steps.clone();
            steps.remove(place);
            match self.attempt(&steps, judge)?.disagreement {
                // A step that was needed may no longer be so: begin anew.
                Some(disagreement) if FailureClass::from(&disagreement) == failure => {
                    least = Counterexample { steps, disagreement, ..least };
                    place = 1;
                }
                _ => place += 1,
            }
        }
        Ok(least)
    }

    fn attempt(&self, steps: &[Step], judge: &dyn Judge) -> Result<Trial, StudyError> {
        let words: Vec<String> = steps.iter().map(ToString::to_string).collect();
        let host = self.follow(&words)?;
        let (truth, (verdict, findings)) = (self.truth(&host), judge.say(&self.tree(&host)?)?);
        let disagreement = judge.compare(&truth, verdict, &findings);
        Ok(Trial { truth: truth.status, verdict, disagreement })
    }

    fn changed(
        &self,
        number: usize,
        steps: &[Step],
        failure: &FailureClass,
        judge: &dyn Judge,
    ) -> Result<Changed, StudyError> {
        let Trial { truth, verdict, disagreement } = self.attempt(steps, judge)?;
        let same_failure = disagreement.as_ref().map(FailureClass::from).as_ref() == Some(failure);
        Ok(Changed { number, truth, verdict, agree: disagreement.is_none(), same_failure })
    }

    /// The first finding of each kind that was missed or invented, derived from the steps.
    fn reasons(
        &self,
        counterexample: &Counterexample,
        judge: &dyn Judge,
    ) -> Result<Vec<Derivation>, StudyError> {
        let words: Vec<String> = counterexample.steps.iter().map(ToString::to_string).collect();
        let story = self.tell(&words)?;
        let (_, said) = judge.say(&self.tree(&story.host)?)?;
        let Disagreement { missed, invented, .. } = &counterexample.disagreement;
        let mut kinds = BTreeSet::new();
        let mut reasons = Vec::new();
        for finding in story.examination.truth.findings.iter().chain(&said) {
            let key = finding.key();
            let differs = missed.contains(&key) || invented.contains(&key);
            if differs && kinds.insert(finding.kind) {
                reasons.push(Derivation::new(self.model(), &story.steps, finding));
            }
        }
        Ok(reasons)
    }
}
