//! Hosts for combinations of slices: a combination that rules were asked about need not be a host,
//! so it is looked for.
//!
//! **Owns** which slices are searched together for it: those that its hosts have steps of. Nearest
//! hosts are found first, so that an order is a shortest one over the steps of these slices.
//!
//! **Start reading** at [`Hunt::find`].

use super::{Combination, RuleScope};
use crate::{HarnessError, Reached, SharedFiles};
use patchstate_catalog::Catalog;
use patchstate_explore::{Bounds, StateId};
use patchstate_servicing::{ActionNames, Host};
use patchstate_terms::{Architecture, Status, Step};
use rayon::prelude::*;
use std::{collections::BTreeSet, sync::Arc};

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
    /// Whether the true status has to be that of the combination.
    pub(crate) has_truth: bool,
}

/// What the rules that a combination is about say of a host.
pub(crate) type Says<'a> =
    &'a (dyn Fn(&Reached, &Host) -> Result<Vec<Status>, HarnessError> + Sync);

impl Hunt<'_> {
    /// The nearest host that is a combination, in a search over the steps of its slices.
    ///
    /// # Errors
    /// When files of a host cannot be made.
    pub(crate) fn find(
        &self,
        wanted: &Combination,
        hosts: &[StateId],
        says: Says<'_>,
    ) -> Result<Option<(Reached, StateId)>, HarnessError> {
        let names = self.names(hosts);
        for state_count_max in HOST_COUNTS_MAX {
            let bounds = self.scope.bounds;
            let limit = bounds.state_count_max.map_or(state_count_max, |m| m.min(state_count_max));
            let bounds = Bounds { state_count_max: Some(limit), ..bounds };
            let reached = Reached::sharing(
                self.files,
                self.catalog,
                self.architecture,
                (self.scope.switches, &names),
                &bounds,
                &|_| {},
            )?;
            if let Some(id) = self.first(&reached, wanted, says)? {
                return Ok(Some((reached, id)));
            }
            if reached.is_complete() {
                break;
            }
        }
        Ok(None)
    }

    /// What the steps of slices may name that some hosts have steps of: as few slices as have all
    /// steps to all hosts.
    fn names(&self, hosts: &[StateId]) -> ActionNames {
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

    /// The first host that is a combination.
    fn first(
        &self,
        reached: &Reached,
        wanted: &Combination,
        says: Says<'_>,
    ) -> Result<Option<StateId>, HarnessError> {
        let simulation = reached.simulation();
        let looks = reached.looks();
        for chunk in looks.first.chunks(CHUNK) {
            let is_wanted = |id: &StateId| -> Result<bool, HarnessError> {
                let Some(host) = reached.host(*id) else { return Ok(false) };
                let is_so = !self.has_truth || simulation.truth(&host).status == wanted.truth;
                Ok(is_so && says(reached, &host)? == wanted.said)
            };
            let found: Result<Vec<bool>, HarnessError> = chunk.par_iter().map(is_wanted).collect();
            if let Some(place) = found?.iter().position(|is| *is) {
                return Ok(chunk.get(place).copied());
            }
        }
        Ok(None)
    }
}
