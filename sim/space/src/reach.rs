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
use std::rc::Rc;

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
        images: FxHashMap::default(),
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

/// Weights are sums of rounded logarithms: they are equal up to this for equal numbers of hosts.
const WEIGHT_ERROR_MAX: f64 = 1e-6;

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
    /// All other steps that do something.
    onward: Rc<[Event]>,
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
    /// By the place that a step leads to, group, set before and relation: the closed image. Most
    /// images are asked for again and again; the cache of the diagrams would forget them.
    images: FxHashMap<(usize, usize, Set, Relation), Set>,
}

impl Search<'_> {
    /// The number of a combination of shared fields, with its events.
    fn place(&mut self, shared: &[u8]) -> Result<usize, TooLarge> {
        if let Some(number) = self.numbers.get(shared) {
            return Ok(*number);
        }
        let identity = self.diagrams.identity();
        let (mut local, mut onward): (Vec<Vec<Relation>>, Vec<Event>) = Default::default();
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
        let (shared, onward) = (shared.to_vec(), onward.into());
        self.numbers.insert(shared.clone(), number);
        self.places.push(Place { shared, local, onward, kept: Vec::new() });
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

    /// What a step to a place makes of the set of a group, with all that the local steps of the
    /// place make of that.
    fn image(
        &mut self,
        place: usize,
        group: usize,
        (set, by): (Set, Relation),
    ) -> Result<Set, TooLarge> {
        if let Some(known) = self.images.get(&(place, group, set, by)) {
            return Ok(*known);
        }
        let image = self.diagrams.image(set, by)?;
        let closed = self.closure(place, group, image)?;
        self.images.insert((place, group, set, by), closed);
        Ok(closed)
    }

    /// Keeps a product, unless another one of the place holds it.
    fn arrive(&mut self, place: usize, groups: Vec<Set>) -> Result<(), TooLarge> {
        let mut kept = std::mem::take(&mut self.places[place].kept);
        let mut new = self.weighed(groups);
        // Each round takes one product away, or ends.
        loop {
            for known in &kept {
                if self.holds(known, &new)? {
                    self.places[place].kept = kept;
                    return Ok(());
                }
            }
            let (mut left, mut like) = (Vec::with_capacity(kept.len() + 1), None);
            for known in kept {
                if self.holds(&new, &known)? {
                    continue;
                }
                let pairs = known.groups.iter().zip(&new.groups);
                if like.is_none() && pairs.filter(|(a, b)| a != b).count() == 1 {
                    like = Some(known);
                } else {
                    left.push(known);
                }
            }
            kept = left;
            let Some(like) = like else { break };
            let mut groups = new.groups;
            for (set, more) in groups.iter_mut().zip(&like.groups) {
                *set = self.diagrams.union(*set, *more)?;
            }
            new = self.weighed(groups);
        }
        kept.push(new);
        self.places[place].kept = kept;
        Ok(())
    }

    /// A product that is not expanded yet.
    fn weighed(&mut self, groups: Vec<Set>) -> Product {
        let weight = groups.iter().map(|set| self.diagrams.ln_count(*set)).sum();
        Product { groups, weight, is_expanded: false }
    }

    /// Whether a product holds another one.
    fn holds(&mut self, larger: &Product, smaller: &Product) -> Result<bool, TooLarge> {
        if larger.weight + WEIGHT_ERROR_MAX < smaller.weight {
            return Ok(false);
        }
        for (larger, smaller) in larger.groups.iter().zip(&smaller.groups) {
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
        let onward = Rc::clone(&self.places[place].onward);
        for event in onward.iter() {
            let next = self.place(&event.shared)?;
            let mut after = Vec::with_capacity(groups.len());
            for (group, (set, by)) in groups.iter().zip(&event.groups).enumerate() {
                let image = self.image(next, group, (*set, *by))?;
                if image.is_empty() {
                    break;
                }
                after.push(image);
            }
            if after.len() == groups.len() {
                self.arrive(next, after)?;
            }
        }
        Ok(())
    }
}
