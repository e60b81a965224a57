//! Questions that a catalog answers: what is called so, what stands there, which copy is how large.
//!
//! Everything follows from the facts in `model.rs`; nothing is kept beside them.

use crate::model::{
    ArchitectureFacts, Assumption, Catalog, Component, ComponentId, Export, Extent, File, FileId,
    FileSize, Group, ImportFact, LevelFacts, PackageFile, Release, Setting, Source, Update,
    UpdateId,
};
use patchstate_terms::{Architecture, Branch, FileVersion, Level, UpdateLabel, WindowsPath};
use std::fmt;

impl Catalog {
    /// Facts of a level.
    ///
    /// # Panics
    /// When the level is none of this catalog's.
    #[must_use]
    pub fn level(&self, level: Level) -> &LevelFacts {
        let found = self.levels.iter().find(|facts| facts.level == level);
        let Some(found) = found else { panic!("{level} is no level of {}", self.name) };
        found
    }

    /// The levels that there are, lowest first.
    #[must_use]
    pub fn level_ids(&self) -> impl DoubleEndedIterator<Item = Level> + Clone + '_ {
        self.levels.iter().map(|facts| facts.level)
    }

    /// The levels of service packs, lowest first.
    #[must_use]
    pub fn service_packs(&self) -> impl DoubleEndedIterator<Item = Level> + Clone + '_ {
        self.level_ids().filter(|level| level.is_service_pack())
    }

    /// The level whose lineage a revision is of: the highest whose own revision it reaches.
    #[must_use]
    pub fn lineage(&self, revision: u16) -> Level {
        let reached = self.levels.iter().rev().find(|facts| revision >= facts.revision);
        reached.or(self.levels.first()).map_or(Level::RTM, |facts| facts.level)
    }

    /// Whether a revision is that of a level's untouched files, so that no update brought it.
    #[must_use]
    pub fn is_baseline(&self, revision: u16) -> bool {
        self.level(self.lineage(revision)).revision == revision
    }

    /// Facts of an architecture, or `None` when the catalog does not cover it.
    #[must_use]
    pub fn architecture(&self, architecture: Architecture) -> Option<&ArchitectureFacts> {
        self.architectures.iter().find(|facts| facts.architecture == architecture)
    }

    /// A component of this catalog.
    ///
    /// # Panics
    /// When the id is of another catalog.
    #[must_use]
    pub fn component(&self, id: ComponentId) -> &Component {
        &self.components[usize::from(id.0)]
    }

    /// A file of this catalog.
    ///
    /// # Panics
    /// When the id is of another catalog.
    #[must_use]
    pub fn file(&self, id: FileId) -> &File {
        &self.files[usize::from(id.0)]
    }

    /// An update of this catalog.
    ///
    /// # Panics
    /// When the id is of another catalog.
    #[must_use]
    pub fn update(&self, id: UpdateId) -> &Update {
        &self.updates[usize::from(id.0)]
    }

    /// The ids of all components.
    pub fn component_ids(&self) -> impl Iterator<Item = ComponentId> + use<> {
        (0..self.components.len()).map(|index| ComponentId(narrow(index)))
    }

    /// The ids of all files.
    pub fn file_ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len()).map(|index| FileId(narrow(index)))
    }

    /// The ids of all updates.
    pub fn update_ids(&self) -> impl Iterator<Item = UpdateId> + use<> {
        (0..self.updates.len()).map(|index| UpdateId(narrow(index)))
    }

    /// The component with this Optional Component Manager id.
    #[must_use]
    pub fn component_named(&self, id: &str) -> Option<ComponentId> {
        self.component_ids().find(|component| self.component(*component).id == id)
    }

    /// The group with this name.
    #[must_use]
    pub fn group_named(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The update with this id (in capitals).
    #[must_use]
    pub fn update_named(&self, id: &str) -> Option<UpdateId> {
        self.update_ids().find(|update| self.update(*update).id == id)
    }

    /// The assumption with this id, for example `A3`; letter case does not matter.
    #[must_use]
    pub fn assumption(&self, id: &str) -> Option<&Assumption> {
        self.assumptions.iter().find(|assumption| assumption.id.eq_ignore_ascii_case(id))
    }

    /// The source with this id.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The file whose place a copy at this path waits to take for a restart.
    #[must_use]
    pub fn waits_at(&self, path: &WindowsPath) -> Option<FileId> {
        let suffix = self.synthetic.waiting_suffix.as_ref()?;
        self.file_at(&path.as_str().strip_suffix(suffix.as_str())?.parse().ok()?)
    }

    /// The file that stands there.
    #[must_use]
    pub fn file_at(&self, path: &WindowsPath) -> Option<FileId> {
        self.file_ids().find(|file| self.file(*file).path == *path)
    }

    /// The full version of a file at a revision.
    #[must_use]
    pub fn version(&self, file: FileId, revision: u16) -> FileVersion {
        self.families[self.file(file).family].version.with_revision(revision)
    }

    /// The version string of a copy of a file: version, then the build string with its branch,
    /// where the product writes one.
    ///
    /// The build string is that of the level for an untouched file, else that of the release that
    /// brought the revision.
    #[must_use]
    pub fn version_string(&self, file: FileId, revision: u16, branch: Branch) -> String {
        let version = self.version(file, revision);
        let lineage = self.level(self.lineage(revision));
        let Some(build) = &lineage.build_strings else { return version.to_string() };
        if self.is_baseline(revision) {
            return format!("{version} ({})", build.untouched);
        }
        let prefix = match branch {
            Branch::Gdr => &build.gdr_prefix,
            Branch::Qfe => &build.qfe_prefix,
        };
        match self.release_that_brought(file, revision, branch) {
            Some((_, release)) => format!("{version} ({prefix}.{})", release.build_date),
            None => format!("{version} ({prefix})"),
        }
    }

    /// The first release, in the order of updates, whose package has this copy of the file.
    #[must_use]
    pub fn release_that_brought(
        &self,
        file: FileId,
        revision: u16,
        branch: Branch,
    ) -> Option<(UpdateId, &Release)> {
        let brings =
            |package: &PackageFile| package.file == file && package.revision_on(branch) == revision;
        let mut releases = self
            .update_ids()
            .zip(&self.updates)
            .flat_map(|(id, update)| update.releases.iter().map(move |release| (id, release)));
        releases.find(|(_, release)| release.all_files().any(brings))
    }

    /// Size in bytes of a copy of a file, or `None` when the catalog names none that fits.
    #[must_use]
    pub fn size(
        &self,
        file: FileId,
        architecture: Architecture,
        revision: u16,
        branch: Branch,
    ) -> Option<u32> {
        let fits = |size: &&FileSize| {
            size.architecture.is_none_or(|wanted| wanted == architecture)
                && size.revision.is_none_or(|wanted| wanted == revision)
                && size.branch.is_none_or(|wanted| wanted == branch)
        };
        self.file(file).sizes.iter().rev().find(fits).map(|size| size.bytes)
    }

    /// The same catalog where these values, by the ids of their assumptions, are assumed. Others
    /// are as they were.
    #[must_use]
    pub fn assuming<'a>(&self, values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut catalog = self.clone();
        for (id, value) in values {
            match self.assumption(id).and_then(|assumption| assumption.values.first()) {
                Some(first) if first.name != value => {
                    catalog.assumed.insert(id.to_owned(), value.to_owned());
                }
                Some(_) | None => {
                    catalog.assumed.remove(id);
                }
            }
        }
        catalog
    }

    /// The value that an assumption has here; `None` for one without a switch.
    #[must_use]
    pub fn assumed_value(&self, id: &str) -> Option<&str> {
        let first = || self.assumption(id)?.values.first().map(|value| value.name.as_str());
        self.assumed.get(id).map(String::as_str).or_else(first)
    }

    /// Whether a row holds for some copies of its file, under what is assumed here.
    #[must_use]
    pub fn holds(&self, extent: &Extent) -> bool {
        let is_assumed = |when: &Setting| self.assumed_value(&when.assumption) == Some(&when.value);
        extent.when.as_ref().is_none_or(is_assumed)
    }

    /// What any copy of a file exports.
    pub fn all_exports(&self, file: FileId) -> impl Iterator<Item = &Export> {
        self.file(file).exports.iter().filter(|export| self.holds(&export.extent))
    }

    /// What any copy of a file imports, delayed imports included.
    pub fn all_imports(&self, file: FileId) -> impl Iterator<Item = &ImportFact> {
        self.file(file).imports.iter().filter(|import| self.holds(&import.extent))
    }

    /// What a file exports at a revision.
    pub fn exports(&self, file: FileId, revision: u16) -> impl Iterator<Item = &Export> {
        self.all_exports(file).filter(move |export| export.extent.has(revision))
    }

    /// What a file imports at a revision, delayed imports included.
    pub fn imports(&self, file: FileId, revision: u16) -> impl Iterator<Item = &ImportFact> {
        self.all_imports(file).filter(move |import| import.extent.has(revision))
    }

    /// How findings name a release of an update.
    #[must_use]
    pub fn label(&self, update: UpdateId, release: u8) -> UpdateLabel {
        let update = self.update(update);
        UpdateLabel {
            update: update.id.clone(),
            release: (update.releases.len() > 1).then_some(release),
        }
    }
}

impl Extent {
    /// Whether a row holds for copies of a revision, whatever is assumed.
    #[must_use]
    pub fn has(&self, revision: u16) -> bool {
        self.since.is_none_or(|since| since <= revision)
            && self.before.is_none_or(|before| revision < before)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.assumption, self.value)
    }
}

impl Update {
    /// The release with this number.
    #[must_use]
    pub fn release(&self, number: u8) -> Option<&Release> {
        self.releases.iter().find(|release| release.number == number)
    }

    /// The latest release.
    ///
    /// # Panics
    /// Never on a checked catalog: an update has at least one release.
    #[must_use]
    pub fn latest(&self) -> &Release {
        &self.releases[self.releases.len() - 1]
    }
}

impl PackageFile {
    /// The revision of its copy on a branch.
    #[must_use]
    pub const fn revision_on(&self, branch: Branch) -> u16 {
        match branch {
            Branch::Gdr => self.revision,
            Branch::Qfe => self.qfe_revision,
        }
    }
}

impl Release {
    /// The package's table for a level; empty where the package is not for that level.
    #[must_use]
    pub fn table(&self, level: Level) -> &[PackageFile] {
        self.files.get(&level).map_or(&[], Vec::as_slice)
    }

    /// What the package brings for any level.
    pub fn all_files(&self) -> impl Iterator<Item = &PackageFile> + Clone {
        self.files.values().flatten()
    }

    /// Whether the files are in place only after a restart; not, where nothing is said of it.
    #[must_use]
    pub fn requires_restart(&self) -> bool {
        self.restart.as_ref().is_some_and(|restart| restart.required)
    }
}

/// A catalog never holds as many entries of a kind as 16 bits count: loading checks it.
fn narrow(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}
