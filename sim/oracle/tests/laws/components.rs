//! Laws of adding and removing components.

use crate::{
    check::{
        Place, Taken, Under, Verdict, additions, at_every_step, component_removals, ensure,
        on_every_host, words_at,
    },
    snapshot::{Snapshot, baseline, files_of, members_of, needs_of},
};
use patchstate_servicing::FileCopy;
use patchstate_terms::{Branch, Level, Step};
use patchstate_test_model::{CATALOG, orders::media};
use std::collections::BTreeSet;

type Components = BTreeSet<&'static str>;

/// Components with all that they need.
fn with_needs(components: &Components) -> Components {
    let mut all = components.clone();
    loop {
        let needed: Components = all.iter().flat_map(|component| needs_of(component)).collect();
        if needed.is_subset(&all) {
            return all;
        }
        all.extend(needed);
    }
}

/// The components that a step names, and the media that it names.
fn named(word: &str) -> (Components, Option<Level>) {
    match word.parse::<Step>().expect("a step") {
        Step::AddComponent { name, media } => (members_of(&name), media),
        Step::RemoveComponent { name } => (members_of(&name), None),
        other => panic!("{other} is not about components"),
    }
}

/// Where Setup goes by its own route.
fn setup_source(host: &Snapshot) -> Option<Level> {
    host.cache.or(Some(host.base).filter(|base| *base == host.level))
}

pub(crate) fn brings_only_what_it_names_and_needs(taken: &Taken) -> Verdict {
    let mut expected = taken.after.clone();
    expected.components.clone_from(&taken.before.components);
    if !taken.refused() {
        expected.components.extend(with_needs(&named(&taken.word).0));
    }
    expected.files.extend(taken.before.files.clone());
    expected.level = taken.before.level;
    expected.base = taken.before.base;
    expected.cache = taken.before.cache;
    expected.records.clone_from(&taken.before.records);
    expected.pack_backup.clone_from(&taken.before.pack_backup);
    ensure!(expected == taken.after, "{:?}", taken.after);
    Ok(())
}

#[test]
fn adding_a_component_brings_what_it_needs_and_leaves_everything_else_alone() {
    at_every_step(additions, Under::AnyAssumption, brings_only_what_it_names_and_needs);
}

pub(crate) fn files_are_those_of_the_media(taken: &Taken) -> Verdict {
    let media = named(&taken.word).1.or(setup_source(&taken.before));
    for (file, copy) in &taken.after.files {
        if !taken.before.files.contains_key(file) {
            let media = media.ok_or("files came from nowhere")?;
            let expected = FileCopy { revision: baseline(media), branch: Branch::Gdr };
            ensure!(*copy == expected, "{file} is {copy:?}, the media are {media}");
        }
    }
    Ok(())
}

#[test]
fn the_files_of_an_added_component_are_those_of_the_media() {
    at_every_step(additions, Under::Defaults, files_are_those_of_the_media);
}

#[test]
fn adding_is_refused_exactly_when_something_is_missing_and_setup_knows_no_media() {
    at_every_step(additions, Under::AnyAssumption, |taken| {
        let (components, media) = named(&taken.word);
        let source = media.or(setup_source(&taken.before));
        let expected = if components.is_subset(&taken.before.components) {
            "unchanged"
        } else if source.is_none() {
            "refused"
        } else {
            "applied"
        };
        ensure!(taken.outcome == expected, "{} instead of {expected}", taken.outcome);
        Ok(())
    });
}

#[test]
fn setups_own_route_is_the_same_as_naming_its_media() {
    on_every_host(Under::AnyAssumption, |place| {
        let Some(source) = setup_source(&place.snapshot()) else { return Ok(0) };
        let own = |word: &String| !word.contains('@');
        for word in words_at(place, additions).into_iter().filter(own) {
            let by_name = place.outcome(&format!("{word}@{source}"));
            ensure!(place.outcome(&word) == by_name, "{word} and {source}");
        }
        Ok(1)
    });
}

#[test]
fn removing_an_added_component_at_once_gives_back_the_host() {
    on_every_host(Under::AnyAssumption, |place| {
        let before = place.snapshot().components;
        let mut met = 0;
        for word in words_at(place, additions) {
            let (added, _) = named(&word);
            let needed: Components = with_needs(&added).difference(&added).copied().collect();
            if !added.is_disjoint(&before) || !needed.is_subset(&before) {
                continue;
            }
            let Some(with) = place.step(&word) else { continue };
            let name = word.trim_start_matches('+').split('@').next().unwrap_or_default();
            let without = with.step(&format!("-{name}")).ok_or("cannot be removed")?;
            ensure!(without.host == place.host, "{word}: {:?}", without.snapshot());
            met += 1;
        }
        Ok(met)
    });
}

#[test]
fn adding_an_untouched_component_again_at_once_gives_back_the_host() {
    on_every_host(Under::Defaults, |place| {
        let before = place.snapshot();
        let mut met = 0;
        for component in &before.components {
            let alone = before.components.iter().all(|other| {
                other == component || !with_needs(&Components::from([*other])).contains(component)
            });
            for level in media(place.model.architecture()) {
                let copy = FileCopy { revision: baseline(*level), branch: Branch::Gdr };
                let untouched = files_of(component).iter().all(|file| before.files[file] == copy);
                if !alone || !untouched {
                    continue;
                }
                let words = [format!("-{component}"), format!("+{component}@{level}")];
                let again = place.steps(&[&words[0], &words[1]]).ok_or("refused")?;
                ensure!(again.host == place.host, "{words:?}: {:?}", again.snapshot());
                met += 1;
            }
        }
        Ok(met)
    });
}

pub(crate) fn takes_what_needs_it(taken: &Taken) -> Verdict {
    let (removed, _) = named(&taken.word);
    let mut expected = taken.before.clone();
    expected.components.retain(|one| with_needs(&Components::from([*one])).is_disjoint(&removed));
    for component in taken.before.components.difference(&expected.components) {
        let files = files_of(component);
        expected.files.retain(|file, _| !files.contains(file));
    }
    ensure!(expected == taken.after, "{:?}", taken.after);
    let nothing = removed.is_disjoint(&taken.before.components);
    ensure!((taken.outcome == "unchanged") == nothing, "{}", taken.outcome);
    ensure!(!taken.refused(), "refused");
    Ok(())
}

#[test]
fn removing_a_component_takes_its_files_and_what_needs_it_and_nothing_else() {
    at_every_step(component_removals, Under::AnyAssumption, takes_what_needs_it);
}

fn commute(place: &Place, words: &[String]) -> Result<usize, String> {
    let mut met = 0;
    for (number, first) in words.iter().enumerate() {
        for second in &words[number + 1..] {
            let one_way = place.steps(&[first, second]).map(|end| end.host);
            let other_way = place.steps(&[second, first]).map(|end| end.host);
            ensure!(one_way == other_way, "{first} and {second}");
            met += usize::from(one_way.is_some());
        }
    }
    Ok(met)
}

#[test]
fn components_from_the_same_media_can_be_added_in_any_order() {
    on_every_host(Under::AnyAssumption, |place| {
        let mut met = 0;
        for level in media(place.model.architecture()) {
            let from = |word: &String| word.ends_with(&format!("@{level}"));
            let words: Vec<_> = words_at(place, additions).into_iter().filter(from).collect();
            met += commute(place, &words)?;
        }
        Ok(met)
    });
}

#[test]
fn components_can_be_removed_in_any_order() {
    on_every_host(Under::AnyAssumption, |place| {
        let words: Vec<_> = words_at(place, component_removals).into_iter().collect();
        commute(place, &words)
    });
}

#[test]
fn a_group_is_the_same_as_its_members_one_by_one() {
    on_every_host(Under::AnyAssumption, |place| {
        let levels = media(place.model.architecture()).iter().map(|level| format!("@{level}"));
        let sources: Vec<String> = levels.chain([String::new()]).collect();
        for group in &CATALOG.groups {
            let each = |prefix: &str, suffix: &str| -> Vec<String> {
                let members = members_of(&group.id);
                members.iter().map(|member| format!("{prefix}{member}{suffix}")).collect()
            };
            let mut pairs = vec![(format!("-{}", group.id), each("-", ""))];
            for source in &sources {
                pairs.push((format!("+{}{source}", group.id), each("+", source)));
            }
            for (whole, members) in pairs {
                let members: Vec<&str> = members.iter().map(String::as_str).collect();
                let one_by_one = place.steps(&members).map(|end| end.host);
                ensure!(place.step(&whole).map(|end| end.host) == one_by_one, "{whole}");
            }
        }
        Ok(CATALOG.groups.len())
    });
}
