//! The numbers of hosts, counted a second time by a search that is not ours.
//!
//! The naive second model counts small scopes; here stateright counts larger ones, on whole hosts
//! and by the servicing rules in their plain form. States, transitions, depth and the number of
//! hosts of each status must be those of the compiled search.
//!
//! **Start reading** at the first test.

// A bench measures the same search, and benches stand in a folder of their own. It needs both
// `stateright`, which no crate of ours depends on, and `study`, which no crate for tests may.
#[path = "../../benches/work/peers.rs"]
mod peers;

use patchstate_explore::Bounds;
use patchstate_servicing::Switches;
use patchstate_study::{Facts, Reached};
use patchstate_terms::{Architecture, Status};
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};
use peers::{Counts, search_hosts, search_packed};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How many hosts have each status.
type Statuses = BTreeMap<Status, usize>;

fn reach(architecture: Architecture, scope: [&[&str]; 2]) -> Reached {
    let names = names(scope);
    let scope = (Switches::default(), &names);
    let reached =
        Reached::new(&Facts::of(&CATALOG), architecture, scope, &Bounds::default(), &|_| {});
    reached.expect("only names of the catalog")
}

/// Both counts of a scope, which must agree: hosts, transitions, depth, hosts by status.
fn count(architecture: Architecture, scope: [&[&str]; 2]) -> (Counts, Statuses) {
    let reached = reach(architecture, scope);
    let ours = Counts {
        states: reached.host_count(),
        transitions: reached.transition_count(),
        depth: reached.depth(),
    };
    let by_status = statuses(&reached);
    let seen: Arc<Mutex<Statuses>> = Arc::default();
    let simulation = reach(architecture, scope);
    let look = {
        let seen = Arc::clone(&seen);
        move |host: &_| {
            let status = simulation.simulation().truth(host).status;
            *seen.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
        }
    };
    let theirs = search_hosts(&reached, 1, look).expect("stateright searches");
    assert_eq!(theirs, ours, "{scope:?} on {architecture}");
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(*seen, by_status, "{scope:?} on {architecture}");
    let packed = search_packed(&reached, 1).expect("stateright searches packed hosts");
    assert_eq!(packed, ours, "{scope:?} on {architecture}, packed");
    (ours, by_status)
}

fn statuses(reached: &Reached) -> Statuses {
    let mut statuses = Statuses::new();
    for (_, host) in reached.hosts() {
        *statuses.entry(reached.simulation().truth(&host).status).or_default() += 1;
    }
    statuses
}

fn counted(states: usize, transitions: u64, depth: usize) -> Counts {
    Counts { states, transitions, depth }
}

#[test]
fn stateright_counts_the_same_hosts_of_the_incident() {
    let (counts, by_status) = count(Architecture::X86, DEFAULT);
    assert_eq!(counts, counted(6636, 32847, 17));
    let expected = [
        (Status::Broken, 1278),
        (Status::Mismatch, 2620),
        (Status::Drift, 772),
        (Status::Consistent, 1125),
        (Status::NotApplicable, 841),
    ];
    assert_eq!(by_status, BTreeMap::from(expected));
    let (counts, by_status) = count(Architecture::X64, DEFAULT);
    assert_eq!(counts, counted(615, 2842, 16));
    let expected = [
        (Status::Broken, 86),
        (Status::Mismatch, 167),
        (Status::Drift, 94),
        (Status::Consistent, 163),
        (Status::NotApplicable, 105),
    ];
    assert_eq!(by_status, BTreeMap::from(expected));
}

#[test]
fn stateright_counts_the_same_hosts_of_two_components_with_an_update_each() {
    let smtp: [&[&str]; 2] = [&["iis_common", "iis_smtp"], &["KB976323"]];
    assert_eq!(count(Architecture::X86, smtp).0, counted(26491, 164_042, 17));
    let web: [&[&str]; 2] = [&["iis_common", "iis_www"], &["KB973917"]];
    assert_eq!(count(Architecture::X86, web).0.states, 49473);
}

#[test]
fn stateright_counts_the_same_hosts_with_updates_that_share_files() {
    let web: [&[&str]; 2] = [&["iis_common", "iis_www"], &["KB917537", "KB942830", "KB2124261"]];
    assert_eq!(count(Architecture::X64, web).0, counted(21678, 156_026, 20));
    let web: [&[&str]; 2] = [&["iis_common", "iis_www"], &["KB970483", "KB3197835"]];
    assert_eq!(count(Architecture::X64, web).0, counted(11775, 84220, 20));
}
