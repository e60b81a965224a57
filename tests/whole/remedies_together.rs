//! The core's remedies over a whole scope that is held as a set, against a search host by host.
//!
//! **Owns** that adding up what interaction groups need gives what following every remedy on every
//! host gives, on scopes that are small enough for both.
//!
//! **Start reading** at [`agree`].

use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_servicing::{Action, ActionNames, Host, Switches};
use patchstate_study::{
    Advice, Advise, Count, Exact, Facts, Reached, RemedyReport, RepairSearch, SharedFiles,
    Simulation, check_remedies, remedies_of_whole, shortest_repair,
};
use patchstate_terms::{Architecture, Status, Step};
use patchstate_test_model::{
    made_up,
    scope::{CATALOG, DEFAULT, names},
};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

/// How many hosts of each kind are shown.
const SHOWN_MAX: usize = 20;

/// Switches as the command line takes them.
fn switches(assume: &[&str]) -> Switches {
    let settings = assume.iter().copied();
    Switches::from_settings(&CATALOG, settings).expect("values of assumptions")
}

fn whole(architecture: Architecture, switches: Switches) -> Simulation {
    whole_of(&CATALOG, architecture, switches)
}

fn whole_of(catalog: &Arc<Catalog>, architecture: Architecture, switches: Switches) -> Simulation {
    Simulation::new(&Facts::of(catalog), architecture, switches)
        .expect("a model of the whole catalog")
}

/// What remedies come to on the set of all hosts, with another advice than the core's.
fn with_advice(
    architecture: Architecture,
    switches: Switches,
    names: &ActionNames,
    advice: Option<Advise<'_>>,
) -> RemedyReport {
    with_advice_in(&CATALOG, (architecture, switches), names, advice)
}

fn with_advice_in(
    catalog: &Arc<Catalog>,
    (architecture, switches): (Architecture, Switches),
    names: &ActionNames,
    advice: Option<Advise<'_>>,
) -> RemedyReport {
    let exact = Exact::new(catalog, architecture, switches, names);
    let mut exact = exact.expect("only names of the catalog");
    let model = exact.space.model().clone();
    let simulation = Simulation::of(model, SharedFiles::new(&Facts::of(catalog), switches));
    let of_core = |host: &Host| simulation.remedy(host);
    let simulations = (&simulation, &whole_of(catalog, architecture, switches));
    let advice = advice.unwrap_or(&of_core);
    let report = remedies_of_whole(&mut exact, simulations, advice, SHOWN_MAX);
    report.expect("the images can be written")
}

/// Follows every remedy on every host of the whole scope.
fn followed(
    catalog: &Arc<Catalog>,
    (architecture, switches): (Architecture, Switches),
    names: &ActionNames,
) -> RemedyReport {
    let (scope, bounds) = ((switches, names), Bounds::default());
    let reached = Reached::new(&Facts::of(catalog), architecture, scope, &bounds, &|_| {});
    let reached = reached.expect("only names of the catalog");
    let classes = reached.observation_classes();
    let whole = whole_of(catalog, architecture, switches);
    let advice = Advice::of(&reached, &classes).expect("the images can be written");
    let remedies = check_remedies(&reached, &classes, &advice, &whole);
    remedies.report(&reached, &classes, &advice, &whole, SHOWN_MAX)
}

/// The set says what the search says of every host.
fn agree(architecture: Architecture, assume: &[&str], scope: [&[&str]; 2]) -> RemedyReport {
    agree_in(&CATALOG, architecture, assume, &names(scope))
}

/// The same in another catalog.
fn agree_in(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    assume: &[&str],
    names: &ActionNames,
) -> RemedyReport {
    let of = (architecture, switches(assume));
    let found = with_advice_in(catalog, of, names, None);
    let expected = followed(catalog, of, names);
    let numbers = |report: &RemedyReport| {
        let RemedyReport { checked, working, longer, beyond_repair, open, .. } = report.clone();
        let [shorter, only] = [&report.shorter_by_removal, &report.only_by_removal];
        [checked, working, longer, beyond_repair, open, shorter.clone(), only.clone()]
    };
    assert_eq!(numbers(&found), numbers(&expected), "{names:?}");
    assert!(found.checked > Count::ZERO);
    assert_eq!(found.by_lengths, expected.by_lengths, "{names:?}");
    assert_eq!(found.by_length, expected.by_length, "{names:?}");
    assert!(found.failing_cases.is_empty());
    check_cases(&whole_of(catalog, architecture, of.1), &found);
    found
}

/// Every host that is shown has the remedy and the repair that are told of it.
fn check_cases(whole: &Simulation, found: &RemedyReport) {
    let longer = found.by_lengths.keys().filter(|(remedy, shortest)| shortest < remedy);
    assert_eq!(found.longer_cases.len(), longer.count(), "one of each kind");
    for case in &found.longer_cases {
        let order = case.order.as_ref().expect("small scopes are near");
        let words: Vec<String> = order.iter().map(ToString::to_string).collect();
        let host = whole.follow(&words).expect("steps of the catalog");
        let repair = shortest_repair(whole, &host, &Bounds::default()).expect("images");
        assert_eq!(repair.search, RepairSearch::Found, "{words:?}");
        assert_eq!((&repair.core_remedy, repair.core_remedy_works), (&case.remedy, true));
        let shorter = case.shortest.as_ref().expect("a shorter repair");
        assert_eq!(repair.additive.as_ref(), Some(shorter), "{words:?}");
        let lengths = (case.remedy.len(), shorter.len());
        assert_eq!(found.by_lengths[&lengths], case.hosts);
    }
    let is_shorter = found.shorter_by_removal > Count::ZERO;
    assert_eq!(found.removal_case.is_some(), is_shorter);
    if let Some(case) = &found.removal_case {
        let order = case.order.as_ref().expect("small scopes are near");
        let words: Vec<String> = order.iter().map(ToString::to_string).collect();
        let host = whole.follow(&words).expect("steps of the catalog");
        let repair = shortest_repair(whole, &host, &Bounds::default()).expect("images");
        let shortest: Vec<Step> = repair.steps.iter().map(|s| s.told.step.clone()).collect();
        assert!(repair.removes() && repair.core_remedy_works, "{words:?}");
        assert_eq!((&repair.core_remedy, Some(&shortest)), (&case.remedy, case.shortest.as_ref()));
    }
}

/// The host after some steps of which each may be refused.
fn after(simulation: &Simulation, host: &Host, steps: &[Step]) -> Host {
    let model = simulation.model();
    steps.iter().fold(host.clone(), |host, step| {
        let action = model.resolve(step).expect("a step of the catalog");
        model.apply(&host, action).after(&host).clone()
    })
}

/// Whether steps make a host consistent, with the components that it has.
fn works(simulation: &Simulation, host: &Host, steps: &[Step]) -> bool {
    let (model, end) = (simulation.model(), after(simulation, host, steps));
    simulation.truth(&end).status == Status::Consistent
        && model.view(host).components().eq(model.view(&end).components())
}

/// The core's remedy on a host of the whole, if one is needed, and the shortest repair that is made
/// of service packs and updates: all sequences are tried, shorter ones first.
fn lengths(simulation: &Simulation, host: &Host, names: &ActionNames) -> Option<(usize, usize)> {
    if matches!(simulation.truth(host).status, Status::Consistent | Status::NotApplicable) {
        return None;
    }
    let remedy = simulation.remedy(host).expect("images can be written");
    assert!(works(simulation, host, &remedy), "{remedy:?}");
    let model = simulation.model();
    let steps = model.search_steps(names).expect("names of the catalog");
    let is_tried = |(step, _): &&(Step, Action)| {
        matches!(step, Step::ApplyServicePack(_) | Step::InstallUpdate { .. })
    };
    let (mut level, mut seen) = (vec![host.clone()], BTreeSet::from([host.clone()]));
    for distance in 1..=remedy.len() {
        let mut next = Vec::new();
        for from in level {
            for (_, action) in steps.iter().filter(is_tried) {
                let after = model.apply(&from, *action).after(&from).clone();
                if simulation.truth(&after).status == Status::Consistent {
                    return Some((remedy.len(), distance));
                }
                if seen.insert(after.clone()) {
                    next.push(after);
                }
            }
        }
        level = next;
    }
    panic!("the remedy itself is such a repair");
}

fn words(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Either update by itself is soon installed again; both take longer than to remove the service
/// pack and to apply it anew, which installs again what is recorded.
#[test]
fn a_removal_can_be_shorter_only_where_groups_come_together() {
    let scope: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];
    let report = agree(Architecture::X64, &[], scope);
    assert_eq!((report.longer, report.longer_cases), (Count::ZERO, Vec::new()));
    let case = report.removal_case.expect("a removal that is shorter");
    assert_eq!(words(&case.remedy), "sp2 kb975254 kb976323");
    assert_eq!(case.shortest.as_deref().map(words).as_deref(), Some("-sp2 sp2"));
}

#[test]
fn groups_that_share_a_component_say_together_what_the_whole_says() {
    let ftp_and_smtp: &[&str] = &["iis_common", "iis_ftp", "iis_smtp"];
    agree(Architecture::X64, &[], [ftp_and_smtp, &["KB975254", "KB976323"]]);
    agree(Architecture::X64, &[], [&["iis_common", "iis_ftp"], &["KB942831", "KB975254"]]);
    agree(Architecture::X64, &[], [&["iis_common"], &["KB942831", "KB913441"]]);
    agree(Architecture::X86, &[], [&["iis_common", "iis_ftp"], &["KB942831"]]);
}

#[test]
fn the_default_scope_by_sets_is_what_it_is_host_by_host() {
    agree(Architecture::X86, &[], DEFAULT);
    agree(Architecture::X64, &[], DEFAULT);
}

#[test]
fn updates_of_one_file_and_of_system_files_are_counted_as_the_search_counts_them() {
    agree(Architecture::X64, &[], [&["iis_common", "iis_www"], &["KB942830", "KB2124261"]]);
    agree(Architecture::X64, &[], [&["iis_common", "iis_ftp"], &["KB982666", "KB975254"]]);
}

/// What an update brings to two groups is there after one step. Where that is fewer steps than the
/// updates of each group, the set leaves open what the search knows; what it does say is so.
#[test]
fn an_update_of_two_groups_counts_once() {
    let names = |updates: &[&str]| names([&["iis_common", "iis_ftp"], updates]);
    // It brings files of KB942831 and of KB975254.
    let files = ["system32/inetsrv/infocomm.dll", "system32/inetsrv/ftpsvc2.dll"];
    let catalog = made_up::catalog(&files, &made_up::LEVELS[1..], 1);
    let of_both = made_up::ids(1).remove(0);
    let updates = ["KB942831", "KB975254", of_both.as_str()];
    let of = (Architecture::X64, Switches::default());
    let found = with_advice_in(&catalog, of, &names(&updates), None);
    let expected = followed(&catalog, of, &names(&updates));
    assert_eq!(expected.working, expected.checked);
    assert_eq!(found.checked, expected.checked);
    assert_eq!(found.working.clone() + found.open, found.checked);
    assert!(found.working > Count::ZERO && found.longer <= expected.longer);
    let scope: [&[&str]; 2] = [&["iis_common", "iis_www"], &["KB824151", "KB913441", "KB970483"]];
    agree(Architecture::X86, &[], scope);
}

/// A host that waits needs what the host behind the restart needs, and the restart.
#[test]
fn a_restart_that_a_host_waits_for_is_a_step_of_its_remedy() {
    let settings = &["A29=at-restart"];
    let scope: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];
    let waiting = agree(Architecture::X64, settings, scope);
    let at_once = agree(Architecture::X64, &[], scope);
    assert!(waiting.checked > at_once.checked);
    agree(Architecture::X64, settings, [&["iis_common"], &["KB942831", "KB913441"]]);
    agree(Architecture::X64, settings, [&["iis_common", "iis_www"], &["KB973917"]]);
}

/// The core foresees that a service pack of the level that a host has installs nothing again.
#[test]
fn what_the_core_advises_is_told_apart_from_what_is_needed() {
    let scope: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];
    let report = agree(Architecture::X64, &["A27=always"], scope);
    assert_eq!(report.by_lengths.keys().max(), Some(&(3, 1)));
}

#[test]
fn without_advice_no_host_that_needs_a_repair_is_said_to_be_repaired() {
    let names = names([&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]]);
    let (architecture, switches) = (Architecture::X64, Switches::default());
    let without = with_advice(architecture, switches, &names, Some(&|_| Ok(Vec::new())));
    let with = with_advice(architecture, switches, &names, None);
    assert_eq!((without.checked, without.working), (with.checked.clone(), Count::ZERO));
    // The core itself does advise something that works there, so no host is shown.
    assert_eq!((without.open, with.open), (with.checked, Count::ZERO));
    assert!(without.failing_cases.is_empty() && without.by_lengths.is_empty());
}

/// Nothing is cut away here: each host has everything that the catalog has.
#[test]
fn random_walks_through_the_whole_catalog_come_to_remedies_that_were_counted() {
    let names = ActionNames {
        components: CATALOG.components.iter().map(|component| component.id.clone()).collect(),
        updates: CATALOG.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    };
    let report = with_advice(Architecture::X64, Switches::default(), &names, None);
    let simulation = whole(Architecture::X64, Switches::default());
    let model = simulation.model();
    let steps = model.search_steps(&names).expect("names of the catalog");
    let walk = proptest::collection::vec(0..steps.len(), 8..60);
    let bases = proptest::sample::select(model.facts().media.clone());
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let met = RefCell::new(BTreeSet::new());
    let run = TestRunner::new_with_rng(config, random).run(&(bases, walk), |(base, walk)| {
        let mut host = model.install_os(base).expect("there is such media");
        for step in walk {
            host = model.apply(&host, steps[step].1).after(&host).clone();
        }
        if let Some(lengths) = lengths(&simulation, &host, &names) {
            assert!(report.by_lengths.contains_key(&lengths), "{lengths:?}");
            met.borrow_mut().insert(lengths);
        }
        Ok(())
    });
    run.expect("all were counted");
    assert!(met.borrow().len() > 3, "{met:?}");
}
