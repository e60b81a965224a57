//! One rule over the whole of a scope that is searched in slices: on which hosts is it wrong, and
//! in which ways?
//!
//! **Owns** the sets of hosts of each way of being wrong, and a nearest host of each where no slice
//! has shown one as near. **Must never know** how a rule is taken apart.
//!
//! **Start reading** at [`OneRule::judge`].

use super::{RuleResult, Undecided};
use crate::{
    Analysis, Counterexample, Exact, HarnessError, Shape,
    rules::{RuleJudge, STEPS_MAX, Said, Shown, compare_rule, follow, is_right, said},
};
use patchstate_rules::{ClauseParts, ClauseValue, Rule, RuleParts};
use patchstate_space::{Diagrams, Path, Set, TooLarge};
use patchstate_terms::{Architecture, FindingKind, Status};
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
        let said = self.said(self.parts)?;
        let mut open = None;
        for (truth, shown) in self.undecided(&said)? {
            let way = (self.architecture, Shape::undecided(truth));
            if result.undecided.contains_key(&way) {
                continue;
            }
            let what = format!("is inconclusive on hosts that are {truth}");
            let found = self.nearest(shown, Some(STEPS_MAX))?;
            let told = found.map(|path| self.add_undecided(path, truth, result)).transpose()?;
            note(told, (way, &what), result, &mut open);
        }
        for (shape, shown) in self.wrong(&said)? {
            let what = format!("says {} of hosts that are {}", shape.verdict, shape.truth);
            let way = (self.architecture, shape);
            // An order has one step more than its host is away from a bare system.
            let known = result.nearest.get(&way).map(|nearest| nearest.steps.len());
            let nearer = known.map_or(Some(STEPS_MAX), |steps| steps.checked_sub(2));
            let found = self.nearest(shown, nearer)?;
            let told = found.map(|path| self.add(path, result)).transpose()?;
            match (told, known) {
                (None, Some(steps)) if steps <= STEPS_MAX + 2 => prove(result, &way, steps),
                (None, Some(_)) => {}
                _ => note(told, (way, &what), result, &mut open),
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
                Err(HarnessError::TooLarge(_)) => clause.possible.extend(ANY),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn said(&mut self, parts: &RuleParts) -> Result<Said, HarnessError> {
        let all = said(&mut self.exact.space, self.shown, &[(self.rule, parts)])?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// What the hosts show about which it says nothing, by their truth.
    fn undecided(&mut self, said: &Said) -> Result<Vec<(Status, Set)>, HarnessError> {
        let Some(silent) = said.get(&Status::Inconclusive) else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for (truth, shown) in &self.exact.truth.statuses {
            let both = self.exact.space.diagrams().intersection(*silent, *shown)?;
            all.extend((!both.is_empty()).then_some((*truth, both)));
        }
        Ok(all)
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

    /// Adds a host about which the rule says nothing; whether that is so when it sees all files.
    fn add_undecided(
        &self,
        path: Path,
        truth: Status,
        result: &mut RuleResult,
    ) -> Result<bool, HarnessError> {
        let (steps, host) = follow(self.exact, path);
        let Shown { simulation, evaluator, .. } = self.shown;
        let tree = simulation.tree(&host)?;
        let judgement = evaluator.show(simulation, &tree, |subject| self.rule.judge(subject))?;
        if judgement.status != Status::Inconclusive {
            return Ok(false);
        }
        result.add(truth, judgement.status);
        let found = Undecided { hosts: 1, steps, reason: judgement.reason };
        result.add_undecided(self.architecture, truth, found);
        Ok(true)
    }

    /// Adds a host on which the rule is wrong, nearer than any that is known to be wrong in this
    /// way; whether that is so when it sees all files.
    fn add(&self, path: Path, result: &mut RuleResult) -> Result<bool, HarnessError> {
        let Shown { simulation, evaluator, .. } = self.shown;
        let (architecture, rule) = (self.architecture, self.rule);
        let (steps, host) = follow(self.exact, path);
        let (truth, tree) = (simulation.truth(&host), simulation.tree(&host)?);
        let (judgement, grounds, clauses) = evaluator.show(simulation, &tree, |subject| {
            let grounds = rule.grounds(subject, truth.status);
            (rule.judge(subject), grounds, rule.clause_values(subject))
        })?;
        let Some(disagreement) = compare_rule(rule, &truth, judgement.status) else {
            return Ok(false);
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
        shown.analysis = simulation.analyse(&shown, &RuleJudge { simulation, evaluator, rule })?;
        result.counterexamples.push(shown);
        Ok(true)
    }
}

/// Notes a way of which no host was found, or one that is not so on the host that was found.
fn note(
    told: Option<bool>,
    (way, what): ((Architecture, Shape), &str),
    result: &mut RuleResult,
    open: &mut Option<String>,
) {
    let why = match told {
        Some(true) => return,
        Some(false) => "but not when it sees all files of such a host",
        None => "all of them farther from a bare system than hosts are looked for",
    };
    open.get_or_insert(format!("it {what}, {why}"));
    result.predicted.insert(way);
}

/// A set divided by the kinds of findings that its hosts have; no part is empty.
fn by_kinds<'k>(
    diagrams: &mut Diagrams,
    all: Set,
    kinds: impl Iterator<Item = (&'k FindingKind, &'k Set)>,
) -> Result<Vec<(BTreeSet<FindingKind>, Set)>, TooLarge> {
    let mut parts = vec![(BTreeSet::new(), all)];
    for (kind, of_kind) in kinds {
        let mut divided = Vec::with_capacity(parts.len());
        for (known, part) in parts {
            let with: BTreeSet<FindingKind> = known.iter().copied().chain([*kind]).collect();
            divided.push((with, diagrams.intersection(part, *of_kind)?));
            divided.push((known, diagrams.difference(part, *of_kind)?));
        }
        parts = divided;
    }
    parts.retain(|(_, part)| !part.is_empty());
    Ok(parts)
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

/// What a clause can be of which nothing is known.
pub(super) const ANY: [ClauseValue; 3] =
    [ClauseValue::False, ClauseValue::True, ClauseValue::Unknown];

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
