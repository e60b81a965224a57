//! The hosts that a claim is about: one scope on one architecture under one set of assumptions.

use super::{condition::Facts, pattern::StepPattern, truths::Truths};
use crate::{HarnessError, scope::model};
use patchstate_catalog::Catalog;
use patchstate_explore::{Bounds, Exploration, Space, StateId, explore};
use patchstate_servicing::{
    Action, ActionNames, CompiledModel, Host, Model, Offer, PackedHost, Part, Projection, Switches,
};
use patchstate_terms::{Architecture, Step};
use std::sync::{Arc, OnceLock};

/// Most hosts that are looked at for a claim: they take less than 2 GB.
const HOST_COUNT_MAX: usize = 20_000_000;

/// A scope, ready to be searched along several routes.
#[derive(Debug)]
pub(super) struct ClaimSpace {
    model: Model,
    steps: Vec<(Step, Action)>,
    compiled: CompiledModel,
    projection: Projection,
    truths: Truths,
    /// Every host, once somebody has asked for all of them.
    all: OnceLock<Arc<Exploration<PackedHost>>>,
}

impl ClaimSpace {
    pub(super) fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
        names: &ActionNames,
    ) -> Result<Self, HarnessError> {
        let model = model(catalog, architecture, switches, names)?;
        let steps = model.search_steps(names);
        let steps = steps.map_err(|problem| HarnessError::name("a claim", problem))?;
        let actions = steps.iter().map(|(_, action)| *action).collect();
        let compiled = CompiledModel::new(&model, actions)?;
        let projection = compiled.projection(Part::shows);
        let (truths, all) = (Truths::new(catalog), OnceLock::new());
        Ok(Self { model, steps, compiled, projection, truths, all })
    }

    /// The steps of the search.
    pub(super) fn steps(&self) -> &[(Step, Action)] {
        &self.steps
    }

    /// A host as conditions see it.
    pub(super) fn facts<'a>(
        &'a self,
        packed: PackedHost,
        host: &'a Host,
        offer: Offer,
    ) -> Facts<'a> {
        let image = self.projection.of(packed);
        Facts { view: self.model.view(host), truths: &self.truths, image, offer }
    }

    /// The host in full.
    pub(super) fn host(&self, packed: PackedHost) -> Host {
        self.compiled.unpack(packed)
    }

    /// Every host that can be reached without some steps.
    pub(super) fn reach(
        &self,
        without: &[StepPattern],
        offer: Offer,
    ) -> Result<Arc<Exploration<PackedHost>>, HarnessError> {
        let bounds = Bounds { state_count_max: Some(HOST_COUNT_MAX), depth_max: None };
        let search =
            || Arc::new(explore(&RestrictedSpace::new(self, without, offer), &bounds, &|_| {}));
        let found =
            if without.is_empty() { Arc::clone(self.all.get_or_init(search)) } else { search() };
        if found.is_complete() {
            Ok(found)
        } else {
            Err(HarnessError::TooManyHosts(HOST_COUNT_MAX))
        }
    }

    /// The shortest install order that reaches a host.
    pub(super) fn order(&self, found: &Exploration<PackedHost>, id: StateId) -> Vec<Step> {
        let (start, actions) = found.path(id);
        let base = found.states().get(start.0 as usize).map(|packed| {
            let host = self.host(*packed);
            Step::InstallOs(self.model.view(&host).base())
        });
        let steps = actions.into_iter().filter_map(|action| self.steps.get(action));
        base.into_iter().chain(steps.map(|(step, _)| step.clone())).collect()
    }
}

/// The hosts of a space as a search space, without some steps.
pub(super) struct RestrictedSpace<'a> {
    space: &'a ClaimSpace,
    /// The patterns of steps that are not taken on some hosts only.
    conditional: Vec<&'a StepPattern>,
    /// For each step, whether it is never taken.
    never: Vec<bool>,
    offer: Offer,
}

impl<'a> RestrictedSpace<'a> {
    pub(super) fn new(space: &'a ClaimSpace, without: &'a [StepPattern], offer: Offer) -> Self {
        let (conditional, never): (Vec<_>, Vec<_>) =
            without.iter().partition(|pattern| pattern.looks_at_host());
        let is_never = |(step, action): &(Step, Action)| {
            never.iter().any(|pattern| pattern.fits_step(step, *action, None))
        };
        Self { space, conditional, never: space.steps.iter().map(is_never).collect(), offer }
    }
}

impl Space for RestrictedSpace<'_> {
    type State = PackedHost;

    fn vacant(&self) -> PackedHost {
        PackedHost::VACANT
    }

    fn initial(&self) -> Vec<PackedHost> {
        let model = &self.space.model;
        model.bases().filter_map(|host| self.space.compiled.pack(&host)).collect()
    }

    fn action_count(&self) -> usize {
        self.space.steps.len()
    }

    fn next(&self, state: &PackedHost, action: usize) -> Option<PackedHost> {
        let mut found = None;
        self.successors(state, &mut |number, next| {
            if number == action {
                found = Some(next);
            }
        });
        found
    }

    fn successors(&self, state: &PackedHost, reach: &mut impl FnMut(usize, PackedHost)) {
        let host = (!self.conditional.is_empty()).then(|| self.space.host(*state));
        self.space.compiled.successors(*state, &mut |action, next| {
            let Some((step, resolved)) = self.space.steps.get(action) else { return };
            if self.never.get(action) == Some(&true) {
                return;
            }
            let is_excluded = host.as_ref().is_some_and(|host| {
                let facts = self.space.facts(*state, host, self.offer);
                self.conditional.iter().any(|pattern| pattern.fits(step, *resolved, facts))
            });
            if !is_excluded {
                reach(action, next);
            }
        });
    }
}
