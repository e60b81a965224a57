//! How much of a scope has to be searched, for rules that read some of a host.
//!
//! A slice that has everything that can change what a rule reads gives every combination of it:
//! leaving out the other steps of an install order changes nothing that the rule sees. Where no
//! slice has all of it, the slices that have some are searched together as well.

use super::survey::{Extent, RuleScope, Surveyor};
use crate::{HarnessError, Slicing};
use patchstate_catalog::{Catalog, FileId, UpdateId};
use patchstate_detect::advisory::Advisories;
use patchstate_explore::Bounds;
use patchstate_rules::{Field, Reads, Rule};
use patchstate_servicing::ActionNames;
use patchstate_terms::{Architecture, WindowsPath};
use std::{collections::BTreeSet, sync::Arc};

/// Most hosts of slices that are searched together because a rule reads files of several. More
/// would not fit into the memory of a small machine.
const JOINED_STATE_COUNT_MAX: usize = 4_000_000;

/// What to search.
pub(crate) struct Searches {
    /// What the steps may name, and where to stop.
    pub(crate) searches: Vec<(ActionNames, Bounds)>,
    /// Whether the searches, once complete, give every combination of what the rules read.
    pub(crate) is_sufficient: bool,
}

/// What can change what rules read.
#[derive(Debug, Default)]
struct Needs {
    files: BTreeSet<FileId>,
    updates: BTreeSet<UpdateId>,
    components: BTreeSet<String>,
}

/// The searches that answer a question about the rules of a room.
pub(crate) fn scopes_of(
    surveyor: &Surveyor<'_>,
    architecture: Architecture,
) -> Result<Searches, HarnessError> {
    let RuleScope { names, sliced, bounds, .. } = surveyor.scope;
    if !sliced {
        return Ok(Searches { searches: vec![(names.clone(), *bounds)], is_sufficient: true });
    }
    let seen = Seen::new(surveyor.catalog, architecture, surveyor.scope, surveyor.room.rules())?;
    let all = || seen.slicing.slices.iter().map(|slice| (slice.clone(), *bounds));
    let covering = seen.covering.and_then(|slice| seen.slicing.slices.get(slice));
    Ok(match (surveyor.extent, covering) {
        (Extent::WhatIsRead, Some(slice)) => {
            Searches { searches: vec![(slice.clone(), *bounds)], is_sufficient: true }
        }
        (Extent::Everything, Some(_)) | (Extent::Slices, _) => {
            Searches { searches: all().collect(), is_sufficient: true }
        }
        (_, None) => {
            let limit = bounds
                .state_count_max
                .map_or(JOINED_STATE_COUNT_MAX, |own| own.min(JOINED_STATE_COUNT_MAX));
            let limited = Bounds { state_count_max: Some(limit), ..*bounds };
            let joined = seen.joined(surveyor.catalog, names).map(|names| (names, limited));
            let is_sufficient = joined.is_some();
            Searches { searches: all().chain(joined).collect(), is_sufficient }
        }
    })
}

/// Whether some slice has everything that can change what a rule reads, so that what was found in
/// slices holds for every host.
///
/// # Errors
/// When a name is not in the catalog.
pub(crate) fn is_covered(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    scope: &RuleScope,
    rule: &Box<dyn Rule>,
) -> Result<bool, HarnessError> {
    let seen = || Seen::new(catalog, architecture, scope, std::slice::from_ref(rule));
    Ok(!scope.sliced || seen()?.covering.is_some())
}

/// The slices of a scope as some rules see them.
struct Seen {
    slicing: Slicing,
    /// `None` for rules that may read any file.
    needs: Option<Needs>,
    /// The first slice that has all that is needed.
    covering: Option<usize>,
    needed_updates: BTreeSet<String>,
    needed_owners: BTreeSet<String>,
}

impl Seen {
    fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        scope: &RuleScope,
        rules: &[Box<dyn Rule>],
    ) -> Result<Self, HarnessError> {
        let slicing = Slicing::new(catalog, architecture, scope.switches, &scope.names)?;
        let mut needs = Some(Needs::default());
        for rule in rules {
            match (rule.reads(), &mut needs) {
                (Reads::Folder, _) => needs = None,
                (reads, Some(needs)) => needs.add(catalog, reads),
                (_, None) => {}
            }
        }
        let mut seen = Self {
            slicing,
            needs,
            covering: None,
            needed_updates: BTreeSet::new(),
            needed_owners: BTreeSet::new(),
        };
        if let Some(needs) = &seen.needs {
            let own = |id: &UpdateId| catalog.update(*id).id.clone();
            seen.needed_updates = needs.updates.iter().map(own).collect();
            let owner = |file: &FileId| catalog.file(*file).component;
            let owners = needs.files.iter().filter_map(owner);
            seen.needed_owners = owners.map(|id| catalog.component(id).id.clone()).collect();
            seen.needed_owners.extend(needs.components.iter().cloned());
            let known: BTreeSet<String> = scope.names.updates.iter().cloned().collect();
            seen.needed_updates.retain(|update| known.contains(update));
            let count = seen.slicing.slices.len();
            seen.covering = (0..count).find(|slice| seen.covers(catalog, *slice, needs));
        }
        Ok(seen)
    }

    fn covers(&self, catalog: &Catalog, slice: usize, needs: &Needs) -> bool {
        let Some(names) = self.slicing.slices.get(slice) else { return false };
        // A file that no slice owns is of a component outside the scope: it is never there.
        let count = self.slicing.slices.len();
        let is_owned = |file: &FileId| (0..count).any(|other| self.slicing.owns(other, *file));
        let mut files = needs.files.iter().filter(|file| is_owned(file));
        let components = components(catalog, names);
        let is_known = |component: &String| {
            let mut slices = self.slicing.slices.iter();
            slices.any(|names| self::components(catalog, names).contains(component))
        };
        files.all(|file| self.slicing.owns(slice, *file))
            && self.needed_updates.iter().all(|update| names.updates.contains(update))
            && needs.components.iter().all(|c| components.contains(c) || !is_known(c))
    }

    /// The slices that have some of what is needed, as one; `None` when that is not known.
    fn joined(&self, catalog: &Catalog, names: &ActionNames) -> Option<ActionNames> {
        self.needs.as_ref()?;
        let has_some = |slice: &&ActionNames| {
            slice.updates.iter().any(|update| self.needed_updates.contains(update))
                || !components(catalog, slice).is_disjoint(&self.needed_owners)
        };
        let slices: Vec<&ActionNames> = self.slicing.slices.iter().filter(has_some).collect();
        let in_component = |name: &&String| slices.iter().any(|s| s.components.contains(name));
        let in_update = |name: &&String| slices.iter().any(|slice| slice.updates.contains(name));
        Some(ActionNames {
            components: names.components.iter().filter(in_component).cloned().collect(),
            updates: names.updates.iter().filter(in_update).cloned().collect(),
            branches: names.branches,
        })
    }
}

/// The components that names stand for.
fn components(catalog: &Catalog, names: &ActionNames) -> BTreeSet<String> {
    let members = |name: &String| match catalog.group_named(name) {
        Some(group) => {
            group.members.iter().map(|id| catalog.component(*id).id.clone()).collect::<Vec<_>>()
        }
        None => vec![name.clone()],
    };
    names.components.iter().flat_map(members).collect()
}

impl Needs {
    fn add(&mut self, catalog: &Catalog, reads: &Reads) {
        match reads {
            Reads::Fields(fields) => fields.iter().for_each(|field| self.field(catalog, field)),
            Reads::Files(files) => files.iter().for_each(|path| self.file(catalog, path)),
            Reads::Folder => {}
        }
    }

    fn file(&mut self, catalog: &Catalog, path: &WindowsPath) {
        let Some(file) = catalog.file_at(path) else {
            // A hive, or a file that no host has: a hive shows everything.
            if catalog.registry.iter().any(|fact| path.file_name() == fact.hive.file_name()) {
                self.updates.extend(catalog.update_ids());
                self.components.extend(catalog.components.iter().map(|c| c.id.clone()));
            }
            return;
        };
        self.files.insert(file);
        let brings = |update: &UpdateId| {
            let releases = catalog.update(*update).releases.iter();
            releases.flat_map(|release| release.files.iter().flatten()).any(|f| f.file == file)
        };
        self.updates.extend(catalog.update_ids().filter(brings));
    }

    fn field(&mut self, catalog: &Catalog, field: &Field) {
        match field {
            Field::OsProduct | Field::OsArchitecture | Field::OsLevel | Field::OsVersion => {
                let files = Advisories::built_in().files.iter();
                files.filter(|file| file.tells_level).for_each(|f| self.file(catalog, &f.path));
            }
            Field::UpdateRecorded(id) | Field::UpdateRelease(id) => {
                self.updates.extend(catalog.update_named(id));
            }
            Field::Registry(path) => self.registry(catalog, &path.key, Some(&path.value)),
            Field::RegistryKeyPresent(_, key) => self.registry(catalog, key, None),
            _ => field.file().into_iter().for_each(|path| self.file(catalog, path)),
        }
    }

    /// Values of an update have its id in their key; those of a component stand under its id, or
    /// are there while it is.
    fn registry(&mut self, catalog: &Catalog, key: &str, value: Option<&str>) {
        let upper = key.to_uppercase();
        let names = |id: &UpdateId| upper.contains(&catalog.update(*id).id);
        let updates: BTreeSet<UpdateId> = catalog.update_ids().filter(names).collect();
        for component in &catalog.components {
            let same = |text: &str| text.eq_ignore_ascii_case(&component.id);
            if value.map_or(updates.is_empty(), same) || key.split('\\').any(same) {
                self.components.insert(component.id.clone());
            }
        }
        self.updates.extend(updates);
        let facts = catalog.registry.iter().filter(|fact| fact.key.eq_ignore_ascii_case(key));
        let owners = facts.filter_map(|fact| fact.component);
        self.components.extend(owners.map(|id| catalog.component(id).id.clone()));
    }
}
