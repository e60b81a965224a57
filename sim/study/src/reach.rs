//! Every host that any order of the steps of a scope can reach.

mod classes;
mod encoded;

pub use classes::ObservationClasses;
pub(crate) use encoded::EncodedHost;

use crate::{Facts, SharedFiles, Simulation, StudyError, scope::model};
use patchstate_catalog::Catalog;
use patchstate_explore::{Bounds, Exploration, Progress, Space, StateId, explore};
use patchstate_servicing::{
    Action, ActionNames, CompiledModel, Host, HostCode, Model, ModelError, Outcome, PackedHost,
    Switches,
};
use patchstate_terms::{Architecture, Step};
use std::sync::Arc;

/// Everything that was reached on one architecture.
///
/// ```
/// use patchstate_explore::Bounds;
/// use patchstate_study::{Facts, Reached};
/// use patchstate_servicing::{ActionNames, Switches};
/// use patchstate_terms::Architecture;
///
/// let names = ActionNames { components: vec!["iis".to_owned()], ..ActionNames::default() };
/// let scope = (Switches::default(), &names);
/// let (facts, bounds) = (Facts::built_in(), Bounds::default());
/// let reached = Reached::new(&facts, Architecture::X64, scope, &bounds, &|_| {})?;
/// assert_eq!(reached.host_count(), 21);
/// # Ok::<(), patchstate_study::StudyError>(())
/// ```
#[derive(Debug)]
pub struct Reached {
    simulation: Simulation,
    steps: Vec<(Step, Action)>,
    found: Found,
}

/// What was found, in either form of a host.
#[derive(Debug)]
enum Found {
    /// Hosts in one machine word: every scope of moderate size.
    Packed(Box<CompiledModel>, Exploration<PackedHost>),
    /// Hosts in full width, by the plain model: the others.
    Coded(Exploration<HostCode>),
}

/// The hosts of one architecture as a search space.
struct Packed<'a> {
    model: &'a Model,
    compiled: &'a CompiledModel,
}

impl Space for Packed<'_> {
    type State = PackedHost;

    fn vacant(&self) -> PackedHost {
        PackedHost::VACANT
    }

    fn initial(&self) -> Vec<PackedHost> {
        self.model.bases().filter_map(|host| self.compiled.pack(&host)).collect()
    }

    fn action_count(&self) -> usize {
        self.compiled.action_count()
    }

    fn next(&self, state: &PackedHost, action: usize) -> Option<PackedHost> {
        let mut found = None;
        self.compiled.successors(*state, &mut |number, next| {
            if number == action {
                found = Some(next);
            }
        });
        found
    }

    fn successors(&self, state: &PackedHost, reach: &mut impl FnMut(usize, PackedHost)) {
        self.compiled.successors(*state, reach);
    }
}

/// The same, without a compiled model.
struct Coded<'a> {
    model: &'a Model,
    steps: &'a [(Step, Action)],
}

impl Space for Coded<'_> {
    type State = HostCode;

    fn vacant(&self) -> HostCode {
        HostCode::VACANT
    }

    fn initial(&self) -> Vec<HostCode> {
        self.model.bases().map(|host| self.model.encode(&host)).collect()
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
        facts: &Facts,
        architecture: Architecture,
        (switches, names): (Switches, &ActionNames),
        bounds: &Bounds,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, StudyError> {
        let model = model(&facts.catalog, architecture, switches, names)?;
        let simulation = Simulation::of(model, SharedFiles::new(facts, switches));
        Self::search(simulation, names, bounds, progress)
    }

    /// The same, with files that are shared with other searches.
    ///
    /// # Errors
    /// As with [`Reached::new`].
    pub fn sharing(
        files: &Arc<SharedFiles>,
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        (switches, names): (Switches, &ActionNames),
        bounds: &Bounds,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, StudyError> {
        let model = model(catalog, architecture, switches, names)?;
        Self::search(Simulation::of(model, Arc::clone(files)), names, bounds, progress)
    }

    fn search(
        simulation: Simulation,
        names: &ActionNames,
        bounds: &Bounds,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, StudyError> {
        let model = simulation.model();
        let name = |problem| StudyError::name("--components or --updates", problem);
        let steps = model.search_steps(names).map_err(name)?;
        let actions = steps.iter().map(|(_, action)| *action).collect();
        let found = match CompiledModel::new(model, actions) {
            Ok(compiled) => {
                let found = explore(&Packed { model, compiled: &compiled }, bounds, progress);
                Found::Packed(Box::new(compiled), found)
            }
            Err(ModelError::TooWide { .. }) => {
                model.check_width()?;
                Found::Coded(explore(&Coded { model, steps: &steps }, bounds, progress))
            }
            Err(error) => return Err(error.into()),
        };
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

    /// How many hosts were reached.
    #[must_use]
    pub fn host_count(&self) -> usize {
        match &self.found {
            Found::Packed(_, found) => found.states().len(),
            Found::Coded(found) => found.states().len(),
        }
    }

    /// How many pairs of host and step have the outcome *applied*.
    #[must_use]
    pub fn transition_count(&self) -> u64 {
        match &self.found {
            Found::Packed(_, found) => found.transition_count(),
            Found::Coded(found) => found.transition_count(),
        }
    }

    /// The longest shortest path, in steps after the base operating system.
    #[must_use]
    pub fn depth(&self) -> usize {
        match &self.found {
            Found::Packed(_, found) => found.depth(),
            Found::Coded(found) => found.depth(),
        }
    }

    /// Whether every reachable host was reached.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match &self.found {
            Found::Packed(_, found) => found.is_complete(),
            Found::Coded(found) => found.is_complete(),
        }
    }

    /// A host by its number.
    #[must_use]
    pub fn host(&self, id: StateId) -> Option<Host> {
        let index = id.0 as usize;
        match &self.found {
            Found::Packed(compiled, found) => {
                found.states().get(index).map(|packed| compiled.unpack(*packed))
            }
            Found::Coded(found) => {
                found.states().get(index).map(|code| self.simulation.model().decode(code))
            }
        }
    }

    /// Every host with its number, in the order in which they were reached: the shortest install
    /// orders come first.
    pub fn hosts(&self) -> impl Iterator<Item = (StateId, Host)> {
        (0..).map(StateId).map_while(|id| self.host(id).map(|host| (id, host)))
    }

    /// The number of a host, if it was reached. The first call makes an index of all hosts.
    #[must_use]
    pub fn find(&self, host: &Host) -> Option<StateId> {
        match &self.found {
            Found::Packed(compiled, found) => found.find(&compiled.pack(host)?),
            Found::Coded(found) => found.find(&self.simulation.model().encode(host)),
        }
    }

    /// Tells every step whose outcome is *applied*, by its place among [`Reached::steps`], with the
    /// host after it. Hosts behind a bound of the search are left out.
    pub fn successors(&self, id: StateId, reach: &mut impl FnMut(usize, StateId)) {
        let index = id.0 as usize;
        match &self.found {
            Found::Packed(compiled, found) => {
                let Some(packed) = found.states().get(index) else { return };
                compiled.successors(*packed, &mut |step, next| {
                    found.find(&next).into_iter().for_each(|next| reach(step, next));
                });
            }
            Found::Coded(found) => {
                let space = Coded { model: self.simulation.model(), steps: &self.steps };
                let Some(code) = found.states().get(index) else { return };
                space.successors(code, &mut |step, next| {
                    found.find(&next).into_iter().for_each(|next| reach(step, next));
                });
            }
        }
    }

    /// The host before a host on the shortest install order to it, and the step between the two, by
    /// its place among [`Reached::steps`]; `None` for a bare system.
    #[must_use]
    pub fn predecessor(&self, id: StateId) -> Option<(StateId, usize)> {
        match &self.found {
            Found::Packed(_, found) => found.predecessor(id),
            Found::Coded(found) => found.predecessor(id),
        }
    }

    /// The shortest install order that reaches a host.
    #[must_use]
    pub fn order(&self, id: StateId) -> Vec<Step> {
        let (start, actions) = match &self.found {
            Found::Packed(_, found) => found.path(id),
            Found::Coded(found) => found.path(id),
        };
        let model = self.simulation.model();
        let base = self.host(start).map(|host| Step::InstallOs(model.view(&host).base()));
        let steps = actions.into_iter().filter_map(|action| self.steps.get(action));
        base.into_iter().chain(steps.map(|(step, _)| step.clone())).collect()
    }
}
