//! What the core knows, as types.

use patchstate_terms::{Branch, FileVersion, Level, ProductWords, RegistryPath, WindowsPath};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Place of a file in [`Advisories::files`].
pub type FileNumber = usize;

/// Everything that the core knows.
#[derive(Debug)]
pub struct Advisories {
    /// How the product is recognised.
    pub product: Product,
    /// Families of files that count revisions alike.
    pub families: Vec<Family>,
    /// Files of the operating system and of components, by path.
    pub files: Vec<KnownFile>,
    /// Components, in the order of the file.
    pub components: Vec<Component>,
    /// Updates, in the order of their release.
    pub updates: Vec<Update>,
    /// What one file asks of another.
    pub requirements: Vec<Requirement>,
    /// The worker process.
    pub worker: Worker,
    /// Service packs, lowest first.
    pub service_packs: Vec<ServicePack>,
    /// Where each entry comes from.
    pub sources: Vec<Source>,
    pub(super) numbers: BTreeMap<WindowsPath, FileNumber>,
    /// File names of components.
    pub(super) component_names: BTreeSet<String>,
}

/// How the product is recognised.
#[derive(Debug)]
pub struct Product {
    /// What texts call it.
    pub words: ProductWords,
    /// What `ProductName` contains; `None` where the product writes no such value.
    pub name: Option<String>,
    /// `CurrentVersion`.
    pub version: String,
    /// `CurrentBuildNumber`, and the third number of its files' versions.
    pub build: u16,
}

/// A service pack.
#[derive(Debug)]
pub struct ServicePack {
    /// The level that it leads to.
    pub level: Level,
    /// The architectures (`x64`) that have none.
    pub not_for: Vec<String>,
    /// How the registry tells it from another one of the same name; `None` where its name does.
    pub told_apart: Option<ToldApart>,
}

/// `CSDVersion` has the text of another service pack, and a value of its own tells.
#[derive(Debug)]
pub struct ToldApart {
    /// The level whose name it has.
    pub called: Level,
    /// A value that it leaves, which is 1.
    pub mark: RegistryPath,
}

/// Files whose versions share the first three numbers, and the revisions that levels start with.
#[derive(Debug)]
pub struct Family {
    /// What its files are files of, for people; `None` for what the components are parts of.
    pub title: Option<String>,
    /// The version with revision 0.
    pub version: FileVersion,
    /// The revision of the untouched file at each level.
    pub baselines: BTreeMap<Level, u16>,
}

/// A file that the core knows.
#[derive(Debug)]
pub struct KnownFile {
    /// Its path.
    pub path: WindowsPath,
    /// Place in [`Advisories::components`] of what owns it; `None` for the operating system.
    pub component: Option<usize>,
    /// Whether its lineage tells the level of the operating system.
    pub tells_level: bool,
}

/// An optional component.
#[derive(Debug)]
pub struct Component {
    /// Its id, in the Optional Component Manager where there is one.
    pub id: String,
    /// The service whose key in SYSTEM tells whether the component is installed; `None` where the
    /// list of the Optional Component Manager does.
    pub service: Option<String>,
    /// Its files.
    pub files: Vec<FileNumber>,
    /// The file without which the component cannot be there.
    pub essential: Option<FileNumber>,
}

/// An update.
#[derive(Debug)]
pub struct Update {
    /// Its id in capitals, for example `KB973917`.
    pub id: String,
    /// Number of the service pack that was to contain it.
    pub registered_under: u8,
    /// Whether it carries the QFE branch only.
    pub is_qfe_only: bool,
    /// Its releases, the first one first.
    pub releases: Vec<Release>,
}

/// One release of an update.
#[derive(Debug)]
pub struct Release {
    /// Counted from 1.
    pub number: u8,
    /// When it came out: a day or a month.
    pub released: String,
    /// Whether it refuses hosts with files of components below the level of the operating system.
    pub refuses_mixed_hosts: bool,
    /// What it brings for each level that it is for.
    pub files: BTreeMap<Level, Vec<Brought>>,
}

/// A file of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The file.
    pub file: FileNumber,
    /// The revision of its GDR copy, or of the only one.
    pub gdr: Revision,
    /// The revision of its QFE copy; mostly the same.
    pub qfe: Revision,
}

/// What is public of the revision of a package's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// The number.
    Known(u16),
    /// Only that it is higher than this. A host's own record tells the number.
    Above(u16),
}

/// From some revision on, a file needs another one to be at least at some revision.
#[derive(Debug)]
pub struct Requirement {
    /// The file that asks.
    pub file: FileNumber,
    /// Its revisions above this one do.
    pub above_revision: u16,
    /// The file that is asked for.
    pub needs: FileNumber,
    /// The lowest revision of it that will do.
    pub needs_revision: u16,
}

/// The worker process and how it loads DLLs.
#[derive(Debug)]
pub struct Worker {
    /// The program.
    pub program: WindowsPath,
    /// DLLs that it loads at run time, lower case.
    pub loads: Vec<String>,
    /// Folders that are searched, first to last; empty for the Windows folder.
    pub folders: Vec<String>,
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A public page or public detection content says it.
    Documented,
    /// It follows from documented facts.
    Inferred,
    /// Nothing public says it; a value had to be chosen.
    Assumed,
}

/// Where one entry of the advisories comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the entry is about.
    pub subject: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where it stands.
    pub text: String,
}

impl Advisories {
    /// The number of a file, where the core knows it.
    #[must_use]
    pub fn number(&self, path: &WindowsPath) -> Option<FileNumber> {
        self.numbers.get(path).copied()
    }

    /// The file with a number.
    #[must_use]
    pub fn file(&self, number: FileNumber) -> Option<&KnownFile> {
        self.files.get(number)
    }

    /// Whether a DLL is a file of a component, by its file name in lower case.
    #[must_use]
    pub fn is_of_component(&self, dll: &str) -> bool {
        self.component_names.contains(dll)
    }

    /// What a known file is a file of, for people.
    #[must_use]
    pub fn title_of(&self, number: FileNumber) -> &str {
        let title = self.family_of(number).and_then(|family| family.title.as_deref());
        title.unwrap_or(&self.product.words.feature)
    }

    /// The update with this id, and its place in the order of release.
    #[must_use]
    pub fn update(&self, id: &str) -> Option<(usize, &Update)> {
        self.updates.iter().enumerate().find(|(_, update)| update.id.eq_ignore_ascii_case(id))
    }

    /// The family of a known file: system files are of the first, files of components of the
    /// second, or of the first where there is no other.
    #[must_use]
    pub fn family_of(&self, number: FileNumber) -> Option<&Family> {
        let is_component = self.file(number)?.component.is_some();
        self.families.get(usize::from(is_component)).or_else(|| self.families.first())
    }

    /// The family that a version belongs to.
    #[must_use]
    pub fn family(&self, version: FileVersion) -> Option<&Family> {
        self.families.iter().find(|family| family.version.same_build(version))
    }

    /// The lineage of a version: the highest level whose baseline it reaches. `None` for versions
    /// of other products.
    #[must_use]
    pub fn lineage(&self, version: FileVersion) -> Option<Level> {
        self.family(version).map(|family| family.lineage(version.revision))
    }

    /// The version that an untouched file of the same family has at a level.
    #[must_use]
    pub fn baseline(&self, like: FileVersion, level: Level) -> Option<FileVersion> {
        let family = self.family(like)?;
        Some(family.version.with_revision(family.baseline(level)))
    }

    /// The levels that the product has, lowest first.
    pub fn levels(&self) -> impl Iterator<Item = Level> + Clone + '_ {
        self.families.first().into_iter().flat_map(|family| family.baselines.keys()).copied()
    }

    /// A level that something names, if the product has it.
    #[must_use]
    pub fn level(&self, named: Option<Level>) -> Option<Level> {
        named.filter(|named| self.levels().any(|level| level == *named))
    }

    /// The version of the operating system's own files at a level.
    #[must_use]
    pub fn system_baseline(&self, level: Level) -> Option<FileVersion> {
        let family = self.families.first()?;
        Some(family.version.with_revision(family.baseline(level)))
    }
}

impl Family {
    /// The baseline revision of a level.
    #[must_use]
    pub fn baseline(&self, level: Level) -> u16 {
        self.baselines.get(&level).copied().unwrap_or(0)
    }

    /// The level that a revision belongs to: the highest whose baseline it reaches.
    #[must_use]
    pub fn lineage(&self, revision: u16) -> Level {
        let reached = self.baselines.iter().rev().find(|(_, baseline)| revision >= **baseline);
        reached.or(self.baselines.iter().next()).map_or(Level::RTM, |(level, _)| *level)
    }
}

impl Update {
    /// The release with this number.
    #[must_use]
    pub fn release(&self, number: u8) -> Option<&Release> {
        self.releases.iter().find(|release| release.number == number)
    }

    /// The number as labels and steps give it: only where there are several releases.
    #[must_use]
    pub fn shown_release(&self, number: u8) -> Option<u8> {
        (self.releases.len() > 1 || number != 1).then_some(number)
    }
}

impl Release {
    /// Files for a level; empty where the release has none for it.
    #[must_use]
    pub fn files(&self, level: Level) -> &[Brought] {
        self.files.get(&level).map_or(&[], Vec::as_slice)
    }
}

impl Brought {
    /// The revision of its copy on a branch.
    #[must_use]
    pub const fn revision(&self, branch: Branch) -> Revision {
        match branch {
            Branch::Gdr => self.gdr,
            Branch::Qfe => self.qfe,
        }
    }
}

impl Revision {
    /// The lowest number that it can be.
    #[must_use]
    pub const fn lowest(self) -> u16 {
        match self {
            Self::Known(number) => number,
            Self::Above(number) => number.saturating_add(1),
        }
    }
}
