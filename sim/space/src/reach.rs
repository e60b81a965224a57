//! The search for every reachable host.
//!
//! **Owns** the fixpoint. Interaction groups meet only in the shared fields, so the space is held,
//! while it grows, as products: for each combination of shared fields a list of *tuples*, each with
//! one set of hosts' fields for every group. A step that keeps the shared fields and moves one
//! group is *local*: the closure of a group under its local steps is a fixpoint of small diagrams.
//! All other steps lead from a tuple to a tuple.
//!
//! Images distribute over union, so each tuple is expanded by itself, and a tuple that others hold
//! is dropped (an antichain, as in subset constructions). Two tuples that differ in one group only
//! become one: `A x B + A' x B = (A + A') x B`. Large tuples are expanded first: they make most
//! small ones needless.
//!
//! **Start reading** at [`reach`].

use crate::{
    events::{Event, Translator},
    variables::Variables,
};
use patchstate_diagram::{Diagrams, Relation, Set, TooLarge};
use patchstate_servicing::{Action, Host};
use rustc_hash::FxHashMap;

/// For each combination of shared fields, products that together are all reachable hosts.
pub(crate) type Products = Vec<(Vec<u8>, Vec<Vec<Set>>)>;

/// Finds all hosts that any order of these actions reaches from these hosts.
pub(crate) fn reach(
    diagrams: &mut Diagrams,
    translator: Translator<'_>,
    variables: &Variables,
    actions: &[Action],
    bases: impl Iterator<Item = Host>,
) -> Result<Products, TooLarge> {
    let mut search = Search {
        diagrams,
        translator,
        actions,
        places: Vec::new(),
        numbers: FxHashMap::default(),
        closures: FxHashMap::default(),
    };
    for base in bases {
        let tuple = variables.tuple(&base);
        let place = search.place(&tuple[variables.shared.clone()])?;
        let mut parts = Vec::new();
        for (group, block) in variables.groups.iter().enumerate() {
            let set = search.diagrams.tuple(block.clone(), &tuple[block.clone()])?;
            parts.push(search.closure(place, group, set)?);
        }
        search.arrive(place, parts)?;
    }
    while let Some((place, index)) = search.largest() {
        search.expand(place, index)?;
    }
    let products = |place: Place| {
        (place.shared, place.kept.into_iter().map(|product| product.groups).collect())
    };
    Ok(search.places.into_iter().map(products).collect())
}

/// A product of sets, one for each group.
struct Product {
    groups: Vec<Set>,
    /// Logarithm of the number of hosts.
    weight: f64,
    is_expanded: bool,
}

/// One combination of values of the shared fields.
struct Place {
    shared: Vec<u8>,
    /// For each group, its local steps.
    local: Vec<Vec<Relation>>,
    /// Other steps: the place that they lead to, and what they do to each group.
    onward: Vec<Event>,
    kept: Vec<Product>,
}

struct Search<'a> {
    diagrams: &'a mut Diagrams,
    translator: Translator<'a>,
    actions: &'a [Action],
    places: Vec<Place>,
    numbers: FxHashMap<Vec<u8>, usize>,
    /// By place, group and set: the closure under the local steps.
    closures: FxHashMap<(usize, usize, Set), Set>,
}

impl Search<'_> {
    /// The number of a combination of shared fields, with its events.
    fn place(&mut self, shared: &[u8]) -> Result<usize, TooLarge> {
        if let Some(number) = self.numbers.get(shared) {
            return Ok(*number);
        }
        let identity = self.diagrams.identity();
        let (mut local, mut onward): (Vec<Vec<Relation>>, _) = (Vec::new(), Vec::new());
        for action in self.actions {
            let Some(event) = self.translator.event(self.diagrams, shared, *action)? else {
                continue;
            };
            local.resize(event.groups.len(), Vec::new());
            let mut moved = event.groups.iter().enumerate().filter(|(_, by)| **by != identity);
            match (event.shared == shared, moved.next(), moved.next()) {
                (true, None, _) => {}
                (true, Some((group, by)), None) => local[group].push(*by),
                _ => onward.push(event),
            }
        }
        for steps in &mut local {
            steps.sort_unstable();
            steps.dedup();
        }
        let number = self.places.len();
        self.places.push(Place { shared: shared.to_vec(), local, onward, kept: Vec::new() });
        self.numbers.insert(shared.to_vec(), number);
        Ok(number)
    }

    /// What the local steps of a group make of a set.
    fn closure(&mut self, place: usize, group: usize, set: Set) -> Result<Set, TooLarge> {
        if let Some(known) = self.closures.get(&(place, group, set)) {
            return Ok(*known);
        }
        let local = self.places.get(place).and_then(|place| place.local.get(group));
        let closed = match local {
            Some(steps) if !steps.is_empty() => self.diagrams.closure(set, steps)?,
            _ => set,
        };
        self.closures.insert((place, group, set), closed);
        self.closures.insert((place, group, closed), closed);
        Ok(closed)
    }

    /// Keeps a product, unless another one of the place holds it.
    fn arrive(&mut self, place: usize, mut groups: Vec<Set>) -> Result<(), TooLarge> {
        let mut kept = std::mem::take(&mut self.places[place].kept);
        'again: loop {
            for product in &kept {
                if self.holds(&product.groups, &groups)? {
                    break 'again;
                }
            }
            let mut left = Vec::with_capacity(kept.len() + 1);
            let mut is_merged = false;
            for product in kept {
                if self.holds(&groups, &product.groups)? {
                    continue;
                }
                let different = |(a, b): &(&Set, &Set)| a != b;
                let pairs = product.groups.iter().zip(&groups);
                if !is_merged && pairs.filter(different).count() == 1 {
                    for (more, set) in product.groups.iter().zip(&mut groups) {
                        *set = self.diagrams.union(*more, *set)?;
                    }
                    is_merged = true;
                    continue;
                }
                left.push(product);
            }
            kept = left;
            if is_merged {
                continue;
            }
            let weight = groups.iter().map(|set| self.diagrams.ln_count(*set)).sum();
            kept.push(Product { groups, weight, is_expanded: false });
            break;
        }
        self.places[place].kept = kept;
        Ok(())
    }

    /// Whether a product holds another one.
    fn holds(&mut self, larger: &[Set], smaller: &[Set]) -> Result<bool, TooLarge> {
        for (larger, smaller) in larger.iter().zip(smaller) {
            if !self.diagrams.is_subset(*smaller, *larger)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The largest product that is not expanded yet.
    fn largest(&self) -> Option<(usize, usize)> {
        let waiting = self.places.iter().enumerate().flat_map(|(number, place)| {
            let kept = place.kept.iter().enumerate().filter(|(_, product)| !product.is_expanded);
            kept.map(move |(index, product)| (product.weight, number, index))
        });
        let largest = waiting.reduce(|best, next| if next.0 > best.0 { next } else { best });
        largest.map(|(_, place, index)| (place, index))
    }

    /// Follows every step that is not local.
    fn expand(&mut self, place: usize, index: usize) -> Result<(), TooLarge> {
        let product = &mut self.places[place].kept[index];
        product.is_expanded = true;
        let groups = product.groups.clone();
        let onward = self.places[place].onward.clone();
        for event in onward {
            let next = self.place(&event.shared)?;
            let mut after = Vec::with_capacity(groups.len());
            for (group, (set, by)) in groups.iter().zip(&event.groups).enumerate() {
                let image = self.diagrams.image(*set, *by)?;
                if image == Set::EMPTY {
                    break;
                }
                after.push(self.closure(next, group, image)?);
            }
            if after.len() == groups.len() {
                self.arrive(next, after)?;
            }
        }
        Ok(())
    }
}
