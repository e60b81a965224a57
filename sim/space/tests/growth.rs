//! Catalogs that bring the same file again and again: their spaces beside a search host by host,
//! and beside the space without the last update.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_explore::{Bounds, Exploration, explore};
use patchstate_servicing::{Action, CompiledModel, Host, Model, Outcome, PackedHost, Part};
use patchstate_space::{Count, Space, TooLarge};
use patchstate_terms::Architecture;
use patchstate_test_model::made_up;

const FILE: &str = "system32/inetsrv/w3core.dll";

/// The hosts of a scope, for the search host by host.
struct Packed<'a> {
    model: &'a Model,
    compiled: &'a CompiledModel,
}

impl patchstate_explore::Space for Packed<'_> {
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
        self.successors(state, &mut |number, next| {
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

/// The web server and so many made-up updates of one of its files, at these levels.
fn web(architecture: Architecture, levels: &[(&str, u16)], count: u16) -> (Model, Vec<Action>) {
    let catalog = made_up::catalog(&[FILE], levels, count);
    let names = (vec!["iis_www".to_owned()], made_up::ids(count));
    let scope = made_up::scope(&catalog, architecture, names);
    scope.expect("names of the catalog")
}

/// As many hosts as a search host by host finds, and each of these is in the space.
fn is_what_a_search_reaches((model, actions): (Model, Vec<Action>), hosts_min: usize) {
    let compiled = CompiledModel::new(&model, actions.clone()).expect("hosts fit a word");
    let system = Packed { model: &model, compiled: &compiled };
    let found: Exploration<PackedHost> = explore(&system, &Bounds::default(), &|_| {});
    assert!(found.is_complete() && found.states().len() >= hosts_min);
    let mut space = Space::new(model.clone(), actions).expect("it fits");
    assert_eq!(space.count(), Count::from(found.states().len()));
    let all = space.hosts();
    for packed in found.states() {
        assert!(space.contains(all, &compiled.unpack(*packed)));
    }
}

#[test]
fn three_updates_of_one_file_are_what_a_search_reaches() {
    is_what_a_search_reaches(web(Architecture::X64, &made_up::LEVELS[1..], 3), 80_000);
}

#[test]
fn updates_of_one_file_at_two_levels_are_what_a_search_reaches() {
    is_what_a_search_reaches(web(Architecture::X86, &made_up::LEVELS, 2), 200_000);
}

/// Whether a step installs or removes an update.
fn is_of(model: &Model, action: Action, id: &str) -> bool {
    let named = model.catalog().update_named(id);
    match action {
        Action::InstallUpdate { update, .. } | Action::RemoveUpdate(update) => {
            Some(update) == named
        }
        Action::ApplyServicePack(_)
        | Action::RemoveServicePack(_)
        | Action::AddComponents { .. }
        | Action::RemoveComponents { .. }
        | Action::CheckSystemFiles
        | Action::Restart
        | Action::CleanCache => false,
    }
}

/// Every step that changes one of these hosts leads to a host of the space; returns how many do.
fn steps_stay_inside(space: &Space, hosts: &[Host]) -> usize {
    let mut applied = 0;
    for host in hosts {
        for action in space.actions() {
            if let Outcome::Applied(after) = space.model().apply(host, *action) {
                assert!(space.contains(space.hosts(), &after), "{action:?} of {host:?}");
                applied += 1;
            }
        }
    }
    applied
}

/// The hosts by whether an update is recorded.
fn recorded(space: &mut Space, id: &str) -> [Count; 2] {
    let update = space.model().catalog().update_named(id).expect("an update");
    let model = space.model().clone();
    let all = space.hosts();
    let ask = |hosts: &[Host]| {
        Ok(vec![
            hosts
                .iter()
                .map(|host| model.view(host).records().any(|record| record.update == update))
                .collect(),
        ])
    };
    let divided: Result<_, TooLarge> = space.divide(all, |part| part == Part::Record(update), ask);
    let mut divided = divided.expect("it fits");
    let mut sets = divided.remove(0);
    [false, true].map(|is_there| {
        let set = sets.remove(&is_there).unwrap_or(space.diagrams().empty());
        space.diagrams().count(set)
    })
}

/// With the steps of all updates but the last, a scope has exactly the hosts of the scope that has
/// no such update; with its steps too it has these and others, and no step leads out.
fn grows_by_one_update(architecture: Architecture, count: u16) {
    let levels = &made_up::LEVELS[1..];
    let (model, actions) = web(architecture, levels, count - 1);
    let mut without = Space::new(model, actions).expect("it fits");

    let last = made_up::ids(count).pop().expect("an update");
    let (model, actions) = web(architecture, levels, count);
    let others = actions.iter().copied().filter(|a| !is_of(&model, *a, &last)).collect();
    let mut unused = Space::new(model.clone(), others).expect("it fits");
    assert_eq!(unused.count(), without.count());
    assert_eq!(recorded(&mut unused, &last), [without.count(), Count::ZERO]);

    let mut all = Space::new(model, actions).expect("it fits");
    assert!(all.count() > without.count());
    for host in unused.samples(unused.hosts(), 11, 500) {
        assert!(all.contains(all.hosts(), &host), "{host:?}");
    }
    let [absent, present] = recorded(&mut all, &last);
    assert!(absent >= without.count() && present > Count::ZERO);
    let hosts = all.samples(all.hosts(), 5, 200);
    assert_eq!(hosts.len(), 200);
    assert!(steps_stay_inside(&all, &hosts) > 400);
}

/// Two made-up updates of the files that KB973917 brings, over the whole x64 catalog.
#[test]
fn the_whole_catalog_with_two_updates_more_is_found() {
    let catalog = made_up::catalog(&[], &[], 0);
    let scope = made_up::scope(&catalog, Architecture::X64, made_up::everything(&catalog));
    let (model, actions) = scope.expect("names of the catalog");
    let mut without = Space::new(model, actions).expect("it fits");

    let files = [FILE, "system32/inetsrv/w3dt.dll"];
    let catalog = made_up::catalog(&files, &made_up::LEVELS[1..], 2);
    let scope = made_up::scope(&catalog, Architecture::X64, made_up::everything(&catalog));
    let (model, actions) = scope.expect("names of the catalog");
    let mut all = Space::new(model, actions).expect("it fits");
    for id in made_up::ids(2) {
        let [absent, present] = recorded(&mut all, &id);
        assert!(absent > without.count() && present > without.count());
    }
    let hosts = all.samples(all.hosts(), 7, 200);
    assert!(steps_stay_inside(&all, &hosts) > 2_000);
}

/// Two made-up updates more, over the whole x64 catalog: with none of their steps it is the whole
/// of the built-in catalog.
#[test]
fn the_whole_catalog_is_the_same_beside_updates_that_nobody_installs() {
    let built_in = made_up::catalog(&[FILE], &[], 0);
    let names = made_up::everything(&built_in);
    let scope = made_up::scope(&built_in, Architecture::X64, names.clone());
    let (model, actions) = scope.expect("names of the catalog");
    let mut without = Space::new(model, actions).expect("it fits");

    let catalog = made_up::catalog(&[FILE], &made_up::LEVELS[1..], 2);
    let scope = made_up::scope(&catalog, Architecture::X64, made_up::everything(&catalog));
    let (model, actions) = scope.expect("names of the catalog");
    let ids = made_up::ids(2);
    let is_of_any = |action: &Action| ids.iter().any(|id| is_of(&model, *action, id));
    let others = actions.iter().copied().filter(|action| !is_of_any(action)).collect();
    let mut unused = Space::new(model.clone(), others).expect("it fits");
    assert_eq!(unused.count(), without.count());
}

/// Nodes that are taken away too early, or a remembered set that means another one afterwards,
/// would show: here nodes are collected whenever half of them may be garbage.
#[test]
fn the_whole_catalog_is_the_same_whenever_nodes_are_collected() {
    let built_in = made_up::catalog(&[FILE], &[], 0);
    let names = made_up::everything(&built_in);
    let scope = made_up::scope(&built_in, Architecture::X64, names);
    let (model, actions) = scope.expect("names of the catalog");
    let mut never =
        Space::collecting(model.clone(), actions.clone(), usize::MAX / 2).expect("it fits");
    let hosts: Vec<Host> = never.samples(never.hosts(), 3, 500);
    for garbage_min in [0, 500] {
        let space = Space::collecting(model.clone(), actions.clone(), garbage_min);
        let mut often = space.expect("it fits");
        assert_eq!(often.count(), never.count());
        assert_eq!(often.diagrams().node_count(), never.diagrams().node_count());
        assert!(hosts.iter().all(|host| often.contains(often.hosts(), host)));
    }
}

#[test]
fn a_fourth_update_of_one_file_adds_to_the_space_without_it() {
    grows_by_one_update(Architecture::X86, 4);
}

#[test]
fn a_fifth_update_of_one_file_adds_to_the_space_without_it() {
    grows_by_one_update(Architecture::X64, 5);
}

/// The web server with an update of the built-in catalog that brings the file together with others,
/// and one made-up update: as in the whole, updates meet in several files.
fn meets_a_built_in_update(id: &str, hosts_min: usize) {
    let catalog = made_up::catalog(&[FILE], &made_up::LEVELS[1..], 1);
    let mut updates = made_up::ids(1);
    updates.push(id.to_owned());
    let scope = made_up::scope(&catalog, Architecture::X64, (vec!["iis_www".to_owned()], updates));
    is_what_a_search_reaches(scope.expect("names of the catalog"), hosts_min);
}

#[test]
fn a_made_up_update_meets_one_of_the_built_in_catalog() {
    meets_a_built_in_update("KB982666", 10_000);
}

/// Two files that a built-in update brings are treated alike until one more update brings only one
/// of them: then the group has two slots, each with backups of its own.
#[test]
fn a_made_up_update_of_one_of_two_files_that_were_alike_is_what_a_search_reaches() {
    meets_a_built_in_update("KB973917", 200_000);
}
