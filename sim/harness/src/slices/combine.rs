//! Joining what slices say: over every combination of their hosts that agree in what they share.

use patchstate_catalog::{ComponentId, FileId};
use patchstate_servicing::{FileCopy, HostView};
use patchstate_terms::Level;
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

/// Something that several slices can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Feature {
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
pub(super) enum Value {
    Level(Option<Level>),
    Present(bool),
    Copy(Option<FileCopy>),
}

impl Feature {
    /// The value on a host.
    pub(super) fn value(self, host: HostView<'_>) -> Value {
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

/// What is known of each combination of values: a count, or a set.
pub(super) trait Tally: Clone {
    /// Whether it depends on everything that shows of a host, and not only on a count.
    const NEEDS_LOOKS: bool;

    /// What is known where there is no possibility.
    fn nothing() -> Self;

    /// What is known of two independent things together; `None` when it cannot be held.
    fn times(&self, other: &Self) -> Option<Self>;

    /// Adds what is known of another possibility; `None` when it cannot be held.
    fn plus(&mut self, other: Self) -> Option<()>;
}

/// Combinations of values of some features, with what is known of each.
pub(super) struct Relation<T> {
    pub(super) features: Vec<Feature>,
    pub(super) rows: BTreeMap<Vec<Value>, T>,
}

/// Joins relations one after the other. A feature that no later one has is summed up at once, so
/// that what is carried along stays small.
pub(super) fn join<T: Tally>(mut relations: Vec<Relation<T>>) -> Option<T> {
    relations.sort_by_key(|relation| relation.features.len());
    let Some(mut joined) = relations.pop() else { return Some(T::nothing()) };
    while let Some(next) = relations.pop() {
        let later: BTreeSet<Feature> =
            relations.iter().flat_map(|relation| relation.features.iter().copied()).collect();
        joined = join_two(&joined, &next, &later)?;
    }
    let mut all = T::nothing();
    for row in joined.rows.into_values() {
        all.plus(row)?;
    }
    Some(all)
}

/// Joins two relations on what they share, and keeps what later ones have.
fn join_two<T: Tally>(
    a: &Relation<T>,
    b: &Relation<T>,
    later: &BTreeSet<Feature>,
) -> Option<Relation<T>> {
    let common: Vec<Feature> =
        a.features.iter().copied().filter(|feature| b.features.contains(feature)).collect();
    let all: BTreeSet<Feature> = a.features.iter().chain(&b.features).copied().collect();
    let features: Vec<Feature> = all.intersection(later).copied().collect();
    let mut by_common: BTreeMap<Vec<Value>, Vec<(&Vec<Value>, &T)>> = BTreeMap::new();
    for (row, count) in &b.rows {
        by_common.entry(pick(&b.features, row, &common)).or_default().push((row, count));
    }
    let mut rows: BTreeMap<Vec<Value>, T> = BTreeMap::new();
    for (row, count) in &a.rows {
        for (other, more) in by_common.get(&pick(&a.features, row, &common)).into_iter().flatten() {
            let value = |feature: Feature| {
                let in_a = position(&a.features, feature).and_then(|i| row.get(i));
                in_a.or_else(|| position(&b.features, feature).and_then(|i| other.get(i))).copied()
            };
            let key = features.iter().copied().filter_map(value).collect();
            let product = count.times(more)?;
            match rows.entry(key) {
                Entry::Vacant(vacant) => {
                    vacant.insert(product);
                }
                Entry::Occupied(mut row) => row.get_mut().plus(product)?,
            }
        }
    }
    Some(Relation { features, rows })
}

fn position(features: &[Feature], feature: Feature) -> Option<usize> {
    features.iter().position(|known| *known == feature)
}

pub(super) fn pick(features: &[Feature], row: &[Value], wanted: &[Feature]) -> Vec<Value> {
    let value = |feature| position(features, feature).and_then(|i| row.get(i)).copied();
    wanted.iter().copied().filter_map(value).collect()
}
