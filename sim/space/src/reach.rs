//! The search for every reachable host.
//!
//! **Owns** the fixpoint. Interaction groups meet only in the shared fields, so the space is held,
//! while it grows, as products: for each combination of shared fields a list of *tuples*, each with
//! one set of hosts' fields for every group. A step that keeps the shared fields and moves one
//! group is *local*: the closure of a group under its local steps is a fixpoint of small diagrams
//! (`closures.rs`). All other steps lead from a tuple to a tuple.
//!
//! Groups that a bridging update has files of are a *cluster*, and a tuple has one set for all of
//! them: the branch that such an update chooses depends on the files of each, so that with a set
//! for each of them four times as many tuples are needed. A group that no such update touches
//! counts as a cluster by itself.
//!
//! Images distribute over union, so each tuple is expanded by itself, and a tuple that others hold
//! is dropped (an antichain, as in subset constructions). Two tuples that differ in one group only
//! become one: `A x B + A' x B = (A + A') x B`. The search follows one step of the largest tuple at
//! a time: large tuples make most small ones needless, and a tuple that is dropped meanwhile needs
//! none of its other steps.
//!
//! Where files wait for a restart, that is the only step: such hosts are transient states, with one
//! way on. So the search passes over them. It follows each step through the restart that it
//! requires, among hosts on which nothing waits; `waiting.rs` adds the others at the end, each as
//! what one step makes of one of these. Without the step `restart` no way leads on from them.
//!
//! Of the nodes that are made on the way nearly all are garbage soon: they are collected between
//! two steps.
//!
//! **Start reading** at [`reach`].

use crate::{
    closures::{Closures, ListNumber},
    events::{Event, Translator},
    variables::Variables,
};
use patchstate_diagram::{Diagrams, Relation, Set, TooLarge};
use patchstate_servicing::{Action, Followed, Host};
use rustc_hash::FxHashMap;

/// For each combination of shared fields, products that together are all reachable hosts.
pub(crate) type Products = Vec<(Vec<u8>, Vec<Vec<Set>>)>;

/// Finds all hosts that any order of these actions reaches from these hosts, but for those on which
/// files wait for a restart.
pub(crate) fn reach(
    diagrams: &mut Diagrams,
    translator: Translator<'_>,
    variables: &Variables,
    actions: &[Action],
    bases: impl Iterator<Item = Host>,
    garbage_min: usize,
) -> Result<Products, TooLarge> {
    let followed = if actions.contains(&Action::Restart) {
        Followed::ThroughRestart
    } else {
        Followed::ByItself
    };
    let mut search = Search {
        diagrams,
        translator,
        actions,
        followed,
        places: Vec::new(),
        numbers: FxHashMap::default(),
        closures: Closures::default(),
        images: FxHashMap::default(),
        needed: 0,
    };
    for base in bases {
        let tuple = variables.tuple(&base);
        let place = search.place(&tuple[variables.shared.clone()])?;
        let mut parts = Vec::new();
        for block in &variables.clusters {
            let set = search.diagrams.tuple(block.clone(), &tuple[block.clone()])?;
            parts.push(set);
        }
        search.arrive(place, parts)?;
    }
    while let Some((place, index)) = search.largest() {
        search.follow(place, index)?;
        if search.diagrams.node_count() > search.node_count_max(garbage_min) {
            search.collect();
        }
    }
    search.closures.forget();
    search.collect();
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
    /// How many of the place's steps were followed.
    followed: usize,
}

/// One combination of values of the shared fields.
struct Place {
    shared: Vec<u8>,
    /// For each group, its local steps.
    local: Vec<ListNumber>,
    /// All other steps that do something.
    onward: Vec<Event>,
    kept: Vec<Product>,
    /// The largest product that is kept and of which a step is to be followed.
    waiting: Option<usize>,
}

impl Place {
    /// Finds the product that waits.
    fn choose(&mut self) {
        let kept = self.kept.iter().enumerate();
        let waiting = kept.filter(|(_, product)| product.followed < self.onward.len());
        let largest =
            waiting.reduce(|best, next| if next.1.weight > best.1.weight { next } else { best });
        self.waiting = largest.map(|(index, _)| index);
    }
}

struct Search<'a> {
    diagrams: &'a mut Diagrams,
    translator: Translator<'a>,
    actions: &'a [Action],
    /// How far steps are followed while the search is among hosts on which nothing waits.
    followed: Followed,
    places: Vec<Place>,
    numbers: FxHashMap<Vec<u8>, usize>,
    /// Closures of groups under local steps.
    closures: Closures,
    /// By set and relation: the image. Most are asked for again and again; the cache of the
    /// diagrams would forget them.
    images: FxHashMap<(Set, Relation), Set>,
    /// Nodes that were left when nodes were collected last.
    needed: usize,
}

impl Search<'_> {
    /// The number of a combination of shared fields, with its events.
    fn place(&mut self, shared: &[u8]) -> Result<usize, TooLarge> {
        if let Some(number) = self.numbers.get(shared) {
            return Ok(*number);
        }
        let identity = self.diagrams.identity();
        let (mut local, mut onward): (Vec<Vec<Relation>>, Vec<Event>) = Default::default();
        for event in self.events(shared)? {
            local.resize(event.groups.len(), Vec::new());
            let mut moved = event.groups.iter().enumerate().filter(|(_, by)| **by != identity);
            match (event.shared == shared, moved.next(), moved.next()) {
                (true, None, _) => {}
                (true, Some((group, by)), None) => local[group].push(*by),
                _ => onward.push(event),
            }
        }
        let local = local.into_iter().map(|steps| self.closures.list(steps)).collect();
        let number = self.places.len();
        let shared = shared.to_vec();
        self.numbers.insert(shared.clone(), number);
        let (kept, waiting) = (Vec::new(), None);
        self.places.push(Place { shared, local, onward, kept, waiting });
        Ok(number)
    }

    /// What steps do to hosts with these shared fields, where they lead to hosts on which nothing
    /// waits for a restart.
    fn events(&mut self, shared: &[u8]) -> Result<Vec<Event>, TooLarge> {
        let mut events = Vec::new();
        for action in self.actions {
            let taken = (*action, self.followed);
            events.extend(self.translator.events_of_clusters(self.diagrams, shared, taken)?);
        }
        events.retain(|event| !event.waits);
        Ok(events)
    }

    /// What the local steps of a group make of a set.
    fn closure(&mut self, place: usize, group: usize, set: Set) -> Result<Set, TooLarge> {
        let local = self.places.get(place).and_then(|place| place.local.get(group));
        local.map_or(Ok(set), |steps| self.closures.of(self.diagrams, *steps, set))
    }

    /// What a relation makes of the set of a group.
    fn image(&mut self, set: Set, by: Relation) -> Result<Set, TooLarge> {
        if let Some(known) = self.images.get(&(set, by)) {
            return Ok(*known);
        }
        let image = self.diagrams.image(set, by)?;
        self.images.insert((set, by), image);
        Ok(image)
    }

    /// Keeps what the local steps of a place make of a product, unless another product of the place
    /// holds it. All that are kept are closed under these steps: what holds a product holds all
    /// that they make of it.
    fn arrive(&mut self, place: usize, mut groups: Vec<Set>) -> Result<(), TooLarge> {
        let mut kept = std::mem::take(&mut self.places[place].kept);
        for known in &kept {
            if self.holds(&known.groups, &groups)? {
                self.places[place].kept = kept;
                return Ok(());
            }
        }
        for (group, set) in groups.iter_mut().enumerate() {
            *set = self.closure(place, group, *set)?;
        }
        // Each round takes one product away, or ends. No other one holds what it makes larger.
        loop {
            let weight = self.weight(&groups);
            let (mut left, mut like) = (Vec::with_capacity(kept.len() + 1), None);
            for known in kept {
                let may_hold = weight + WEIGHT_ERROR_MAX >= known.weight;
                if may_hold && self.holds(&groups, &known.groups)? {
                    continue;
                }
                let pairs = known.groups.iter().zip(&groups);
                if like.is_none() && pairs.filter(|(a, b)| a != b).count() == 1 {
                    like = Some(known);
                } else {
                    left.push(known);
                }
            }
            kept = left;
            let Some(like) = like else {
                kept.push(Product { groups, weight, followed: 0 });
                break;
            };
            for (set, more) in groups.iter_mut().zip(&like.groups) {
                *set = self.diagrams.union(*set, *more)?;
            }
        }
        self.places[place].kept = kept;
        self.places[place].choose();
        Ok(())
    }

    /// The logarithm of the number of hosts.
    fn weight(&mut self, groups: &[Set]) -> f64 {
        groups.iter().map(|set| self.diagrams.ln_count(*set)).sum()
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

    /// The place of the largest product of which a step is to be followed, and its index there.
    fn largest(&self) -> Option<(usize, usize)> {
        let places = self.places.iter().enumerate();
        let waiting = places.filter_map(|(number, place)| {
            place.waiting.map(|index| (place.kept[index].weight, number, index))
        });
        let largest = waiting.reduce(|best, next| if next.0 > best.0 { next } else { best });
        largest.map(|(_, place, index)| (place, index))
    }

    /// Follows the next step of a product.
    fn follow(&mut self, place: usize, index: usize) -> Result<(), TooLarge> {
        let from = &mut self.places[place];
        let product = &mut from.kept[index];
        let Some(event) = from.onward.get(product.followed).cloned() else { return Ok(()) };
        product.followed += 1;
        let groups = product.groups.clone();
        from.choose();
        let next = self.place(&event.shared)?;
        let mut after = Vec::with_capacity(groups.len());
        for (set, by) in groups.iter().zip(&event.groups) {
            let image = self.image(*set, *by)?;
            if image.is_empty() {
                return Ok(());
            }
            after.push(image);
        }
        self.arrive(next, after)
    }

    /// Nodes are collected once there are more: twice as many as were needed last, and some more,
    /// but so few that there is room for the next step.
    fn node_count_max(&self, garbage_min: usize) -> usize {
        let grown = self.needed.saturating_mul(2).saturating_add(garbage_min);
        let room = self.diagrams.node_count_max().saturating_sub(self.needed);
        grown.min(self.needed + room / 2)
    }

    /// Takes away the nodes that nothing needs. Where those that are needed only to begin closures
    /// with leave too little room, these go too.
    fn collect(&mut self) {
        self.collect_once();
        if self.needed > self.diagrams.node_count_max() / 2 {
            self.closures.forget();
            self.collect_once();
        }
    }

    /// Takes away the nodes that neither products nor steps nor closures need. What else is
    /// remembered of images and closures stays as far as its sets are still there.
    fn collect_once(&mut self) {
        let (mut sets, mut relations) = self.closures.needed();
        for place in &mut self.places {
            sets.extend(place.kept.iter_mut().flat_map(|product| &mut product.groups));
            relations.extend(place.onward.iter_mut().flat_map(|event| &mut event.groups));
        }
        relations.extend(self.translator.relations());
        let now = self.diagrams.collect(sets, relations);
        self.closures.renew(&now);
        let images = std::mem::take(&mut self.images).into_iter();
        let renewed = images.filter_map(|((set, by), image)| {
            Some(((now.set(set)?, now.relation(by)?), now.set(image)?))
        });
        self.images = renewed.collect();
        self.needed = self.diagrams.node_count();
    }
}
