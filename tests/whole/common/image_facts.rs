//! What one image should say, from the catalog, beside what the detection core reads of it.
//!
//! Build strings stand here as they are documented, not as the catalog puts them together.

use patchstate_catalog::{Catalog, FileId};
use patchstate_detect::{ExportTarget, ImageEvidence, Problem, checksum_ok};
use patchstate_servicing::FileCopy;
use patchstate_terms::{Architecture, Branch, FileVersion, ImportedSymbol, Machine, WindowsPath};
use std::collections::{BTreeMap, BTreeSet};

/// Imports from one DLL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImportFacts {
    dll: String,
    delayed: bool,
    names: Vec<String>,
    ordinals: Vec<u16>,
}

/// Everything that can be read of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageFacts {
    machine: Option<Machine>,
    file_version: Option<FileVersion>,
    product_version: Option<FileVersion>,
    version_string: Option<String>,
    branch: Branch,
    export_count: usize,
    export_names: Vec<String>,
    export_ordinals: BTreeSet<u32>,
    /// Names and ordinals (`#12`) that lead somewhere, with the forwarder where there is one.
    targets: BTreeMap<String, Option<String>>,
    forwarded: BTreeMap<String, String>,
    imports: Vec<ImportFacts>,
    has_manifest: bool,
    checksum_ok: Option<bool>,
    size: Option<u32>,
    problems: Vec<Problem>,
}

/// What a file that is not there says.
pub(crate) const ABSENT: &str = "nothing";

impl ImageFacts {
    /// What the catalog says about one copy of a file.
    pub(crate) fn expected(
        catalog: &Catalog,
        architecture: Architecture,
        file: FileId,
        copy: FileCopy,
    ) -> Self {
        let exports = exports(catalog, file, copy.revision);
        let names = |name: &&String| !name.starts_with('#');
        let mut export_names: Vec<String> = exports.targets.keys().filter(names).cloned().collect();
        export_names.sort_unstable();
        Self {
            machine: Some(match architecture {
                Architecture::X86 => Machine::I386,
                Architecture::X64 => Machine::Amd64,
            }),
            file_version: Some(catalog.version(file, copy.revision)),
            product_version: Some(catalog.synthetic.product_version),
            version_string: Some(version_string(catalog, file, copy)),
            branch: copy.branch,
            export_count: exports.ordinals.len(),
            export_names,
            forwarded: exports.forwarded(),
            export_ordinals: exports.ordinals,
            targets: exports.targets,
            imports: imports(catalog, file, copy.revision),
            has_manifest: false,
            checksum_ok: Some(true),
            size: catalog.size(file, architecture, copy.revision, copy.branch),
            problems: Vec::new(),
        }
    }

    /// What the core read of the image, for the symbols that it lists itself.
    pub(crate) fn read(image: &ImageEvidence, bytes: &[u8]) -> Self {
        let exports = &image.exports;
        let target = |target: Option<ExportTarget<'_>>| match target {
            None => Some(ABSENT.to_owned()),
            Some(ExportTarget::Here) => None,
            Some(ExportTarget::Forwarder(text)) => Some(text.to_owned()),
        };
        let names = exports.names().map(|name| (name.to_owned(), target(exports.by_name(name))));
        let ordinals = exports.ordinals().map(|ordinal| {
            let narrow = u16::try_from(ordinal).expect("an ordinal has 16 bits");
            (format!("#{ordinal}"), target(exports.by_ordinal(narrow)))
        });
        Self {
            machine: image.machine,
            file_version: image.file_version,
            product_version: image.product_version,
            version_string: image.version_string.clone(),
            branch: image.branch(),
            export_count: exports.count(),
            export_names: exports.names().map(str::to_owned).collect(),
            export_ordinals: exports.ordinals().collect(),
            targets: names.chain(ordinals).collect(),
            forwarded: exports
                .forwarded()
                .into_iter()
                .map(|(name, target)| (name, target.to_owned()))
                .collect(),
            imports: image
                .imports
                .iter()
                .map(|import| ImportFacts {
                    dll: import.dll.to_owned(),
                    delayed: import.delayed,
                    names: import.names.iter().map(str::to_owned).collect(),
                    ordinals: import.ordinals.to_vec(),
                })
                .collect(),
            has_manifest: image.has_manifest,
            checksum_ok: checksum_ok(bytes),
            size: u32::try_from(bytes.len()).ok(),
            problems: image.problems.clone(),
        }
    }

    /// Where the two differ, field by field; `None` where they do not.
    pub(crate) fn difference(&self, read: &Self, path: &WindowsPath) -> Option<String> {
        if self == read {
            return None;
        }
        let (expected, found) = (format!("{self:#?}"), format!("{read:#?}"));
        let lines: BTreeSet<&str> = expected.lines().collect();
        let differing = found.lines().filter(|line| !lines.contains(line));
        Some(format!("{path}: read {}", differing.map(str::trim).collect::<Vec<_>>().join(" ")))
    }
}

/// The string of a file version: the version, and behind it the build string, which names the
/// branch of every copy that is not an untouched one.
fn version_string(catalog: &Catalog, file: FileId, copy: FileCopy) -> String {
    let version = catalog.version(file, copy.revision);
    let build = match copy.revision {
        0 => return format!("{version} (srv03_rtm.030324-2048)"),
        1830 => return format!("{version} (srv03_sp1_rtm.050324-1447)"),
        3959 => return format!("{version} (srv03_sp2_rtm.070216-1710)"),
        1..1830 => "srv03",
        1831..3959 => "srv03_sp1",
        3960.. => "srv03_sp2",
    };
    let carries = |release: &&patchstate_catalog::Release| {
        release.all_files().any(|package| {
            package.file == file && package.revision_on(copy.branch) == copy.revision
        })
    };
    let mut releases = catalog.updates.iter().flat_map(|update| &update.releases);
    let date = &releases.find(carries).expect("an update carries it").build_date;
    let branch = match copy.branch {
        Branch::Gdr => "gdr",
        Branch::Qfe => "qfe",
    };
    format!("{version} ({build}_{branch}.{date})")
}

/// Symbols that a file exports, by name and as `#` and the ordinal.
struct Exports {
    targets: BTreeMap<String, Option<String>>,
    ordinals: BTreeSet<u32>,
    nameless: BTreeSet<String>,
}

impl Exports {
    /// Forwarders by their name, or by their ordinal where they have no name.
    fn forwarded(&self) -> BTreeMap<String, String> {
        let shown = |name: &String| !name.starts_with('#') || self.nameless.contains(name);
        let targets = self.targets.iter().filter(|(name, _)| shown(name));
        targets.filter_map(|(name, to)| Some((name.clone(), to.clone()?))).collect()
    }
}

/// Stated ordinals stay; the others are the lowest free ones, in the order of the list.
fn exports(catalog: &Catalog, file: FileId, revision: u16) -> Exports {
    let all: Vec<_> = catalog.exports(file, revision).collect();
    let mut ordinals: BTreeSet<u32> =
        all.iter().filter_map(|export| export.ordinal.map(u32::from)).collect();
    let mut found =
        Exports { targets: BTreeMap::new(), ordinals: BTreeSet::new(), nameless: BTreeSet::new() };
    for export in all {
        let free = (1..=u32::from(u16::MAX)).find(|ordinal| !ordinals.contains(ordinal));
        let ordinal = export.ordinal.map(u32::from).or(free).expect("there is a free one");
        ordinals.insert(ordinal);
        let word = format!("#{ordinal}");
        found.targets.insert(word.clone(), export.forward.clone());
        match &export.name {
            Some(name) => {
                found.targets.insert(name.clone(), export.forward.clone());
            }
            None => {
                found.nameless.insert(word);
            }
        }
    }
    found.ordinals = ordinals;
    found
}

/// One entry for each DLL, those at load time before the delayed ones.
fn imports(catalog: &Catalog, file: FileId, revision: u16) -> Vec<ImportFacts> {
    let mut imports: Vec<ImportFacts> = Vec::new();
    for fact in catalog.imports(file, revision) {
        let same = |i: &ImportFacts| i.dll == fact.dll && i.delayed == fact.delayed;
        let at = imports.iter().position(same).unwrap_or_else(|| {
            let (names, ordinals) = (Vec::new(), Vec::new());
            let (dll, delayed) = (fact.dll.clone(), fact.delayed);
            imports.push(ImportFacts { dll, delayed, names, ordinals });
            imports.len() - 1
        });
        for symbol in &fact.symbols {
            match symbol {
                ImportedSymbol::Name(name) => imports[at].names.push(name.clone()),
                ImportedSymbol::Ordinal(ordinal) => imports[at].ordinals.push(*ordinal),
            }
        }
    }
    for import in &mut imports {
        import.names.sort_unstable();
        import.ordinals.sort_unstable();
    }
    imports.sort_by_key(|import| import.delayed);
    imports
}
