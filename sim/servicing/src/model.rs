//! A catalog compiled for one architecture, one set of switches and one scope.

use crate::{
    Host, InPlace, Switches,
    layout::{self, Layout},
};
use patchstate_catalog::{ArchitectureFacts, Catalog, ComponentId, UpdateId};
use patchstate_terms::{Architecture, Level};
use std::sync::Arc;

/// The parts of a catalog that steps may touch. What is left out can never come onto a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Components that can be installed; what they need is always added.
    pub components: Vec<ComponentId>,
    /// Updates that can be installed.
    pub updates: Vec<UpdateId>,
    /// Whether files that every step treats alike share one slot of a host. Off, each file has
    /// its own: slower, and the same in every other respect.
    pub share_slots: bool,
}

impl Scope {
    /// Everything in the catalog.
    #[must_use]
    pub fn whole(catalog: &Catalog) -> Self {
        Self {
            components: catalog.component_ids().collect(),
            updates: catalog.update_ids().collect(),
            share_slots: true,
        }
    }
}

/// A catalog cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The catalog says nothing about the architecture.
    #[error("catalog `{catalog}` has no architecture {architecture}")]
    UnknownArchitecture {
        /// Name of the catalog.
        catalog: String,
        /// The architecture asked for.
        architecture: Architecture,
    },
    /// A set of components is kept in 64 bits.
    #[error("catalog `{catalog}` has {count} components; the model handles at most 64")]
    TooManyComponents {
        /// Name of the catalog.
        catalog: String,
        /// How many it has.
        count: usize,
    },
    /// The copies of one file are counted in 8 bits.
    #[error("catalog `{catalog}` has {count} copies of {file}; the model handles at most 254")]
    TooManyCopies {
        /// Name of the catalog.
        catalog: String,
        /// The file.
        file: String,
        /// How many there are.
        count: usize,
    },
    /// Encoded hosts have 256 bits.
    #[error(
        "hosts of this scope need {bits} bits and an encoded host has 256: name fewer components \
         or updates"
    )]
    TooWide {
        /// How many bits are needed.
        bits: u32,
    },
}

/// Components as a set of bits, by [`ComponentId`].
pub(crate) type ComponentSet = u64;

/// What servicing knows: everything that decides what a step does to a host.
#[derive(Clone, Debug)]
pub struct Model {
    catalog: Arc<Catalog>,
    facts: ArchitectureFacts,
    switches: Switches,
    scope: Scope,
    pub(crate) layout: Layout,
    /// For each component: itself and all that it needs, directly or not.
    pub(crate) with_needs: Vec<ComponentSet>,
    /// For each component: itself and all that needs it, directly or not.
    pub(crate) with_dependents: Vec<ComponentSet>,
}

impl Model {
    /// Compiles a whole catalog.
    pub fn new(
        catalog: Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
    ) -> Result<Self, ModelError> {
        let scope = Scope::whole(&catalog);
        Self::with_scope(catalog, architecture, switches, scope)
    }

    /// Compiles the part of a catalog that a scope names.
    pub fn with_scope(
        catalog: Arc<Catalog>,
        architecture: Architecture,
        switches: Switches,
        mut scope: Scope,
    ) -> Result<Self, ModelError> {
        let catalog = switches.in_force(catalog);
        let facts = catalog.architecture(architecture).cloned().ok_or_else(|| {
            ModelError::UnknownArchitecture { catalog: catalog.name.clone(), architecture }
        })?;
        if catalog.components.len() > 64 {
            let count = catalog.components.len();
            return Err(ModelError::TooManyComponents { catalog: catalog.name.clone(), count });
        }
        let with_needs = needs(&catalog);
        let with_dependents = dependents(&with_needs);
        let wanted: ComponentSet = union(&with_needs, scope.components.iter());
        scope.components = catalog.component_ids().filter(|c| wanted & bit(*c) != 0).collect();
        scope.updates.sort_unstable();
        scope.updates.dedup();
        let how = (scope.share_slots, switches.in_place == InPlace::AtRestart);
        let layout = Layout::new(&catalog, &scope.components, &scope.updates, how);
        for slot in &layout.slots {
            if slot.copies.len() > 254 {
                return Err(ModelError::TooManyCopies {
                    catalog: catalog.name.clone(),
                    file: catalog.file(slot.files[0]).path.to_string(),
                    count: slot.copies.len(),
                });
            }
        }
        Ok(Self { catalog, facts, switches, scope, layout, with_needs, with_dependents })
    }

    /// The catalog, under what the switches assume.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The architecture of all hosts.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.facts.architecture
    }

    /// What the catalog says of the architecture.
    #[must_use]
    pub fn facts(&self) -> &ArchitectureFacts {
        &self.facts
    }

    /// The values of the switches.
    #[must_use]
    pub fn switches(&self) -> Switches {
        self.switches
    }

    /// What can come onto a host.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// `os:L`: a host on which only the base operating system is installed. `None` when there is
    /// no such media for the architecture.
    #[must_use]
    pub fn install_os(&self, level: Level) -> Option<Host> {
        if !self.facts.media.contains(&level) {
            return None;
        }
        let mut fields = vec![0_u8; self.layout.value_counts.len()];
        let place = self.layout.place_of(level)?;
        fields[layout::LEVEL] = place;
        fields[layout::BASE] = place;
        for (slot, field) in self.layout.slots.iter().zip(self.layout.files.clone()) {
            if slot.component.is_none() || self.switches.store == crate::Store::ComponentStore {
                fields[field] = slot.baseline[usize::from(place)];
            }
        }
        Some(Host { fields: fields.into() })
    }

    /// A host for each medium of the base operating system, lowest level first: where every install
    /// order begins.
    pub fn bases(&self) -> impl Iterator<Item = Host> {
        self.facts.media.iter().filter_map(|level| self.install_os(*level))
    }
}

/// The bit of a component.
pub(crate) fn bit(component: ComponentId) -> ComponentSet {
    1 << component.0
}

/// The union of the sets of some components.
pub(crate) fn union<'a>(
    sets: &[ComponentSet],
    components: impl Iterator<Item = &'a ComponentId>,
) -> ComponentSet {
    components.fold(0, |all, component| all | sets[usize::from(component.0)])
}

fn needs(catalog: &Catalog) -> Vec<ComponentSet> {
    let mut sets: Vec<ComponentSet> = catalog.component_ids().map(bit).collect();
    // As many rounds as there are components reach the end of the longest chain of needs.
    for _ in 0..sets.len() {
        for component in catalog.component_ids() {
            let needed = union(&sets, catalog.component(component).needs.iter());
            sets[usize::from(component.0)] |= needed;
        }
    }
    sets
}

fn dependents(with_needs: &[ComponentSet]) -> Vec<ComponentSet> {
    (0..with_needs.len())
        .map(|needed| {
            let dependent = |(index, needs): (usize, &ComponentSet)| {
                if needs >> needed & 1 == 1 { 1 << index } else { 0 }
            };
            with_needs.iter().enumerate().map(dependent).fold(0, |all, set| all | set)
        })
        .collect()
}
