//! From a host to its files: the descriptions that the writers need, from host and catalog.
//!
//! **Owns** nothing of its own to say: every version, symbol and size comes from the catalog, and
//! which copy of a file there is comes from the host. Equal images are written once.
//!
//! **Start reading** at [`ImageStore::tree`].

use crate::{
    BuiltTree, ExitCodes, ExportDescription, ExportTarget, FunctionBody, HiveDescription,
    ImageDescription, ImageError, ImageKind, ImportDescription, ImportedCall, ProgramDescription,
    RuntimeLoad, VersionStrings, write_hive, write_image,
};
use patchstate_catalog::{Catalog, Export, File, FileId, FileKind};
use patchstate_servicing::{FileCopy, HostView, RegistryState};
use patchstate_terms::{
    Architecture, Hive, ImportedSymbol, RegistryPath, RegistryValue, WindowsPath,
};
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The next number of some bytes. All stores count together: a rule that remembers what it found in
/// an image by its number meets the images of several stores.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

/// Bytes that several hosts share. Equal numbers are equal bytes, whichever store made them; within
/// one store, equal bytes have equal numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFile {
    /// The number of these bytes. It depends on the order in which hosts were asked
    /// for, so it tells equal from unequal and nothing else.
    pub number: u64,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// Whether it is a PE image; the others are registry hives.
    pub is_image: bool,
}

/// Every file of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostTree {
    /// The files by their path below the Windows folder.
    pub files: BTreeMap<WindowsPath, SharedFile>,
}

impl HostTree {
    /// The tree in the form that can be written to a disk.
    #[must_use]
    pub fn to_built_tree(&self) -> BuiltTree {
        let mut tree = BuiltTree::new();
        for (path, file) in &self.files {
            tree.insert(path.clone(), Arc::clone(&file.bytes));
        }
        tree
    }
}

type ImageKey = (Architecture, FileId, FileCopy);

/// The hives of a host, by their paths.
type Hives = Arc<[(WindowsPath, SharedFile)]>;

/// Images and hives that were made already, for the hosts of one catalog under what it assumes.
#[derive(Debug)]
pub struct ImageStore {
    catalog: Arc<Catalog>,
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    images: FxHashMap<ImageKey, SharedFile>,
    hives: FxHashMap<(Architecture, RegistryState), Hives>,
    numbers: FxHashMap<Arc<[u8]>, u64>,
}

impl Made {
    /// The number of some bytes: the same for equal bytes, whatever they were made for.
    fn number(&mut self, bytes: &Arc<[u8]>) -> u64 {
        let next = || NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        *self.numbers.entry(Arc::clone(bytes)).or_insert_with(next)
    }
}

impl ImageStore {
    /// A store without images.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>) -> Self {
        Self { catalog, made: Mutex::default() }
    }

    /// Every file of a host: its images, the copies that wait to take the place of some of them,
    /// and its registry hives.
    ///
    /// # Errors
    /// When the catalog asks for an image that the format cannot hold.
    pub fn tree(&self, host: HostView<'_>) -> Result<HostTree, ImageError> {
        debug_assert_eq!(self.catalog.assumed, host.model().catalog().assumed);
        let mut tree = HostTree::default();
        for (file, copy) in host.files() {
            let image = self.image(host.architecture(), file, copy)?;
            tree.files.insert(self.catalog.file(file).path.clone(), image);
        }
        for (file, copy) in host.waiting_files() {
            if let Some(path) = host.waiting_path(file) {
                tree.files.insert(path, self.image(host.architecture(), file, copy)?);
            }
        }
        tree.files.extend(self.hives(host)?.iter().cloned());
        Ok(tree)
    }

    /// How many different PE images were made so far.
    #[must_use]
    pub fn distinct_images(&self) -> usize {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.images.values().map(|image| image.number).collect::<BTreeSet<_>>().len()
    }

    /// The image of one copy of a file.
    pub fn image(
        &self,
        architecture: Architecture,
        file: FileId,
        copy: FileCopy,
    ) -> Result<SharedFile, ImageError> {
        let key = (architecture, file, copy);
        if let Some(image) = self.locked(|made| made.images.get(&key).cloned()) {
            return Ok(image);
        }
        let bytes: Arc<[u8]> =
            write_image(&describe(&self.catalog, architecture, file, copy))?.into();
        Ok(self.locked(|made| {
            let number = made.number(&bytes);
            let image = SharedFile { number, bytes: Arc::clone(&bytes), is_image: true };
            made.images.entry(key).or_insert(image).clone()
        }))
    }

    fn hives(&self, host: HostView<'_>) -> Result<Hives, ImageError> {
        let key = (host.architecture(), host.model().registry_state(host.host()));
        if let Some(made) = self.locked(|made| made.hives.get(&key).cloned()) {
            return Ok(made);
        }
        let registry = host.model().registry_of(&key.1);
        let mut written = Vec::new();
        for hive in Hive::ALL {
            let path = format!("system32/config/{}", hive.file_name());
            let path = path.parse().map_err(|_| ImageError::OutsideFolder { path })?;
            let bytes: Arc<[u8]> = write_hive(&HiveDescription {
                name: format!(r"\SystemRoot\System32\Config\{hive}"),
                time: file_time(self.catalog.synthetic.time_stamp),
                values: values_of(hive, &registry),
                keys: BTreeSet::new(),
            })?
            .into();
            written.push((path, bytes));
        }
        Ok(self.locked(|made| {
            let file = |(path, bytes): (WindowsPath, Arc<[u8]>)| {
                (path, SharedFile { number: made.number(&bytes), bytes, is_image: false })
            };
            let hives: Vec<(WindowsPath, SharedFile)> = written.into_iter().map(file).collect();
            made.hives.entry(key).or_insert_with(|| hives.into()).clone()
        }))
    }

    /// Nothing in here can stop half way, so a poisoned lock holds a whole store all the same.
    fn locked<T>(&self, action: impl FnOnce(&mut Made) -> T) -> T {
        action(&mut self.made.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn values_of(
    hive: Hive,
    registry: &BTreeMap<RegistryPath, RegistryValue>,
) -> BTreeMap<(String, String), RegistryValue> {
    let values = registry.iter().filter(|(path, _)| path.hive == hive);
    values.map(|(path, value)| ((path.key.clone(), path.value.clone()), value.clone())).collect()
}

/// Seconds since 1970 as a Windows file time: 100 nanoseconds since 1601.
fn file_time(seconds: u32) -> u64 {
    const SECONDS_FROM_1601_TO_1970: u64 = 11_644_473_600;
    (u64::from(seconds) + SECONDS_FROM_1601_TO_1970) * 10_000_000
}

/// What the image of one copy of a file is to contain.
#[must_use]
pub fn describe(
    catalog: &Catalog,
    architecture: Architecture,
    file: FileId,
    copy: FileCopy,
) -> ImageDescription {
    let facts = catalog.file(file);
    ImageDescription {
        file_name: facts.path.file_name().to_owned(),
        machine: architecture.machine(),
        kind: kind(facts.kind),
        file_version: catalog.version(file, copy.revision),
        product_version: catalog.synthetic.product_version,
        strings: strings(catalog, file, copy),
        time_stamp: catalog.synthetic.time_stamp,
        size: catalog.size(file, architecture, copy.revision, copy.branch),
        exports: exports(catalog, file, copy.revision),
        imports: imports(catalog, file, copy.revision),
        program: program(catalog, facts),
    }
}

fn kind(kind: FileKind) -> ImageKind {
    match kind {
        FileKind::Library => ImageKind::Library,
        FileKind::Program => ImageKind::Program,
        FileKind::Native => ImageKind::Native,
    }
}

fn strings(catalog: &Catalog, file: FileId, copy: FileCopy) -> VersionStrings {
    let facts = catalog.file(file);
    let (name, synthetic) = (facts.path.file_name(), &catalog.synthetic);
    VersionStrings {
        company: synthetic.company.clone(),
        description: facts.description.clone(),
        copyright: synthetic.copyright.clone(),
        product_name: synthetic.product_name.clone(),
        ..VersionStrings::synthetic(
            name,
            &catalog.version_string(file, copy.revision, copy.branch),
            synthetic.product_version,
        )
    }
}

fn exports(catalog: &Catalog, file: FileId, revision: u16) -> Vec<ExportDescription> {
    let calls: Vec<ImportedCall> = catalog
        .imports(file, revision)
        .filter(|import| !import.delayed && is_ours(catalog, &import.dll))
        .flat_map(|import| {
            import.symbols.iter().map(|symbol: &ImportedSymbol| ImportedCall {
                dll: import.dll.clone(),
                symbol: symbol.clone(),
            })
        })
        .collect();
    let target = |export: &Export| match &export.forward {
        Some(forward) => ExportTarget::Forwarder(forward.clone()),
        None if export.calls_imports => {
            ExportTarget::Function(FunctionBody::CallImports(calls.clone()))
        }
        None => ExportTarget::Function(FunctionBody::ReturnZero),
    };
    catalog
        .exports(file, revision)
        .map(|export| ExportDescription {
            ordinal: export.ordinal,
            name: export.name.clone(),
            target: target(export),
        })
        .collect()
}

/// Whether a DLL belongs to an optional component. A function of the operating system may want
/// arguments, and a loader brings its own copy; so synthetic code calls only the others.
fn is_ours(catalog: &Catalog, dll: &str) -> bool {
    let named = |file: &&File| file.path.file_name() == dll;
    catalog.files.iter().find(named).is_some_and(|file| file.component.is_some())
}

fn imports(catalog: &Catalog, file: FileId, revision: u16) -> Vec<ImportDescription> {
    let mut imports: Vec<ImportDescription> = Vec::new();
    for fact in catalog.imports(file, revision) {
        // One descriptor for each DLL, as a linker writes it.
        let same =
            |other: &&mut ImportDescription| other.dll == fact.dll && other.delayed == fact.delayed;
        match imports.iter_mut().find(same) {
            Some(import) => import.symbols.extend(fact.symbols.iter().cloned()),
            None => imports.push(ImportDescription {
                dll: fact.dll.clone(),
                delayed: fact.delayed,
                symbols: fact.symbols.clone(),
            }),
        }
    }
    imports
}

fn program(catalog: &Catalog, facts: &File) -> Option<ProgramDescription> {
    let codes = catalog.synthetic.exit_codes;
    let load = |load: &patchstate_catalog::RuntimeLoad| RuntimeLoad {
        dll: load.dll.clone(),
        entry: load.entry.clone(),
    };
    (!facts.loads.is_empty()).then(|| ProgramDescription {
        loads: facts.loads.iter().map(load).collect(),
        exit_codes: ExitCodes {
            success: codes.success,
            load_failed: codes.load_failed,
            entry_missing: codes.entry_missing,
            unresolved_call: codes.unresolved_call,
            other_exception: codes.other_exception,
        },
    })
}
