//! What one interaction group of a host needs.
//!
//! **Owns** the ways of a repair, and for each way how many updates of a group come with it: as
//! sets of hosts with the same answer. **Must never know** other groups.
//!
//! The core is asked about hosts on which all other groups are in order. What repairs a host is
//! found backwards: it is in the preimage under the steps of those that need nothing.
//!
//! A package that refuses because of files of another group is taken here as if it did not. At the
//! end of a repair that is so: the updates of the other groups can go first, and then no file of
//! these is behind. Further before, it can make what is found here shorter than what there is, and
//! never longer: a remedy that is not longer than this is certainly a shortest one.
//!
//! A bridging update is a step of the way: it counts once, whatever groups need it, and goes in
//! once at most. Which branch it takes can depend on another group. Where that makes a difference,
//! what helps on one of the branches counts as a repair, and what is advised has to help on both.
//!
//! A step is followed by the restart that it requires, as in `remedies.rs`. From a host that waits
//! for a restart nothing else leads on: it needs what the host behind the restart needs, and one
//! step more.
//!
//! **Start reading** at [`GroupNeeds::of`].

use crate::{Exact, Simulation, StudyError};
use patchstate_catalog::UpdateId;
use patchstate_servicing::{Action, Followed, Host, Part};
use patchstate_space::{Relation, Set, Space, TooLarge};
use patchstate_terms::{Level, Step};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
};

/// What is advised on a host.
pub type Advise<'a> = &'a (dyn Fn(&Host) -> Result<Vec<Step>, StudyError> + Sync);

/// A way that leads a group nowhere.
const NOWHERE: u8 = u8::MAX;

/// The steps of a repair that several groups see, in their order: service packs, and bridging
/// updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The steps, by their places among those of the space.
    pub(super) steps: Vec<usize>,
    /// Whether a service pack is removed first.
    pub(super) removes: bool,
    /// Whether a bridging update is installed.
    pub(super) bridges: bool,
}

/// For each way, how many updates of a group come with it; what several groups need adds up.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Needs {
    /// The fewest that repair the group, wherever they stand between the steps of the way.
    pub(super) fewest: Vec<u8>,
    /// As the core foresees it on the host as it is, if it is then as it should be: what it advises
    /// may be more than is needed.
    pub(super) advised: Vec<u8>,
    /// How many restarts the host waits for before all that: one, or none. All groups say the same.
    pub(super) restarts: u8,
}

/// How long the remedy of some hosts is, and how long a repair has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lengths {
    /// The core's remedy, if it works.
    pub(super) remedy: Option<usize>,
    /// The shortest additive repair, if there is one.
    pub(super) additive: Option<usize>,
    /// The shortest repair of all ways, if there is one.
    pub(super) shortest: Option<usize>,
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

impl Lengths {
    /// How many steps longer the remedy is than the shortest additive repair.
    pub(super) fn excess(&self) -> usize {
        let both = self.remedy.zip(self.additive);
        both.map_or(0, |(remedy, additive)| remedy.saturating_sub(additive))
    }

    /// Whether there is an additive repair, and a shorter one that removes something.
    pub(super) fn gains_by_removal(&self) -> bool {
        self.additive.is_some() && self.shortest < self.additive
    }
}

impl Way {
    /// The ways that the steps of a space allow. Those that remove nothing apply service packs, a
    /// lower one before a higher one: applied again, or below the level of the host, a service
    /// pack finds nothing to do that a single one does not do. The others remove a service pack
    /// first, and may apply one then. Each bridging update may go in once, wherever the host can be
    /// at a level that it has files for.
    pub(super) fn all(exact: &Exact) -> Vec<Self> {
        let mut all = Self::of_packs(&exact.steps);
        let model = exact.space.model();
        for update in model.bridging_updates(exact.space.groups()) {
            let installs = |action: &Action| match action {
                Action::InstallUpdate { update: of, .. } => *of == update,
                _ => false,
            };
            let actions = exact.space.actions().iter().enumerate();
            let installations: Vec<(usize, Action)> =
                actions.filter(|(_, a)| installs(a)).map(|(step, a)| (step, *a)).collect();
            let mut with = Vec::new();
            for (way, place) in all.iter().flat_map(|way| way.places().map(move |p| (way, p))) {
                let (before, behind) = way.steps.split_at(place);
                let levels = levels_between(exact, before, behind);
                for (step, action) in &installations {
                    if levels.iter().any(|level| is_for(exact, *action, *level)) {
                        let steps = [before, &[*step], behind].concat();
                        with.push(Self { steps, bridges: true, ..*way });
                    }
                }
            }
            all.extend(with);
        }
        all
    }

    /// The places between the steps, before and behind them.
    fn places(&self) -> RangeInclusive<usize> {
        0..=self.steps.len()
    }

    /// The ways that are service packs only.
    fn of_packs(steps: &[Step]) -> Vec<Self> {
        let packs = steps.iter().enumerate().filter_map(|(number, step)| match step {
            Step::ApplyServicePack(level) => Some((*level, number)),
            _ => None,
        });
        let mut packs: Vec<(Level, usize)> = packs.collect();
        packs.sort_unstable();
        let mut rising = vec![Vec::new()];
        for (_, pack) in &packs {
            let longer: Vec<Vec<usize>> =
                rising.iter().map(|steps| [steps.as_slice(), &[*pack]].concat()).collect();
            rising.extend(longer);
        }
        let way = |removes| move |steps| Self { steps, removes, bridges: false };
        let mut all: Vec<Self> = rising.into_iter().map(way(false)).collect();
        let numbered = steps.iter().enumerate();
        let removals = numbered.filter(|(_, step)| matches!(step, Step::RemoveServicePack(_)));
        for (removal, _) in removals {
            let and_pack = |(_, pack): &(Level, usize)| vec![removal, *pack];
            let removing = std::iter::once(vec![removal]).chain(packs.iter().map(and_pack));
            all.extend(removing.map(way(true)));
        }
        all
    }
}

/// The levels that a host can be at behind some steps, if it goes on with others.
fn levels_between(exact: &Exact, before: &[usize], behind: &[usize]) -> Vec<Level> {
    let step = |place: &usize| exact.steps.get(*place);
    let model = exact.space.model();
    let lowest = model.facts().media.iter().copied().min();
    let is_reached = |level: Level| {
        let is_behind = before.iter().filter_map(step).all(|step| match step {
            Step::ApplyServicePack(pack) => level >= *pack,
            _ => true,
        });
        // What is removed first is the host's own level, and then it is at a lower one.
        let removed = |steps: &[usize]| match steps.first().and_then(step) {
            Some(Step::RemoveServicePack(pack)) => Some(*pack),
            _ => None,
        };
        let packs = before.iter().filter_map(step);
        let is_raised = packs.clone().any(|step| matches!(step, Step::ApplyServicePack(_)));
        let is_below = is_raised || removed(before).is_none_or(|pack| level < pack);
        is_behind && is_below && removed(behind).is_none_or(|pack| level == pack)
    };
    let levels = model.catalog().level_ids();
    let levels = levels.filter(|level| lowest.is_some_and(|low| low <= *level));
    levels.filter(|level| is_reached(*level)).collect()
}

/// Whether a package has files for a level.
fn is_for(exact: &Exact, action: Action, level: Level) -> bool {
    let Action::InstallUpdate { update, release, .. } = action else { return false };
    let release = exact.space.model().catalog().update(update).release(release);
    release.is_some_and(|release| !release.table(level).is_empty())
}

impl Needs {
    /// Nothing, for so many ways.
    pub(super) fn none(way_count: usize) -> Self {
        Self { fewest: vec![0; way_count], advised: vec![0; way_count], restarts: 0 }
    }

    /// What two groups need together.
    pub(super) fn and(&self, other: &Self) -> Self {
        let sum = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.saturating_add(*b)).collect();
        Self {
            fewest: sum(&self.fewest, &other.fewest),
            advised: sum(&self.advised, &other.advised),
            restarts: self.restarts.max(other.restarts),
        }
    }

    /// How long remedy and repairs are.
    pub(super) fn lengths(&self, ways: &[Way]) -> Lengths {
        let least = |updates: &[u8], is_one: fn(&Way) -> bool| {
            let known = ways.iter().zip(updates).filter(|(_, count)| **count != NOWHERE);
            let known = known.filter(|(way, _)| is_one(way));
            let restarts = usize::from(self.restarts);
            known.map(|(way, count)| restarts + way.steps.len() + usize::from(*count)).min()
        };
        // On a host with one group in disorder a bridging update may be as good as what is advised,
        // and does not show. Where it is better than that on others, the remedy is not known.
        let bridged = least(&self.fewest, |way| way.bridges && !way.removes);
        let remedy = least(&self.advised, |_| true);
        let is_known = |remedy: &usize| bridged.is_none_or(|bridged| *remedy <= bridged);
        Lengths {
            remedy: remedy.filter(is_known),
            additive: least(&self.fewest, |way| !way.removes),
            shortest: least(&self.fewest, |_| true),
        }
    }
}

impl GroupNeeds {
    /// What a group of the hosts needs.
    pub(super) fn of(
        exact: &mut Exact,
        group: usize,
        ways: &[Way],
        simulation: &Simulation,
        advise: Advise<'_>,
    ) -> Result<Self, StudyError> {
        let kinds_of_steps = kinds_of_steps(exact);
        let (hosts, waiting) = by_waiting(exact, group)?;
        // Behind a restart are hosts that the core was asked about already.
        let known = Mutex::new(FxHashMap::default());
        let remember = |host: &Host| {
            let asked = |known: &FxHashMap<Host, Vec<Step>>| known.get(host).cloned();
            if let Some(remedy) = asked(&known.lock().unwrap_or_else(PoisonError::into_inner)) {
                return Ok(remedy);
            }
            let remedy = advise(host)?;
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(host.clone(), remedy.clone());
            Ok(remedy)
        };
        let advise: Advise<'_> = if waiting.is_empty() { advise } else { &remember };
        let answers = answers(exact, (group, hosts), simulation, advise)?;
        let told = told(exact, (group, waiting), simulation, advise)?;
        let restart = exact.steps.iter().position(|step| *step == Step::Restart);
        let model = exact.space.model();
        let own: BTreeSet<UpdateId> = model.updates_of_group(exact.space.groups(), group).collect();
        let of_group = |(_, action): &(usize, &Action)| match action {
            Action::InstallUpdate { update, .. } => own.contains(update),
            _ => false,
        };
        let actions = exact.space.actions().iter().enumerate();
        let updates = actions.filter(of_group).map(|(step, _)| step).collect();
        let space = &mut exact.space;
        let of_ill = answers.iter().filter(|(answer, _)| answer.needs_repair).map(|(_, set)| *set);
        let mut faulty = space.diagrams().union_of(of_ill)?;
        let well = space.diagrams().difference(hosts, faulty)?;
        for ((needs_repair, _), set) in &told {
            if *needs_repair {
                faulty = space.diagrams().union(faulty, *set)?;
            }
        }
        let level = |host: &Host| simulation.model().view(host).level();
        let all = |hosts: &[Host]| Ok::<_, TooLarge>(vec![hosts.iter().map(level).collect()]);
        let levels = space.divide(hosts, |part| part == Part::Level, all)?.pop();
        let mut group = Group {
            space,
            number: group,
            hosts,
            levels: levels.unwrap_or_default(),
            answers,
            kinds_of_steps,
            updates,
            well,
            moves: FxHashMap::default(),
            repaired: FxHashMap::from_iter([(Vec::new(), well)]),
            fewest: FxHashMap::default(),
        };
        let mut kinds = group.kinds(ways)?;
        if !waiting.is_empty() {
            kinds.extend(group.waiting(&kinds, waiting, restart, &told)?);
        }
        Ok(Self { faulty, kinds })
    }
}

/// A number of updates of a way.
fn count(updates: usize) -> Option<u8> {
    u8::try_from(updates).ok().filter(|count| *count != NOWHERE)
}

/// The hosts of a group on which nothing waits for a restart, and those on which something does.
fn by_waiting(exact: &mut Exact, group: usize) -> Result<(Set, Set), TooLarge> {
    let hosts = exact.space.of_group(group)?;
    let model = exact.space.model().clone();
    let waits = |host: &Host| model.view(host).waits();
    let all = |hosts: &[Host]| Ok::<_, TooLarge>(vec![hosts.iter().map(waits).collect()]);
    let divided = exact.space.divide(hosts, |part| part == Part::Waits, all)?.pop();
    let divided = divided.unwrap_or_default();
    let of = |waits: bool| divided.get(&waits).copied().unwrap_or(Set::EMPTY);
    Ok((of(false), of(true)))
}

/// Hosts that wait for a restart: whether they need a repair, and whether the core advises the
/// restart and then what it advises behind that.
type Told = BTreeMap<(bool, bool), Set>;

/// Asks truth and core about each combination of what a group of hosts that wait shows.
fn told(
    exact: &mut Exact,
    (group, waiting): (usize, Set),
    simulation: &Simulation,
    advise: Advise<'_>,
) -> Result<Told, StudyError> {
    let (groups, model) = (exact.space.groups().clone(), simulation.model());
    let ask = |host: &Host| {
        // Where files of another group wait, this one says nothing of the restart.
        let host = model.with_others_in_order(&groups, group, host);
        let needs_repair = !super::is_well(simulation.truth(&host).status);
        let is_told = !model.view(&host).waits() || {
            let behind = advise(&model.restarted(&host))?;
            advise(&host)?.split_first() == Some((&Step::Restart, behind.as_slice()))
        };
        Ok::<_, StudyError>((needs_repair, is_told))
    };
    let all = |hosts: &[Host]| {
        let answers: Result<Vec<_>, StudyError> = hosts.par_iter().map(ask).collect();
        answers.map(|answers| vec![answers])
    };
    Ok(exact.space.divide(waiting, Part::shows, all)?.pop().unwrap_or_default())
}

/// Asks truth and core about each combination of what a group shows.
fn answers(
    exact: &mut Exact,
    (group, hosts): (usize, Set),
    simulation: &Simulation,
    advise: Advise<'_>,
) -> Result<BTreeMap<Answer, Set>, StudyError> {
    let (steps, model) = (&exact.steps, simulation.model());
    let groups = exact.space.groups().clone();
    let place = |step: &Step| steps.iter().position(|known| known == step);
    let ask = |host: &Host| {
        let host = model.with_others_in_order(&groups, group, host);
        let needs_repair = !super::is_well(simulation.truth(&host).status);
        let remedy = advise(&host)?;
        let advised: Option<Vec<usize>> = remedy.iter().map(place).collect();
        let advised = advised.filter(|steps| !steps.is_empty() || !needs_repair);
        Ok::<_, StudyError>(Answer { needs_repair, advised })
    };
    let all = |hosts: &[Host]| {
        let answers: Result<Vec<Answer>, StudyError> = hosts.par_iter().map(ask).collect();
        answers.map(|answers| vec![answers])
    };
    Ok(exact.space.divide(hosts, Part::shows, all)?.pop().unwrap_or_default())
}

/// How groups see a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KindOfStep {
    /// It installs an update of one group.
    Update,
    /// It installs a bridging update: what becomes of a group can depend on another.
    Bridge,
    /// Every group sees it.
    Common,
}

fn kinds_of_steps(exact: &Exact) -> Vec<KindOfStep> {
    let bridging: BTreeSet<UpdateId> =
        exact.space.model().bridging_updates(exact.space.groups()).collect();
    let kind = |action: &Action| match action {
        Action::InstallUpdate { update, .. } if bridging.contains(update) => KindOfStep::Bridge,
        Action::InstallUpdate { .. } => KindOfStep::Update,
        _ => KindOfStep::Common,
    };
    exact.space.actions().iter().map(kind).collect()
}

/// Which hosts count among those that a step can make into one of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcomes {
    /// All of them.
    Some,
    /// Those that it makes into one of the set whatever other groups hold.
    All,
}

/// A group in the making.
struct Group<'a> {
    space: &'a mut Space,
    number: usize,
    hosts: Set,
    levels: BTreeMap<Level, Set>,
    answers: BTreeMap<Answer, Set>,
    kinds_of_steps: Vec<KindOfStep>,
    /// The steps that install the updates of the group.
    updates: Vec<usize>,
    /// The hosts that need nothing.
    well: Set,
    /// What steps do, and where they do something.
    moves: FxHashMap<usize, (Relation, Set)>,
    /// The hosts that steps make into such that need nothing.
    repaired: FxHashMap<Vec<usize>, Set>,
    /// For the steps of ways, the hosts by how few updates repair them with these.
    fewest: FxHashMap<Vec<usize>, ByCount>,
}

impl Group<'_> {
    /// The hosts by what they need.
    fn kinds(&mut self, ways: &[Way]) -> Result<Vec<(Needs, Set)>, TooLarge> {
        let seen = self.seen()?;
        let (mut fewest, mut advised) = (Vec::new(), Vec::new());
        for way in ways {
            fewest.push(self.fewest(&way.steps)?);
            advised.push(self.foreseen(way, &seen)?);
        }
        let columns: Vec<&ByCount> = fewest.iter().chain(&advised).collect();
        let rows = self.rows(&columns)?;
        let needs = |(row, set): (Vec<u8>, Set)| {
            let (fewest, advised) = row.split_at(ways.len());
            let (fewest, advised) = (fewest.to_vec(), advised.to_vec());
            (Needs { fewest, advised, restarts: 0 }, set)
        };
        Ok(rows.into_iter().map(needs).collect())
    }

    /// The hosts that wait for a restart, by what they need, given the others by that.
    fn waiting(
        &mut self,
        kinds: &[(Needs, Set)],
        waiting: Set,
        restart: Option<usize>,
        told: &Told,
    ) -> Result<Vec<(Needs, Set)>, TooLarge> {
        let relation = match restart {
            Some(step) => self.space.relation_in_group(step, Followed::ByItself, self.number)?,
            None => self.space.diagrams().nothing(),
        };
        let diagrams = self.space.diagrams();
        let well_told = told.iter().filter(|((_, is_told), _)| *is_told).map(|(_, set)| *set);
        let well_told = diagrams.union_of(well_told)?;
        let (mut found, mut left) = (Vec::new(), waiting);
        for (needs, set) in kinds {
            let before = diagrams.preimage(*set, relation)?;
            let before = diagrams.intersection(before, waiting)?;
            left = diagrams.difference(left, before)?;
            let needs = Needs { restarts: 1, ..needs.clone() };
            let advised = vec![NOWHERE; needs.advised.len()];
            found.push((
                Needs { advised, ..needs.clone() },
                diagrams.difference(before, well_told)?,
            ));
            found.push((needs, diagrams.intersection(before, well_told)?));
        }
        // Without a restart there is no way at all.
        let nowhere = vec![NOWHERE; kinds.first().map_or(0, |(needs, _)| needs.fewest.len())];
        found.push((Needs { fewest: nowhere.clone(), advised: nowhere, restarts: 1 }, left));
        found.retain(|(_, set)| !set.is_empty());
        Ok(found)
    }

    /// The hosts by the fewest updates that repair them together with the steps of a way, in
    /// whatever order: backwards from those that need nothing, in which an update may stand before
    /// each step of the way and behind the last.
    fn fewest(&mut self, steps: &[usize]) -> Result<ByCount, TooLarge> {
        if let Some(known) = self.fewest.get(steps) {
            return Ok(known.clone());
        }
        let mut at_once = match steps.split_first() {
            None => ByCount::from([(0, self.well)]),
            Some((first, rest)) => {
                let behind = self.fewest(rest)?;
                let before =
                    |(count, set)| Ok((count, self.before_step(*first, set, Outcomes::Some)?));
                behind.into_iter().map(before).collect::<Result<_, TooLarge>>()?
            }
        };
        let (mut fewest, mut known, mut last) = (ByCount::new(), Set::EMPTY, Set::EMPTY);
        for count in 0..NOWHERE {
            if last.is_empty() && at_once.is_empty() {
                break;
            }
            let mut found = vec![at_once.remove(&count).unwrap_or(Set::EMPTY)];
            for update in self.updates.clone() {
                found.push(self.before_step(update, last, Outcomes::Some)?);
            }
            let found = self.space.diagrams().union_of(found)?;
            last = self.space.diagrams().difference(found, known)?;
            known = self.space.diagrams().union(known, found)?;
            self.add(&mut fewest, count, last)?;
        }
        self.fewest.insert(steps.to_vec(), fewest.clone());
        Ok(fewest)
    }

    /// The hosts by the number of updates that the core advises, where it advises nothing else and
    /// that helps.
    fn seen(&mut self) -> Result<ByCount, TooLarge> {
        let mut seen = ByCount::new();
        for (answer, set) in self.answers.clone() {
            let steps = answer.advised.as_deref();
            let steps = steps.filter(|steps| steps.iter().all(|step| self.is_update(*step)));
            let Some((steps, count)) = steps.and_then(|s| Some((s, count(s.len())?))) else {
                continue;
            };
            let repaired = self.repaired(steps)?;
            let of_it = self.space.diagrams().intersection(set, repaired)?;
            self.add(&mut seen, count, of_it)?;
        }
        Ok(seen)
    }

    /// The hosts by the number of updates that the core foresees behind a way, given the hosts by
    /// how many it sees on them.
    fn foreseen(&mut self, way: &Way, seen: &ByCount) -> Result<ByCount, TooLarge> {
        let (mut foreseen, mut after) = (ByCount::new(), ByCount::new());
        if way.removes {
            return Ok(foreseen);
        }
        for (count, set) in seen {
            after.insert(*count, self.before(&way.steps, *set, Outcomes::All)?);
        }
        let raised = self.raised(&way.steps)?;
        for (answer, set) in self.answers.clone() {
            let Some(advised) = &answer.advised else { continue };
            // A service pack of the level that a host has leaves what there was to do; one of a
            // higher level does not.
            let (common, rest): (Vec<usize>, Vec<usize>) =
                advised.iter().partition(|step| !self.is_update(**step));
            let (order, own) = if common == way.steps {
                (advised.clone(), set)
            } else {
                let of_it = self.space.diagrams().intersection(set, raised)?;
                for (count, after) in &after {
                    let of_it = self.space.diagrams().intersection(of_it, *after)?;
                    self.add(&mut foreseen, *count, of_it)?;
                }
                if !common.is_empty() {
                    continue;
                }
                let order = [way.steps.as_slice(), advised].concat();
                (order, self.space.diagrams().difference(set, raised)?)
            };
            let Some(count) = count(rest.len()) else { continue };
            let repaired = self.repaired(&order)?;
            let of_it = self.space.diagrams().intersection(own, repaired)?;
            self.add(&mut foreseen, count, of_it)?;
        }
        Ok(foreseen)
    }

    /// Whether a step installs an update of one group.
    fn is_update(&self, step: usize) -> bool {
        self.kinds_of_steps.get(step) == Some(&KindOfStep::Update)
    }

    /// The hosts that steps bring to another level.
    fn raised(&mut self, steps: &[usize]) -> Result<Set, TooLarge> {
        let mut raised = Set::EMPTY;
        for set in self.levels.clone().into_values() {
            let same = self.before(steps, set, Outcomes::Some)?;
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
        let repaired = self.before_step(*first, behind, Outcomes::All)?;
        self.repaired.insert(steps.to_vec(), repaired);
        Ok(repaired)
    }

    /// The hosts that steps make into one of a set.
    fn before(&mut self, steps: &[usize], set: Set, outcomes: Outcomes) -> Result<Set, TooLarge> {
        steps.iter().rev().try_fold(set, |set, step| self.before_step(*step, set, outcomes))
    }

    /// The same for one step. One that is refused, or has nothing to do, leaves a host as it is.
    fn before_step(&mut self, step: usize, set: Set, outcomes: Outcomes) -> Result<Set, TooLarge> {
        let (relation, moved) = if let Some(known) = self.moves.get(&step) {
            *known
        } else {
            let followed = Followed::ThroughRestart;
            let relation = self.space.relation_in_group(step, followed, self.number)?;
            let moved = self.space.diagrams().preimage(self.hosts, relation)?;
            self.moves.insert(step, (relation, moved));
            (relation, moved)
        };
        let is_certain = self.kinds_of_steps.get(step) != Some(&KindOfStep::Bridge);
        let diagrams = self.space.diagrams();
        let mut before = diagrams.preimage(set, relation)?;
        if outcomes == Outcomes::All && !is_certain {
            let others = diagrams.difference(self.hosts, set)?;
            let otherwise = diagrams.preimage(others, relation)?;
            before = diagrams.difference(before, otherwise)?;
        }
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
