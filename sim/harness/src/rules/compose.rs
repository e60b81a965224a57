//! What rules say where slices come together, worked out from what they read in each slice.
//!
//! A rule is taken into parts that each read what one slice has. Over every combination of slices'
//! hosts that agree in what slices share, the values of the parts and the truth are put together,
//! and the rule is asked. Every host of the whole is such a combination, so that what holds for all
//! combinations holds for all hosts. Not every combination need be a host.
//!
//! **Owns** the combinations: how many hosts there are shows nowhere, since hosts of a slice that
//! agree in row, part values and truth are one, and rules of which the same is left are one.
//!
//! **Start reading** at [`Composer::ask`].

use crate::{
    Reached,
    numbered::Numbered,
    slices::{Junction, OwnTruth},
};
use patchstate_explore::StateId;
use patchstate_rules::{PartValue, Remainder, RuleParts};
use patchstate_terms::Status;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// Most states of rules with truth that are told apart before it is given up.
const STATE_COUNT_MAX: usize = 100_000;
/// Most members of all sets of them together: 80 MB.
const MEMBER_COUNT_MAX: usize = 20_000_000;

/// What was seen of the hosts of one slice.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Each row and kind that a host has, with the nearest one; in the order of the hosts.
    found: Vec<(u32, u32, StateId)>,
    row_count: usize,
}

impl Seen {
    /// The rows and kinds of a slice, where each look is of a kind.
    pub(crate) fn new(rows: &[u32], look_of: &[u32], kind_of: &[u32]) -> Self {
        let mut known = rustc_hash::FxHashSet::default();
        let mut found = Vec::new();
        for (id, (row, look)) in (0..).map(StateId).zip(rows.iter().zip(look_of)) {
            let Some(kind) = kind_of.get(*look as usize) else { continue };
            if known.insert((*row, *kind)) {
                found.push((*row, *kind, id));
            }
        }
        let row_count = rows.iter().max().map_or(0, |row| *row as usize + 1);
        Self { found, row_count }
    }
}

/// Some rules in parts, and what the kinds of each slice's hosts are to them.
pub(crate) struct Question<'a> {
    /// The rules.
    pub(crate) rules: Vec<&'a RuleParts>,
    /// For each slice and kind, the truth within the slice and the values of every part of each
    /// rule.
    pub(crate) kinds: Vec<Vec<Kind<'a>>>,
}

/// The truth within a slice, and the values of every part of each rule.
pub(crate) type Kind<'a> = (OwnTruth, Vec<&'a [PartValue]>);

/// What some rules say of a combination of hosts, one of each slice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Combination {
    /// What is true of a host that is this combination.
    pub(crate) truth: OwnTruth,
    /// What each rule says of it.
    pub(crate) said: Vec<Status>,
}

/// A state of the combination so far: what is left of each rule, and the truth.
type State = (Vec<u32>, OwnTruth);
/// What a slice adds: for each rule, a set of part values by its number, and the truth.
type Class = (Vec<u32>, OwnTruth);

/// The combinations of what was seen, for one question.
pub(crate) struct Composer<'a> {
    junction: &'a Junction,
    question: &'a Question<'a>,
    remainders: Numbered<Remainder>,
    /// Values of the parts of a rule that a slice has.
    values: Numbered<Vec<(usize, PartValue)>>,
    states: Numbered<State>,
    classes: Numbered<Class>,
    /// Sets of states, and sets of classes.
    sets: Numbered<Vec<u32>>,
    /// How many members the sets have together.
    member_count: usize,
    settled: FxHashMap<(u32, usize, u32), u32>,
    steps: FxHashMap<(u32, u32), u32>,
    products: FxHashMap<(u32, u32), u32>,
    unions: FxHashMap<(u32, u32), u32>,
    /// For each slice and row, the classes of its hosts, with the nearest host of each.
    found: Vec<Vec<Vec<(u32, StateId)>>>,
    /// For each level, the set of states of each row after it.
    after: Vec<Vec<u32>>,
    /// For each level, the best ways to these; worked out where somebody asks.
    ways: Vec<Ways>,
}

/// The set of nothing is the first.
const EMPTY: u32 = 0;

impl<'a> Composer<'a> {
    /// A question about what was seen of each slice.
    pub(crate) fn new(junction: &'a Junction, question: &'a Question<'a>, seen: &[Seen]) -> Self {
        let mut composer = Self {
            junction,
            question,
            remainders: Numbered::default(),
            values: Numbered::default(),
            states: Numbered::default(),
            classes: Numbered::default(),
            sets: Numbered::default(),
            member_count: 0,
            settled: FxHashMap::default(),
            steps: FxHashMap::default(),
            products: FxHashMap::default(),
            unions: FxHashMap::default(),
            found: Vec::new(),
            after: Vec::new(),
            ways: Vec::new(),
        };
        composer.sets.number(&Vec::new());
        for (slice, seen) in seen.iter().enumerate() {
            let found = composer.classes(slice, seen);
            composer.found.push(found);
        }
        composer
    }

    /// The classes of each row of a slice.
    fn classes(&mut self, slice: usize, seen: &Seen) -> Vec<Vec<(u32, StateId)>> {
        let question = self.question;
        let kinds = question.kinds.get(slice).map_or(&[][..], Vec::as_slice);
        let mut of_kind = Vec::with_capacity(kinds.len());
        for (truth, values) in kinds {
            let mut class = Vec::with_capacity(question.rules.len());
            for (rule, values) in question.rules.iter().zip(values) {
                let parts = rule.groups().iter().zip(*values).enumerate();
                let own = parts.filter(|(_, (group, _))| **group == slice);
                let own = own.map(|(place, (_, value))| (place, value.clone())).collect();
                class.push(self.values.number(&own));
            }
            of_kind.push(self.classes.number(&(class, *truth)));
        }
        let mut rows = vec![Vec::new(); seen.row_count];
        for (row, kind, id) in &seen.found {
            let class = of_kind.get(*kind as usize);
            let (Some(class), Some(row)) = (class, rows.get_mut(*row as usize)) else { continue };
            let row: &mut Vec<(u32, StateId)> = row;
            if !row.iter().any(|(known, _)| known == class) {
                row.push((*class, *id));
            }
        }
        rows
    }

    /// What the rules say of every combination, and what is true of it.
    ///
    /// # Errors
    /// Why that cannot be told.
    pub(crate) fn ask(&mut self) -> Result<Vec<Combination>, String> {
        let whole = self.question.rules.iter().map(|rule| rule.whole());
        let whole: Vec<Remainder> = whole.collect();
        let left = whole.into_iter().map(|whole| self.remainders.number(&whole)).collect();
        let start = self.states.number(&(left, OwnTruth::default()));
        let mut before = vec![self.sets.number(&vec![start])];
        for level in &self.junction.levels {
            let classes = self.class_sets(level.slice);
            let mut after = vec![EMPTY; level.row_count];
            for pair in &level.pairs {
                let states = before.get(pair.before as usize).copied().unwrap_or(EMPTY);
                let classes = classes.get(pair.row as usize).copied().unwrap_or(EMPTY);
                let product = self.product(states, classes)?;
                if let Some(after) = after.get_mut(pair.after as usize) {
                    *after = self.union(*after, product);
                }
            }
            self.after.push(after.clone());
            before = after;
        }
        let last = before.first().and_then(|set| self.sets.get(*set)).cloned();
        let found: Option<Vec<Combination>> =
            last.unwrap_or_default().into_iter().map(|state| self.combination(state)).collect();
        let mut found = found.ok_or("a part of it was seen in no slice")?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The set of classes of each row of a slice.
    fn class_sets(&mut self, slice: usize) -> Vec<u32> {
        let rows = self.found.get(slice).into_iter().flatten();
        let numbers = |row: &Vec<(u32, StateId)>| row.iter().map(|(class, _)| *class).collect();
        let rows: Vec<Vec<u32>> = rows.map(numbers).collect();
        rows.into_iter().map(|row| self.set(row)).collect()
    }

    fn combination(&self, state: u32) -> Option<Combination> {
        let (left, truth) = self.states.get(state)?;
        let status = |(rule, left): (&&RuleParts, &u32)| rule.status(self.remainders.get(*left)?);
        let said = self.question.rules.iter().zip(left).map(status);
        Some(Combination { truth: *truth, said: said.collect::<Option<_>>()? })
    }

    /// The states that come of any of these with any of these classes.
    fn product(&mut self, states: u32, classes: u32) -> Result<u32, String> {
        if states == EMPTY || classes == EMPTY {
            return Ok(EMPTY);
        }
        if let Some(known) = self.products.get(&(states, classes)) {
            return Ok(*known);
        }
        let all = |set| self.sets.get(set).cloned().unwrap_or_default();
        let (each_state, each_class) = (all(states), all(classes));
        let mut product = Vec::new();
        for state in &each_state {
            for class in &each_class {
                product.extend(self.step(*state, *class));
            }
            if self.states.all().len() > STATE_COUNT_MAX || self.member_count > MEMBER_COUNT_MAX {
                return Err("there are too many combinations of what its parts can be".to_owned());
            }
        }
        let product = self.set(product);
        self.products.insert((states, classes), product);
        Ok(product)
    }

    fn union(&mut self, one: u32, other: u32) -> u32 {
        if one == other || other == EMPTY {
            return one;
        }
        if one == EMPTY {
            return other;
        }
        let key = (one.min(other), one.max(other));
        if let Some(known) = self.unions.get(&key) {
            return *known;
        }
        let mut all = self.sets.get(one).cloned().unwrap_or_default();
        all.extend(self.sets.get(other).into_iter().flatten());
        let union = self.set(all);
        self.unions.insert(key, union);
        union
    }

    /// The number of a set.
    fn set(&mut self, mut members: Vec<u32>) -> u32 {
        members.sort_unstable();
        members.dedup();
        let (before, count) = (self.sets.all().len(), members.len());
        let number = self.sets.number(&members);
        if self.sets.all().len() > before {
            self.member_count += count;
        }
        number
    }

    /// The state after a slice adds what it has.
    fn step(&mut self, state: u32, class: u32) -> Option<u32> {
        if let Some(known) = self.steps.get(&(state, class)) {
            return Some(*known);
        }
        let (left, truth) = self.states.get(state)?.clone();
        let (values, more) = self.classes.get(class)?.clone();
        let mut next = Vec::with_capacity(left.len());
        for (rule, (left, values)) in left.into_iter().zip(values).enumerate() {
            next.push(self.settle(left, rule, values)?);
        }
        let next = self.states.number(&(next, truth.and(more)));
        self.steps.insert((state, class), next);
        Some(next)
    }

    fn settle(&mut self, left: u32, rule: usize, values: u32) -> Option<u32> {
        if let Some(known) = self.settled.get(&(left, rule, values)) {
            return Some(*known);
        }
        let parts = self.question.rules.get(rule)?;
        let settled = parts.settle(self.remainders.get(left)?, self.values.get(values)?);
        let number = self.remainders.number(&settled);
        self.settled.insert((left, rule, values), number);
        Some(number)
    }

    /// The hosts of slices, near the base operating system, that come together as a combination
    /// of these; and the fewest steps that what any slice sees of such a combination takes in this
    /// slice.
    pub(crate) fn nearest(
        &mut self,
        is_wanted: &dyn Fn(&Combination) -> bool,
        reached: &[Reached],
    ) -> Option<(Vec<StateId>, usize)> {
        if self.ways.is_empty() {
            self.ways = self.all_ways(reached)?;
        }
        let last = self.sets.get(*self.after.last()?.first()?)?;
        let is_end =
            |state: &&u32| self.combination(**state).is_some_and(|found| is_wanted(&found));
        let ends = last.iter().filter(is_end).map(|state| (0, *state));
        let ways = self.ways.last()?;
        let ends = ends.filter_map(|end| Some((end, ways.get(&end)?)));
        let ends: Vec<((u32, u32), &Way)> = ends.collect();
        let fewest = ends.iter().map(|(_, way)| way.longest).min()?;
        let (mut place, _) = *ends.iter().min_by_key(|(end, way)| (way.steps, *end))?;
        let mut hosts = vec![StateId(0); reached.len()];
        for (level, ways) in self.junction.levels.iter().zip(&self.ways).rev() {
            let way = ways.get(&place)?;
            *hosts.get_mut(level.slice)? = way.host;
            place = way.before;
        }
        Some((hosts, fewest))
    }

    /// For each level, the best ways to what there is after it.
    fn all_ways(&mut self, reached: &[Reached]) -> Option<Vec<Ways>> {
        let (junction, start) = (self.junction, Way::default());
        let mut all: Vec<Ways> = Vec::with_capacity(junction.levels.len());
        for level in &junction.levels {
            let found = self.found.get(level.slice)?.clone();
            let hosts = reached.get(level.slice)?;
            let length = |(class, host): &(u32, StateId)| (*class, *host, hosts.order(*host).len());
            let of_row = |row: &Vec<(u32, StateId)>| row.iter().map(length).collect();
            let found: Vec<Vec<(u32, StateId, usize)>> = found.iter().map(of_row).collect();
            let before: Vec<Vec<u32>> = match all.len().checked_sub(1) {
                None => vec![vec![0]],
                Some(place) => {
                    let sets = self.after.get(place)?.iter();
                    sets.map(|set| self.sets.get(*set).cloned().unwrap_or_default()).collect()
                }
            };
            let mut ways = Ways::default();
            for pair in &level.pairs {
                let states = before.get(pair.before as usize).into_iter().flatten();
                for state in states {
                    let place = (pair.before, *state);
                    let known = all.last().map_or(Some(&start), |ways| ways.get(&place));
                    let Some(known) = known.cloned() else { continue };
                    for (class, host, own) in found.get(pair.row as usize).into_iter().flatten() {
                        let next = (pair.after, self.step(*state, *class)?);
                        let way = Way {
                            steps: known.steps + own,
                            before: place,
                            host: *host,
                            longest: known.longest.max(*own),
                        };
                        match ways.entry(next) {
                            Entry::Vacant(vacant) => {
                                vacant.insert(way);
                            }
                            Entry::Occupied(mut best) => best.get_mut().or(way),
                        }
                    }
                }
            }
            all.push(ways);
        }
        Some(all)
    }
}

/// For each row and state, the best way to it.
type Ways = FxHashMap<(u32, u32), Way>;

/// A way from the beginning to a state.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// The steps to the nearest hosts of all slices on it, together.
    steps: usize,
    /// The row and state that come before.
    before: (u32, u32),
    /// The host of the slice.
    host: StateId,
    /// The fewest steps that the longest order on any way has.
    longest: usize,
}

impl Way {
    /// The better of two ways, with what holds of both.
    fn or(&mut self, other: Self) {
        let longest = self.longest.min(other.longest);
        if other < *self {
            *self = other;
        }
        self.longest = longest;
    }
}
