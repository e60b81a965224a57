//! Both models on Windows NT 4.0: a product without a service pack cache, System File Checker and
//! updates, with eight levels and one architecture.

use crate::{
    agree_on,
    compare::{compare, rules},
    count, counted,
    reach::{self, Counts},
};
use patchstate_terms::Architecture;
use patchstate_test_model::{
    NT4,
    orders::{Order, Settings, orders_of, orders_of_under_any_assumption},
    second_model::rules::Flaw,
};
use std::collections::{HashSet, VecDeque};

fn order(words: &str) -> Order {
    let words = words.split_whitespace().map(str::to_owned).collect();
    let (catalog, architecture, settings) = (&NT4, Architecture::X86, Settings::new());
    Order { catalog, architecture, settings, words }
}

#[test]
fn both_models_agree_on_every_step_of_random_orders_of_windows_nt() {
    agree_on(orders_of(&NT4), 500);
}

#[test]
fn both_models_agree_on_windows_nt_under_any_assumption() {
    agree_on(orders_of_under_any_assumption(&NT4), 500);
}

/// Worked out by hand. With the eight levels numbered from 0, hosts are those of level k with the
/// backup of a service pack that was applied at level j < k, which are 28, and those of level j
/// without one: RTM, and those from which service pack k was removed, 7 with RTM. On the 28, each
/// higher service pack is applied, and the last one removed: the sum of k (8 - k) is 84. On the 7,
/// each higher one is applied: 28. The furthest are those of a level above RTM without a backup.
#[test]
fn without_the_service_there_are_only_levels_and_backups() {
    assert_eq!(count(&order("os:rtm"), &[], &[]), counted(35, 112, 3, [0, 0, 0, 0, 35]));
}

fn counts(value: &'static str) -> Counts {
    let settings = Settings::from([("A17", value)]);
    count(&Order { settings, ..order("os:rtm") }, &["snmp"], &[])
}

/// Each host and each step of the whole catalog: the search, the search over the compiled model and
/// a walk over the second model reach as many.
#[test]
fn both_models_reach_the_same_hosts_of_windows_nt_with_snmp() {
    let adds = count(&order("os:rtm"), &["snmp"], &[]);
    assert_eq!(adds, counted(223, 1055, 5, [80, 3, 0, 56, 84]));
    for value in ["replaces", "keeps"] {
        let found = counts(value);
        assert!(found.hosts > 35 && found.by_status["broken"] > 0, "{found:?}");
    }
}

/// Every step from every host of the whole catalog has the same outcome in both models, and leads
/// to the same host with the same truth.
#[test]
fn both_models_agree_on_every_step_from_every_host_of_windows_nt() {
    for value in ["adds", "replaces", "keeps"] {
        let base = Order { settings: Settings::from([("A17", value)]), ..order("os:rtm") };
        let words = reach::words(&rules(&base, None), &["snmp"], &[]);
        let model = base.model();
        let (host, _) = base.resolve(&model);
        let mut seen = HashSet::from([host.clone()]);
        let mut waiting = VecDeque::from([(host, base.words.clone())]);
        let mut steps = 0;
        while let Some((host, way)) = waiting.pop_front() {
            for word in &words {
                let longer: Vec<String> = way.iter().chain([word]).cloned().collect();
                let order = Order { words: longer.clone(), ..base.clone() };
                assert_eq!(compare(&order, None), Ok(()), "{order:?}");
                let action = model.resolve_word(word).expect("a step");
                let after = model.apply(&host, action).after(&host).clone();
                steps += 1;
                if seen.insert(after.clone()) {
                    waiting.push_back((after, longer));
                }
            }
        }
        assert_eq!(steps, seen.len() * 17, "7 service packs, their removal, and 3 of the service");
        assert!(value != "adds" || seen.len() == 223);
    }
}

/// That a service pack keeps no copies, and where Setup goes then, is what tells this product from
/// Windows Server 2003: a model that has it otherwise is found out, as are others on such hosts.
#[test]
fn mistakes_that_are_planted_on_windows_nt_are_found() {
    let cases = [
        (Flaw::EveryPackLeavesCache, "os:rtm sp4"),
        (Flaw::SetupAsksForNewerMedia, "os:rtm sp4 +snmp"),
        (Flaw::PackBacksUpOnce, "os:rtm sp4 +snmp sp4"),
    ];
    for (flaw, words) in cases {
        let order = order(words);
        assert_eq!(compare(&order, None), Ok(()), "{words}");
        assert!(compare(&order, Some(flaw)).is_err(), "{flaw:?}");
    }
}
