//! A scope too large to search at once, in slices that can be.
//!
//! Updates that bring no file in common do not see each other, and a component without updates
//! sees none. So a scope falls into *slices*: each has some updates that hang together by their
//! files, with the components that own these files and what they need. Leaving out of an install
//! order every step that is not of a slice gives an order of that slice: what another slice does
//! can make a package refuse, and a refused step does nothing. Where such a step brings a component
//! along that the slice has as well, a step of the slice that brings this component stands in for
//! it. Every host of the whole scope therefore looks, to each slice, like a host that the slice
//! reached; and each of its findings is found in the slice that owns the file.
//!
//! An order of the whole is no shorter than that of a slice if one step stands in for one. A scope
//! that names `iis_ftp` and `iis_smtp` and not the `iis_common` that both bring has no such step: a
//! slice adds a component and removes it again, and needs more steps than the whole does
//! ([`Slicing::keeps_length`]).

use crate::StudyError;
use patchstate_catalog::{Catalog, ComponentId, FileId, UpdateId};
use patchstate_servicing::{ActionNames, Model, Switches};
use patchstate_terms::Architecture;
use std::{collections::BTreeSet, sync::Arc};

/// A scope in slices.
#[derive(Clone, Debug)]
pub struct Slicing {
    /// What the steps of each slice may name.
    pub slices: Vec<ActionNames>,
    /// For each slice, the files that it owns: no other slice's update brings them.
    owned: Vec<BTreeSet<FileId>>,
    keeps_length: bool,
}

/// A name among components: a component or a group.
struct Unit {
    name: String,
    members: Vec<ComponentId>,
}

impl Slicing {
    /// Slices a scope.
    ///
    /// # Errors
    /// When a name is not in the catalog.
    pub fn new(
        catalog: &Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
        names: &ActionNames,
    ) -> Result<Self, StudyError> {
        let model = crate::scope::model(catalog, architecture, switches, names)?;
        let units = units(catalog, names);
        let mut parts: Vec<(BTreeSet<UpdateId>, BTreeSet<FileId>)> = Vec::new();
        for slot in model.slots() {
            let updates: BTreeSet<UpdateId> = model.updates_of(slot).into_iter().collect();
            if !updates.is_empty() {
                join(&mut parts, updates, slot.iter().copied().collect());
            }
        }
        let mut slices: Vec<ActionNames> = Vec::new();
        for (updates, files) in &parts {
            let owners = files.iter().filter_map(|file| catalog.file(*file).component).collect();
            slices.push(ActionNames {
                components: with_needs(catalog, &units, owners),
                updates: updates.iter().map(|update| catalog.update(*update).id.clone()).collect(),
                branches: names.branches,
            });
        }
        slices.sort_by(|a, b| a.updates.cmp(&b.updates));
        for unit in &units {
            if !slices.iter().any(|slice| slice.components.contains(&unit.name)) {
                let owners = unit.members.iter().copied().collect();
                let components = with_needs(catalog, &units, owners);
                slices.push(ActionNames { components, updates: Vec::new(), branches: false });
            }
        }
        let owned = owned(catalog, architecture, switches, &slices, &model)?;
        let keeps_length = keeps_length(catalog, &units, &slices);
        Ok(Self { slices, owned, keeps_length })
    }

    /// Whether a host of the whole takes no fewer steps than what a slice sees of it takes in the
    /// slice.
    #[must_use]
    pub fn keeps_length(&self) -> bool {
        self.keeps_length
    }

    /// Whether a slice owns a file.
    #[must_use]
    pub fn owns(&self, slice: usize, file: FileId) -> bool {
        self.owned.get(slice).is_some_and(|owned| owned.contains(&file))
    }
}

/// Adds a set of updates that hang together, with the files that make them so.
fn join(
    parts: &mut Vec<(BTreeSet<UpdateId>, BTreeSet<FileId>)>,
    mut updates: BTreeSet<UpdateId>,
    mut files: BTreeSet<FileId>,
) {
    let (touched, apart): (Vec<_>, Vec<_>) =
        std::mem::take(parts).into_iter().partition(|(known, _)| !known.is_disjoint(&updates));
    for (more_updates, more_files) in touched {
        updates.extend(more_updates);
        files.extend(more_files);
    }
    *parts = apart;
    parts.push((updates, files));
}

fn units(catalog: &Catalog, names: &ActionNames) -> Vec<Unit> {
    let unit = |name: &String| {
        let group = catalog.group_named(name).map(|group| group.members.clone());
        let single = catalog.component_named(name).map(|component| vec![component]);
        Unit { name: name.clone(), members: group.or(single).unwrap_or_default() }
    };
    names.components.iter().map(unit).collect()
}

/// The names of components that own files of a slice, and of what they need, in the order in
/// which they were named. A component that is not named comes along with those that need it; where
/// none of these is of the slice, all of them have to be.
fn with_needs(catalog: &Catalog, units: &[Unit], mut wanted: BTreeSet<ComponentId>) -> Vec<String> {
    let brings = |unit: &Unit| all_needs(catalog, unit.members.iter().copied().collect());
    let is_of = |unit: &&Unit, wanted: &BTreeSet<ComponentId>| {
        unit.members.iter().any(|member| wanted.contains(member))
    };
    loop {
        let before = wanted.len();
        for unit in units {
            if is_of(&unit, &wanted) {
                wanted.extend(&unit.members);
            }
        }
        wanted = all_needs(catalog, wanted);
        let own = units.iter().filter(|unit| is_of(unit, &wanted));
        let brought: BTreeSet<ComponentId> = own.flat_map(brings).collect();
        let missing: BTreeSet<ComponentId> = wanted.difference(&brought).copied().collect();
        for unit in units.iter().filter(|unit| !brings(unit).is_disjoint(&missing)) {
            wanted.extend(&unit.members);
        }
        if wanted.len() == before {
            break;
        }
    }
    let chosen = units.iter().filter(|unit| is_of(unit, &wanted));
    chosen.map(|unit| unit.name.clone()).collect()
}

/// Whether each slice has, for every step outside it that brings components of the slice along, a
/// step that brings these and nothing else.
fn keeps_length(catalog: &Catalog, units: &[Unit], slices: &[ActionNames]) -> bool {
    let brings = |unit: &Unit| all_needs(catalog, unit.members.iter().copied().collect());
    let (brought, names): (Vec<BTreeSet<ComponentId>>, Vec<&String>) =
        units.iter().map(|unit| (brings(unit), &unit.name)).unzip();
    slices.iter().all(|slice| {
        let (inside, outside): (Vec<_>, Vec<_>) =
            brought.iter().zip(&names).partition(|(_, name)| slice.components.contains(*name));
        let own: BTreeSet<ComponentId> = inside.iter().flat_map(|(set, _)| *set).copied().collect();
        outside.iter().all(|(set, _)| {
            let along: BTreeSet<ComponentId> = own.intersection(set).copied().collect();
            along.is_empty() || inside.iter().any(|(set, _)| **set == along)
        })
    })
}

/// Components with all that they need.
pub(crate) fn all_needs(
    catalog: &Catalog,
    mut wanted: BTreeSet<ComponentId>,
) -> BTreeSet<ComponentId> {
    loop {
        let before = wanted.len();
        let needs: Vec<ComponentId> =
            wanted.iter().flat_map(|c| catalog.component(*c).needs.iter().copied()).collect();
        wanted.extend(needs);
        if wanted.len() == before {
            return wanted;
        }
    }
}

/// The files that each slice owns: its own model has them, and no update outside it brings them.
fn owned(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    switches: Switches,
    slices: &[ActionNames],
    whole: &Model,
) -> Result<Vec<BTreeSet<FileId>>, StudyError> {
    let mut owned = Vec::new();
    for names in slices {
        let model = crate::scope::model(catalog, architecture, switches, names)?;
        let is_own = |file: &FileId| {
            let updates = whole.updates_of(&[*file]);
            updates.iter().all(|update| model.scope().updates.contains(update))
        };
        owned.push(model.slots().flatten().copied().filter(is_own).collect());
    }
    Ok(owned)
}
