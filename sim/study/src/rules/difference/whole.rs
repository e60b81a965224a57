//! Two rules over every host of a scope, as sets: of how many hosts do the two say what?
//!
//! **Must never know** which of the two is right.

use super::kind::{DiffHost, DiffKind};
use crate::{
    StudyError,
    rules::{extent::SurveyRequest, whole::Whole},
};
use patchstate_rules::Rule;
use patchstate_space::Count;
use patchstate_terms::Architecture;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Of every host of a scope, what two rules say of it and what is true.
pub(super) struct Differences {
    /// How many hosts there are of each.
    pub(super) hosts: BTreeMap<DiffKind, Count>,
    /// A nearest host of each kind of difference, as far as one is near.
    pub(super) nearest: Vec<(DiffKind, DiffHost)>,
}

/// Asks two rules about every host. `None` where the hosts cannot be held, or a rule cannot be
/// taken apart.
pub(super) fn differ_on_whole(
    request: &SurveyRequest<'_>,
    rules: &[Box<dyn Rule>; 2],
) -> Result<Option<Differences>, StudyError> {
    match differ(request, rules) {
        Err(StudyError::TooLarge(_)) => Ok(None),
        result => result,
    }
}

fn differ(
    request: &SurveyRequest<'_>,
    rules: &[Box<dyn Rule>; 2],
) -> Result<Option<Differences>, StudyError> {
    let rules = rules.each_ref().map(AsRef::as_ref);
    let differ = |architecture: &Architecture| differ_on(request, &rules, *architecture);
    let found = request.scope.architectures.par_iter().map(differ);
    let mut all = Differences { hosts: BTreeMap::new(), nearest: Vec::new() };
    for found in found.collect::<Vec<Result<Option<Differences>, StudyError>>>() {
        let Some(found) = found? else { return Ok(None) };
        for (kind, hosts) in found.hosts {
            *all.hosts.entry(kind).or_default() += hosts;
        }
        all.nearest.extend(found.nearest);
    }
    Ok(Some(all))
}

/// The same of one architecture.
fn differ_on(
    request: &SurveyRequest<'_>,
    rules: &[&dyn Rule; 2],
    architecture: Architecture,
) -> Result<Option<Differences>, StudyError> {
    let mut all = Differences { hosts: BTreeMap::new(), nearest: Vec::new() };
    let mut whole = Whole::new(request, architecture)?;
    let said = whole.said(rules)?;
    let [Some(old), Some(new)] = said.as_slice() else { return Ok(None) };
    let truths = whole.exact.truth.statuses.clone();
    for (old_says, of_old) in old {
        for (new_says, of_new) in new {
            let both = whole.exact.space.diagrams().intersection(*of_old, *of_new)?;
            for (truth, of_truth) in &truths {
                let shown = whole.exact.space.diagrams().intersection(both, *of_truth)?;
                if shown.is_empty() {
                    continue;
                }
                let kind = DiffKind { old: *old_says, new: *new_says, truth: *truth };
                all.hosts.insert(kind, whole.exact.space.count_showing(shown));
                if !kind.is_different() {
                    continue;
                }
                let Some(host) = whole.nearest(shown)? else { continue };
                let said = whole.decided(rules, &host)?;
                if let [(_, old_clause), (_, new_clause)] = said.as_slice() {
                    let (old_clause, new_clause) = (*old_clause, *new_clause);
                    all.nearest.push((kind, DiffHost { host, old_clause, new_clause }));
                }
            }
        }
    }
    Ok(Some(all))
}
