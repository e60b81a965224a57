//! The core's remedies over a whole scope, exactly.
//!
//! A repair is steps that several interaction groups see, such as a service pack or a bridging
//! update, and updates, of which each is of one group. What groups need beside the steps that
//! several of them see adds up: so it is enough to know, for each group and each *way* (these
//! steps: none, service packs, the removal of one first, bridging updates between them), how many
//! updates of the group come with it, and to count the hosts by these sums. An *additive* repair
//! removes nothing, and is service packs and updates: the shortest of them is found of every host.
//! Of repairs that remove something, those that begin with the removal of a service pack are
//! found. The core takes what it foresees to be the shortest of the ways without a removal, for
//! files show no backups.
//!
//! **Owns** what remedies come to on every host of a scope, and hosts that show where they are too
//! long. **Must never know** how the core finds a remedy.
//!
//! **Start reading** at [`remedies_of_whole`].

mod needs;

use super::{RemedyCase, RemedyReport, Removals, is_of_additive, is_well, search, works};
use crate::{Exact, Simulation, StudyError, interner::Interner, rules::follow, slices::all_needs};
pub use needs::Advise;
use needs::{GroupNeeds, Lengths, Needs, Way};
use patchstate_catalog::{ComponentId, Release, UpdateId};
use patchstate_servicing::Host;
use patchstate_space::{Count, Layers, Set, TooLarge};
use patchstate_terms::{Status, Step};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// How far hosts are looked for, in steps from a bare system: by steps that only add, by such that
/// remove components as well, and by all. Sets of hosts within a distance grow fast with it.
const STEPS_MAX: [usize; 3] = [10, 6, 4];

/// Nodes that the search for orders may add to the diagrams: some 60 MB.
const NODES_MAX: usize = 1 << 20;

/// What remedies come to on every host of a scope, with up to `count_max` hosts on which they do
/// not work or are too long.
///
/// `simulation` is of the scope's own model, `whole` of the whole catalog. `advise` gives the
/// remedy that is counted with: that of the core, [`Simulation::remedy`].
///
/// # Errors
/// When files of a host cannot be made, and when the diagrams grow too large.
pub fn remedies_of_whole(
    exact: &mut Exact,
    (simulation, whole): (&Simulation, &Simulation),
    advise: Advise<'_>,
    count_max: usize,
) -> Result<RemedyReport, StudyError> {
    let ways = Way::all(exact);
    let (faulty, applicable) = faulty_hosts(exact)?;
    let (mut table, mut divisions, mut told) = (Table::default(), Vec::new(), Set::EMPTY);
    let nothing = table.all.number(&Needs::none(ways.len()));
    for group in 0..exact.space.groups().groups.len() {
        let needs = GroupNeeds::of(exact, group, &ways, simulation, advise)?;
        let mut division = Vec::with_capacity(needs.kinds.len());
        for (kind, set) in &needs.kinds {
            let like = exact.space.like_group(*set, group)?;
            division.push((like, table.all.number(kind)));
        }
        divisions.push(division);
        let like = exact.space.like_group(needs.faulty, group)?;
        told = exact.space.diagrams().union(told, like)?;
    }
    let told = exact.space.diagrams().intersection(applicable, told)?;
    let mut weigher = Weigher { exact, ways, table, nothing, divisions };
    let counts = weigher.counts(faulty)?;
    let mut report = weigher.report(&counts);
    if told != faulty {
        // Something is wrong that no group shows by itself, or the other way round: then what
        // groups need does not add up to what the host needs.
        return Ok(RemedyReport::unknown(report.checked));
    }
    let sims = (simulation, whole);
    weigher.show(faulty, &counts, sims, count_max, &mut report)?;
    Ok(report)
}

impl Simulation {
    /// What the core advises on a host.
    ///
    /// # Errors
    /// When the host's files cannot be made.
    pub fn remedy(&self, host: &Host) -> Result<Vec<Step>, StudyError> {
        Ok(self.judge(&self.tree(host)?).remedy)
    }
}

/// The hosts that need a repair, and those with a component.
fn faulty_hosts(exact: &mut Exact) -> Result<(Set, Set), TooLarge> {
    let (mut faulty, mut bare) = (Set::EMPTY, Set::EMPTY);
    for (status, shown) in &exact.truth.statuses {
        let known = match status {
            Status::NotApplicable => &mut bare,
            status if is_well(*status) => continue,
            _ => &mut faulty,
        };
        let hosts = exact.space.showing(*shown)?;
        *known = exact.space.diagrams().union(*known, hosts)?;
    }
    let all = exact.space.hosts();
    Ok((faulty, exact.space.diagrams().difference(all, bare)?))
}

/// Needs by number, and what two of them come to.
#[derive(Default)]
struct Table {
    all: Interner<Needs>,
    known: FxHashMap<(u32, u32), u32>,
}

impl Table {
    fn and(&mut self, one: u32, other: u32) -> u32 {
        let key = (one.min(other), one.max(other));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let (Some(a), Some(b)) = (self.all.get(one), self.all.get(other)) else { return one };
        let both = a.and(b);
        let number = self.all.number(&both);
        self.known.insert(key, number);
        number
    }
}

/// Hosts whose remedies and repairs are of the same lengths.
#[derive(Clone, Debug)]
struct Kind {
    lengths: Lengths,
    hosts: Count,
    /// The numbers of what they need.
    numbers: BTreeSet<u32>,
}

/// What a host is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Its remedy.
    Remedy,
    /// A repair that is shorter than an additive one.
    Removal,
}

impl Kind {
    fn new(lengths: Lengths) -> Self {
        Self { lengths, hosts: Count::ZERO, numbers: BTreeSet::new() }
    }
}

/// A host that shows something, if there is one, and an order that leads to it, where one was
/// found.
type Witness = (Option<Host>, Option<Vec<Step>>);

/// A scope whose hosts are counted by what they need.
struct Weigher<'a> {
    exact: &'a mut Exact,
    ways: Vec<Way>,
    table: Table,
    /// The number of needing nothing.
    nothing: u32,
    /// For each group, its hosts by what they need.
    divisions: Vec<Vec<(Set, u32)>>,
}

/// Hosts by the number of what they need.
type Counts = BTreeMap<u32, Count>;

impl Weigher<'_> {
    fn counts(&mut self, set: Set) -> Result<Counts, TooLarge> {
        self.weigh(set, &[]).map(|(counts, _)| counts)
    }

    /// Counts hosts by what they need, and gives a host of each of some numbers that occurs.
    fn weigh(
        &mut self,
        set: Set,
        wanted: &[BTreeSet<u32>],
    ) -> Result<(Counts, Vec<Option<Host>>), TooLarge> {
        let (space, table) = (&mut self.exact.space, &mut self.table);
        let (count, starts) = (space.variable_count(), space.group_starts());
        let add = |one, other| table.and(one, other);
        let of = (0..count, set);
        let mut weighed =
            space.diagrams().weigh(of, &self.divisions, &starts, (self.nothing, add))?;
        let counts = weighed.counts()?;
        let mut tuples = Vec::with_capacity(wanted.len());
        for numbers in wanted {
            let known = counts.keys().find(|number| numbers.contains(number));
            tuples.push(known.map(|number| weighed.tuple(*number)).transpose()?.flatten());
        }
        drop(weighed);
        let host = |tuple: Option<Vec<u8>>| space.host(&tuple?);
        let hosts = tuples.into_iter().map(host).collect();
        Ok((counts, hosts))
    }

    fn lengths(&self, number: u32) -> Lengths {
        self.table.all.get(number).map(|needs| needs.lengths(&self.ways)).unwrap_or_default()
    }

    /// The numbers of hosts.
    fn report(&self, counts: &Counts) -> RemedyReport {
        let removals = Removals::ServicePackFirst;
        let mut report = RemedyReport { removals, ..RemedyReport::default() };
        for (number, hosts) in counts {
            let Lengths { remedy, additive, shortest } = self.lengths(*number);
            report.checked += hosts;
            match (additive, shortest) {
                (Some(additive), _) => *report.by_length.entry(additive).or_default() += hosts,
                (None, Some(_)) => report.only_by_removal += hosts,
                (None, None) => report.open += hosts,
            }
            let Some((remedy, additive)) = remedy.zip(additive) else { continue };
            report.working += hosts;
            if additive < remedy {
                report.longer += hosts;
            }
            if shortest < Some(additive) {
                report.shorter_by_removal += hosts;
            }
            *report.by_lengths.entry((remedy, additive)).or_default() += hosts;
        }
        report
    }

    /// Shows hosts on which remedies do not work or are too long, and one that a removal repairs in
    /// fewer steps.
    fn show(
        &mut self,
        faulty: Set,
        counts: &Counts,
        sims: (&Simulation, &Simulation),
        count_max: usize,
        report: &mut RemedyReport,
    ) -> Result<(), StudyError> {
        let mut all: BTreeMap<Lengths, Kind> = BTreeMap::new();
        for (number, hosts) in counts {
            let lengths = self.lengths(*number);
            let known = all.entry(lengths).or_insert_with(|| Kind::new(lengths));
            known.hosts += hosts;
            known.numbers.insert(*number);
        }
        let by_removal = all.values().filter(|kind| kind.lengths.gains_by_removal());
        let by_removal = by_removal.max_by_key(|kind| &kind.hosts).cloned();
        let is_wrong = |kind: &Kind| kind.lengths.remedy.is_none() || kind.lengths.excess() > 0;
        let mut kinds: Vec<Kind> = all.into_values().filter(is_wrong).collect();
        // Those that do not work first: each of them has to be looked at.
        kinds.sort_by_key(|kind| {
            (kind.lengths.remedy.is_some(), std::cmp::Reverse(kind.lengths.excess()))
        });
        let failing = kinds.iter().take_while(|kind| kind.lengths.remedy.is_none()).count();
        kinds.truncate(count_max.max(failing));
        let wanted: Vec<BTreeSet<u32>> =
            kinds.iter().chain(&by_removal).map(|kind| kind.numbers.clone()).collect();
        let mut found = self.witnesses(faulty, sims.0, &wanted)?;
        if let Some(kind) = by_removal {
            let witness = found.pop().filter(|_| count_max > 0);
            if let Some((Some(host), order)) = witness {
                report.removal_case = self.case(sims, (host, order), &kind, Told::Removal)?;
            }
        }
        for (kind, (host, order)) in kinds.into_iter().zip(found) {
            let case = match host {
                Some(host) => self.case(sims, (host, order), &kind, Told::Remedy)?,
                None => None,
            };
            match (kind.lengths.remedy, case) {
                (Some(_), case) => report.longer_cases.extend(case),
                (None, Some(case)) => report.failing_cases.push(case),
                // The core does better there than was foretold, so nothing is known of the others.
                (None, None) if kind.lengths.shortest.is_some() => report.open += kind.hosts,
                (None, None) => {}
            }
        }
        report.failing_cases.truncate(count_max);
        report.longer_cases.truncate(count_max.saturating_sub(report.failing_cases.len()));
        Ok(())
    }

    /// What is the case on a host of a kind, if it is what is looked for.
    fn case(
        &self,
        (simulation, whole): (&Simulation, &Simulation),
        (host, order): (Host, Option<Vec<Step>>),
        kind: &Kind,
        told: Told,
    ) -> Result<Option<RemedyCase>, StudyError> {
        // The scope's own model does not know every step that the core can advise.
        let (simulation, host) = match &order {
            Some(order) => {
                let words: Vec<String> = order.iter().map(ToString::to_string).collect();
                (whole, whole.follow(&words)?)
            }
            None => (simulation, host),
        };
        let lengths = kind.lengths;
        let (is_tried, length): (fn(&Step) -> bool, _) = match (told, lengths.additive) {
            (Told::Remedy, Some(additive)) => (is_of_additive, Some(additive)),
            (Told::Remedy, None) | (Told::Removal, _) => (|_| true, lengths.shortest),
        };
        let is_of_way = |step: &&Step| {
            let is_seen_by_all = matches!(
                step,
                Step::ApplyServicePack(_) | Step::RemoveServicePack(_) | Step::Restart
            );
            is_tried(step) && (is_seen_by_all || matches!(step, Step::InstallUpdate { .. }))
        };
        let steps = self.exact.steps.iter().filter(is_of_way);
        let shortest = match length {
            Some(length) => search(simulation, &host, steps, length)?,
            None => None,
        };
        let remedy = simulation.remedy(&host)?;
        let does_work = works(simulation, &host, &remedy);
        let found = (does_work.then_some(remedy.len()), shortest.as_ref().map(Vec::len));
        let is_wanted = match (told, lengths.remedy) {
            (Told::Removal, _) => found == (lengths.remedy, lengths.shortest),
            (Told::Remedy, Some(_)) => found == (lengths.remedy, lengths.additive),
            (Told::Remedy, None) => !does_work,
        };
        let architecture = simulation.model().architecture();
        let case = RemedyCase { architecture, hosts: kind.hosts.clone(), order, remedy, shortest };
        Ok(is_wanted.then_some(case))
    }

    /// For each of several choices of needs, a host that has one of them, with an order that leads
    /// to it where one was found.
    fn witnesses(
        &mut self,
        faulty: Set,
        simulation: &Simulation,
        wanted: &[BTreeSet<u32>],
    ) -> Result<Vec<Witness>, StudyError> {
        let (_, hosts) = self.weigh(faulty, wanted)?;
        let mut known: Vec<(usize, BTreeSet<usize>, Layers)> = Vec::new();
        let nodes_max = self.exact.space.diagrams().node_count() + NODES_MAX;
        let mut found = Vec::with_capacity(hosts.len());
        for (numbers, host) in wanted.iter().zip(hosts) {
            let mut order = None;
            let choices = match &host {
                Some(host) => self.steps_about(simulation, host)?,
                None => Vec::new(),
            };
            for (rank, (steps, steps_max)) in choices.into_iter().enumerate() {
                // What was found with more steps is good enough.
                let is_like = |(other, more, _): &(usize, BTreeSet<usize>, _)| {
                    rank == *other && steps.is_subset(more)
                };
                let place = known.iter().position(is_like).unwrap_or(known.len());
                if place == known.len() {
                    let layers = Layers::by(steps.iter().copied().collect());
                    known.push((rank, steps, layers));
                }
                let Some((_, _, layers)) = known.get_mut(place) else { continue };
                // An order is a help, and no number depends on it.
                let near = self.nearest(faulty, numbers, (layers, steps_max), nodes_max);
                if let Ok(Some(near)) = near {
                    order = Some(near);
                    break;
                }
            }
            found.push(match order {
                Some((host, order)) => (Some(host), Some(order)),
                None => (host, None),
            });
        }
        Ok(found)
    }

    /// Steps to look for an order with that leads to a host like this one, each choice with how
    /// far. First those that bring about what the core would repair: service packs, installations
    /// of the updates that it names, and additions of the components whose files these bring; then
    /// removals of these components as well, then everything.
    fn steps_about(
        &self,
        simulation: &Simulation,
        host: &Host,
    ) -> Result<Vec<(BTreeSet<usize>, usize)>, StudyError> {
        let catalog = simulation.model().catalog();
        let remedy = simulation.remedy(host)?;
        let named = |step: &Step| match step {
            Step::InstallUpdate { update, .. } => catalog.update_named(update),
            _ => None,
        };
        let updates: BTreeSet<UpdateId> = remedy.iter().filter_map(named).collect();
        let releases = updates.iter().flat_map(|update| &catalog.update(*update).releases);
        let files = releases.flat_map(Release::all_files);
        let owners: BTreeSet<ComponentId> =
            files.filter_map(|package| catalog.file(package.file).component).collect();
        let with_needs = all_needs(catalog, owners.clone());
        let is_of = |name: &str, components: &BTreeSet<ComponentId>| {
            let group = catalog.group_named(name).map(|group| group.members.clone());
            let members = group.or_else(|| Some(vec![catalog.component_named(name)?]));
            members.unwrap_or_default().iter().any(|member| components.contains(member))
        };
        let adds = |step: &Step| match step {
            Step::ApplyServicePack(_) | Step::Restart => true,
            Step::AddComponent { name, .. } => is_of(name, &owners),
            step => named(step).is_some_and(|update| updates.contains(&update)),
        };
        let adds_or_removes = |step: &Step| match step {
            Step::AddComponent { name, .. } | Step::RemoveComponent { name } => {
                is_of(name, &with_needs)
            }
            step => adds(step),
        };
        let choose = |is_wanted: &dyn Fn(&Step) -> bool| -> BTreeSet<usize> {
            let steps = self.exact.steps.iter().enumerate();
            steps.filter(|(_, step)| is_wanted(step)).map(|(number, _)| number).collect()
        };
        let [adding, changing, all] = STEPS_MAX;
        Ok(vec![
            (choose(&adds), adding),
            (choose(&adds_or_removes), changing),
            (choose(&|_| true), all),
        ])
    }

    /// A nearest host with one of these needs, with a shortest order by the steps of some layers,
    /// unless there is none so near.
    fn nearest(
        &mut self,
        faulty: Set,
        numbers: &BTreeSet<u32>,
        (layers, steps_max): (&mut Layers, usize),
        nodes_max: usize,
    ) -> Result<Option<(Host, Vec<Step>)>, TooLarge> {
        for distance in 0..=steps_max {
            if self.exact.space.diagrams().node_count() > nodes_max {
                return Ok(None);
            }
            let Some(within) = self.exact.space.within(layers, distance)? else { return Ok(None) };
            let near = self.exact.space.diagrams().intersection(within, faulty)?;
            let (_, mut hosts) = self.weigh(near, std::slice::from_ref(numbers))?;
            let Some(host) = hosts.pop().flatten() else { continue };
            let set = self.exact.space.set_of(&host)?;
            let path = self.exact.space.shortest_by(layers, set, distance)?;
            return Ok(path.map(|path| (host, follow(self.exact, path).0)));
        }
        Ok(None)
    }
}
