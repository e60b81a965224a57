//! The space beside a search host by host, over scopes that are drawn at random, under every
//! assumption, with and without forced branches.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::Catalog;
use patchstate_servicing::{Action, ActionNames, Host, Model, Outcome, Part, Scope, Switches};
use patchstate_space::{Count, Space, TooLarge};
use patchstate_terms::Architecture;
use patchstate_test_model::NT4;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, subsequence},
    test_runner::TestCaseError,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// More hosts than that are left to `sim/study/tests/exact.rs`.
const HOST_COUNT_MAX: usize = 20_000;

/// What a run is about.
#[derive(Clone, Debug)]
struct Drawn {
    architecture: Architecture,
    assumptions: Vec<Index>,
    components: Vec<String>,
    updates: Vec<String>,
    branches: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let catalog = Catalog::built_in();
    let names: Vec<String> = catalog.components.iter().map(|c| c.id.clone()).collect();
    let updates: Vec<String> = catalog.updates.iter().map(|u| u.id.clone()).collect();
    (
        prop::sample::select(&[Architecture::X86, Architecture::X64][..]),
        vec(any::<Index>(), catalog.assumptions.len()),
        subsequence(names, 1..3),
        subsequence(updates, 0..3),
        any::<bool>(),
    )
        .prop_map(|(architecture, assumptions, components, updates, branches)| Drawn {
            architecture,
            assumptions,
            components,
            updates,
            branches,
        })
}

impl Drawn {
    /// The model of this scope, with its steps.
    fn model(&self) -> (Model, Vec<Action>) {
        let catalog = Arc::new(Catalog::built_in());
        let with_switch = catalog.assumptions.iter().filter(|a| !a.values.is_empty());
        let settings: Vec<String> = with_switch
            .zip(&self.assumptions)
            .map(|(a, index)| format!("{}={}", a.id, index.get(&a.values).name))
            .collect();
        let switches = Switches::from_settings(&catalog, settings.iter().map(String::as_str));
        let switches = switches.expect("known values");
        let component = |name: &String| catalog.component_named(name).expect("a component");
        let scope = Scope {
            components: self.components.iter().map(component).collect(),
            updates: self.updates.iter().filter_map(|name| catalog.update_named(name)).collect(),
            share_slots: true,
        };
        let model = Model::with_scope(Arc::clone(&catalog), self.architecture, switches, scope);
        let model = model.expect("a model");
        let names = ActionNames {
            components: self.components.clone(),
            updates: self.updates.clone(),
            branches: self.branches,
        };
        let steps = model.search_steps(&names).expect("known names");
        let actions = steps.into_iter().map(|(_, action)| action).collect();
        (model, actions)
    }
}

/// Every reachable host with its distance; `None` where there are too many.
fn search(model: &Model, actions: &[Action]) -> Option<BTreeMap<Host, usize>> {
    let mut distances: BTreeMap<Host, usize> = model.bases().map(|base| (base, 0)).collect();
    let mut waiting: VecDeque<Host> = distances.keys().cloned().collect();
    while let Some(host) = waiting.pop_front() {
        let distance = distances[&host] + 1;
        for action in actions {
            if let Outcome::Applied(next) = model.apply(&host, *action)
                && !distances.contains_key(&next)
            {
                distances.insert(next.clone(), distance);
                waiting.push_back(next);
            }
        }
        if distances.len() > HOST_COUNT_MAX {
            return None;
        }
    }
    Some(distances)
}

/// What a step makes of some hosts, without those that it leaves as they are.
fn applied(model: &Model, hosts: &[Host], action: Action) -> BTreeSet<Host> {
    let outcomes = hosts.iter().map(|host| model.apply(host, action));
    outcomes
        .filter_map(|outcome| match outcome {
            Outcome::Applied(after) => Some(after),
            Outcome::Unchanged | Outcome::Refused(_) => None,
        })
        .collect()
}

/// What every second step leads to, and what these hosts show.
fn led_to(space: &mut Space, model: &Model, actions: &[Action]) -> Result<(), TestCaseError> {
    let (places, fewer): (Vec<usize>, Vec<Action>) =
        actions.iter().copied().enumerate().step_by(2).unzip();
    let led_to = space.led_to(&places).expect("it fits");
    let reached = search(model, &fewer).expect("fewer hosts than by all steps");
    let held: BTreeSet<Host> = space.hosts_of(led_to).collect();
    prop_assert!(held.iter().eq(reached.keys()));
    let parts = model.parts();
    let shown = |host: &Host| {
        let values = host.values().iter().zip(&parts);
        let values = values.map(|(value, part)| if part.shows() { *value } else { 0 });
        model.host_of(&values.collect::<Vec<u8>>()).expect("a host")
    };
    let mut counts: BTreeMap<Host, u128> = BTreeMap::new();
    for host in reached.keys() {
        *counts.entry(shown(host)).or_default() += 1;
    }
    prop_assert_eq!(space.shown_of(led_to).collect::<BTreeMap<_, _>>(), counts);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_space_is_what_a_search_host_by_host_reaches(
        drawn in drawn(),
        places in vec(any::<Index>(), 12),
        seed in any::<u64>(),
        garbage_min in prop::sample::select(&[0, 1, 300, 10_000, 1 << 20][..]),
    ) {
        let (model, actions) = drawn.model();
        let searched = search(&model, &actions);
        // Another scope is drawn instead, so that as many are compared as are asked for.
        prop_assume!(searched.is_some());
        let distances = searched.unwrap_or_default();
        let space = Space::collecting(model.clone(), actions.clone(), garbage_min);
        let mut space = space.expect("it fits");
        let all = space.hosts();
        prop_assert_eq!(space.count(), Count::from(distances.len()));
        let held: BTreeSet<Host> = space.hosts_of(all).collect();
        prop_assert!(held.iter().eq(distances.keys()));

        let hosts: Vec<&Host> = distances.keys().collect();
        let some: Vec<Host> = places.iter().map(|place| (*place.get(&hosts)).clone()).collect();
        let mut set = space.diagrams().empty();
        for host in &some {
            let one = space.set_of(host).expect("it fits");
            set = space.diagrams().union(set, one).expect("it fits");
        }
        for (step, action) in actions.iter().enumerate() {
            let image = space.image(set, step).expect("it fits");
            let image: BTreeSet<Host> = space.hosts_of(image).collect();
            let expected = applied(&model, &some, *action);
            prop_assert!(image.is_superset(&expected), "{:?}", action);
            let same: BTreeSet<Host> = some.iter().cloned().collect();
            prop_assert!(image.iter().all(|h| expected.contains(h) || same.contains(h)));
            let before = space.preimage(set, step).expect("it fits");
            for host in &hosts {
                let leads = match model.apply(host, *action) {
                    Outcome::Applied(after) => some.contains(&after),
                    Outcome::Unchanged | Outcome::Refused(_) => continue,
                };
                prop_assert_eq!(space.contains(before, host), leads, "{:?}", action);
            }
        }

        let nearest = some.iter().map(|host| distances[host]).min().expect("some hosts");
        let (base, steps) = space.shortest(set, 64).expect("it fits").expect("a way");
        prop_assert_eq!(steps.len(), nearest);
        let end = steps.iter().fold(base, |host, step| {
            model.apply(&host, actions[*step]).after(&host).clone()
        });
        prop_assert!(some.contains(&end));
        if nearest > 0 {
            prop_assert_eq!(space.shortest(set, nearest - 1).expect("it fits"), None);
        }
        let several = space.nearest(set, (64, some.len())).expect("it fits");
        let lengths: Vec<usize> = several.iter().map(|(_, steps)| steps.len()).collect();
        let mut known: Vec<usize> =
            some.iter().collect::<BTreeSet<_>>().into_iter().map(|host| distances[host]).collect();
        known.sort_unstable();
        prop_assert_eq!(lengths, known);
        for host in space.samples(all, seed, 20) {
            prop_assert!(distances.contains_key(&host));
        }
        led_to(&mut space, &model, &actions)?;
    }

    /// A question about the level and one component divides the space as it divides its hosts.
    #[test]
    fn a_set_is_divided_by_the_answers_about_its_hosts(drawn in drawn()) {
        let (model, actions) = drawn.model();
        let searched = search(&model, &actions);
        // Another scope is drawn instead, so that as many are compared as are asked for.
        prop_assume!(searched.is_some());
        let distances = searched.unwrap_or_default();
        let mut space = Space::new(model.clone(), actions).expect("it fits");
        let component = model.scope().components[0];
        let ask = |host: &Host| (model.view(host).level(), model.view(host).has(component));
        let mut expected: BTreeMap<_, BTreeSet<Host>> = BTreeMap::new();
        for host in distances.into_keys() {
            expected.entry(ask(&host)).or_default().insert(host);
        }
        let looks_at = |part| matches!(part, Part::Level) || part == Part::Component(component);
        let all = space.hosts();
        let ask_all = |hosts: &[Host]| Ok(vec![hosts.iter().map(ask).collect()]);
        let divided: Result<_, TooLarge> = space.divide(all, looks_at, ask_all);
        let found: BTreeMap<_, BTreeSet<Host>> = divided
            .expect("it fits")
            .remove(0)
            .into_iter()
            .map(|(answer, set)| (answer, space.hosts_of(set).collect()))
            .collect();
        prop_assert_eq!(found, expected);
    }
}

/// Of a product without a service pack cache the space is what a search reaches too, and so is what
/// each step makes of it, under each value of the only assumption that its catalog can switch.
#[test]
fn of_a_product_without_a_cache_the_space_is_what_a_search_host_by_host_reaches() {
    for value in ["adds", "replaces", "keeps"] {
        let setting = format!("A17={value}");
        let switches = Switches::from_settings(&NT4, [setting.as_str()]).expect("a known value");
        let model = Model::new(Arc::clone(&NT4), Architecture::X86, switches).expect("a model");
        let names = ActionNames { components: vec!["snmp".to_owned()], ..ActionNames::default() };
        let steps = model.search_steps(&names).expect("known names");
        let actions: Vec<Action> = steps.into_iter().map(|(_, action)| action).collect();
        let distances = search(&model, &actions).expect("a small scope");
        let mut space = Space::new(model.clone(), actions.clone()).expect("it fits");
        let all = space.hosts();
        let held: BTreeSet<Host> = space.hosts_of(all).collect();
        assert!(held.iter().eq(distances.keys()), "{value}");
        let hosts: Vec<Host> = distances.keys().cloned().collect();
        for (step, action) in actions.iter().enumerate() {
            let image = space.image(all, step).expect("it fits");
            let image: BTreeSet<Host> = space.hosts_of(image).collect();
            assert!(image.is_superset(&applied(&model, &hosts, *action)), "{value} {action:?}");
        }
        for (host, distance) in &distances {
            let one = space.set_of(host).expect("it fits");
            let (_, way) = space.shortest(one, 64).expect("it fits").expect("a way");
            assert_eq!(way.len(), *distance, "{value}");
        }
    }
}
