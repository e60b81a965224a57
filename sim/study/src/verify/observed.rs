//! What wrong rules cannot see.

use super::{options::VerifyOptions, result::RuleResult};
use crate::{
    StudyError,
    rules::{SeenSets, observe},
};
use patchstate_catalog::Catalog;
use patchstate_rules::{Reads, Rule};

/// Whether it can be said of a rule what it reads of a host.
pub(super) fn reads_fields(rule: &dyn Rule) -> bool {
    matches!(rule.reads(), Reads::Fields(_))
}

/// Looks at what the wrong rules read: is it enough to be right?
pub(super) fn observe_wrong_rules(
    catalog: &Catalog,
    options: &VerifyOptions,
    rules: &[Box<dyn Rule>],
    seen: &mut [SeenSets],
    results: &mut [RuleResult],
) -> Result<(), StudyError> {
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
