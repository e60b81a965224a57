//! Every reachable host of a scope: the detection core and any rules against the truth.

mod asked;
mod core;
mod counts;
mod followed;
mod observed;
mod options;
mod patience;
mod result;
mod rule;
mod rules;
mod run;
mod search;
mod sets;
mod ways;

pub use options::VerifyOptions;
pub use patchstate_rules::CORE_RULE;
pub use result::{
    ArchitectureResult, ClauseResult, HostCounts, Nearest, RuleResult, Undecided, Vacuity,
    Verification,
};

use crate::{Facts, StudyError, VerifyProgress, rules::Evaluator};
pub(crate) use asked::Asked;
use observed::observe_wrong_rules;
use patchstate_terms::Architecture;
use rayon::prelude::*;
use result::results_of;
use run::{Found, Run};
pub(crate) use sets::{CHUNK, Judgement, Sets, judge_classes};

/// Looks at every host that any order of the steps can reach, with the core and with these rules.
///
/// # Errors
/// When a name is not in the catalog, or when files of a host cannot be made.
pub fn verify(
    facts: &Facts,
    options: &VerifyOptions,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Verification, StudyError> {
    evaluator.until_settled(|| verify_once(facts, options, evaluator, progress))
}

fn verify_once(
    facts: &Facts,
    options: &VerifyOptions,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Verification, StudyError> {
    let (scope, catalog) = (options.scope(), &facts.catalog);
    let run = |architecture: &Architecture| {
        Run::new(facts, (options, &scope), evaluator, *architecture, progress)
    };
    let runs = options.architectures.iter().map(run).collect::<Result<Vec<Run<'_>>, _>>()?;
    let judged = all(runs.par_iter().map(Run::judge).collect())?;
    let count = evaluator.rules().len();
    let (mut asked, mut doubted) = (Asked::nobody(count), Asked::nobody(count));
    for judged in &judged {
        asked.extend(&judged.asked(count));
        doubted.extend(&judged.doubted(count));
    }
    let both = runs.par_iter().zip(judged);
    let finish = |(run, judged): (&Run<'_>, _)| run.finish(judged, (&asked, &doubted));
    let found = all(both.map(finish).collect())?;
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
    // Where something is not known of an architecture, it is not said of both.
    if seen.len() == architectures.len() {
        observe_wrong_rules(catalog, options, evaluator.rules(), &mut seen, &mut results)?;
    }
    Ok(Verification {
        complete,
        catalog: catalog.name.clone(),
        product: catalog.product.words.clone(),
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
fn all<T>(results: Vec<Result<T, StudyError>>) -> Result<Vec<T>, StudyError> {
    results.into_iter().collect()
}
