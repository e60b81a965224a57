//! The core and rules over every host of a scope of several interaction groups.
//!
//! **Owns** how each rule can be asked about every host. **Must never know** how a rule is taken
//! apart, and what is asked.
//!
//! **Start reading** at [`WholeRules::judge`].

use super::{
    core::{Built, WholeCore},
    result::RuleResult,
    rule::OneRule,
};
use crate::{
    Exact, HarnessError, SharedFiles, Simulation, VerifyProgress,
    rules::{Evaluator, RuleScope, Shown, Slices},
};
use patchstate_catalog::Catalog;
use patchstate_rules::{Rule, RuleParts};
use patchstate_terms::Architecture;
use std::sync::Arc;

/// Rules, and the slices of a scope.
pub(super) struct WholeRules<'a> {
    architecture: Architecture,
    evaluator: &'a Evaluator<'a>,
    slices: Slices<'a>,
    /// The parts by which each rule is asked; else why it cannot be asked about every host.
    asked: Vec<Result<RuleParts, String>>,
}

impl<'a> WholeRules<'a> {
    /// Looks at some rules.
    pub(super) fn new(
        catalog: &'a Arc<Catalog>,
        scope: &'a RuleScope,
        architecture: Architecture,
        evaluator: &'a Evaluator<'a>,
    ) -> Result<Self, HarnessError> {
        let slices = Slices::new(catalog, architecture, scope)?;
        let how = |rule: &dyn Rule| match slices.first_that_covers(&[rule]) {
            Some(slice) => Ok(RuleParts::of_verdict(slice)),
            None => rule.parts(&|field| slices.of_field(field)),
        };
        let asked = evaluator.rules().iter().map(|rule| how(rule.as_ref())).collect();
        Ok(Self { architecture, evaluator, slices, asked })
    }

    /// Judges the core and the rules on every host, and makes what was found their results. Gives
    /// the files that the core was shown.
    pub(super) fn judge(
        self,
        exact: &mut Exact,
        files: &Arc<SharedFiles>,
        results: &mut [RuleResult],
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<Built, HarnessError> {
        let mut built = Built::default();
        let (architecture, evaluator) = (self.architecture, self.evaluator);
        let simulation = Simulation::of(exact.space.model().clone(), Arc::clone(files));
        if let Some(core) = results.first_mut() {
            let (slices, simulation) = (&self.slices, &simulation);
            let built = &mut built;
            let mut of_core =
                WholeCore { architecture, exact, slices, simulation, progress, built };
            match of_core.judge(core) {
                Err(HarnessError::TooLarge(error)) => {
                    core.open.insert(architecture, error.to_string());
                }
                judged => judged?,
            }
        }
        let shown = Shown { slices: &self.slices, simulation: &simulation, evaluator };
        let rules = evaluator.rules().iter().zip(&self.asked);
        for (result, (rule, asked)) in results.iter_mut().skip(1).zip(rules) {
            let open = match asked {
                Ok(parts) => {
                    let rule = rule.as_ref();
                    OneRule { architecture, rule, parts, exact, shown }.judge(result)?
                }
                Err(reason) => Some(reason.clone()),
            };
            if let Some(reason) = open {
                result.clauses.iter_mut().for_each(|clause| clause.is_open = true);
                result.open.insert(architecture, reason);
            }
        }
        Ok(built)
    }
}
