//! Rules over the whole of a scope that is searched in slices.
//!
//! **Owns** how each rule can be asked about every host of the whole. **Must never know** how a
//! rule is taken apart, and what is asked.
//!
//! **Start reading** at [`WholeRules::judge`].

use super::{
    Coverage, RuleResult,
    rule::{ANY, OneRule},
};
use crate::{
    Exact, HarnessError, SharedFiles, Simulation,
    rules::{Evaluator, RuleScope, Shown, Slices},
};
use patchstate_catalog::Catalog;
use patchstate_rules::{Rule, RuleParts};
use patchstate_terms::{Architecture, Status};
use std::{collections::BTreeSet, sync::Arc};

/// Rules, and the slices of a scope.
pub(super) struct WholeRules<'a> {
    architecture: Architecture,
    evaluator: &'a Evaluator<'a>,
    slices: Slices<'a>,
    asked: Vec<Asking>,
}

/// How a rule is asked about hosts of the whole.
enum Asking {
    /// For what it says of what one slice shows, which has all that it reads.
    InOneSlice(RuleParts),
    /// For what its parts amount to.
    InParts(RuleParts),
    /// Not at all, and why.
    Not(String),
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
            Some(slice) => Asking::InOneSlice(RuleParts::of_verdict(slice)),
            None => match rule.parts(&|field| slices.of_field(field)) {
                Ok(parts) => Asking::InParts(parts),
                Err(reason) => Asking::Not(reason),
            },
        };
        let asked = evaluator.rules().iter().map(|rule| how(rule.as_ref())).collect();
        Ok(Self { architecture, evaluator, slices, asked })
    }

    /// Judges the rules on every host, and adds what was found to their results. Without the exact
    /// space, the reason why there is none.
    pub(super) fn judge(
        self,
        exact: Result<&mut Exact, &str>,
        files: &Arc<SharedFiles>,
        slice_count: usize,
        results: &mut [RuleResult],
    ) -> Result<(), HarnessError> {
        let mut whole = exact.map(|exact| {
            let model = exact.space.model().clone();
            (exact, Simulation::of(model, Arc::clone(files)))
        });
        for (number, result) in results.iter_mut().skip(1).enumerate() {
            let (parts, is_told_by_slice) = match self.asked.get(number) {
                Some(Asking::InOneSlice(parts)) => {
                    (Ok(parts), is_told_by_slices(&result.stands_for))
                }
                Some(Asking::InParts(parts)) => (Ok(parts), false),
                Some(Asking::Not(reason)) => (Err(reason.clone()), false),
                None => continue,
            };
            let asked = match (parts, &mut whole) {
                (Ok(_), _) if is_told_by_slice && slice_count == 1 => Ok(()),
                (Ok(parts), Ok((exact, simulation))) => {
                    let Some(rule) = self.evaluator.rules().get(number) else { continue };
                    let (architecture, rule) = (self.architecture, rule.as_ref());
                    let shown =
                        Shown { slices: &self.slices, simulation, evaluator: self.evaluator };
                    let mut rule = OneRule { architecture, rule, parts, exact, shown };
                    rule.judge_clauses(result)?;
                    rule.judge(result)?
                }
                (Ok(_), Err(reason)) => Err((*reason).to_owned()),
                (Err(reason), _) => Err(reason),
            };
            if asked.is_err() && !is_told_by_slice {
                let clauses = result.clauses.iter_mut();
                clauses.for_each(|clause| clause.possible.extend(ANY));
            }
            let coverage = match asked {
                Ok(()) if is_told_by_slice => Coverage::Slice,
                Err(_) if is_told_by_slice && whole.is_err() => Coverage::Slice,
                Ok(()) => Coverage::Composed,
                Err(reason) => Coverage::Open(reason),
            };
            result.covered &= !matches!(coverage, Coverage::Open(_));
            result.coverage.insert(self.architecture, coverage);
        }
        Ok(())
    }
}

/// Whether a rule that reads what one slice has is right on every host where it is right in every
/// slice: another slice can only make the truth worse, so it must not be that worse hosts are not
/// to be reported.
fn is_told_by_slices(stands_for: &BTreeSet<Status>) -> bool {
    let worst_first = [Status::Broken, Status::Mismatch, Status::Drift];
    let reported = worst_first.iter().take_while(|status| stands_for.contains(status)).count();
    reported == stands_for.len()
}
