//! From the rows of the table to folders, and to a list that says what they are.
//!
//! **Owns** the shape of the files. **Must never know** what is missing in a row.

use crate::{
    row::{End, Has, Missing, Row},
    rows, sound_rows,
};
use patchstate_catalog::Catalog;
use patchstate_image::{
    ExitCodes, ExportDescription, ExportTarget, FunctionBody, ImageDescription, ImageKind,
    ImportDescription, ImportedCall, ProgramDescription, RuntimeLoad, describe, write_image,
};
use patchstate_servicing::Switches;
use patchstate_study::{Facts, Simulation};
use patchstate_terms::{Architecture, FileVersion, ImportedSymbol, Machine, WindowsPath};
use serde_json::{Value, json};
use std::{collections::BTreeMap, error::Error, fs, path::Path, sync::Arc};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A host of one level, so that nothing is to be said about versions.
const HOST: [&str; 3] = ["os:sp1", "sp2", "+iis@sp2"];
const WORKER: &str = "system32/inetsrv/w3wp.exe";
/// Files of that host that only a row can bring.
const OF_ROWS: [&str; 7] =
    ["w3wp.exe", "w3dt.dll", "w3core.dll", "iisutil.dll", "w3tp.dll", "w3cache.dll", "w3isapi.dll"];
/// What the worker process loads, and the function that it calls.
const LOADS: [(&str, Option<&str>); 2] =
    [("w3dt.dll", None), ("w3core.dll", Some("StartWorkerCore"))];
/// What is left of `STATUS_DLL_NOT_FOUND` (0xc0000135) in 8 bits.
const DLL_NOT_FOUND: u32 = 0x35;
/// What Wine gives a thread that it ends because there is no stack left for the exception
/// (`virtual_setup_exception` in `dlls/ntdll/unix/virtual.c` of Wine 8.0). Seen on x64; on
/// x86 the exception finds room.
const NO_STACK_LEFT: u32 = 1;

/// What every row of an architecture has besides its own files.
struct Base {
    architecture: Architecture,
    files: BTreeMap<WindowsPath, Arc<[u8]>>,
    version: FileVersion,
}

/// Writes every row for every architecture into a folder that does not exist yet.
pub(crate) fn all(folder: &Path) -> Outcome<()> {
    fs::create_dir(folder)?;
    let catalog = Arc::new(Catalog::built_in());
    let mut described = Vec::new();
    for architecture in Architecture::ALL {
        let base = Base::new(&catalog, architecture)?;
        for (number, row) in rows::ROWS.iter().chain(sound_rows::ROWS).enumerate() {
            let place = format!("{architecture}/{number}");
            let files = base.write(&folder.join(&place), row)?;
            described.push(list(&base, row, &place, &files));
        }
    }
    fs::write(folder.join("closures.json"), Value::Array(described).to_string())?;
    Ok(())
}

impl Base {
    fn new(catalog: &Arc<Catalog>, architecture: Architecture) -> Outcome<Self> {
        let simulation = Simulation::new(&Facts::of(catalog), architecture, Switches::default())?;
        let host = simulation.follow(&HOST)?;
        let worker = catalog.file_at(&WORKER.parse()?).ok_or("there is no worker process")?;
        let mut files = BTreeMap::new();
        for (path, file) in simulation.tree(&host)?.files {
            if !file.is_image {
                files.insert(path, file.bytes);
            }
        }
        let mut version = None;
        for (file, copy) in simulation.model().view(&host).files() {
            let path = &catalog.file(file).path;
            if file == worker {
                version = Some(catalog.version(file, copy.revision));
            }
            if !OF_ROWS.contains(&path.file_name()) {
                // As small as it can be: there is one in every folder.
                let image = describe(catalog, architecture, file, copy);
                let image = ImageDescription { size: None, ..image };
                files.insert(path.clone(), write_image(&image)?.into());
            }
        }
        let version = version.ok_or("the host has no worker process")?;
        Ok(Self { architecture, files, version })
    }

    /// Writes one row; gives the files of the row by their path below the Windows folder.
    fn write(&self, folder: &Path, row: &Row) -> Outcome<Vec<String>> {
        let windows = folder.join("WINDOWS");
        for (path, bytes) in &self.files {
            put(&windows, path.as_str(), bytes)?;
        }
        let mut files = Vec::new();
        let always = [("inetsrv/w3wp.exe", &[][..]), ("inetsrv/w3dt.dll", &[])];
        let core = ("inetsrv/w3core.dll", &[Has::Gives("StartWorkerCore")][..]);
        let always = always.into_iter().chain([core]);
        let added = always.filter(|(path, _)| row.files.iter().all(|(other, _)| other != path));
        for (below, has) in row.files.iter().copied().chain(added) {
            let path = format!("system32/{below}");
            put(&windows, &path, &write_image(&self.image(below, has))?)?;
            files.push(path);
        }
        Ok(files)
    }

    fn image(&self, path: &str, has: &[Has]) -> ImageDescription {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_program = WORKER.ends_with(name);
        let kind = if is_program { ImageKind::Program } else { ImageKind::Library };
        let machine: Machine = self.architecture.machine();
        let mut image = ImageDescription::new(name, machine, kind, self.version);
        for (delayed, dll, symbol) in has.iter().filter_map(|has| match has {
            Has::Needs(dll, symbol) => Some((false, *dll, *symbol)),
            Has::NeedsLater(dll, symbol) => Some((true, *dll, *symbol)),
            _ => None,
        }) {
            let same =
                |other: &&mut ImportDescription| other.dll == dll && other.delayed == delayed;
            match image.imports.iter_mut().find(same) {
                Some(import) => import.symbols.push(imported(symbol)),
                None => image.imports.push(ImportDescription {
                    dll: dll.to_owned(),
                    delayed,
                    symbols: vec![imported(symbol)],
                }),
            }
        }
        let needed = has.iter().filter_map(|has| match has {
            Has::Needs(dll, symbol) => {
                Some(ImportedCall { dll: (*dll).to_owned(), symbol: imported(symbol) })
            }
            _ => None,
        });
        let needed: Vec<ImportedCall> = needed.collect();
        image.exports = has.iter().filter_map(|has| export(has, &needed)).collect();
        image.program = is_program.then(program);
        image
    }
}

fn put(windows: &Path, below: &str, bytes: &[u8]) -> Outcome<()> {
    let path = below.split('/').fold(windows.to_owned(), |path, part| path.join(part));
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    Ok(fs::write(path, bytes)?)
}

fn imported(symbol: &str) -> ImportedSymbol {
    let ordinal = symbol.strip_prefix('#').and_then(|ordinal| ordinal.parse().ok());
    ordinal.map_or_else(|| ImportedSymbol::Name(symbol.to_owned()), ImportedSymbol::Ordinal)
}

fn export(has: &Has, needed: &[ImportedCall]) -> Option<ExportDescription> {
    let (symbol, target) = match has {
        Has::Gives(symbol) => (symbol, ExportTarget::Function(FunctionBody::ReturnZero)),
        Has::Calls(symbol) => {
            (symbol, ExportTarget::Function(FunctionBody::CallImports(needed.to_vec())))
        }
        Has::Forwards(symbol, target) => (symbol, ExportTarget::Forwarder((*target).to_owned())),
        Has::Needs(..) | Has::NeedsLater(..) => return None,
    };
    let (name, ordinal) = match imported(symbol) {
        ImportedSymbol::Name(name) => (Some(name), None),
        ImportedSymbol::Ordinal(ordinal) => (None, Some(ordinal)),
    };
    Some(ExportDescription { ordinal, name, target })
}

fn program() -> ProgramDescription {
    let load = |(dll, entry): (&str, Option<&str>)| RuntimeLoad {
        dll: dll.to_owned(),
        entry: entry.map(str::to_owned),
    };
    ProgramDescription { loads: LOADS.map(load).into(), exit_codes: ExitCodes::default() }
}

fn list(base: &Base, row: &Row, place: &str, files: &[String]) -> Value {
    let codes = ExitCodes::default();
    let exit_code = match row.end {
        End::Well => codes.success,
        End::AtCall => codes.unresolved_call,
        End::SecondRefused => codes.load_failed + 1,
        End::NotStarted => DLL_NOT_FOUND,
        // The exception reaches the program, whose own handler ends it.
        End::NoStackLeft if base.architecture == Architecture::X86 => codes.other_exception,
        End::NoStackLeft => NO_STACK_LEFT,
    };
    let findings = |missing: &[Missing]| missing.iter().map(finding).collect::<Value>();
    json!({
        "what": row.what,
        "architecture": base.architecture.to_string(),
        "folder": place,
        "files": files,
        "not_loaded": row.not_loaded,
        "missing": { "findings": findings(row.missing) },
        "dead_forwarders": row.dead_forwarders,
        "exit_code": exit_code,
        "no_stack_left": exit_code == NO_STACK_LEFT,
        "wine_also": { "findings": findings(row.wine.also) },
        "wine_not": { "findings": findings(row.wine.not) },
        "wine_why": row.wine.why,
    })
}

/// In the shape of a finding of `scan --json`.
fn finding(missing: &Missing) -> Value {
    match missing {
        Missing::Dll(file, dll) => json!({
            "kind": "missing-dll", "file": file,
            "import": { "dll": dll, "name": null, "ordinal": null },
        }),
        Missing::Symbol(file, dll, symbol) => {
            let (name, ordinal) = match imported(symbol) {
                ImportedSymbol::Name(name) => (Some(name), None),
                ImportedSymbol::Ordinal(ordinal) => (None, Some(ordinal)),
            };
            json!({
                "kind": "unresolved-import", "file": file,
                "import": { "dll": dll, "name": name, "ordinal": ordinal },
            })
        }
    }
}
