//! What one interaction group of a host needs.
//!
//! **Owns** the ways to begin a repair, and for each way how many updates of a group have to
//! follow: as sets of hosts with the same answer. **Must never know** other groups.
//!
//! The core is asked about hosts on which all other groups are in order. What follows is taken
//! backwards: a host is repaired by steps if it is in the preimage under these steps of those that
//! need nothing.
//!
//! **Start reading** at [`GroupNeeds::of`].

use crate::{Exact, HarnessError, Simulation};
use patchstate_servicing::{Host, Part};
use patchstate_space::{Relation, Set, Space, TooLarge};
use patchstate_terms::{Level, Step};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What is advised on a host.
pub type Advise<'a> = &'a (dyn Fn(&Host) -> Result<Vec<Step>, HarnessError> + Sync);

/// A way that leads a group nowhere.
const NOWHERE: u8 = u8::MAX;

/// How a repair can begin: steps that all groups see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The steps, by their places among those of the space.
    pub(super) steps: Vec<usize>,
    /// Whether the core could advise it: it never removes anything.
    pub(super) is_forwards: bool,
}

/// For each way, how many updates of a group have to follow; what several groups need adds up.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Needs {
    /// After the steps of the way, as the core sees the host that they really make.
    pub(super) follow: Vec<u8>,
    /// As the core foresees it on the host as it is, if it is then as it should be: what it advises
    /// may be more than is needed.
    pub(super) advised: Vec<u8>,
}

/// What one group of the hosts needs.
pub(super) struct GroupNeeds {
    /// The hosts, with all other groups emptied, on which something of this group is to be done.
    pub(super) faulty: Set,
    /// The same hosts and all others by what they need.
    pub(super) kinds: Vec<(Needs, Set)>,
}

/// What is the case on a host, and what the core advises.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    needs_repair: bool,
    /// By places among the steps of the space; `None` for a step that is not there, and where
    /// nothing is advised though something is to be done.
    advised: Option<Vec<usize>>,
}

/// Hosts by a number of steps; all others lead nowhere.
type ByCount = BTreeMap<u8, Set>;

impl Way {
    /// The ways that the steps of a space allow: none, a service pack, its removal, its removal and
    /// a service pack.
    pub(super) fn all(steps: &[Step]) -> Vec<Self> {
        let numbered = || steps.iter().enumerate();
        let packs: Vec<usize> = numbered()
            .filter(|(_, step)| matches!(step, Step::ApplyServicePack(_)))
            .map(|(number, _)| number)
            .collect();
        let removals = numbered().filter(|(_, step)| matches!(step, Step::RemoveServicePack(_)));
        let mut all = vec![Self { steps: Vec::new(), is_forwards: true }];
        all.extend(packs.iter().map(|pack| Self { steps: vec![*pack], is_forwards: true }));
        for (removal, _) in removals {
            all.push(Self { steps: vec![removal], is_forwards: false });
            let and_pack = |pack: &usize| Self { steps: vec![removal, *pack], is_forwards: false };
            all.extend(packs.iter().map(and_pack));
        }
        all
    }
}

impl Needs {
    /// Nothing, for so many ways.
    pub(super) fn none(way_count: usize) -> Self {
        Self { follow: vec![0; way_count], advised: vec![0; way_count] }
    }

    /// What two groups need together.
    pub(super) fn and(&self, other: &Self) -> Self {
        let sum = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.saturating_add(*b)).collect();
        Self {
            follow: sum(&self.follow, &other.follow),
            advised: sum(&self.advised, &other.advised),
        }
    }

    /// The length of the core's remedy, if one works.
    pub(super) fn remedy(&self, ways: &[Way]) -> Option<usize> {
        least(ways, &self.advised)
    }

    /// The length of the shortest repair of all ways, if there is one.
    pub(super) fn shortest(&self, ways: &[Way]) -> Option<usize> {
        let really = least(ways, &self.follow);
        really.into_iter().chain(self.remedy(ways)).min()
    }
}

fn least(ways: &[Way], updates: &[u8]) -> Option<usize> {
    let known = ways.iter().zip(updates).filter(|(_, more)| **more != NOWHERE);
    known.map(|(way, more)| way.steps.len() + usize::from(*more)).min()
}

impl GroupNeeds {
    /// What a group of the hosts needs.
    pub(super) fn of(
        exact: &mut Exact,
        group: usize,
        ways: &[Way],
        simulation: &Simulation,
        advise: Advise<'_>,
    ) -> Result<Self, HarnessError> {
        let is_update: Vec<bool> =
            exact.steps.iter().map(|step| matches!(step, Step::InstallUpdate { .. })).collect();
        let hosts = exact.space.of_group(group)?;
        let answers = answers(exact, (group, hosts), simulation, advise)?;
        let space = &mut exact.space;
        let of_ill = answers.iter().filter(|(answer, _)| answer.needs_repair).map(|(_, set)| *set);
        let faulty = space.diagrams().union_of(of_ill)?;
        let well = space.diagrams().difference(hosts, faulty)?;
        let level = |host: &Host| simulation.model().view(host).level();
        let all = |hosts: &[Host]| Ok::<_, TooLarge>(vec![hosts.iter().map(level).collect()]);
        let levels = space.divide(hosts, |part| part == Part::Level, all)?.pop();
        let mut group = Group {
            space,
            number: group,
            hosts,
            levels: levels.unwrap_or_default(),
            answers,
            is_update,
            moves: FxHashMap::default(),
            repaired: FxHashMap::from_iter([(Vec::new(), well)]),
        };
        Ok(Self { faulty, kinds: group.kinds(ways)? })
    }
}

/// Asks truth and core about each combination of what a group shows.
fn answers(
    exact: &mut Exact,
    (group, hosts): (usize, Set),
    simulation: &Simulation,
    advise: Advise<'_>,
) -> Result<BTreeMap<Answer, Set>, HarnessError> {
    let (steps, model) = (&exact.steps, simulation.model());
    let groups = exact.space.groups().clone();
    let place = |step: &Step| steps.iter().position(|known| known == step);
    let ask = |host: &Host| {
        let host = model.with_others_in_order(&groups, group, host);
        let needs_repair = !super::is_well(simulation.truth(&host).status);
        let remedy = advise(&host)?;
        let advised: Option<Vec<usize>> = remedy.iter().map(place).collect();
        let advised = advised.filter(|steps| !steps.is_empty() || !needs_repair);
        Ok::<_, HarnessError>(Answer { needs_repair, advised })
    };
    let all = |hosts: &[Host]| {
        let answers: Result<Vec<Answer>, HarnessError> = hosts.par_iter().map(ask).collect();
        answers.map(|answers| vec![answers])
    };
    Ok(exact.space.divide(hosts, Part::shows, all)?.pop().unwrap_or_default())
}

/// A group in the making.
struct Group<'a> {
    space: &'a mut Space,
    number: usize,
    hosts: Set,
    levels: BTreeMap<Level, Set>,
    answers: BTreeMap<Answer, Set>,
    /// For each step, whether it installs an update.
    is_update: Vec<bool>,
    /// What steps do, and where they do something.
    moves: FxHashMap<usize, (Relation, Set)>,
    /// The hosts that steps make into such that need nothing.
    repaired: FxHashMap<Vec<usize>, Set>,
}

impl Group<'_> {
    /// The hosts by what they need.
    fn kinds(&mut self, ways: &[Way]) -> Result<Vec<(Needs, Set)>, TooLarge> {
        let seen = self.seen()?;
        let (mut follow, mut advised) = (Vec::new(), Vec::new());
        for way in ways {
            let mut after = ByCount::new();
            for (count, set) in &seen {
                after.insert(*count, self.before(&way.steps, *set)?);
            }
            advised.push(self.foreseen(way, &after)?);
            follow.push(after);
        }
        let columns: Vec<&ByCount> = follow.iter().chain(&advised).collect();
        let rows = self.rows(&columns)?;
        let needs = |(row, set): (Vec<u8>, Set)| {
            let (follow, advised) = row.split_at(ways.len());
            (Needs { follow: follow.to_vec(), advised: advised.to_vec() }, set)
        };
        Ok(rows.into_iter().map(needs).collect())
    }

    /// The hosts by the number of updates that the core advises, where it advises nothing else and
    /// that helps.
    fn seen(&mut self) -> Result<ByCount, TooLarge> {
        let mut seen = ByCount::new();
        for (answer, set) in self.answers.clone() {
            let Some((count, steps)) = self.updates(answer.advised.as_deref()) else { continue };
            let repaired = self.repaired(steps)?;
            let of_it = self.space.diagrams().intersection(set, repaired)?;
            self.add(&mut seen, count, of_it)?;
        }
        Ok(seen)
    }

    /// The hosts by the number of updates that the core foresees behind a way, given how many it
    /// sees there.
    fn foreseen(&mut self, way: &Way, after: &ByCount) -> Result<ByCount, TooLarge> {
        let mut foreseen = ByCount::new();
        if !way.is_forwards {
            return Ok(foreseen);
        }
        let raised = self.raised(&way.steps)?;
        for (answer, set) in self.answers.clone() {
            let Some(advised) = &answer.advised else { continue };
            // A service pack of the level that a host has leaves what there was to do; one of a
            // higher level does not.
            let (rest, own) = if let Some(rest) = advised.strip_prefix(way.steps.as_slice()) {
                (rest, set)
            } else {
                let of_it = self.space.diagrams().intersection(set, raised)?;
                for (count, after) in after {
                    let of_it = self.space.diagrams().intersection(of_it, *after)?;
                    self.add(&mut foreseen, *count, of_it)?;
                }
                (advised.as_slice(), self.space.diagrams().difference(set, raised)?)
            };
            let Some((count, rest)) = self.updates(Some(rest)) else { continue };
            let all = [way.steps.as_slice(), rest].concat();
            let repaired = self.repaired(&all)?;
            let of_it = self.space.diagrams().intersection(own, repaired)?;
            self.add(&mut foreseen, count, of_it)?;
        }
        Ok(foreseen)
    }

    /// Steps that are updates and nothing else, with their number.
    fn updates<'s>(&self, steps: Option<&'s [usize]>) -> Option<(u8, &'s [usize])> {
        let is_update = |step: &usize| self.is_update.get(*step) == Some(&true);
        let steps = steps.filter(|steps| steps.iter().all(is_update))?;
        Some((u8::try_from(steps.len()).ok().filter(|count| *count != NOWHERE)?, steps))
    }

    /// The hosts that steps bring to another level.
    fn raised(&mut self, steps: &[usize]) -> Result<Set, TooLarge> {
        let mut raised = Set::EMPTY;
        for set in self.levels.clone().into_values() {
            let same = self.before(steps, set)?;
            let moved = self.space.diagrams().difference(set, same)?;
            raised = self.space.diagrams().union(raised, moved)?;
        }
        Ok(raised)
    }

    /// The hosts that steps make into such that need nothing.
    fn repaired(&mut self, steps: &[usize]) -> Result<Set, TooLarge> {
        if let Some(known) = self.repaired.get(steps) {
            return Ok(*known);
        }
        let Some((first, rest)) = steps.split_first() else { return Ok(Set::EMPTY) };
        let behind = self.repaired(rest)?;
        let repaired = self.before_step(*first, behind)?;
        self.repaired.insert(steps.to_vec(), repaired);
        Ok(repaired)
    }

    /// The hosts that steps make into one of a set.
    fn before(&mut self, steps: &[usize], set: Set) -> Result<Set, TooLarge> {
        steps.iter().rev().try_fold(set, |set, step| self.before_step(*step, set))
    }

    /// The same for one step. One that is refused, or has nothing to do, leaves a host as it is.
    fn before_step(&mut self, step: usize, set: Set) -> Result<Set, TooLarge> {
        let (relation, moved) = if let Some(known) = self.moves.get(&step) {
            *known
        } else {
            let relation = self.space.relation_in_group(step, self.number)?;
            let moved = self.space.diagrams().preimage(self.hosts, relation)?;
            self.moves.insert(step, (relation, moved));
            (relation, moved)
        };
        let diagrams = self.space.diagrams();
        let before = diagrams.preimage(set, relation)?;
        let before = diagrams.intersection(before, self.hosts)?;
        let stays = diagrams.difference(set, moved)?;
        diagrams.union(before, stays)
    }

    fn add(&mut self, known: &mut ByCount, count: u8, set: Set) -> Result<(), TooLarge> {
        if !set.is_empty() {
            let all = known.entry(count).or_insert(Set::EMPTY);
            *all = self.space.diagrams().union(*all, set)?;
        }
        Ok(())
    }

    /// The hosts by their counts in several columns.
    fn rows(&mut self, columns: &[&ByCount]) -> Result<Vec<(Vec<u8>, Set)>, TooLarge> {
        let mut rows = vec![(Vec::with_capacity(columns.len()), self.hosts)];
        for (place, column) in columns.iter().enumerate() {
            // Many ways come to the same.
            if let Some(same) = columns.iter().take(place).position(|known| known == column) {
                for (row, _) in &mut rows {
                    row.push(row[same]);
                }
                continue;
            }
            let mut divided = Vec::new();
            for (row, set) in rows {
                let mut left = set;
                for (count, of_count) in *column {
                    let part = self.space.diagrams().intersection(left, *of_count)?;
                    if !part.is_empty() {
                        divided.push(([row.as_slice(), &[*count]].concat(), part));
                        left = self.space.diagrams().difference(left, part)?;
                    }
                }
                if !left.is_empty() {
                    divided.push(([row.as_slice(), &[NOWHERE]].concat(), left));
                }
            }
            rows = divided;
        }
        Ok(rows)
    }
}
