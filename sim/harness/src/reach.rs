//! Every host that any order of the steps of a scope can reach.

use crate::{HarnessError, Simulation};
use patchstate_catalog::Catalog;
use patchstate_explore::{Bounds, Exploration, Progress, Space, StateId, explore};
use patchstate_servicing::{Action, ActionNames, Host, HostCode, Model, Outcome, Scope, Switches};
use patchstate_terms::{Architecture, Step};
use std::sync::Arc;

/// Everything that was reached on one architecture.
///
/// ```
/// use patchstate_catalog::Catalog;
/// use patchstate_explore::Bounds;
/// use patchstate_harness::Reached;
/// use patchstate_servicing::{ActionNames, Switches};
/// use patchstate_terms::Architecture;
/// use std::sync::Arc;
///
/// let catalog = Arc::new(Catalog::built_in());
/// let names = ActionNames { components: vec!["iis".to_owned()], ..ActionNames::default() };
/// let scope = (Switches::default(), &names);
/// let reached = Reached::new(&catalog, Architecture::X64, scope, &Bounds::default(), &|_| {})?;
/// assert_eq!(reached.found().states().len(), 21);
/// # Ok::<(), patchstate_harness::HarnessError>(())
/// ```
#[derive(Debug)]
pub struct Reached {
    simulation: Simulation,
    steps: Vec<(Step, Action)>,
    found: Exploration<HostCode>,
}

/// The hosts of one architecture as a search space.
struct Servicing<'a> {
    model: &'a Model,
    steps: &'a [(Step, Action)],
}

impl Space for Servicing<'_> {
    type State = HostCode;

    fn vacant(&self) -> HostCode {
        HostCode::VACANT
    }

    fn initial(&self) -> Vec<HostCode> {
        let bases = self.model.facts().media.iter();
        let hosts = bases.filter_map(|level| self.model.install_os(*level));
        hosts.map(|host| self.model.encode(&host)).collect()
    }

    fn action_count(&self) -> usize {
        self.steps.len()
    }

    fn next(&self, state: &HostCode, action: usize) -> Option<HostCode> {
        let (_, action) = self.steps.get(action)?;
        match self.model.apply(&self.model.decode(state), *action) {
            Outcome::Applied(host) => Some(self.model.encode(&host)),
            Outcome::Unchanged | Outcome::Refused(_) => None,
        }
    }
}

impl Reached {
    /// Reaches the hosts of an architecture, with these assumptions and with the steps that these
    /// names allow, up to a bound.
    ///
    /// # Errors
    /// When a name is not in the catalog, or when hosts of the scope are too large to search.
    pub fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        (switches, names): (Switches, &ActionNames),
        bounds: &Bounds,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, HarnessError> {
        let scope = scope(catalog, architecture, switches, names)?;
        let simulation = Simulation::with_scope(catalog, architecture, switches, scope)?;
        let model = simulation.model();
        model.check_width()?;
        let steps = model.search_steps(names).map_err(|problem| HarnessError::Name {
            option: "--components or --updates",
            problem,
        })?;
        let space = Servicing { model, steps: &steps };
        let found = explore(&space, bounds, progress);
        Ok(Self { simulation, steps, found })
    }

    /// What is needed to look at the hosts.
    #[must_use]
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The steps of the search, in its order.
    #[must_use]
    pub fn steps(&self) -> &[(Step, Action)] {
        &self.steps
    }

    /// The hosts in encoded form, with the ways to them.
    #[must_use]
    pub fn found(&self) -> &Exploration<HostCode> {
        &self.found
    }

    /// Every host with its number, in the order in which they were reached: the shortest install
    /// orders come first.
    pub fn hosts(&self) -> impl Iterator<Item = (StateId, Host)> {
        self.found.iter().map(|(id, code)| (id, self.simulation.model().decode(code)))
    }

    /// The shortest install order that reaches a host.
    #[must_use]
    pub fn order(&self, id: StateId) -> Vec<Step> {
        let (start, actions) = self.found.path(id);
        let model = self.simulation.model();
        let base = self.found.states().get(start.0 as usize).map(|code| model.decode(code));
        let base = base.map(|host| Step::InstallOs(model.view(&host).base()));
        let steps = actions.into_iter().filter_map(|action| self.steps.get(action));
        base.into_iter().chain(steps.map(|(step, _)| step.clone())).collect()
    }
}

/// The part of the catalog that the named steps can touch. Reading the names reports mistakes.
fn scope(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    switches: Switches,
    names: &ActionNames,
) -> Result<Scope, HarnessError> {
    let whole = Model::new(Arc::clone(catalog), architecture, switches)?;
    let name = |option| move |problem| HarnessError::Name { option, problem };
    let components = ActionNames { updates: Vec::new(), ..names.clone() };
    let updates = ActionNames { components: Vec::new(), ..names.clone() };
    let component_steps = whole.search_steps(&components).map_err(name("--components"))?;
    let update_steps = whole.search_steps(&updates).map_err(name("--updates"))?;
    let mut scope = Scope { components: Vec::new(), updates: Vec::new(), share_slots: true };
    for (_, action) in component_steps.iter().chain(&update_steps) {
        match action {
            Action::AddComponents { members, .. } => {
                let chosen = catalog.component_ids().filter(|c| members >> c.0 & 1 == 1);
                scope.components.extend(chosen);
            }
            Action::InstallUpdate { update, .. } => scope.updates.push(*update),
            _ => {}
        }
    }
    Ok(scope)
}
