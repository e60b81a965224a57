//! What the second model takes from the catalog: data, as strings and maps.

use patchstate_catalog::{Catalog, File};
use patchstate_terms::{Architecture, Level};
use std::collections::{BTreeMap, BTreeSet};

/// A component's id, a file's path or an update's id.
pub type Name = &'static str;

/// A component.
pub struct ComponentFacts {
    /// What it cannot be without, directly.
    pub needs: BTreeSet<Name>,
    /// The paths of its files.
    pub files: BTreeSet<Name>,
}

/// The revisions of a file in a package.
#[derive(Clone, Copy)]
pub struct Carried {
    /// That of its GDR copy; of its only copy where there is no other.
    pub gdr: u16,
    /// That of its QFE copy.
    pub qfe: u16,
}

/// One release of an update.
pub struct ReleaseFacts {
    /// For each level that the package is for: its files with their revisions.
    pub tables: BTreeMap<Level, BTreeMap<Name, Carried>>,
    /// The exit code with which it refuses a mixed host, if it looks.
    pub refuses_mixed_with: Option<u32>,
    /// Its files are in place only after a restart.
    pub requires_restart: bool,
}

/// An update.
pub struct UpdateFacts {
    /// Its id in lower case.
    pub id: Name,
    /// The service pack that was to contain it.
    pub registered_under: u8,
    /// It has no GDR copies.
    pub qfe_only: bool,
    /// Its releases by number.
    pub releases: BTreeMap<u8, ReleaseFacts>,
}

/// Everything that the rules look up.
pub struct Facts {
    /// The revision of untouched files.
    pub baseline: BTreeMap<Level, u16>,
    /// Base operating systems.
    pub media: BTreeSet<Level>,
    /// Service packs that there are for the architecture.
    pub packs: BTreeSet<Level>,
    /// Whether a service pack leaves copies of its files for Setup.
    pub has_cache: bool,
    /// Whether there is System File Checker.
    pub has_checker: bool,
    /// The components.
    pub components: BTreeMap<Name, ComponentFacts>,
    /// Groups and their members.
    pub groups: BTreeMap<Name, BTreeSet<Name>>,
    /// Files of the operating system.
    pub os_files: BTreeSet<Name>,
    /// Every file, for its version family and its symbols.
    pub files: BTreeMap<Name, &'static File>,
    /// Every file by its name alone; no two files share one.
    pub paths: BTreeMap<Name, Name>,
    /// First three numbers of the version of every file.
    pub version_start: BTreeMap<Name, String>,
    /// What is assumed where nothing else is said, by the assumption's id.
    pub defaults: BTreeMap<Name, Name>,
    /// The updates, in the order of the table.
    pub updates: Vec<UpdateFacts>,
}

impl Facts {
    /// Takes the facts of one architecture from a catalog.
    pub fn of(catalog: &'static Catalog, architecture: Architecture) -> Self {
        let host = catalog.architecture(architecture).expect("an architecture of the catalog");
        let path = |file: &'static File| file.path.as_str();
        let component = |id| catalog.component(id);
        let os_files = catalog.files.iter().filter(|file| file.component.is_none());
        Self {
            baseline: catalog.levels.iter().map(|facts| (facts.level, facts.revision)).collect(),
            media: host.media.iter().copied().collect(),
            packs: host.service_packs.iter().copied().collect(),
            has_cache: catalog.product.service_pack_cache,
            has_checker: catalog.product.system_file_checker,
            components: catalog
                .components
                .iter()
                .map(|one| {
                    let needs = one.needs.iter().map(|id| component(*id).id.as_str()).collect();
                    let files = one.files.iter().map(|id| path(catalog.file(*id))).collect();
                    (one.id.as_str(), ComponentFacts { needs, files })
                })
                .collect(),
            groups: catalog
                .groups
                .iter()
                .map(|group| {
                    let members = group.members.iter().map(|id| component(*id).id.as_str());
                    (group.id.as_str(), members.collect())
                })
                .collect(),
            os_files: os_files.map(path).collect(),
            files: catalog.files.iter().map(|file| (path(file), file)).collect(),
            paths: catalog.files.iter().map(|file| (file.path.file_name(), path(file))).collect(),
            version_start: catalog
                .files
                .iter()
                .map(|file| (path(file), start(catalog, file)))
                .collect(),
            defaults: catalog
                .assumptions
                .iter()
                .filter_map(|one| Some((one.id.as_str(), one.values.first()?.name.as_str())))
                .collect(),
            updates: updates(catalog),
        }
    }

    /// The level of whose lineage a revision is.
    pub fn lineage(&self, revision: u16) -> Level {
        let mut lineage = *self.baseline.keys().next().expect("a level");
        for (level, baseline) in &self.baseline {
            if revision >= *baseline {
                lineage = *level;
            }
        }
        lineage
    }

    /// The whole version of a file.
    pub fn version(&self, file: Name, revision: u16) -> String {
        format!("{}.{revision}", self.version_start[file])
    }

    /// An update by its id.
    pub fn update(&self, id: &str) -> &UpdateFacts {
        self.updates.iter().find(|update| update.id == id).expect("an update of the catalog")
    }

    /// The components that a name on the command line stands for.
    pub fn members(&self, name: &str) -> BTreeSet<Name> {
        if let Some(members) = self.groups.get(name) {
            return members.clone();
        }
        let (id, _) = self.components.get_key_value(name).expect("a component of the catalog");
        BTreeSet::from([*id])
    }

    /// A component and all that it needs.
    pub fn with_needs(&self, component: Name) -> BTreeSet<Name> {
        let mut all = BTreeSet::from([component]);
        for needed in &self.components[component].needs {
            all.extend(self.with_needs(needed));
        }
        all
    }
}

fn start(catalog: &Catalog, file: &File) -> String {
    let version = catalog.families[file.family].version;
    format!("{}.{}.{}", version.major, version.minor, version.build)
}

fn updates(catalog: &'static Catalog) -> Vec<UpdateFacts> {
    let table = |files: &'static [patchstate_catalog::PackageFile]| -> BTreeMap<Name, Carried> {
        let carried = files.iter().map(|one| {
            let revisions = Carried { gdr: one.revision, qfe: one.qfe_revision };
            (catalog.file(one.file).path.as_str(), revisions)
        });
        carried.collect()
    };
    let releases = |update: &'static patchstate_catalog::Update| {
        let facts = update.releases.iter().map(|release| {
            let tables = Level::all().map(|level| (level, table(release.table(level))));
            let tables = tables.filter(|(_, table)| !table.is_empty()).collect();
            let refuses_mixed_with = release.refuses_lower_lineage;
            let requires_restart = release.restart.as_ref().is_some_and(|restart| restart.required);
            (release.number, ReleaseFacts { tables, refuses_mixed_with, requires_restart })
        });
        facts.collect()
    };
    let facts = catalog.updates.iter().map(|update| UpdateFacts {
        id: update.id.to_lowercase().leak(),
        registered_under: update.registered_under,
        qfe_only: update.qfe_only,
        releases: releases(update),
    });
    facts.collect()
}
