//! Rules where slices come together.
//!
//! **Owns** what was seen of each slice's hosts, and how each rule can be asked about combinations
//! of them. **Must never know** how a rule is taken apart, and what is asked.
//!
//! **Start reading** at [`Joined::judge`].

use super::{Coverage, RuleResult, Sets, sets::Judgement, together::OneRule};
use crate::{
    HarnessError, Looks, Reached, SharedFiles, Simulation,
    rules::{Courtroom, Kind, RuleScope, Slices},
    slices::OwnTruth,
};
use patchstate_catalog::Catalog;
use patchstate_rules::{ClauseValue, PartValue, RuleParts};
use patchstate_servicing::Host;
use patchstate_terms::{Architecture, Status};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is known of each rule, and of each slice.
pub(crate) struct Joined<'a> {
    pub(super) catalog: &'a Arc<Catalog>,
    pub(super) scope: &'a RuleScope,
    pub(super) architecture: Architecture,
    pub(super) room: &'a Courtroom<'a>,
    pub(super) slices: Slices<'a>,
    asked: Vec<Asked>,
    pub(super) seen: Vec<SeenLooks>,
}

/// How a rule is asked about combinations of hosts.
enum Asked {
    /// For what it says of the host of one slice, which has all that it reads.
    InOneSlice(RuleParts),
    /// For what its parts amount to.
    InParts,
    /// Not at all, and why.
    Not(String),
}

/// The hosts of a slice.
pub(super) struct SeenLooks {
    pub(super) look_of: Vec<u32>,
    /// For each look, the number of its kind.
    kind_of: Vec<u32>,
    /// The truth within the slice and the set of files of each kind.
    kinds: Vec<(OwnTruth, usize)>,
}

impl<'a> Joined<'a> {
    /// Looks at the rules of a room; with the parts of those that have to be composed.
    pub(super) fn new(
        catalog: &'a Arc<Catalog>,
        scope: &'a RuleScope,
        architecture: Architecture,
        room: &'a Courtroom<'a>,
    ) -> Result<(Self, Vec<Option<RuleParts>>), HarnessError> {
        let slices = Slices::new(catalog, architecture, scope)?;
        let (mut asked, mut all_parts) = (Vec::new(), Vec::new());
        for rule in room.rules() {
            let slice = slices.first_that_covers(&[rule.as_ref()]);
            let parts = slice.is_none().then(|| rule.parts(&|field| slices.of_field(field)));
            let (how, parts) = match (slice, parts) {
                (Some(slice), _) => (Asked::InOneSlice(RuleParts::of_verdict(slice)), None),
                (None, Some(Ok(parts))) => (Asked::InParts, Some(parts)),
                (None, Some(Err(reason))) => (Asked::Not(reason), None),
                (None, None) => (Asked::Not("it was not taken apart".to_owned()), None),
            };
            asked.push(how);
            all_parts.push(parts);
        }
        let joined = Self { catalog, scope, architecture, room, slices, asked, seen: Vec::new() };
        Ok((joined, all_parts))
    }

    /// What a slice says of a host by itself.
    pub(super) fn own_truth(
        &self,
        simulation: &Simulation,
        host: &Host,
        truth: &patchstate_oracle::Truth,
    ) -> OwnTruth {
        self.slices.slicing.own_truth(self.seen.len(), simulation, host, truth)
    }

    /// Keeps what was seen of the next slice, where any rule needs it.
    pub(super) fn see(&mut self, looks: Looks, judgements: &[Judgement]) {
        let mut seen = SeenLooks { look_of: Vec::new(), kind_of: Vec::new(), kinds: Vec::new() };
        if self.asked.iter().any(|how| !matches!(how, Asked::Not(_))) {
            let mut numbers = BTreeMap::new();
            for judgement in judgements {
                let kind = (judgement.own, judgement.set);
                let next = u32::try_from(seen.kinds.len()).unwrap_or(u32::MAX);
                let number = *numbers.entry(kind).or_insert(next);
                if number == next {
                    seen.kinds.push(kind);
                }
                seen.kind_of.push(number);
            }
            seen.look_of = looks.of;
        }
        self.seen.push(seen);
    }

    /// Judges the rules on every combination, and adds what was found to their results.
    pub(super) fn judge(
        self,
        reached: &[Reached],
        files: &Arc<SharedFiles>,
        sets: &Sets,
        results: &mut [RuleResult],
    ) -> Result<(), HarnessError> {
        let is_complete = reached.iter().all(Reached::is_complete);
        let is_joined = reached.len() > 1;
        let mut junction = None;
        for (number, result) in results.iter_mut().skip(1).enumerate() {
            let (parts, is_told_by_slice) = match (self.asked.get(number), sets.parts.get(number)) {
                (Some(Asked::InOneSlice(parts)), _) => {
                    (Ok(parts), is_told_by_slices(&result.stands_for))
                }
                (_, Some(Some(parts))) => (Ok(parts), false),
                (Some(Asked::Not(reason)), _) => (Err(reason.clone()), false),
                _ => continue,
            };
            let parts = match parts {
                Ok(_) if !is_complete => Err("a bound stopped the search of a slice".to_owned()),
                parts => parts,
            };
            let asked = match parts {
                Ok(_) if is_told_by_slice && !is_joined => Ok(()),
                Ok(parts) => {
                    let junction =
                        junction.get_or_insert_with(|| self.slices.slicing.junction(reached));
                    let rule = OneRule { joined: &self, number, parts, sets, junction, reached };
                    rule.judge_clauses(result);
                    rule.judge(files, result)?
                }
                Err(reason) => {
                    let clauses = result.clauses.iter_mut();
                    clauses.for_each(|clause| clause.possible.extend(ANY));
                    Err(reason)
                }
            };
            let coverage = match asked {
                Ok(()) if is_told_by_slice => Coverage::Slice,
                Err(_) if is_told_by_slice && !is_complete => Coverage::Slice,
                Ok(()) => Coverage::Composed,
                Err(reason) => Coverage::Open(reason),
            };
            result.covered &= !matches!(coverage, Coverage::Open(_));
            result.coverage.insert(self.architecture, coverage);
        }
        Ok(())
    }
}

/// What a clause can be of which nothing is known.
pub(super) const ANY: [ClauseValue; 3] =
    [ClauseValue::False, ClauseValue::True, ClauseValue::Unknown];

impl SeenLooks {
    /// The kinds of the slice's hosts for a rule, and the kind of each look.
    pub(super) fn kinds<'s>(&self, sets: &'s Sets, rule: usize) -> (Vec<Kind<'s>>, Vec<u32>) {
        let (mut kinds, mut numbers) = (Vec::new(), BTreeMap::new());
        let number = |(truth, set): &(OwnTruth, usize)| {
            let answers = sets.verdicts.get(*set).map(|(_, answers)| answers);
            let answer = answers.and_then(|answers| answers.get(rule));
            let values = match (answer, sets.parts.get(rule)) {
                (Some(answer), Some(Some(_))) => answer.parts.as_slice(),
                (Some(answer), _) => verdict(answer.judgement.status),
                (None, _) => &[],
            };
            let next = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry((*truth, values)).or_insert(next);
            if number == next {
                kinds.push((*truth, vec![values]));
            }
            number
        };
        let of_kind: Vec<u32> = self.kinds.iter().map(number).collect();
        let of_look = |kind: &u32| of_kind.get(*kind as usize).copied().unwrap_or(u32::MAX);
        let of_looks = self.kind_of.iter().map(of_look).collect();
        (kinds, of_looks)
    }
}

/// A verdict as the value of the only part of a rule.
fn verdict(status: Status) -> &'static [PartValue] {
    static VERDICTS: [PartValue; Status::ALL.len()] = [
        PartValue::Verdict(Status::Broken),
        PartValue::Verdict(Status::Mismatch),
        PartValue::Verdict(Status::Drift),
        PartValue::Verdict(Status::Consistent),
        PartValue::Verdict(Status::NotApplicable),
        PartValue::Verdict(Status::Inconclusive),
    ];
    let same = VERDICTS.iter().find(|verdict| **verdict == PartValue::Verdict(status));
    same.map_or(&[], std::slice::from_ref)
}

/// Whether a rule that reads what one slice has is right on every host where it is right in every
/// slice: another slice can only make the truth worse, so it must not be that worse hosts are not
/// to be reported.
fn is_told_by_slices(stands_for: &BTreeSet<Status>) -> bool {
    let worst_first = [Status::Broken, Status::Mismatch, Status::Drift];
    let reported = worst_first.iter().take_while(|status| stands_for.contains(status)).count();
    reported == stands_for.len()
}
