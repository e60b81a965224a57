//! One rule where slices come together: right on every combination, or wrong in which ways?
//!
//! **Owns** the ways in which a rule can be wrong about a combination, and looking for a host of
//! each. A combination need not be a host: where none was found, the way is *predicted*, neither
//! found nor refuted. **Must never know** how a rule is taken apart.
//!
//! **Start reading** at [`OneRule::judge`].

use super::{Counterexample, RuleResult, Sets, joined::Joined};
use crate::{
    Analysis, HarnessError, Reached, Shape, SharedFiles,
    rules::{
        Combination, Composer, HOST_COUNTS_MAX, Hunt, Question, RuleJudge, STEP_COUNT_MIN, Seen,
        compare_rule, is_right,
    },
    slices::{Junction, OwnTruth},
};
use patchstate_explore::StateId;
use patchstate_rules::{ClauseParts, ClauseValue, Rule, RuleParts};
use patchstate_servicing::{ActionNames, Host};
use patchstate_terms::{Architecture, FindingKind, Status, Step};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Searches that are made for the hosts of one rule on one architecture, at most: each goes over
/// up to [`HOST_COUNTS_MAX`] hosts.
const SEARCH_COUNT_MAX: usize = 8;

/// A rule, and what is known of slices and their hosts.
pub(super) struct OneRule<'a> {
    pub(super) joined: &'a Joined<'a>,
    pub(super) number: usize,
    pub(super) parts: &'a RuleParts,
    pub(super) sets: &'a Sets,
    pub(super) junction: &'a Junction,
    pub(super) reached: &'a [Reached],
}

/// A way of being wrong of which a host is looked for.
struct Sought {
    shape: Shape,
    /// Hosts of the slices that come together like that.
    hosts: Vec<StateId>,
    /// The fewest steps that any such host can take.
    least: usize,
}

impl OneRule<'_> {
    /// Asks the rule about every combination, and adds what was found to its result; else why that
    /// cannot be told.
    pub(super) fn judge(
        &self,
        files: &Arc<SharedFiles>,
        result: &mut RuleResult,
    ) -> Result<Result<(), String>, HarnessError> {
        let Some(rule) = self.joined.room.rules().get(self.number) else { return Ok(Ok(())) };
        let rule = rule.as_ref();
        let (question, all_seen) = self.question(self.parts, true);
        let mut composer = Composer::new(self.junction, &question, &all_seen);
        let combinations = match composer.ask() {
            Ok(combinations) => combinations,
            Err(reason) => return Ok(Err(reason)),
        };
        let is_inconclusive =
            |found: &Combination| found.said.first() == Some(&Status::Inconclusive);
        let mut open = None;
        if result.inconclusive == 0 && combinations.iter().any(is_inconclusive) {
            open = Some("it is inconclusive where hosts of slices come together".to_owned());
        }
        for found in combinations.iter().filter(|found| is_inconclusive(found)) {
            let way = (self.joined.architecture, Shape::undecided(found.truth.status()));
            if !result.undecided.contains_key(&way) {
                result.predicted.insert(way);
            }
        }
        let shapes: BTreeSet<Shape> =
            combinations.iter().filter_map(|found| wrong(rule, found)).collect();
        let mut all_sought = Vec::with_capacity(shapes.len());
        for shape in shapes {
            let is_it = |found: &Combination| wrong(rule, found).as_ref() == Some(&shape);
            let Some((hosts, least)) = composer.nearest(&is_it, self.reached) else { continue };
            let keeps_length = self.joined.slices.slicing.keeps_length();
            let least = if keeps_length { least.max(STEP_COUNT_MIN) } else { STEP_COUNT_MIN };
            all_sought.push(Sought { shape, hosts, least });
        }
        self.search(files, rule, &all_sought, result)?;
        for Sought { shape, hosts, least } in &all_sought {
            let way = (self.joined.architecture, shape.clone());
            for shown in &mut result.counterexamples {
                let is_it =
                    shown.architecture == way.0 && Shape::from(&shown.disagreement) == *shape;
                let nearest = result.nearest.get(&way).map(|nearest| nearest.steps.len());
                let count = shown.steps.len();
                shown.is_shortest |= is_it && count <= *least && nearest == Some(count);
            }
            if result.nearest.contains_key(&way) {
                continue;
            }
            // A rule that is known to be wrong in this status is not open for want of another host.
            let is_like = |(architecture, known): &(Architecture, Shape)| {
                *architecture == way.0
                    && (known.truth, known.verdict) == (shape.truth, shape.verdict)
            };
            if !result.nearest.keys().any(is_like) && open.is_none() {
                open = Some(not_found(shape, &self.hunt(files).orders(hosts)));
            }
            result.predicted.insert(way);
        }
        Ok(open.map_or(Ok(()), Err))
    }

    /// What clauses can be that no slice tells by itself, where the hosts of slices do not show
    /// already that they are true on some and false on others.
    pub(super) fn judge_clauses(&self, result: &mut RuleResult) {
        for (place, clause) in result.clauses.iter_mut().enumerate() {
            let is_both = [ClauseValue::False, ClauseValue::True]
                .iter()
                .all(|value| clause.values.contains(value));
            let ClauseParts::Across(parts) = self.parts.clause(place) else { continue };
            if is_both || clause.is_constant {
                continue;
            }
            let (question, all_seen) = self.question(&parts, false);
            match Composer::new(self.junction, &question, &all_seen).ask() {
                Ok(found) => {
                    clause
                        .possible
                        .extend(found.iter().flat_map(|found| &found.said).copied().map(value));
                }
                Err(_) => clause.possible.extend(super::joined::ANY),
            }
        }
    }

    /// What is asked about combinations, and what was seen of each slice.
    fn question<'q>(&'q self, parts: &'q RuleParts, has_truth: bool) -> (Question<'q>, Vec<Seen>) {
        let mut question = Question { rules: vec![parts], kinds: Vec::new() };
        let mut all_seen = Vec::new();
        for (seen, rows) in self.joined.seen.iter().zip(&self.junction.rows_of) {
            let (mut kinds, kind_of) = seen.kinds(self.sets, self.number);
            all_seen.push(Seen::new(rows, &seen.look_of, &kind_of));
            if !has_truth {
                for (truth, _) in &mut kinds {
                    *truth = OwnTruth::default();
                }
            }
            question.kinds.push(kinds);
        }
        (question, all_seen)
    }

    fn hunt<'h>(&'h self, files: &'h Arc<SharedFiles>) -> Hunt<'h> {
        let joined = self.joined;
        Hunt {
            catalog: joined.catalog,
            scope: joined.scope,
            architecture: joined.architecture,
            files,
            slices: &joined.slices.slicing.slices,
            reached: self.reached,
        }
    }

    /// Looks for a host of every way in which the rule can be wrong, unless one is known that is as
    /// near as can be: first of those of which none is known, and of the nearest.
    fn search(
        &self,
        files: &Arc<SharedFiles>,
        rule: &dyn Rule,
        all_sought: &[Sought],
        result: &mut RuleResult,
    ) -> Result<(), HarnessError> {
        let hunt = self.hunt(files);
        let known = |result: &RuleResult, shape: &Shape| {
            let way = (self.joined.architecture, shape.clone());
            result.nearest.get(&way).map(|nearest| nearest.steps.len())
        };
        let mut open: BTreeMap<&Shape, &Sought> = BTreeMap::new();
        for sought in all_sought {
            if known(result, &sought.shape).is_none_or(|steps| steps > sought.least) {
                open.insert(&sought.shape, sought);
            }
        }
        let mut order: Vec<&Sought> = open.values().copied().collect();
        order.sort_by_key(|sought| {
            (known(result, &sought.shape).is_some(), sought.least, &sought.shape)
        });
        let mut searched: BTreeSet<(Vec<String>, Vec<String>)> = BTreeSet::new();
        for sought in order {
            if !open.contains_key(&sought.shape) || searched.len() == SEARCH_COUNT_MAX {
                continue;
            }
            let names = hunt.names(&sought.hosts);
            if !searched.insert((names.components.clone(), names.updates.clone())) {
                continue;
            }
            for host_count_max in HOST_COUNTS_MAX {
                // What is known to be wrong somewhere is worth no long search.
                let is_first = host_count_max == HOST_COUNTS_MAX[0];
                let wanted = open.keys().filter(|s| is_first || known(result, s).is_none());
                let wanted: BTreeSet<Shape> = wanted.map(|shape| (*shape).clone()).collect();
                if wanted.is_empty() {
                    break;
                }
                let is_all = self.find(&hunt, rule, (&names, host_count_max), wanted, result)?;
                open.retain(|shape, sought| {
                    known(result, shape).is_none_or(|steps| steps > sought.least)
                });
                if is_all {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Looks for hosts on which the rule is wrong in these ways, and adds them to what is known of
    /// it. Says whether every host that these steps can reach was looked at.
    fn find(
        &self,
        hunt: &Hunt<'_>,
        rule: &dyn Rule,
        search: (&ActionNames, usize),
        wanted: BTreeSet<Shape>,
        result: &mut RuleResult,
    ) -> Result<bool, HarnessError> {
        let room = self.joined.room;
        let is = |reached: &Reached, host: &Host, wanted: &BTreeSet<Shape>| {
            let simulation = reached.simulation();
            let truth = simulation.truth(host);
            let kinds: BTreeSet<FindingKind> = truth.findings.iter().map(|f| f.kind).collect();
            let may_be = |shape: &Shape| {
                shape.truth == truth.status && (shape.missed.is_empty() || shape.missed == kinds)
            };
            if !wanted.iter().any(may_be) {
                return Ok(None);
            }
            let tree = simulation.tree(host)?;
            let status = room.show(simulation, &tree, |subject| rule.judge(subject).status)?;
            let found = compare_rule(rule, &truth, status);
            Ok(found.map(|found| Shape::from(&found)).filter(|shape| wanted.contains(shape)))
        };
        let (reached, found) = hunt.find(search, wanted, &is)?;
        for id in found.into_values() {
            self.add(&reached, id, rule, result)?;
        }
        Ok(reached.is_complete())
    }

    /// Adds a host on which the rule is wrong, if none is known as near that is wrong in this way.
    fn add(
        &self,
        reached: &Reached,
        id: StateId,
        rule: &dyn Rule,
        result: &mut RuleResult,
    ) -> Result<(), HarnessError> {
        let (room, architecture) = (self.joined.room, self.joined.architecture);
        let simulation = reached.simulation();
        let Some(host) = reached.host(id) else { return Ok(()) };
        let (truth, tree) = (simulation.truth(&host), simulation.tree(&host)?);
        let (judgement, grounds, clauses) = room.show(simulation, &tree, |subject| {
            let grounds = rule.grounds(subject, truth.status);
            (rule.judge(subject), grounds, rule.clause_values(subject))
        })?;
        let Some(disagreement) = compare_rule(rule, &truth, judgement.status) else {
            return Ok(());
        };
        let (steps, shape) = (reached.order(id), Shape::from(&disagreement));
        let known = result.nearest.get(&(architecture, shape.clone()));
        if known.is_some_and(|known| known.steps.len() <= steps.len()) {
            return Ok(());
        }
        result.add(truth.status, judgement.status);
        result.wrong += 1;
        result.wrong_together += 1;
        *result.shapes.entry(shape.clone()).or_default() += 1;
        result.add_wrong(architecture, shape, 1, steps.clone());
        for (clause, value) in result.clauses.iter_mut().zip(clauses) {
            clause.values.insert(value);
        }
        let mut shown = Counterexample {
            architecture,
            is_shortest: false,
            steps,
            disagreement,
            clause: judgement.clause,
            grounds,
            analysis: Analysis::default(),
        };
        shown.analysis = simulation.analyse(&shown, &RuleJudge { simulation, room, rule })?;
        result.counterexamples.push(shown);
        Ok(())
    }
}

/// The way in which a rule is wrong about a host that is this combination, if it is.
fn wrong(rule: &dyn Rule, found: &Combination) -> Option<Shape> {
    let (truth, verdict) = (found.truth.status(), *found.said.first()?);
    if verdict == Status::Inconclusive || is_right(rule, truth, verdict) {
        return None;
    }
    let is_missed = rule.stands_for().contains(&truth);
    let missed = if is_missed { found.truth.kinds() } else { BTreeSet::new() };
    Some(Shape { truth, verdict, missed, invented: BTreeSet::new() })
}

/// What a clause is where the rule that stands for it says this.
const fn value(said: Status) -> ClauseValue {
    match said {
        Status::Broken => ClauseValue::True,
        Status::Consistent => ClauseValue::False,
        Status::Mismatch | Status::Drift | Status::NotApplicable | Status::Inconclusive => {
            ClauseValue::Unknown
        }
    }
}

/// What to say of a way of being wrong of which no host was found.
fn not_found(shape: &Shape, orders: &[Vec<Step>]) -> String {
    let words = |order: &Vec<Step>| {
        let words: Vec<String> = order.iter().map(ToString::to_string).collect();
        format!("`{}`", words.join(" "))
    };
    let orders: Vec<String> = orders.iter().map(words).collect();
    format!(
        "it would say {} of a host that is {} if {} came together, and no such host was found",
        shape.verdict,
        shape.truth,
        orders.join(" and ")
    )
}
