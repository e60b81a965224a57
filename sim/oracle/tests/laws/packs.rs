//! Laws of service packs and of their removal.

use crate::{
    check::{
        Place, Taken, Under, Verdict, at_every_step, ensure, on_every_host, pack_removals, packs,
    },
    snapshot::{Files, baseline, package, package_on},
};
use patchstate_servicing::FileCopy;
use patchstate_terms::{Branch, Level};
use patchstate_test_model::CATALOG;

/// The level of a step that applies or removes a service pack.
pub(crate) fn pack_of(word: &str) -> Level {
    word.trim_start_matches('-').parse().expect("a service pack")
}

fn contains(pack: Level, update: &str) -> bool {
    let id = CATALOG.update_named(update).expect("an update of the catalog");
    CATALOG.update(id).registered_under <= pack.number()
}

fn leaves_absent_components_absent(taken: &Taken) -> Verdict {
    let (before, after) = (&taken.before, &taken.after);
    ensure!(before.components == after.components, "components: {:?}", after.components);
    ensure!(before.files.keys().eq(after.files.keys()), "files: {:?}", after.files.keys());
    Ok(())
}

#[test]
fn a_service_pack_leaves_absent_components_absent() {
    at_every_step(packs, Under::AnyAssumption, leaves_absent_components_absent);
}

#[test]
fn removing_a_service_pack_leaves_components_as_they_are() {
    at_every_step(pack_removals, Under::AnyAssumption, leaves_absent_components_absent);
}

/// No file is older, or on the GDR branch where it was on QFE at the same revision.
pub(crate) fn lowers_no_file(taken: &Taken) -> Verdict {
    for (file, before) in &taken.before.files {
        let after = taken.after.files.get(file);
        ensure!(after >= Some(before), "{file}: {before:?} became {after:?}");
    }
    Ok(())
}

#[test]
fn a_service_pack_never_lowers_a_file() {
    at_every_step(packs, Under::AnyAssumption, lowers_no_file);
}

pub(crate) fn leaves_no_older_file(taken: &Taken) -> Verdict {
    if taken.refused() {
        return Ok(());
    }
    let lowest = baseline(pack_of(&taken.word));
    for (file, copy) in &taken.after.files {
        ensure!(copy.revision >= lowest, "{file} is {copy:?}");
    }
    Ok(())
}

#[test]
fn after_a_service_pack_no_file_is_older_than_it() {
    at_every_step(packs, Under::AnyAssumption, leaves_no_older_file);
}

#[test]
fn a_service_pack_leaves_its_level_and_its_cache() {
    at_every_step(packs, Under::AnyAssumption, |taken| {
        let (level, cache) = (taken.after.level, taken.after.cache);
        let pack = pack_of(&taken.word);
        ensure!(taken.refused() || level == pack, "level {level}");
        ensure!(taken.refused() || cache == Some(pack), "cache {cache:?}");
        ensure!(taken.after.base == taken.before.base, "base {}", taken.after.base);
        Ok(())
    });
}

#[test]
fn a_service_pack_is_refused_on_newer_hosts_and_where_there_is_none() {
    at_every_step(packs, Under::AnyAssumption, |taken| {
        let pack = pack_of(&taken.word);
        let facts = CATALOG.architecture(taken.architecture).expect("an architecture");
        let refused = taken.before.level > pack || !facts.service_packs.contains(&pack);
        ensure!(taken.refused() == refused, "{} at {}", taken.outcome, taken.before.level);
        Ok(())
    });
}

/// What a service pack of this level finds too old.
fn older(files: &Files, pack: Level) -> impl Iterator<Item = (&&'static str, &FileCopy)> {
    files.iter().filter(move |(_, copy)| copy.revision < baseline(pack))
}

pub(crate) fn backs_up_what_it_lifts(taken: &Taken) -> Verdict {
    let pack = pack_of(&taken.word);
    if taken.refused() || taken.before.level == pack {
        return Ok(());
    }
    let Some((level, backup)) = &taken.after.pack_backup else {
        return Err("there is no backup".to_owned());
    };
    ensure!(*level == taken.before.level, "the level before is {level}");
    // A component store is backed up too; here only what is visible is looked at.
    let seen = backup.iter().filter(|(file, _)| taken.before.files.contains_key(*file));
    ensure!(seen.eq(older(&taken.before.files, pack)), "backup: {backup:?}");
    ensure!(
        taken.has_store || backup.len() == older(&taken.before.files, pack).count(),
        "too much"
    );
    Ok(())
}

#[test]
fn a_service_pack_that_raises_the_level_backs_up_exactly_what_it_lifts() {
    at_every_step(packs, Under::AnyAssumption, backs_up_what_it_lifts);
}

#[test]
fn a_service_pack_lifts_what_is_older_to_its_own_copy_unless_an_update_goes_over_it() {
    at_every_step(packs, Under::AnyAssumption, |taken| {
        if taken.refused() {
            return Ok(());
        }
        let pack = pack_of(&taken.word);
        for (file, copy) in &taken.after.files {
            let before = taken.before.files[file];
            let lifted = before.max(FileCopy { revision: baseline(pack), branch: Branch::Gdr });
            let brought = taken.after.records.iter().any(|(update, record)| {
                record.level == pack && package(update, record.release, pack).contains_key(file)
            });
            ensure!(*copy == lifted || brought, "{file}: {before:?} became {copy:?}");
        }
        Ok(())
    });
}

#[test]
fn a_service_pack_applied_again_at_once_changes_nothing() {
    on_every_host(Under::Defaults, |place| {
        let mut met = 0;
        for pack in ["sp1", "sp2"] {
            let Some(once) = place.step(pack) else { continue };
            ensure!(once.outcome(pack).as_str() == "unchanged", "{pack} twice");
            met += 1;
        }
        Ok(met)
    });
}

/// A backup that is made anew, or updates that migrate anew, make the second time differ from the
/// first: under every assumption the third one does not.
#[test]
fn a_service_pack_applied_a_third_time_changes_nothing_under_any_assumption() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for pack in ["sp1", "sp2"] {
            let Some(once) = place.step(pack) else { continue };
            let twice = once.step(pack).ok_or("refused the second time")?;
            ensure!(once.snapshot().files == twice.snapshot().files, "{pack} twice: files");
            ensure!(twice.outcome(pack).as_str() == "unchanged", "{pack} a third time");
            met += 1;
        }
        Ok(met)
    });
}

fn migrates(taken: &Taken) -> Verdict {
    let pack = pack_of(&taken.word);
    if taken.refused() || taken.before.level == pack {
        ensure!(taken.before.records == taken.after.records, "records: {:?}", taken.after.records);
        return Ok(());
    }
    for (update, record) in &taken.before.records {
        let after = taken.after.records.get(update);
        if contains(pack, update) {
            ensure!(after.is_none(), "{update} is not forgotten");
        } else if package(update, record.release, pack).is_empty() {
            ensure!(after == Some(record), "{update} became {after:?}");
        } else {
            let after = after.ok_or("a record is gone")?;
            ensure!(after.level == pack, "{update} is recorded for {}", after.level);
            ensure!(after.release == record.release, "{update} is another release");
        }
    }
    let known = taken.after.records.keys().all(|update| taken.before.records.contains_key(update));
    ensure!(known, "a record came from nowhere");
    Ok(())
}

#[test]
fn a_service_pack_forgets_what_it_contains_and_records_the_rest_for_its_level() {
    at_every_step(packs, Under::Defaults, migrates);
}

#[test]
fn after_migration_every_present_file_of_an_update_is_its_qfe_copy_or_a_newer_one() {
    at_every_step(packs, Under::AnyAssumption, |taken| {
        let pack = pack_of(&taken.word);
        if taken.refused() || taken.before.level == pack {
            return Ok(());
        }
        for (update, record) in &taken.after.records {
            if contains(pack, update) {
                continue;
            }
            for (file, revision) in package_on(Branch::Qfe, update, record.release, pack) {
                let copy = FileCopy { revision, branch: Branch::Qfe };
                let present = taken.after.files.get(file).copied();
                ensure!(present.is_none_or(|present| present >= copy), "{file}: {present:?}");
            }
        }
        Ok(())
    });
}

#[test]
fn a_migrated_update_backs_up_only_copies_of_the_new_level_or_above() {
    at_every_step(packs, Under::Defaults, |taken| {
        let pack = pack_of(&taken.word);
        if taken.refused() || taken.before.level == pack {
            return Ok(());
        }
        let migrated = taken.after.records.values().filter(|record| record.level == pack);
        for (file, copy) in migrated.flat_map(|record| &record.backup) {
            ensure!(copy.revision >= baseline(pack), "{file}: {copy:?}");
        }
        Ok(())
    });
}

#[test]
fn a_service_pack_is_removed_exactly_at_its_level_and_with_its_backup() {
    at_every_step(pack_removals, Under::AnyAssumption, |taken| {
        let before = &taken.before;
        let possible = before.level == pack_of(&taken.word) && before.pack_backup.is_some();
        ensure!(taken.outcome == if possible { "applied" } else { "refused" }, "{}", taken.outcome);
        Ok(())
    });
}

pub(crate) fn puts_back_its_backup(taken: &Taken) -> Verdict {
    let (before, after) = (&taken.before, &taken.after);
    let Some((level, backup)) = before.pack_backup.as_ref().filter(|_| !taken.refused()) else {
        return Ok(());
    };
    ensure!(after.level == *level, "level {}", after.level);
    ensure!(after.cache.is_none(), "cache {:?}", after.cache);
    ensure!(after.pack_backup.is_none(), "the backup is still there");
    ensure!(after.records == before.records, "records: {:?}", after.records);
    for (file, copy) in &after.files {
        let expected = backup.get(file).unwrap_or(&before.files[file]);
        ensure!(copy == expected, "{file} is {copy:?} instead of {expected:?}");
    }
    Ok(())
}

#[test]
fn removing_a_service_pack_puts_back_its_backup_and_keeps_every_record() {
    at_every_step(pack_removals, Under::AnyAssumption, puts_back_its_backup);
}

#[test]
fn no_service_pack_is_removed_twice() {
    on_every_host(Under::AnyAssumption, |place| {
        let removed = ["-sp1", "-sp2"].into_iter().filter_map(|word| place.step(word));
        let mut met = 0;
        for after in removed {
            ensure!(after.outcome("-sp1").as_str() == "refused", "-sp1");
            ensure!(after.outcome("-sp2").as_str() == "refused", "-sp2");
            met += 1;
        }
        Ok(met)
    });
}

/// What the service pack lifted comes back. A file that it found new enough was not backed up, and
/// keeps what a migrating update made of it.
#[test]
fn removing_a_service_pack_at_once_restores_all_that_it_lifted() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for pack in ["sp1", "sp2"] {
            let before = place.snapshot();
            let Some(raised) = place.step(pack).filter(|_| before.level != pack_of(pack)) else {
                continue;
            };
            let after = raised.step(&format!("-{pack}")).ok_or("cannot be removed")?.snapshot();
            ensure!(after.level == before.level, "level {}", after.level);
            let raised = raised.snapshot();
            for (file, copy) in &before.files {
                let lifted = copy.revision < baseline(pack_of(pack));
                let expected = if lifted { *copy } else { raised.files[file] };
                ensure!(after.files[file] == expected, "{file}: {:?}", after.files[file]);
            }
            met += 1;
        }
        Ok(met)
    });
}

#[test]
fn removing_a_service_pack_at_once_restores_a_host_where_nothing_was_recorded() {
    on_every_host(Under::AnyAssumption, |place| {
        let before = place.snapshot();
        let raised = |pack: &&str| before.level < pack_of(pack) && before.records.is_empty();
        let mut met = 0;
        for pack in ["sp1", "sp2"].into_iter().filter(raised) {
            let Some(raised) = place.step(pack) else { continue };
            let mut after = raised.step(&format!("-{pack}")).ok_or("cannot be removed")?.snapshot();
            // Only the cache and an older service pack's backup do not come back.
            after.cache = before.cache;
            after.pack_backup.clone_from(&before.pack_backup);
            ensure!(after == before, "{after:?}");
            met += 1;
        }
        Ok(met)
    });
}

#[test]
fn service_pack_1_on_the_way_to_service_pack_2_makes_no_difference_without_updates() {
    on_every_host(Under::AnyAssumption, |place| {
        let before = place.snapshot();
        if before.level != Level::RTM || !before.records.is_empty() {
            return Ok(0);
        }
        let end = |words: &[&str]| place.steps(words).map(|end: Place| end.snapshot());
        let (long, short) = (end(&["sp1", "sp2"]), end(&["sp2"]));
        let (long, short) = long.zip(short).ok_or("refused")?;
        ensure!(long.files == short.files, "{:?}", long.files);
        ensure!((long.level, long.cache) == (short.level, short.cache), "level or cache");
        ensure!(long.pack_backup.map(|backup| backup.0) == Some(Level::SP1), "the level before");
        ensure!(short.pack_backup.map(|backup| backup.0) == Some(Level::RTM), "the level before");
        Ok(1)
    });
}
