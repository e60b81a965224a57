//! Stateright as a peer of our search.
//!
//! **Owns** the model in the form that stateright asks for, once on whole hosts and once on packed
//! ones. **Must never know** how it is timed. Tests use it to count hosts a second way.
//!
//! **Start reading** at [`search_hosts`].

use patchstate_servicing::{Action, CompiledModel, Host, Outcome, PackedHost};
use patchstate_study::Reached;
use stateright::{Checker, Model, Property};
use std::sync::Arc;

/// Why a search cannot run.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a search counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Distinct hosts.
    pub(crate) states: usize,
    /// Pairs of host and step whose outcome is *applied*.
    pub(crate) transitions: u64,
    /// The longest shortest path; certain on one thread only.
    pub(crate) depth: usize,
}

/// Whole hosts, and the servicing rules in their plain form.
struct Hosts<L> {
    look: L,
    model: patchstate_servicing::Model,
    actions: Vec<Action>,
}

/// Packed hosts, and the servicing rules compiled.
struct PackedHosts {
    compiled: Arc<CompiledModel>,
    bases: Vec<PackedHost>,
}

/// Lets stateright reach every host by the plain rules, and shows every one of them once.
pub(crate) fn search_hosts(
    reached: &Reached,
    threads: usize,
    look: impl Fn(&Host) + Send + Sync + 'static,
) -> Result<Counts, Failure> {
    Ok(count(Hosts { look, model: model(reached)?, actions: actions(reached) }, threads))
}

/// Lets stateright reach every host by the compiled rules. Compiling them is part of it, as it is
/// part of our search.
pub(crate) fn search_packed(reached: &Reached, threads: usize) -> Result<Counts, Failure> {
    let model = model(reached)?;
    let compiled = CompiledModel::new(&model, actions(reached))?;
    let bases = model.bases().filter_map(|host| compiled.pack(&host)).collect();
    Ok(count(PackedHosts { compiled: Arc::new(compiled), bases }, threads))
}

/// A model of its own for the same scope.
fn model(reached: &Reached) -> Result<patchstate_servicing::Model, Failure> {
    let model = reached.simulation().model();
    let catalog = Arc::clone(model.catalog());
    let (architecture, switches) = (model.architecture(), model.switches());
    let scope = model.scope().clone();
    Ok(patchstate_servicing::Model::with_scope(catalog, architecture, switches, scope)?)
}

fn actions(reached: &Reached) -> Vec<Action> {
    reached.steps().iter().map(|(_, action)| *action).collect()
}

fn count<M>(model: M, threads: usize) -> Counts
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + std::hash::Hash + PartialEq + Send + Sync + 'static,
    M::Action: Clone + PartialEq,
{
    let base_count = model.init_states().len();
    let checker = model.checker().threads(threads).spawn_bfs().join();
    let transitions = (checker.state_count() - base_count) as u64;
    let depth = checker.max_depth().saturating_sub(1);
    Counts { states: checker.unique_state_count(), transitions, depth }
}

/// Stateright asks a property of each state once, and ends when all are decided: this one never is.
const ENDLESS: &str = "every host is looked at";

impl<L: Fn(&Host) + Send + Sync + 'static> Model for Hosts<L> {
    type State = Host;
    type Action = Action;

    fn init_states(&self) -> Vec<Host> {
        self.model.bases().collect()
    }

    fn actions(&self, _: &Host, actions: &mut Vec<Action>) {
        actions.extend_from_slice(&self.actions);
    }

    fn next_state(&self, host: &Host, action: Action) -> Option<Host> {
        match self.model.apply(host, action) {
            Outcome::Applied(host) => Some(host),
            Outcome::Unchanged | Outcome::Refused(_) => None,
        }
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let look = |model: &Self, host: &Host| {
            (model.look)(host);
            true
        };
        vec![Property::always(ENDLESS, look)]
    }
}

impl Model for PackedHosts {
    type State = PackedHost;
    type Action = PackedHost;

    fn init_states(&self) -> Vec<PackedHost> {
        self.bases.clone()
    }

    fn actions(&self, host: &PackedHost, actions: &mut Vec<PackedHost>) {
        self.compiled.successors(*host, &mut |_, next| actions.push(next));
    }

    fn next_state(&self, _: &PackedHost, next: PackedHost) -> Option<PackedHost> {
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always(ENDLESS, |_, _| true)]
    }
}
