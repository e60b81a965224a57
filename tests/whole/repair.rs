//! The shortest repair: from one host, and from every host of a scope.
//!
//! **Owns** what a repair has to do on hosts that were worked out by hand, and the agreement of
//! two searches for it: forwards from one host, and backwards over a whole scope.
//!
//! **Start reading** at the first test.

use crate::common::reach::{reach, words};
use patchstate_explore::{Bounds, StateId};
use patchstate_servicing::Switches;
use patchstate_study::{
    Advice, Count, Facts, Reached, Remedies, Repair, RepairSearch, Repairs, Simulation,
    additive_repairs, check_remedies, repair_steps, repairs, shortest_repair,
};
use patchstate_terms::{Architecture, FindingKind, Status, Step};
use patchstate_test_model::scope::{CATALOG, DEFAULT};
use std::collections::BTreeMap;

fn whole(architecture: Architecture) -> Simulation {
    let simulation = Simulation::new(&Facts::of(&CATALOG), architecture, Switches::default());
    simulation.expect("a model of the whole catalog")
}

fn repair(order: &str) -> Repair {
    let simulation = whole(Architecture::X86);
    let order: Vec<&str> = order.split_whitespace().collect();
    let host = simulation.follow(&order).expect("steps of the catalog");
    shortest_repair(&simulation, &host, &Bounds::default()).expect("the images can be written")
}

fn steps(repair: &Repair) -> String {
    let steps: Vec<Step> = repair.steps.iter().map(|step| step.told.step.clone()).collect();
    words(&steps)
}

#[test]
fn the_service_pack_again_repairs_the_incident_and_needs_no_removal() {
    let repair = repair("os:rtm sp2 +iis@rtm kb973917/v1");
    assert_eq!(repair.truth.status, Status::Broken);
    assert_eq!((repair.search, steps(&repair).as_str()), (RepairSearch::Found, "sp2"));
    let [step] = &repair.steps[..] else { panic!("{:?}", repair.steps) };
    assert_eq!((step.told.truth.status, step.brings.len()), (Status::Consistent, 0));
    let removed = step.removes.iter().map(|key| (key.kind, key.file.as_str()));
    let removed: Vec<_> = removed.collect();
    assert!(removed.contains(&(FindingKind::BehindOs, "system32/inetsrv/iisutil.dll")));
    assert!(removed.contains(&(FindingKind::UnresolvedImport, "system32/inetsrv/w3core.dll")));
    assert_eq!(words(&repair.core_remedy), "sp2");
    assert!(repair.core_remedy_works);
}

#[test]
fn a_host_without_trouble_needs_no_step() {
    for (order, status) in [
        ("os:rtm sp2", Status::NotApplicable),
        ("os:rtm +iis sp2", Status::Consistent),
        ("os:sp2 +iis kb973917/v2", Status::Consistent),
    ] {
        let repair = repair(order);
        assert_eq!(repair.truth.status, status, "{order}");
        assert_eq!(repair.search, RepairSearch::NotNeeded, "{order}");
        assert!(repair.steps.is_empty() && repair.core_remedy.is_empty(), "{order}");
        assert!(repair.core_remedy_works, "{order}");
    }
}

#[test]
fn files_ahead_of_the_system_are_repaired_by_their_own_service_pack() {
    let repair = repair("os:rtm +iis@sp1");
    assert_eq!(repair.truth.status, Status::Mismatch);
    assert_eq!(steps(&repair), "sp1");
}

#[test]
fn an_update_whose_files_are_gone_is_installed_again_and_not_removed() {
    let repair = repair("os:sp2 +iis kb973917/v2 -iis +iis");
    assert_eq!(repair.truth.status, Status::Drift);
    assert_eq!(steps(&repair), "kb973917/v2");
    let kinds: Vec<_> = repair.steps.iter().flat_map(|step| &step.removes).collect();
    assert!(kinds.iter().all(|key| key.kind == FindingKind::RecordedNotPresent));
    assert!(!kinds.is_empty());
}

#[test]
fn several_drifting_updates_are_installed_again_in_the_order_of_the_catalog() {
    let repair = repair("os:sp2 +iis kb942830 kb973917/v2 -iis +iis");
    assert_eq!(repair.truth.status, Status::Drift);
    assert_eq!(repair.search, RepairSearch::Found);
    let mut expected: Vec<_> = ["kb942830", "kb973917/v2"].into();
    expected.sort_by_key(|word| {
        let id = word.split('/').next().unwrap_or(word).to_uppercase();
        CATALOG.update_named(&id)
    });
    assert_eq!(steps(&repair), expected.join(" "));
}

#[test]
fn service_packs_come_before_updates_and_updates_before_components() {
    let steps = repair_steps(&whole(Architecture::X86)).expect("names of the catalog");
    let words: Vec<String> = steps.iter().map(|(step, _)| step.to_string()).collect();
    assert_eq!(words[..4], ["sp1", "sp2", "-sp1", "-sp2"]);
    let place = |word: &str| words.iter().position(|w| w == word).expect("a step");
    assert!(place("kb973917/v1") < place("kb973917/v2"));
    assert!(place("kb973917/v2") < place("-kb973917"));
    assert!(place("-kb973917") < place("+iis_www"));
    assert!(place("+iis_www") < place("+iis_www@rtm"));
    assert!(place("+iis_www@sp2") < place("-iis_www"));
    assert_eq!(words[words.len() - 2..], ["clean-cache", "sfc"]);
    // Six components with five steps each, or four without the first media; every release once.
    let releases: usize = CATALOG.updates.iter().map(|update| update.releases.len()).sum();
    assert_eq!(words.len(), 6 + CATALOG.components.len() * 5 + releases + CATALOG.updates.len());
}

/// Every host of the scope has a repair, which was tried; the forward search finds the same.
fn both_ways_agree(architecture: Architecture, sample: usize) -> (Reached, Repairs) {
    let reached = reach(architecture, DEFAULT);
    let found = repairs(&reached);
    let simulation = reached.simulation();
    let mut tried = 0;
    for (id, host) in reached.hosts() {
        let length = found.length(id).expect("every host of the scope can be repaired");
        let order = found.order(&reached, id).expect("it has a length, so it has an order");
        assert_eq!(order.len(), length);
        let mut end = host.clone();
        for step in &order {
            let action = simulation.model().resolve(step).expect("a step of the scope");
            end = simulation.model().apply(&end, action).after(&end).clone();
        }
        let before = simulation.model().view(&host).components();
        assert!(before.eq(simulation.model().view(&end).components()));
        let status = simulation.truth(&end).status;
        assert!(length == 0 && end == host || status == Status::Consistent, "{status}");
        if length > 0 && tried % sample == 0 {
            let forwards = shortest_repair(simulation, &host, &Bounds::default());
            let forwards = forwards.expect("images can be written");
            assert_eq!(forwards.search, RepairSearch::Found);
            // Forwards, components come and go one by one. No shortest repair needs that.
            assert_eq!(steps(&forwards), words(&order), "{}", words(&reached.order(id)));
        }
        tried += usize::from(length > 0);
    }
    (reached, found)
}

fn remedies(architecture: Architecture, sample: usize) -> Remedies {
    let (reached, found) = both_ways_agree(architecture, sample);
    let whole = whole(architecture);
    let classes = reached.observation_classes();
    let advice = Advice::of(&reached, &classes).expect("the images can be written");
    let remedies = check_remedies(&reached, &classes, &advice, &whole);
    agrees_backwards(&reached, &found, &advice, &remedies);
    remedies
}

/// Lengths that were found forwards, from each host, are those that searches backwards find.
fn agrees_backwards(reached: &Reached, found: &Repairs, advice: &[Advice], remedies: &Remedies) {
    let (classes, additive) = (reached.observation_classes(), additive_repairs(reached));
    let (mut longer, mut by_removal, mut by_length) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (id, class) in (0..).map(StateId).zip(&classes.of) {
        let shortest = found.length(id).expect("every host of the scope can be repaired");
        let length = additive.length(id).expect("and without a removal");
        if length > 0 {
            *by_length.entry(length).or_insert(0) += 1;
            let advised = advice[*class as usize].remedy.len();
            longer.extend((advised > length).then_some((id, advised, length)));
            by_removal.extend((shortest < length).then_some((id, shortest)));
            let order = additive.order(reached, id).expect("it has a length, so it has an order");
            assert!(order.len() == length && !order.iter().any(Step::removes), "{}", words(&order));
        }
    }
    assert_eq!(remedies.by_length, by_length);
    assert_eq!(remedies.longer, longer);
    assert_eq!(remedies.by_removal, by_removal);
}

/// The service pack's backup holds what fits the level before, and files do not show that.
#[test]
fn a_removal_that_is_shorter_than_the_remedy_is_told_and_does_not_make_that_too_long() {
    for (architecture, hosts) in [(Architecture::X64, 12_u8), (Architecture::X86, 72)] {
        let reached = reach(architecture, [&["iis_common"], &["KB942831"]]);
        let (classes, whole) = (reached.observation_classes(), whole(architecture));
        let advice = Advice::of(&reached, &classes).expect("the images can be written");
        let remedies = check_remedies(&reached, &classes, &advice, &whole);
        agrees_backwards(&reached, &repairs(&reached), &advice, &remedies);
        assert_eq!((remedies.working, remedies.failing.len()), (remedies.checked, 0));
        let report = remedies.report(&reached, &classes, &advice, &whole, 5);
        assert_eq!((&report.longer, &report.longer_cases), (&Count::ZERO, &Vec::new()));
        let case = report.removal_case.expect("a removal that is shorter");
        let hosts = Count::from(hosts);
        assert_eq!((&case.hosts, &report.shorter_by_removal), (&hosts, &hosts));
        assert_eq!(words(&case.remedy), "sp2 kb942831");
        assert_eq!(case.shortest.as_deref().map(words).as_deref(), Some("-sp2"));
        let order = case.order.iter().flatten();
        let order: Vec<String> = order.map(ToString::to_string).collect();
        let host = whole.follow(&order).expect("steps of the catalog");
        let own = shortest_repair(&whole, &host, &Bounds::default());
        let own = own.expect("the images can be written");
        assert_eq!((steps(&own).as_str(), own.removes()), ("-sp2", true));
        assert_eq!(own.additive.as_deref().map(words).as_deref(), Some("sp2 kb942831"));
    }
}

/// An advice that names a step too many works, and is too long.
#[test]
fn remedies_that_are_longer_than_need_be_are_found_with_the_shortest_additive_repair() {
    let reached = reach(Architecture::X64, [&["iis_common"], &["KB942831"]]);
    let (classes, whole) = (reached.observation_classes(), whole(Architecture::X64));
    let mut advice = Advice::of(&reached, &classes).expect("the images can be written");
    let sp2: Step = "sp2".parse().expect("a step");
    for advice in advice.iter_mut().filter(|advice| advice.remedy.first() == Some(&sp2)) {
        advice.remedy.insert(0, sp2.clone());
    }
    let remedies = check_remedies(&reached, &classes, &advice, &whole);
    agrees_backwards(&reached, &repairs(&reached), &advice, &remedies);
    let report = remedies.report(&reached, &classes, &advice, &whole, 5);
    assert_eq!(report.longer_cases.iter().map(|case| &case.hosts).sum::<Count>(), report.longer);
    let told: Vec<[String; 2]> = report
        .longer_cases
        .iter()
        .map(|case| [words(&case.remedy), case.shortest.as_deref().map(words).unwrap_or_default()])
        .collect();
    let expected = [["sp2 sp2", "sp2"], ["sp2 sp2 kb942831", "sp2 kb942831"]];
    assert!(expected.iter().all(|pair| told.iter().any(|told| told == pair)), "{told:?}");
    assert_eq!(told.len(), expected.len(), "{told:?}");
}

#[test]
fn remedies_that_do_not_work_are_told_apart_and_measured_against_the_shortest_repair() {
    let reached = reach(Architecture::X64, DEFAULT);
    let (classes, whole) = (reached.observation_classes(), whole(Architecture::X64));
    let mut advice = Advice::of(&reached, &classes).expect("the images can be written");
    // The service pack is removed instead of applied; whatever else was advised is forgotten.
    let sp2: Step = "sp2".parse().expect("a step");
    for advice in &mut advice {
        let is_sp2 = advice.remedy.contains(&sp2);
        advice.remedy = if is_sp2 { vec!["-sp2".parse().expect("a step")] } else { Vec::new() };
    }
    let remedies = check_remedies(&reached, &classes, &advice, &whole);
    assert_eq!(remedies.checked, 347);
    assert_eq!(remedies.working + remedies.failing.len(), remedies.checked);
    assert_eq!(remedies.by_length, BTreeMap::from([(1, 263), (2, 84)]));
    for (id, host) in reached.hosts() {
        let status = reached.simulation().truth(&host).status;
        let is_ill = !matches!(status, Status::Consistent | Status::NotApplicable);
        let model = reached.simulation().model();
        let action = model.resolve(&"-sp2".parse().expect("a step")).expect("a step of the scope");
        let is_told = !advice[classes.of[id.0 as usize] as usize].remedy.is_empty();
        let after = model.apply(&host, action).after(&host).clone();
        let works = is_told
            && reached.simulation().truth(&after).status == Status::Consistent
            && model.view(&host).components().eq(model.view(&after).components());
        assert_eq!(remedies.failing.contains(&id), is_ill && !works);
    }
    assert!(remedies.working > 0 && remedies.beyond_repair.is_empty());
}

#[test]
fn a_search_for_a_repair_that_a_bound_stops_says_how_far_it_came() {
    let simulation = whole(Architecture::X86);
    // Two updates have to be installed again, so one step is not enough.
    let order = ["os:sp2", "+iis", "kb942830", "kb973917/v2", "-iis", "+iis"];
    let host = simulation.follow(&order).expect("steps of the catalog");
    let search = |bounds: Bounds| {
        let repair = shortest_repair(&simulation, &host, &bounds).expect("images can be written");
        assert!(repair.steps.is_empty() || repair.search == RepairSearch::Found);
        repair.search
    };
    let depth = |steps| Bounds { depth_max: Some(steps), ..Bounds::default() };
    assert_eq!(search(depth(0)), RepairSearch::Stopped { step_count: 0, host_count: 1 });
    let RepairSearch::Stopped { step_count: 1, host_count } = search(depth(1)) else {
        panic!("one step repairs it")
    };
    assert!(host_count > 1);
    assert_eq!(search(depth(2)), RepairSearch::Found);
    let few = Bounds { state_count_max: Some(1), ..Bounds::default() };
    assert_eq!(search(few), RepairSearch::Stopped { step_count: 0, host_count });
}

#[test]
fn on_x64_every_remedy_of_the_core_works_and_none_is_longer_than_the_shortest() {
    let remedies = remedies(Architecture::X64, 8);
    assert_eq!((remedies.checked, remedies.working), (347, 347));
    assert_eq!((remedies.failing, remedies.longer, remedies.beyond_repair), Default::default());
    assert_eq!(remedies.by_length, BTreeMap::from([(1, 263), (2, 84)]));
}

#[test]
fn on_x86_every_remedy_of_the_core_works_and_none_is_longer_than_the_shortest() {
    let remedies = remedies(Architecture::X86, 64);
    assert_eq!((remedies.checked, remedies.working), (4670, 4670));
    assert_eq!((remedies.failing, remedies.longer, remedies.beyond_repair), Default::default());
    assert_eq!(remedies.by_length, BTreeMap::from([(1, 3438), (2, 1232)]));
}

#[test]
fn a_host_that_was_not_reached_has_no_length() {
    let reached = reach(Architecture::X64, [&["iis"], &[]]);
    let found = repairs(&reached);
    let beyond = StateId(u32::try_from(reached.host_count()).expect("a small scope"));
    assert_eq!(found.length(beyond), None);
}
