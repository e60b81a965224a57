//! What a catalog's entries are called: which names exist, and which stand there twice.

use crate::{
    codes::{self, Code},
    mistakes::{Mistakes, Place},
    raw::{Entry, Raw, Text},
};
use patchstate_source::quoted;
use patchstate_terms::folded;
use std::collections::{BTreeMap, btree_map};

/// Names of entries, each with the index of its entry.
///
/// Names of entries that could not be read are there too, with the index 0: using one is no
/// mistake of its own, and the catalog is not handed out anyway.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) components: BTreeMap<String, usize>,
    pub(super) families: BTreeMap<String, usize>,
    /// By path, lower case, with forward slashes.
    pub(super) files: BTreeMap<String, usize>,
    pub(super) sources: BTreeMap<String, usize>,
    pub(super) assumptions: BTreeMap<String, usize>,
}

/// A name and where it stands.
type Named<'a> = (usize, &'a Text);

impl Names {
    /// Collects the names, and reports those that stand there twice.
    pub(super) fn collect(raw: &Raw, mistakes: &mut Mistakes<'_>) -> Self {
        let components = named(&raw.components, |component| &component.id);
        let groups = named(&raw.groups, |group| &group.id);
        let extensions = named(&raw.extensions, |extension| &extension.id);
        // Components, groups and extensions share the names that steps use.
        let names: Vec<Named<'_>> =
            components.iter().chain(&groups).chain(&extensions).copied().collect();
        unique(&names, codes::DUPLICATE_COMPONENT, "component, group or extension", mistakes);
        let updates = named(&raw.updates, |update| &update.id);
        unique(&updates, codes::DUPLICATE_UPDATE, "update", mistakes);
        let families = named(&raw.families, |family| &family.id);
        let files = named(&raw.files, |file| &file.path);
        let sources = named(&raw.sources, |source| &source.id);
        let assumptions = named(&raw.assumptions, |assumption| &assumption.id);
        Self {
            components: index(&components),
            families: unique(&families, codes::DUPLICATE_FAMILY, "version family", mistakes),
            files: unique(&files, codes::DUPLICATE_FILE, "file", mistakes),
            sources: unique(&sources, codes::DUPLICATE_SOURCE, "source", mistakes),
            assumptions: unique(&assumptions, codes::DUPLICATE_ASSUMPTION, "assumption", mistakes),
        }
    }
}

/// A path as files are told apart by.
pub(super) fn comparable_path(path: &str) -> String {
    folded(path).replace('\\', "/")
}

fn named<T>(entries: &[Entry<T>], name: fn(&T) -> &Text) -> Vec<Named<'_>> {
    entries.iter().map(|entry| (entry.origin, name(&entry.value))).collect()
}

fn index(names: &[Named<'_>]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for (at, (_, name)) in names.iter().enumerate() {
        found.entry(comparable_case(name)).or_insert(at);
    }
    found
}

fn unique(
    names: &[Named<'_>],
    code: Code,
    noun: &str,
    mistakes: &mut Mistakes<'_>,
) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for (at, (origin, name)) in names.iter().enumerate() {
        let place = Place { origin: *origin, span: name.span() };
        match found.entry(comparable_case(name)) {
            btree_map::Entry::Vacant(free) => {
                free.insert(at);
            }
            btree_map::Entry::Occupied(_) => {
                let message = format!("there is a {noun} `{}` already", quoted(name.get_ref()));
                mistakes.report(code, place, message);
            }
        }
    }
    found
}

/// Paths compare without regard to case and kind of slash; ids are compared as they are written,
/// and their own check sees to their case.
fn comparable_case(name: &Text) -> String {
    if name.get_ref().contains(['/', '\\']) {
        comparable_path(name.get_ref())
    } else {
        name.get_ref().clone()
    }
}
