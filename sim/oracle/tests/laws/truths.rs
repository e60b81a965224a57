//! Laws of truth: what is said of a host, and which orders are safe.

use crate::{
    check::{Place, Under, along_every_order, ensure, installs, on_every, on_every_host, words_at},
    snapshot::{baseline, is_os_file},
};
use patchstate_oracle::{Truth, truth};
use patchstate_servicing::{FirstRelease, Outcome};
use patchstate_terms::{Architecture, Finding, FindingKind, ImportedSymbol, Level, Status, Step};
use patchstate_test_model::{
    CATALOG,
    orders::{Order, Settings, orders, orders_under_any_assumption},
};
use std::collections::BTreeSet;

fn truth_of(place: &Place) -> Truth {
    truth(place.model.view(&place.host))
}

#[test]
fn truth_does_not_apply_exactly_where_there_is_no_component() {
    along_every_order(Under::AnyAssumption, |place| {
        let truth = truth_of(place);
        let none = place.snapshot().components.is_empty();
        ensure!((truth.status == Status::NotApplicable) == none, "{}", truth.status);
        ensure!(!none || truth.findings.is_empty(), "{:?}", truth.findings);
        Ok(())
    });
}

#[test]
fn findings_are_in_order_and_none_is_there_twice() {
    along_every_order(Under::AnyAssumption, |place| {
        let keys: Vec<_> = truth_of(place).findings.iter().map(Finding::key).collect();
        ensure!(keys.is_sorted_by(|one, next| one < next), "{keys:?}");
        Ok(())
    });
}

#[test]
fn the_status_is_the_worst_of_the_findings() {
    along_every_order(Under::AnyAssumption, |place| {
        let truth = truth_of(place);
        let kinds: BTreeSet<FindingKind> = truth.findings.iter().map(|one| one.kind).collect();
        let has = |kind| kinds.contains(&kind);
        let worst = if has(FindingKind::UnresolvedImport) || has(FindingKind::MissingDll) {
            Status::Broken
        } else if has(FindingKind::BehindOs) || has(FindingKind::AheadOfOs) {
            Status::Mismatch
        } else if has(FindingKind::RecordedNotPresent) {
            Status::Drift
        } else if place.snapshot().components.is_empty() {
            Status::NotApplicable
        } else {
            Status::Consistent
        };
        ensure!(truth.status == worst, "{} with {kinds:?}", truth.status);
        Ok(())
    });
}

#[test]
fn truth_knows_only_findings_that_simulated_hosts_can_have() {
    along_every_order(Under::AnyAssumption, |place| {
        let files = place.snapshot().files;
        for finding in truth_of(place).findings {
            let known = matches!(
                finding.kind,
                FindingKind::UnresolvedImport
                    | FindingKind::BehindOs
                    | FindingKind::AheadOfOs
                    | FindingKind::RecordedNotPresent
            );
            ensure!(known, "{}", finding.key());
            ensure!(files.contains_key(finding.file.as_str()), "{} is absent", finding.file);
        }
        Ok(())
    });
}

#[test]
fn files_of_another_lineage_and_no_others_are_behind_or_ahead() {
    along_every_order(Under::AnyAssumption, |place| {
        let host = place.snapshot();
        let next = match host.level {
            Level::RTM => Some(Level::SP1),
            Level::SP1 => Some(Level::SP2),
            _ => None,
        };
        let component_files = host.files.iter().filter(|(file, _)| !is_os_file(file));
        let expected = |(file, copy): (&&'static str, &patchstate_servicing::FileCopy)| {
            if copy.revision < baseline(host.level) {
                Some((*file, FindingKind::BehindOs))
            } else if next.is_some_and(|next| copy.revision >= baseline(next)) {
                Some((*file, FindingKind::AheadOfOs))
            } else {
                None
            }
        };
        let expected: BTreeSet<_> = component_files.filter_map(expected).collect();
        let truth = truth_of(place);
        let is_about_level = |kind| matches!(kind, FindingKind::BehindOs | FindingKind::AheadOfOs);
        let found = truth.findings.iter().filter(|finding| is_about_level(finding.kind));
        let found: BTreeSet<_> = found.map(|one| (one.file.as_str(), one.kind)).collect();
        ensure!(host.components.is_empty() || found == expected, "{found:?}, {expected:?}");
        Ok(())
    });
}

/// The imports that do not work at every level: the new `w3core.dll` needs what only `iisutil.dll`
/// of Service Pack 2 exports, and where files of the first release do not run on a service pack
/// (A28), `w3dt.dll` of it what `httpapi.dll` of a service pack lacks.
#[test]
fn a_host_is_broken_exactly_when_two_files_do_not_fit_together() {
    along_every_order(Under::AnyAssumption, |place| {
        let files = place.snapshot().files;
        let is = |path: &str, fits: fn(u16) -> bool| {
            files.get(path).is_some_and(|copy| fits(copy.revision))
        };
        let new_core = is("system32/inetsrv/w3core.dll", |revision| revision >= 4600)
            && is("system32/inetsrv/iisutil.dll", |revision| revision < 3959);
        let old_transfer = place.model.switches().first_release == FirstRelease::Fails
            && is("system32/inetsrv/w3dt.dll", |revision| revision < 1830)
            && is("system32/httpapi.dll", |revision| revision >= 1830);
        let new_core = new_core.then_some(("w3core.dll", "iisutil.dll"));
        let old_transfer = old_transfer.then_some(("w3dt.dll", "httpapi.dll"));
        let expected: BTreeSet<_> = new_core.into_iter().chain(old_transfer).collect();
        let truth = truth_of(place);
        ensure!((truth.status == Status::Broken) != expected.is_empty(), "{}", truth.status);
        let is_unresolved = |one: &&Finding| one.kind == FindingKind::UnresolvedImport;
        let unresolved: Vec<_> = truth.findings.iter().filter(is_unresolved).collect();
        ensure!(unresolved.len() == expected.len(), "{unresolved:?}");
        for finding in unresolved {
            let import = finding.import.as_ref().ok_or("no import")?;
            let pair = (finding.file.file_name(), import.dll.as_str());
            ensure!(expected.contains(&pair), "{pair:?}");
            ensure!(matches!(import.symbol, Some(ImportedSymbol::Name(_))), "{import}");
        }
        Ok(())
    });
}

/// Files of the first release are on the host or not, whether they run or do not (A28).
#[test]
fn no_step_depends_on_whether_files_of_the_first_release_run() {
    on_every(&orders_under_any_assumption(), |order| {
        let mut fails = order.clone();
        fails.settings.insert("A28", "fails");
        let mut runs = order.clone();
        runs.settings.remove("A28");
        let (fails, runs) = (Place::along(&fails), Place::along(&runs));
        let mut met = 0;
        for (fails, runs) in fails.iter().zip(&runs) {
            ensure!(fails.host == runs.host, "{order:?}");
            let (fails, runs) = (truth_of(fails), truth_of(runs));
            let all = |truth: &Truth| -> BTreeSet<_> {
                truth.findings.iter().map(Finding::key).collect()
            };
            ensure!(all(&fails).is_superset(&all(&runs)), "{order:?}");
            ensure!(fails.findings.len() <= runs.findings.len() + 1, "{:?}", fails.findings);
            // What does not run is of another level already.
            let is_same = fails.status == runs.status;
            ensure!(is_same || runs.status == Status::Mismatch, "{order:?}: {}", runs.status);
            met += usize::from(!is_same);
        }
        Ok(met)
    });
}

#[test]
fn drift_names_a_recorded_update_and_a_file_that_is_older_than_it_should_be() {
    along_every_order(Under::AnyAssumption, |place| {
        let records = place.snapshot().records;
        for finding in truth_of(place).findings {
            let about_record = finding.kind == FindingKind::RecordedNotPresent;
            ensure!(finding.update.is_some() == about_record, "{}", finding.key());
            let Some(label) = &finding.update else { continue };
            let record = records.get(label.update.as_str()).ok_or("it is not recorded")?;
            ensure!(label.release.is_none_or(|number| number == record.release), "{label}");
            ensure!(finding.found < finding.expected, "{}", finding.key());
            ensure!(finding.found.is_some(), "{}", finding.key());
        }
        Ok(())
    });
}

#[test]
fn right_after_it_was_installed_no_update_is_recorded_and_not_present() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for word in words_at(place, installs) {
            let Some(after) = place.step(&word) else { continue };
            let Ok(Step::InstallUpdate { update, .. }) = word.parse() else { continue };
            let findings = truth_of(&after).findings;
            let about = findings.iter().filter_map(|finding| finding.update.as_ref());
            ensure!(about.into_iter().all(|label| label.update != update), "{word}");
            met += 1;
        }
        Ok(met)
    });
}

#[test]
fn service_pack_2_makes_every_host_whole_but_for_drift() {
    on_every_host(Under::AnyAssumption, |place| {
        let after = place.step("sp2").ok_or("refused")?;
        let truth = truth_of(&after);
        let whole = [Status::Drift, Status::Consistent, Status::NotApplicable];
        ensure!(whole.contains(&truth.status), "{}: {:?}", truth.status, truth.findings);
        Ok(1)
    });
}

#[test]
fn after_any_service_pack_no_file_is_behind() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for pack in ["sp1", "sp2"] {
            let Some(after) = place.step(pack) else { continue };
            let mut findings = truth_of(&after).findings.into_iter();
            ensure!(findings.all(|one| one.kind != FindingKind::BehindOs), "{pack}");
            met += 1;
        }
        Ok(met)
    });
}

#[test]
fn when_service_pack_2_raises_the_level_no_drift_is_left() {
    on_every_host(Under::AnyAssumption, |place| {
        if place.snapshot().level == Level::SP2 {
            return Ok(0);
        }
        let after = place.step("sp2").ok_or("refused")?;
        let findings = truth_of(&after).findings;
        ensure!(findings.is_empty(), "{findings:?}");
        Ok(1)
    });
}

#[test]
fn what_cannot_be_seen_does_not_change_the_truth() {
    on_every_host(Under::AnyAssumption, |place| {
        let after = place.step("clean-cache").ok_or("refused")?;
        ensure!(truth_of(place) == truth_of(&after), "the cache");
        // Backups differ, and files, level and records do not, in hosts along other roads.
        let again = place.step("sfc").ok_or("refused")?;
        ensure!(truth_of(place) == truth_of(&again), "sfc");
        Ok(1)
    });
}

#[test]
fn without_the_common_files_there_is_nothing_to_say() {
    on_every_host(Under::AnyAssumption, |place| {
        let after = place.step("-iis_common").ok_or("refused")?;
        ensure!(truth_of(&after).status == Status::NotApplicable, "{}", truth_of(&after).status);
        Ok(1)
    });
}

/// An order without the steps that some test rejects.
fn without(order: &Order, rejects: impl Fn(&str) -> bool) -> Order {
    let mut order = order.clone();
    order.words.retain(|word| !rejects(word));
    order
}

fn takes_back(word: &str) -> bool {
    let step: Step = word.parse().expect("a step");
    matches!(step, Step::RemoveServicePack(_) | Step::RemoveUpdate { .. })
}

/// The safe road: components come by Setup's own route, and nothing is taken back.
#[test]
fn by_setups_own_route_and_without_taking_back_packages_no_host_is_worse_than_drift() {
    on_every(&orders(), |order| {
        let order = without(order, |word| word.contains('@') || takes_back(word));
        let places = Place::along(&order);
        for place in &places {
            let truth = truth_of(place);
            ensure!(truth.status >= Status::Drift, "{order:?}: {:?}", truth.findings);
        }
        Ok(places.len())
    });
}

#[test]
fn when_components_also_stay_and_come_before_updates_every_host_is_consistent() {
    on_every(&orders(), |order| {
        let is_late = |word: &str| word.starts_with('+') || word.starts_with('-');
        let order = without(order, |word| word.contains('@') || takes_back(word));
        let (added, rest): (Vec<_>, Vec<_>) =
            order.words[1..].iter().cloned().partition(|word| word.starts_with('+'));
        let rest = rest.into_iter().filter(|word| !is_late(word));
        let base = order.words[0].clone();
        let words = std::iter::once(base).chain(added).chain(rest).collect();
        let order = Order { words, ..order };
        for place in Place::along(&order) {
            let truth = truth_of(&place);
            ensure!(truth.findings.is_empty(), "{order:?}: {:?}", truth.findings);
        }
        Ok(1)
    });
}

/// As on Windows Server 2008: with every file serviced whether installed or not, the trap is gone.
#[test]
fn with_a_component_store_only_taking_back_packages_leads_to_findings() {
    on_every(&orders_under_any_assumption(), |order| {
        let mut order = without(order, takes_back);
        order.settings.insert("A24", "component-store");
        let places = Place::along(&order);
        for place in &places {
            let truth = truth_of(place);
            ensure!(truth.findings.is_empty(), "{order:?}: {:?}", truth.findings);
        }
        Ok(places.len())
    });
}

#[test]
fn with_a_component_store_it_does_not_matter_which_media_setup_gets() {
    on_every(&orders_under_any_assumption(), |order| {
        let mut order = order.clone();
        order.settings.insert("A24", "component-store");
        let place = Place::of(&order);
        let mut met = 0;
        for name in ["iis", "iis_www", "iis_ftp", "iis_smtp"] {
            let one = place.step(&format!("+{name}@sp1")).ok_or("refused")?;
            let other = place.step(&format!("+{name}@sp2")).ok_or("refused")?;
            ensure!(one.host == other.host, "{name}");
            met += 1;
        }
        Ok(met)
    });
}

/// Packages that find none of their files refuse, and packages of a store always find them.
#[test]
fn with_a_component_store_updates_are_installed_whether_their_component_is_or_not() {
    on_every(&orders_under_any_assumption(), |order| {
        let mut order = without(order, takes_back);
        order.settings.insert("A24", "component-store");
        order.settings.insert("A5", "refused");
        let place = Place::of(&order);
        let bare = place.step("-iis_common").ok_or("refused")?;
        let mut met = 0;
        for word in words_at(&place, installs) {
            let (with, without) = (place.outcome(&word), bare.outcome(&word));
            ensure!(with.as_str() == without.as_str(), "{word}: {}", without.as_str());
            met += usize::from(with.as_str() == "applied");
        }
        Ok(met)
    });
}

/// The place where an order ends when every component's files are in a store.
fn in_a_store(words: &str, other: (&'static str, &'static str)) -> Place {
    let words = words.split_whitespace().map(str::to_owned).collect();
    let settings = Settings::from([("A24", "component-store"), other]);
    Place::of(&Order { catalog: &CATALOG, architecture: Architecture::X86, settings, words })
}

/// Regression: packages looked at the files of installed components only.
#[test]
fn with_a_component_store_packages_find_the_files_of_absent_components() {
    let fresh = in_a_store("os:sp1", ("A5", "refused"));
    assert_eq!(fresh.outcome("kb913441").as_str(), "applied");
    // The removed update puts a file of Service Pack 1 back into the store of a newer host.
    let mixed = in_a_store("os:sp1 kb917537 sp2 -kb917537", ("A15", "listed"));
    let Outcome::Refused(refusal) = mixed.outcome("kb973917") else { panic!("not refused") };
    assert_eq!(refusal.exit_code(), Some(0xF0F4));
    assert_eq!(mixed.outcome("kb973917/v1").as_str(), "applied");
}
