//! What remedies come to on every combination of slices' hosts.

use super::{NOWHERE, Needs, SliceNeeds, Ways};
use crate::{Composed, Reached, numbered::Numbered, slices::Junction};
use patchstate_explore::StateId;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What was found of the combinations so far that have one row and the same needs.
#[derive(Clone, Debug)]
struct Sum {
    count: u128,
    nearest: Link,
}

/// How the nearest of some combinations comes about: compared by steps, then by the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    /// Steps to the hosts of all slices so far, together.
    steps: usize,
    row: u32,
    needs: u32,
    host: StateId,
}

/// For each row, the sums by the number of their needs.
type Sums = Vec<BTreeMap<u32, Sum>>;

/// For each row of a slice, the needs of its hosts: how many have them, the nearest host, and the
/// steps to it.
type Rows = Vec<BTreeMap<u32, (u64, StateId, usize)>>;

/// Needs by number, and what two of them come to.
#[derive(Default)]
struct Table {
    all: Numbered<Needs>,
    known: FxHashMap<(u32, u32), u32>,
}

impl Table {
    fn and(&mut self, one: u32, other: u32) -> u32 {
        if let Some(known) = self.known.get(&(one, other)) {
            return *known;
        }
        let (Some(a), Some(b)) = (self.all.get(one), self.all.get(other)) else { return one };
        let sum = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.saturating_add(*b)).collect();
        let both = Needs {
            is_ill: a.is_ill || b.is_ill,
            follow: sum(&a.follow, &b.follow),
            advised: sum(&a.advised, &b.advised),
        };
        let number = self.all.number(&both);
        self.known.insert((one, other), number);
        number
    }

    fn rows(&mut self, row_of: &[u32], needs: &SliceNeeds, reached: &Reached) -> Rows {
        let kinds = needs.kinds.all().iter();
        let numbers: Vec<u32> = kinds.map(|kind| self.all.number(kind)).collect();
        let row_count = row_of.iter().max().map_or(0, |row| *row as usize + 1);
        let mut rows = vec![BTreeMap::new(); row_count];
        for (id, (row, kind)) in (0..).map(StateId).zip(row_of.iter().zip(&needs.of)) {
            let place = rows.get_mut(*row as usize).zip(numbers.get(*kind as usize));
            let Some((row, number)) = place else { continue };
            row.entry(*number).or_insert_with(|| (0, id, reached.order(id).len())).0 += 1;
        }
        rows
    }
}

/// Every combination by what it needs, with a way back to the hosts of the nearest one.
pub(crate) struct Combinations<'a> {
    ways: &'a Ways,
    junction: &'a Junction,
    table: Table,
    /// The sums after each level.
    after: Vec<Sums>,
}

impl<'a> Combinations<'a> {
    /// Adds up what the hosts of slices need, slice after slice; `None` when there are more than
    /// can be counted.
    pub(crate) fn of(
        ways: &'a Ways,
        junction: &'a Junction,
        slices: &[SliceNeeds],
        reached: &[Reached],
    ) -> Option<Self> {
        let mut table = Table::default();
        let none = vec![0; ways.all.len()];
        let nothing = Needs { is_ill: false, follow: none.clone(), advised: none };
        let nothing = table.all.number(&nothing);
        let start = Link { steps: 0, row: 0, needs: 0, host: StateId(0) };
        let start = vec![BTreeMap::from([(nothing, Sum { count: 1, nearest: start })])];
        let mut all: Vec<Sums> = Vec::new();
        for level in &junction.levels {
            let (needs, reached) = (slices.get(level.slice)?, reached.get(level.slice)?);
            let rows = table.rows(junction.rows_of.get(level.slice)?, needs, reached);
            let before = all.last().unwrap_or(&start);
            let mut after: Sums = vec![BTreeMap::new(); level.row_count];
            for pair in &level.pairs {
                let own = rows.get(pair.row as usize)?;
                let after = after.get_mut(pair.after as usize)?;
                for (needs, sum) in before.get(pair.before as usize)? {
                    for (more, (count, host, steps)) in own {
                        let both = table.and(*needs, *more);
                        let count = sum.count.checked_mul(u128::from(*count))?;
                        let nearest = Link {
                            steps: sum.nearest.steps + steps,
                            row: pair.before,
                            needs: *needs,
                            host: *host,
                        };
                        let fresh = || Sum { count: 0, nearest: nearest.clone() };
                        let known = after.entry(both).or_insert_with(fresh);
                        known.count = known.count.checked_add(count)?;
                        if nearest < known.nearest {
                            known.nearest = nearest;
                        }
                    }
                }
            }
            all.push(after);
        }
        Some(Self { ways, junction, table, after: all })
    }

    /// What remedies come to.
    pub(crate) fn sum_up(&self) -> Composed {
        let mut composed = Composed::default();
        for (needs, sum) in self.last() {
            let Some(needs) = self.table.all.get(*needs).filter(|needs| needs.is_ill) else {
                continue;
            };
            composed.checked += sum.count;
            let Some((remedy, shortest)) = self.lengths(needs) else { continue };
            composed.working += sum.count;
            composed.longer += if shortest < remedy { sum.count } else { 0 };
            *composed.by_lengths.entry((remedy, shortest)).or_default() += sum.count;
        }
        composed
    }

    /// The hosts of slices whose combination is the nearest one with a remedy and a shortest
    /// repair of these lengths; without lengths, one with no remedy that works.
    pub(crate) fn nearest(&self, lengths: Option<(usize, usize)>) -> Option<Vec<StateId>> {
        let is_so = |needs: &u32| {
            let needs = self.table.all.get(*needs);
            needs.is_some_and(|needs| needs.is_ill && self.lengths(needs) == lengths)
        };
        let wanted = self.last().filter(|(needs, _)| is_so(needs));
        let mut link = wanted.map(|(_, sum)| sum.nearest.clone()).min()?;
        let mut hosts = vec![StateId(0); self.junction.levels.len()];
        let levels = self.junction.levels.iter().zip(&self.after);
        let mut before = levels.rev().skip(1).map(|(_, sums)| sums);
        for level in self.junction.levels.iter().rev() {
            *hosts.get_mut(level.slice)? = link.host;
            if let Some(sums) = before.next() {
                link = sums.get(link.row as usize)?.get(&link.needs)?.nearest.clone();
            }
        }
        Some(hosts)
    }

    fn last(&self) -> impl Iterator<Item = (&u32, &Sum)> {
        self.after.last().and_then(|sums| sums.first()).into_iter().flatten()
    }

    /// The length of the core's remedy, if one works, and of the shortest repair of all ways.
    fn lengths(&self, needs: &Needs) -> Option<(usize, usize)> {
        let shortest = |updates: &[u8]| {
            let ways = self.ways.all.iter().zip(updates).filter(|(_, more)| **more != NOWHERE);
            ways.map(|(way, more)| way.steps.len() + usize::from(*more)).min()
        };
        let remedy = shortest(&needs.advised)?;
        Some((remedy, shortest(&needs.follow).map_or(remedy, |other| other.min(remedy))))
    }
}
