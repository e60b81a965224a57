//! The exact space of a scope beside a search host by host: the same hosts, and the same truth
//! about each of them.

#![expect(clippy::expect_used, reason = "what is not there fails the test")]

use patchstate_explore::Bounds;
use patchstate_oracle::truth;
use patchstate_servicing::{ActionNames, Host, Model, Outcome, Switches};
use patchstate_space::Count;
use patchstate_study::{Exact, Facts, Reached, SharedFiles, Slicing};
use patchstate_terms::{Architecture, Finding, FindingKey, Status};
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};
use std::collections::{BTreeMap, BTreeSet};

/// Searches a scope in both ways, and compares hosts, statuses and findings.
fn check(architecture: Architecture, switches: Switches, names: &ActionNames) -> usize {
    let files = SharedFiles::new(&Facts::of(&CATALOG), switches);
    let (scope, bounds) = ((switches, names), Bounds::default());
    let reached = Reached::sharing(&files, &CATALOG, architecture, scope, &bounds, &|_| {});
    let reached = reached.expect("only names of the catalog");
    let mut exact = Exact::new(&CATALOG, architecture, switches, names).expect("it fits");
    let all = exact.space.hosts();
    assert_eq!(exact.space.count(), Count::from(reached.host_count()), "{names:?}");
    // As many hosts, and each of these is one of them: the sets are equal.
    for (_, host) in reached.hosts() {
        assert!(exact.space.contains(all, &host), "{names:?}: {host:?}");
    }

    let (classes, model) = (reached.observation_classes(), reached.simulation().model());
    let mut counts = vec![0_usize; classes.first.len()];
    classes.of.iter().for_each(|class| counts[*class as usize] += 1);
    let mut statuses: BTreeMap<Status, usize> = BTreeMap::new();
    let mut findings: BTreeMap<FindingKey, usize> = BTreeMap::new();
    for (id, count) in classes.first.iter().zip(counts) {
        let host = reached.host(*id).expect("a host");
        let truth = truth(model.view(&host));
        let status = exact.truth.of(truth.status);
        assert!(exact.space.contains(status, &shown(model, &host)), "{host:?}: {truth:?}");
        *statuses.entry(truth.status).or_default() += count;
        let keys: BTreeSet<FindingKey> = truth.findings.iter().map(Finding::key).collect();
        for (key, set) in &exact.truth.findings {
            let has_it = exact.space.contains(*set, &shown(model, &host));
            assert_eq!(has_it, keys.contains(key), "{host:?}: {key:?}");
        }
        for key in keys {
            *findings.entry(key).or_default() += count;
        }
    }
    let expected = |counts: usize| Count::from(counts);
    let statuses: BTreeMap<_, _> = statuses.into_iter().map(|(s, n)| (s, expected(n))).collect();
    assert_eq!(exact.by_status(), statuses, "{names:?}");
    let findings: BTreeMap<_, _> = findings.into_iter().map(|(k, n)| (k, expected(n))).collect();
    let mut found: BTreeMap<FindingKey, Count> = BTreeMap::new();
    for (key, set) in exact.truth.findings {
        let hosts = exact.space.showing(set).expect("it fits");
        found.insert(key, exact.space.diagrams().count(hosts));
    }
    assert_eq!(found, findings, "{names:?}");
    reached.host_count()
}

/// A host with every part emptied that neither files nor registry show.
fn shown(model: &Model, host: &Host) -> Host {
    let values = model.parts().into_iter().zip(host.values());
    let values: Vec<u8> = values.map(|(part, v)| if part.shows() { *v } else { 0 }).collect();
    model.host_of(&values).expect("empty is a value of every part")
}

fn whole_catalog() -> ActionNames {
    ActionNames {
        components: CATALOG.components.iter().map(|component| component.id.clone()).collect(),
        updates: CATALOG.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    }
}

/// Every value of every assumption with a switch, one at a time, and forced branches.
#[test]
fn under_every_assumption_the_default_scope_is_what_a_search_reaches() {
    for assumption in &CATALOG.assumptions {
        for value in &assumption.values {
            let setting = format!("{}={}", assumption.id, value.name);
            let switches = Switches::from_settings(&CATALOG, [setting.as_str()]);
            let switches = switches.expect("a known value");
            check(Architecture::X64, switches, &names(DEFAULT));
        }
    }
    let forced = ActionNames { branches: true, ..names(DEFAULT) };
    check(Architecture::X64, Switches::default(), &forced);
    check(Architecture::X86, Switches::default(), &names(DEFAULT));
    // What A28 says is about files of the first release, which x64 has not.
    let fails = Switches::from_settings(&CATALOG, ["A28=fails"]).expect("a known value");
    check(Architecture::X86, fails, &names(DEFAULT));
    check(Architecture::X86, fails, &names([&["iis_common", "iis_www"], &["KB982666"]]));
}

/// MS04-030 brings files of two groups: whether any of them is there (A5), and what becomes of its
/// record (A15).
#[test]
fn an_update_of_two_groups_is_what_a_search_reaches() {
    for setting in ["A5=refused", "A15=listed"] {
        let switches = Switches::from_settings(&CATALOG, [setting]).expect("a known value");
        let scope = [&["iis_common", "iis_www"][..], &["KB824151", "KB913441", "KB970483"]];
        assert!(check(Architecture::X86, switches, &names(scope)) > 500_000);
    }
}

/// The scopes in which updates hang together by their files: on x86 up to nine million hosts.
#[test]
fn each_interaction_of_updates_is_what_a_search_reaches() {
    for architecture in [Architecture::X64, Architecture::X86] {
        let slicing = Slicing::new(&CATALOG, architecture, Switches::default(), &whole_catalog());
        let slices = slicing.expect("only names of the catalog").slices;
        let hosts: usize =
            slices.iter().map(|names| check(architecture, Switches::default(), names)).sum();
        assert!(hosts > 100_000, "{hosts} hosts on {architecture}");
    }
}

/// Whatever a step makes of hosts that are drawn from the whole, each as likely as every other, is
/// in the whole; and the truth about them is that of the sets they are in.
#[test]
fn no_step_leads_out_of_the_whole() {
    for architecture in [Architecture::X86, Architecture::X64] {
        let switches = Switches::default();
        let mut exact =
            Exact::new(&CATALOG, architecture, switches, &whole_catalog()).expect("it fits");
        let all = exact.space.hosts();
        let hosts = exact.space.samples(all, 7, 300);
        assert_eq!(hosts.len(), 300);
        let mut applied = 0;
        for host in hosts {
            for action in exact.space.actions() {
                if let Outcome::Applied(after) = exact.space.model().apply(&host, *action) {
                    assert!(exact.space.contains(all, &after), "{action:?} of {host:?}");
                    applied += 1;
                }
            }
            let truth = truth(exact.space.model().view(&host));
            let host = shown(exact.space.model(), &host);
            assert!(exact.space.contains(exact.truth.of(truth.status), &host), "{host:?}");
            let keys: BTreeSet<FindingKey> = truth.findings.iter().map(Finding::key).collect();
            let sets = exact.truth.findings.iter();
            let of_sets = sets.filter(|(_, set)| exact.space.contains(**set, &host));
            assert!(of_sets.map(|(key, _)| key).eq(&keys), "{host:?}");
        }
        assert!(applied > 1_000, "{applied} steps");
    }
}
