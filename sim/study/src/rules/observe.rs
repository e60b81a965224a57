//! What a rule cannot see: hosts of different truth that look the same to the fields that it reads.
//!
//! **Owns** finding them, the nearest pair, how many hosts any rule over these fields must get
//! wrong, and which further fields would tell them apart. **Must never know** what the rule does
//! with what it reads.
//!
//! It looks at what a verification has met already: no host is reached a second time.
//!
//! **Start reading** at [`observe`].

use super::{Evaluator, survey::HostWitness};
use crate::{ObservationClasses, Reached, SharedFiles, Simulation, StudyError};
use patchstate_catalog::{Catalog, RegistryScope};
use patchstate_detect::advisory::Advisories;
use patchstate_explore::StateId;
use patchstate_image::HostTree;
use patchstate_rules::{Field, FieldValue, Reads, Rule};
use patchstate_servicing::Host;
use patchstate_terms::{RegistryPath, Status, WindowsPath};
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

/// The different sets of files of the hosts that were reached on one architecture.
pub(crate) struct SeenSets {
    files: Arc<SharedFiles>,
    /// One for each search: a host means something only beside the model that made it.
    searches: Vec<Simulation>,
    rows: BTreeMap<usize, SeenSet>,
}

/// One set of files.
struct SeenSet {
    /// A host that has it, and the search that reached it.
    host: Host,
    search: usize,
    /// How many hosts have it, by their truth.
    witnesses: BTreeMap<Status, HostWitness>,
}

impl SeenSets {
    /// Nothing yet of an architecture whose images are shared.
    pub(crate) const fn new(files: Arc<SharedFiles>) -> Self {
        Self { files, searches: Vec::new(), rows: BTreeMap::new() }
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
        let (architecture, search) = (model.architecture(), self.searches.len());
        self.searches.push(Simulation::of(model.clone(), Arc::clone(&self.files)));
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
        for ((set, truth), (first, hosts)) in kinds {
            let Some(host) = reached.host(first) else { continue };
            let steps = reached.order(first);
            let witness = HostWitness { architecture, steps, truth, hosts };
            let new = || SeenSet { host, search, witnesses: BTreeMap::new() };
            witness.join(&mut self.rows.entry(set).or_insert_with(new).witnesses);
        }
    }
}

/// Looks at what some rules read; `None` for rules of which that is not known. For a scope in
/// slices, what is found is so on every host, and what is not found may still be there.
///
/// # Errors
/// When files of a host cannot be made.
pub(crate) fn observe(
    catalog: &Catalog,
    seen: &[SeenSets],
    rules: &[&dyn Rule],
) -> Result<Vec<Option<Observability>>, StudyError> {
    let mut columns = candidates(catalog);
    for rule in rules {
        columns.extend(fields(*rule).into_iter().flatten().cloned());
    }
    let columns: Vec<Field> = columns.into_iter().collect();
    let table = Table::new(seen, &columns)?;
    let look = |rule: &&dyn Rule| {
        let read = fields(*rule)?;
        let own: Vec<usize> = (0..columns.len())
            .filter(|place| columns.get(*place).is_some_and(|field| read.contains(field)))
            .collect();
        let blind = table.indistinguishable(&own, rule.stands_for());
        Some(Observability { fields: read.iter().cloned().collect(), blind })
    };
    Ok(rules.iter().map(look).collect())
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

/// What each set of files shows, and the hosts that have it.
struct Table {
    columns: Vec<Column>,
    rows: Vec<(Vec<u32>, BTreeMap<Status, HostWitness>)>,
}

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

    fn bytes(&self, tree: &HostTree) -> Bytes {
        let number = |path: &WindowsPath| tree.files.get(path).map(|file| file.number);
        if let Some(path) = &self.file {
            return vec![number(path)];
        }
        let hives = tree.files.values().filter(|file| !file.is_image);
        let known = Advisories::built_in();
        let system = known.files.iter().filter(|file| file.tells_level);
        hives.map(|file| Some(file.number)).chain(system.map(|file| number(&file.path))).collect()
    }
}

impl Table {
    /// What these fields are on every set of files. Sets that show the same are one row.
    fn new(seen: &[SeenSets], fields: &[Field]) -> Result<Self, StudyError> {
        let evaluator =
            Evaluator::of_paths(fields.iter().filter_map(Field::file).cloned().collect());
        let columns = fields.iter().cloned().map(Column::new).collect();
        let mut table = Self { columns, rows: Vec::new() };
        let mut decided = Decided::all(fields);
        let mut places: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        for sets in seen {
            let all: Vec<(&Simulation, &SeenSet)> = sets
                .rows
                .values()
                .filter_map(|set| Some((sets.searches.get(set.search)?, set)))
                .collect();
            for chunk in all.chunks(CHUNK) {
                for (row, (_, set)) in table.look_at(&evaluator, &mut decided, chunk)?.zip(chunk) {
                    let next = table.rows.len();
                    let place = *places.entry(row.clone()).or_insert(next);
                    if place == next {
                        table.rows.push((row, BTreeMap::new()));
                    }
                    if let Some((_, known)) = table.rows.get_mut(place) {
                        set.witnesses.values().cloned().for_each(|witness| witness.join(known));
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
        sets: &[(&Simulation, &SeenSet)],
    ) -> Result<impl Iterator<Item = Vec<u32>> + use<>, StudyError> {
        let bytes = |(made, set): &(&Simulation, &SeenSet)| {
            let tree = made.tree(&set.host)?;
            Ok(decided.iter().map(|decided| decided.bytes(&tree)).collect::<Vec<Bytes>>())
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
            let Some((made, seen)) = sets.get(*set) else { return Ok(Vec::new()) };
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
        own: &[usize],
        stands_for: &BTreeSet<Status>,
    ) -> Option<Indistinguishable> {
        let mut groups: BTreeMap<Vec<Option<u32>>, Vec<usize>> = BTreeMap::new();
        for row in 0..self.rows.len() {
            let class = own.iter().map(|column| self.cell(row, *column)).collect();
            groups.entry(class).or_default().push(row);
        }
        let nearest = |rows: &[usize], wanted: bool| {
            let witnesses = rows.iter().flat_map(|row| {
                let witnesses = self.rows.get(*row).map(|(_, witnesses)| witnesses.values());
                witnesses.into_iter().flatten().map(|witness| (*row, witness))
            });
            let of_kind = witnesses.filter(|(_, s)| stands_for.contains(&s.truth) == wanted);
            of_kind.min_by_key(|(row, witness)| (witness.rank(), *row))
        };
        let pair = |rows: &[usize]| Some((nearest(rows, true)?, nearest(rows, false)?));
        let mut pairs = Vec::new();
        let mut doubted = Vec::new();
        for rows in groups.values() {
            let Some(pair) = pair(rows) else { continue };
            let group = pairs.len();
            doubted.extend(rows.iter().map(|row| self.doubted(*row, group, stands_for)));
            pairs.push(pair);
        }
        let ((first, positive), (second, negative)) =
            pairs.iter().copied().min_by_key(|((_, positive), (_, negative))| {
                let steps = positive.steps.len() + negative.steps.len();
                (steps, positive.rank(), negative.rank())
            })?;
        let same = own.iter().filter_map(|place| {
            let column = self.columns.get(*place)?;
            Some((column.field.clone(), column.value(self.cell(first, *place))))
        });
        let others: Vec<usize> =
            (0..self.columns.len()).filter(|column| !own.contains(column)).collect();
        let (together, left_wrong) = self.together(&others, doubted.clone());
        Some(Indistinguishable {
            classes: pairs.len(),
            wrong_at_least: wrong(&doubted, |_| None),
            positive: positive.clone(),
            negative: negative.clone(),
            same: same.collect(),
            separator: self.separator(&others, (first, second), &doubted),
            together,
            left_wrong,
        })
    }

    fn doubted(&self, row: usize, group: usize, stands_for: &BTreeSet<Status>) -> Doubted {
        let mut doubted = Doubted { row, group, positive: 0, negative: 0 };
        let witnesses = self.rows.get(row).map(|(_, witnesses)| witnesses.values());
        for witness in witnesses.into_iter().flatten() {
            let kind = stands_for.contains(&witness.truth);
            *(if kind { &mut doubted.positive } else { &mut doubted.negative }) += witness.hosts;
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
        (positive, negative): (usize, usize),
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
            *positive += doubt.positive;
            *negative += doubt.negative;
        }
        for place in touched.drain(..) {
            let (positive, negative) =
                counts.get_mut(place).map(std::mem::take).unwrap_or_default();
            sum += positive.min(negative);
        }
    }
    sum
}

/// Among fields that tell as much, what a person would ask for first.
const fn plainness(field: &Field) -> u8 {
    match field {
        Field::OsLevel | Field::OsArchitecture => 0,
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
