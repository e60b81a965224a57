//! Every host of a small scope, reached twice: by the search over the real model, and by a plain
//! walk over the second one.

use patchstate_explore::{Bounds, Exploration, Space, explore};
use patchstate_oracle::truth;
use patchstate_servicing::{
    Action, ActionNames, CompiledModel, Host, HostCode, Model, Outcome, PackedHost, Scope,
};
use patchstate_test_model::{
    orders::media_of,
    second_model::{
        host::NaiveHost,
        rules::{Done, Rules},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::Hash,
    rc::Rc,
};

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Distinct hosts.
    pub(crate) hosts: usize,
    /// Pairs of host and step whose outcome is *applied*.
    pub(crate) transitions: u64,
    /// Longest shortest path in steps.
    pub(crate) depth: usize,
    /// Hosts by status.
    pub(crate) by_status: BTreeMap<&'static str, usize>,
}

/// A search over the real model, on encoded hosts.
pub(crate) struct Servicing {
    model: Model,
    actions: Vec<Action>,
    /// The steps as words.
    pub(crate) words: Vec<String>,
}

impl Servicing {
    /// The search over some components (or groups) and updates.
    pub(crate) fn new(rules: &Rules, model: &Model, names: &ActionNames) -> Self {
        let members = |name: &String| rules.facts.members(name);
        let components = names.components.iter().flat_map(members);
        let catalog = model.catalog();
        let component = |id: &str| catalog.component_named(id).expect("a component");
        let update = |id: &String| catalog.update_named(id).expect("an update");
        let scope = Scope {
            components: components.map(component).collect(),
            updates: names.updates.iter().map(update).collect(),
            share_slots: true,
        };
        let (architecture, switches) = (model.architecture(), model.switches());
        let model = Model::with_scope(catalog.clone(), architecture, switches, scope);
        let model = model.expect("a model");
        model.check_width().expect("a small scope fits");
        let steps = model.search_steps(names).expect("names of the catalog");
        let words = steps.iter().map(|(step, _)| step.to_string()).collect();
        Self { model, actions: steps.into_iter().map(|(_, action)| action).collect(), words }
    }

    /// Searches to the fixpoint and counts.
    pub(crate) fn count(&self) -> Counts {
        self.counts(&explore(self, &Bounds::default(), &|_| {}), |code| self.model.decode(code))
    }

    /// The same with the model compiled for search.
    pub(crate) fn count_compiled(&self) -> Counts {
        let compiled = CompiledModel::new(&self.model, self.actions.clone());
        let compiled = compiled.expect("a small scope fits");
        let packed = Packed { bases: self.bases(), compiled: &compiled };
        self.counts(&explore(&packed, &Bounds::default(), &|_| {}), |host| compiled.unpack(*host))
    }

    fn bases(&self) -> Vec<Host> {
        let levels = media_of(self.model.catalog(), self.model.architecture()).iter();
        levels.map(|level| self.model.install_os(*level).expect("there is media")).collect()
    }

    fn counts<S>(&self, found: &Exploration<S>, host: impl Fn(&S) -> Host) -> Counts
    where
        S: Clone + Eq + Hash + Send + Sync,
    {
        assert!(found.is_complete(), "{:?}", found.stopped_by());
        let mut by_status = BTreeMap::new();
        for state in found.states() {
            let host = host(state);
            *by_status.entry(truth(self.model.view(&host)).status.as_str()).or_insert(0) += 1;
        }
        Counts {
            hosts: found.states().len(),
            transitions: found.transition_count(),
            depth: found.depth(),
            by_status,
        }
    }
}

/// A search over packed hosts.
struct Packed<'a> {
    bases: Vec<Host>,
    compiled: &'a CompiledModel,
}

impl Space for Packed<'_> {
    type State = PackedHost;

    fn vacant(&self) -> PackedHost {
        PackedHost::VACANT
    }

    fn initial(&self) -> Vec<PackedHost> {
        let pack = |host| self.compiled.pack(host).expect("a base can be reached");
        self.bases.iter().map(pack).collect()
    }

    fn action_count(&self) -> usize {
        self.compiled.action_count()
    }

    fn next(&self, state: &PackedHost, action: usize) -> Option<PackedHost> {
        let mut found = None;
        self.compiled.successors(*state, &mut |number, after| {
            if number == action {
                found = Some(after);
            }
        });
        found
    }
}

impl Space for Servicing {
    type State = HostCode;

    fn vacant(&self) -> HostCode {
        HostCode::VACANT
    }

    fn initial(&self) -> Vec<HostCode> {
        self.bases().iter().map(|host| self.model.encode(host)).collect()
    }

    fn action_count(&self) -> usize {
        self.actions.len()
    }

    fn next(&self, state: &HostCode, action: usize) -> Option<HostCode> {
        match self.model.apply(&self.model.decode(state), self.actions[action]) {
            Outcome::Applied(host) => Some(self.model.encode(&host)),
            Outcome::Unchanged | Outcome::Refused(_) => None,
        }
    }
}

/// The steps of a search as the contract words them: service packs and their removal, the cache
/// and `sfc` where the product has them, and `restart` where files can wait for it; each component
/// by Setup's route and from each media; each release of each update.
pub(crate) fn words(rules: &Rules, components: &[&str], updates: &[&str]) -> BTreeSet<String> {
    let packs = rules.facts.baseline.keys().filter(|level| level.is_service_pack());
    let mut words: BTreeSet<String> =
        packs.flat_map(|pack| [pack.to_string(), format!("-{pack}")]).collect();
    if rules.facts.has_cache {
        words.insert("clean-cache".to_owned());
    }
    if rules.facts.has_checker {
        words.insert("sfc".to_owned());
    }
    if rules.settings.get("A29") == Some(&"at-restart") {
        words.insert("restart".to_owned());
    }
    for name in components {
        words.extend([format!("+{name}"), format!("-{name}")]);
        words.extend(rules.facts.media.iter().map(|level| format!("+{name}@{level}")));
    }
    for id in updates {
        words.insert(format!("-{id}"));
        let releases = &rules.facts.update(id).releases;
        let several = releases.len() > 1;
        let word = |release| if several { format!("{id}/v{release}") } else { (*id).to_owned() };
        words.extend(releases.keys().map(word));
    }
    words
}

/// Walks over the second model until nothing new comes up, and counts.
pub(crate) fn walk(rules: &Rules, words: &BTreeSet<String>) -> Counts {
    let bases = rules.facts.media.iter().map(|level| rules.install(&format!("os:{level}")));
    let mut edge: Vec<Rc<NaiveHost>> = bases.map(Rc::new).collect();
    let mut seen: HashSet<Rc<NaiveHost>> = edge.iter().cloned().collect();
    let (mut transitions, mut depth) = (0, 0);
    let mut by_status = BTreeMap::new();
    loop {
        let mut reached = Vec::new();
        for host in &edge {
            *by_status.entry(rules.truth(host).status).or_insert(0) += 1;
            for word in words {
                if let Done::Applied(after) = rules.step(host, word) {
                    transitions += 1;
                    let after = Rc::new(after);
                    if seen.insert(after.clone()) {
                        reached.push(after);
                    }
                }
            }
        }
        if reached.is_empty() {
            return Counts { hosts: seen.len(), transitions, depth, by_status };
        }
        depth += 1;
        edge = reached;
    }
}
