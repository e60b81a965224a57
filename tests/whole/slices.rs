//! Searching in slices gives what searching the whole gives.
//!
//! On scopes that are small enough for both, every host of the whole looks, to every slice, like a
//! host that the slice has reached, and its findings are those of the slices together. On the whole
//! catalog, which no search covers, random walks only ever come to such hosts.

use patchstate_explore::Bounds;
use patchstate_oracle::truth;
use patchstate_servicing::{Action, ActionNames, Host, Model, Switches};
use patchstate_study::{Facts, Reached, SharedFiles, Slicing};
use patchstate_terms::{Architecture, Finding, Step};
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;

fn reach(architecture: Architecture, names: &ActionNames) -> Reached {
    let (files, bounds) =
        (SharedFiles::new(&Facts::of(&CATALOG), Switches::default()), Bounds::default());
    let scope = (Switches::default(), names);
    let reached = Reached::sharing(&files, &CATALOG, architecture, scope, &bounds, &|_| {});
    reached.expect("only names of the catalog")
}

fn sliced(architecture: Architecture, names: &ActionNames) -> (Slicing, Vec<Reached>) {
    let slicing = Slicing::new(&CATALOG, architecture, Switches::default(), names);
    let slicing = slicing.expect("only names of the catalog");
    let reached = slicing.slices.iter().map(|names| reach(architecture, names)).collect();
    (slicing, reached)
}

fn check(architecture: Architecture, scope: [&[&str]; 2], slice_count: usize) {
    let names = names(scope);
    let (slicing, reached) = sliced(architecture, &names);
    assert_eq!(reached.len(), slice_count, "{:?}", slicing.slices);
    check_all(&reach(architecture, &names), &slicing, &reached);
}

/// Checks every host of a scope that is searched as a whole against the slices.
fn check_all(whole: &Reached, slicing: &Slicing, reached: &[Reached]) {
    assert!(whole.host_count() > 0);
    for (_, host) in whole.hosts() {
        check_host(whole.simulation().model(), &host, slicing, reached);
    }
}

#[test]
fn two_updates_of_one_component_in_slices_give_what_the_whole_gives() {
    check(Architecture::X64, [&["iis_common"], &["KB942831", "KB913441"]], 2);
}

#[test]
fn two_components_with_an_update_each_in_slices_give_what_the_whole_gives() {
    check(Architecture::X64, [&["iis_common", "iis_ftp"], &["KB942831", "KB975254"]], 2);
    check(Architecture::X86, [&["iis_common", "iis_ftp", "iis_nntp"], &[]], 3);
}

#[test]
fn a_package_that_looks_at_every_file_does_not_upset_slices() {
    check(Architecture::X64, [&["iis_common", "iis_www"], &["KB973917", "KB942831"]], 2);
}

/// Once, a slice had no step that brings `iis_common`, where only what needs it was named.
#[test]
fn a_component_that_only_comes_along_is_in_every_slice_that_owns_files_of_it() {
    for (components, updates) in [
        (&["iis_ftp"][..], &["KB942831"][..]),
        (&["iis_ftp", "iis_smtp"], &["KB942831"]),
        (&["iis_www"], &["KB942831", "KB917537"]),
        (&["iis_inetmgr"], &["KB913441"]),
    ] {
        let names = names([components, updates]);
        let (slicing, reached) = sliced(Architecture::X64, &names);
        check_all(&reach(Architecture::X64, &names), &slicing, &reached);
    }
}

#[test]
fn a_scope_that_hangs_together_is_one_slice() {
    check(Architecture::X64, DEFAULT, 1);
}

/// Slices are of the names that were given: a group stays a group.
#[test]
fn a_group_is_in_a_slice_as_a_whole() {
    let names = names([&["iis", "iis_ftp"], &["KB975254"]]);
    let slicing = Slicing::new(&CATALOG, Architecture::X86, Switches::default(), &names);
    let slices = slicing.expect("only names of the catalog").slices;
    assert_eq!(slices.len(), 1, "{slices:?}");
    assert_eq!(slices[0].components, ["iis", "iis_ftp"]);
}

fn whole_catalog() -> ActionNames {
    ActionNames {
        components: CATALOG.components.iter().map(|component| component.id.clone()).collect(),
        updates: CATALOG.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    }
}

/// Checks one host of a larger scope against the slices.
fn check_host(model: &Model, host: &Host, slicing: &Slicing, reached: &[Reached]) {
    let mut together = BTreeSet::new();
    for (number, slice) in reached.iter().enumerate() {
        let slice_model = slice.simulation().model();
        let seen = slice_model.adopt(model.view(host)).expect("every slice owns some files");
        assert!(slice.find(&seen).is_some(), "slice {:?} lacks it", slicing.slices[number]);
        let own = truth(slice_model.view(&seen)).findings.into_iter().filter(|finding| {
            CATALOG.file_at(&finding.file).is_some_and(|file| slicing.owns(number, file))
        });
        together.extend(own.map(|finding| finding.key()));
    }
    let findings = truth(model.view(host)).findings;
    assert_eq!(findings.iter().map(Finding::key).collect::<BTreeSet<_>>(), together);
}

#[test]
fn random_walks_through_the_whole_catalog_stay_within_what_slices_reach() {
    let architecture = Architecture::X64;
    let names = whole_catalog();
    let (slicing, reached) = sliced(architecture, &names);
    let model = Model::new(CATALOG.clone(), architecture, Switches::default());
    let model = model.expect("the catalog has x64");
    let steps: Vec<(Step, Action)> = model.search_steps(&names).expect("names of the catalog");
    let walk = proptest::collection::vec(0..steps.len(), 1..40);
    let bases = proptest::sample::select(model.facts().media.clone());
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, common_rng());
    runner
        .run(&(bases, walk), |(base, walk)| {
            let mut host = model.install_os(base).expect("there is such media");
            for step in walk {
                host = model.apply(&host, steps[step].1).after(&host).clone();
                check_host(&model, &host, &slicing, &reached);
            }
            Ok(())
        })
        .unwrap();
}

/// The same walks on every run.
fn common_rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}
