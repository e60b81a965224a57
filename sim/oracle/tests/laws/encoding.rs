//! Laws of the encoding of hosts, and of what the encoding may leave out.

use crate::{
    check::{Place, Under, all, default_model, ensure, on_every, on_every_host, words_at},
    snapshot::Snapshot,
};
use patchstate_explore::{Bounds, Exploration, Space, explore};
use patchstate_oracle::truth;
use patchstate_servicing::{Action, ActionNames, Host, HostCode, Model, Outcome, Scope};
use patchstate_terms::Architecture;
use patchstate_test_model::{
    CATALOG,
    orders::{Order, media, orders_under_any_assumption},
};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn decoding_an_encoded_host_gives_the_host() {
    on_every_host(Under::AnyAssumption, |place| {
        place.model.check_width().map_err(|error| error.to_string())?;
        let mut met = 0;
        for word in words_at(place, all) {
            let Some(after) = place.step(&word) else { continue };
            let code = after.model.encode(&after.host);
            ensure!(after.model.decode(&code) == after.host, "{word}");
            met += 1;
        }
        Ok(met)
    });
}

#[test]
fn different_hosts_have_different_encodings() {
    on_every(&orders_under_any_assumption(), |order| {
        let mut hosts = BTreeSet::new();
        for place in Place::along(order) {
            let around = words_at(&place, all).into_iter().filter_map(|word| place.step(&word));
            hosts.extend(around.map(|after| after.host));
            hosts.insert(place.host);
        }
        let model = order.model();
        let codes: BTreeSet<HostCode> = hosts.iter().map(|host| model.encode(host)).collect();
        ensure!(codes.len() == hosts.len(), "{} of {}", codes.len(), hosts.len());
        Ok(hosts.len())
    });
}

#[test]
fn hosts_that_look_the_same_in_every_field_are_the_same() {
    on_every(&orders_under_any_assumption(), |order| {
        let mut seen: Vec<(Snapshot, Host)> = Vec::new();
        for place in Place::along(order) {
            let snapshot = place.snapshot();
            for (other, host) in &seen {
                // What a component store holds of absent components is in no field that shows.
                let same = *host == place.host;
                ensure!(!same || *other == snapshot, "one host, two looks");
                ensure!(
                    same || *other != snapshot || order.settings.contains_key("A24"),
                    "two hosts, one look"
                );
            }
            seen.push((snapshot, place.host));
        }
        Ok(seen.len())
    });
}

fn unshared(order: &Order) -> Model {
    let scope = Scope { share_slots: false, ..Scope::whole(&CATALOG) };
    let shared = order.model();
    let model = Model::with_scope(CATALOG.clone(), order.architecture, shared.switches(), scope);
    model.expect("a model")
}

#[test]
fn files_that_share_a_slot_are_shown_as_if_each_had_its_own() {
    on_every(&orders_under_any_assumption(), |order| {
        let model = unshared(order);
        let (mut host, actions) = order.resolve(&model);
        let shared = Place::along(order);
        for (place, action) in shared.iter().zip(actions.iter().map(Some).chain([None])) {
            ensure!(Snapshot::of(model.view(&host)) == place.snapshot(), "{host:?}");
            let truths = (truth(model.view(&host)), truth(place.model.view(&place.host)));
            ensure!(truths.0 == truths.1, "{truths:?}");
            if let Some(action) = action {
                host = model.restarted(model.apply(&host, *action).after(&host));
            }
        }
        Ok(shared.len())
    });
}

/// A search over the hosts of a scope, without encoding them. No host is the vacant state.
struct Hosts {
    model: Model,
    actions: Vec<Action>,
}

impl Space for Hosts {
    type State = Option<Host>;

    fn vacant(&self) -> Option<Host> {
        None
    }

    fn initial(&self) -> Vec<Option<Host>> {
        let levels = media(self.model.architecture()).iter();
        levels.map(|level| self.model.install_os(*level)).collect()
    }

    fn action_count(&self) -> usize {
        self.actions.len()
    }

    fn next(&self, state: &Option<Host>, action: usize) -> Option<Option<Host>> {
        match self.model.apply(state.as_ref()?, self.actions[action]) {
            Outcome::Applied(host) => Some(Some(host)),
            Outcome::Unchanged | Outcome::Refused(_) => None,
        }
    }
}

impl Hosts {
    fn snapshot(&self, host: Option<&Host>) -> Option<Snapshot> {
        host.map(|host| Snapshot::of(self.model.view(host)))
    }

    /// One component with what it needs, and the updates that bear on it.
    fn of(architecture: Architecture, component: &str, update: &str, share_slots: bool) -> Self {
        let scope = Scope {
            components: CATALOG.component_named(component).into_iter().collect(),
            updates: CATALOG.update_named(update).into_iter().collect(),
            share_slots,
        };
        let switches = default_model(architecture).switches();
        let model = Model::with_scope(CATALOG.clone(), architecture, switches, scope);
        let model = model.expect("a model");
        let names = ActionNames {
            components: vec![component.to_owned()],
            updates: vec![update.to_owned()],
            branches: true,
        };
        let steps = model.search_steps(&names).expect("names of the catalog");
        let actions = steps.into_iter().map(|(_, action)| action).collect();
        Self { model, actions }
    }

    fn search(&self) -> Exploration<Option<Host>> {
        explore(self, &Bounds::default(), &|_| {})
    }
}

#[test]
fn sharing_slots_changes_neither_the_number_of_hosts_nor_the_ways_between_them() {
    for (architecture, component, update) in [
        (Architecture::X86, "iis_ftp", "KB975254"),
        (Architecture::X64, "iis_www", "KB973917"),
        (Architecture::X64, "iis_common", "KB942831"),
    ] {
        let shared = Hosts::of(architecture, component, update, true);
        let unshared = Hosts::of(architecture, component, update, false);
        let (found, other) = (shared.search(), unshared.search());
        assert_eq!(found.states().len(), other.states().len(), "{component}");
        assert_eq!(found.transition_count(), other.transition_count(), "{component}");
        assert_eq!(found.depth(), other.depth(), "{component}");
        // Not only as many: the same ones, in the same order.
        for (host, other) in found.states().iter().zip(other.states()) {
            let host = shared.snapshot(host.as_ref());
            assert_eq!(host, unshared.snapshot(other.as_ref()), "{component}");
        }
    }
}

#[test]
fn forced_branches_reach_every_host_that_is_reached_without_them_and_more() {
    let architecture = Architecture::X86;
    let with = Hosts::of(architecture, "iis_ftp", "KB975254", true);
    let names = ActionNames {
        components: vec!["iis_ftp".to_owned()],
        updates: vec!["KB975254".to_owned()],
        branches: false,
    };
    let steps = with.model.search_steps(&names).expect("names of the catalog");
    let actions = steps.into_iter().map(|(_, action)| action).collect();
    let without = Hosts { model: with.model.clone(), actions };
    let (with, without) = (with.search(), without.search());
    assert!(without.states().iter().all(|host| with.find(host).is_some()));
    assert!(without.states().len() < with.states().len());
}

#[test]
fn every_shortest_path_of_a_search_leads_to_its_host() {
    let hosts = Hosts::of(Architecture::X86, "iis_ftp", "KB975254", true);
    let found = hosts.search();
    let mut lengths = BTreeMap::new();
    for (id, host) in found.iter() {
        let (start, actions) = found.path(id);
        let start = found.states()[start.0 as usize].clone();
        let end = actions.iter().try_fold(start, |at, action| hosts.next(&at, *action));
        assert_eq!(end.as_ref(), Some(host));
        *lengths.entry(actions.len()).or_insert(0_usize) += 1;
    }
    assert_eq!(lengths.keys().max(), Some(&found.depth()));
    assert_eq!(lengths.values().sum::<usize>(), found.states().len());
}
