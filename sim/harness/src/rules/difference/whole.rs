//! Where two rules over several slices differ: hosts that no slice by itself has shown.

use crate::{
    HarnessError,
    rules::{
        extent::SurveyRequest,
        survey::{HostWitness, Survey},
        whole::Whole,
    },
};
use patchstate_rules::Rule;
use patchstate_terms::Status;
use std::collections::{BTreeMap, BTreeSet};

/// What each rule says of a host, and the place of the condition that decided.
pub(super) type Said = ((Status, Option<usize>), (Status, Option<usize>));

/// What the rules say of some hosts, by the truth about these.
pub(super) type SaidOfHosts = (Said, BTreeMap<Status, HostWitness>);

/// For every way in which the two differ on some host, and on none of a slice, a nearest host;
/// `None` where that is not known of each.
pub(super) fn differ_on_whole(
    request: &SurveyRequest<'_>,
    rules: &[Box<dyn Rule>; 2],
    found: &Survey<Said>,
) -> Result<Option<Vec<SaidOfHosts>>, HarnessError> {
    match differ(request, rules, found) {
        Err(HarnessError::TooLarge(_)) => Ok(None),
        result => result,
    }
}

fn differ(
    request: &SurveyRequest<'_>,
    rules: &[Box<dyn Rule>; 2],
    found: &Survey<Said>,
) -> Result<Option<Vec<SaidOfHosts>>, HarnessError> {
    let known: BTreeSet<(Status, Status, Status)> = found
        .seen
        .iter()
        .flat_map(|(((old, _), (new, _)), witnesses)| {
            witnesses.keys().map(|truth| (*truth, *old, *new))
        })
        .collect();
    let rules = rules.each_ref().map(AsRef::as_ref);
    let mut more = Vec::new();
    for kept in &found.kept {
        let mut whole = Whole::new(request, kept)?;
        let said = whole.said(&rules)?;
        let [Some(old), Some(new)] = said.as_slice() else { return Ok(None) };
        let truths = whole.exact.truth.statuses.clone();
        for (old_says, of_old) in old {
            for (new_says, of_new) in new.iter().filter(|(status, _)| *status != old_says) {
                let both = whole.exact.space.diagrams().intersection(*of_old, *of_new)?;
                for (truth, hosts) in &truths {
                    let hosts = whole.exact.space.diagrams().intersection(both, *hosts)?;
                    if hosts.is_empty() || known.contains(&(*truth, *old_says, *new_says)) {
                        continue;
                    }
                    let Some(witness) = whole.nearest(hosts)? else { return Ok(None) };
                    let said = whole.decided(&rules, &witness)?;
                    let [old, new] = said.as_slice() else { return Ok(None) };
                    more.push(((*old, *new), BTreeMap::from([(witness.truth, witness)])));
                }
            }
        }
    }
    Ok(Some(more))
}
