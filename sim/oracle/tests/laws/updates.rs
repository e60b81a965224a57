//! Laws of updates and of their removal.

use crate::{
    check::{
        Place, Taken, Under, Verdict, at_every_step, ensure, free_installs, installs,
        on_every_host, update_removals, words_at,
    },
    packs::lowers_no_file,
    snapshot::{baseline, is_os_file, package, package_on},
};
use patchstate_catalog::Update;
use patchstate_servicing::{FileCopy, Outcome, Refusal};
use patchstate_terms::{Architecture, Branch, Step};
use patchstate_test_model::CATALOG;
use std::collections::BTreeSet;

fn facts(update: &str) -> &'static Update {
    CATALOG.update(CATALOG.update_named(update).expect("an update of the catalog"))
}

fn installed(taken: &Taken) -> (String, u8) {
    taken.installs().expect("a step that installs an update")
}

#[test]
fn an_update_never_lowers_a_file() {
    at_every_step(installs, Under::AnyAssumption, lowers_no_file);
}

pub(crate) fn touches_only_its_own(taken: &Taken) -> Verdict {
    let (update, release) = installed(taken);
    let own = package(&update, release, taken.before.level);
    let mut expected = taken.after.clone();
    for (file, copy) in &taken.before.files {
        if !own.contains_key(file) {
            expected.files.insert(file, *copy);
        }
    }
    expected.level = taken.before.level;
    expected.base = taken.before.base;
    expected.cache = taken.before.cache;
    expected.components.clone_from(&taken.before.components);
    expected.pack_backup.clone_from(&taken.before.pack_backup);
    expected.records.clone_from(&taken.before.records);
    if let Some(record) = taken.after.records.get(update.as_str()) {
        expected.records.insert(facts(&update).id.as_str(), record.clone());
    }
    ensure!(expected == taken.after, "{:?}", taken.after);
    ensure!(taken.before.files.keys().eq(taken.after.files.keys()), "files came or went");
    Ok(())
}

#[test]
fn an_update_touches_only_its_own_files_and_its_own_record() {
    at_every_step(installs, Under::AnyAssumption, touches_only_its_own);
}

pub(crate) fn is_recorded(taken: &Taken) -> Verdict {
    if taken.refused() {
        return Ok(());
    }
    let (update, release) = installed(taken);
    let record = taken.after.records.get(update.as_str()).ok_or("it is not recorded")?;
    ensure!(record.release == release, "release {}", record.release);
    ensure!(record.level == taken.after.level, "level {}", record.level);
    Ok(())
}

#[test]
fn an_installed_update_is_recorded_with_its_release_for_the_level_of_the_host() {
    at_every_step(installs, Under::AnyAssumption, is_recorded);
}

pub(crate) fn brings_its_files(taken: &Taken) -> Verdict {
    let (update, release) = installed(taken);
    for (file, revision) in package(&update, release, taken.before.level) {
        let present = taken.after.files.get(file).map_or(u16::MAX, |copy| copy.revision);
        ensure!(taken.refused() || present >= revision, "{file} is only {present}");
    }
    Ok(())
}

#[test]
fn after_an_update_none_of_its_files_is_present_in_an_older_revision() {
    at_every_step(installs, Under::AnyAssumption, brings_its_files);
}

#[test]
fn an_update_installed_again_at_once_changes_nothing() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for word in words_at(place, installs) {
            let Some(once) = place.step(&word) else { continue };
            ensure!(once.outcome(&word).as_str() == "unchanged", "{word} twice");
            met += 1;
        }
        Ok(met)
    });
}

/// Words that install an update which is not recorded yet, with the words that remove it.
fn new_updates(place: &Place) -> Vec<(String, String)> {
    let recorded = place.snapshot().records;
    let update = |word: String| match word.parse::<Step>().expect("a step") {
        Step::InstallUpdate { update, .. } if !recorded.contains_key(update.as_str()) => {
            Some((word, Step::RemoveUpdate { update }.to_string()))
        }
        _ => None,
    };
    words_at(place, installs).into_iter().filter_map(update).collect()
}

#[test]
fn removing_a_new_update_at_once_gives_back_the_host() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for (install, remove) in new_updates(place) {
            let Some(with) = place.step(&install) else { continue };
            let without = with.step(&remove).ok_or("cannot be removed")?;
            ensure!(without.host == place.host, "{install} {remove}: {:?}", without.snapshot());
            met += 1;
        }
        Ok(met)
    });
}

#[test]
fn removing_two_new_updates_in_reverse_order_gives_back_the_host() {
    on_every_host(Under::Defaults, |place| {
        let mut met = 0;
        let updates = new_updates(place);
        for (first, remove_first) in &updates {
            let Some(with) = place.step(first) else { continue };
            for (second, remove_second) in &updates {
                let words = [second.as_str(), remove_second.as_str(), remove_first.as_str()];
                if remove_first == remove_second {
                    continue;
                }
                let Some(without) = with.steps(&words) else { continue };
                ensure!(without.host == place.host, "{first} {second}: {:?}", without.snapshot());
                met += 1;
            }
        }
        Ok(met)
    });
}

#[test]
fn an_update_is_removed_exactly_when_it_is_recorded_and_then_no_more() {
    on_every_host(Under::AnyAssumption, |place| {
        let recorded = place.snapshot().records;
        for word in words_at(place, update_removals) {
            let id = word.trim_start_matches('-').to_uppercase();
            let outcome = place.outcome(&word);
            let expected = if recorded.contains_key(id.as_str()) { "applied" } else { "refused" };
            ensure!(outcome.as_str() == expected, "{word}: {}", outcome.as_str());
            let again = place.steps(&[&word, &word]);
            ensure!(again.is_none(), "{word} twice");
        }
        Ok(recorded.len())
    });
}

pub(crate) fn removal_puts_back(taken: &Taken) -> Verdict {
    let id = taken.word.trim_start_matches('-').to_uppercase();
    let Some(record) = taken.before.records.get(id.as_str()) else { return Ok(()) };
    let mut expected = taken.before.clone();
    expected.records.remove(id.as_str());
    for (file, copy) in &mut expected.files {
        if let Some(before) = record.backup.get(file) {
            *copy = *before;
        }
    }
    ensure!(expected == taken.after, "{:?}", taken.after);
    Ok(())
}

#[test]
fn removing_an_update_puts_back_exactly_its_backup_and_drops_its_record() {
    at_every_step(update_removals, Under::AnyAssumption, removal_puts_back);
}

/// Removal goes back to what was there when the update was installed, whatever came after it
/// (documented with a public example of two updates of one file).
#[test]
fn removing_updates_in_the_order_of_installation_puts_back_a_patched_file() {
    for architecture in Architecture::ALL {
        let asp = |words: &str| {
            let end = Place::after(architecture, words).snapshot();
            end.files["system32/inetsrv/asp.dll"].revision
        };
        let installed = "os:sp2 +iis_www kb942830 kb2124261";
        assert_eq!(asp(installed), 4735);
        assert_eq!(asp(&format!("{installed} -kb942830")), 3959);
        assert_eq!(asp(&format!("{installed} -kb942830 -kb2124261")), 4195);
        assert_eq!(asp(&format!("{installed} -kb2124261")), 4195);
        assert_eq!(asp(&format!("{installed} -kb2124261 -kb942830")), 3959);
    }
}

fn is_mixed(taken: &Taken) -> bool {
    let lowest = baseline(taken.before.level);
    let mut files = taken.before.files.iter();
    files.any(|(file, copy)| !is_os_file(file) && copy.revision < lowest)
}

pub(crate) fn is_refused_for_a_reason(taken: &Taken) -> Verdict {
    let (update, release) = installed(taken);
    let looks = facts(&update).release(release).and_then(|one| one.refuses_lower_lineage).is_some();
    let recorded = taken.before.records.get(update.as_str());
    let refused = package(&update, release, taken.before.level).is_empty()
        || recorded.is_some_and(|record| record.release > release)
        || (looks && is_mixed(taken));
    ensure!(taken.refused() == refused, "{}", taken.outcome);
    Ok(())
}

#[test]
fn an_update_is_refused_for_its_level_a_later_release_or_a_mixed_host_and_for_nothing_else() {
    at_every_step(installs, Under::Defaults, is_refused_for_a_reason);
}

#[test]
fn only_kb973917_v2_returns_an_exit_code() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for word in words_at(place, installs) {
            let Outcome::Refused(refusal) = place.outcome(&word) else { continue };
            let mixed = matches!(refusal, Refusal::LowerLineage { .. });
            let second = ["kb973917", "kb973917/v2", "kb973917/v2:gdr", "kb973917/v2:qfe"];
            ensure!(!mixed || second.contains(&word.as_str()), "{word}: {refusal:?}");
            ensure!(refusal.exit_code() == mixed.then_some(0xF0F4), "{word}: {refusal:?}");
            met += 1;
        }
        Ok(met)
    });
}

pub(crate) fn backs_up_what_it_replaces(taken: &Taken) -> Verdict {
    let (update, _) = installed(taken);
    if taken.refused() {
        return Ok(());
    }
    let held = taken.before.records.get(update.as_str()).map(|record| record.backup.clone());
    let held = held.unwrap_or_default();
    let backup = &taken.after.records[update.as_str()].backup;
    for (file, before) in &taken.before.files {
        let replaced = taken.after.files[file] != *before;
        let expected = held.get(file).or(Some(before).filter(|_| replaced));
        ensure!(backup.get(file) == expected, "{file}: {:?}", backup.get(file));
    }
    Ok(())
}

#[test]
fn an_update_backs_up_what_it_replaces_unless_its_backup_holds_the_file() {
    at_every_step(installs, Under::AnyAssumption, backs_up_what_it_replaces);
}

fn replaced(taken: &Taken) -> impl Iterator<Item = (&'static str, FileCopy)> {
    let files = taken.after.files.iter().map(|(file, copy)| (*file, *copy));
    files.filter(|(file, copy)| taken.before.files[file] != *copy)
}

#[test]
fn a_forced_branch_is_the_branch_of_every_file_that_is_replaced() {
    at_every_step(installs, Under::AnyAssumption, |taken| {
        for branch in Branch::ALL {
            if taken.word.ends_with(&format!(":{branch}")) {
                let other = replaced(taken).find(|(_, copy)| copy.branch != branch);
                ensure!(other.is_none(), "{other:?}");
            }
        }
        Ok(())
    });
}

pub(crate) fn chooses_its_branch(taken: &Taken) -> Verdict {
    let (update, release) = installed(taken);
    let own = package(&update, release, taken.before.level);
    let present = own.keys().filter_map(|file| taken.before.files.get(file));
    let on_qfe = facts(&update).qfe_only || present.into_iter().any(|c| c.branch == Branch::Qfe);
    let expected = if on_qfe { Branch::Qfe } else { Branch::Gdr };
    // Files of a component store are out of sight, and count.
    let other = replaced(taken).find(|(_, copy)| copy.branch != expected);
    ensure!(taken.has_store || other.is_none(), "{other:?} instead of {expected}");
    Ok(())
}

#[test]
fn a_package_chooses_qfe_exactly_when_it_has_nothing_else_or_one_of_its_files_is_qfe() {
    at_every_step(free_installs, Under::AnyAssumption, chooses_its_branch);
}

#[test]
fn on_the_gdr_branch_a_replaced_file_has_the_revision_of_the_package() {
    at_every_step(installs, Under::AnyAssumption, |taken| {
        let (update, release) = installed(taken);
        let own = package(&update, release, taken.before.level);
        for (file, copy) in replaced(taken).filter(|(_, copy)| copy.branch == Branch::Gdr) {
            ensure!(own[file] == copy.revision, "{file}: {copy:?}");
        }
        Ok(())
    });
}

/// The QFE copies come from the package or from those that recorded updates keep.
#[test]
fn on_the_qfe_branch_a_replaced_file_has_a_revision_of_the_package_or_of_a_recorded_update() {
    at_every_step(installs, Under::AnyAssumption, |taken| {
        let (update, release) = installed(taken);
        let level = taken.before.level;
        let on_qfe = |id: &str, release| package_on(Branch::Qfe, id, release, level);
        let own = on_qfe(&update, release);
        for (file, copy) in replaced(taken).filter(|(_, copy)| copy.branch == Branch::Qfe) {
            let records = taken.before.records.iter();
            let kept = records.filter_map(|(id, one)| on_qfe(id, one.release).get(file).copied());
            let newest = kept.chain([own[file]]).max();
            ensure!(newest == Some(copy.revision), "{file}: {copy:?}, newest {newest:?}");
        }
        Ok(())
    });
}

#[test]
fn without_a_release_the_latest_one_is_installed() {
    on_every_host(Under::AnyAssumption, |place| {
        for update in &CATALOG.updates {
            let id = update.id.to_lowercase();
            let latest = format!("{id}/v{}", update.latest().number);
            ensure!(place.outcome(&id) == place.outcome(&latest), "{id} and {latest}");
        }
        Ok(CATALOG.updates.len())
    });
}

#[test]
fn two_updates_without_a_common_file_go_in_in_either_order() {
    on_every_host(Under::AnyAssumption, |place| {
        let level = place.snapshot().level;
        let tables = |word: &String| {
            let Ok(Step::InstallUpdate { update, .. }) = word.parse() else { return None };
            let releases = facts(&update).releases.iter();
            let files = releases.flat_map(|one| package(&update, one.number, level).into_keys());
            Some((word.clone(), files.collect::<BTreeSet<_>>()))
        };
        let updates = words_at(place, free_installs);
        let updates: Vec<_> = updates.iter().filter_map(tables).collect();
        let mut met = 0;
        for (number, (first, files)) in updates.iter().enumerate() {
            for (second, others) in &updates[number + 1..] {
                if !files.is_disjoint(others) || files.is_empty() || others.is_empty() {
                    continue;
                }
                let one_way = place.steps(&[first, second]);
                let other_way = place.steps(&[second, first]);
                // A package that looks for a mixed host may be refused before the other one only.
                let Some((one_way, other_way)) = one_way.zip(other_way) else { continue };
                ensure!(one_way.host == other_way.host, "{first} and {second}");
                met += 1;
            }
        }
        Ok(met)
    });
}

#[test]
fn an_update_for_absent_files_records_itself_and_changes_no_file() {
    at_every_step(installs, Under::Defaults, |taken| {
        let (update, release) = installed(taken);
        let own = package(&update, release, taken.before.level);
        if taken.refused() || own.keys().any(|file| taken.before.files.contains_key(file)) {
            return Ok(());
        }
        ensure!(taken.before.files == taken.after.files, "files changed");
        ensure!(taken.after.records.contains_key(update.as_str()), "it is not recorded");
        Ok(())
    });
}
