//! The fewest rows that cover everything that any row covers.
//!
//! **Owns** the search: exact where it ends within a number of steps, else the best found, which
//! is never worse than taking the largest row again and again. **Must never know** what is covered.

use std::collections::BTreeSet;

/// A row: what it covers, and what it costs among covers with as many rows.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) covers: BTreeSet<usize>,
    pub(crate) cost: (usize, usize),
}

/// Rows that cover everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cover {
    /// Their places, ascending.
    pub(crate) rows: Vec<usize>,
    /// Whether fewer, or as many that cost less, would not do.
    pub(crate) is_smallest: bool,
}

/// Choices that are tried before the search gives up on a proof.
const CHOICE_COUNT_MAX: usize = 200_000;

/// Number of rows, then their costs.
type Price = (usize, usize, usize);

impl Cover {
    /// The smallest cover.
    pub(crate) fn of(rows: &[Row]) -> Self {
        let kept = undominated(rows);
        let all: BTreeSet<usize> = rows.iter().flat_map(|row| &row.covers).copied().collect();
        let first = greedy(rows, &kept, all.clone());
        let price = first.iter().filter_map(|row| rows.get(*row)).fold((0, 0, 0), add);
        let mut search = Search { rows, kept: &kept, best: first, price, choices: 0 };
        search.go(&all, &mut Vec::new(), (0, 0, 0));
        let is_smallest = search.choices <= CHOICE_COUNT_MAX;
        let mut best = search.best;
        best.sort_unstable();
        Self { rows: best, is_smallest }
    }
}

fn add((count, first, second): Price, row: &Row) -> Price {
    (count + 1, first + row.cost.0, second + row.cost.1)
}

/// Rows that no other can stand in for: one that covers as much and costs no more.
fn undominated(rows: &[Row]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let of = |place: &usize| rows.get(*place);
    order.sort_by_key(|place| {
        of(place).map(|row| (usize::MAX - row.covers.len(), row.cost, *place))
    });
    let mut kept: Vec<usize> = Vec::new();
    for place in order {
        let Some(row) = of(&place).filter(|row| !row.covers.is_empty()) else { continue };
        let stands_in = |other: &Row| other.cost <= row.cost && row.covers.is_subset(&other.covers);
        if !kept.iter().filter_map(of).any(stands_in) {
            kept.push(place);
        }
    }
    kept
}

/// The row that covers most of what is left, until nothing is.
fn greedy(rows: &[Row], kept: &[usize], mut left: BTreeSet<usize>) -> Vec<usize> {
    let mut chosen = Vec::new();
    while !left.is_empty() {
        let gain = |row: &Row| row.covers.intersection(&left).count();
        let candidates = kept.iter().filter_map(|place| Some((*place, rows.get(*place)?)));
        let best = candidates.max_by_key(|(place, row)| {
            (gain(row), std::cmp::Reverse(row.cost), std::cmp::Reverse(*place))
        });
        let Some((place, row)) = best.filter(|(_, row)| gain(row) > 0) else { break };
        left = left.difference(&row.covers).copied().collect();
        chosen.push(place);
    }
    chosen
}

struct Search<'a> {
    rows: &'a [Row],
    kept: &'a [usize],
    best: Vec<usize>,
    price: Price,
    choices: usize,
}

impl Search<'_> {
    fn go(&mut self, left: &BTreeSet<usize>, chosen: &mut Vec<usize>, price: Price) {
        if left.is_empty() {
            if price < self.price {
                self.price = price;
                self.best.clone_from(chosen);
            }
            return;
        }
        let candidates =
            self.kept.iter().filter_map(|place| Some((*place, self.rows.get(*place)?)));
        let candidates: Vec<(usize, &Row)> = candidates.collect();
        let gain = |row: &Row| row.covers.intersection(left).count();
        let most = candidates.iter().map(|(_, row)| gain(row)).max().unwrap_or(0);
        // No cover of the rest has fewer rows than this.
        if most == 0 || price.0 + left.len().div_ceil(most) > self.price.0 {
            return;
        }
        // What fewest rows cover leaves fewest choices.
        let covering =
            |item: &usize| candidates.iter().filter(|(_, row)| row.covers.contains(item)).count();
        let Some(item) = left.iter().min_by_key(|item| (covering(item), **item)) else { return };
        let mut choices: Vec<(usize, &Row)> =
            candidates.iter().filter(|(_, row)| row.covers.contains(item)).copied().collect();
        choices.sort_by_key(|(place, row)| (usize::MAX - gain(row), row.cost, *place));
        for (place, row) in choices {
            self.choices += 1;
            if self.choices > CHOICE_COUNT_MAX {
                return;
            }
            let rest = left.difference(&row.covers).copied().collect();
            chosen.push(place);
            self.go(&rest, chosen, add(price, row));
            chosen.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(rows: &[(&[usize], usize)]) -> Cover {
        let row = |(covers, cost): &(&[usize], usize)| Row {
            covers: covers.iter().copied().collect(),
            cost: (0, *cost),
        };
        Cover::of(&rows.iter().map(row).collect::<Vec<_>>())
    }

    #[test]
    fn nothing_needs_no_rows() {
        assert_eq!(cover(&[(&[], 1)]), Cover { rows: vec![], is_smallest: true });
    }

    #[test]
    fn two_rows_are_found_where_the_largest_row_first_leads_to_three() {
        // The largest row covers four of six, and then two more rows are needed.
        let rows: [(&[usize], usize); 3] = [(&[1, 2, 4, 5], 1), (&[1, 2, 3], 1), (&[4, 5, 6], 1)];
        assert_eq!(cover(&rows), Cover { rows: vec![1, 2], is_smallest: true });
    }

    #[test]
    fn among_as_many_rows_the_cheaper_ones_are_taken() {
        let rows: [(&[usize], usize); 4] = [(&[1, 2], 9), (&[2, 3], 2), (&[1], 3), (&[3], 1)];
        // Rows 1 and 2 cost 5, rows 0 and 3 cost 10, rows 0 and 1 cost 11.
        assert_eq!(cover(&rows), Cover { rows: vec![1, 2], is_smallest: true });
    }
}
