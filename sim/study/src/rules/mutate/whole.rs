//! Mutants of a rule over every host of a scope, as sets: which hosts tell each from the rule?
//!
//! **Owns** the exact numbers of these hosts, those hosts that are worth a scenario, and a proof
//! that fewer scenarios do not kill all mutants. **Must never know** how hosts were met one by one.
//!
//! **Start reading** at [`Telling::new`].

use crate::{
    StudyError,
    rules::{
        cover::{Cover, Row},
        extent::SurveyRequest,
        is_right,
        near::STEPS_NEAR,
        said::Said,
        survey::HostWitness,
        whole::Whole,
    },
};
use patchstate_rules::Rule;
use patchstate_servicing::Host;
use patchstate_space::{Count, Diagrams, Set, TooLarge};
use patchstate_terms::{Architecture, Status};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Hosts farther away than [`STEPS_NEAR`] are looked for one step farther while the diagrams have
/// no more nodes: the sets of hosts within a distance grow fast with it where there are many
/// groups. What is farther away is found in a slice with less effort.
const NODES_MAX: usize = 1 << 21;

/// Mutants that are asked about every host at once: what is on the way from them to what tells them
/// from the rule is taken away before the next ones are asked.
const MUTANTS_AT_ONCE: usize = 100;

/// Every host of a scope, and those that tell mutants from their rule.
pub(super) struct Telling<'a> {
    rules: Vec<&'a dyn Rule>,
    architectures: Vec<OneArchitecture<'a>>,
}

/// The same of one architecture.
struct OneArchitecture<'a> {
    whole: Whole<'a>,
    /// For each mutant, what those hosts show of which it does not say what the rule says; `None`
    /// where one of the two cannot be taken apart.
    of_mutants: Vec<Option<Set>>,
    /// What those hosts show about which the rule is right.
    right: Set,
}

/// A host that kills some mutants.
struct Candidate {
    /// The place of its architecture.
    architecture: usize,
    /// What it shows.
    shown: Set,
    steps: usize,
    is_right: bool,
    kills: BTreeSet<usize>,
}

impl<'a> Telling<'a> {
    /// Asks a rule and its mutants about every host; `None` where the hosts cannot be held.
    ///
    /// # Errors
    /// When a name is not in the catalog, and when files of a host cannot be made.
    pub(super) fn new(
        request: &'a SurveyRequest<'a>,
        rules: &'a [Box<dyn Rule>],
    ) -> Result<Option<Self>, StudyError> {
        let rules: Vec<&dyn Rule> = rules.iter().map(AsRef::as_ref).collect();
        let told = |architecture| OneArchitecture::new(request, architecture, &rules);
        let architectures = request.scope.architectures.par_iter().copied();
        let told: Vec<Result<OneArchitecture<'_>, _>> = architectures.map(told).collect();
        match told.into_iter().collect() {
            Ok(architectures) => Ok(Some(Self { rules, architectures })),
            Err(StudyError::TooLarge(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many hosts there are.
    pub(super) fn hosts(&mut self) -> Count {
        self.architectures.iter_mut().map(|told| told.whole.exact.space.count()).sum()
    }

    /// How many hosts tell a mutant, by its place, from the rule; `None` where that is not known.
    pub(super) fn count(&self, mutant: usize) -> Option<Count> {
        let mut sum = Count::ZERO;
        for told in &self.architectures {
            sum += told.whole.exact.space.count_showing(told.of(mutant)?);
        }
        Some(sum)
    }

    /// Hosts, each with what the rule and then each mutant say of it: a nearest one that kills each
    /// mutant, as far as there is one that is near, and the fewest that kill all of these.
    ///
    /// # Errors
    /// When files of a host cannot be made, and when the diagrams grow too large.
    pub(super) fn hosts_that_kill(
        &mut self,
    ) -> Result<Vec<(Vec<Status>, HostWitness)>, StudyError> {
        let mut candidates = Vec::new();
        for (place, told) in self.architectures.iter_mut().enumerate() {
            candidates.extend(told.near(place)?);
        }
        let mut asked = BTreeSet::new();
        for mutant in 0..self.rules.len().saturating_sub(1) {
            let is_nearest = |candidate: &Candidate| {
                candidate.steps <= STEPS_NEAR && candidate.kills.contains(&mutant)
            };
            let telling = self.architectures.iter().map(|told| told.of(mutant));
            // Mutants that the same hosts kill have the same nearest one.
            if !candidates.iter().any(is_nearest) && asked.insert(telling.collect::<Vec<_>>()) {
                candidates.extend(self.nearest(mutant));
            }
        }
        let row = |candidate: &Candidate| Row {
            covers: candidate.kills.clone(),
            cost: (usize::from(!candidate.is_right), candidate.steps),
        };
        let cover = Cover::of(&candidates.iter().map(row).collect::<Vec<_>>());
        let mut chosen: BTreeSet<usize> = cover.rows.into_iter().collect();
        let nearest = |mutant| {
            let candidates = candidates.iter().enumerate();
            let candidates = candidates.filter(|(_, candidate)| candidate.kills.contains(&mutant));
            candidates.min_by_key(|(_, candidate)| (candidate.steps, candidate.architecture))
        };
        let mutants = 0..self.rules.len().saturating_sub(1);
        chosen.extend(mutants.filter_map(nearest).map(|(place, _)| place));
        let mut hosts = Vec::with_capacity(chosen.len());
        for candidate in chosen.into_iter().filter_map(|place| candidates.get(place)) {
            let Some(told) = self.architectures.get_mut(candidate.architecture) else { continue };
            let Some(host) = told.whole.nearest_within(candidate.shown, candidate.steps)? else {
                continue;
            };
            let said = told.whole.decided(&self.rules, &host)?;
            hosts.push((said.into_iter().map(|(status, _)| status).collect(), host));
        }
        Ok(hosts)
    }

    /// A nearest host that kills a mutant; `None` where there is none, and where all are farther
    /// than hosts are looked for.
    fn nearest(&mut self, mutant: usize) -> Option<Candidate> {
        let mut found: Option<Candidate> = None;
        for (architecture, told) in self.architectures.iter_mut().enumerate() {
            let Some(shown) = told.of(mutant).filter(|shown| !shown.is_empty()) else { continue };
            // Diagrams that grow too large find none.
            let nearest = told.nearest(architecture, shown).ok().flatten();
            found = found.into_iter().chain(nearest).min_by_key(|candidate| candidate.steps);
        }
        found
    }

    /// So many scenarios are needed at least to kill these mutants: as many as there are mutants of
    /// which no host kills two. Mutants that few hosts kill are tried first.
    ///
    /// # Errors
    /// When the diagrams grow too large.
    pub(super) fn scenarios_min(
        &mut self,
        mut mutants: Vec<(Count, usize)>,
    ) -> Result<usize, StudyError> {
        mutants.sort();
        let mut apart: Vec<usize> = Vec::new();
        'next: for (_, mutant) in mutants {
            for told in &mut self.architectures {
                let Some(own) = told.of(mutant) else { continue 'next };
                for other in &apart {
                    let Some(other) = told.of(*other) else { continue 'next };
                    if !told.whole.exact.space.diagrams().intersection(own, other)?.is_empty() {
                        continue 'next;
                    }
                }
            }
            apart.push(mutant);
        }
        Ok(apart.len())
    }
}

impl<'a> OneArchitecture<'a> {
    fn new(
        request: &'a SurveyRequest<'a>,
        architecture: Architecture,
        rules: &[&dyn Rule],
    ) -> Result<Self, StudyError> {
        let mut whole = Whole::new(request, architecture)?;
        let (mut of_mutants, mut right) = (Vec::new(), Set::EMPTY);
        let Some((rule, mutants)) = rules.split_first() else {
            return Ok(Self { whole, of_mutants, right });
        };
        let mut own = whole.said(&[*rule])?.into_iter().next().flatten();
        for some in mutants.chunks(MUTANTS_AT_ONCE) {
            let said = whole.said(some)?;
            let diagrams = whole.exact.space.diagrams();
            for said in &said {
                let both = own.as_ref().zip(said.as_ref());
                let different = both.map(|(own, said)| different(diagrams, own, said));
                of_mutants.push(different.transpose()?);
            }
            let own = own.iter_mut().flat_map(BTreeMap::values_mut);
            whole.exact.collect(own.chain(of_mutants.iter_mut().flatten()));
        }
        let truths = whole.exact.truth.statuses.clone();
        let diagrams = whole.exact.space.diagrams();
        for (verdict, of_verdict) in own.iter().flatten() {
            for (truth, of_truth) in &truths {
                if *verdict != Status::Inconclusive && is_right(*rule, *truth, *verdict) {
                    let both = diagrams.intersection(*of_verdict, *of_truth)?;
                    right = diagrams.union(right, both)?;
                }
            }
        }
        Ok(Self { whole, of_mutants, right })
    }

    fn of(&self, mutant: usize) -> Option<Set> {
        self.of_mutants.get(mutant).copied().flatten()
    }

    /// Of the hosts near a bare system that kill the same mutants, and about which the rule is all
    /// right or all wrong, a nearest one.
    fn near(&mut self, architecture: usize) -> Result<Vec<Candidate>, StudyError> {
        let mut mutants_of: BTreeMap<Set, Vec<usize>> = BTreeMap::new();
        for (mutant, shown) in self.of_mutants.iter().enumerate() {
            mutants_of.entry((*shown).unwrap_or(Set::EMPTY)).or_default().push(mutant);
        }
        mutants_of.remove(&Set::EMPTY);
        // In the order of the mutants: the numbers of sets say nothing.
        let mut mutants_of: Vec<(Vec<usize>, Set)> =
            mutants_of.into_iter().map(|(shown, mutants)| (mutants, shown)).collect();
        mutants_of.sort();
        let (mut known, mut kinds) = (Set::EMPTY, BTreeMap::new());
        for steps in 0..=STEPS_NEAR {
            let space = &mut self.whole.exact.space;
            let Some(within) = space.shown_within(steps)? else { break };
            let new = space.diagrams().difference(within, known)?;
            let hosts: Vec<Host> = space.hosts_of(new).collect();
            let space = &self.whole.exact.space;
            let kind = |host: &Host| {
                let kills = mutants_of.iter().map(|(_, shown)| space.shows(*shown, host));
                (kills.collect::<Vec<bool>>(), space.shows(self.right, host))
            };
            let of_hosts: Vec<_> = hosts.par_iter().map(kind).collect();
            for (host, kind) in hosts.into_iter().zip(of_hosts) {
                kinds.entry(kind).or_insert((steps, host));
            }
            known = within;
        }
        let mut candidates = Vec::with_capacity(kinds.len());
        for ((kills, is_right), (steps, host)) in kinds {
            let of = mutants_of.iter().zip(kills).filter(|(_, kills)| *kills);
            let kills = of.flat_map(|((mutants, _), _)| mutants).copied().collect();
            let shown = self.whole.exact.space.set_of(&host)?;
            candidates.push(Candidate { architecture, shown, steps, is_right, kills });
        }
        Ok(candidates)
    }

    /// A nearest host of those that show one of these.
    fn nearest(&mut self, architecture: usize, shown: Set) -> Result<Option<Candidate>, TooLarge> {
        let space = &mut self.whole.exact.space;
        for steps in 0.. {
            if steps > STEPS_NEAR && space.diagrams().node_count() > NODES_MAX {
                break;
            }
            let Some(within) = space.shown_within(steps)? else { break };
            let met = space.diagrams().intersection(within, shown)?;
            let Some(host) = space.hosts_of(met).next() else { continue };
            let shown = space.set_of(&host)?;
            let of_mutants = self.of_mutants.iter().enumerate();
            let kills =
                of_mutants.filter(|(_, set)| set.is_some_and(|set| space.shows(set, &host)));
            let kills = kills.map(|(mutant, _)| mutant).collect();
            let is_right = space.shows(self.right, &host);
            return Ok(Some(Candidate { architecture, shown, steps, is_right, kills }));
        }
        Ok(None)
    }
}

/// What those hosts show of which two rules do not say the same.
fn different(diagrams: &mut Diagrams, one: &Said, other: &Said) -> Result<Set, StudyError> {
    let mut all = Set::EMPTY;
    for (status, hosts) in one {
        let same = other.get(status).copied().unwrap_or(Set::EMPTY);
        let only = diagrams.difference(*hosts, same)?;
        all = diagrams.union(all, only)?;
    }
    Ok(all)
}
