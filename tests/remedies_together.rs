//! The core's remedies over the whole scope, against a search of the whole.
//!
//! **Owns** that adding up what slices need gives what following every remedy on every host of the
//! whole gives, on scopes that are small enough for both.
//!
//! **Start reading** at [`agree`].

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

#[expect(dead_code, reason = "scopes of other tests")]
#[path = "common/scope.rs"]
mod scope;

use patchstate_explore::Bounds;
use patchstate_harness::{
    Advice, Composed, Looks, Patients, Reached, RepairSearch, Simulation, Slicing, check_remedies,
    shortest_repair,
};
use patchstate_servicing::{ActionNames, Host, Switches};
use patchstate_terms::{Architecture, Status, Step};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scope::{CATALOG, names};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

const ARCHITECTURE: Architecture = Architecture::X64;

/// How many hosts have a remedy and a shortest repair of these lengths.
type ByLengths = BTreeMap<(usize, usize), u128>;

/// Switches as the command line takes them.
fn switches(assume: &[&str]) -> Switches {
    let settings = assume.iter().copied();
    Switches::from_settings(&CATALOG, settings).expect("values of assumptions")
}

fn whole(switches: Switches) -> Simulation {
    Simulation::new(&CATALOG, ARCHITECTURE, switches).expect("a model of the whole catalog")
}

fn reach(switches: Switches, names: &ActionNames) -> Reached {
    let scope = (switches, names);
    let reached = Reached::new(&CATALOG, ARCHITECTURE, scope, &Bounds::default(), &|_| {});
    reached.expect("only names of the catalog")
}

/// The slices of a scope with what the core advises, as `change` leaves it.
fn composed(
    switches: Switches,
    names: &ActionNames,
    change: impl Fn(&mut Advice),
) -> (u128, Composed) {
    let slicing = Slicing::new(&CATALOG, ARCHITECTURE, switches, names).expect("known names");
    let reached: Vec<Reached> = slicing.slices.iter().map(|names| reach(switches, names)).collect();
    assert!(reached.len() > 1, "slices come together");
    let looks: Vec<Looks> = reached.iter().map(Reached::looks).collect();
    let ask = |(reached, looks)| Advice::of(reached, looks).expect("the images can be written");
    let mut advice: Vec<Vec<Advice>> = reached.iter().zip(&looks).map(ask).collect();
    advice.iter_mut().flatten().for_each(change);
    let whole = whole(switches);
    let (slicing, reached, looks, advice) = (&slicing, &reached, &looks, &advice);
    let patients = Patients { slicing, reached, looks, advice, whole: &whole };
    let composed = patients.compose(20).expect("the images can be written");
    let combinations = slicing.combinations(reached).expect("not too many");
    (combinations, composed.expect("not too many"))
}

/// Follows every remedy on every host of the whole scope.
fn followed(switches: Switches, names: &ActionNames) -> (u128, usize, ByLengths) {
    let (reached, whole) = (reach(switches, names), whole(switches));
    let looks = reached.looks();
    let advice = Advice::of(&reached, &looks).expect("the images can be written");
    let remedies = check_remedies(&reached, &looks, &advice, &whole);
    assert_eq!(remedies.working, remedies.checked);
    let mut by_lengths = ByLengths::new();
    for look in &looks.of {
        let Advice { truth, remedy } = &advice[*look as usize];
        if !matches!(truth, Status::Consistent | Status::NotApplicable) {
            *by_lengths.entry((remedy.len(), remedy.len())).or_default() += 1;
        }
    }
    for (_, remedy, shortest) in &remedies.longer {
        *by_lengths.entry((*remedy, *remedy)).or_default() -= 1;
        *by_lengths.entry((*remedy, *shortest)).or_default() += 1;
    }
    by_lengths.retain(|_, count| *count > 0);
    (reached.host_count() as u128, remedies.checked, by_lengths)
}

/// Slices say together what the whole says, of every host.
fn agree(assume: &[&str], scope: [&[&str]; 2]) -> Composed {
    let (switches, names) = (switches(assume), names(scope));
    let (combinations, composed) = composed(switches, &names, |_| {});
    let (hosts, checked, by_lengths) = followed(switches, &names);
    assert_eq!(composed.working, composed.checked);
    if combinations == hosts {
        assert_eq!(composed.checked, checked as u128);
        assert_eq!(composed.by_lengths, by_lengths);
    } else {
        // Every host is a combination, and some are not hosts.
        assert!(combinations > hosts && composed.checked >= checked as u128);
        assert!(composed.by_lengths.keys().eq(by_lengths.keys()));
        let counts = composed.by_lengths.values().zip(by_lengths.values());
        assert!(counts.into_iter().all(|(combinations, hosts)| combinations >= hosts));
    }
    let longer = composed.by_lengths.iter().filter(|((remedy, shortest), _)| shortest < remedy);
    assert_eq!(composed.longer, longer.map(|(_, count)| *count).sum::<u128>());
    assert!(composed.failing_cases.is_empty());
    check_cases(&whole(switches), &composed);
    composed
}

/// Every order that is shown leads to a host with the remedy and the repair that are told of it.
fn check_cases(whole: &Simulation, composed: &Composed) {
    for case in &composed.longer_cases {
        let words: Vec<String> = case.order.iter().map(ToString::to_string).collect();
        let host = whole.follow(&words).expect("steps of the catalog");
        let repair = shortest_repair(whole, &host, &Bounds::default()).expect("images");
        assert_eq!(repair.search, RepairSearch::Found, "{words:?}");
        assert_eq!((&repair.core_remedy, repair.core_remedy_works), (&case.remedy, true));
        let shorter = case.shorter.as_ref().expect("a shorter repair");
        assert_eq!(repair.steps.len(), shorter.len(), "{words:?}");
        let lengths = (case.remedy.len(), shorter.len());
        assert_eq!(composed.by_lengths[&lengths], case.combinations);
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

/// The core's remedy on a host of the whole, if one is needed, and the shortest repair that begins
/// with a service pack, its removal or both.
fn lengths(simulation: &Simulation, host: &Host) -> Option<(usize, usize)> {
    let advised = |host: &Host| {
        let tree = simulation.tree(host).expect("images can be written");
        simulation.judge(&tree).remedy
    };
    if matches!(simulation.truth(host).status, Status::Consistent | Status::NotApplicable) {
        return None;
    }
    let remedy = advised(host);
    assert!(works(simulation, host, &remedy), "{remedy:?}");
    let begins = ["", "sp1", "sp2", "-sp1", "-sp2", "-sp1 sp2", "-sp2 sp1", "-sp2 sp2"];
    let repair = |begin: &str| {
        let steps = begin.split_whitespace().map(|word| word.parse().expect("a step"));
        let mut steps: Vec<Step> = steps.collect();
        // x64 has no Service Pack 1.
        steps.iter().all(|step| simulation.model().resolve(step).is_ok()).then_some(())?;
        steps.extend(advised(&after(simulation, host, &steps)));
        works(simulation, host, &steps).then_some(steps.len())
    };
    let shortest = begins.iter().filter_map(|begin| repair(begin)).min();
    Some((remedy.len(), shortest.expect("the remedy itself is one")))
}

fn words(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Either update by itself is soon installed again; both take longer than to apply the service
/// pack anew, which installs again what is recorded.
#[test]
fn a_remedy_can_be_too_long_only_where_slices_come_together() {
    let scope: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];
    let composed = agree(&[], scope);
    let [case] = &composed.longer_cases[..] else { panic!("{:?}", composed.longer_cases) };
    assert_eq!(words(&case.remedy), "sp2 kb975254 kb976323");
    assert_eq!(case.shorter.as_deref().map(words).as_deref(), Some("-sp2 sp2"));
}

#[test]
fn slices_that_share_a_component_say_together_what_the_whole_says() {
    let ftp_and_smtp: &[&str] = &["iis_common", "iis_ftp", "iis_smtp"];
    agree(&[], [ftp_and_smtp, &["KB975254", "KB976323"]]);
    agree(&[], [&["iis_common", "iis_ftp"], &["KB942831", "KB975254"]]);
}

/// The core foresees that a service pack of the level that a host has installs nothing again.
#[test]
fn what_the_core_advises_is_told_apart_from_what_is_needed() {
    let scope: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];
    let composed = agree(&["A27=always"], scope);
    let longest = composed.by_lengths.keys().max();
    assert_eq!(longest, Some(&(3, 1)));
}

#[test]
fn without_advice_no_combination_that_needs_a_repair_is_said_to_be_repaired() {
    let names = names([&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]]);
    let forget = |advice: &mut Advice| advice.remedy.clear();
    let (_, without) = composed(Switches::default(), &names, forget);
    let (_, with) = composed(Switches::default(), &names, |_| {});
    assert_eq!((without.checked, without.working), (with.checked, 0));
    // The core itself does advise something that works there, so no host is shown.
    assert!(without.failing_cases.is_empty() && without.by_lengths.is_empty());
}

/// Nothing is cut away here: each host has everything that the catalog has.
#[test]
fn random_walks_through_the_whole_catalog_come_to_remedies_that_slices_foretell() {
    let names = ActionNames {
        components: CATALOG.components.iter().map(|component| component.id.clone()).collect(),
        updates: CATALOG.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    };
    let (_, composed) = composed(Switches::default(), &names, |_| {});
    let simulation = whole(Switches::default());
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
        if let Some(lengths) = lengths(&simulation, &host) {
            assert!(composed.by_lengths.contains_key(&lengths), "{lengths:?}");
            met.borrow_mut().insert(lengths);
        }
        Ok(())
    });
    run.expect("slices foretell it");
    assert!(met.borrow().len() > 3, "{met:?}");
}
