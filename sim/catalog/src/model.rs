//! The catalog as the rest of the house sees it: checked, with ids instead of names.
//!
//! Only facts stand here. What can be asked of them is in `look_up.rs`, how a catalog is read and
//! checked begins in `load.rs`.

use patchstate_terms::{
    Architecture, Branch, FileVersion, Hive, ImportedSymbol, Level, ProductWords, WindowsPath,
};
use std::collections::{BTreeMap, BTreeSet};

/// Index of a component in [`Catalog::components`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId(pub u16);

/// Index of a file in [`Catalog::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u16);

/// Index of an update in [`Catalog::updates`]; the order is that of release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpdateId(pub u16);

/// Everything that is known of one product's servicing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// Short name and version of the catalog, for example `windows-server-2003 1`.
    pub name: String,
    /// What the catalog is about, in a sentence.
    pub title: String,
    /// What the product is called, and what servicing it lacks.
    pub product: ProductFacts,
    /// DLLs that files import from although the catalog does not describe them; they count as
    /// present, with whatever is imported from them. File names, lower case.
    pub external_dlls: Vec<String>,
    /// Facts of the levels that the product has, lowest first.
    pub levels: Vec<LevelFacts>,
    /// The version families of files.
    pub families: Vec<VersionFamily>,
    /// The architectures, in the order of [`Architecture::ALL`]; not every one has to be there.
    pub architectures: Vec<ArchitectureFacts>,
    /// The optional components.
    pub components: Vec<Component>,
    /// Names that stand for several components.
    pub groups: Vec<Group>,
    /// Optional Component Manager ids that have no files of their own and are no components.
    pub extensions: Vec<WebServiceExtension>,
    /// Every file, those of the operating system included.
    pub files: Vec<File>,
    /// The updates, in the order of release.
    pub updates: Vec<Update>,
    /// Registry values that a host shows.
    pub registry: Vec<RegistryFact>,
    /// What an administrator sees of a broken host, in order of appearance.
    pub symptoms: Vec<Symptom>,
    /// What the model assumes where public sources are silent.
    pub assumptions: Vec<Assumption>,
    /// The values that are assumed here, by the id of the assumption, where that is not the first.
    /// Rows that hold under other values only are there and are not looked up.
    pub assumed: BTreeMap<String, String>,
    /// The sources that facts name.
    pub sources: Vec<Source>,
    /// What synthetic images say of themselves.
    pub synthetic: SyntheticFacts,
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A public page or public detection content says it.
    Documented,
    /// It follows from documented facts.
    Inferred,
    /// Nothing public says it: the model needs a value.
    Assumed,
}

impl Confidence {
    /// The word used in catalogs and in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Inferred => "inferred",
            Self::Assumed => "assumed",
        }
    }
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Id of an entry of [`Catalog::sources`].
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Id of the assumption that the fact is an instance of; given exactly when it is assumed
    /// or when an assumption bears on an inferred fact.
    pub assumption: Option<String>,
}

/// A source of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Short id, unique.
    pub id: String,
    /// What it is: title, publisher, date.
    pub title: String,
}

/// Facts of the product as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFacts {
    /// What texts call it.
    pub words: ProductWords,
    /// What becomes of a host whose worker process does not load, in a sentence or two.
    pub explanation: String,
    /// The name of the Windows folder: `WINDOWS` or `WINNT`.
    pub folder: String,
    /// Whether a service pack leaves copies of its files, from which Setup adds components. Where
    /// it does not, Setup takes them from the media of the base operating system, whatever the
    /// level of the host.
    pub service_pack_cache: bool,
    /// Whether there is System File Checker.
    pub system_file_checker: bool,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Facts of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelFacts {
    /// The level.
    pub level: Level,
    /// Revision of every untouched file of this level; also the lowest revision of its lineage.
    pub revision: u16,
    /// What stands behind the versions of its files; `None` where nothing does.
    pub build_strings: Option<BuildStrings>,
    /// `CSDVersion` in the registry; `None` where the value is absent.
    pub service_pack_title: Option<String>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// What stands behind the version of a file in its version string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildStrings {
    /// Of untouched files, for example `srv03_sp2_rtm.070216-1710`.
    pub untouched: String,
    /// What that of a GDR copy starts with, for example `srv03_sp2_gdr`.
    pub gdr_prefix: String,
    /// What that of a QFE copy starts with.
    pub qfe_prefix: String,
}

/// The numbers that all files of a kind share: all but the revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFamily {
    /// Short id, for example `os` or `iis`.
    pub id: String,
    /// Major, minor and build; the revision is 0.
    pub version: FileVersion,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Facts of one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchitectureFacts {
    /// The architecture.
    pub architecture: Architecture,
    /// Levels for which there is media of the base operating system, lowest first. The same media
    /// hold the optional components.
    pub media: Vec<Level>,
    /// Service packs that can be applied, lowest first.
    pub service_packs: Vec<Level>,
    /// `PROCESSOR_ARCHITECTURE` in the registry.
    pub processor: String,
    /// Folder of the service pack cache below `ServicePackFiles`, for example `i386`; `None` where
    /// the product has no such cache.
    pub cache_folder: Option<String>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// An optional component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Optional Component Manager id, lower case, for example `iis_www`.
    pub id: String,
    /// What it is called on screen.
    pub title: String,
    /// Components that it cannot be without (direct ones only).
    pub needs: Vec<ComponentId>,
    /// Its files.
    pub files: Vec<FileId>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A name for several components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name on the command line, for example `iis`.
    pub id: String,
    /// What it is, in a sentence.
    pub title: String,
    /// The components that it stands for.
    pub members: Vec<ComponentId>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// An Optional Component Manager id that only allows an extension whose file another component
/// brings. It is no component of the model; naming one is an error that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebServiceExtension {
    /// Optional Component Manager id.
    pub id: String,
    /// The component that brings its file.
    pub comes_with: ComponentId,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// What kind of image a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A dynamic-link library (also `.ocx`).
    Library,
    /// A program for users or services.
    Program,
    /// A program or driver for the native subsystem.
    Native,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it stands.
    pub path: WindowsPath,
    /// The component that owns it; `None` for a file of the operating system.
    pub component: Option<ComponentId>,
    /// Index into [`Catalog::families`].
    pub family: usize,
    /// What kind of image it is.
    pub kind: FileKind,
    /// What the version resource calls it.
    pub description: String,
    /// Sizes, from the general to the particular; the last one that fits decides.
    pub sizes: Vec<FileSize>,
    /// What it exports.
    pub exports: Vec<Export>,
    /// What it imports.
    pub imports: Vec<ImportFact>,
    /// What it loads at run time, in this order.
    pub loads: Vec<RuntimeLoad>,
    /// Where its being here comes from.
    pub provenance: Provenance,
}

/// The size of a file, for the copies that all given conditions fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSize {
    /// Size in bytes.
    pub bytes: u32,
    /// Only on this architecture.
    pub architecture: Option<Architecture>,
    /// Only this revision.
    pub revision: Option<u16>,
    /// Only this branch.
    pub branch: Option<Branch>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// For which copies of its file a row holds, and under what is assumed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// First revision that it holds for; `None` where the lowest is.
    pub since: Option<u16>,
    /// First revision that it no longer holds for; `None` where it holds for the highest.
    pub before: Option<u16>,
    /// The value of an assumption that it holds under; `None` where it holds under all.
    pub when: Option<Setting>,
}

/// A value of an assumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Id of the assumption.
    pub assumption: String,
    /// The value's word.
    pub value: String,
}

/// One exported symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The name; `None` for a symbol that is exported by ordinal only.
    pub name: Option<String>,
    /// The ordinal, where it is fixed. A symbol without a name has one.
    pub ordinal: Option<u16>,
    /// `DLL.Symbol` or `DLL.#ordinal` that it is forwarded to.
    pub forward: Option<String>,
    /// The function calls every function that its file imports (not delayed), then returns.
    pub calls_imports: bool,
    /// Where it holds.
    pub extent: Extent,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Symbols imported from one DLL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFact {
    /// File name of the DLL, lower case.
    pub dll: String,
    /// The symbols.
    pub symbols: Vec<ImportedSymbol>,
    /// Resolved at the first call instead of at load time.
    pub delayed: bool,
    /// Where it holds, by revisions of the importing file.
    pub extent: Extent,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A DLL that a program loads when it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeLoad {
    /// File name of the DLL, lower case.
    pub dll: String,
    /// Name of the exported function that is then called.
    pub entry: Option<String>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// An update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Id in capitals, for example `KB973917`.
    pub id: String,
    /// Security bulletin, for example `MS10-040`.
    pub bulletin: Option<String>,
    /// What it is about.
    pub title: String,
    /// Number of the service pack that was to contain it: the `SPn` of its registry key.
    pub registered_under: u8,
    /// The package has QFE copies only.
    pub qfe_only: bool,
    /// Its releases, first one first; never empty.
    pub releases: Vec<Release>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// One release of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// From 1.
    pub number: u8,
    /// Date of release, `YYYY-MM-DD`, with as many parts as are known.
    pub date: String,
    /// Date part of its files' build strings, for example `091208-0000`.
    pub build_date: String,
    /// The package's file table for each level that it is for.
    pub files: BTreeMap<Level, Vec<PackageFile>>,
    /// Whether the files are in place only after a restart; `None` where nothing is said of it.
    pub restart: Option<Restart>,
    /// Exit code with which the package refuses a host that has IIS files of lower lineage than
    /// the operating system; `None` when it does not look.
    pub refuses_lower_lineage: Option<u32>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Whether a release requires a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// It does.
    pub required: bool,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A file that a package brings for one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFile {
    /// The file.
    pub file: FileId,
    /// The revision of its GDR copy, or of the only one.
    pub revision: u16,
    /// The revision of its QFE copy: mostly the same.
    pub qfe_revision: u16,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// For what a registry fact stands: once, or once for each of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegistryScope {
    /// Once. Placeholders: `{service_pack_title}`, `{service_pack_word}` (256 times the number of
    /// the service pack), `{processor}`, `{cache_folder}`.
    Host,
    /// Once for each component of the catalog. Placeholders: `{component}`, `{installed}` (1, 0).
    Component,
    /// Once for each recorded update. Placeholders: `{registered_under}`, `{update}` (the id),
    /// `{update_key}` (the id, with `-v2` and so on for a later release), `{title}`.
    Update,
    /// Once for each file in the table of a recorded update, for the level it was installed for.
    /// Placeholders: those of an update, and `{index}` (from 0), `{file_name}`, `{folder}`
    /// (below the Windows folder, backslashes), `{version}`.
    UpdateFile,
    /// Once for each file that waits for a restart. Placeholders: `{folder}`, `{file_name}`, and
    /// `{waiting_name}`, the name of the file with the copy that waits.
    WaitingFile,
}

/// Where a host keeps the files of its service pack, for Setup to take components from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServicePackFiles {
    /// In the service pack cache.
    Cache,
    /// On the media that the system was installed from: they had the service pack integrated.
    Media,
    /// Nowhere: a service pack was applied, and its cache is gone.
    Gone,
}

/// A registry value that hosts show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryFact {
    /// The hive.
    pub hive: Hive,
    /// For what it stands.
    pub scope: RegistryScope,
    /// Key below the root of the hive; may hold placeholders.
    pub key: String,
    /// Name of the value; may hold placeholders.
    pub value: String,
    /// The content. A value whose placeholder is unknown on a host (`{service_pack_title}` at
    /// RTM) is absent there.
    pub content: RegistryContent,
    /// Present only while this component is installed.
    pub component: Option<ComponentId>,
    /// Present only at this level.
    pub level: Option<Level>,
    /// Present only on hosts that keep the files of their service pack in one of these places.
    pub service_pack_files: Option<BTreeSet<ServicePackFiles>>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Content of a registry value, with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryContent {
    /// `REG_SZ`.
    Text(String),
    /// `REG_EXPAND_SZ`.
    ExpandableText(String),
    /// `REG_DWORD`: decimal digits or one placeholder that stands for them.
    Number(String),
    /// `REG_MULTI_SZ`: of several instances of one value, the texts of one after those of another.
    Texts(Vec<String>),
}

/// Something that an administrator sees of a broken host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// Who says it, for example `W3SVC`.
    pub source: String,
    /// The event log that it stands in, where it is known; `None` for what is not an event.
    pub log: Option<String>,
    /// Number in the event log; `None` for what is not an event.
    pub event_id: Option<u32>,
    /// `warning` or `error` as in the event log, or another word for what is not an event.
    pub severity: String,
    /// What it says. Placeholders: `{program}` (file name), `{exit_code}`.
    pub text: String,
    /// How often it comes.
    pub times: u32,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Something that the model assumes where public sources are silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// Id, for example `A3`.
    pub id: String,
    /// What is assumed.
    pub text: String,
    /// Values of its switch, the default first; empty where there is nothing to switch.
    pub values: Vec<SwitchValue>,
}

/// One value of an assumption's switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchValue {
    /// The word on the command line.
    pub name: String,
    /// What it means.
    pub text: String,
}

/// What synthetic images say of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticFacts {
    /// Company name in the version resource; says that the file is synthetic.
    pub company: String,
    /// Product name in the version resource.
    pub product_name: String,
    /// Copyright line in the version resource.
    pub copyright: String,
    /// Product version; differs from every file version in every field, so that a reader which
    /// mixes the two is found out.
    pub product_version: FileVersion,
    /// Seconds since 1970 in the file header of every image.
    pub time_stamp: u32,
    /// What the name of a copy that waits for a restart has behind that of its file, beside which
    /// it stands; `None` where such copies stand nowhere.
    pub waiting_suffix: Option<String>,
    /// Exit codes of a program that loads DLLs at run time.
    pub exit_codes: ExitCodes,
    /// Where they come from.
    pub provenance: Provenance,
}

/// How a synthetic program tells what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCodes {
    /// Everything was loaded, called and returned.
    pub success: u32,
    /// A DLL could not be loaded.
    pub load_failed: u32,
    /// A DLL was loaded and lacks the function to be called.
    pub entry_missing: u32,
    /// A function that is not there was called.
    pub unresolved_call: u32,
    /// Another exception was raised.
    pub other_exception: u32,
}
