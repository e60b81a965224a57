//! A scope host by host: what is true and what is said of each, and the nearest host of each way of
//! being wrong.
//!
//! A scope that is too large for that is searched in slices. Then a nearest host is one of a slice,
//! and what is counted is of slices.
//!
//! **Owns** the shortest orders to hosts on which somebody is wrong or says nothing. **Must never
//! know** sets of hosts.
//!
//! **Start reading** at [`Search::run`].

use super::{
    asked::Asked,
    followed::Followed,
    options::VerifyOptions,
    result::{HostCounts, RuleResult, results_of},
    sets::{CHUNK, Judgement, Sets, judge_classes},
};
use crate::{
    BoundaryPair, Judge, ObservationClasses, Reached, RemedyReport, SharedFiles, StudyError,
    VerifyProgress,
    counterexample::{crossings, kinds},
    progress::judging,
    rules::{Evaluator, RuleJudge, SeenSets},
};
use patchstate_catalog::Catalog;
use patchstate_explore::{Progress, StateId};
use patchstate_image::HostTree;
use patchstate_oracle::Disagreement;
use patchstate_rules::Subject;
use patchstate_servicing::ActionNames;
use patchstate_terms::{Architecture, Status};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A search of one architecture.
pub(super) struct Search<'a> {
    pub(super) catalog: &'a Arc<Catalog>,
    pub(super) options: &'a VerifyOptions,
    pub(super) architecture: Architecture,
    pub(super) evaluator: &'a Evaluator<'a>,
    pub(super) files: &'a Arc<SharedFiles>,
    /// Who is asked about what is reached.
    pub(super) asked: Asked,
    /// Whether it is kept what hosts show.
    pub(super) is_observed: bool,
    /// Whether only the borders between statuses are asked for: every host is known as a set.
    pub(super) is_for_borders: bool,
    pub(super) progress: &'a (dyn Fn(VerifyProgress) + Sync),
}

/// What came of it.
pub(super) struct Searched {
    pub(super) sets: Sets,
    pub(super) pairs: Vec<BoundaryPair>,
    /// The slices that were too large to be searched for borders.
    pub(super) without_borders: usize,
    pub(super) hosts: HostCounts,
    /// Whether no bound stopped it.
    pub(super) is_complete: bool,
    /// Outcomes that are *applied*, and the longest shortest path, where there was one search.
    pub(super) extent: Option<(u64, usize)>,
    pub(super) remedies: Option<RemedyReport>,
    pub(super) seen: Option<SeenSets>,
    /// What was found of those that are asked.
    pub(super) rules: Vec<RuleResult>,
}

impl Search<'_> {
    /// Looks at every host of each of these scopes. Remedies can be followed where the core is
    /// asked.
    pub(super) fn run(
        &self,
        scopes: &[ActionNames],
        followed: Option<&Followed>,
    ) -> Result<Searched, StudyError> {
        let (options, architecture) = (self.options, self.architecture);
        let mut all = Searched {
            sets: Sets::new(self.asked.clone()),
            pairs: Vec::new(),
            without_borders: 0,
            hosts: HostCounts::default(),
            is_complete: true,
            extent: None,
            remedies: None,
            seen: self.is_observed.then(|| SeenSets::new(Arc::clone(self.files))),
            rules: results_of(self.evaluator.rules()),
        };
        let tell = |p: Progress| (self.progress)(VerifyProgress::Exploring(architecture, p));
        let mut bounds = options.bounds;
        if self.is_for_borders {
            bounds.state_count_max = options.boundaries;
        }
        for names in scopes {
            let scope = (options.switches, names);
            let (files, catalog) = (self.files, self.catalog);
            let reached = Reached::sharing(files, catalog, architecture, scope, &bounds, &tell)?;
            if self.is_for_borders && !reached.is_complete() {
                all.without_borders += 1;
                continue;
            }
            let classes = reached.observation_classes();
            let judgements = self.judge(&reached, &classes, &mut all.sets)?;
            self.sum_up(&reached, (&classes, &judgements), &mut all)?;
            if options.boundaries.is_some() {
                let truths: Vec<Status> = judgements.iter().map(|found| found.truth).collect();
                all.pairs = BoundaryPair::merge(all.pairs, crossings(&reached, &classes, &truths));
            }
            if let Some(seen) = &mut all.seen {
                seen.add(&reached, &classes, judgements.iter().map(|of| (of.set, of.truth)));
            }
            if let Some(followed) = followed {
                let report = followed.one_by_one(&reached, (&classes, &judgements), &all.sets);
                all.remedies = Some(report);
            }
            all.is_complete &= reached.is_complete();
            let extent = (reached.transition_count(), reached.depth());
            all.extent = (scopes.len() == 1).then_some(extent);
        }
        if scopes.len() > 1 {
            all.rules.iter_mut().for_each(RuleResult::doubt_shortest);
        }
        Ok(all)
    }

    /// Looks at the hosts of a slice from both sides: one of each observation class.
    fn judge(
        &self,
        reached: &Reached,
        classes: &ObservationClasses,
        sets: &mut Sets,
    ) -> Result<Vec<Judgement>, StudyError> {
        let mut judgements = Vec::with_capacity(classes.first.len());
        for chunk in classes.first.chunks(CHUNK) {
            let told = (judgements.len(), classes.first.len(), sets.verdicts.len());
            let tell = |judged, fresh| {
                (self.progress)(judging(self.architecture, told, chunk.len(), (judged, fresh)));
            };
            judgements.extend(judge_classes(reached, self.evaluator, sets, chunk, &tell)?);
        }
        Ok(judgements)
    }

    /// Counts the hosts of a slice, and keeps the first counterexamples of each rule.
    fn sum_up(
        &self,
        reached: &Reached,
        (classes, judgements): (&ObservationClasses, &[Judgement]),
        Searched { sets, hosts, rules, .. }: &mut Searched,
    ) -> Result<(), StudyError> {
        let own_sets: BTreeSet<usize> = judgements.iter().map(|judgement| judgement.set).collect();
        for set in own_sets {
            sets.note(set, rules);
        }
        let mut of_classes = vec![0; judgements.len()];
        for class in &classes.of {
            if let Some(hosts) = of_classes.get_mut(*class as usize) {
                *hosts += 1;
            }
        }
        let of_classes = || judgements.iter().zip(&of_classes);
        for (judgement, count) in of_classes() {
            hosts.add(judgement.truth, *count);
        }
        let of_hosts = || {
            let classes = (0..).map(StateId).zip(&classes.of);
            classes.filter_map(|(id, class)| Some((id, judgements.get(*class as usize)?)))
        };
        let asked = |(number, _): &(usize, &mut RuleResult)| self.asked.has(*number);
        for (number, result) in rules.iter_mut().enumerate().filter(asked) {
            for (judgement, hosts) in of_classes() {
                let Some(opinion) = judgement.opinion(number) else { continue };
                result.add((self.architecture, judgement.truth, opinion.status), *hosts);
            }
            let (mut wrong, mut undecided) = (Vec::new(), BTreeMap::new());
            for (id, judgement) in of_hosts() {
                let Some(opinion) = judgement.opinion(number) else { continue };
                wrong.extend(opinion.disagreement.as_ref().map(|found| (id, found)));
                if opinion.is_undecided() {
                    undecided.entry(judgement.truth).or_insert((0, id, judgement.set)).0 += 1;
                }
            }
            for (truth, (hosts, first, set)) in undecided {
                let (steps, reason) = (reached.order(first), sets.reason(set, number));
                result.add_undecided((self.architecture, truth), hosts, steps, reason);
            }
            self.note_nearest(reached, &wrong, result);
            self.keep_counterexamples(reached, &wrong, number, sets, result)?;
        }
        Ok(())
    }

    /// Notes the nearest host of every failure class, whatever number of counterexamples is kept.
    fn note_nearest(
        &self,
        reached: &Reached,
        wrong: &[(StateId, &Disagreement)],
        result: &mut RuleResult,
    ) {
        let (of_wrong, failures) = kinds(wrong);
        let mut own: Vec<Option<(usize, StateId)>> = vec![None; failures.len()];
        for (kind, (id, _)) in of_wrong.into_iter().zip(wrong) {
            if let Some(found) = own.get_mut(kind) {
                found.get_or_insert((0, *id)).0 += 1;
            }
        }
        for (failure, found) in failures.into_iter().zip(own) {
            let Some((hosts, first)) = found else { continue };
            result.add_wrong(self.architecture, failure, hosts, reached.order(first));
        }
    }

    fn keep_counterexamples(
        &self,
        reached: &Reached,
        wrong: &[(StateId, &Disagreement)],
        number: usize,
        sets: &Sets,
        result: &mut RuleResult,
    ) -> Result<(), StudyError> {
        let (left, simulation) = (self.options.counterexample_count_max, reached.simulation());
        let core = |tree: &HostTree| {
            let verdict = simulation.judge(tree);
            (verdict.status, verdict.findings)
        };
        let evaluator = self.evaluator;
        let rule = number.checked_sub(1).and_then(|number| evaluator.rules().get(number));
        let judge_of_rule =
            rule.map(|rule| RuleJudge { simulation, evaluator, rule: rule.as_ref() });
        let judge: &dyn Judge = judge_of_rule.as_ref().map_or(&core, |rule| rule);
        for mut shown in reached.choose(wrong, left, &mut BTreeMap::new()) {
            shown.analysis = simulation.analyse(&shown, judge)?;
            if !shown.analysis.is_minimal() {
                shown = simulation.minimise(&shown, judge)?;
                shown.analysis = simulation.analyse(&shown, judge)?;
            }
            if let Some(rule) = rule {
                let words: Vec<String> = shown.steps.iter().map(ToString::to_string).collect();
                let tree = simulation.tree(&simulation.follow(&words)?)?;
                if let Some(answer) = sets.answer(&tree, number - 1) {
                    shown.clause = answer.judgement.clause;
                    shown.reason.clone_from(&answer.judgement.reason);
                }
                if !rule.clauses().is_empty() {
                    let truth = shown.disagreement.truth;
                    let grounds = |subject: &Subject<'_>| rule.grounds(subject, truth);
                    shown.grounds = evaluator.show(simulation, &tree, grounds)?;
                }
            }
            if !result.counterexamples.contains(&shown) {
                result.counterexamples.push(shown);
            }
        }
        Ok(())
    }
}
