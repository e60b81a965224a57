//! Sets of files that were met, and what came of them. Every set is judged once.

use super::{asked::Asked, patience::Patience, result::RuleResult};
use crate::{
    Reached, Simulation, StudyError,
    file_set::{FileSet, file_set},
    progress::Tell,
    rules::{Evaluator, RuleAnswer, compare_rule},
};
use patchstate_detect::Verdict;
use patchstate_explore::StateId;
use patchstate_image::HostTree;
use patchstate_oracle::{Disagreement, Truth, compare};
use patchstate_terms::Status;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Sets of files that were met, and what the core and each rule say about each, if they are asked.
/// Every set is judged once.
pub(crate) struct Sets {
    asked: Asked,
    numbers: FxHashMap<FileSet, usize>,
    pub(super) verdicts: Vec<(Option<Verdict>, Vec<Option<RuleAnswer>>)>,
    pub(super) images: BTreeSet<u64>,
    patience: Patience,
}

/// The images of a tree, by their numbers.
pub(super) fn images(tree: &HostTree) -> Vec<u64> {
    tree.files.values().filter(|file| file.is_image).map(|file| file.number).collect()
}

impl Sets {
    /// No sets yet.
    pub(crate) fn new(asked: Asked) -> Self {
        Self {
            asked,
            numbers: FxHashMap::default(),
            verdicts: Vec::new(),
            images: BTreeSet::new(),
            patience: Patience::default(),
        }
    }

    /// How many sets were met.
    pub(crate) fn count(&self) -> usize {
        self.verdicts.len()
    }

    /// The number of each tree's set; sets that are new are judged.
    pub(super) fn number(
        &mut self,
        simulation: &Simulation,
        evaluator: &Evaluator<'_>,
        trees: &[HostTree],
        tell: Tell<'_>,
    ) -> Result<Vec<usize>, StudyError> {
        let mut fresh = Vec::new();
        let mut numbers = Vec::with_capacity(trees.len());
        for tree in trees {
            let next = self.numbers.len();
            let number = *self.numbers.entry(file_set(tree)).or_insert(next);
            if number == next {
                self.images.extend(images(tree));
                fresh.push(tree);
            }
            numbers.push(number);
        }
        let asked = &self.asked;
        let (judged_count, fresh_count) = (AtomicUsize::new(0), fresh.len());
        tell(0, fresh_count);
        let judge = |(place, tree): (usize, &HostTree), given_up: &[Option<String>]| {
            let is_asked = |place| asked.has_rule(place);
            let answers = evaluator.evaluate_some(simulation, tree, (&is_asked, given_up))?;
            let said = (asked.has_core().then(|| simulation.judge(tree)), answers);
            tell(judged_count.fetch_add(1, Ordering::Relaxed) + 1, fresh_count);
            Ok((place, said))
        };
        let fresh: Vec<(usize, &HostTree)> = fresh.into_iter().enumerate().collect();
        for round in fresh.chunks(Patience::round_length(evaluator, fresh_count)) {
            let given_up = self.patience.given_up.as_slice();
            // What is alike comes one after the other: on disk, one folder becomes the next.
            let mut round = round.to_vec();
            round.sort_by_cached_key(|(_, tree)| images(tree));
            let judge = |fresh| judge(fresh, given_up);
            let judged: Result<Vec<_>, StudyError> = round.into_par_iter().map(judge).collect();
            let mut judged = judged?;
            judged.sort_by_key(|(place, _)| *place);
            let judged = judged.into_iter().map(|(_, said)| said);
            let judged: Vec<(Option<Verdict>, Vec<Option<RuleAnswer>>)> = judged.collect();
            for (_, answers) in &judged {
                self.patience.note(evaluator, answers);
            }
            self.verdicts.extend(judged);
        }
        Ok(numbers)
    }

    /// What a rule says of some files.
    pub(super) fn answer(&self, tree: &HostTree, rule: usize) -> Option<&RuleAnswer> {
        self.verdicts.get(*self.numbers.get(&file_set(tree))?)?.1.get(rule)?.as_ref()
    }

    /// Why the rule of this number, from 1, says what it says of a set.
    pub(super) fn reason(&self, set: usize, number: usize) -> Option<String> {
        let (_, answers) = self.verdicts.get(set)?;
        answers.get(number.checked_sub(1)?)?.as_ref()?.judgement.reason.clone()
    }

    /// Notes what the clauses of each rule amount to on a set, and why it is inconclusive.
    pub(super) fn note(&self, set: usize, rules: &mut [RuleResult]) {
        let Some((_, answers)) = self.verdicts.get(set) else { return };
        for (result, answer) in rules.iter_mut().skip(1).zip(answers) {
            let Some(answer) = answer else { continue };
            for (clause, value) in result.clauses.iter_mut().zip(&answer.clauses) {
                clause.values.insert(*value);
            }
            let judgement = &answer.judgement;
            if judgement.status == Status::Inconclusive && result.inconclusive_reason.is_none() {
                result.inconclusive_reason.clone_from(&judgement.reason);
            }
        }
        // That a program is given up says why most hosts are inconclusive.
        for (result, given_up) in rules.iter_mut().skip(1).zip(&self.patience.given_up) {
            if given_up.is_some() {
                result.inconclusive_reason.clone_from(given_up);
            }
        }
    }
}

/// Looks that are judged in one go, so that memory stays bounded.
pub(crate) const CHUNK: usize = 4096;

/// What came of one observation class: the same for every host of it.
pub(crate) struct Judgement {
    pub(super) set: usize,
    pub(crate) truth: Status,
    /// Of the core, then of each rule; `None` where one is not asked.
    opinions: Vec<Option<Opinion>>,
}

impl Judgement {
    /// What is said by the core, number 0, or a rule, if it is asked.
    pub(crate) fn opinion(&self, number: usize) -> Option<&Opinion> {
        self.opinions.get(number)?.as_ref()
    }
}

/// What the core or a rule says, and where it is wrong.
pub(crate) struct Opinion {
    pub(crate) status: Status,
    pub(crate) disagreement: Option<Disagreement>,
}

impl Opinion {
    /// Whether it is that of a rule that says nothing. Where the core says nothing, it is wrong.
    pub(super) fn is_undecided(&self) -> bool {
        self.status == Status::Inconclusive && self.disagreement.is_none()
    }
}

/// Judges hosts of different observation classes.
pub(crate) fn judge_classes(
    reached: &Reached,
    evaluator: &Evaluator<'_>,
    sets: &mut Sets,
    hosts: &[StateId],
    tell: Tell<'_>,
) -> Result<Vec<Judgement>, StudyError> {
    let simulation = reached.simulation();
    let look = |id: &StateId| {
        let host = reached.host(*id)?;
        let tree = simulation.tree(&host);
        Some(tree.map(|tree| (simulation.truth(&host), tree)))
    };
    let looked: Result<Vec<_>, StudyError> = hosts.par_iter().filter_map(look).collect();
    let (truths, trees): (Vec<Truth>, Vec<HostTree>) = looked?.into_iter().unzip();
    let numbers = sets.number(simulation, evaluator, &trees, tell)?;
    let judgement = |(truth, set): (&Truth, usize)| {
        let (verdict, answers) = sets.verdicts.get(set)?;
        let of_core = |verdict: &Verdict| Opinion {
            status: verdict.status,
            disagreement: compare(truth, verdict.status, &verdict.findings),
        };
        let mut opinions = vec![verdict.as_ref().map(of_core)];
        opinions.extend(evaluator.rules().iter().zip(answers).map(|(rule, answer)| {
            let status = answer.as_ref()?.judgement.status;
            let disagreement = compare_rule(rule.as_ref(), truth, status);
            Some(Opinion { status, disagreement })
        }));
        Some(Judgement { set, truth: truth.status, opinions })
    };
    Ok(truths.iter().zip(numbers).filter_map(judgement).collect())
}
