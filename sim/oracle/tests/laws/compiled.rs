//! The compiled model against the plain one: packed hosts and steps in random scopes.

use crate::check::{Verdict, cases_at_least, ensure};
use patchstate_catalog::{Release, UpdateId};
use patchstate_oracle::truth;
use patchstate_servicing::{
    Action, ActionNames, CompiledModel, Host, Model, Outcome, PackedHost, Part, Scope,
};
use patchstate_terms::{Architecture, Level};
use patchstate_test_model::{
    CATALOG,
    orders::{SWITCHES, Settings, any_settings, cases, media, model},
};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
    test_runner::{TestCaseError, TestRunner},
};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

/// A scope, and a walk through it: which base, then which of the steps, by any number.
#[derive(Clone, Debug)]
struct Walk {
    architecture: Architecture,
    settings: Settings,
    components: Vec<String>,
    updates: Vec<String>,
    branches: bool,
    base: usize,
    steps: Vec<usize>,
}

/// The updates that bring the file that most updates bring, three at most.
fn updates_of_one_file() -> Vec<String> {
    let of_file = |file| {
        let brings = move |id: &UpdateId| {
            let releases = CATALOG.update(*id).releases.iter();
            let mut files = releases.flat_map(Release::all_files);
            files.any(|package| package.file == file)
        };
        CATALOG.update_ids().filter(brings).take(3).map(|id| CATALOG.update(id).id.clone())
    };
    let all = CATALOG.file_ids().map(|file| of_file(file).collect());
    all.max_by_key(Vec::len).expect("a file")
}

fn walks() -> impl Strategy<Value = Walk> {
    let components = CATALOG.components.iter().map(|one| one.id.clone());
    let groups = CATALOG.groups.iter().map(|one| one.id.clone());
    let names: Vec<String> = groups.chain(components).collect();
    let updates: Vec<String> = CATALOG.updates.iter().map(|one| one.id.clone()).collect();
    let few = subsequence(updates, 0..=2);
    // One file with so many backups that its fields are numbered apart.
    let crowd = Just(updates_of_one_file());
    let updates = prop_oneof![3 => few, 1 => crowd];
    let scope = (subsequence(names, 0..=2), updates, any::<bool>());
    let host = (select(Architecture::ALL.to_vec()), any_settings(&CATALOG));
    let steps = prop::collection::vec(0_usize..1000, 0..30);
    (host, scope, 0_usize..3, steps).prop_map(|(host, scope, base, steps)| {
        let ((architecture, settings), (components, updates, branches)) = (host, scope);
        Walk { architecture, settings, components, updates, branches, base, steps }
    })
}

impl Walk {
    fn model(&self) -> Model {
        let whole = model(&CATALOG, self.architecture, &self.settings);
        let component = |name: &String| match CATALOG.group_named(name) {
            Some(group) => group.members.clone(),
            None => CATALOG.component_named(name).into_iter().collect(),
        };
        let scope = Scope {
            components: self.components.iter().flat_map(component).collect(),
            updates: self.updates.iter().filter_map(|id| CATALOG.update_named(id)).collect(),
            share_slots: true,
        };
        let (architecture, switches) = (self.architecture, whole.switches());
        Model::with_scope(CATALOG.clone(), architecture, switches, scope).expect("a model")
    }

    fn actions(&self, model: &Model) -> Vec<Action> {
        let names = ActionNames {
            components: self.components.clone(),
            updates: self.updates.clone(),
            branches: self.branches,
        };
        let steps = model.search_steps(&names).expect("names of the catalog");
        steps.into_iter().map(|(_, action)| action).collect()
    }

    fn base(&self) -> Level {
        let media = media(self.architecture);
        media[self.base % media.len()]
    }
}

type Successors = BTreeSet<(usize, Host)>;

fn plain_successors(model: &Model, actions: &[Action], host: &Host) -> Successors {
    let after = |(number, action): (usize, &Action)| match model.apply(host, *action) {
        Outcome::Applied(after) => Some((number, after)),
        Outcome::Unchanged | Outcome::Refused(_) => None,
    };
    actions.iter().enumerate().filter_map(after).collect()
}

fn compiled_successors(compiled: &CompiledModel, packed: PackedHost) -> Successors {
    let mut successors = Successors::new();
    compiled.successors(packed, &mut |number, after| {
        successors.insert((number, compiled.unpack(after)));
    });
    successors
}

/// Walks with both models. `None` when the scope is too wide to be compiled.
fn agree(walk: &Walk, distort: fn(&mut Successors)) -> Result<Option<usize>, String> {
    let model = walk.model();
    let actions = walk.actions(&model);
    let Ok(compiled) = CompiledModel::new(&model, actions.clone()) else { return Ok(None) };
    let mut host = model.install_os(walk.base()).expect("there is media");
    for step in &walk.steps {
        let packed = compiled.pack(&host).ok_or("a reachable host cannot be packed")?;
        ensure!(packed != PackedHost::VACANT, "a host is packed as no host");
        ensure!(compiled.unpack(packed) == host, "{host:?} is unpacked as another host");
        let expected = plain_successors(&model, &actions, &host);
        let mut found = compiled_successors(&compiled, packed);
        distort(&mut found);
        ensure!(found == expected, "{host:?}: {found:?} and {expected:?}");
        let Some((_, next)) = expected.into_iter().nth(step % actions.len()) else { continue };
        host = next;
    }
    Ok(Some(walk.steps.len()))
}

fn all_agree(mut runner: TestRunner, distort: fn(&mut Successors)) -> Verdict {
    let (met, too_wide) = (Cell::new(0), Cell::new(0));
    let result = runner.run(&walks(), |walk| {
        match agree(&walk, distort).map_err(TestCaseError::fail)? {
            Some(steps) => met.set(met.get() + steps),
            None => too_wide.set(too_wide.get() + 1),
        }
        Ok(())
    });
    result.map_err(|error| error.to_string())?;
    ensure!(met.get() > 0 && too_wide.get() == 0, "{too_wide:?} scopes were too wide");
    Ok(())
}

#[test]
fn a_compiled_model_takes_the_same_steps_to_the_same_hosts() {
    if let Err(difference) = all_agree(TestRunner::new(cases(200)), |_| {}) {
        panic!("{difference}");
    }
}

#[test]
fn a_compiled_model_that_misses_a_step_is_reported() {
    let missing = |successors: &mut Successors| {
        successors.pop_last();
    };
    assert!(all_agree(TestRunner::deterministic(), missing).is_err());
}

#[test]
fn the_random_scopes_are_searched_under_every_value_of_every_switch() {
    let seen = Cell::new(BTreeSet::new());
    let result = TestRunner::new(cases_at_least(200)).run(&any_settings(&CATALOG), |settings| {
        let mut all = seen.take();
        for (id, values) in SWITCHES {
            all.insert((id, settings.get(id).copied().unwrap_or(values[0])));
        }
        seen.set(all);
        Ok(())
    });
    assert!(result.is_ok());
    let count: usize = SWITCHES.iter().map(|(_, values)| values.len()).sum();
    assert_eq!(seen.take().len(), count);
}

/// Hosts as they are and packed.
type Hosts = Vec<(Host, PackedHost)>;

/// Walks through a scope: every host on the way.
fn hosts_of(walk: &Walk) -> Option<(Model, CompiledModel, Hosts)> {
    let model = walk.model();
    let actions = walk.actions(&model);
    let compiled = CompiledModel::new(&model, actions.clone()).ok()?;
    let mut host = model.install_os(walk.base())?;
    let mut hosts = Vec::new();
    for step in &walk.steps {
        hosts.push((host.clone(), compiled.pack(&host)?));
        let next = plain_successors(&model, &actions, &host).into_iter().nth(step % actions.len());
        host = next.map_or(host, |(_, next)| next);
    }
    Some((model, compiled, hosts))
}

#[test]
fn packed_hosts_have_the_same_image_where_hosts_have_the_same_projection() {
    let seen = Cell::new([0, 0]);
    let result = TestRunner::new(cases_at_least(100)).run(&walks(), |walk| {
        let Some((model, compiled, hosts)) = hosts_of(&walk) else { return Ok(()) };
        let keeps: [fn(Part) -> bool; 3] = [Part::shows, |part| !part.shows(), |_| true];
        for keep in keeps {
            let projection = compiled.projection(keep);
            for ((one, packed), (other, also)) in hosts.iter().zip(hosts.iter().skip(1)) {
                let same = model.project(one, keep) == model.project(other, keep);
                prop_assert_eq!(projection.of(*packed) == projection.of(*also), same);
                let mut counts = seen.get();
                counts[usize::from(same)] += 1;
                seen.set(counts);
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(seen.get().iter().all(|count| *count > 100), "{seen:?}");
}

#[test]
fn hosts_that_show_the_same_have_the_same_truth() {
    let result = TestRunner::new(cases(100)).run(&walks(), |walk| {
        let Some((model, _, hosts)) = hosts_of(&walk) else { return Ok(()) };
        let mut truths = BTreeMap::new();
        for (host, _) in &hosts {
            let found = truth(model.view(host));
            let known = truths.entry(model.project(host, Part::shows)).or_insert(found.clone());
            prop_assert_eq!(&found, known);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_smaller_scope_sees_a_host_as_if_its_own_steps_had_led_there() {
    let met = Cell::new(0);
    let result = TestRunner::new(cases_at_least(100)).run(&walks(), |walk| {
        let small = walk.model();
        let scope = Scope {
            components: CATALOG.component_ids().collect(),
            updates: CATALOG.update_ids().collect(),
            share_slots: true,
        };
        let (architecture, switches) = (small.architecture(), small.switches());
        let large = Model::with_scope(CATALOG.clone(), architecture, switches, scope);
        let large = large.expect("a model");
        let actions = walk.actions(&small);
        let base = walk.base();
        let mut hosts = (small.install_os(base).unwrap(), large.install_os(base).unwrap());
        for step in &walk.steps {
            // Nothing is said where another update may have touched all files of a slot.
            if let Some(adopted) = small.adopt(large.view(&hosts.1)) {
                prop_assert_eq!(&adopted, &hosts.0);
                met.set(met.get() + 1);
            }
            let action = actions[step % actions.len()];
            if let (Outcome::Applied(one), Outcome::Applied(other)) =
                (small.apply(&hosts.0, action), large.apply(&hosts.1, action))
            {
                hosts = (one, other);
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(met.get() > 300, "{met:?}");
}
