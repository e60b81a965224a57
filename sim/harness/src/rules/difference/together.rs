//! Where two rules over several slices differ, worked out from what they read in each.

use super::{Heard, RuleScope, Said, Surveyor};
use crate::{
    HarnessError,
    rules::{Composer, Slices, survey::Survey, together::Together},
};
use patchstate_catalog::Catalog;
use patchstate_rules::{PartValue, Rule, RuleParts};
use patchstate_terms::Status;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is known of one set of files: what the rules say, and what their parts amount to on each
/// architecture.
type Seen = (Said, Vec<[Vec<PartValue>; 2]>);

/// Both rules in parts for each architecture; `None` where no slice has to be joined with others,
/// or where a rule cannot be taken apart.
pub(super) fn parts_of(
    catalog: &Arc<Catalog>,
    scope: &RuleScope,
    rules: &[Box<dyn Rule>; 2],
) -> Result<Option<Vec<[RuleParts; 2]>>, HarnessError> {
    if !scope.sliced {
        return Ok(None);
    }
    let [old, new] = rules;
    let mut all = Vec::new();
    let mut is_covered = true;
    for architecture in &scope.architectures {
        let slices = Slices::new(catalog, *architecture, scope)?;
        is_covered &= slices.cover(&[old.as_ref(), new.as_ref()]);
        let parts = |rule: &dyn Rule| rule.parts(&|field| slices.of_field(field)).ok();
        let (Some(old), Some(new)) = (parts(old.as_ref()), parts(new.as_ref())) else {
            return Ok(None);
        };
        all.push([old, new]);
    }
    Ok((!is_covered).then_some(all))
}

/// For every way in which the two differ where slices come together, and in no slice by itself, a
/// host; `None` where that is not known of each.
pub(super) fn differ_together(
    surveyor: &Surveyor<'_>,
    rules: &[Box<dyn Rule>; 2],
    all_parts: &[[RuleParts; 2]],
    found: &Survey<Seen>,
) -> Result<Option<Vec<Heard>>, HarnessError> {
    let known: BTreeSet<(Status, Vec<Status>)> = found
        .seen
        .iter()
        .flat_map(|((((old, _), (new, _)), _), sightings)| {
            sightings.keys().map(|truth| (*truth, vec![*old, *new]))
        })
        .collect();
    let [old, new] = rules.each_ref().map(AsRef::as_ref);
    let mut more = Vec::new();
    for kept in &found.kept {
        let place = surveyor.scope.architectures.iter().position(|a| *a == kept.architecture);
        let Some((place, parts)) = place.and_then(|place| Some((place, all_parts.get(place)?)))
        else {
            return Ok(None);
        };
        let together = Together::new(surveyor, kept)?;
        let values = |number: usize| {
            let values = found.seen.get(number).and_then(|((_, all), _)| all.get(place));
            values.map_or(Vec::new(), |values| values.iter().map(Vec::as_slice).collect())
        };
        let question = together.question(parts.iter().collect(), true, &values);
        let mut composer = Composer::new(&together.junction, &question, &together.seen);
        let Ok(combinations) = composer.ask() else { return Ok(None) };
        for combination in combinations {
            let differs = combination.said.first() != combination.said.get(1);
            let way = (combination.truth.status(), combination.said.clone());
            if !differs || known.contains(&way) {
                continue;
            }
            let nearest = composer.nearest(&|found| *found == combination, together.reached());
            let Some((hosts, _)) = nearest else { return Ok(None) };
            let found = together.find(&[old, new], &combination, true, &hosts)?;
            let Some(sighting) = found else { return Ok(None) };
            let said = together.decided(&[old, new], &sighting)?;
            let [old, new] = said.as_slice() else { return Ok(None) };
            more.push(((*old, *new), BTreeMap::from([(sighting.truth, sighting)])));
        }
    }
    Ok(Some(more))
}
