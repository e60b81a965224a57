//! Hosts as fixtures for the tests of other tools: few that show everything.
//!
//! **Owns** what is to be shown of a scope (statuses, kinds of findings, both sides of every
//! boundary of the truth and of each rule, every way in which somebody is wrong), and the choice of
//! hosts. No host can be left out of the choice; that no other choice has fewer is not proved.
//!
//! A boundary lies between two statuses. A pair of hosts shows it that are one step apart, of
//! which the first is reached by its order, and the second by the step from there.
//!
//! **Start reading** at [`fixtures`].

mod choose;
mod shown;

pub use shown::{Fixture, SaidBy, Showing, Side};

use super::{Evaluator, RuleScope};
use crate::{
    Facts, ObservationClasses, Reached, SharedFiles, StudyError, VerifyProgress,
    progress::judging,
    verify::{Asked, CHUNK, Judgement, Sets, judge_classes},
};
use choose::{Candidates, Host};
use patchstate_explore::{Progress, StateId};
use patchstate_terms::{FindingKind, Status};
use rayon::prelude::*;
use shown::Seen;
use std::collections::BTreeSet;

/// Few hosts that show all that is to be shown.
#[derive(Debug)]
pub struct Fixtures {
    /// Whether every reachable host was looked at.
    pub complete: bool,
    /// The catalog's name.
    pub catalog: String,
    /// What was asked for.
    pub scope: RuleScope,
    /// How many hosts were reached.
    pub hosts: usize,
    /// What is shown.
    pub shown: Vec<Showing>,
    /// The hosts, by architecture and then by the number of steps.
    pub fixtures: Vec<Fixture>,
}

impl Fixtures {
    /// The statuses that a host can really have, and that no host of the scope has.
    pub fn statuses_not_shown(&self) -> impl Iterator<Item = Status> + '_ {
        let all = Status::ALL.into_iter().filter(|status| *status != Status::Inconclusive);
        all.filter(|status| !self.shown.contains(&Showing::Status(*status)))
    }

    /// The kinds of findings that no host of the scope has.
    pub fn findings_not_shown(&self) -> impl Iterator<Item = FindingKind> + '_ {
        let all = FindingKind::ALL.into_iter();
        all.filter(|kind| !self.shown.contains(&Showing::Finding(*kind)))
    }
}

/// Chooses fixtures among the hosts of a scope, which is searched as a whole.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub fn fixtures(
    facts: &Facts,
    scope: &RuleScope,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Fixtures, StudyError> {
    evaluator.until_settled(|| fixtures_once(facts, scope, evaluator, progress))
}

fn fixtures_once(
    facts: &Facts,
    scope: &RuleScope,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Fixtures, StudyError> {
    let mut candidates = Candidates::default();
    let mut all_reached = Vec::new();
    let (mut complete, mut hosts) = (true, 0);
    for architecture in &scope.architectures {
        let files = SharedFiles::new(facts, scope.switches);
        let mut sets = Sets::new(Asked::all(evaluator.rules().len()));
        let named = (scope.switches, &scope.names);
        let tell = |p: Progress| progress(VerifyProgress::Exploring(*architecture, p));
        let reached =
            Reached::sharing(&files, &facts.catalog, *architecture, named, &scope.bounds, &tell)?;
        complete &= reached.is_complete();
        hosts += reached.host_count();
        let classes = reached.observation_classes();
        let seen = see(&reached, &classes, evaluator, &mut sets, progress)?;
        candidates.add(all_reached.len(), &reached, &classes, &seen);
        all_reached.push(reached);
    }
    let chosen = candidates.choose();
    let mut fixtures = Vec::with_capacity(chosen.len());
    for host in &chosen {
        let Some(reached) = all_reached.get(host.search) else { continue };
        fixtures.push(fixture(reached, host)?);
    }
    candidates.tell_sides(&chosen, &mut fixtures);
    let shown = candidates.shown();
    let catalog = facts.catalog.name.clone();
    Ok(Fixtures { complete, catalog, scope: scope.clone(), hosts, shown, fixtures })
}

/// Looks at one host of each class from all sides.
fn see(
    reached: &Reached,
    classes: &ObservationClasses,
    evaluator: &Evaluator<'_>,
    sets: &mut Sets,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Vec<Seen>, StudyError> {
    let architecture = reached.simulation().model().architecture();
    let mut seen = Vec::with_capacity(classes.first.len());
    for chunk in classes.first.chunks(CHUNK) {
        let told = (seen.len(), classes.first.len(), sets.count());
        let tell =
            |judged, fresh| progress(judging(architecture, told, chunk.len(), (judged, fresh)));
        let judged = judge_classes(reached, evaluator, sets, chunk, &tell)?;
        let kinds: Vec<BTreeSet<FindingKind>> =
            chunk.par_iter().map(|id| kinds_of(reached, *id)).collect();
        let count = evaluator.rules().len() + 1;
        let see = |(judged, kinds): (Judgement, _)| Seen::new(&judged, count, kinds);
        seen.extend(judged.into_iter().zip(kinds).map(see));
    }
    Ok(seen)
}

fn kinds_of(reached: &Reached, id: StateId) -> BTreeSet<FindingKind> {
    let truth = reached.host(id).map(|host| reached.simulation().truth(&host));
    truth.into_iter().flat_map(|truth| truth.findings).map(|finding| finding.kind).collect()
}

fn fixture(reached: &Reached, chosen: &Host) -> Result<Fixture, StudyError> {
    let simulation = reached.simulation();
    let words: Vec<String> = chosen.steps.iter().map(ToString::to_string).collect();
    let host = simulation.follow(&words)?;
    let said = |said_by: SaidBy| chosen.said.get(said_by.place()).copied();
    let mut shows: Vec<Showing> = chosen.shows.iter().cloned().collect();
    shows.sort();
    Ok(Fixture {
        architecture: simulation.model().architecture(),
        steps: chosen.steps.clone(),
        truth: simulation.truth(&host),
        core: said(SaidBy::Core).unwrap_or(Status::Inconclusive),
        rules: chosen.said.iter().skip(2).copied().collect(),
        shows,
        sides: Vec::new(),
        tree: simulation.tree(&host)?.to_built_tree(),
    })
}
