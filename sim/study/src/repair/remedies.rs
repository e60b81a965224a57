//! The core's remedies, followed on every host of a scope, against the shortest repairs: first
//! against the additive ones, which remove nothing, then against all.
//!
//! What the core advises depends on a host's observation class alone, so it is asked once for each.
//! What its steps come to depends on backups too, so they are taken from each host, in the form in
//! which the search holds it. A remedy that works bounds the length of the shortest repair: only
//! what is shorter has to be tried, forwards, and most remedies are a single step. Where one does
//! not work, [`repairs`] tells how far the host is from a repair, if there is one.
//!
//! A step is followed by the restart that it requires, in remedies and repairs alike: who installs
//! an update is asked for that, so that it counts with the update. A restart that a host waits for
//! is a step of its own.

use super::{additive_repairs, is_of_additive, is_well, rank, repairs, works};
use crate::{ObservationClasses, Reached, Simulation, StudyError, reach::EncodedHost};
use patchstate_catalog::ComponentId;
use patchstate_explore::StateId;
use patchstate_space::Count;
use patchstate_terms::{Architecture, Status, Step};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// What is the case on hosts of one class, and what the core advises there.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The true status.
    pub truth: Status,
    /// The core's remedy.
    pub remedy: Vec<Step>,
}

/// The core's remedies against the shortest additive repairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remedies {
    /// Hosts that need a repair.
    pub checked: usize,
    /// Hosts whose remedy leads to a consistent host with the same components.
    pub working: usize,
    /// Hosts whose remedy does not.
    pub failing: Vec<StateId>,
    /// Hosts whose remedy is longer than the shortest additive repair: its length, then the
    /// shortest.
    pub longer: Vec<(StateId, usize, usize)>,
    /// Hosts whose remedy works and that a repair which removes something makes consistent in fewer
    /// steps than any additive one: the length of that repair.
    pub by_removal: Vec<(StateId, usize)>,
    /// Hosts by the length of their shortest additive repair.
    pub by_length: BTreeMap<usize, usize>,
    /// Hosts whose remedy works, by its length and that of their shortest additive repair.
    pub by_lengths: BTreeMap<(usize, usize), usize>,
    /// Hosts that can be repaired, and not without removing something.
    pub only_by_removal: usize,
    /// Hosts that no sequence of the scope's steps makes consistent.
    pub beyond_repair: Vec<StateId>,
}

/// The same for people: counts, and some install orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemedyReport {
    /// Hosts that need a repair.
    pub checked: Count,
    /// Hosts whose remedy leads to a consistent host with the same components.
    pub working: Count,
    /// Hosts whose remedy works and is longer than the shortest additive repair.
    pub longer: Count,
    /// Hosts whose remedy works and that a repair which removes something makes consistent in fewer
    /// steps than any additive one.
    pub shorter_by_removal: Count,
    /// Which of the repairs that remove something were looked at.
    pub removals: Removals,
    /// Hosts that can be repaired, and not without removing something.
    pub only_by_removal: Count,
    /// Hosts that no sequence of the scope's steps makes consistent.
    pub beyond_repair: Count,
    /// Hosts of which it is not known whether their remedy works.
    pub open: Count,
    /// Hosts by the length of their shortest additive repair.
    pub by_length: BTreeMap<usize, Count>,
    /// Hosts with a remedy that works, by its length and that of their shortest additive repair.
    pub by_lengths: BTreeMap<(usize, usize), Count>,
    /// Remedies that do not work, hosts with the shortest install order first.
    pub failing_cases: Vec<RemedyCase>,
    /// Remedies that are longer than need be, the longest difference first.
    pub longer_cases: Vec<RemedyCase>,
    /// A repair that removes something and is shorter than the remedy, of those that most hosts
    /// have.
    pub removal_case: Option<RemedyCase>,
}

/// Which repairs that remove something were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removals {
    /// All of them.
    #[default]
    Any,
    /// Those that remove a service pack first, and remove nothing after that.
    ServicePackFirst,
}

impl RemedyReport {
    /// Nothing is known of the remedies of so many hosts.
    pub(crate) fn unknown(hosts: Count) -> Self {
        Self { checked: hosts.clone(), open: hosts, ..Self::default() }
    }

    /// Whether a remedy does not work on a host that can be repaired.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failing() > Count::ZERO
    }

    /// Whether it is not known of some hosts if their remedy works.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open > Count::ZERO
    }

    /// Hosts that can be repaired, and not by their remedy.
    #[must_use]
    pub fn failing(&self) -> Count {
        &self.checked - &self.working - &self.beyond_repair - &self.open
    }
}

/// A remedy beside the shortest repair, and the hosts that have both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemedyCase {
    /// The architecture.
    pub architecture: Architecture,
    /// How many hosts have this remedy and this shortest repair; where a scope is held as a set,
    /// how many have a remedy and a repair of these lengths.
    pub hosts: Count,
    /// A shortest install order to one of them; `None` where all are farther than orders are looked
    /// for.
    pub order: Option<Vec<Step>>,
    /// What the core advises.
    pub remedy: Vec<Step>,
    /// The shortest repair that is known, where there is one: of remedies that are too long the
    /// shortest additive one.
    pub shortest: Option<Vec<Step>>,
}

impl Advice {
    /// Asks truth and core about each class of a search.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub fn of(reached: &Reached, classes: &ObservationClasses) -> Result<Vec<Self>, StudyError> {
        let simulation = reached.simulation();
        let ask = |id: &StateId| {
            let host = reached.host(*id)?;
            let truth = simulation.truth(&host).status;
            let tree = simulation.tree(&host);
            Some(tree.map(|tree| Self { truth, remedy: simulation.judge(&tree).remedy }))
        };
        classes.first.par_iter().filter_map(ask).collect()
    }
}

/// Follows the core's remedy on every host that needs a repair, and compares its length with the
/// shortest. `whole` is a simulation of the whole catalog: a remedy may name an update that the
/// scope does not have, and is then carried out on the host that the same order makes there.
#[must_use]
pub fn check_remedies(
    reached: &Reached,
    classes: &ObservationClasses,
    advice: &[Advice],
    whole: &Simulation,
) -> Remedies {
    let trial = Trial::new(reached, classes, advice, whole);
    let numbers: Vec<u32> =
        (0..u32::try_from(classes.of.len()).unwrap_or(u32::MAX)).step_by(CHUNK).collect();
    let chunk = |start: &u32| {
        let mut remedies = Remedies::default();
        for id in (*start..).take(CHUNK).map(StateId) {
            trial.check(id, &mut remedies);
        }
        remedies
    };
    let chunks: Vec<Remedies> = numbers.par_iter().map(chunk).collect();
    let mut remedies = Remedies::default();
    for chunk in chunks {
        remedies.add(chunk);
    }
    if !remedies.failing.is_empty() {
        let (additive, all) = (additive_repairs(reached), repairs(reached));
        for id in &remedies.failing {
            match (additive.length(*id), all.length(*id)) {
                (Some(length), _) => *remedies.by_length.entry(length).or_default() += 1,
                (None, Some(_)) => remedies.only_by_removal += 1,
                (None, None) => remedies.beyond_repair.push(*id),
            }
        }
    }
    remedies
}

/// Hosts that one thread checks at a time.
const CHUNK: usize = 1 << 13;

impl Remedies {
    fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.working += other.working;
        self.failing.extend(other.failing);
        self.longer.extend(other.longer);
        self.by_removal.extend(other.by_removal);
        for (length, count) in other.by_length {
            *self.by_length.entry(length).or_default() += count;
        }
        for (lengths, count) in other.by_lengths {
            *self.by_lengths.entry(lengths).or_default() += count;
        }
    }

    /// The same for people, with up to `count_max` cases of each kind.
    #[must_use]
    pub fn report(
        self,
        reached: &Reached,
        classes: &ObservationClasses,
        advice: &[Advice],
        whole: &Simulation,
        count_max: usize,
    ) -> RemedyReport {
        let trial = Trial::new(reached, classes, advice, whole);
        let failing = self.failing.iter().map(|id| (*id, None));
        let longer = self.longer.iter().map(|(id, _, shortest)| (*id, Some(*shortest)));
        let by_removal = self.by_removal.iter().map(|(id, shortest)| (*id, Some(*shortest)));
        let mut by_removal = trial.cases(by_removal, &|_| true);
        by_removal.sort_by_key(|case| std::cmp::Reverse(case.hosts.clone()));
        by_removal.truncate(count_max.min(1));
        RemedyReport {
            checked: self.checked.into(),
            working: self.working.into(),
            longer: self.longer.len().into(),
            shorter_by_removal: self.by_removal.len().into(),
            removals: Removals::Any,
            only_by_removal: self.only_by_removal.into(),
            beyond_repair: self.beyond_repair.len().into(),
            open: Count::ZERO,
            by_length: counted(self.by_length),
            by_lengths: counted(self.by_lengths),
            failing_cases: first(trial.cases(failing, &|_| true), count_max),
            longer_cases: first(trial.cases(longer, &is_of_additive), count_max),
            removal_case: by_removal.pop(),
        }
    }
}

fn counted<K: Ord>(numbers: BTreeMap<K, usize>) -> BTreeMap<K, Count> {
    numbers.into_iter().map(|(key, number)| (key, number.into())).collect()
}

impl RemedyCase {
    /// How many steps too long the remedy is.
    fn excess(&self) -> usize {
        let shortest = self.shortest.as_ref().map_or(0, Vec::len);
        self.remedy.len().saturating_sub(shortest)
    }
}

/// The first cases: the longest difference first, then the shortest install order.
fn first(mut cases: Vec<RemedyCase>, count_max: usize) -> Vec<RemedyCase> {
    let steps = |case: &RemedyCase| case.order.as_ref().map_or(usize::MAX, Vec::len);
    cases.sort_by_key(|case| (std::cmp::Reverse(case.excess()), steps(case)));
    cases.truncate(count_max);
    cases
}

/// The steps of a remedy by their places among those of the search; `None` for a remedy with a
/// step that the search does not have.
type Numbers = Option<Vec<usize>>;

/// Which steps are tried.
type IsTried<'a> = &'a dyn Fn(&Step) -> bool;

/// Remedies tried on hosts of one search.
struct Trial<'a> {
    reached: &'a Reached,
    classes: &'a ObservationClasses,
    advice: &'a [Advice],
    whole: &'a Simulation,
    /// For each class, the remedy in the search's numbers.
    remedies: Vec<Numbers>,
    /// For each class, the number of its set of components.
    component_sets: Vec<usize>,
    /// Each of these sets.
    components: Vec<Vec<ComponentId>>,
    /// For each step of the search, its place among those that are preferred.
    preference: Vec<(u8, usize)>,
    /// The place of the restart among the steps, if it is one of them.
    restart: Option<usize>,
}

impl<'a> Trial<'a> {
    fn new(
        reached: &'a Reached,
        classes: &'a ObservationClasses,
        advice: &'a [Advice],
        whole: &'a Simulation,
    ) -> Self {
        let number = |step: &Step| reached.steps().iter().position(|(known, _)| known == step);
        let numbers = |advice: &Advice| advice.remedy.iter().map(number).collect();
        let model = reached.simulation().model();
        let (mut component_sets, mut components) = (Vec::new(), Vec::new());
        for host in classes.first.iter().filter_map(|id| reached.host(*id)) {
            let own: Vec<ComponentId> = model.view(&host).components().collect();
            let known = components.iter().position(|known| *known == own);
            component_sets.push(known.unwrap_or(components.len()));
            if known.is_none() {
                components.push(own);
            }
        }
        let steps = reached.steps().iter().enumerate();
        Self {
            reached,
            classes,
            advice,
            whole,
            remedies: advice.iter().map(numbers).collect(),
            component_sets,
            components,
            preference: steps.map(|(number, (step, _))| (rank(step), number)).collect(),
            restart: reached.steps().iter().position(|(step, _)| *step == Step::Restart),
        }
    }

    /// A host with its class, and what the core advises there.
    fn faulty(&self, id: StateId) -> Option<FaultyHost<'_>> {
        let class = *self.classes.of.get(id.0 as usize)? as usize;
        let advice = self.advice.get(class).filter(|advice| !is_well(advice.truth))?;
        Some(FaultyHost { host: self.reached.encoded(id)?, class, advice })
    }

    /// Checks the remedy of a host that needs one.
    fn check(&self, id: StateId, remedies: &mut Remedies) {
        let Some(faulty) = self.faulty(id) else { return };
        remedies.checked += 1;
        let works = match self.remedies.get(faulty.class) {
            Some(Some(numbers)) => self.is_repaired(&faulty, self.follow(faulty.host, numbers)),
            _ => works_in(self.whole, self.reached, id, &faulty.advice.remedy),
        };
        if !works {
            remedies.failing.push(id);
            return;
        }
        remedies.working += 1;
        let length = faulty.advice.remedy.len();
        let additive = self.length_below(&faulty, length, &is_of_additive).unwrap_or(length);
        *remedies.by_length.entry(additive).or_default() += 1;
        *remedies.by_lengths.entry((length, additive)).or_default() += 1;
        if additive < length {
            remedies.longer.push((id, length, additive));
        }
        let shortest = self.length_below(&faulty, additive, &|_| true);
        remedies.by_removal.extend(shortest.map(|shortest| (id, shortest)));
    }

    /// The host after some steps. One that is refused, or has nothing to do, leaves it as it is.
    fn follow(&self, host: EncodedHost, steps: &[usize]) -> EncodedHost {
        steps.iter().fold(host, |host, wanted| {
            let mut after = host;
            self.next(host, |step| step == *wanted, &mut |_, next| after = next);
            after
        })
    }

    /// Tells every wanted step that does something, with the host after it and after the restart
    /// that it requires.
    fn next(
        &self,
        host: EncodedHost,
        is_wanted: impl Fn(usize) -> bool,
        reach: &mut impl FnMut(usize, EncodedHost),
    ) {
        self.reached.encoded_successors_where(host, is_wanted, &mut |step, after| {
            let mut restarted = after;
            if let Some(restart) = self.restart {
                let is_restart = |step| step == restart;
                self.reached.encoded_successors_where(after, is_restart, &mut |_, next| {
                    restarted = next;
                });
            }
            reach(step, restarted);
        });
    }

    /// Whether hosts of one class, the second, are what those of another are to become.
    fn is_repaired_class(&self, class: usize, end: usize) -> bool {
        self.advice.get(end).is_some_and(|advice| is_well(advice.truth))
            && self.component_sets.get(class) == self.component_sets.get(end)
    }

    /// Whether a host is what another is to become: in need of no repair, with the same components.
    fn is_repaired(&self, faulty: &FaultyHost<'_>, host: EncodedHost) -> bool {
        if let Some(class) = self.classes.number(self.reached, host) {
            return self.is_repaired_class(faulty.class, class as usize);
        }
        // It is behind a bound of the search, and looks like no host before it.
        let simulation = self.reached.simulation();
        self.reached.in_full(host).is_some_and(|host| {
            let components = simulation.model().view(&host).components();
            let set = self.component_sets.get(faulty.class);
            let wanted = set.and_then(|set| self.components.get(*set)).into_iter().flatten();
            components.eq(wanted.copied()) && is_well(simulation.truth(&host).status)
        })
    }

    /// Whether a step of the search, by its place, is one of some.
    fn is_one(&self, number: usize, is_tried: IsTried<'_>) -> bool {
        self.reached.steps().get(number).is_some_and(|(step, _)| is_tried(step))
    }

    /// The length of a repair by some of the steps, of fewer than this, the shortest there is.
    fn length_below(
        &self,
        faulty: &FaultyHost<'_>,
        limit: usize,
        is_tried: IsTried<'_>,
    ) -> Option<usize> {
        if limit < 2 {
            return None;
        }
        let mut level = vec![faulty.host];
        let mut seen: FxHashSet<EncodedHost> = FxHashSet::default();
        for distance in 1..limit {
            let (mut found, mut next) = (false, Vec::new());
            for host in &level {
                let is_one = |number| self.is_one(number, is_tried);
                self.next(*host, is_one, &mut |_, after| {
                    found = found || self.is_repaired(faulty, after);
                    if distance + 1 < limit && seen.insert(after) {
                        next.push(after);
                    }
                });
                if found {
                    return Some(distance);
                }
            }
            level = next;
        }
        None
    }

    /// The first repair by some of the steps of this length, in the order of
    /// [`repair_steps`](super::repair_steps), where none is shorter.
    fn repair(
        &self,
        faulty: &FaultyHost<'_>,
        length: usize,
        is_tried: IsTried<'_>,
    ) -> Option<Vec<Step>> {
        let mut level = vec![(faulty.host, Vec::new())];
        let mut seen: FxHashSet<EncodedHost> = FxHashSet::default();
        for _ in 0..length {
            let mut next = Vec::new();
            for (host, path) in level {
                let mut nexts = Vec::new();
                let is_one = |number| self.is_one(number, is_tried);
                self.next(host, is_one, &mut |step, after| {
                    nexts.push((step, after));
                });
                nexts.sort_by_key(|(step, _)| self.preference.get(*step));
                for (step, after) in nexts {
                    let path: Vec<usize> = [path.as_slice(), &[step]].concat();
                    if self.is_repaired(faulty, after) {
                        let steps = path.iter().filter_map(|step| self.reached.steps().get(*step));
                        return Some(steps.map(|(step, _)| step.clone()).collect());
                    }
                    if seen.insert(after) {
                        next.push((after, path));
                    }
                }
            }
            level = next;
        }
        None
    }

    /// Hosts by remedy and shortest repair by some of the steps.
    fn cases(
        &self,
        hosts: impl Iterator<Item = (StateId, Option<usize>)>,
        is_tried: IsTried<'_>,
    ) -> Vec<RemedyCase> {
        let mut known: BTreeMap<RemedyAndRepair, (StateId, Count)> = BTreeMap::new();
        for (id, length) in hosts {
            let Some(faulty) = self.faulty(id) else { continue };
            let shortest = length.and_then(|length| self.repair(&faulty, length, is_tried));
            let key = (faulty.advice.remedy.clone(), shortest);
            known.entry(key).or_insert((id, Count::ZERO)).1 += 1_u8;
        }
        let case = |((remedy, shortest), (id, hosts))| RemedyCase {
            architecture: self.reached.simulation().model().architecture(),
            hosts,
            order: Some(self.reached.order(id)),
            remedy,
            shortest,
        };
        known.into_iter().map(case).collect()
    }
}

/// A remedy, and the shortest repair where there is one.
type RemedyAndRepair = (Vec<Step>, Option<Vec<Step>>);

/// A host that needs a repair.
struct FaultyHost<'a> {
    host: EncodedHost,
    class: usize,
    advice: &'a Advice,
}

/// Whether a remedy works on the host that the same order makes in a larger model.
fn works_in(whole: &Simulation, reached: &Reached, id: StateId, remedy: &[Step]) -> bool {
    let words: Vec<String> = reached.order(id).iter().map(ToString::to_string).collect();
    whole.follow(&words).is_ok_and(|host| works(whole, &host, remedy))
}
