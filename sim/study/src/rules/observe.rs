//! What a rule cannot see: hosts of different truth that look the same to the fields that it reads.
//!
//! **Owns** finding them, the nearest pair, how many hosts any rule over these fields must get
//! wrong, and which further fields would tell them apart. **Must never know** what the rule does
//! with what it reads.
//!
//! It looks at what the hosts of each slice show: of those that a verification has met, or else of
//! the set of them. How far the hosts of a set are from a bare system is found out only as far as
//! the nearest pair needs it.
//!
//! **Start reading** at [`observe`].

use super::{Evaluator, follow, survey::HostWitness};
use crate::{Exact, ObservationClasses, Reached, SharedFiles, Simulation, Slicing, StudyError};
use patchstate_catalog::{Catalog, RegistryScope};
use patchstate_detect::advisory::Advisories;
use patchstate_explore::StateId;
use patchstate_image::HostTree;
use patchstate_rules::{Field, FieldValue, Reads, Rule};
use patchstate_servicing::{ActionNames, Host, Switches};
use patchstate_space::TooLarge;
use patchstate_terms::{Architecture, RegistryPath, Status, Step, WindowsPath};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Whether what a rule reads is enough to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observability {
    /// What the rule reads.
    pub fields: Vec<Field>,
    /// Where it is not enough.
    pub blind: Option<Indistinguishable>,
}

/// Hosts that only differ in what a rule does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indistinguishable {
    /// In how many observation classes, of the fields that the rule reads, hosts of both kinds
    /// are.
    pub classes: usize,
    /// How many of the reached hosts any rule over these fields gets wrong, at the least.
    pub wrong_at_least: usize,
    /// The nearest host that the rule should report, of the nearest pair.
    pub positive: HostWitness,
    /// The nearest one that looks the same and that it should not report.
    pub negative: HostWitness,
    /// What both show of the fields that the rule reads; `None` for what cannot be known.
    pub same: Vec<(Field, Option<FieldValue>)>,
    /// The field that tells the pair apart and leaves fewest hosts wrong.
    pub separator: Option<Separator>,
    /// Fields that together tell as many hosts apart as is possible, the most telling first.
    pub together: Vec<Field>,
    /// How many hosts any rule over these, too, gets wrong at the least.
    pub left_wrong: usize,
}

/// A field that differs between two hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separator {
    /// The field.
    pub field: Field,
    /// Its value on the host that should be reported.
    pub on_positive: Option<FieldValue>,
    /// Its value on the other one.
    pub on_negative: Option<FieldValue>,
    /// How many hosts a rule that reads this field too gets wrong, at the least.
    pub left_wrong: usize,
}

/// What hosts of one architecture show.
pub(crate) struct SeenSets {
    files: Arc<SharedFiles>,
    searches: Vec<OneSearch>,
    looks: Vec<Seen>,
    /// The distances of hosts that are held as sets are known below this.
    distance: usize,
}

/// What hosts come from: a host means something only beside the model that made it.
struct OneSearch {
    simulation: Simulation,
    /// The hosts, where they are held as a set.
    exact: Option<Exact>,
    /// The distances of what they show, as far as they are known.
    distances: FxHashMap<Host, usize>,
}

/// Hosts that show the same and of which the same is true.
struct Seen {
    /// One of them, and the search that reached it.
    host: Host,
    search: usize,
    truth: Status,
    hosts: usize,
    /// The shortest order to one; `None` where the hosts are held as a set.
    order: Option<Vec<Step>>,
}

impl SeenSets {
    /// Nothing yet of an architecture whose images are shared.
    pub(crate) const fn new(files: Arc<SharedFiles>) -> Self {
        Self { files, searches: Vec::new(), looks: Vec::new(), distance: 0 }
    }

    /// What the hosts of each slice show, from the set of them; `None` where that grows too large.
    ///
    /// # Errors
    /// When a name is not in the catalog.
    pub(crate) fn of_slices(
        catalog: &Arc<Catalog>,
        (architecture, switches): (Architecture, Switches),
        slicing: &Slicing,
        files: &Arc<SharedFiles>,
    ) -> Result<Option<Self>, StudyError> {
        let exact = |names: &ActionNames| Exact::new(catalog, architecture, switches, names);
        let slices = slicing.slices.par_iter().map(exact).collect::<Vec<Result<Exact, _>>>();
        let slices = match slices.into_iter().collect::<Result<Vec<Exact>, StudyError>>() {
            Err(StudyError::TooLarge(_)) => return Ok(None),
            slices => slices?,
        };
        let mut all = Self::new(Arc::clone(files));
        for (search, exact) in slices.into_iter().enumerate() {
            let (space, statuses) = (&exact.space, &exact.truth.statuses);
            let seen = |(host, hosts): (Host, u128)| {
                let (truth, _) = statuses.iter().find(|(_, shown)| space.shows(**shown, &host))?;
                let hosts = usize::try_from(hosts).unwrap_or(usize::MAX);
                Some(Seen { host, search, truth: *truth, hosts, order: None })
            };
            all.looks.extend(space.shown_of(space.hosts()).filter_map(seen));
            let simulation = Simulation::of(space.model().clone(), Arc::clone(files));
            let (exact, distances) = (Some(exact), FxHashMap::default());
            all.searches.push(OneSearch { simulation, exact, distances });
        }
        Ok(Some(all))
    }

    /// Takes in the hosts of a search. `of_class` has, for each class, the number of its set of
    /// files and its truth.
    pub(crate) fn add(
        &mut self,
        reached: &Reached,
        classes: &ObservationClasses,
        of_class: impl ExactSizeIterator<Item = (usize, Status)>,
    ) {
        let model = reached.simulation().model();
        let search = self.searches.len();
        let simulation = Simulation::of(model.clone(), Arc::clone(&self.files));
        let distances = FxHashMap::default();
        self.searches.push(OneSearch { simulation, exact: None, distances });
        // Hosts come in the order of their distance, so the first of a kind is a nearest one.
        let mut kinds: BTreeMap<(usize, Status), (StateId, usize)> = BTreeMap::new();
        let mut of_classes: Vec<Option<(StateId, usize)>> = vec![None; of_class.len()];
        for (id, class) in (0..).map(StateId).zip(&classes.of) {
            if let Some(found) = of_classes.get_mut(*class as usize) {
                found.get_or_insert((id, 0)).1 += 1;
            }
        }
        for (kind, found) in of_class.zip(of_classes) {
            let Some((first, hosts)) = found else { continue };
            let known = kinds.entry(kind).or_insert((first, 0));
            *known = (known.0.min(first), known.1 + hosts);
        }
        for ((_, truth), (first, hosts)) in kinds {
            let Some(host) = reached.host(first) else { continue };
            let order = Some(reached.order(first));
            self.looks.push(Seen { host, search, truth, hosts, order });
        }
    }

    /// How many steps an order to a look has, with that of the base operating system, as far as
    /// that is known.
    fn length(&self, seen: &Seen) -> Option<usize> {
        let distance = || Some(self.searches.get(seen.search)?.distances.get(&seen.host)? + 1);
        seen.order.as_ref().map(Vec::len).or_else(distance)
    }

    /// Distances that are not known are no less than this; `None` where all are known.
    fn next(&self) -> Option<usize> {
        let is_open = |seen: &Seen| self.length(seen).is_none();
        self.looks.iter().any(is_open).then_some(self.distance)
    }

    /// Finds out which looks are at the next distance; whether any host is.
    fn reach_on(&mut self) -> Result<bool, TooLarge> {
        let mut goes_on = false;
        for OneSearch { exact, distances, .. } in &mut self.searches {
            let Some(space) = exact.as_mut().map(|exact| &mut exact.space) else { continue };
            let Some(shown) = space.shown_within(self.distance)? else { continue };
            goes_on = true;
            for host in space.hosts_of(shown) {
                distances.entry(host).or_insert(self.distance);
            }
        }
        self.distance += 1;
        Ok(goes_on)
    }

    /// A look as a host with a shortest order.
    fn witness(&mut self, place: usize) -> Result<Option<HostWitness>, StudyError> {
        let Some(seen) = self.looks.get(place) else { return Ok(None) };
        let Some(search) = self.searches.get_mut(seen.search) else { return Ok(None) };
        let mut order = seen.order.clone();
        if let (None, Some(exact)) = (&order, &mut search.exact) {
            let shown = exact.space.set_of(&seen.host)?;
            let hosts = exact.space.showing(shown)?;
            let path = exact.space.shortest(hosts, self.distance)?;
            order = path.map(|path| follow(exact, path).0);
        }
        let (truth, hosts) = (seen.truth, seen.hosts);
        let architecture = search.simulation.model().architecture();
        Ok(order.map(|steps| HostWitness { architecture, steps, truth, hosts }))
    }
}

/// Looks at what some rules read; `None` for rules of which that is not known. For a scope in
/// slices, what is found is so on every host, and what is not found may still be there.
///
/// # Errors
/// When files of a host cannot be made.
pub(crate) fn observe(
    catalog: &Catalog,
    seen: &mut [SeenSets],
    rules: &[&dyn Rule],
) -> Result<Vec<Option<Observability>>, StudyError> {
    let mut columns = candidates(catalog);
    for rule in rules {
        columns.extend(fields(*rule).into_iter().flatten().cloned());
    }
    let columns: Vec<Field> = columns.into_iter().collect();
    let table = Table::new(seen, &columns)?;
    let look = |rule: &&dyn Rule| {
        let Some(read) = fields(*rule) else { return Ok(None) };
        let own: Vec<usize> = (0..columns.len())
            .filter(|place| columns.get(*place).is_some_and(|field| read.contains(field)))
            .collect();
        let blind = table.indistinguishable(seen, &own, rule.stands_for())?;
        Ok(Some(Observability { fields: read.iter().cloned().collect(), blind }))
    };
    rules.iter().map(look).collect()
}

fn fields(rule: &dyn Rule) -> Option<&BTreeSet<Field>> {
    match rule.reads() {
        Reads::Fields(fields) => Some(fields),
        Reads::Files(_) | Reads::Tree | Reads::Folder | Reads::FolderOf(_) => None,
    }
}

/// Every field that a rule could read as well. What a version decides (exports, imports, machine)
/// is left out.
fn candidates(catalog: &Catalog) -> BTreeSet<Field> {
    let mut fields = BTreeSet::from([Field::OsArchitecture, Field::OsLevel, Field::OsVersion]);
    for path in catalog.files.iter().map(|file| &file.path) {
        fields.extend([
            Field::FilePresent(path.clone()),
            Field::FileVersion(path.clone()),
            Field::FileVersionString(path.clone()),
            Field::FileLevel(path.clone()),
        ]);
    }
    for update in &catalog.updates {
        fields.insert(Field::UpdateRecorded(update.id.clone()));
        fields.insert(Field::UpdateRelease(update.id.clone()));
    }
    for fact in &catalog.registry {
        let place = |value: &str| {
            let (key, value) = (fact.key.clone(), value.to_owned());
            Field::Registry(RegistryPath { hive: fact.hive, key, value })
        };
        match fact.scope {
            RegistryScope::Host => {
                fields.insert(place(&fact.value));
            }
            RegistryScope::Component => {
                let ids = catalog.components.iter().map(|component| component.id.as_str());
                let named = |id| fact.value.replace("{component}", id);
                fields.extend(ids.map(|id| place(&named(id))));
            }
            // What is recorded of an update, a field of the update says.
            RegistryScope::Update | RegistryScope::UpdateFile => {}
            // That is a field of the system.
            RegistryScope::WaitingFile => {
                fields.insert(Field::OsRestartPending);
            }
        }
    }
    fields
}

/// A field, and the values that it has somewhere.
struct Column {
    field: Field,
    numbers: BTreeMap<Option<FieldValue>, u32>,
    values: Vec<Option<FieldValue>>,
}

impl Column {
    const fn new(field: Field) -> Self {
        Self { field, numbers: BTreeMap::new(), values: Vec::new() }
    }

    fn number(&mut self, value: Option<FieldValue>) -> u32 {
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(value.clone()).or_insert(next);
        if number == next {
            self.values.push(value);
        }
        number
    }

    fn value(&self, number: Option<u32>) -> Option<FieldValue> {
        self.values.get(number? as usize)?.clone()
    }
}

/// What each set of files shows, and the looks that have it.
struct Table {
    columns: Vec<Column>,
    rows: Vec<(Vec<u32>, Vec<OneLook>)>,
}

/// A look, and what has to be known of it most often.
#[derive(Clone, Copy)]
struct OneLook {
    /// The place of its architecture, and its own there.
    place: (usize, usize),
    truth: Status,
    hosts: usize,
}

/// A look, and its row.
type InRow = (usize, OneLook);

/// What makes one look come before another: the length of its order, its architecture, its row.
type Rank = (usize, usize, usize);

/// A row that is in doubt: the group of rows that look the same, and hosts of either kind.
#[derive(Clone, Copy)]
struct Doubted {
    row: usize,
    group: usize,
    positive: usize,
    negative: usize,
}

/// Further fields that are named at most.
const TOGETHER_COUNT_MAX: usize = 12;

/// Sets of files whose values are in memory at a time.
const CHUNK: usize = 2048;

/// What decides some fields: the bytes of some files. Fields of the same files are on every host
/// with these bytes what they are on the first.
struct Decided {
    /// The files; of all others the hives and the files that tell the level of the system.
    file: Option<WindowsPath>,
    /// The fields, by the places of their columns.
    columns: Vec<usize>,
    /// The values in these columns, by the numbers of the files' bytes.
    known: FxHashMap<Bytes, Vec<u32>>,
}

/// The numbers of the bytes of some files; `None` for one that is not there.
type Bytes = Vec<Option<u64>>;

impl Decided {
    /// Fields by what decides them.
    fn all(fields: &[Field]) -> Vec<Self> {
        let mut by_file: BTreeMap<Option<&WindowsPath>, Vec<usize>> = BTreeMap::new();
        for (column, field) in fields.iter().enumerate() {
            by_file.entry(field.file()).or_default().push(column);
        }
        let new = |(file, columns): (Option<&WindowsPath>, _)| Self {
            file: file.cloned(),
            columns,
            known: FxHashMap::default(),
        };
        by_file.into_iter().map(new).collect()
    }

    fn bytes(&self, tree: &HostTree, known: &Advisories) -> Bytes {
        let number = |path: &WindowsPath| tree.files.get(path).map(|file| file.number);
        if let Some(path) = &self.file {
            return vec![number(path)];
        }
        let hives = tree.files.values().filter(|file| !file.is_image);
        let system = known.files.iter().filter(|file| file.tells_level);
        hives.map(|file| Some(file.number)).chain(system.map(|file| number(&file.path))).collect()
    }
}

impl Table {
    /// What these fields are on every set of files. Sets that show the same are one row.
    fn new<'s>(seen: &'s [SeenSets], fields: &[Field]) -> Result<Self, StudyError> {
        let evaluator =
            Evaluator::of_paths(fields.iter().filter_map(Field::file).cloned().collect());
        let columns = fields.iter().cloned().map(Column::new).collect();
        let mut table = Self { columns, rows: Vec::new() };
        let mut decided = Decided::all(fields);
        let mut places: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        for (architecture, sets) in seen.iter().enumerate() {
            let all = sets.looks.iter().enumerate();
            let made = |(place, seen): (usize, &'s Seen)| {
                Some((&sets.searches.get(seen.search)?.simulation, seen, (architecture, place)))
            };
            let all: Vec<(&Simulation, &Seen, (usize, usize))> = all.filter_map(made).collect();
            for chunk in all.chunks(CHUNK) {
                let rows = table.look_at(&evaluator, &mut decided, chunk)?;
                for (row, (_, seen, place)) in rows.zip(chunk) {
                    let next = table.rows.len();
                    let at = *places.entry(row.clone()).or_insert(next);
                    if at == next {
                        table.rows.push((row, Vec::new()));
                    }
                    if let Some((_, known)) = table.rows.get_mut(at) {
                        let Seen { truth, hosts, .. } = **seen;
                        known.push(OneLook { place: *place, truth, hosts });
                    }
                }
            }
        }
        Ok(table)
    }

    /// The row of each of some sets of files. Only a set that has bytes of some files for the first
    /// time is looked at.
    fn look_at(
        &mut self,
        evaluator: &Evaluator<'_>,
        decided: &mut [Decided],
        sets: &[(&Simulation, &Seen, (usize, usize))],
    ) -> Result<impl Iterator<Item = Vec<u32>> + use<>, StudyError> {
        let bytes = |(made, set, _): &(&Simulation, &Seen, (usize, usize))| {
            let tree = made.tree(&set.host)?;
            Ok(decided.iter().map(|d| d.bytes(&tree, made.known())).collect::<Vec<Bytes>>())
        };
        let bytes = sets.par_iter().map(bytes).collect::<Result<Vec<_>, StudyError>>()?;
        let mut met: FxHashSet<(usize, &Bytes)> = FxHashSet::default();
        let is_new = |(place, bytes): &(usize, &Bytes)| {
            decided.get(*place).is_some_and(|decided| !decided.known.contains_key(*bytes))
        };
        // For each set that is looked at, what it decides first.
        let mut first: Vec<(usize, Vec<usize>)> = Vec::new();
        for (set, bytes) in bytes.iter().enumerate() {
            let own = bytes.iter().enumerate().filter(is_new).filter(|own| met.insert(*own));
            let own: Vec<usize> = own.map(|(place, _)| place).collect();
            if !own.is_empty() {
                first.push((set, own));
            }
        }
        let columns = &self.columns;
        let look = |(set, own): &(usize, Vec<usize>)| {
            let Some((made, seen, _)) = sets.get(*set) else { return Ok(Vec::new()) };
            evaluator.show(made, &made.tree(&seen.host)?, |subject| {
                let value =
                    |column: &usize| columns.get(*column)?.field.value(subject.evidence).ok();
                let values = |decided: &Decided| decided.columns.iter().map(value).collect();
                own.iter().filter_map(|place| decided.get(*place)).map(values).collect()
            })
        };
        let looked: Vec<Vec<Vec<Option<FieldValue>>>> =
            first.par_iter().map(look).collect::<Result<_, StudyError>>()?;
        for ((set, own), values) in first.iter().zip(looked) {
            for (place, values) in own.iter().zip(values) {
                let Some(decided) = decided.get_mut(*place) else { continue };
                let cells = decided.columns.iter().zip(values);
                let numbers = cells.filter_map(|(column, value)| {
                    Some(self.columns.get_mut(*column)?.number(value))
                });
                let numbers = numbers.collect();
                if let Some(bytes) = bytes.get(*set).and_then(|bytes| bytes.get(*place)) {
                    decided.known.insert(bytes.clone(), numbers);
                }
            }
        }
        let row = |bytes: &Vec<Bytes>| {
            let mut row = vec![0; self.columns.len()];
            for (decided, bytes) in decided.iter().zip(bytes) {
                let numbers = decided.known.get(bytes).into_iter().flatten();
                for (column, number) in decided.columns.iter().zip(numbers) {
                    if let Some(cell) = row.get_mut(*column) {
                        *cell = *number;
                    }
                }
            }
            row
        };
        Ok(bytes.iter().map(row).collect::<Vec<_>>().into_iter())
    }

    fn cell(&self, row: usize, column: usize) -> Option<u32> {
        self.rows.get(row)?.0.get(column).copied()
    }

    fn indistinguishable(
        &self,
        seen: &mut [SeenSets],
        own: &[usize],
        stands_for: &BTreeSet<Status>,
    ) -> Result<Option<Indistinguishable>, StudyError> {
        let mut groups: BTreeMap<Vec<Option<u32>>, Vec<usize>> = BTreeMap::new();
        for row in 0..self.rows.len() {
            let class = own.iter().map(|column| self.cell(row, *column)).collect();
            groups.entry(class).or_default().push(row);
        }
        let mut doubted: Vec<Doubted> = Vec::new();
        let mut classes = 0;
        for rows in groups.values() {
            let of_rows = rows.iter().map(|row| self.doubted(*row, classes, stands_for));
            let of_rows: Vec<Doubted> = of_rows.collect();
            let has = |kind: fn(&Doubted) -> usize| of_rows.iter().any(|row| kind(row) > 0);
            if has(|row| row.positive) && has(|row| row.negative) {
                doubted.extend(of_rows);
                classes += 1;
            }
        }
        let Some(pair) = self.nearest_pair(seen, &doubted, stands_for)? else { return Ok(None) };
        let mut witness = |(_, look): InRow| match seen.get_mut(look.place.0) {
            Some(sets) => sets.witness(look.place.1),
            None => Ok(None),
        };
        let (Some(positive), Some(negative)) = (witness(pair[0])?, witness(pair[1])?) else {
            return Ok(None);
        };
        let rows = pair.map(|(row, _)| row);
        let same = own.iter().filter_map(|place| {
            let column = self.columns.get(*place)?;
            Some((column.field.clone(), column.value(self.cell(rows[0], *place))))
        });
        let others: Vec<usize> =
            (0..self.columns.len()).filter(|column| !own.contains(column)).collect();
        let (together, left_wrong) = self.together(&others, doubted.clone());
        Ok(Some(Indistinguishable {
            classes,
            wrong_at_least: wrong(&doubted, |_| None),
            positive,
            negative,
            same: same.collect(),
            separator: self.separator(&others, rows, &doubted),
            together,
            left_wrong,
        }))
    }

    /// Of the hosts of one group, one that should be reported and one that should not, for which
    /// both orders together are shortest.
    fn nearest_pair(
        &self,
        seen: &mut [SeenSets],
        doubted: &[Doubted],
        stands_for: &BTreeSet<Status>,
    ) -> Result<Option<[InRow; 2]>, StudyError> {
        loop {
            let pairs = doubted.chunk_by(|a, b| a.group == b.group);
            let pairs = pairs.filter_map(|group| {
                let nearest = |wanted| self.nearest(seen, group, (stands_for, wanted));
                let ((positive, first), (negative, second)) = (nearest(true)?, nearest(false)?);
                let lengths = (positive.0 + negative.0, positive, negative);
                Some((lengths, [first, second]))
            });
            let nearest = pairs.min_by_key(|(lengths, _)| *lengths);
            // A host that is not known yet is so far away, and the other one no step.
            let next = seen.iter().filter_map(SeenSets::next).min();
            let is_nearest = nearest
                .as_ref()
                .is_some_and(|((steps, ..), _)| next.is_some_and(|n| *steps < n + 2));
            if next.is_none() || doubted.is_empty() || is_nearest {
                return Ok(nearest.map(|(_, pair)| pair));
            }
            let mut goes_on = false;
            for sets in &mut *seen {
                goes_on |= sets.reach_on()?;
            }
            if !goes_on {
                return Ok(nearest.map(|(_, pair)| pair));
            }
        }
    }

    /// The nearest look of some rows that should be reported, or that should not, as far as
    /// distances are known.
    fn nearest(
        &self,
        seen: &[SeenSets],
        rows: &[Doubted],
        (stands_for, wanted): (&BTreeSet<Status>, bool),
    ) -> Option<(Rank, InRow)> {
        let looks = rows.iter().flat_map(|doubt| {
            let looks = self.rows.get(doubt.row).map(|(_, looks)| looks.iter());
            looks.into_iter().flatten().map(|look| (doubt.row, *look))
        });
        let of_kind = looks.filter(|(_, look)| stands_for.contains(&look.truth) == wanted);
        let with_length = of_kind.filter_map(|(row, look)| {
            let (architecture, place) = look.place;
            let sets = seen.get(architecture)?;
            Some(((sets.length(sets.looks.get(place)?)?, architecture, row), (row, look)))
        });
        with_length.min_by_key(|(rank, _)| *rank)
    }

    fn doubted(&self, row: usize, group: usize, stands_for: &BTreeSet<Status>) -> Doubted {
        let mut doubted = Doubted { row, group, positive: 0, negative: 0 };
        for look in self.rows.get(row).into_iter().flat_map(|(_, looks)| looks) {
            let kind = stands_for.contains(&look.truth);
            let hosts = if kind { &mut doubted.positive } else { &mut doubted.negative };
            *hosts = hosts.saturating_add(look.hosts);
        }
        doubted
    }

    /// The field that leaves fewest hosts wrong, among some, with how many these are.
    fn best(&self, columns: &[usize], doubted: &[Doubted]) -> Option<(usize, usize)> {
        let left = |column: &usize| (wrong(doubted, |row| self.cell(row, *column)), *column);
        let mut left: Vec<(usize, usize)> = columns.par_iter().map(left).collect();
        left.sort_by_key(|(left, column)| {
            (
                *left,
                self.columns.get(*column).map(|column| (plainness(&column.field), &column.field)),
            )
        });
        left.first().copied()
    }

    fn separator(
        &self,
        columns: &[usize],
        [positive, negative]: [usize; 2],
        doubted: &[Doubted],
    ) -> Option<Separator> {
        let differs =
            |column: &&usize| self.cell(positive, **column) != self.cell(negative, **column);
        let differing: Vec<usize> = columns.iter().filter(differs).copied().collect();
        let (left_wrong, place) = self.best(&differing, doubted)?;
        let column = self.columns.get(place)?;
        Some(Separator {
            field: column.field.clone(),
            on_positive: column.value(self.cell(positive, place)),
            on_negative: column.value(self.cell(negative, place)),
            left_wrong,
        })
    }

    /// One field after the other, each the one that leaves fewest hosts wrong.
    fn together(&self, columns: &[usize], mut doubted: Vec<Doubted>) -> (Vec<Field>, usize) {
        let (mut fields, mut left) = (Vec::new(), wrong(&doubted, |_| None));
        while left > 0 && fields.len() < TOGETHER_COUNT_MAX {
            let Some((fewer, place)) = self.best(columns, &doubted) else { break };
            let Some(column) = self.columns.get(place).filter(|_| fewer < left) else { break };
            fields.push(column.field.clone());
            left = fewer;
            let mut groups = BTreeMap::new();
            for doubt in &mut doubted {
                let next = groups.len();
                let class = (doubt.group, self.cell(doubt.row, place));
                doubt.group = *groups.entry(class).or_insert(next);
            }
            doubted.sort_by_key(|doubt| doubt.group);
        }
        (fields, left)
    }
}

/// How many hosts are wrong at the least where rows with the same value look the same. Rows of one
/// group stand together.
fn wrong(doubted: &[Doubted], value: impl Fn(usize) -> Option<u32>) -> usize {
    let mut sum = 0;
    // What the group at hand has of each value; the first place is that of no value.
    let mut counts: Vec<(usize, usize)> = Vec::new();
    let mut touched: Vec<usize> = Vec::new();
    for group in doubted.chunk_by(|a, b| a.group == b.group) {
        for doubt in group {
            let place = value(doubt.row).map_or(0, |value| value as usize + 1);
            if counts.len() <= place {
                counts.resize(place + 1, (0, 0));
            }
            let Some((positive, negative)) = counts.get_mut(place) else { continue };
            if (*positive, *negative) == (0, 0) {
                touched.push(place);
            }
            *positive = positive.saturating_add(doubt.positive);
            *negative = negative.saturating_add(doubt.negative);
        }
        for place in touched.drain(..) {
            let (positive, negative) =
                counts.get_mut(place).map(std::mem::take).unwrap_or_default();
            sum = positive.min(negative).saturating_add(sum);
        }
    }
    sum
}

/// Among fields that tell as much, what a person would ask for first.
const fn plainness(field: &Field) -> u8 {
    match field {
        Field::OsLevel | Field::OsArchitecture | Field::OsRestartPending => 0,
        Field::FileLevel(_) => 1,
        Field::FilePresent(_) => 2,
        Field::FileVersion(_) | Field::OsVersion => 3,
        Field::UpdateRecorded(_) => 4,
        Field::UpdateRelease(_) => 5,
        Field::FileVersionString(_) => 6,
        Field::OsProduct
        | Field::FileMachine(_)
        | Field::FileExports(_, _)
        | Field::FileImports(_, _, _)
        | Field::Registry(_)
        | Field::RegistryKeyPresent(_, _) => 7,
    }
}
