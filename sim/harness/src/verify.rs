//! Every reachable host of a scope: the detection core and any rules against the truth.

mod asked;
mod core;
mod counts;
mod followed;
mod patience;
mod result;
mod rule;
mod rules;
mod run;
mod search;
mod sets;
mod ways;

pub use patchstate_rules::CORE_RULE;
pub use result::{
    ArchitectureResult, ClauseResult, HostCounts, Nearest, RuleResult, Undecided, Vacuity,
    Verification,
};

use crate::{
    HarnessError, VerifyProgress,
    rules::{Evaluator, RuleScope, SeenSets, observe},
};
pub(crate) use asked::Asked;
use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_rules::{Reads, Rule};
use patchstate_servicing::{ActionNames, Switches};
use patchstate_terms::Architecture;
use rayon::prelude::*;
use run::{Found, Run};
pub(crate) use sets::{CHUNK, Judgement, Sets, judge_looks};
use std::sync::Arc;

/// What to verify.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question that may be asked or not")]
pub struct VerifyOptions {
    /// The architectures, in this order.
    pub architectures: Vec<Architecture>,
    /// The values of the switches.
    pub switches: Switches,
    /// What the steps may name.
    pub names: ActionNames,
    /// Whether the scope is searched in slices instead of as a whole, where no bound is given.
    pub sliced: bool,
    /// Where to stop before the fixpoint.
    pub bounds: Bounds,
    /// Whether to look for the borders between statuses.
    pub boundaries: bool,
    /// Whether to check the core's remedies against the shortest repairs.
    pub remedies: bool,
    /// Whether to ask of each wrong rule if what it reads is enough to be right.
    pub observe: bool,
    /// How many counterexamples to keep for each rule and search.
    pub counterexample_count_max: usize,
}

impl VerifyOptions {
    /// Whether steps can name all that the catalog has.
    fn covers(&self, catalog: &Catalog) -> bool {
        let has = |list: &[String], id: &String| list.contains(id);
        let names = &self.names;
        let has_facts = |architecture| self.architectures.contains(&architecture);
        catalog.architectures.iter().all(|facts| has_facts(facts.architecture))
            && catalog.components.iter().all(|known| has(&names.components, &known.id))
            && catalog.updates.iter().all(|known| has(&names.updates, &known.id))
    }

    /// Whether the scope is searched in slices. One with bounds never is: within a distance of the
    /// bare system, or among the first so many hosts, are all that have no more steps.
    fn is_sliced(&self) -> bool {
        self.sliced && self.bounds == Bounds::default()
    }

    /// The hosts that these options are about.
    #[must_use]
    pub fn scope(&self) -> RuleScope {
        RuleScope {
            architectures: self.architectures.clone(),
            switches: self.switches,
            names: self.names.clone(),
            sliced: self.is_sliced(),
            bounds: self.bounds,
        }
    }
}

/// Looks at every host that any order of the steps can reach, with the core and with these rules.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub fn verify(
    catalog: &Arc<Catalog>,
    options: &VerifyOptions,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Verification, HarnessError> {
    evaluator.until_settled(|| verify_once(catalog, options, evaluator, progress))
}

fn verify_once(
    catalog: &Arc<Catalog>,
    options: &VerifyOptions,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Verification, HarnessError> {
    let scope = options.scope();
    let run = |architecture: &Architecture| {
        Run::new(catalog, (options, &scope), evaluator, *architecture, progress)
    };
    let runs = options.architectures.iter().map(run).collect::<Result<Vec<Run<'_>>, _>>()?;
    let judged = all(runs.par_iter().map(Run::judge).collect())?;
    let mut asked = Asked::nobody(evaluator.rules().len());
    for judged in &judged {
        asked.extend(&judged.asked(evaluator.rules().len()));
    }
    let both = runs.par_iter().zip(judged);
    let found = all(both.map(|(run, judged)| run.finish(judged, &asked)).collect())?;
    let mut results = results_of(evaluator.rules());
    let (mut complete, mut architectures, mut seen) = (true, Vec::new(), Vec::new());
    for Found { result, rules, is_complete, seen: own } in found {
        complete &= is_complete;
        architectures.push(result);
        seen.extend(own);
        for (all, rule) in results.iter_mut().zip(rules) {
            all.join(rule, options.counterexample_count_max);
        }
    }
    observe_wrong_rules(catalog, options, evaluator.rules(), &seen, &mut results)?;
    Ok(Verification {
        complete,
        catalog: catalog.name.clone(),
        names: options.names.clone(),
        covers_catalog: options.covers(catalog),
        assumptions: options.switches.words().to_vec(),
        architectures,
        rules: results,
        claims: Vec::new(),
        unchecked_claims: Vec::new(),
    })
}

/// Everything, or the first error: the same one for any number of threads.
fn all<T>(results: Vec<Result<T, HarnessError>>) -> Result<Vec<T>, HarnessError> {
    results.into_iter().collect()
}

/// Nothing yet, of the core and of some rules.
fn results_of(rules: &[Box<dyn Rule>]) -> Vec<RuleResult> {
    let of_rules = rules.iter().map(|rule| RuleResult::of(rule.as_ref()));
    std::iter::once(RuleResult::core()).chain(of_rules).collect()
}

/// Whether it can be said of a rule what it reads of a host.
fn reads_fields(rule: &dyn Rule) -> bool {
    matches!(rule.reads(), Reads::Fields(_))
}

/// Looks at what the wrong rules read: is it enough to be right?
fn observe_wrong_rules(
    catalog: &Catalog,
    options: &VerifyOptions,
    rules: &[Box<dyn Rule>],
    seen: &[SeenSets],
    results: &mut [RuleResult],
) -> Result<(), HarnessError> {
    let results = results.iter_mut().skip(1).zip(rules.iter().map(AsRef::as_ref));
    let is_asked = |(result, rule): &(&mut RuleResult, &dyn Rule)| {
        options.observe && result.is_wrong() && reads_fields(*rule)
    };
    let (results, rules): (Vec<_>, Vec<_>) = results.filter(is_asked).unzip();
    if rules.is_empty() {
        return Ok(());
    }
    let found = observe(catalog, seen, &rules)?;
    for (result, observability) in results.into_iter().zip(found) {
        result.observability = observability;
    }
    Ok(())
}
