//! Wrong servicing, made on purpose: every law that is tampered with here has to report it.

use crate::{
    check::{
        Taken, Verdict, Words, additions, all, breach_when, component_removals, free_installs,
        installs, pack_removals, packs, update_removals,
    },
    components::{
        brings_only_what_it_names_and_needs, files_are_those_of_the_media, takes_what_needs_it,
    },
    hosts::{are_copies_that_exist, changes_level_by_packs_only, has_the_files_of_its_components},
    packs::{backs_up_what_it_lifts, leaves_no_older_file, lowers_no_file, puts_back_its_backup},
    snapshot::{baseline, is_os_file},
    updates::{
        backs_up_what_it_replaces, brings_its_files, chooses_its_branch, is_recorded,
        is_refused_for_a_reason, removal_puts_back, touches_only_its_own,
    },
};
use patchstate_servicing::FileCopy;
use patchstate_terms::{Branch, Level};

/// The first law reports the mistake, and holds without it.
fn sings(words: Words, law: fn(&Taken) -> Verdict, mistake: fn(&mut Taken)) {
    assert_eq!(breach_when(words, law, |_| {}), None, "without the mistake");
    let breach = breach_when(words, law, mistake);
    assert!(breach.is_some(), "the mistake is not reported");
}

/// A file of a component that is there before and after.
fn some_file(taken: &Taken) -> Option<&'static str> {
    let mut files = taken.after.files.keys().filter(|file| taken.before.files.contains_key(*file));
    files.rfind(|file| !is_os_file(file)).copied()
}

#[test]
fn a_service_pack_that_lowers_one_file_is_reported() {
    sings(packs, lowers_no_file, |taken| {
        let newer = taken.before.files.iter().find(|(_, copy)| copy.revision > 0);
        if let Some((file, copy)) = newer.filter(|_| taken.outcome == "applied") {
            let lower = FileCopy { revision: copy.revision - 1, ..*copy };
            taken.after.files.insert(file, lower);
        }
    });
}

#[test]
fn a_service_pack_that_forgets_one_file_is_reported() {
    sings(packs, leaves_no_older_file, |taken| {
        if let Some(file) = some_file(taken) {
            taken.after.files.insert(file, taken.before.files[file]);
        }
    });
}

#[test]
fn a_service_pack_that_backs_up_all_but_one_file_is_reported() {
    sings(packs, backs_up_what_it_lifts, |taken| {
        if let Some((_, backup)) = &mut taken.after.pack_backup {
            backup.pop_last();
        }
    });
}

#[test]
fn a_service_pack_removal_that_leaves_one_file_is_reported() {
    sings(pack_removals, puts_back_its_backup, |taken| {
        if let Some((file, copy)) = taken.before.files.last_key_value() {
            taken.after.files.insert(file, *copy);
        }
    });
}

#[test]
fn an_update_that_lowers_a_file_is_reported() {
    sings(installs, lowers_no_file, |taken| {
        let word = taken.word.clone();
        let file = "system32/inetsrv/asp.dll";
        if word.starts_with("kb942830") && taken.before.files.contains_key(file) {
            taken.after.files.insert(file, FileCopy { revision: 0, branch: Branch::Gdr });
        }
    });
}

#[test]
fn an_update_that_touches_a_foreign_file_is_reported() {
    sings(installs, touches_only_its_own, |taken| {
        let file = "system32/ntdll.dll";
        taken.after.files.insert(file, FileCopy { revision: 9999, branch: Branch::Gdr });
    });
}

#[test]
fn an_update_that_is_recorded_for_the_base_level_is_reported() {
    sings(installs, is_recorded, |taken| {
        let base = taken.before.base;
        taken.after.records.values_mut().for_each(|record| record.level = base);
    });
}

#[test]
fn an_update_that_skips_a_file_is_reported() {
    sings(installs, brings_its_files, |taken| taken.after.files.clone_from(&taken.before.files));
}

#[test]
fn an_update_that_ignores_a_mixed_host_is_reported() {
    sings(installs, is_refused_for_a_reason, |taken| {
        if taken.before.files.values().any(|copy| copy.revision < baseline(taken.before.level)) {
            taken.outcome = "applied";
        }
    });
}

#[test]
fn an_update_that_makes_its_backup_anew_is_reported() {
    sings(installs, backs_up_what_it_replaces, |taken| {
        let (before, after) = (&taken.before.files, taken.after.files.clone());
        let replaced = |file: &&str| before.get(file) != after.get(file);
        for record in taken.after.records.values_mut() {
            record.backup.retain(|file, _| replaced(file));
        }
    });
}

#[test]
fn an_update_that_mixes_branches_is_reported() {
    sings(free_installs, chooses_its_branch, |taken| {
        let changed = taken.after.files.iter_mut();
        if let Some((_, copy)) = changed.into_iter().rfind(|(f, c)| taken.before.files[*f] != **c) {
            let gdr = copy.branch == Branch::Gdr;
            copy.branch = if gdr { Branch::Qfe } else { Branch::Gdr };
        }
    });
}

#[test]
fn an_update_removal_that_only_lowers_files_is_reported() {
    sings(update_removals, removal_puts_back, |taken| {
        for (file, copy) in &mut taken.after.files {
            *copy = (*copy).min(taken.before.files[file]);
        }
    });
}

#[test]
fn a_component_that_brings_along_a_newer_file_is_reported() {
    sings(additions, files_are_those_of_the_media, |taken| {
        let before = taken.before.files.clone();
        let mut files = taken.after.files.iter_mut();
        if let Some((_, copy)) = files.find(|(file, _)| !before.contains_key(*file)) {
            copy.revision += 1;
        }
    });
}

#[test]
fn a_component_that_comes_without_what_it_needs_is_reported() {
    sings(additions, brings_only_what_it_names_and_needs, |taken| {
        taken.after.components.remove("iis_common");
    });
}

#[test]
fn a_removal_that_leaves_what_needs_the_component_is_reported() {
    sings(component_removals, takes_what_needs_it, |taken| {
        if taken.before.components.contains("iis_ftp") {
            taken.after.components.insert("iis_ftp");
        }
    });
}

#[test]
fn a_step_that_raises_the_level_by_itself_is_reported() {
    sings(all, changes_level_by_packs_only, |taken| {
        if taken.word == "sfc" {
            taken.after.level = Level::SP2;
        }
    });
}

#[test]
fn a_file_of_an_absent_component_is_reported() {
    sings(
        all,
        |taken| has_the_files_of_its_components(&taken.after),
        |taken| {
            let copy = FileCopy { revision: baseline(Level::SP2), branch: Branch::Gdr };
            taken.after.files.insert("system32/inetsrv/nntpsvc.dll", copy);
        },
    );
}

#[test]
fn a_copy_that_nothing_carries_is_reported() {
    sings(
        all,
        |taken| are_copies_that_exist(&taken.after.files),
        |taken| {
            let copy = FileCopy { revision: 4600, branch: Branch::Gdr };
            if taken.after.files.contains_key("system32/inetsrv/asp.dll") {
                taken.after.files.insert("system32/inetsrv/asp.dll", copy);
            }
        },
    );
}
