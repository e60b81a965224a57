//! A host in readable form: names instead of ids, maps instead of slots.

use patchstate_catalog::FileId;
use patchstate_servicing::{FileCopy, HostView};
use patchstate_terms::{Branch, Level};
use patchstate_test_model::CATALOG;
use std::collections::{BTreeMap, BTreeSet};

/// Files by path.
pub(crate) type Files = BTreeMap<&'static str, FileCopy>;

/// A recorded update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The release.
    pub(crate) release: u8,
    /// The level that its files were installed for.
    pub(crate) level: Level,
    /// What was on disk before.
    pub(crate) backup: Files,
}

/// Everything that a host is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The level of the operating system.
    pub(crate) level: Level,
    /// The level of the base media.
    pub(crate) base: Level,
    /// The service pack cache.
    pub(crate) cache: Option<Level>,
    /// Ids of installed components.
    pub(crate) components: BTreeSet<&'static str>,
    /// The files that are present.
    pub(crate) files: Files,
    /// Recorded updates by id.
    pub(crate) records: BTreeMap<&'static str, Recorded>,
    /// The service pack backup.
    pub(crate) pack_backup: Option<(Level, Files)>,
}

impl Snapshot {
    /// What a view shows.
    pub(crate) fn of(view: HostView<'_>) -> Self {
        let record = |record: patchstate_servicing::Record| {
            let backup = named(record.backup.into_iter());
            let (release, level) = (record.release, record.level);
            (CATALOG.update(record.update).id.as_str(), Recorded { release, level, backup })
        };
        let backup = view.service_pack_backup();
        Self {
            level: view.level(),
            base: view.base(),
            cache: view.cache(),
            components: view.components().map(|id| CATALOG.component(id).id.as_str()).collect(),
            files: named(view.files()),
            records: view.records().map(record).collect(),
            pack_backup: backup.map(|(level, files)| (level, named(files.into_iter()))),
        }
    }
}

fn named(files: impl Iterator<Item = (FileId, FileCopy)>) -> Files {
    files.map(|(file, copy)| (CATALOG.file(file).path.as_str(), copy)).collect()
}

/// The revision of untouched files of a level.
pub(crate) fn baseline(level: Level) -> u16 {
    CATALOG.level(level).revision
}

/// The package of a release for a level: files with the revisions of their GDR copies, or of the
/// only ones; empty where it is not for it.
pub(crate) fn package(update: &str, release: u8, level: Level) -> BTreeMap<&'static str, u16> {
    package_on(Branch::Gdr, update, release, level)
}

/// The same with the revisions of the copies on a branch.
pub(crate) fn package_on(
    branch: Branch,
    update: &str,
    release: u8,
    level: Level,
) -> BTreeMap<&'static str, u16> {
    let update = CATALOG.update_named(update).expect("an update of the catalog");
    let release = CATALOG.update(update).release(release).expect("a release of the update");
    let files = release.table(level).iter();
    let revision = |one: &patchstate_catalog::PackageFile| match branch {
        Branch::Gdr => one.revision,
        Branch::Qfe => one.qfe_revision,
    };
    files.map(|one| (CATALOG.file(one.file).path.as_str(), revision(one))).collect()
}

/// The files of a component.
pub(crate) fn files_of(component: &str) -> BTreeSet<&'static str> {
    let component = CATALOG.component_named(component).expect("a component of the catalog");
    let files = CATALOG.component(component).files.iter();
    files.map(|file| CATALOG.file(*file).path.as_str()).collect()
}

/// The components that one cannot be without, directly.
pub(crate) fn needs_of(component: &str) -> BTreeSet<&'static str> {
    let component = CATALOG.component_named(component).expect("a component of the catalog");
    let needs = CATALOG.component(component).needs.iter();
    needs.map(|id| CATALOG.component(*id).id.as_str()).collect()
}

/// The components that a name stands for.
pub(crate) fn members_of(name: &str) -> BTreeSet<&'static str> {
    match CATALOG.group_named(name) {
        Some(group) => group.members.iter().map(|id| CATALOG.component(*id).id.as_str()).collect(),
        None => {
            CATALOG.components.iter().map(|one| one.id.as_str()).filter(|id| *id == name).collect()
        }
    }
}

/// Whether a file belongs to the operating system.
pub(crate) fn is_os_file(path: &str) -> bool {
    CATALOG.files.iter().any(|file| file.component.is_none() && file.path.as_str() == path)
}
