//! The core and rules over every host of a scope that is held as a set.
//!
//! First all of them are judged as sets: that gives every number, and nearest hosts of those on
//! which a rule is wrong. Where the core is wrong, or a rule cannot be judged so, hosts are looked
//! at one by one, and what was found there goes together with the sets.
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
    Exact, Facts, SharedFiles, Simulation, StudyError, VerifyProgress,
    rules::{Evaluator, Near, RuleScope, Shown, Slices},
};
use patchstate_rules::RuleParts;
use patchstate_servicing::Host;
use patchstate_terms::Architecture;
use std::sync::Arc;

/// Hosts of an architecture that are drawn and judged on all of their bytes by the core.
const SAMPLE_COUNT: usize = 1_000;
/// So many of them are shown to each rule, too: what that costs, it costs for every rule.
const RULE_SAMPLE_COUNT: usize = 200;
/// Where the drawing begins.
const SEED: u64 = 3_790;

/// The core and rules, and every host.
pub(super) struct WholeRules<'a> {
    architecture: Architecture,
    evaluator: &'a Evaluator<'a>,
    slices: Slices<'a>,
    /// A simulation with the model of the space.
    simulation: Simulation,
    exact: Exact,
    near: Near,
    /// Hosts that are drawn from all of them.
    samples: Vec<Host>,
    counterexample_count_max: usize,
    progress: &'a (dyn Fn(VerifyProgress) + Sync),
    /// The parts by which each rule is asked; else why it cannot be asked about every host.
    asked: Vec<Result<RuleParts, String>>,
    /// The core, then each rule: what was found of it, and where it is wrong, or else why that
    /// cannot be told of every host.
    judged: Vec<(RuleResult, Result<Ways, String>)>,
    /// The files that the core was shown.
    built: Built,
}

impl<'a> WholeRules<'a> {
    /// Judges the core and the rules as sets.
    pub(super) fn judge(
        (facts, architecture): (&'a Facts, Architecture),
        (scope, counterexample_count_max): (&'a RuleScope, usize),
        (evaluator, files): (&'a Evaluator<'a>, &Arc<SharedFiles>),
        mut exact: Exact,
        progress: &'a (dyn Fn(VerifyProgress) + Sync),
    ) -> Result<Self, StudyError> {
        let mut slices = Slices::new(facts, architecture, scope)?;
        let rules = evaluator.rules().iter().map(AsRef::as_ref);
        let asked = rules.map(|rule| slices.parts_of(rule, &mut exact.space)).collect();
        let simulation = Simulation::of(exact.space.model().clone(), Arc::clone(files));
        let hosts = exact.space.hosts();
        let samples = exact.space.samples(hosts, SEED, SAMPLE_COUNT);
        let (judged, built) = (Vec::new(), Built::default());
        let near = Near::new(&exact, &slices.slicing)?;
        let mut whole = Self {
            architecture,
            evaluator,
            slices,
            simulation,
            exact,
            near,
            samples,
            counterexample_count_max,
            progress,
            asked,
            judged,
            built,
        };
        for (number, mut result) in results_of(evaluator.rules()).into_iter().enumerate() {
            let ways = match number.checked_sub(1) {
                None => whole.core().judge(&mut result).map(Ok),
                Some(place) => match whole.rule(place) {
                    Ok(mut rule) => rule.judge(&mut result),
                    Err(reason) => Ok(Err(reason)),
                },
            };
            let ways = match ways {
                Err(StudyError::TooLarge(error)) => Err(error.to_string()),
                ways => ways?,
            };
            whole.judged.push((result, ways));
        }
        Ok(whole)
    }

    /// Who is wrong, says nothing or cannot be judged as a set.
    pub(super) fn doubted(&self) -> Asked {
        let is_right = |(result, ways): &(RuleResult, Result<Ways, String>)| {
            ways.as_ref().is_ok_and(Ways::is_none) && !result.is_wrong()
        };
        Asked::of(self.judged.iter().map(|judged| !is_right(judged)))
    }

    /// Who of them has to be asked host by host: the core, and rules that cannot be judged as sets.
    pub(super) fn asked(&self) -> Asked {
        let doubted = self.doubted();
        let is_asked = |(number, (_, ways)): (usize, &(RuleResult, Result<Ways, String>))| {
            doubted.has(number) && (number == 0 || ways.is_err())
        };
        Asked::of(self.judged.iter().enumerate().map(is_asked))
    }

    /// Looks for what sets alone do not tell, first of all for nearest hosts. `known` has what was
    /// found host by host.
    pub(super) fn look_closer(
        mut self,
        known: Vec<RuleResult>,
    ) -> Result<(Exact, Built, Vec<RuleResult>), StudyError> {
        let mut results = Vec::with_capacity(known.len());
        let judged = std::mem::take(&mut self.judged).into_iter().zip(known);
        for (number, ((mut result, ways), known)) in judged.enumerate() {
            let open = match (ways, number.checked_sub(1)) {
                (Err(reason), _) => {
                    result = known;
                    Ok(Some(reason))
                }
                (Ok(ways), None) => {
                    let looked = self.core().look_closer(ways, known, &mut result);
                    looked.map(|()| None).map_err(StudyError::from)
                }
                (Ok(ways), Some(place)) => match self.rule(place) {
                    Ok(mut rule) => rule.look_closer(ways, &mut result),
                    Err(reason) => Ok(Some(reason)),
                },
            };
            let open = match open {
                Err(StudyError::TooLarge(error)) => Some(error.to_string()),
                open => open?,
            };
            if let Some(reason) = open {
                result.clauses.iter_mut().for_each(|clause| clause.is_open = true);
                result.open.insert(self.architecture, reason);
            }
            results.push(result);
        }
        Ok((self.exact, self.built, results))
    }

    fn core(&mut self) -> WholeCore<'_> {
        WholeCore {
            architecture: self.architecture,
            exact: &mut self.exact,
            near: &mut self.near,
            slices: &self.slices,
            simulation: &self.simulation,
            progress: self.progress,
            samples: &self.samples,
            built: &mut self.built,
        }
    }

    /// A rule by its place; why it cannot be asked about every host, where it cannot.
    fn rule(&mut self, place: usize) -> Result<OneRule<'_>, String> {
        let (evaluator, slices, simulation) = (self.evaluator, &self.slices, &self.simulation);
        let missing = || format!("there is no rule {place}");
        Ok(OneRule {
            architecture: self.architecture,
            rule: evaluator.rules().get(place).ok_or_else(missing)?.as_ref(),
            parts: self.asked.get(place).ok_or_else(missing)?.as_ref().map_err(String::clone)?,
            exact: &mut self.exact,
            near: &mut self.near,
            shown: Shown { slices, simulation, evaluator },
            samples: self.samples.get(..RULE_SAMPLE_COUNT).unwrap_or(&self.samples),
            counterexample_count_max: self.counterexample_count_max,
        })
    }
}
