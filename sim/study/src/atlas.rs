//! Every host of a scope with everything that is known of it, by numbers: for somebody who wants to
//! look things up and not work them out.
//!
//! **Owns** putting together what other questions answer one by one: what each step does to each
//! host, truth and verdict, imports, repairs, claims and rules; and the numbers that things have,
//! which are the same on any number of threads. **Must never know** how an atlas is written down.
//!
//! **Start reading** at [`atlas`], then [`AtlasRegion`].

mod crossings;
mod entries;
mod look;
mod region;
mod smaller;
mod steps;

pub use crossings::Crossing;
pub use entries::{
    AtlasBackup, AtlasCopy, AtlasEntries, AtlasFiles, AtlasLoad, AtlasOutcome, AtlasRecord,
    AtlasResult, AtlasTruth, AtlasVerdict,
};
pub use region::{AtlasHost, AtlasRegion};
pub use steps::{AtlasWord, order_of_scope};

use crate::{
    CORE_RULE, CheckedClaims, ClaimResult, ClaimScope, Evaluator, Facts, Mutation, RuleResult,
    RuleScope, StudyError, UncheckedClaim, VerifyOptions, VerifyProgress, check_claims, mutate,
    read_built_in_claims, select_claims, verify,
};
use patchstate_catalog::Catalog;
use region::Asked;
use std::sync::Arc;

/// Most counterexamples of a rule on an architecture.
const COUNTEREXAMPLES_MAX: usize = 20;

/// Every host of a scope.
#[derive(Clone, Debug)]
pub struct Atlas {
    /// The facts that the hosts go by.
    pub catalog: Arc<Catalog>,
    /// What was asked for.
    pub scope: RuleScope,
    /// What the hosts are made of.
    pub entries: AtlasEntries,
    /// The architectures.
    pub regions: Vec<AtlasRegion>,
    /// The claims that the scope covers.
    pub claims: Vec<ClaimResult>,
    /// Those that it does not.
    pub unchecked_claims: Vec<UncheckedClaim>,
    /// The rules.
    pub rules: Vec<AtlasRule>,
}

/// A rule on every host of a scope.
#[derive(Clone, Debug)]
pub struct AtlasRule {
    /// How it did.
    pub result: RuleResult,
    /// What became of its mutants; `None` for a rule that has none.
    pub mutation: Option<Mutation>,
}

/// Looks at every host of a scope, which is searched as a whole: it has at most 300,000 hosts on
/// each architecture.
///
/// # Errors
/// When there are more, with scopes that are smaller; when a name is not in the catalog, or when
/// files of a host cannot be made.
pub fn atlas(
    facts: &Facts,
    scope: &RuleScope,
    evaluator: &Evaluator<'_>,
    progress: &(dyn Fn(VerifyProgress) + Sync),
) -> Result<Atlas, StudyError> {
    let asked = Asked { facts, scope, evaluator, progress };
    let (entries, regions) = evaluator.until_settled(|| {
        let mut entries = AtlasEntries::default();
        let architectures = scope.architectures.iter();
        let regions = architectures.map(|one| asked.region(*one, &mut entries));
        let regions = regions.collect::<Result<Vec<_>, StudyError>>()?;
        Ok::<_, StudyError>((entries, regions))
    })?;
    let (claims, unchecked_claims) = claims(facts, scope)?;
    Ok(Atlas {
        catalog: Arc::clone(&facts.catalog),
        scope: scope.clone(),
        entries,
        regions,
        claims,
        unchecked_claims,
        rules: rules(&asked)?,
    })
}

/// The claims that a scope covers, checked, and the others.
fn claims(
    facts: &Facts,
    scope: &RuleScope,
) -> Result<(Vec<ClaimResult>, Vec<UncheckedClaim>), StudyError> {
    let RuleScope { architectures, names, .. } = scope;
    let (claims, mut unchecked) = read_built_in_claims(&facts.catalog);
    let covered = ClaimScope { names: Some(names), architectures, is_bounded: false };
    let (claims, others) = select_claims(claims, &covered);
    let checked = check_claims(&facts.catalog, scope.switches, &claims, &|_| {})?;
    let CheckedClaims { results, open } = checked;
    unchecked.extend(others);
    unchecked.extend(open);
    Ok((results, unchecked))
}

/// What `verify` and `mutate` say of the rules.
fn rules(asked: &Asked<'_>) -> Result<Vec<AtlasRule>, StudyError> {
    let Asked { facts, scope, evaluator, progress } = *asked;
    if evaluator.rules().is_empty() {
        return Ok(Vec::new());
    }
    let options = VerifyOptions {
        architectures: scope.architectures.clone(),
        switches: scope.switches,
        names: scope.names.clone(),
        sliced: false,
        bounds: scope.bounds,
        boundaries: None,
        remedies: false,
        observe: true,
        counterexample_count_max: COUNTEREXAMPLES_MAX,
    };
    let verified = verify(facts, &options, evaluator, progress)?;
    let results = verified.rules.into_iter().filter(|result| result.rule != CORE_RULE);
    let with_mutants = results.zip(evaluator.rules()).map(|(result, rule)| {
        let mutated = rule.as_file_rule().map(|rule| mutate(facts, scope, rule, progress));
        Ok(AtlasRule { result, mutation: mutated.transpose()? })
    });
    with_mutants.collect()
}
