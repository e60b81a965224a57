//! Mutants of a rule on every host: which of them does some host tell from the rule?
//!
//! **Owns** judging all mutants on each distinct look of a host once, and what came of each. A
//! mutant that no host tells from the rule is equivalent to it on this model, which is proved
//! because every combination of what both read was looked at.
//!
//! **Start reading** at [`mutate`].

mod said_of_hosts;
mod settled;

use super::{
    Evaluator, Slices,
    cover::{Cover, Row},
    extent::{Extent, RuleScope, SurveyRequest},
    is_right,
    look::{Look, fields_of},
    survey::{HostWitness, Survey, survey},
};
use crate::{HarnessError, VerifyProgress};
use patchstate_catalog::Catalog;
use patchstate_detect::MemoryTree;
use patchstate_rules::{Clause, FileRule, Mutant, Rule, Subject};
use patchstate_terms::{SourceFile, Status};
use said_of_hosts::{SaidOfHosts, nearest};
use settled::Settled;
use std::{collections::BTreeSet, sync::Arc};

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
    /// Hosts that were reached.
    pub hosts: usize,
    /// Different looks that these have to rule and mutants.
    pub looks: usize,
    /// The mutants, in the order of the rule's text.
    pub mutants: Vec<MutantResult>,
    /// The fewest scenarios that tell every killed mutant from the rule.
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

/// A host that tells a mutant from its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The nearest one.
    pub host: HostWitness,
    /// What the rule says of it.
    pub rule_says: Status,
    /// What the mutant says of it.
    pub mutant_says: Status,
    /// How many of the reached hosts tell the two apart.
    pub hosts: usize,
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
    catalog: &Arc<Catalog>,
    scope: &RuleScope,
    rule: &FileRule,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Mutation, HarnessError> {
    let mutants = rule.mutants();
    let mut rules: Vec<Box<dyn Rule>> = vec![Box::new(rule.clone())];
    rules.extend(mutants.iter().map(|mutant| Box::new(mutant.rule.clone()) as Box<dyn Rule>));
    let evaluator = Evaluator::new(&rules, None)?;
    let fields: Vec<_> = fields_of(&rules).into_iter().collect();
    let see = |subject: &Subject<'_>| Look::new(&fields, subject.evidence);
    let request = |extent| SurveyRequest {
        catalog,
        scope,
        evaluator: &evaluator,
        extent,
        keeps: true,
        progress,
    };
    let slices = request(Extent::WhatIsRead);
    let found = survey(&slices, &see, &mut |look: Look| look)?;
    let mut said_of_hosts = say_all(&rules, &found, true);
    let covered = covered(catalog, scope, &rules)?;
    let mut settled = Settled::new(&covered, found.reached_all);
    if covered.contains(&false) && found.reached_all {
        settled.decide(&slices, &rules, &found.kept, &said_of_hosts)?;
    }
    let Settled { mut is_proved, is_done: is_settled, witnesses } = settled;
    said_of_hosts.extend(witnesses.iter().map(|(said, host)| SaidOfHosts {
        said: said.clone(),
        host,
        counts: false,
    }));
    let mut more = None;
    if is_settled.contains(&false) {
        let depth_max = depth_of_interest(&is_settled, &said_of_hosts);
        let joined = request(Extent::Joined { depth_max });
        let joined = &*more.insert(survey(&joined, &see, &mut |look: Look| look)?);
        is_proved = is_proved.into_iter().map(|is| is || joined.complete).collect();
        said_of_hosts.extend(say_all(&rules, joined, false));
    }
    let mutants: Vec<MutantResult> = mutants
        .iter()
        .zip(&is_proved)
        .enumerate()
        .map(|(number, (mutant, proved))| result(mutant, number + 1, &said_of_hosts, *proved))
        .collect();
    let (suite, suite_is_smallest) = suite(rule, &said_of_hosts, &mutants);
    let is_open = |mutant: &MutantResult| mutant.outcome == MutantOutcome::Undecided;
    Ok(Mutation {
        rule: rule.id().to_owned(),
        title: rule.title().to_owned(),
        source: rule.source().clone(),
        clauses: rule.clauses().to_vec(),
        stands_for: rule.stands_for().clone(),
        complete: found.reached_all && !mutants.iter().any(is_open),
        catalog: catalog.name.clone(),
        scope: scope.clone(),
        hosts: found.hosts,
        looks: found.seen.len(),
        mutants,
        suite,
        suite_is_smallest,
    })
}

/// Which mutants read, with their rule, only what some slice has all of.
fn covered(
    catalog: &Arc<Catalog>,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>],
) -> Result<Vec<bool>, HarnessError> {
    let Some((rule, mutants)) = rules.split_first() else { return Ok(Vec::new()) };
    let mut covered = vec![true; mutants.len()];
    if !scope.sliced {
        return Ok(covered);
    }
    for architecture in &scope.architectures {
        let slices = Slices::new(catalog, *architecture, scope)?;
        for (covered, mutant) in covered.iter_mut().zip(mutants) {
            *covered &= slices.cover(&[rule.as_ref(), mutant.as_ref()]);
        }
    }
    Ok(covered)
}

/// Where slices are searched together for the mutants that are not settled: not farther than the
/// nearest hosts that kill the mutants in question, for only a nearer one would be news. `None`
/// where one of them lives.
fn depth_of_interest(settled: &[bool], said_of_hosts: &[SaidOfHosts<'_>]) -> Option<usize> {
    let open = (1..).zip(settled).filter(|(_, settled)| !**settled);
    let lengths: Option<Vec<usize>> =
        open.map(|(number, _)| nearest(number, said_of_hosts)).collect();
    // The base operating system is a step of an order, and no step of the search.
    Some(lengths?.into_iter().max()?.saturating_sub(2))
}

/// What the rule and then each mutant say of everything that was seen.
fn say_all<'a>(
    rules: &[Box<dyn Rule>],
    found: &'a Survey<Look>,
    counts: bool,
) -> Vec<SaidOfHosts<'a>> {
    let nothing = MemoryTree::default();
    let mut said_of_hosts = Vec::new();
    for (look, witnesses) in &found.seen {
        // Rules over fields ask for nothing else.
        let subject = Subject { evidence: &look.evidence, tree: &nothing, folder: None };
        let said: Vec<Status> = rules.iter().map(|rule| rule.judge(&subject).status).collect();
        said_of_hosts.extend(witnesses.values().map(|host| SaidOfHosts {
            said: said.clone(),
            host,
            counts,
        }));
    }
    said_of_hosts
}

fn result(
    mutant: &Mutant,
    number: usize,
    said_of_hosts: &[SaidOfHosts<'_>],
    proved: bool,
) -> MutantResult {
    let kills = said_of_hosts
        .iter()
        .filter_map(|said_of_hosts| Some((said_of_hosts, said_of_hosts.other(number)?)));
    let kills: Vec<(&SaidOfHosts<'_>, Status)> = kills.collect();
    let counted = kills.iter().filter(|(said_of_hosts, _)| said_of_hosts.counts);
    let hosts = counted.map(|(said_of_hosts, _)| said_of_hosts.host.hosts).sum();
    let nearest = kills.into_iter().min_by_key(|(said_of_hosts, _)| said_of_hosts.host.rank());
    let outcome = match nearest {
        Some((said_of_hosts, mutant_says)) => {
            let (host, rule_says) = (said_of_hosts.host.clone(), said_of_hosts.rule_says());
            MutantOutcome::Killed(Box::new(Kill { host, rule_says, mutant_says, hosts }))
        }
        None if proved => MutantOutcome::Equivalent,
        None => MutantOutcome::Undecided,
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
