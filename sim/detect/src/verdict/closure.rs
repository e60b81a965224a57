//! The load closure of the worker process, and whether every import in it resolves.
//!
//! **Owns** doing what the loader of Windows does: find each DLL in the search folders, resolve
//! imports by name and ordinal through forwarders, leave delayed imports alone. **Must never
//! know** which symbol any update needs: the import tables say it.
//!
//! DLLs outside the components that are not in the tree are unknown, not missing. Imports between a
//! file with a manifest and such a DLL are not judged either: Windows may take that DLL from the
//! side-by-side store, where another version of it stands.

use super::{
    case::{Case, Doubts, finding},
    files::wrong_machine,
};
use crate::{
    Evidence, ExportTarget, FileEvidence, ImageEvidence, ProblemPart, advisory::Advisories, names,
};
use patchstate_terms::{Finding, FindingKind, Import, ImportedSymbol, Machine, WindowsPath};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, VecDeque},
};

/// Longest chain of forwarders that is followed; real chains have two or three links.
const FORWARDER_COUNT_MAX: usize = 32;

/// One reason why the worker process does not load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Breakage {
    /// The importing file, or the one that is for another machine.
    pub(super) file: WindowsPath,
    /// The file that lacks the symbol, where there is one.
    pub(super) provider: Option<WindowsPath>,
    /// Whether replacing one of the two could mend it: not where a file is absent.
    pub(super) is_mendable: bool,
}

/// What following the worker process found.
#[derive(Debug, Default)]
pub(super) struct Closure {
    /// Whether there is a worker process.
    pub(super) has_worker: bool,
    /// Whether it certainly does not load.
    pub(super) is_broken: bool,
    /// Why.
    pub(super) breakages: Vec<Breakage>,
}

/// Where the loader finds a DLL.
#[derive(Clone, Debug)]
enum Place<'a> {
    Image(WindowsPath, &'a ImageEvidence),
    /// Something stands there that cannot be read.
    Unreadable(WindowsPath),
    /// Not there, and a file of a component.
    Missing,
    /// Not there, and no file of a component.
    Outside,
}

/// Where a symbol leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Resolution {
    Found,
    Unknown,
    Missing(Lack),
}

/// Why a symbol leads to no code.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Lack {
    /// The file that would have to provide it; `None` where that is not there.
    provider: Option<WindowsPath>,
    /// What is the matter, as clauses that go on from "imports it from this DLL, and".
    why: String,
}

struct Loader<'a> {
    evidence: &'a Evidence,
    known: &'a Advisories,
    places: BTreeMap<String, Place<'a>>,
    loaded: BTreeSet<WindowsPath>,
    waiting: VecDeque<WindowsPath>,
    machine: Option<Machine>,
    program_has_manifest: bool,
    findings: Vec<Finding>,
    closure: Closure,
    /// Breakages that are in the closure already.
    broken: BTreeSet<Breakage>,
    /// Files that could not be read and were reported.
    doubted: BTreeSet<WindowsPath>,
    doubts: Doubts,
}

/// Follows the worker process, where there is one.
pub(super) fn report(case: &mut Case<'_>) -> Closure {
    let path = &case.known.worker.program;
    let (machine, has_manifest) = match case.evidence.files.get(path) {
        Some(FileEvidence::Image(image)) if image.is_image() => (image.machine, image.has_manifest),
        Some(FileEvidence::Image(_) | FileEvidence::Unreadable(_)) => {
            // The file itself is reported with the other known files.
            case.doubts.broken = true;
            return Closure { has_worker: true, ..Closure::default() };
        }
        Some(FileEvidence::Absent) | None => return Closure::default(),
    };
    let mut loader = Loader {
        evidence: case.evidence,
        known: case.known,
        places: BTreeMap::new(),
        loaded: BTreeSet::new(),
        waiting: VecDeque::new(),
        machine: case.platform.machine.or(machine),
        program_has_manifest: has_manifest,
        findings: Vec::new(),
        closure: Closure { has_worker: true, ..Closure::default() },
        broken: BTreeSet::new(),
        doubted: BTreeSet::new(),
        doubts: case.doubts,
    };
    loader.run(path);
    case.doubts = loader.doubts;
    case.findings.append(&mut loader.findings);
    loader.closure.is_broken = !loader.closure.breakages.is_empty();
    loader.closure
}

impl<'a> Loader<'a> {
    fn run(&mut self, program: &WindowsPath) {
        self.enqueue(program);
        for dll in &self.known.worker.loads {
            self.load(program, dll);
        }
        while let Some(path) = self.waiting.pop_front() {
            if let Some(image) = self.evidence.image(&path) {
                self.visit(&path, image);
            }
        }
    }

    fn enqueue(&mut self, path: &WindowsPath) {
        if self.loaded.insert(path.clone()) {
            self.waiting.push_back(path.clone());
        }
    }

    /// Loads a DLL as a whole; `None` where nothing can be said about its symbols.
    fn load(
        &mut self,
        importer: &WindowsPath,
        dll: &str,
    ) -> Option<(WindowsPath, &'a ImageEvidence)> {
        match self.place(dll) {
            Place::Image(path, image) => {
                self.enqueue(&path);
                Some((path, image))
            }
            Place::Unreadable(path) => {
                self.doubt(&path);
                None
            }
            Place::Missing => {
                self.miss(importer, dll);
                None
            }
            Place::Outside => None,
        }
    }

    fn place(&mut self, dll: &str) -> Place<'a> {
        if let Some(place) = self.places.get(dll) {
            return place.clone();
        }
        let paths = names::candidates(self.known, dll);
        let place = match paths.into_iter().find(|path| self.evidence.is_present(path)) {
            Some(path) => match self.evidence.image(&path) {
                Some(image) => Place::Image(path, image),
                None => Place::Unreadable(path),
            },
            None if self.known.is_of_component(dll) => Place::Missing,
            None => Place::Outside,
        };
        self.places.insert(dll.to_owned(), place.clone());
        place
    }

    /// Something in the closure could not be read.
    fn doubt(&mut self, path: &WindowsPath) {
        self.doubts.broken = true;
        // Every import from the file leads here.
        if !self.doubted.insert(path.clone()) {
            return;
        }
        for problem in self.evidence.problems(path) {
            self.findings.push(problem.finding(path));
        }
    }

    /// An import depends on a forwarder of which it is not known where it leads.
    fn doubt_forwarder(&mut self, path: &WindowsPath, text: &str) {
        self.doubts.broken = true;
        let detail = format!(
            "{} forwards an export to {text}, and loaders do not agree where in that the name of \
             the DLL ends.",
            path.file_name()
        );
        let finding = finding(FindingKind::Unreadable, path, detail);
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn visit(&mut self, path: &WindowsPath, image: &'a ImageEvidence) {
        if let Some(finding) = wrong_machine(self.machine, path, image.machine) {
            self.findings.push(finding);
            self.break_at(path, None, true);
            return;
        }
        if !image.knows(ProblemPart::Exports) || !image.knows(ProblemPart::Imports) {
            self.doubt(path);
        }
        for import in image.imports.iter().filter(|import| !import.delayed) {
            let dll = names::dll_name(import.dll);
            let may_be_redirected = (image.has_manifest || self.program_has_manifest)
                && !self.known.is_of_component(&dll);
            let loaded = self.load(path, &dll);
            let Some((provider, exporter)) = loaded.filter(|_| !may_be_redirected) else {
                continue;
            };
            // A file that does not load has its own finding.
            if exporter.machine != image.machine {
                continue;
            }
            for name in import.names.iter() {
                let target = exporter.exports.by_name(name);
                if let Resolution::Missing(lack) = self.resolve(&provider, exporter, target) {
                    self.fail(path, &dll, ImportedSymbol::Name(name.to_owned()), lack);
                }
            }
            for ordinal in import.ordinals {
                let target = exporter.exports.by_ordinal(*ordinal);
                if let Resolution::Missing(lack) = self.resolve(&provider, exporter, target) {
                    self.fail(path, &dll, ImportedSymbol::Ordinal(*ordinal), lack);
                }
            }
        }
    }

    /// Follows a symbol to the code that it stands for.
    fn resolve(
        &mut self,
        provider: &WindowsPath,
        mut image: &'a ImageEvidence,
        mut target: Option<ExportTarget<'a>>,
    ) -> Resolution {
        let mut path = Cow::Borrowed(provider);
        // The forwarder before: its file and what it says. Of a long way the last step is told.
        let mut before: Option<(Cow<'_, WindowsPath>, &str)> = None;
        let forwards =
            |path: &WindowsPath, text: &str| format!("{} forwards it to {text}", path.file_name());
        for _ in 0..FORWARDER_COUNT_MAX {
            let text = match target {
                Some(ExportTarget::Here) => return Resolution::Found,
                Some(ExportTarget::Forwarder(text)) => text,
                None if image.knows(ProblemPart::Exports) => {
                    let way = before.map(|(path, text)| forwards(&path, text) + ", and ");
                    let (way, name) = (way.unwrap_or_default(), path.file_name());
                    let version = image.file_version.map(|v| format!(" {v}")).unwrap_or_default();
                    let why = format!("{way}{name}{version} does not provide it");
                    return Resolution::Missing(Lack { provider: Some(path.into_owned()), why });
                }
                None => {
                    self.doubt(&path);
                    return Resolution::Unknown;
                }
            };
            if names::is_ambiguous(text) {
                self.doubt_forwarder(&path, text);
                return Resolution::Unknown;
            }
            let Some((dll, symbol)) = names::forwarder(text) else {
                let why = format!("{}, which names nothing", forwards(&path, text));
                return Resolution::Missing(Lack { provider: Some(path.into_owned()), why });
            };
            match self.place(&dll) {
                Place::Image(next_path, next_image) => {
                    self.enqueue(&next_path);
                    before = Some((std::mem::replace(&mut path, Cow::Owned(next_path)), text));
                    image = next_image;
                }
                Place::Unreadable(unreadable) => {
                    self.doubt(&unreadable);
                    return Resolution::Unknown;
                }
                Place::Missing => {
                    let forwards = forwards(&path, text);
                    let feature = &self.known.product.words.feature;
                    let why = format!("{forwards}, and {dll}, a file of {feature}, is not there");
                    return Resolution::Missing(Lack { provider: None, why });
                }
                Place::Outside => return Resolution::Unknown,
            }
            target = match symbol {
                ImportedSymbol::Name(name) => image.exports.by_name(&name),
                ImportedSymbol::Ordinal(ordinal) => image.exports.by_ordinal(ordinal),
            };
        }
        // The loader never gets to an address.
        let why = format!("{} forwards it in a circle", provider.file_name());
        Resolution::Missing(Lack { provider: Some(provider.clone()), why })
    }

    fn miss(&mut self, importer: &WindowsPath, dll: &str) {
        let (name, feature) = (importer.file_name(), &self.known.product.words.feature);
        let detail = format!("{name} needs {dll}, a file of {feature}, and it is not there.");
        self.findings.push(Finding {
            import: Some(Import { dll: dll.to_owned(), symbol: None }),
            ..finding(FindingKind::MissingDll, importer, detail)
        });
        self.break_at(importer, None, false);
    }

    fn fail(&mut self, importer: &WindowsPath, dll: &str, symbol: ImportedSymbol, lack: Lack) {
        let shown = match &symbol {
            ImportedSymbol::Name(name) => name.clone(),
            ImportedSymbol::Ordinal(ordinal) => format!("ordinal {ordinal}"),
        };
        let Lack { provider, why } = lack;
        let detail = format!(
            "{} imports {shown} from {dll}, and {why}, so the worker process does not start.",
            importer.file_name()
        );
        self.findings.push(Finding {
            import: Some(Import { dll: dll.to_owned(), symbol: Some(symbol) }),
            ..finding(FindingKind::UnresolvedImport, importer, detail)
        });
        let is_mendable = provider.is_some();
        self.break_at(importer, provider, is_mendable);
    }

    fn break_at(&mut self, file: &WindowsPath, provider: Option<WindowsPath>, is_mendable: bool) {
        let breakage = Breakage { file: file.clone(), provider, is_mendable };
        if self.broken.insert(breakage.clone()) {
            self.closure.breakages.push(breakage);
        }
    }
}
