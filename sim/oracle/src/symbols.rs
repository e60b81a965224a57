//! Imports of the worker process against exports, as symbols of the catalog.
//!
//! This is the loader's question answered without a loader: from versions alone, the catalog says
//! what a file imports and what another one exports.

use patchstate_catalog::{Catalog, FileId};
use patchstate_servicing::{HostView, Model};
use patchstate_terms::{Finding, FindingKind, Import, ImportedSymbol, WindowsPath, folded};
use std::collections::{BTreeSet, VecDeque};

/// A DLL that a file of a load closure asks for, of those that the catalog knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load<'a> {
    /// The file that asks.
    pub importer: FileId,
    /// The name that it asks for.
    pub dll: &'a str,
    /// The file that answers; `None` where it is not there.
    pub target: Option<FileId>,
    /// Whether the file loads it when it runs, and does not import from it.
    pub at_run_time: bool,
    /// What it imports, each with whether that is there.
    pub symbols: Vec<(&'a ImportedSymbol, bool)>,
}

/// What every program that loads others at run time (on Windows Server 2003 the worker process)
/// and whatever it loads ask for, in the order in which the loader comes to it.
#[must_use]
pub fn loads(host: HostView<'_>) -> Vec<Load<'_>> {
    let catalog = host.model().catalog();
    let programs =
        host.files().map(|(file, _)| file).filter(|file| !catalog.file(*file).loads.is_empty());
    programs.flat_map(|program| Loader::new(host, program).run()).collect()
}

/// Imports that do not resolve in the load closure of every program that loads others at run time.
pub(crate) fn unresolved(host: HostView<'_>) -> Vec<Finding> {
    loads(host).iter().flat_map(|load| load.findings(host)).collect()
}

impl Load<'_> {
    /// What of it does not resolve.
    fn findings(&self, host: HostView<'_>) -> Vec<Finding> {
        let catalog = host.model().catalog();
        let (path, dll) = (&catalog.file(self.importer).path, self.dll);
        let finding = |kind, symbol: Option<&ImportedSymbol>, detail| Finding {
            kind,
            file: path.clone(),
            expected: None,
            found: None,
            import: Some(Import { dll: dll.to_owned(), symbol: symbol.cloned() }),
            update: None,
            detail,
        };
        let Some(target) = self.target else {
            let detail = format!("{} needs {dll}, which is not there", path.file_name());
            return vec![finding(FindingKind::MissingDll, None, detail)];
        };
        let version = |file| {
            let copy = host.file(file);
            copy.map(|copy| catalog.version(file, copy.revision).to_string()).unwrap_or_default()
        };
        let missing = self.symbols.iter().filter(|(_, is_there)| !is_there);
        let unresolved = missing.map(|(symbol, _)| {
            let detail = format!(
                "{} {} imports {symbol} from {dll}, and {dll} {} does not export it",
                path.file_name(),
                version(self.importer),
                version(target)
            );
            finding(FindingKind::UnresolvedImport, Some(symbol), detail)
        });
        unresolved.collect()
    }
}

/// Every file that can change what [`unresolved`] finds: the programs, and whatever some copy of a
/// file among these loads, imports from or forwards to.
pub(crate) fn looked_at(model: &Model) -> BTreeSet<FileId> {
    let catalog = model.catalog();
    let programs = catalog.file_ids().filter(|file| !catalog.file(*file).loads.is_empty());
    let mut all = BTreeSet::new();
    for program in programs {
        let folders = loader_folders(catalog, program);
        let mut waiting = vec![program];
        while let Some(file) = waiting.pop() {
            if all.insert(file) {
                let dlls = dlls(catalog, file);
                waiting.extend(dlls.flat_map(|dll| known(catalog, &folders, &dll)));
            }
        }
    }
    all
}

/// The names of all DLLs that some copy of a file asks for.
fn dlls(catalog: &Catalog, file: FileId) -> impl Iterator<Item = String> {
    let loads = catalog.file(file).loads.iter().map(|load| load.dll.clone());
    let imports = catalog.all_imports(file).map(|import| import.dll.clone());
    let forwards = catalog.all_exports(file).filter_map(|export| export.forward.as_deref());
    loads.chain(imports).chain(forwards.filter_map(|forward| Some(forwarded(forward)?.0)))
}

/// The DLL and the symbol that a forwarder names.
fn forwarded(forward: &str) -> Option<(String, &str)> {
    let (dll, symbol) = forward.rsplit_once('.')?;
    Some((format!("{}.dll", folded(dll)), symbol))
}

/// Folders in which the loader looks for what a program needs, each once, first one first; `None`
/// is the Windows folder itself.
#[must_use]
pub fn loader_folders(catalog: &Catalog, program: FileId) -> Vec<Option<String>> {
    let folder = |path: &WindowsPath| path.folder().map(str::to_owned);
    // The folder of the program, then that of the system files, then the Windows folder.
    let system = catalog.files.iter().find(|f| f.component.is_none()).map(|f| folder(&f.path));
    let mut folders = vec![folder(&catalog.file(program).path)];
    for more in system.into_iter().chain([None]) {
        if !folders.contains(&more) {
            folders.push(more);
        }
    }
    folders
}

/// Files of the catalog with this name in these folders.
fn known(catalog: &Catalog, folders: &[Option<String>], dll: &str) -> Vec<FileId> {
    let in_folder = |folder: &Option<String>| {
        let path = match folder {
            Some(folder) => &format!("{folder}/{dll}"),
            None => dll,
        };
        catalog.file_ids().find(|file| catalog.file(*file).path.as_str() == path)
    };
    folders.iter().filter_map(in_folder).collect()
}

/// The load closure of one program.
struct Loader<'a> {
    host: HostView<'a>,
    catalog: &'a Catalog,
    /// Folders in which the loader looks, first one first; `None` is the Windows folder itself.
    folders: Vec<Option<String>>,
    waiting: VecDeque<FileId>,
    seen: BTreeSet<FileId>,
    loads: Vec<Load<'a>>,
}

impl<'a> Loader<'a> {
    fn new(host: HostView<'a>, program: FileId) -> Self {
        let catalog: &Catalog = host.model().catalog();
        Self {
            host,
            catalog,
            folders: loader_folders(catalog, program),
            waiting: VecDeque::from([program]),
            seen: BTreeSet::from([program]),
            loads: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Load<'a>> {
        while let Some(file) = self.waiting.pop_front() {
            let Some(copy) = self.host.file(file) else { continue };
            for load in &self.catalog.file(file).loads {
                self.load((file, true), &load.dll, &[]);
            }
            for import in self.catalog.imports(file, copy.revision).filter(|i| !i.delayed) {
                self.load((file, false), &import.dll, &import.symbols);
            }
        }
        self.loads
    }

    /// Looks for the file that a DLL's name stands for, and queues it when it is new. A DLL that
    /// the catalog does not know is none of its business.
    fn load(
        &mut self,
        (importer, at_run_time): (FileId, bool),
        dll: &'a str,
        symbols: &'a [ImportedSymbol],
    ) {
        let known = self.known(dll);
        if known.is_empty() {
            return;
        }
        let target = known.into_iter().find(|file| self.host.file(*file).is_some());
        if let Some(file) = target
            && self.seen.insert(file)
        {
            self.waiting.push_back(file);
        }
        let mut resolves = |symbol| {
            target.is_some_and(|target| self.resolves(target, symbol, &mut BTreeSet::new()))
        };
        let symbols = symbols.iter().map(|symbol| (symbol, resolves(symbol))).collect();
        self.loads.push(Load { importer, dll, target, at_run_time, symbols });
    }

    fn known(&self, dll: &str) -> Vec<FileId> {
        known(self.catalog, &self.folders, dll)
    }

    fn resolves(
        &mut self,
        file: FileId,
        symbol: &ImportedSymbol,
        trail: &mut BTreeSet<(FileId, ImportedSymbol)>,
    ) -> bool {
        if !trail.insert((file, symbol.clone())) {
            return false;
        }
        let Some(copy) = self.host.file(file) else { return false };
        let export = self.catalog.exports(file, copy.revision).find(|export| match symbol {
            ImportedSymbol::Name(name) => export.name.as_ref() == Some(name),
            ImportedSymbol::Ordinal(ordinal) => export.ordinal == Some(*ordinal),
        });
        match export.map(|export| &export.forward) {
            None => false,
            Some(None) => true,
            Some(Some(forward)) => self.follows(forward, trail),
        }
    }

    /// Whether a forwarder leads to a symbol. One that leads out of the catalog is taken to.
    fn follows(&mut self, forward: &str, trail: &mut BTreeSet<(FileId, ImportedSymbol)>) -> bool {
        let Some((dll, symbol)) = forwarded(forward) else { return false };
        let symbol = match symbol.strip_prefix('#').map(str::parse) {
            Some(Ok(ordinal)) => ImportedSymbol::Ordinal(ordinal),
            Some(Err(_)) => return false,
            None => ImportedSymbol::Name(symbol.to_owned()),
        };
        let known = self.known(&dll);
        match known.iter().copied().find(|file| self.host.file(*file).is_some()) {
            Some(file) => {
                if self.seen.insert(file) {
                    self.waiting.push_back(file);
                }
                self.resolves(file, &symbol, trail)
            }
            None => known.is_empty(),
        }
    }
}
