//! Rules that no slice can judge by itself, where slices come together.
//!
//! **Owns** proving such a rule right on every combination of slices' hosts, or finding a host on
//! which it is wrong. **Must never know** how a rule is taken apart.
//!
//! **Start reading** at [`Joined::judge`].

use super::{Counterexample, Coverage, Judgement, RuleResult, Sets};
use crate::{
    Analysis, HarnessError, Looks, Reached, Shape, SharedFiles, Simulation,
    rules::{
        Combination, Composer, Courtroom, Hunt, Kind, Question, RuleJudge, RuleScope,
        STEP_COUNT_MIN, Seen, Slices, compare_rule, is_right,
    },
    slices::{Junction, OwnTruth},
};
use patchstate_catalog::Catalog;
use patchstate_explore::StateId;
use patchstate_rules::{Rule, RuleParts};
use patchstate_servicing::Host;
use patchstate_terms::{Architecture, Status, Step};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is known of each rule, and of each slice.
pub(super) struct Joined<'a> {
    catalog: &'a Arc<Catalog>,
    scope: &'a RuleScope,
    architecture: Architecture,
    room: &'a Courtroom<'a>,
    slices: Slices<'a>,
    /// How each rule is covered as far as that is known by now; `None` for one that is in parts.
    known: Vec<Option<Coverage>>,
    seen: Vec<SeenLooks>,
}

/// The hosts of a slice.
struct SeenLooks {
    look_of: Vec<u32>,
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
        let (mut known, mut all_parts) = (Vec::new(), Vec::new());
        for rule in room.rules() {
            let is_covered = slices.cover(&[rule.as_ref()]) && is_told_by_slices(rule.stands_for());
            let parts = (!is_covered).then(|| rule.parts(&|field| slices.of_field(field)));
            let (coverage, parts) = match parts {
                None => (Some(Coverage::Slice), None),
                Some(Ok(parts)) => (None, Some(parts)),
                Some(Err(reason)) => (Some(Coverage::Open(reason)), None),
            };
            known.push(coverage);
            all_parts.push(parts);
        }
        let joined = Self { catalog, scope, architecture, room, slices, known, seen: Vec::new() };
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
        if self.known.contains(&None) {
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
        let mut junction = None;
        for (number, result) in results.iter_mut().skip(1).enumerate() {
            let coverage = match (self.known.get(number), sets.parts.get(number)) {
                (Some(Some(known)), _) => known.clone(),
                (_, Some(Some(_))) if !is_complete => {
                    Coverage::Open("a bound stopped the search of a slice".to_owned())
                }
                (_, Some(Some(parts))) => {
                    let junction =
                        junction.get_or_insert_with(|| self.slices.slicing.junction(reached));
                    let rule = OneRule { joined: &self, number, parts, sets, junction, reached };
                    rule.judge(files, result)?
                }
                _ => Coverage::Slice,
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

/// One rule where slices come together.
struct OneRule<'a> {
    joined: &'a Joined<'a>,
    number: usize,
    parts: &'a RuleParts,
    sets: &'a Sets,
    junction: &'a Junction,
    reached: &'a [Reached],
}

impl OneRule<'_> {
    fn judge(
        &self,
        files: &Arc<SharedFiles>,
        result: &mut RuleResult,
    ) -> Result<Coverage, HarnessError> {
        let Some(rule) = self.joined.room.rules().get(self.number) else {
            return Ok(Coverage::Slice);
        };
        let mut question = Question { rules: vec![self.parts], kinds: Vec::new() };
        let mut all_seen = Vec::new();
        for (seen, rows) in self.joined.seen.iter().zip(&self.junction.rows_of) {
            let (kinds, kind_of) = self.kinds(seen);
            all_seen.push(Seen::new(rows, &seen.look_of, &kind_of));
            question.kinds.push(kinds);
        }
        let mut composer = Composer::new(self.junction, &question, &all_seen);
        let combinations = match composer.ask() {
            Ok(combinations) => combinations,
            Err(reason) => return Ok(Coverage::Open(reason)),
        };
        let mut open = None;
        for combination in combinations {
            let Some(said) = combination.said.first().copied() else { continue };
            if said == Status::Inconclusive {
                let reason = "it is inconclusive where hosts of slices come together";
                let is_news = result.inconclusive == 0;
                open = open.or(is_news.then(|| reason.to_owned()));
                continue;
            }
            let right = is_right(rule.as_ref(), combination.truth, said);
            if right {
                continue;
            }
            let Some((hosts, least)) = composer.nearest(&combination, self.reached) else {
                continue;
            };
            let known = self.known_steps(result, &combination, said);
            let least_together = least.max(STEP_COUNT_MIN);
            self.doubt_shortest(result, &combination, (said, least_together));
            if known.is_some_and(|known| known <= least_together) {
                continue;
            }
            let missing = self.find(files, rule.as_ref(), &combination, (&hosts, least), result)?;
            // A rule that a slice shows to be wrong in this way is not open for want of another.
            open = open.or(missing.filter(|_| known.is_none()));
        }
        Ok(open.map_or(Coverage::Composed, Coverage::Open))
    }

    /// The kinds of a slice's hosts for this rule, and the kind of each look.
    fn kinds(&self, seen: &SeenLooks) -> (Vec<Kind<'_>>, Vec<u32>) {
        let (mut kinds, mut numbers) = (Vec::new(), BTreeMap::new());
        let number = |(truth, set): &(OwnTruth, usize)| {
            let answers = self.sets.verdicts.get(*set).map(|(_, answers)| answers);
            let answer = answers.and_then(|answers| answers.get(self.number));
            let values = answer.map_or(&[][..], |answer| answer.parts.as_slice());
            let next = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry((*truth, values)).or_insert(next);
            if number == next {
                kinds.push((*truth, vec![values]));
            }
            number
        };
        let of_kind: Vec<u32> = seen.kinds.iter().map(number).collect();
        let of_look = |kind: &u32| of_kind.get(*kind as usize).copied().unwrap_or(u32::MAX);
        let of_looks = seen.kind_of.iter().map(of_look).collect();
        (kinds, of_looks)
    }

    /// Steps to the nearest host on which the rule is known to be wrong in this way.
    fn known_steps(
        &self,
        result: &RuleResult,
        combination: &Combination,
        said: Status,
    ) -> Option<usize> {
        let is_same = |(architecture, shape): &(Architecture, Shape)| {
            *architecture == self.joined.architecture
                && (shape.truth, shape.verdict) == (combination.truth, said)
        };
        let same = result.nearest.iter().filter(|(key, _)| is_same(key));
        same.map(|(_, nearest)| nearest.steps.len()).min()
    }

    /// What a slice found to be nearest may not be where slices come together, if that takes so
    /// many steps at least.
    fn doubt_shortest(
        &self,
        result: &mut RuleResult,
        combination: &Combination,
        (said, least): (Status, usize),
    ) {
        for shown in &mut result.counterexamples {
            let way = (shown.disagreement.truth, shown.disagreement.verdict);
            let is_same =
                shown.architecture == self.joined.architecture && way == (combination.truth, said);
            shown.is_shortest &= !is_same || shown.steps.len() <= least;
        }
    }

    /// Looks for a host that is a combination on which the rule is wrong, and adds it to what is
    /// known of the rule; else says what was not found.
    fn find(
        &self,
        files: &Arc<SharedFiles>,
        rule: &dyn Rule,
        combination: &Combination,
        (hosts, least): (&[StateId], usize),
        result: &mut RuleResult,
    ) -> Result<Option<String>, HarnessError> {
        let joined = self.joined;
        let hunt = Hunt {
            catalog: joined.catalog,
            scope: joined.scope,
            architecture: joined.architecture,
            files,
            slices: &joined.slices.slicing.slices,
            reached: self.reached,
            has_truth: true,
        };
        let room = joined.room;
        let says = |reached: &Reached, host: &Host| {
            let simulation = reached.simulation();
            let tree = simulation.tree(host)?;
            let status = room.show(simulation, &tree, |subject| rule.judge(subject).status)?;
            Ok(vec![status])
        };
        let Some((found, id)) = hunt.find(combination, hosts, &says)? else {
            return Ok(Some(not_found(combination, &hunt.orders(hosts))));
        };
        let simulation = found.simulation();
        let Some(host) = found.host(id) else { return Ok(None) };
        let (truth, tree) = (simulation.truth(&host), simulation.tree(&host)?);
        let judgement = room.show(simulation, &tree, |subject| rule.judge(subject))?;
        let Some(disagreement) = compare_rule(rule, &truth, judgement.status) else {
            return Ok(None);
        };
        let grounds =
            room.show(simulation, &tree, |subject| rule.grounds(subject, truth.status))?;
        let steps = found.order(id);
        let shape = Shape::from(&disagreement);
        let known = result.nearest.get(&(joined.architecture, shape.clone()));
        if known.is_some_and(|known| known.steps.len() <= steps.len()) {
            return Ok(None);
        }
        result.add(truth.status, judgement.status);
        result.wrong += 1;
        result.wrong_together += 1;
        *result.shapes.entry(shape.clone()).or_default() += 1;
        result.add_wrong(joined.architecture, shape, 1, steps.clone());
        let mut shown = Counterexample {
            architecture: joined.architecture,
            is_shortest: steps.len() <= least.max(STEP_COUNT_MIN),
            steps,
            disagreement,
            clause: judgement.clause,
            grounds,
            analysis: Analysis::default(),
        };
        shown.analysis = simulation.analyse(&shown, &RuleJudge { simulation, room, rule })?;
        result.counterexamples.push(shown);
        Ok(None)
    }
}

/// What to say of a combination of which no host was found.
fn not_found(combination: &Combination, orders: &[Vec<Step>]) -> String {
    let words = |order: &Vec<Step>| {
        let words: Vec<String> = order.iter().map(ToString::to_string).collect();
        format!("`{}`", words.join(" "))
    };
    let orders: Vec<String> = orders.iter().map(words).collect();
    let said: Vec<&str> = combination.said.iter().map(|status| status.as_str()).collect();
    format!(
        "it would say {} of a host that is {} if {} came together, and no such host was found",
        said.join(" and "),
        combination.truth,
        orders.join(" and ")
    )
}
