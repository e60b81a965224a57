//! One rule over every host of a scope of several interaction groups: on which hosts is it wrong,
//! and in which ways?
//!
//! **Owns** the sets of hosts of each way of being wrong, their exact numbers, and nearest hosts of
//! each. **Must never know** how a rule is taken apart.
//!
//! **Start reading** at [`OneRule::judge`], then [`OneRule::look_closer`].

use super::{
    counts::{by_kinds, count_verdicts},
    result::{Nearest, RuleResult, Undecided},
    ways::Ways,
};
use crate::{
    Analysis, Counterexample, Exact, FailureClass, StudyError,
    rules::{
        Near, RuleJudge, Said, Shown, compare_rule, follow, is_right, said, said_with_clauses,
    },
};
use patchstate_rules::{ClauseParts, ClauseValue, Judgement, Rule, RuleParts};
use patchstate_servicing::Host;
use patchstate_space::{Path, Set};
use patchstate_terms::{Architecture, Status, Step};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A rule, and every host of the scope.
pub(super) struct OneRule<'a> {
    pub(super) architecture: Architecture,
    pub(super) rule: &'a dyn Rule,
    pub(super) parts: &'a RuleParts,
    pub(super) exact: &'a mut Exact,
    pub(super) near: &'a mut Near,
    pub(super) shown: Shown<'a>,
    /// Hosts that are drawn from all of them.
    pub(super) samples: &'a [Host],
    pub(super) counterexample_count_max: usize,
}

impl OneRule<'_> {
    /// Asks the rule about every host: counts them by what is true and what is said, and gives the
    /// sets of those on which it is wrong or says nothing; else why these cannot be trusted.
    pub(super) fn judge(
        &mut self,
        result: &mut RuleResult,
    ) -> Result<Result<Ways, String>, StudyError> {
        let asked = (self.rule, self.parts);
        let (said, clauses) = said_with_clauses(&mut self.exact.space, self.shown, asked)?;
        if let Some(reason) = self.judge_samples(&said)? {
            return Ok(Err(reason));
        }
        for (clause, values) in result.clauses.iter_mut().zip(clauses) {
            clause.values.extend(values);
        }
        count_verdicts(self.exact, self.architecture, &said, result)?;
        let of_silent = said.get(&Status::Inconclusive).copied().unwrap_or(Set::EMPTY);
        let mut silent = BTreeMap::new();
        for (truth, of_truth) in &self.exact.truth.statuses {
            let both = self.exact.space.diagrams().intersection(of_silent, *of_truth)?;
            if !both.is_empty() {
                silent.insert(*truth, both);
            }
        }
        Ok(Ok(Ways { wrong: self.wrong(&said)?, silent }))
    }

    /// Asks the rule about hosts that are drawn from all of them, with all of their files. Gives
    /// the reason where that is not what it says by parts.
    fn judge_samples(&self, said: &Said) -> Result<Option<String>, StudyError> {
        let (rule, Shown { simulation, evaluator, .. }) = (self.rule, self.shown);
        if rule.reads().needs_folder() {
            // A program in parts gets no other files than those of its one part.
            return Ok(None);
        }
        let status = |host: &Host| {
            let tree = simulation.tree(host)?;
            evaluator.show(simulation, &tree, |subject| rule.judge(subject).status)
        };
        let statuses = self.samples.par_iter().map(status).collect::<Vec<Result<_, _>>>();
        for (host, status) in self.samples.iter().zip(statuses) {
            let status = status?;
            let shown = said.get(&status).copied().unwrap_or(Set::EMPTY);
            if !self.exact.space.shows(shown, host) {
                return Ok(Some(but_not_as_a_set(simulation.truth(host).status, status)));
            }
        }
        Ok(None)
    }

    /// Looks for what sets alone do not tell: what clauses are that read what several slices have,
    /// and nearest hosts. Gives the reason where the rule says of such a host something else.
    pub(super) fn look_closer(
        &mut self,
        ways: Ways,
        result: &mut RuleResult,
    ) -> Result<Option<String>, StudyError> {
        let silent = self.judge_silence(ways.silent, result)?;
        let wrong = self.judge_mistakes(ways.wrong, result)?;
        self.judge_clauses(result)?;
        Ok(wrong.or(silent))
    }

    /// What clauses are that read what several slices have, unless they are known to be true on
    /// some hosts and false on others.
    fn judge_clauses(&mut self, result: &mut RuleResult) -> Result<(), StudyError> {
        for (place, clause) in result.clauses.iter_mut().enumerate() {
            let is_both = [ClauseValue::False, ClauseValue::True]
                .iter()
                .all(|value| clause.values.contains(value));
            let ClauseParts::Across(parts) = self.parts.clause(place) else { continue };
            if !is_both && !clause.is_constant {
                let said = said(&mut self.exact.space, self.shown, &[(self.rule, &parts)])?;
                clause.values.extend(said.into_iter().flat_map(Said::into_keys).map(value));
            }
        }
        Ok(())
    }

    /// The hosts about which it says nothing, by their truth.
    fn judge_silence(
        &mut self,
        silent: BTreeMap<Status, Set>,
        result: &mut RuleResult,
    ) -> Result<Option<String>, StudyError> {
        let mut open = None;
        for (truth, shown) in silent {
            let way = (self.architecture, FailureClass::undecided(truth));
            let hosts = self.exact.space.count_showing(shown);
            let mut found = Undecided { hosts, steps: None, reason: None };
            let nearest = self.near.nearest(self.exact, shown, 1)?;
            for path in nearest.paths {
                let (steps, judgement) = self.judge_one(path)?;
                if judgement.status != Status::Inconclusive {
                    let what = format!("is inconclusive on hosts that are {truth}");
                    open.get_or_insert(but_not_on_all_files(&what));
                }
                (found.steps, found.reason) = (Some(steps), judgement.reason);
            }
            result.undecided.insert(way, found);
        }
        let with_order = result.undecided.values().filter(|found| found.steps.is_some());
        let nearest = with_order.min_by_key(|found| found.steps.as_ref().map(Vec::len));
        result.inconclusive_reason = nearest.and_then(|found| found.reason.clone());
        Ok(open)
    }

    /// The hosts on which it is wrong, in each way. Of its counterexamples the nearest of each way
    /// comes first, then the second one of each, and so on.
    fn judge_mistakes(
        &mut self,
        wrong: BTreeMap<FailureClass, Set>,
        result: &mut RuleResult,
    ) -> Result<Option<String>, StudyError> {
        let count_max = self.counterexample_count_max;
        // Where there are as many ways, none is shown twice.
        let count = if wrong.len() < count_max { count_max } else { 1 };
        let (mut open, mut all, mut shortest) = (None, Vec::new(), BTreeMap::new());
        for (failure, shown) in wrong {
            let hosts = self.exact.space.count_showing(shown);
            let found = self.near.nearest(self.exact, shown, count)?;
            let mut steps: Option<Vec<Step>> = None;
            for (rank, path) in found.paths.into_iter().enumerate() {
                let (order, host) = follow(self.exact, path);
                if let Some(shown) = self.wrong_on(order.clone(), &host, result)? {
                    all.push((rank, shown));
                } else {
                    let (verdict, truth) = (failure.verdict, failure.truth);
                    let what = format!("says {verdict} of hosts that are {truth}");
                    open.get_or_insert(but_not_on_all_files(&what));
                }
                steps.get_or_insert(order);
            }
            if let Some(steps) = steps.as_ref().filter(|_| found.is_nearest) {
                shortest.insert(failure.clone(), steps.len());
            }
            result.nearest.insert((self.architecture, failure), Nearest { hosts, steps });
        }
        all.sort_by_key(|(rank, shown)| (*rank, shown.steps.len(), shown.disagreement.truth));
        all.truncate(count_max);
        for (_, shown) in all {
            let mut shown = self.analysed(shown, result)?;
            let failure = FailureClass::from(&shown.disagreement);
            shown.is_shortest = shortest.get(&failure) == Some(&shown.steps.len());
            if !result.counterexamples.contains(&shown) {
                result.counterexamples.push(shown);
            }
        }
        Ok(open)
    }

    /// A counterexample without steps that it does not need, and why it is one.
    fn analysed(
        &self,
        mut shown: Counterexample,
        result: &mut RuleResult,
    ) -> Result<Counterexample, StudyError> {
        let Shown { simulation, evaluator, .. } = self.shown;
        let judge = RuleJudge { simulation, evaluator, rule: self.rule };
        shown.analysis = simulation.analyse(&shown, &judge)?;
        if !shown.analysis.is_minimal() {
            let steps = simulation.minimise(&shown, &judge)?.steps;
            let words: Vec<String> = steps.iter().map(ToString::to_string).collect();
            let host = simulation.follow(&words)?;
            if let Some(least) = self.wrong_on(steps, &host, result)? {
                let analysis = simulation.analyse(&least, &judge)?;
                return Ok(Counterexample { analysis, ..least });
            }
        }
        Ok(shown)
    }

    /// What the hosts show on which it is wrong, in each way.
    fn wrong(&mut self, said: &Said) -> Result<BTreeMap<FailureClass, Set>, StudyError> {
        let kinds = self.exact.truth.kinds(&mut self.exact.space)?;
        let diagrams = self.exact.space.diagrams();
        let mut all = BTreeMap::new();
        for (verdict, of_verdict) in said.iter().filter(|(said, _)| **said != Status::Inconclusive)
        {
            for (truth, of_truth) in &self.exact.truth.statuses {
                if is_right(self.rule, *truth, *verdict) {
                    continue;
                }
                let both = diagrams.intersection(*of_verdict, *of_truth)?;
                // Only what is missed is told by its kinds.
                let is_missed = self.rule.stands_for().contains(truth);
                let kinds = kinds.iter().filter(|_| is_missed);
                for (missed, shown) in by_kinds(diagrams, both, kinds)? {
                    let (truth, verdict, invented) = (*truth, *verdict, BTreeSet::new());
                    all.insert(FailureClass { truth, verdict, missed, invented }, shown);
                }
            }
        }
        Ok(all)
    }

    /// The order to a host, and what the rule says of all of its files.
    fn judge_one(&self, path: Path) -> Result<(Vec<Step>, Judgement), StudyError> {
        let (steps, host) = follow(self.exact, path);
        let Shown { simulation, evaluator, .. } = self.shown;
        let tree = simulation.tree(&host)?;
        let judgement = evaluator.show(simulation, &tree, |subject| self.rule.judge(subject))?;
        Ok((steps, judgement))
    }

    /// A host on which the rule is wrong as a counterexample, unless the rule is right when it sees
    /// all files.
    fn wrong_on(
        &self,
        steps: Vec<Step>,
        host: &Host,
        result: &mut RuleResult,
    ) -> Result<Option<Counterexample>, StudyError> {
        let Shown { simulation, evaluator, .. } = self.shown;
        let rule = self.rule;
        let (truth, tree) = (simulation.truth(host), simulation.tree(host)?);
        let (judgement, grounds, clauses) = evaluator.show(simulation, &tree, |subject| {
            let grounds = rule.grounds(subject, truth.status);
            (rule.judge(subject), grounds, rule.clause_values(subject))
        })?;
        let Some(disagreement) = compare_rule(rule, &truth, judgement.status) else {
            return Ok(None);
        };
        for (clause, value) in result.clauses.iter_mut().zip(clauses) {
            clause.values.insert(value);
        }
        Ok(Some(Counterexample {
            architecture: self.architecture,
            is_shortest: false,
            steps,
            disagreement,
            clause: judgement.clause,
            grounds,
            reason: judgement.reason,
            analysis: Analysis::default(),
        }))
    }
}

/// Why a rule is not known where what it says of a set of hosts is not so on one of them.
fn but_not_on_all_files(what: &str) -> String {
    format!("it {what}, but not when it sees all files of such a host")
}

/// Why a rule is not known where a host that was met is in no set.
fn but_not_as_a_set(truth: Status, verdict: Status) -> String {
    format!("it says {verdict} of a host that is {truth}, and the sets of hosts have none")
}

/// What a clause is where the rule that stands for it says this.
const fn value(said: Status) -> ClauseValue {
    match said {
        Status::Broken => ClauseValue::True,
        Status::Consistent => ClauseValue::False,
        Status::Mismatch | Status::Drift | Status::NotApplicable | Status::Inconclusive => {
            ClauseValue::Unknown
        }
    }
}
