//! The core's remedies over the whole scope.
//!
//! A remedy is steps that every slice sees, such as a service pack, and updates, of which each is
//! of one slice. What slices need after the steps that all of them see adds up: so it is enough to
//! know, for every host of a slice and for each *way* to begin a repair (nothing, a service pack,
//! its removal, its removal and a service pack), how many updates of the slice have to follow. On a
//! combination of hosts the core takes what it foresees to be the shortest of the ways without a
//! removal, for files show no backups; a shorter repair can begin with one.
//!
//! **Owns** what remedies come to on every combination, and orders that show where they are too
//! long. **Must never know** how the core finds a remedy.
//!
//! **Start reading** at [`Patients::compose`].

mod composed;
mod order;

use super::{
    Advice, Composed, ComposedCase, carry_out,
    remedies::{Foresight, Trial},
    works,
};
use crate::{HarnessError, Looks, Reached, Simulation, Slicing, numbered::Numbered, reach::Held};
use composed::Combinations;
use patchstate_explore::StateId;
use patchstate_terms::Step;
use rayon::prelude::*;

/// A way that leads a host of a slice nowhere.
const NOWHERE: u8 = u8::MAX;

/// Hosts that one thread looks at in one go.
const CHUNK: usize = 1 << 13;

/// How a repair can begin: steps that all slices have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    pub(crate) all: Vec<Way>,
}

/// One beginning of a repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) steps: Vec<Step>,
    /// Whether the core could advise it: it never removes anything.
    pub(crate) is_forwards: bool,
}

/// What is to be known of a host of a slice: whether it needs a repair, and for each way how many
/// updates have to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Needs {
    pub(crate) is_ill: bool,
    /// After the steps of the way, as the core sees the host that they really make.
    pub(crate) follow: Vec<u8>,
    /// As the core foresees it on the host as it is, if it is then as it should be: what it advises
    /// may be more than is needed.
    pub(crate) advised: Vec<u8>,
}

/// What every host of a slice needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct SliceNeeds {
    /// For each host, the number of its needs.
    pub(crate) of: Vec<u32>,
    pub(crate) kinds: Numbered<Needs>,
}

impl Ways {
    /// The ways that the steps of a search allow.
    pub(crate) fn of(reached: &Reached) -> Self {
        let steps = || reached.steps().iter().map(|(step, _)| step);
        let packs = || steps().filter(|step| matches!(step, Step::ApplyServicePack(_)));
        let removals = || steps().filter(|step| matches!(step, Step::RemoveServicePack(_)));
        let mut all = vec![Way { steps: Vec::new(), is_forwards: true }];
        all.extend(packs().map(|pack| Way { steps: vec![pack.clone()], is_forwards: true }));
        for removal in removals() {
            let way = |more: &[&Step]| {
                let steps = [&[removal], more].concat().into_iter().cloned().collect();
                Way { steps, is_forwards: false }
            };
            all.push(way(&[]));
            all.extend(packs().map(|pack| way(&[pack])));
        }
        Self { all }
    }
}

/// Everything that is known of the slices of one architecture, each searched completely.
#[derive(Clone, Copy, Debug)]
pub struct Patients<'a> {
    /// The slices.
    pub slicing: &'a Slicing,
    /// What each has reached.
    pub reached: &'a [Reached],
    /// The looks of each.
    pub looks: &'a [Looks],
    /// What is the case, and what the core advises, on each look of each.
    pub advice: &'a [Vec<Advice>],
    /// A simulation of the whole catalog.
    pub whole: &'a Simulation,
}

impl Patients<'_> {
    /// What the core's remedies come to on every combination, with up to `count_max` hosts that
    /// show where they are too long; `None` where that cannot be told.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub fn compose(&self, count_max: usize) -> Result<Option<Composed>, HarnessError> {
        let ways = self.reached.first().map(Ways::of).unwrap_or_default();
        let looked = self.reached.iter().zip(self.looks).zip(self.advice);
        let trials: Vec<Trial<'_>> = looked
            .map(|((reached, looks), advice)| Trial::new(reached, looks, advice, self.whole))
            .collect();
        let slices = self.reached.iter().zip(&trials);
        let slices: Vec<Slice<'_>> =
            slices.map(|(reached, trial)| Slice::new(&ways, reached, trial)).collect();
        let needs: Vec<SliceNeeds> = slices.iter().map(Slice::all_needs).collect();
        let junction = self.slicing.junction(self.reached);
        let found = Combinations::of(&ways, &junction, &needs, self.reached);
        let Some(combinations) = found else { return Ok(None) };
        let mut composed = combinations.sum_up();
        let mut kinds: Vec<(Option<(usize, usize)>, u128)> = vec![];
        if composed.working < composed.checked {
            kinds.push((None, composed.checked - composed.working));
        }
        let lengths = composed.by_lengths.iter().map(|(lengths, count)| (Some(*lengths), *count));
        let mut too_long: Vec<_> = lengths.filter(|(l, _)| excess(*l) > 0).collect();
        too_long.sort_by_key(|(lengths, _)| std::cmp::Reverse(excess(*lengths)));
        kinds.extend(too_long);
        for (lengths, count) in kinds {
            if composed.failing_cases.len() + composed.longer_cases.len() >= count_max {
                break;
            }
            let Some(hosts) = combinations.nearest(lengths) else { continue };
            let wanted: Vec<Option<Needs>> =
                hosts.iter().zip(&needs).map(|(host, needs)| needs.get(*host)).collect();
            let is_there = |number: usize, host: Held| {
                let (mut after, mut needs) = (Vec::new(), Needs::default());
                let known = slices.get(number).and_then(|s| Some((s, s.trial.look(host)?)));
                known.is_some_and(|(slice, look)| {
                    slice.needs(host, look, &mut after, &mut needs);
                    wanted.get(number).is_some_and(|wanted| wanted.as_ref() == Some(&needs))
                })
            };
            for order in order::merged(self.reached, &hosts, &is_there) {
                let Some(case) = self.case(&ways, order, lengths, count)? else { continue };
                match lengths {
                    None => composed.failing_cases.push(case),
                    Some(_) => composed.longer_cases.push(case),
                }
                break;
            }
        }
        Ok(Some(composed))
    }

    /// What is the case on the host that an order leads to, if it is what is looked for.
    fn case(
        &self,
        ways: &Ways,
        order: Vec<Step>,
        lengths: Option<(usize, usize)>,
        combinations: u128,
    ) -> Result<Option<ComposedCase>, HarnessError> {
        let (whole, words) = (self.whole, order.iter().map(ToString::to_string));
        let host = whole.follow(&words.collect::<Vec<_>>())?;
        let remedy = whole.judge(&whole.tree(&host)?).remedy;
        let mut shorter: Option<Vec<Step>> = None;
        for way in &ways.all {
            let mut steps = way.steps.clone();
            let Some(after) = carry_out(whole, &host, &steps) else { continue };
            steps.extend(whole.judge(&whole.tree(&after)?).remedy);
            let is_shorter = shorter.as_ref().is_none_or(|known| steps.len() < known.len());
            if is_shorter && works(whole, &host, &steps) {
                shorter = Some(steps);
            }
        }
        let does_work = works(whole, &host, &remedy);
        let is_wanted = match lengths {
            None => !does_work,
            Some(lengths) => {
                does_work && shorter.as_ref().map(|s| (remedy.len(), s.len())) == Some(lengths)
            }
        };
        let architecture = whole.model().architecture();
        let case = ComposedCase { architecture, combinations, order, remedy, shorter };
        Ok(is_wanted.then_some(case))
    }
}

/// How many steps too long a remedy is.
fn excess(lengths: Option<(usize, usize)>) -> usize {
    lengths.map_or(0, |(remedy, shortest)| remedy.saturating_sub(shortest))
}

impl SliceNeeds {
    /// Adds what the next host needs.
    fn add(&mut self, needs: &Needs) {
        self.of.push(self.kinds.number(needs));
    }

    fn get(&self, host: StateId) -> Option<Needs> {
        self.kinds.get(*self.of.get(host.0 as usize)?).cloned()
    }
}

/// One slice with the ways in its own numbers of steps.
struct Slice<'a> {
    reached: &'a Reached,
    trial: &'a Trial<'a>,
    way_count: usize,
    /// For each look and way, what the core foresees; nothing behind a removal.
    foresights: Vec<Vec<Option<Foresight<'a>>>>,
    /// Where ways go on together.
    forks: Vec<Fork>,
}

/// Ways that have the same beginning, and where they go from there.
struct Fork {
    /// A way that ends here.
    from: usize,
    /// For each step of the search, the ways that go on with it.
    next: Vec<Vec<usize>>,
}

impl<'a> Slice<'a> {
    fn new(ways: &Ways, reached: &'a Reached, trial: &'a Trial<'a>) -> Self {
        let fork = |(from, begin): (usize, &Way)| {
            let goes_on = |step: &Step| {
                let is_next = |way: &Way| {
                    let rest = way.steps.strip_prefix(begin.steps.as_slice());
                    rest.and_then(<[Step]>::first) == Some(step)
                };
                let numbered = ways.all.iter().enumerate();
                numbered.filter(|(_, way)| is_next(way)).map(|(way, _)| way).collect()
            };
            let next: Vec<Vec<usize>> =
                reached.steps().iter().map(|(step, _)| goes_on(step)).collect();
            next.iter().any(|ways| !ways.is_empty()).then_some(Fork { from, next })
        };
        let forks = ways.all.iter().enumerate().filter_map(fork).collect();
        let number = |step: &Step| reached.steps().iter().position(|(known, _)| known == step);
        let numbers = |way: &Way| -> Vec<usize> { way.steps.iter().filter_map(number).collect() };
        let begins = ways.all.iter().map(|way| way.is_forwards.then(|| numbers(way)));
        let begins: Vec<Option<Vec<usize>>> = begins.collect();
        let foresight = |look| {
            let begins = begins.iter().map(|begin| trial.foresight(look, begin.as_deref()?));
            begins.collect()
        };
        let foresights = (0..trial.look_count()).map(foresight).collect();
        Self { reached, trial, way_count: ways.all.len(), foresights, forks }
    }

    /// What every host needs.
    fn all_needs(&self) -> SliceNeeds {
        let host_count = self.reached.host_count();
        let count = u32::try_from(host_count).unwrap_or(u32::MAX);
        let starts: Vec<u32> = (0..count).step_by(CHUNK).collect();
        let chunk = |start: &u32| {
            let mut found = SliceNeeds::default();
            let (mut needs, mut after) = (Needs::default(), Vec::new());
            for id in (*start..count).take(CHUNK).map(StateId) {
                let known = self.reached.held(id).zip(self.trial.look_of(id));
                let is_known = known.map(|(host, look)| {
                    self.needs(host, look, &mut after, &mut needs);
                });
                if is_known.is_none() {
                    // Nothing is known to repair it.
                    let nowhere = vec![NOWHERE; self.way_count];
                    needs = Needs { is_ill: true, follow: nowhere.clone(), advised: nowhere };
                }
                found.add(&needs);
            }
            found
        };
        let chunks: Vec<SliceNeeds> = starts.par_iter().map(chunk).collect();
        let mut all = SliceNeeds::default();
        all.of.reserve(host_count);
        for chunk in chunks {
            for kind in &chunk.of {
                chunk.kinds.get(*kind).into_iter().for_each(|needs| all.add(needs));
            }
        }
        all
    }

    /// Tells what a host of a look needs; `after` is there to be used again.
    fn needs(&self, host: Held, look: usize, after: &mut Vec<Held>, needs: &mut Needs) {
        self.go(host, after);
        needs.is_ill = self.trial.is_ill(look);
        needs.follow.clear();
        needs.advised.clear();
        let foresights = self.foresights.get(look).map_or(&[][..], Vec::as_slice);
        for (place, end) in after.iter().enumerate() {
            let foresight = foresights.get(place).copied().flatten();
            let before = after.iter().take(place).position(|known| known == end);
            let known = before.and_then(|before| needs.follow.get(before).copied());
            let [seen, foreseen] = if let (Some(known), None) = (known, foresight) {
                [known, NOWHERE]
            } else {
                let found = self.trial.updates_after(look, foresight, *end);
                found.map(|found| found.unwrap_or(NOWHERE))
            };
            needs.follow.push(seen);
            needs.advised.push(foreseen);
        }
    }

    /// Puts in the host after each way. A step that is refused, or has nothing to do, leaves it as
    /// it is.
    fn go(&self, host: Held, after: &mut Vec<Held>) {
        after.clear();
        after.resize(self.way_count, host);
        for fork in &self.forks {
            let Some(begin) = after.get(fork.from).copied() else { continue };
            let mut set = |way: &usize, host| {
                if let Some(after) = after.get_mut(*way) {
                    *after = host;
                }
            };
            fork.next.iter().flatten().for_each(|way| set(way, begin));
            let is_wanted = |step: usize| fork.next.get(step).is_some_and(|ways| !ways.is_empty());
            self.reached.go_on_where(begin, is_wanted, &mut |step, next| {
                let ways = fork.next.get(step).into_iter().flatten();
                ways.for_each(|way| set(way, next));
            });
        }
    }
}
