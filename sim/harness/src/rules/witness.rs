//! Hosts for combinations of slices: a combination that rules were asked about need not be a host,
//! so it is looked for.
//!
//! **Owns** which slices are searched together for it: those that its hosts have steps of. Nearest
//! hosts are found first, so that an order is a shortest one over the steps of these slices.
//!
//! **Start reading** at [`Hunt::find`].

use super::RuleScope;
use crate::{HarnessError, Reached, SharedFiles};
use patchstate_catalog::Catalog;
use patchstate_explore::{Bounds, StateId};
use patchstate_servicing::{ActionNames, Host};
use patchstate_terms::{Architecture, Step};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Most hosts that are reached in the hope for one: first a few, since it is likely to be near.
pub(crate) const HOST_COUNTS_MAX: [usize; 2] = [30_000, 300_000];

/// Fewest steps to a host that no slice by itself has reached: the base operating system, and a
/// step of each of two slices.
pub(crate) const STEP_COUNT_MIN: usize = 3;

/// Hosts that are looked at in one go.
const CHUNK: usize = 1024;

/// Where to look for hosts.
pub(crate) struct Hunt<'a> {
    pub(crate) catalog: &'a Arc<Catalog>,
    pub(crate) scope: &'a RuleScope,
    pub(crate) architecture: Architecture,
    pub(crate) files: &'a Arc<SharedFiles>,
    /// What the steps of each slice may name, and what it has reached.
    pub(crate) slices: &'a [ActionNames],
    pub(crate) reached: &'a [Reached],
}

/// Which of the things that are wanted a host is.
pub(crate) type Is<'a, K> =
    &'a (dyn Fn(&Reached, &Host, &BTreeSet<K>) -> Result<Option<K>, HarnessError> + Sync);

impl Hunt<'_> {
    /// For each thing that is wanted, the nearest host that is it, in a search over these steps
    /// that ends after so many hosts.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub(crate) fn find<K: Ord + Clone + Send + Sync>(
        &self,
        (names, host_count_max): (&ActionNames, usize),
        wanted: BTreeSet<K>,
        is: Is<'_, K>,
    ) -> Result<(Reached, BTreeMap<K, StateId>), HarnessError> {
        let bounds = self.scope.bounds;
        let limit = bounds.state_count_max.map_or(host_count_max, |m| m.min(host_count_max));
        let bounds = Bounds { state_count_max: Some(limit), ..bounds };
        let reached = Reached::sharing(
            self.files,
            self.catalog,
            self.architecture,
            (self.scope.switches, names),
            &bounds,
            &|_| {},
        )?;
        let found = first(&reached, wanted, is)?;
        Ok((reached, found))
    }

    /// What the steps of slices may name that some hosts have steps of: as few slices as have all
    /// steps to all hosts.
    pub(crate) fn names(&self, hosts: &[StateId]) -> ActionNames {
        let steps_of = |slice: usize| -> BTreeSet<&Step> {
            let steps = self.reached.get(slice).map(Reached::steps).unwrap_or_default();
            steps.iter().map(|(step, _)| step).collect()
        };
        let mut chosen: BTreeSet<usize> = BTreeSet::new();
        let mut known: BTreeSet<&Step> = BTreeSet::new();
        // The longest orders first: they are the least likely to be part of others.
        let order = |(slice, host): (usize, &StateId)| {
            let order = self.reached.get(slice).map(|reached| reached.order(*host));
            (order.unwrap_or_default(), slice)
        };
        let mut orders: Vec<(Vec<Step>, usize)> = hosts.iter().enumerate().map(order).collect();
        orders.sort_by_key(|(steps, slice)| (std::cmp::Reverse(steps.len()), *slice));
        for (steps, slice) in &orders {
            // The first step installs the base operating system, which every slice begins with.
            if chosen.is_empty() || steps.iter().skip(1).any(|step| !known.contains(step)) {
                chosen.insert(*slice);
                known.extend(steps_of(*slice));
            }
        }
        let of_chosen = || chosen.iter().filter_map(|slice| self.slices.get(*slice));
        let in_component = |name: &&String| of_chosen().any(|s| s.components.contains(name));
        let in_update = |name: &&String| of_chosen().any(|s| s.updates.contains(name));
        let names = &self.scope.names;
        ActionNames {
            components: names.components.iter().filter(in_component).cloned().collect(),
            updates: names.updates.iter().filter(in_update).cloned().collect(),
            branches: names.branches,
        }
    }

    /// The orders to the hosts of a combination, without those that are part of others.
    pub(crate) fn orders(&self, hosts: &[StateId]) -> Vec<Vec<Step>> {
        let orders = self.reached.iter().zip(hosts).map(|(reached, host)| reached.order(*host));
        let mut kept: Vec<Vec<Step>> = Vec::new();
        let mut orders: Vec<Vec<Step>> = orders.collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.len()));
        for order in orders {
            if !kept.iter().any(|known| order.iter().all(|step| known.contains(step))) {
                kept.push(order);
            }
        }
        kept
    }
}

/// The first host that is each of what is wanted.
fn first<K: Ord + Clone + Send + Sync>(
    reached: &Reached,
    mut wanted: BTreeSet<K>,
    is: Is<'_, K>,
) -> Result<BTreeMap<K, StateId>, HarnessError> {
    let mut found = BTreeMap::new();
    for chunk in reached.looks().first.chunks(CHUNK) {
        if wanted.is_empty() {
            break;
        }
        let look = |id: &StateId| match reached.host(*id) {
            Some(host) => is(reached, &host, &wanted),
            None => Ok(None),
        };
        let looked: Result<Vec<Option<K>>, HarnessError> = chunk.par_iter().map(look).collect();
        for (is, id) in looked?.into_iter().zip(chunk) {
            if let Some(is) = is.filter(|is| wanted.remove(is)) {
                found.insert(is, *id);
            }
        }
    }
    Ok(found)
}
