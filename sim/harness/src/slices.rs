//! A scope too large to search at once, in slices that can be.
//!
//! Updates that bring no file in common do not see each other, and a component without updates
//! sees none. So a scope falls into *slices*: each has some updates that hang together by their
//! files, with the components that own these files and what they need. Leaving out of an install
//! order every step that is not of a slice gives an order of that slice: what another slice does
//! can make a package refuse, and a refused step does nothing. Every host of the whole scope
//! therefore looks, to each slice, like a host that the slice reached; and each of its findings is
//! found in the slice that owns the file.
//!
//! What two slices both see (levels, cache, the components and files that both have) must agree.
//! The number of combinations that do agree is what the slices stand for: every host of the whole
//! scope is one of them.

use crate::{HarnessError, Reached};
use patchstate_catalog::{Catalog, ComponentId, FileId, UpdateId};
use patchstate_servicing::{ActionNames, FileCopy, HostView, Model, Part, Scope, Switches};
use patchstate_terms::{Architecture, Level};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A scope in slices.
#[derive(Clone, Debug)]
pub struct Slicing {
    /// What the steps of each slice may name.
    pub slices: Vec<ActionNames>,
    /// For each slice, the files that it owns: no other slice's update brings them.
    owned: Vec<BTreeSet<FileId>>,
}

/// A name among components: a component or a group.
struct Unit {
    name: String,
    members: Vec<ComponentId>,
}

impl Slicing {
    /// Slices a scope.
    ///
    /// # Errors
    /// When a name is not in the catalog.
    pub fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
        names: &ActionNames,
    ) -> Result<Self, HarnessError> {
        let scope = crate::reach::scope(catalog, architecture, switches, names)?;
        let model = Model::with_scope(Arc::clone(catalog), architecture, switches, scope)?;
        let units = units(catalog, names);
        let mut parts: Vec<(BTreeSet<UpdateId>, BTreeSet<FileId>)> = Vec::new();
        for slot in model.slots() {
            let updates: BTreeSet<UpdateId> = model.updates_of(slot).into_iter().collect();
            if !updates.is_empty() {
                join(&mut parts, updates, slot.iter().copied().collect());
            }
        }
        let mut slices: Vec<ActionNames> = Vec::new();
        for (updates, files) in &parts {
            let owners = files.iter().filter_map(|file| catalog.file(*file).component).collect();
            slices.push(ActionNames {
                components: with_needs(catalog, &units, owners),
                updates: updates.iter().map(|update| catalog.update(*update).id.clone()).collect(),
                branches: names.branches,
            });
        }
        slices.sort_by(|a, b| a.updates.cmp(&b.updates));
        for unit in &units {
            if !slices.iter().any(|slice| slice.components.contains(&unit.name)) {
                let owners = unit.members.iter().copied().collect();
                let components = with_needs(catalog, &units, owners);
                slices.push(ActionNames { components, updates: Vec::new(), branches: false });
            }
        }
        let owned = owned(catalog, architecture, switches, &slices, &model)?;
        Ok(Self { slices, owned })
    }

    /// Whether a slice owns a file.
    #[must_use]
    pub fn owns(&self, slice: usize, file: FileId) -> bool {
        self.owned.get(slice).is_some_and(|owned| owned.contains(&file))
    }

    /// How many combinations of hosts, one of each slice, agree in what slices share; `None` when
    /// the number has more than 38 digits.
    #[must_use]
    pub fn combinations(&self, reached: &[Reached]) -> Option<u128> {
        let seen: Vec<BTreeSet<Feature>> =
            reached.iter().enumerate().map(|(i, slice)| self.features(i, slice)).collect();
        let is_shared = |feature: &Feature| {
            seen.iter().filter(|features| features.contains(feature)).count() > 1
        };
        let mut relations: Vec<Relation> = Vec::new();
        for (slice, (reached, features)) in reached.iter().zip(&seen).enumerate() {
            let shared: BTreeSet<Feature> =
                features.iter().copied().filter(|feature| is_shared(feature)).collect();
            relations.push(self.relation(slice, reached, &shared));
        }
        join_relations(relations)
    }

    /// What a slice sees of a host, apart from what only stands in for other slices' files.
    fn features(&self, slice: usize, reached: &Reached) -> BTreeSet<Feature> {
        let parts = reached.simulation().model().all_parts().into_iter();
        parts.filter_map(|part| self.feature(slice, reached, part)).collect()
    }

    /// The feature of a part: files by one that the slice owns, so that slices which divide files
    /// in different ways use the same name.
    fn feature(&self, slice: usize, reached: &Reached, part: Part) -> Option<Feature> {
        let model = reached.simulation().model();
        let owned_file = |file: FileId| {
            let slot = model.slots().find(|slot| slot.contains(&file))?;
            slot.iter().copied().find(|file| self.owns(slice, *file))
        };
        Some(match part {
            Part::Level => Feature::Level,
            Part::Base => Feature::Base,
            Part::Cache => Feature::Cache,
            Part::ServicePackBefore => Feature::ServicePackBefore,
            Part::Component(component) => {
                let scope = &reached.simulation().model().scope().components;
                Feature::Component(Some(component).filter(|c| scope.contains(c))?)
            }
            Part::File(file) => Feature::File(owned_file(file)?),
            Part::ServicePackCopy(file) => Feature::ServicePackCopy(owned_file(file)?),
            Part::Record(_) | Part::UpdateCopy(..) => return None,
        })
    }

    /// How many hosts of a slice there are for each value of the shared features.
    fn relation(&self, slice: usize, reached: &Reached, shared: &BTreeSet<Feature>) -> Relation {
        let keep = |part| {
            self.feature(slice, reached, part).is_some_and(|feature| shared.contains(&feature))
        };
        let mut rows = BTreeMap::new();
        for (id, count) in reached.kinds(keep) {
            if let Some(host) = reached.host(id) {
                let view = reached.simulation().model().view(&host);
                let values = shared.iter().map(|feature| feature.value(view)).collect();
                *rows.entry(values).or_insert(0) += u128::from(count);
            }
        }
        Relation { features: shared.iter().copied().collect(), rows }
    }
}

/// Something that several slices can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Feature {
    Level,
    Base,
    Cache,
    ServicePackBefore,
    Component(ComponentId),
    File(FileId),
    ServicePackCopy(FileId),
}

/// The value of a feature on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Level(Option<Level>),
    Present(bool),
    Copy(Option<FileCopy>),
}

impl Feature {
    fn value(self, host: HostView<'_>) -> Value {
        match self {
            Self::Level => Value::Level(Some(host.level())),
            Self::Base => Value::Level(Some(host.base())),
            Self::Cache => Value::Level(host.cache()),
            Self::ServicePackBefore => Value::Level(host.service_pack_backup().map(|(l, _)| l)),
            Self::Component(component) => Value::Present(host.has(component)),
            Self::File(file) => Value::Copy(host.serviced_file(file)),
            Self::ServicePackCopy(file) => {
                let backup = host.service_pack_backup().map(|(_, files)| files);
                let copy = backup.and_then(|files| files.into_iter().find(|(f, _)| *f == file));
                Value::Copy(copy.map(|(_, copy)| copy))
            }
        }
    }
}

/// Combinations of values with how often each occurs.
struct Relation {
    features: Vec<Feature>,
    rows: BTreeMap<Vec<Value>, u128>,
}

/// Joins relations one after the other. A feature that no later one has is summed up at once, so
/// that what is carried along stays small.
fn join_relations(mut relations: Vec<Relation>) -> Option<u128> {
    relations.sort_by_key(|relation| std::cmp::Reverse(relation.features.len()));
    let mut rows = BTreeMap::from([(Vec::new(), 1_u128)]);
    let mut joined = Relation { features: Vec::new(), rows: std::mem::take(&mut rows) };
    while !relations.is_empty() {
        let next = relations.remove(0);
        let later: BTreeSet<Feature> =
            relations.iter().flat_map(|relation| relation.features.iter().copied()).collect();
        joined = join_two(&joined, &next, &later)?;
    }
    joined.rows.values().try_fold(0_u128, |sum, count| sum.checked_add(*count))
}

fn join_two(a: &Relation, b: &Relation, later: &BTreeSet<Feature>) -> Option<Relation> {
    let common: Vec<Feature> =
        a.features.iter().copied().filter(|feature| b.features.contains(feature)).collect();
    let all: BTreeSet<Feature> = a.features.iter().chain(&b.features).copied().collect();
    let features: Vec<Feature> = all.intersection(later).copied().collect();
    let mut by_common: BTreeMap<Vec<Value>, Vec<(&Vec<Value>, u128)>> = BTreeMap::new();
    for (row, count) in &b.rows {
        by_common.entry(pick(&b.features, row, &common)).or_default().push((row, *count));
    }
    let mut rows: BTreeMap<Vec<Value>, u128> = BTreeMap::new();
    for (row, count) in &a.rows {
        for (other, more) in by_common.get(&pick(&a.features, row, &common)).into_iter().flatten() {
            let value = |feature: Feature| {
                let in_a = position(&a.features, feature).and_then(|i| row.get(i));
                in_a.or_else(|| position(&b.features, feature).and_then(|i| other.get(i))).copied()
            };
            let key = features.iter().copied().filter_map(value).collect();
            let product = count.checked_mul(*more)?;
            let sum = rows.entry(key).or_insert(0);
            *sum = sum.checked_add(product)?;
        }
    }
    Some(Relation { features, rows })
}

fn position(features: &[Feature], feature: Feature) -> Option<usize> {
    features.iter().position(|known| *known == feature)
}

fn pick(features: &[Feature], row: &[Value], wanted: &[Feature]) -> Vec<Value> {
    let value = |feature| position(features, feature).and_then(|i| row.get(i)).copied();
    wanted.iter().copied().filter_map(value).collect()
}

/// Adds a set of updates that hang together, with the files that make them so.
fn join(
    parts: &mut Vec<(BTreeSet<UpdateId>, BTreeSet<FileId>)>,
    mut updates: BTreeSet<UpdateId>,
    mut files: BTreeSet<FileId>,
) {
    let (touched, apart): (Vec<_>, Vec<_>) =
        std::mem::take(parts).into_iter().partition(|(known, _)| !known.is_disjoint(&updates));
    for (more_updates, more_files) in touched {
        updates.extend(more_updates);
        files.extend(more_files);
    }
    *parts = apart;
    parts.push((updates, files));
}

fn units(catalog: &Catalog, names: &ActionNames) -> Vec<Unit> {
    let unit = |name: &String| {
        let group = catalog.group_named(name).map(|group| group.members.clone());
        let single = catalog.component_named(name).map(|component| vec![component]);
        Unit { name: name.clone(), members: group.or(single).unwrap_or_default() }
    };
    names.components.iter().map(unit).collect()
}

/// The names of components that own files of a slice, and of what they need, in the order in
/// which they were named.
fn with_needs(catalog: &Catalog, units: &[Unit], mut wanted: BTreeSet<ComponentId>) -> Vec<String> {
    loop {
        let before = wanted.len();
        for unit in units {
            if unit.members.iter().any(|member| wanted.contains(member)) {
                wanted.extend(&unit.members);
            }
        }
        let needs: Vec<ComponentId> =
            wanted.iter().flat_map(|c| catalog.component(*c).needs.iter().copied()).collect();
        wanted.extend(needs);
        if wanted.len() == before {
            break;
        }
    }
    let chosen = units.iter().filter(|unit| unit.members.iter().any(|m| wanted.contains(m)));
    chosen.map(|unit| unit.name.clone()).collect()
}

/// The files that each slice owns: its own model has them, and no update outside it brings them.
fn owned(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    switches: Switches,
    slices: &[ActionNames],
    whole: &Model,
) -> Result<Vec<BTreeSet<FileId>>, HarnessError> {
    let mut owned = Vec::new();
    for names in slices {
        let scope: Scope = crate::reach::scope(catalog, architecture, switches, names)?;
        let model = Model::with_scope(Arc::clone(catalog), architecture, switches, scope)?;
        let is_own = |file: &FileId| {
            let updates = whole.updates_of(&[*file]);
            updates.iter().all(|update| model.scope().updates.contains(update))
        };
        owned.push(model.slots().flatten().copied().filter(is_own).collect());
    }
    Ok(owned)
}
