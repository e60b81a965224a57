//! How slices are joined: which of their hosts agree in what slices share.
//!
//! **Owns** the pairs of rows that agree, slice after slice, once for any number of questions. A
//! *row* is a combination of values of what a slice shares with others. **Must never know** what is
//! asked about the hosts of a row.
//!
//! **Start reading** at [`Slicing::junction`].

use super::{
    Slicing,
    combine::{Feature, Value, pick},
};
use crate::Reached;
use std::collections::{BTreeMap, BTreeSet};

/// The ways in which hosts of slices can be hosts of the whole.
#[derive(Debug)]
pub(crate) struct Junction {
    /// For each slice, the row of each host.
    pub(crate) rows_of: Vec<Vec<u32>>,
    /// The slices in the order in which they are joined to what there is by then.
    pub(crate) levels: Vec<Level>,
}

/// One slice joined to those before it.
#[derive(Debug)]
pub(crate) struct Level {
    /// The slice.
    pub(crate) slice: usize,
    /// Every two rows that agree, and the row that they give.
    pub(crate) pairs: Vec<Pair>,
    /// How many rows there are after it.
    pub(crate) row_count: usize,
}

/// Two rows that agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// The row of the slices before.
    pub(crate) before: u32,
    /// The row of the slice.
    pub(crate) row: u32,
    /// The row of all of them: what later slices share.
    pub(crate) after: u32,
}

/// The rows of one slice.
struct Rows {
    slice: usize,
    features: Vec<Feature>,
    values: Vec<Vec<Value>>,
}

impl Slicing {
    /// Which rows of the slices agree. Features that no later slice has are forgotten at once, so
    /// that what is carried along stays small.
    pub(crate) fn junction(&self, reached: &[Reached]) -> Junction {
        let mut rows_of = Vec::with_capacity(reached.len());
        let mut waiting = Vec::with_capacity(reached.len());
        for (slice, (reached, shared)) in reached.iter().zip(self.shared(reached)).enumerate() {
            let (of, values) = self.rows(slice, reached, &shared);
            rows_of.push(of);
            waiting.push(Rows { slice, features: shared.into_iter().collect(), values });
        }
        waiting.sort_by_key(|rows| rows.features.len());
        let mut features = Vec::new();
        let mut values = vec![Vec::new()];
        let mut levels = Vec::new();
        while let Some(next) = waiting.pop() {
            let later: BTreeSet<Feature> =
                waiting.iter().flat_map(|rows| rows.features.iter().copied()).collect();
            let (level, kept) = level(&features, &values, &next, &later);
            (features, values) = kept;
            levels.push(level);
        }
        Junction { rows_of, levels }
    }

    /// The row of each host of a slice, and the values of each row.
    fn rows(
        &self,
        slice: usize,
        reached: &Reached,
        shared: &BTreeSet<Feature>,
    ) -> (Vec<u32>, Vec<Vec<Value>>) {
        let kinds = reached.sorted_by(|part| {
            self.feature(slice, reached, part).is_some_and(|feature| shared.contains(&feature))
        });
        let (mut numbers, mut values) = (BTreeMap::new(), Vec::new());
        let mut of_kind = Vec::with_capacity(kinds.first.len());
        for id in &kinds.first {
            let host = reached.host(*id);
            let row: Vec<Value> = host
                .iter()
                .flat_map(|host| {
                    let view = reached.simulation().model().view(host);
                    shared.iter().map(move |feature| feature.value(view))
                })
                .collect();
            let next = number(values.len());
            let row_number = *numbers.entry(row.clone()).or_insert(next);
            if row_number == next {
                values.push(row);
            }
            of_kind.push(row_number);
        }
        let row = |kind: &u32| of_kind.get(*kind as usize).copied().unwrap_or(0);
        (kinds.of.iter().map(row).collect(), values)
    }
}

/// Features, and the values of each row.
type Table = (Vec<Feature>, Vec<Vec<Value>>);

fn level(
    features: &[Feature],
    values: &[Vec<Value>],
    next: &Rows,
    later: &BTreeSet<Feature>,
) -> (Level, Table) {
    let common: Vec<Feature> =
        features.iter().copied().filter(|feature| next.features.contains(feature)).collect();
    let all: BTreeSet<Feature> = features.iter().chain(&next.features).copied().collect();
    let kept: Vec<Feature> = all.intersection(later).copied().collect();
    let mut by_common: BTreeMap<Vec<Value>, Vec<u32>> = BTreeMap::new();
    for (row, row_values) in (0..).zip(&next.values) {
        by_common.entry(pick(&next.features, row_values, &common)).or_default().push(row);
    }
    let own: Vec<Feature> =
        kept.iter().copied().filter(|feature| features.contains(feature)).collect();
    let new: Vec<Feature> =
        kept.iter().copied().filter(|feature| !features.contains(feature)).collect();
    let new_of: Vec<Vec<Value>> =
        next.values.iter().map(|row| pick(&next.features, row, &new)).collect();
    let (mut numbers, mut rows, mut pairs) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (before, row_values) in (0..).zip(values) {
        let known = pick(features, row_values, &own);
        let agreeing = by_common.get(&pick(features, row_values, &common));
        for row in agreeing.into_iter().flatten() {
            let more = new_of.get(*row as usize).into_iter().flatten();
            let joined: Vec<Value> = known.iter().chain(more).copied().collect();
            let next = number(rows.len());
            let after = *numbers.entry(joined.clone()).or_insert(next);
            if after == next {
                rows.push(joined);
            }
            pairs.push(Pair { before, row: *row, after });
        }
    }
    let level = Level { slice: next.slice, pairs, row_count: rows.len() };
    (level, (own.into_iter().chain(new).collect(), rows))
}

/// A number for one more thing. There are never as many as do not fit.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
