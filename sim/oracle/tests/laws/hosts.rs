//! What holds on every host that any order passes, and of every step.

use crate::{
    check::{
        Place, Taken, Under, Verdict, all, along_every_order, at_every_step, ensure, on_every,
        on_every_host, others, words_at,
    },
    snapshot::{Files, Snapshot, baseline, files_of, is_os_file, needs_of, package, package_on},
};
use patchstate_servicing::{Host, Outcome};
use patchstate_terms::{Architecture, Branch, Level, Step};
use patchstate_test_model::{CATALOG, orders::orders_under_any_assumption};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn what_a_component_needs_is_always_there() {
    along_every_order(Under::AnyAssumption, |place| {
        let components = place.snapshot().components;
        for component in &components {
            let needs = needs_of(component);
            ensure!(needs.is_subset(&components), "{component} needs {needs:?}");
        }
        Ok(())
    });
}

pub(crate) fn has_the_files_of_its_components(host: &Snapshot) -> Verdict {
    let os = CATALOG.files.iter().map(|file| file.path.as_str()).filter(|path| is_os_file(path));
    let mut expected: BTreeSet<&str> = os.collect();
    expected.extend(host.components.iter().flat_map(|component| files_of(component)));
    ensure!(host.files.keys().copied().eq(expected), "{:?}", host.files.keys());
    Ok(())
}

#[test]
fn exactly_the_files_of_the_operating_system_and_of_installed_components_are_there() {
    along_every_order(Under::AnyAssumption, |place| {
        has_the_files_of_its_components(&place.snapshot())
    });
}

/// Whether each copy is an untouched one, or one that an update carries.
pub(crate) fn are_copies_that_exist(files: &Files) -> Verdict {
    for (file, copy) in files {
        let lineage = CATALOG.lineage(copy.revision);
        if copy.revision == baseline(lineage) {
            ensure!(copy.branch == Branch::Gdr, "{file}: {copy:?} is untouched");
            continue;
        }
        let mut carriers = CATALOG.updates.iter().filter(|update| {
            let mut releases = update.releases.iter();
            releases.any(|release| {
                let carried = package_on(copy.branch, &update.id, release.number, lineage);
                carried.get(file) == Some(&copy.revision)
            })
        });
        let carried = carriers.any(|update| copy.branch == Branch::Qfe || !update.qfe_only);
        ensure!(carried, "{file}: no update carries {copy:?}");
    }
    Ok(())
}

#[test]
fn every_copy_on_disk_and_in_a_backup_is_one_that_exists() {
    along_every_order(Under::AnyAssumption, |place| {
        let host = place.snapshot();
        are_copies_that_exist(&host.files)?;
        host.records.values().try_for_each(|record| are_copies_that_exist(&record.backup))?;
        host.pack_backup.map_or(Ok(()), |(_, backup)| are_copies_that_exist(&backup))
    });
}

#[test]
fn x64_hosts_have_nothing_of_rtm() {
    along_every_order(Under::AnyAssumption, |place| {
        if place.model.architecture() == Architecture::X86 {
            return Ok(());
        }
        let host = place.snapshot();
        ensure!(host.level > Level::RTM && host.base > Level::RTM, "level {}", host.level);
        ensure!(host.cache != Some(Level::RTM), "the cache");
        let (before, backup) = host.pack_backup.unwrap_or((Level::SP1, Files::new()));
        ensure!(before > Level::RTM, "the level before is {before}");
        let backups = host.records.values().flat_map(|record| &record.backup).chain(&backup);
        for (file, copy) in host.files.iter().chain(backups) {
            ensure!(copy.revision >= baseline(Level::SP1), "{file}: {copy:?}");
        }
        Ok(())
    });
}

/// Service packs only go up from the base, and removal goes back at most to it.
#[test]
fn no_host_is_below_the_level_that_it_was_installed_at() {
    along_every_order(Under::AnyAssumption, |place| {
        let host = place.snapshot();
        ensure!(host.level >= host.base, "{} from {}", host.level, host.base);
        let before = host.pack_backup.map_or(host.base, |(before, _)| before);
        ensure!(before >= host.base, "the level before is {before}");
        Ok(())
    });
}

#[test]
fn a_cache_is_always_of_the_level_of_the_host() {
    along_every_order(Under::AnyAssumption, |place| {
        let host = place.snapshot();
        ensure!(host.cache.is_none_or(|cache| cache == host.level), "{:?}", host.cache);
        Ok(())
    });
}

#[test]
fn a_service_pack_backup_is_of_a_lower_level() {
    along_every_order(Under::Defaults, |place| {
        let host = place.snapshot();
        let Some((before, backup)) = host.pack_backup else { return Ok(()) };
        ensure!(before < host.level, "{before} before {}", host.level);
        for (file, copy) in backup {
            ensure!(copy.revision < baseline(host.level), "{file}: {copy:?}");
        }
        Ok(())
    });
}

#[test]
fn records_and_their_backups_are_of_packages_that_exist() {
    along_every_order(Under::AnyAssumption, |place| {
        for (update, record) in place.snapshot().records {
            let table = package(update, record.release, record.level);
            ensure!(!table.is_empty(), "{update} is recorded for {}", record.level);
            let facts = CATALOG.update(CATALOG.update_named(update).ok_or("no update")?);
            let own: BTreeSet<&str> = facts
                .releases
                .iter()
                .flat_map(|one| Level::all().map(|level| package(update, one.number, level)))
                .flat_map(BTreeMap::into_keys)
                .collect();
            for file in record.backup.keys() {
                ensure!(own.contains(file), "{update} keeps a copy of {file}");
            }
        }
        Ok(())
    });
}

pub(crate) fn changes_level_by_packs_only(taken: &Taken) -> Verdict {
    let pack = ["sp1", "sp2", "-sp1", "-sp2"].contains(&taken.word.as_str());
    ensure!(pack || taken.before.level == taken.after.level, "level {}", taken.after.level);
    ensure!(taken.before.base == taken.after.base, "base {}", taken.after.base);
    Ok(())
}

#[test]
fn only_service_packs_change_the_level_and_nothing_changes_the_base() {
    at_every_step(all, Under::AnyAssumption, changes_level_by_packs_only);
}

#[test]
fn only_service_packs_and_deleting_it_change_the_cache() {
    at_every_step(all, Under::AnyAssumption, |taken| {
        let words = ["sp1", "sp2", "-sp1", "-sp2", "clean-cache"];
        let may = words.contains(&taken.word.as_str());
        ensure!(may || taken.before.cache == taken.after.cache, "{:?}", taken.after.cache);
        Ok(())
    });
}

#[test]
fn only_service_packs_change_the_service_pack_backup() {
    at_every_step(all, Under::AnyAssumption, |taken| {
        let may = ["sp1", "sp2", "-sp1", "-sp2"].contains(&taken.word.as_str());
        ensure!(may || taken.before.pack_backup == taken.after.pack_backup, "it changed");
        Ok(())
    });
}

/// Components decide which files are there; nothing else does.
#[test]
fn only_adding_and_removing_components_makes_files_come_and_go() {
    at_every_step(all, Under::AnyAssumption, |taken| {
        let step: Step = taken.word.parse().expect("a step");
        let may = matches!(step, Step::AddComponent { .. } | Step::RemoveComponent { .. });
        let same = taken.before.files.keys().eq(taken.after.files.keys())
            && taken.before.components == taken.after.components;
        ensure!(may || same, "{:?}", taken.after.components);
        Ok(())
    });
}

/// Files get older by removals only, and by adding a component again from older media.
#[test]
fn only_removals_lower_a_file_that_stays() {
    at_every_step(all, Under::AnyAssumption, |taken| {
        let removal = taken.word.starts_with('-');
        for (file, before) in &taken.before.files {
            let after = taken.after.files.get(file);
            ensure!(removal || after >= Some(before), "{file}: {after:?}");
        }
        Ok(())
    });
}

#[test]
fn sfc_never_changes_anything() {
    along_every_order(Under::AnyAssumption, |place| {
        ensure!(place.outcome("sfc") == Outcome::Unchanged, "it did");
        Ok(())
    });
}

#[test]
fn a_restart_never_changes_anything() {
    along_every_order(Under::Defaults, |place| {
        ensure!(place.outcome("restart") == Outcome::Unchanged, "it did");
        Ok(())
    });
}

#[test]
fn deleting_the_cache_empties_it_and_changes_nothing_else() {
    at_every_step(others, Under::AnyAssumption, |taken| {
        let mut expected = taken.before.clone();
        if taken.word == "clean-cache" {
            expected.cache = None;
        }
        ensure!(expected == taken.after, "{:?}", taken.after);
        Ok(())
    });
}

#[test]
fn an_applied_step_changes_the_host_and_any_other_outcome_keeps_it() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for word in words_at(place, all) {
            let outcome = place.outcome(&word);
            let stays = *outcome.after(&place.host) == place.host;
            ensure!(stays == (outcome.as_str() != "applied"), "{word}: {}", outcome.as_str());
            met += usize::from(stays);
        }
        Ok(met)
    });
}

#[test]
fn the_same_step_on_the_same_host_always_does_the_same() {
    on_every_host(Under::AnyAssumption, |place| {
        let words = words_at(place, all);
        for word in &words {
            ensure!(place.outcome(word) == place.outcome(word), "{word}");
        }
        Ok(words.len())
    });
}

#[test]
fn letter_case_does_not_matter() {
    on_every(&orders_under_any_assumption(), |order| {
        let shouted: Vec<String> = order.words.iter().map(|word| word.to_uppercase()).collect();
        let model = order.model();
        let same = model.resolve_order(&order.words) == model.resolve_order(&shouted);
        ensure!(same, "{shouted:?}");
        Ok(order.words.len())
    });
}

fn files_after_changes(place: &Place, after: &Host) -> Files {
    let mut files = place.snapshot().files;
    for change in place.model.changes(Some(&place.host), after).files {
        let path = CATALOG.file(change.file).path.as_str();
        match change.to {
            Some(copy) => files.insert(path, copy),
            None => files.remove(path),
        };
    }
    files
}

#[test]
fn the_changes_of_a_step_lead_from_the_host_before_to_the_host_after() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for word in words_at(place, all) {
            let Some(after) = place.step(&word) else { continue };
            let changed = files_after_changes(place, &after.host);
            ensure!(changed == after.snapshot().files, "{word}: files");
            let mut registry = place.model.registry(&place.host);
            for change in place.model.changes(Some(&place.host), &after.host).registry {
                ensure!(registry.get(&change.path) == change.from.as_ref(), "{}", change.path);
                match change.to {
                    Some(value) => registry.insert(change.path, value),
                    None => registry.remove(&change.path),
                };
            }
            ensure!(registry == place.model.registry(&after.host), "{word}: registry");
            met += 1;
        }
        Ok(met)
    });
}
