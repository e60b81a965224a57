//! The core and rules over every host of a scope that is held as a set.
//!
//! First all of them are judged as sets: that gives every number. Where one is wrong, says nothing
//! or cannot be judged so, hosts are looked at one by one, and what was found there goes together
//! with the sets.
//!
//! **Owns** how each rule can be asked about every host. **Must never know** how a rule is taken
//! apart, and how hosts are looked at one by one.
//!
//! **Start reading** at [`WholeRules::judge`], then [`WholeRules::look_closer`].

use super::{
    asked::Asked,
    core::{Built, WholeCore},
    result::{RuleResult, results_of},
    rule::OneRule,
    ways::Ways,
};
use crate::{
    Exact, HarnessError, SharedFiles, Simulation, VerifyProgress,
    rules::{Evaluator, RuleScope, Shown, Slices},
};
use patchstate_catalog::Catalog;
use patchstate_rules::{Rule, RuleParts};
use patchstate_terms::Architecture;
use std::sync::Arc;

/// The core and rules, and every host.
pub(super) struct WholeRules<'a> {
    architecture: Architecture,
    evaluator: &'a Evaluator<'a>,
    slices: Slices<'a>,
    /// A simulation with the model of the space.
    simulation: Simulation,
    exact: Exact,
    /// The parts by which each rule is asked; else why it cannot be asked about every host.
    asked: Vec<Result<RuleParts, String>>,
    /// What was found of the core, then of each rule.
    results: Vec<RuleResult>,
    /// Where each of them is wrong; else why that cannot be told of every host.
    ways: Vec<Result<Ways, String>>,
    /// The files that the core was shown.
    built: Built,
}

impl<'a> WholeRules<'a> {
    /// Judges the core and the rules as sets.
    pub(super) fn judge(
        (catalog, architecture): (&'a Arc<Catalog>, Architecture),
        scope: &'a RuleScope,
        (evaluator, files): (&'a Evaluator<'a>, &Arc<SharedFiles>),
        exact: Exact,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<Self, HarnessError> {
        let slices = Slices::new(catalog, architecture, scope)?;
        let how = |rule: &dyn Rule| match slices.first_that_covers(&[rule]) {
            Some(slice) => Ok(RuleParts::of_verdict(slice)),
            None => rule.parts(&|field| slices.of_field(field)),
        };
        let asked = evaluator.rules().iter().map(|rule| how(rule.as_ref())).collect();
        let simulation = Simulation::of(exact.space.model().clone(), Arc::clone(files));
        let results = results_of(evaluator.rules());
        let (ways, built) = (Vec::new(), Built::default());
        let mut whole = Self {
            architecture,
            evaluator,
            slices,
            simulation,
            exact,
            asked,
            results,
            ways,
            built,
        };
        for number in 0..whole.results.len() {
            let ways = match whole.judge_one(number, progress) {
                Err(HarnessError::TooLarge(error)) => Err(error.to_string()),
                ways => ways?,
            };
            whole.ways.push(ways);
        }
        Ok(whole)
    }

    /// Who has to be asked host by host.
    pub(super) fn asked(&self) -> Asked {
        let is_known = |ways: &Result<Ways, String>| ways.as_ref().is_ok_and(Ways::is_none);
        let all = self.ways.iter().zip(&self.results);
        Asked::of(all.map(|(ways, result)| !is_known(ways) || result.is_wrong()))
    }

    fn judge_one(
        &mut self,
        number: usize,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<Result<Ways, String>, HarnessError> {
        let Self { architecture, evaluator, slices, simulation, exact, built, .. } = self;
        let Some(result) = self.results.get_mut(number) else { return Ok(Ok(Ways::default())) };
        let architecture = *architecture;
        let Some(place) = number.checked_sub(1) else {
            let mut core = WholeCore { architecture, exact, slices, simulation, progress, built };
            return core.judge(result).map(Ok);
        };
        let shown = Shown { slices, simulation, evaluator };
        match (evaluator.rules().get(place), self.asked.get(place)) {
            (Some(rule), Some(Ok(parts))) => {
                let rule = rule.as_ref();
                OneRule { architecture, rule, parts, exact, shown }.judge(result).map(Ok)
            }
            (_, Some(Err(reason))) => Ok(Err(reason.clone())),
            (_, None) | (None, _) => Ok(Ok(Ways::default())),
        }
    }

    /// Looks for what sets alone do not tell, first of all for nearest hosts. `known` has what was
    /// found host by host.
    pub(super) fn look_closer(
        mut self,
        known: Vec<RuleResult>,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<(Exact, Built, Vec<RuleResult>), HarnessError> {
        let mut results = std::mem::take(&mut self.results);
        let all = std::mem::take(&mut self.ways).into_iter().zip(known);
        for ((number, result), (ways, known)) in results.iter_mut().enumerate().zip(all) {
            let open = match ways {
                Ok(ways) => match self.look_closer_at((number, ways), known, result, progress) {
                    Err(HarnessError::TooLarge(error)) => Some(error.to_string()),
                    open => open?,
                },
                Err(reason) => {
                    *result = known;
                    Some(reason)
                }
            };
            if let Some(reason) = open {
                result.clauses.iter_mut().for_each(|clause| clause.is_open = true);
                result.open.insert(self.architecture, reason);
            }
        }
        Ok((self.exact, self.built, results))
    }

    fn look_closer_at(
        &mut self,
        (number, ways): (usize, Ways),
        known: RuleResult,
        result: &mut RuleResult,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<Option<String>, HarnessError> {
        let Self { architecture, evaluator, slices, simulation, exact, built, .. } = self;
        let architecture = *architecture;
        let Some(place) = number.checked_sub(1) else {
            let mut core = WholeCore { architecture, exact, slices, simulation, progress, built };
            core.look_closer(ways, known, result)?;
            return Ok(None);
        };
        let shown = Shown { slices, simulation, evaluator };
        match (evaluator.rules().get(place), self.asked.get(place)) {
            (Some(rule), Some(Ok(parts))) => {
                let rule = rule.as_ref();
                OneRule { architecture, rule, parts, exact, shown }.look_closer(ways, known, result)
            }
            _ => Ok(None),
        }
    }
}
