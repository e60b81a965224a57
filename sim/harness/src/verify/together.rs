//! One rule over the whole of a scope that is searched in slices: on which hosts is it wrong, and
//! in which ways?
//!
//! **Owns** the sets of hosts of each way of being wrong, and a nearest host of each where no slice
//! has shown one as near. **Must never know** how a rule is taken apart.
//!
//! **Start reading** at [`OneRule::judge`].

use super::{Counterexample, RuleResult, Undecided, joined::Joined};
use crate::{
    Analysis, Exact, HarnessError, Shape, Simulation,
    rules::{RuleJudge, STEPS_MAX, Said, Shown, compare_rule, follow, is_right, said},
};
use patchstate_rules::{ClauseParts, ClauseValue, Rule, RuleParts};
use patchstate_space::{Path, Set, TooLarge};
use patchstate_terms::{Architecture, FindingKind, Status};
use std::collections::{BTreeMap, BTreeSet};

/// A rule, and every host of the scope.
pub(super) struct OneRule<'a> {
    pub(super) joined: &'a Joined<'a>,
    pub(super) number: usize,
    pub(super) parts: &'a RuleParts,
    pub(super) exact: &'a mut Exact,
    /// A simulation with the model of the whole scope.
    pub(super) simulation: &'a Simulation,
}

impl OneRule<'_> {
    /// Asks the rule about every host, and adds what was found to its result; else why that cannot
    /// be told.
    pub(super) fn judge(
        &mut self,
        result: &mut RuleResult,
    ) -> Result<Result<(), String>, HarnessError> {
        match self.judge_hosts(result) {
            Ok(open) => Ok(open.map_or(Ok(()), Err)),
            Err(HarnessError::TooLarge(error)) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    fn judge_hosts(&mut self, result: &mut RuleResult) -> Result<Option<String>, HarnessError> {
        let Some(rule) = self.joined.room.rules().get(self.number) else { return Ok(None) };
        let rule = rule.as_ref();
        let said = self.said(self.parts)?;
        let mut open = None;
        for (truth, hosts) in self.undecided(&said)? {
            let way = (self.joined.architecture, Shape::undecided(truth));
            if result.undecided.contains_key(&way) {
                continue;
            }
            if let Some(path) = self.nearest(hosts, STEPS_MAX)? {
                self.add_undecided(path, rule, truth, result)?;
            } else {
                let says = format!("it is inconclusive on hosts that are {truth}");
                open.get_or_insert(format!("{says}, all of them {FAR}"));
                result.predicted.insert(way);
            }
        }
        for (shape, hosts) in self.wrong(rule, &said)? {
            let way = (self.joined.architecture, shape.clone());
            // An order has one step more than its host is away from a bare system.
            let known = result.nearest.get(&way).map(|nearest| nearest.steps.len());
            let found = match known.map(|steps| steps.checked_sub(2)) {
                // A bare system is as near as can be.
                Some(None) => None,
                Some(Some(nearer)) => self.nearest(hosts, nearer.min(STEPS_MAX))?,
                None => self.nearest(hosts, STEPS_MAX)?,
            };
            match (found, known) {
                (Some(path), _) => self.add(path, rule, result)?,
                (None, Some(steps)) if steps <= STEPS_MAX + 2 => prove(result, &way, steps),
                (None, Some(_)) => {}
                (None, None) => {
                    let says =
                        format!("it says {} of hosts that are {}", way.1.verdict, way.1.truth);
                    open.get_or_insert(format!("{says}, all of them {FAR}"));
                    result.predicted.insert(way);
                }
            }
        }
        Ok(open)
    }

    /// What clauses can be that no slice tells by itself, where the hosts of slices do not show
    /// already that they are true on some and false on others.
    pub(super) fn judge_clauses(&mut self, result: &mut RuleResult) -> Result<(), HarnessError> {
        for (place, clause) in result.clauses.iter_mut().enumerate() {
            let is_both = [ClauseValue::False, ClauseValue::True]
                .iter()
                .all(|value| clause.values.contains(value));
            let ClauseParts::Across(parts) = self.parts.clause(place) else { continue };
            if is_both || clause.is_constant {
                continue;
            }
            match self.said(&parts) {
                Ok(said) => clause.possible.extend(said.into_keys().map(value)),
                Err(HarnessError::TooLarge(_)) => clause.possible.extend(super::joined::ANY),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn said(&mut self, parts: &RuleParts) -> Result<Said, HarnessError> {
        let Some(rule) = self.joined.room.rules().get(self.number) else { return Ok(Said::new()) };
        let (slices, simulation) = (&self.joined.slices, self.simulation);
        let shown = Shown { slices, simulation, room: self.joined.room };
        let all = said(&mut self.exact.space, shown, &[(rule.as_ref(), parts)])?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// The hosts about which it says nothing, by their truth.
    fn undecided(&mut self, said: &Said) -> Result<Vec<(Status, Set)>, HarnessError> {
        let Some(silent) = said.get(&Status::Inconclusive) else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for (truth, hosts) in &self.exact.truth.statuses {
            let both = self.exact.space.diagrams().intersection(*silent, *hosts)?;
            all.extend((!both.is_empty()).then_some((*truth, both)));
        }
        Ok(all)
    }

    /// The hosts on which it is wrong, in each way.
    fn wrong(
        &mut self,
        rule: &dyn Rule,
        said: &Said,
    ) -> Result<BTreeMap<Shape, Set>, HarnessError> {
        let kinds = self.exact.truth.kinds(&mut self.exact.space)?;
        let diagrams = self.exact.space.diagrams();
        let mut all = BTreeMap::new();
        for (verdict, of_verdict) in said {
            for (truth, of_truth) in &self.exact.truth.statuses {
                let hosts = diagrams.intersection(*of_verdict, *of_truth)?;
                let is_wrong =
                    *verdict != Status::Inconclusive && !is_right(rule, *truth, *verdict);
                if !is_wrong || hosts.is_empty() {
                    continue;
                }
                let mut by_kinds: Vec<(BTreeSet<FindingKind>, Set)> =
                    vec![(BTreeSet::new(), hosts)];
                // Only what is missed is told by its kinds.
                let missed = kinds.iter().filter(|_| rule.stands_for().contains(truth));
                for (kind, of_kind) in missed {
                    let mut divided = Vec::new();
                    for (known, hosts) in by_kinds {
                        let with = known.iter().copied().chain([*kind]).collect();
                        divided.push((with, diagrams.intersection(hosts, *of_kind)?));
                        divided.push((known, diagrams.difference(hosts, *of_kind)?));
                    }
                    divided.retain(|(_, hosts)| !hosts.is_empty());
                    by_kinds = divided;
                }
                for (missed, hosts) in by_kinds {
                    let invented = BTreeSet::new();
                    let (truth, verdict) = (*truth, *verdict);
                    all.insert(Shape { truth, verdict, missed, invented }, hosts);
                }
            }
        }
        Ok(all)
    }

    /// A nearest host that shows one of these, unless all are farther than so many steps.
    fn nearest(&mut self, shown: Set, steps_max: usize) -> Result<Option<Path>, TooLarge> {
        let hosts = self.exact.space.showing(shown)?;
        self.exact.space.shortest(hosts, steps_max)
    }

    fn add_undecided(
        &self,
        path: Path,
        rule: &dyn Rule,
        truth: Status,
        result: &mut RuleResult,
    ) -> Result<(), HarnessError> {
        let (steps, host) = follow(self.exact, path);
        let tree = self.simulation.tree(&host)?;
        let room = self.joined.room;
        let judgement = room.show(self.simulation, &tree, |subject| rule.judge(subject))?;
        result.add(truth, judgement.status);
        let found = Undecided { hosts: 1, steps, reason: judgement.reason };
        result.add_undecided(self.joined.architecture, truth, found);
        Ok(())
    }

    /// Adds a host on which the rule is wrong, nearer than any that is known to be wrong in this
    /// way.
    fn add(
        &self,
        path: Path,
        rule: &dyn Rule,
        result: &mut RuleResult,
    ) -> Result<(), HarnessError> {
        let (room, architecture) = (self.joined.room, self.joined.architecture);
        let simulation = self.simulation;
        let (steps, host) = follow(self.exact, path);
        let (truth, tree) = (simulation.truth(&host), simulation.tree(&host)?);
        let (judgement, grounds, clauses) = room.show(simulation, &tree, |subject| {
            let grounds = rule.grounds(subject, truth.status);
            (rule.judge(subject), grounds, rule.clause_values(subject))
        })?;
        let Some(disagreement) = compare_rule(rule, &truth, judgement.status) else {
            return Ok(());
        };
        let shape = Shape::from(&disagreement);
        result.add(truth.status, judgement.status);
        result.wrong += 1;
        result.wrong_together += 1;
        *result.shapes.entry(shape.clone()).or_default() += 1;
        result.add_wrong(architecture, shape, 1, steps.clone());
        for (clause, value) in result.clauses.iter_mut().zip(clauses) {
            clause.values.insert(value);
        }
        let mut shown = Counterexample {
            architecture,
            is_shortest: true,
            steps,
            disagreement,
            clause: judgement.clause,
            grounds,
            analysis: Analysis::default(),
        };
        shown.analysis = simulation.analyse(&shown, &RuleJudge { simulation, room, rule })?;
        result.counterexamples.push(shown);
        Ok(())
    }
}

/// Where hosts are that were not found.
const FAR: &str = "farther from a bare system than hosts are looked for";

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
