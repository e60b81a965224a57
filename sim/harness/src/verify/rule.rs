//! One rule over every host of a scope of several interaction groups: on which hosts is it wrong,
//! and in which ways?
//!
//! **Owns** the sets of hosts of each way of being wrong, their exact numbers, and a nearest host
//! of each where none is known to be as near. **Must never know** how a rule is taken apart.
//!
//! **Start reading** at [`OneRule::judge`].

use super::{
    counts::{by_kinds, count_verdicts, take},
    result::{Nearest, RuleResult, Undecided},
};
use crate::{
    Analysis, Counterexample, Exact, HarnessError, Shape,
    rules::{RuleJudge, STEPS_MAX, Said, Shown, compare_rule, follow, is_right, said},
};
use patchstate_rules::{ClauseParts, ClauseValue, Judgement, Rule, RuleParts};
use patchstate_space::{Path, Set, TooLarge};
use patchstate_terms::{Architecture, Status, Step};
use std::collections::{BTreeMap, BTreeSet};

/// A rule, and every host of the scope.
pub(super) struct OneRule<'a> {
    pub(super) architecture: Architecture,
    pub(super) rule: &'a dyn Rule,
    pub(super) parts: &'a RuleParts,
    pub(super) exact: &'a mut Exact,
    pub(super) shown: Shown<'a>,
}

impl OneRule<'_> {
    /// Asks the rule about every host, and makes what was found its result on this architecture;
    /// orders that are known from searches host by host are kept. Gives the reason where it cannot
    /// be told of some host.
    pub(super) fn judge(
        &mut self,
        result: &mut RuleResult,
    ) -> Result<Option<String>, HarnessError> {
        match self.judge_hosts(result) {
            Err(HarnessError::TooLarge(error)) => Ok(Some(error.to_string())),
            judged => judged,
        }
    }

    fn judge_hosts(&mut self, result: &mut RuleResult) -> Result<Option<String>, HarnessError> {
        self.judge_clauses(result)?;
        let said = self.said(self.parts)?;
        count_verdicts(self.exact, self.architecture, &said, result)?;
        let open = self.judge_silence(&said, result)?;
        Ok(self.judge_mistakes(&said, result)?.or(open))
    }

    /// What clauses can be that no slice tells by itself, where the hosts of slices do not show
    /// already that they are true on some and false on others.
    fn judge_clauses(&mut self, result: &mut RuleResult) -> Result<(), HarnessError> {
        for (place, clause) in result.clauses.iter_mut().enumerate() {
            let is_both = [ClauseValue::False, ClauseValue::True]
                .iter()
                .all(|value| clause.values.contains(value));
            let ClauseParts::Across(parts) = self.parts.clause(place) else { continue };
            if !is_both && !clause.is_constant {
                clause.values.extend(self.said(&parts)?.into_keys().map(value));
            }
        }
        Ok(())
    }

    fn said(&mut self, parts: &RuleParts) -> Result<Said, HarnessError> {
        let all = said(&mut self.exact.space, self.shown, &[(self.rule, parts)])?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// The hosts about which it says nothing, by their truth.
    fn judge_silence(
        &mut self,
        said: &Said,
        result: &mut RuleResult,
    ) -> Result<Option<String>, HarnessError> {
        let mut known = take(self.architecture, &mut result.undecided);
        let mut open = None;
        let silent = said.get(&Status::Inconclusive).copied().unwrap_or(Set::EMPTY);
        for (truth, of_truth) in self.exact.truth.statuses.clone() {
            let shown = self.exact.space.diagrams().intersection(silent, of_truth)?;
            if shown.is_empty() {
                continue;
            }
            let way = (self.architecture, Shape::undecided(truth));
            let hosts = self.exact.space.count_showing(shown)?;
            let found = match known.remove(&way) {
                Some(known) => Undecided { hosts, ..known },
                None => match self.nearest(shown, Some(STEPS_MAX))? {
                    Some(path) => {
                        let (steps, judgement) = self.judge_one(path)?;
                        if judgement.status != Status::Inconclusive {
                            let what = format!("is inconclusive on hosts that are {truth}");
                            open.get_or_insert(but_not_on_all_files(&what));
                        }
                        Undecided { hosts, steps: Some(steps), reason: judgement.reason }
                    }
                    None => Undecided { hosts, steps: None, reason: None },
                },
            };
            result.undecided.insert(way, found);
        }
        if let Some(((_, shape), _)) = known.first_key_value() {
            open.get_or_insert(but_not_as_a_set(shape.truth, Status::Inconclusive));
        }
        Ok(open)
    }

    /// The hosts on which it is wrong, in each way.
    fn judge_mistakes(
        &mut self,
        said: &Said,
        result: &mut RuleResult,
    ) -> Result<Option<String>, HarnessError> {
        let mut known = take(self.architecture, &mut result.nearest);
        let mut open = None;
        for (shape, shown) in self.wrong(said)? {
            let what = format!("says {} of hosts that are {}", shape.verdict, shape.truth);
            let way = (self.architecture, shape);
            let hosts = self.exact.space.count_showing(shown)?;
            let steps = known.remove(&way).and_then(|nearest| nearest.steps);
            // An order has one step more than its host is away from a bare system.
            let nearer = steps.as_ref().map_or(Some(STEPS_MAX), |s| s.len().checked_sub(2));
            let steps = match (self.nearest(shown, nearer)?, steps) {
                (Some(path), _) => {
                    let (steps, is_so) = self.add(path, result)?;
                    if !is_so {
                        open.get_or_insert(but_not_on_all_files(&what));
                    }
                    Some(steps)
                }
                (None, Some(steps)) => {
                    if steps.len() <= STEPS_MAX + 2 {
                        prove(result, &way, steps.len());
                    }
                    Some(steps)
                }
                (None, None) => None,
            };
            result.nearest.insert(way, Nearest { hosts, steps });
        }
        if let Some(((_, shape), _)) = known.first_key_value() {
            open.get_or_insert(but_not_as_a_set(shape.truth, shape.verdict));
        }
        Ok(open)
    }

    /// What the hosts show on which it is wrong, in each way.
    fn wrong(&mut self, said: &Said) -> Result<BTreeMap<Shape, Set>, HarnessError> {
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
                    all.insert(Shape { truth, verdict, missed, invented }, shown);
                }
            }
        }
        Ok(all)
    }

    /// A nearest host that shows one of these, unless all are farther than so many steps.
    fn nearest(&mut self, shown: Set, steps_max: Option<usize>) -> Result<Option<Path>, TooLarge> {
        let Some(steps_max) = steps_max else { return Ok(None) };
        let hosts = self.exact.space.showing(shown)?;
        self.exact.space.shortest(hosts, steps_max.min(STEPS_MAX))
    }

    /// The order to a host, and what the rule says of all of its files.
    fn judge_one(&self, path: Path) -> Result<(Vec<Step>, Judgement), HarnessError> {
        let (steps, host) = follow(self.exact, path);
        let Shown { simulation, evaluator, .. } = self.shown;
        let tree = simulation.tree(&host)?;
        let judgement = evaluator.show(simulation, &tree, |subject| self.rule.judge(subject))?;
        Ok((steps, judgement))
    }

    /// Adds a host on which the rule is wrong, nearer than any that is known to be wrong in this
    /// way: the order to it, and whether the rule is wrong when it sees all files.
    fn add(&self, path: Path, result: &mut RuleResult) -> Result<(Vec<Step>, bool), HarnessError> {
        let Shown { simulation, evaluator, .. } = self.shown;
        let (architecture, rule) = (self.architecture, self.rule);
        let (steps, host) = follow(self.exact, path);
        let (truth, tree) = (simulation.truth(&host), simulation.tree(&host)?);
        let (judgement, grounds, clauses) = evaluator.show(simulation, &tree, |subject| {
            let grounds = rule.grounds(subject, truth.status);
            (rule.judge(subject), grounds, rule.clause_values(subject))
        })?;
        let Some(disagreement) = compare_rule(rule, &truth, judgement.status) else {
            return Ok((steps, false));
        };
        for (clause, value) in result.clauses.iter_mut().zip(clauses) {
            clause.values.insert(value);
        }
        let mut shown = Counterexample {
            architecture,
            is_shortest: true,
            steps: steps.clone(),
            disagreement,
            clause: judgement.clause,
            grounds,
            analysis: Analysis::default(),
        };
        shown.analysis = simulation.analyse(&shown, &RuleJudge { simulation, evaluator, rule })?;
        result.counterexamples.push(shown);
        Ok((steps, true))
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

/// No host that is wrong in this way is nearer than so many steps.
fn prove(result: &mut RuleResult, (architecture, shape): &(Architecture, Shape), steps: usize) {
    for shown in &mut result.counterexamples {
        let is_it = shown.architecture == *architecture
            && Shape::from(&shown.disagreement) == *shape
            && shown.steps.len() == steps;
        shown.is_shortest |= is_it;
    }
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
