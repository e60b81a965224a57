//! A second model of servicing, written plainly and on its own, against the real one.
//!
//! **Owns** a naive model of servicing and of truth, with strings and maps, and the comparison of
//! the two: after every step of random orders, and over every host of small scopes.
//!
//! **Must never know** how the real model is built: it shares the catalog's data and nothing else,
//! so that a mistake has to be made twice to stay unseen.
//!
//! **Start reading** at `rules.rs`.

#[cfg(test)]
mod compare;
#[cfg(test)]
mod nt4;
#[cfg(test)]
mod reach;

use compare::{compare, rules};
use patchstate_servicing::ActionNames;
use patchstate_terms::Architecture;
use patchstate_test_model::{
    CATALOG,
    orders::{Order, SWITCHES, Settings, cases, orders, orders_under_any_assumption},
    second_model::rules::{Done, Flaw},
};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};
use reach::{Counts, Servicing};

fn order(architecture: Architecture, words: &str) -> Order {
    let words = words.split_whitespace().map(str::to_owned).collect();
    Order { catalog: &CATALOG, architecture, settings: Settings::new(), words }
}

fn agree_on(orders: impl Strategy<Value = Order>, count: u32) {
    let result = TestRunner::new(cases(count))
        .run(&orders, |order| compare(&order, None).map_err(TestCaseError::fail));
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn both_models_agree_on_every_step_of_random_orders() {
    agree_on(orders(), 500);
}

#[test]
fn both_models_agree_under_any_assumption() {
    agree_on(orders_under_any_assumption(), 500);
}

#[test]
fn both_models_agree_with_what_was_worked_out_by_hand() {
    let cases = [
        ("os:rtm sp2 +iis@rtm kb973917/v1", "broken"),
        ("os:rtm sp2 +iis@rtm kb973917/v1 sp2", "consistent"),
        ("os:rtm sp2 +iis@rtm kb973917/v1 sp2 -kb973917", "mismatch"),
        ("os:rtm sp2 +iis kb973917", "consistent"),
        ("os:rtm sp2 +iis@rtm kb973917", "mismatch"),
        ("os:sp1 +iis kb942830 sp2", "consistent"),
        ("os:rtm +iis_common sp2 +iis_www kb973917 -sp2", "broken"),
        ("os:sp2 +iis kb2124261 -iis +iis", "drift"),
        ("os:rtm sp2", "not-applicable"),
    ];
    for (words, status) in cases {
        let order = order(Architecture::X86, words);
        assert_eq!(compare(&order, None), Ok(()), "{words}");
        let rules = rules(&order, None);
        let mut host = rules.install(&order.words[0]);
        for word in &order.words[1..] {
            if let Done::Applied(after) = rules.step(&host, word) {
                host = after;
            }
        }
        assert_eq!(rules.truth(&host).status, status, "{words}");
    }
}

#[test]
fn every_planted_mistake_is_found() {
    let flaws = [
        Flaw::PackLowersFiles,
        Flaw::PackForgetsOneFile,
        Flaw::PackLeavesNoCache,
        Flaw::PackBacksUpOnce,
        Flaw::PackRemovalLeavesCache,
        Flaw::MigrationOnGdr,
        Flaw::MigrationKeepsBackup,
        Flaw::BackupIsRenewed,
        Flaw::NoNewerCopies,
        Flaw::EqualRevisionStays,
        Flaw::EarlierReleaseInstalls,
        Flaw::MixedHostByOwnFiles,
        Flaw::RemovalOnlyLowers,
        Flaw::DependentsStay,
        Flaw::SetupIgnoresCache,
        Flaw::NeedsComeFromBase,
        Flaw::DriftByRecordedLevel,
    ];
    for flaw in flaws {
        let found = std::cell::Cell::new(false);
        let config = Config { max_shrink_iters: 0, ..cases(20_000) };
        let rng = TestRunner::deterministic().new_rng();
        // The same orders every time, so that the mistake is found every time or never.
        let result = TestRunner::new_with_rng(config, rng).run(&orders(), |order| {
            compare(&order, Some(flaw)).map_err(|difference| {
                found.set(true);
                TestCaseError::fail(difference)
            })
        });
        assert!(matches!(result, Err(TestError::Fail(..))) && found.get(), "{flaw:?}");
    }
}

/// Of so many updates, few random orders install and remove the one that has files of the operating
/// system: this one puts httpapi.dll of Service Pack 2 back on a host without it.
#[test]
fn the_planted_mistake_about_files_of_the_operating_system_is_found() {
    let order = order(Architecture::X86, "os:rtm +iis_common sp2 kb982666 -sp2 -kb982666");
    assert_eq!(compare(&order, None), Ok(()));
    assert!(compare(&order, Some(Flaw::OsFilesCount)).is_err());
}

/// Only what an update replaces waits for the restart that it requires.
#[test]
fn the_planted_mistake_about_files_that_wait_is_found() {
    let words = "os:sp2 +iis_www kb973917 restart sp2";
    let order = Order {
        settings: Settings::from([("A29", "at-restart")]),
        ..order(Architecture::X86, words)
    };
    assert_eq!(compare(&order, None), Ok(()));
    assert!(compare(&order, Some(Flaw::EveryFileWaits)).is_err());
}

/// Counts the hosts of a scope on both models, and compares the steps that lead to them.
fn count(order: &Order, components: &[&str], updates: &[&str]) -> Counts {
    let rules = rules(order, None).without_others(components);
    let words = reach::words(&rules, components, updates);
    let names = ActionNames {
        components: components.iter().map(|name| (*name).to_owned()).collect(),
        updates: updates.iter().map(|id| id.to_uppercase()).collect(),
        branches: false,
    };
    let search = Servicing::new(&rules, &order.model(), &names);
    assert_eq!(words, search.words.iter().cloned().collect(), "the steps of the search");
    let walked = reach::walk(&rules, &words);
    assert_eq!(search.count(), walked, "{order:?}");
    assert_eq!(search.count_compiled(), walked, "{order:?}, compiled");
    walked
}

fn counted(hosts: usize, transitions: u64, depth: usize, by_status: [usize; 5]) -> Counts {
    let names = ["broken", "mismatch", "drift", "consistent", "not-applicable"];
    let by_status = names.into_iter().zip(by_status).filter(|(_, count)| *count > 0).collect();
    Counts { hosts, transitions, depth, by_status }
}

/// Both architectures: x86, then x64.
fn bases() -> [Order; 2] {
    [order(Architecture::X86, "os:rtm"), order(Architecture::X64, "os:sp1")]
}

#[test]
fn without_components_there_are_only_levels_caches_and_backups() {
    let [x86, x64] = bases();
    assert_eq!(count(&x86, &[], &[]), counted(15, 30, 4, [0, 0, 0, 0, 15]));
    assert_eq!(count(&x64, &[], &[]), counted(5, 7, 2, [0, 0, 0, 0, 5]));
}

#[test]
fn both_models_reach_the_same_hosts_of_a_web_server_without_updates() {
    let [x86, x64] = bases();
    assert_eq!(count(&x86, &["iis"], &[]), counted(116, 455, 6, [0, 58, 0, 29, 29]));
    assert_eq!(count(&x64, &["iis"], &[]), counted(21, 69, 5, [0, 7, 0, 7, 7]));
}

#[test]
fn both_models_reach_the_same_hosts_of_a_web_server_with_kb973917() {
    let [x86, x64] = bases();
    let (components, updates) = (&["iis"], &["kb973917"]);
    let expected = counted(6636, 32847, 17, [1278, 2620, 772, 1125, 841]);
    assert_eq!(count(&x86, components, updates), expected);
    let expected = counted(615, 2842, 16, [86, 167, 94, 163, 105]);
    assert_eq!(count(&x64, components, updates), expected);
}

#[test]
fn both_models_reach_the_same_hosts_of_an_ftp_server_with_kb975254() {
    let [x86, x64] = bases();
    let (components, updates) = (&["iis_ftp"], &["kb975254"]);
    let expected = counted(3000, 15241, 12, [0, 1708, 343, 919, 30]);
    assert_eq!(count(&x86, components, updates), expected);
    let expected = counted(322, 1461, 11, [0, 142, 42, 128, 10]);
    assert_eq!(count(&x64, components, updates), expected);
}

#[test]
fn both_models_reach_the_same_hosts_with_an_update_for_two_levels() {
    let [x86, x64] = bases();
    let (components, updates) = (&["iis_common"], &["kb942831"]);
    let expected = counted(4850, 23839, 21, [0, 3088, 465, 733, 564]);
    assert_eq!(count(&x86, components, updates), expected);
    let expected = counted(417, 1867, 15, [0, 197, 56, 93, 71]);
    assert_eq!(count(&x64, components, updates), expected);
}

#[test]
fn both_models_reach_the_same_hosts_under_every_combination_of_assumptions() {
    let mut combinations = vec![Settings::new()];
    for (id, values) in SWITCHES {
        let with = |settings: &Settings| {
            let others = values[1..].iter().map(|value| {
                let mut other = settings.clone();
                other.insert(id, value);
                other
            });
            others.chain([settings.clone()]).collect::<Vec<_>>()
        };
        // No step depends on what Windows Update offers (A8) or what runs (A28), and no package of
        // this scope looks for a mixed host (A3).
        if !["A3", "A8", "A28"].contains(&id) {
            combinations = combinations.iter().flat_map(with).collect();
        }
    }
    assert_eq!(combinations.len(), 192);
    for settings in combinations {
        let order = Order { settings, ..order(Architecture::X64, "os:sp1") };
        count(&order, &["iis_common"], &["kb942831"]);
    }
}

/// Where files of the first release do not run on a service pack (A28), hosts are the same, and
/// some that were a mismatch are broken. There are no such files on x64.
#[test]
fn both_models_reach_the_same_hosts_where_files_of_the_first_release_do_not_run() {
    let [x86, x64] =
        bases().map(|order| Order { settings: Settings::from([("A28", "fails")]), ..order });
    let (components, updates) = (&["iis"], &["kb973917"]);
    let found = count(&x86, components, updates);
    let status = |name: &str| found.by_status[name];
    assert_eq!((found.hosts, found.transitions, found.depth), (6636, 32847, 17));
    assert_eq!(status("broken") + status("mismatch"), 1278 + 2620);
    assert!(status("broken") > 1278);
    assert_eq!((status("drift"), status("consistent")), (772, 1125));
    let expected = counted(615, 2842, 16, [86, 167, 94, 163, 105]);
    assert_eq!(count(&x64, components, updates), expected);
    // The update that has httpapi.dll.
    count(&x86, &["iis_www"], &["kb982666"]);
}
