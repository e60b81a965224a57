//! Mutants of a rule on every host: which of them does some host tell from the rule?
//!
//! Over a whole scope the hosts that tell a mutant from the rule are a set: it has an exact number,
//! a mutant of which it is empty is proved to be equivalent, and a nearest host is found by sets. A
//! scope with bounds is looked at host by host; so is the slice that has all that rule and mutants
//! read, else every slice, where a mutant is only killed by hosts that are too far away for sets.
//!
//! **Owns** what came of each mutant, and the choice of a suite. **Must never know** diagrams.
//!
//! **Start reading** at [`mutate`].

mod said_of_hosts;
mod whole;

use super::{
    Evaluator,
    cover::{Cover, Row},
    extent::{Extent, RuleScope, SurveyRequest},
    is_right,
    look::{Look, fields_of},
    survey::{HostWitness, Survey, survey},
};
use crate::{Facts, StudyError, VerifyProgress};
use patchstate_detect::MemoryTree;
use patchstate_explore::Bounds;
use patchstate_rules::{Clause, FileRule, Mutant, Rule, Subject};
use patchstate_source::SourceFile;
use patchstate_space::Count;
use patchstate_terms::Status;
use said_of_hosts::SaidOfHosts;
use std::collections::BTreeSet;
use whole::Telling;

/// What became of the mutants of a rule.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The rule's id.
    pub rule: String,
    /// What it says, in a few words.
    pub title: String,
    /// The file that it was read from.
    pub source: SourceFile,
    /// Its conditions.
    pub clauses: Vec<Clause>,
    /// The statuses that it stands for.
    pub stands_for: BTreeSet<Status>,
    /// Whether no bound was hit, and every mutant is killed or proved equivalent.
    pub complete: bool,
    /// The catalog's name.
    pub catalog: String,
    /// What was asked for.
    pub scope: RuleScope,
    /// How many hosts rule and mutants were asked about.
    pub hosts: Count,
    /// The mutants, in the order of the rule's text.
    pub mutants: Vec<MutantResult>,
    /// The fewest scenarios that kill every mutant of which a host is known that kills it.
    pub suite: Vec<SuiteScenario>,
    /// Whether it is proved that fewer would not do.
    pub suite_is_smallest: bool,
}

/// One mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantResult {
    /// Its id, like `bound-off-by-one/1`.
    pub id: String,
    /// What was changed, in words.
    pub description: String,
    /// The place among the rule's conditions of the one that was changed.
    pub clause: usize,
    /// What became of it.
    pub outcome: MutantOutcome,
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MutantOutcome {
    /// Some host tells it from the rule.
    Killed(Box<Kill>),
    /// It says the same as the rule on every host that there can be.
    Equivalent,
    /// It says the same on the hosts that were reached, which are not all.
    Undecided,
}

/// Hosts that tell a mutant from its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// How many there are.
    pub hosts: Count,
    /// The nearest one; `None` when all of them are farther from a bare system than orders are
    /// looked for.
    pub nearest: Option<Killer>,
}

/// A host that tells a mutant from its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Killer {
    /// The host.
    pub host: HostWitness,
    /// What the rule says of it.
    pub rule_says: Status,
    /// What the mutant says of it.
    pub mutant_says: Status,
}

/// One scenario of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteScenario {
    /// The host.
    pub host: HostWitness,
    /// What the rule says of it.
    pub rule_says: Status,
    /// Whether the rule is right about it.
    pub is_right: bool,
    /// The places of the mutants that it kills.
    pub kills: Vec<usize>,
}

impl Mutation {
    /// Mutants of which this holds.
    pub fn count(&self, is_so: impl Fn(&MutantOutcome) -> bool) -> usize {
        self.mutants.iter().filter(|mutant| is_so(&mutant.outcome)).count()
    }
}

/// Judges every mutant of a rule on every reachable host.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub fn mutate(
    facts: &Facts,
    scope: &RuleScope,
    rule: &FileRule,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Mutation, StudyError> {
    let mutants = rule.mutants();
    let mut rules: Vec<Box<dyn Rule>> = vec![Box::new(rule.clone())];
    rules.extend(mutants.iter().map(|mutant| Box::new(mutant.rule.clone()) as Box<dyn Rule>));
    let evaluator = Evaluator::new(&rules, None)?;
    let extent = Extent::WhatIsRead;
    let request = SurveyRequest { facts, scope, evaluator: &evaluator, extent, progress };
    let fields: Vec<_> = fields_of(rules.iter().map(AsRef::as_ref)).into_iter().collect();
    let see = |subject: &Subject<'_>| Look::new(&fields, subject.evidence);
    let is_held = scope.sliced && scope.bounds == Bounds::default();
    let by_sets = if is_held { ask_sets(&request, &rules)? } else { None };
    let (mut telling, counts, found) = match by_sets {
        Some((telling, counts, found)) => (Some(telling), counts, found),
        None => (None, vec![None; mutants.len()], Vec::new()),
    };
    let is_met = |(place, count): (usize, &Option<Count>)| {
        let mut said = found.iter().map(|(said, _)| said);
        *count == Some(Count::ZERO) || said.any(|said| said.first() != said.get(place + 1))
    };
    let met = if counts.iter().enumerate().all(is_met) {
        None
    } else {
        Some(survey(&request, &see, &mut |look: Look| look)?)
    };
    let mut said_of_hosts: Vec<SaidOfHosts<'_>> =
        found.iter().map(|(said, host)| SaidOfHosts { said: said.clone(), host }).collect();
    said_of_hosts.extend(met.iter().flat_map(|met| say_all(&rules, met)));
    let is_complete = met.as_ref().is_some_and(|met| met.complete);
    let results = mutants.iter().zip(counts).enumerate();
    let mutants: Vec<MutantResult> = results
        .map(|(place, (mutant, count))| {
            let number = place + 1;
            result((mutant, number), &said_of_hosts, count, is_complete)
        })
        .collect();
    let (suite, suite_is_smallest) = suite(rule, &said_of_hosts, &mutants);
    let suite_is_smallest = match &mut telling {
        Some(telling) if !is_complete => match needed(telling, &mutants) {
            Err(StudyError::TooLarge(_)) => false,
            needed => suite.len() == needed?,
        },
        Some(_) | None => suite_is_smallest,
    };
    let hosts = match (&mut telling, &met) {
        (Some(telling), _) => telling.hosts(),
        (None, met) => met.iter().map(|met| Count::from(met.hosts)).sum(),
    };
    let is_open = |mutant: &MutantResult| mutant.outcome == MutantOutcome::Undecided;
    let reached_all = met.as_ref().is_some_and(|met| met.reached_all);
    let is_everything = telling.is_some() || reached_all;
    Ok(Mutation {
        rule: rule.id().to_owned(),
        title: rule.title().to_owned(),
        source: rule.source().clone(),
        clauses: rule.clauses().to_vec(),
        stands_for: rule.stands_for().clone(),
        complete: is_everything && !mutants.iter().any(is_open),
        catalog: facts.catalog.name.clone(),
        scope: scope.clone(),
        hosts,
        mutants,
        suite,
        suite_is_smallest,
    })
}

/// What sets tell: how many hosts kill each mutant, and hosts that do, each with what the rule and
/// then each mutant say of it.
type BySets<'a> = (Telling<'a>, Vec<Option<Count>>, Vec<(Vec<Status>, HostWitness)>);

/// Asks sets about a rule and its mutants; `None` where they are too large.
fn ask_sets<'a>(
    request: &'a SurveyRequest<'a>,
    rules: &'a [Box<dyn Rule>],
) -> Result<Option<BySets<'a>>, StudyError> {
    let ask = || {
        let Some(mut telling) = Telling::new(request, rules)? else { return Ok(None) };
        let mutants = 0..rules.len().saturating_sub(1);
        let counts = mutants.map(|mutant| telling.count(mutant)).collect();
        let found = telling.hosts_that_kill()?;
        Ok(Some((telling, counts, found)))
    };
    match ask() {
        Err(StudyError::TooLarge(_)) => Ok(None),
        result => result,
    }
}

/// So many scenarios are needed at least to kill all mutants that are killed.
fn needed(telling: &mut Telling<'_>, mutants: &[MutantResult]) -> Result<usize, StudyError> {
    let killed = mutants.iter().enumerate().filter_map(|(place, mutant)| match &mutant.outcome {
        MutantOutcome::Killed(kill) => Some((kill.hosts.clone(), place)),
        MutantOutcome::Equivalent | MutantOutcome::Undecided => None,
    });
    telling.scenarios_min(killed.collect())
}

/// What the rule and then each mutant say of everything that was seen.
fn say_all<'a>(rules: &[Box<dyn Rule>], found: &'a Survey<Look>) -> Vec<SaidOfHosts<'a>> {
    let nothing = MemoryTree::default();
    let mut said_of_hosts = Vec::new();
    for (look, witnesses) in &found.seen {
        // Rules over fields ask for nothing else.
        let subject = Subject { evidence: &look.evidence, tree: &nothing, folder: None };
        let said: Vec<Status> = rules.iter().map(|rule| rule.judge(&subject).status).collect();
        let witnesses = witnesses.values();
        said_of_hosts.extend(witnesses.map(|host| SaidOfHosts { said: said.clone(), host }));
    }
    said_of_hosts
}

/// What became of a mutant: `count` hosts tell it from the rule, where that is known; else those
/// that were met do, which are all that there can be where they are `complete`.
fn result(
    (mutant, number): (&Mutant, usize),
    met: &[SaidOfHosts<'_>],
    count: Option<Count>,
    complete: bool,
) -> MutantResult {
    let kills = met.iter().filter_map(|met| Some((met, met.other(number)?)));
    let kills: Vec<(&SaidOfHosts<'_>, Status)> = kills.collect();
    let nearest = kills.iter().min_by_key(|(met, _)| met.host.rank());
    let nearest = nearest.map(|(met, mutant_says)| Killer {
        host: met.host.clone(),
        rule_says: met.rule_says(),
        mutant_says: *mutant_says,
    });
    let is_proved = count.is_some() || complete;
    let hosts = count.unwrap_or_else(|| kills.iter().map(|(met, _)| met.host.hosts).sum());
    let outcome = match nearest {
        None if hosts == Count::ZERO && is_proved => MutantOutcome::Equivalent,
        None if hosts == Count::ZERO => MutantOutcome::Undecided,
        nearest => MutantOutcome::Killed(Box::new(Kill { hosts, nearest })),
    };
    MutantResult {
        id: mutant.id.clone(),
        description: mutant.description.clone(),
        clause: mutant.clause,
        outcome,
    }
}

/// The fewest hosts that kill every mutant that some host kills; among as few, those of which the
/// rule is right, then those with the shortest orders.
fn suite(
    rule: &FileRule,
    said_of_hosts: &[SaidOfHosts<'_>],
    mutants: &[MutantResult],
) -> (Vec<SuiteScenario>, bool) {
    let scenario = |said_of_hosts: &SaidOfHosts<'_>| {
        let rule_says = said_of_hosts.rule_says();
        let is_right = rule_says != Status::Inconclusive
            && is_right(rule, said_of_hosts.host.truth, rule_says);
        let kills = (0..mutants.len()).filter(|number| said_of_hosts.other(number + 1).is_some());
        SuiteScenario {
            host: said_of_hosts.host.clone(),
            rule_says,
            is_right,
            kills: kills.collect(),
        }
    };
    let scenarios: Vec<SuiteScenario> = said_of_hosts.iter().map(scenario).collect();
    let row = |scenario: &SuiteScenario| Row {
        covers: scenario.kills.iter().copied().collect(),
        cost: (usize::from(!scenario.is_right), scenario.host.steps.len()),
    };
    let cover = Cover::of(&scenarios.iter().map(row).collect::<Vec<_>>());
    let chosen = cover.rows.iter().filter_map(|row| scenarios.get(*row).cloned());
    let mut chosen: Vec<SuiteScenario> = chosen.collect();
    chosen.sort_by(|a, b| a.host.rank().cmp(&b.host.rank()).then(a.kills.cmp(&b.kills)));
    (chosen, cover.is_smallest)
}
