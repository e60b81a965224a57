//! Reading the file version, exports and imports of a folder of PE files, by one thread, all bytes
//! being in memory, with the detection core beside the crates `goblin` (full parse), `object` and
//! `pelite`.
//!
//! Four comparisons. *Kept*: the facts outlive the file, as evidence has to: ours keeps its own
//! evidence, and what the peers find is copied into a structure of owned and sorted names. *Seen*:
//! names are only looked at, which suits the peers, whose results borrow from the file; ours still
//! makes all its evidence. *Resolved*: as *kept*, and ours looks up every import in the evidence of
//! the DLL that it names, which no peer does. *Touched*: ours beside reading one byte of each page
//! that headers and the four directories take, which is the least that any reader does.
//! Files count only where all four agree on every fact, so that nobody is quick by giving up.
//!
//! The folder is `PATCHSTATE_BENCH_PE_DIR`, else the one where a package of Wine for x64 keeps its
//! DLLs; where neither is there, it is our own synthetic images, and the title says so.

use super::{
    comparison::{Comparison, Failure},
    readers::{self, Listener},
    scope::IncidentScope,
};
use criterion::Throughput;
use patchstate_detect::ImageEvidence;
use patchstate_terms::{FileVersion, folded};
use std::{collections::BTreeMap, env, fs, hint::black_box, path::Path, sync::Arc};

/// Where packages put Wine's DLLs for x64.
const WINE_FOLDERS: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
    "/usr/lib/wine/x86_64-windows",
    "/usr/lib64/wine/x86_64-windows",
];
/// No more than this is read into memory.
const BYTES_MAX: usize = 1 << 30;

/// What one file says, in an order that all readers share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    version: Option<FileVersion>,
    exports: Vec<Vec<u8>>,
    imports: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Listener for Facts {
    fn version(&mut self, version: FileVersion) {
        self.version = Some(version);
    }

    fn export(&mut self, name: &[u8]) {
        self.exports.push(name.to_vec());
    }

    fn import(&mut self, dll: &[u8], name: &[u8]) {
        self.imports.push((dll.to_vec(), name.to_vec()));
    }
}

/// How much was said.
#[derive(Default)]
struct Length(usize);

impl Listener for Length {
    fn version(&mut self, version: FileVersion) {
        self.0 += usize::from(version.revision);
    }

    fn export(&mut self, name: &[u8]) {
        self.0 += name.len();
    }

    fn import(&mut self, dll: &[u8], name: &[u8]) {
        self.0 += dll.len() + name.len();
    }
}

/// A file and its name.
struct File {
    name: String,
    bytes: Vec<u8>,
}

type Files = Arc<Vec<File>>;

/// Reading with facts kept, and with facts only seen.
pub(crate) fn comparisons() -> Result<Vec<Comparison>, Failure> {
    let (whose, all) = files()?;
    let read = all.len();
    let files: Files = Arc::new(all.into_iter().filter(|file| all_agree(&file.bytes)).collect());
    if files.is_empty() {
        return Err(format!("{read} {whose}: none that all four readers read alike").into());
    }
    let title = format!("{} of {read} {whose}", files.len());
    let amount = Throughput::Elements(files.len() as u64);
    let touched = format!("reading {title}, beside touching each page of their tables");
    let resolved = format!("reading {title}, facts kept, and every import resolved by us");
    Ok(vec![
        Comparison::new("read_and_keep", format!("reading {title}, facts kept"))
            .with("patchstate", &amount, evidence_kept(&files))
            .with("goblin, full parse", &amount, kept(&files, readers::goblin))
            .with("object", &amount, kept(&files, readers::object))
            .with("pelite", &amount, kept(&files, readers::pelite)),
        Comparison::new("read_and_see", format!("reading {title}, facts only seen"))
            .with("patchstate", &amount, seen(&files, readers::patchstate))
            .with("goblin, full parse", &amount, seen(&files, readers::goblin))
            .with("object", &amount, seen(&files, readers::object))
            .with("pelite", &amount, seen(&files, readers::pelite)),
        Comparison::new("read_and_resolve", resolved)
            .with("patchstate", &amount, evidence_resolved(&files))
            .with("object", &amount, kept(&files, readers::object))
            .with("pelite", &amount, kept(&files, readers::pelite)),
        Comparison::new("read_and_touch", touched)
            .with("patchstate", &amount, evidence_of_each(&files))
            .with("touching pages", &amount, touch(&files)?),
    ])
}

fn evidence_kept(files: &Files) -> impl Fn() -> Result<usize, Failure> + use<> {
    let files = Arc::clone(files);
    move || {
        let kept: Vec<ImageEvidence> =
            files.iter().map(|file| ImageEvidence::read(&file.bytes)).collect();
        Ok(kept.iter().map(name_count).sum())
    }
}

/// How many names a file exports and imports at load time.
fn name_count(image: &ImageEvidence) -> usize {
    let imports = image.imports.iter().filter(|import| !import.delayed);
    let imported: usize = imports.map(|import| import.names.len()).sum();
    image.exports.names().count() + imported
}

fn evidence_resolved(files: &Files) -> impl Fn() -> Result<usize, Failure> + use<> {
    let files = Arc::clone(files);
    move || {
        let kept: BTreeMap<String, ImageEvidence> = files
            .iter()
            .map(|file| (folded(&file.name), ImageEvidence::read(&file.bytes)))
            .collect();
        let mut resolved = 0_usize;
        for import in kept.values().flat_map(|image| image.imports.iter()) {
            let Some(exporter) = kept.get(&folded(import.dll)) else { continue };
            let exports = &exporter.exports;
            let names = import.names.iter().filter(|name| exports.by_name(name).is_some());
            let ordinals = import.ordinals.iter();
            let ordinals = ordinals.filter(|ordinal| exports.by_ordinal(**ordinal).is_some());
            resolved += names.count() + ordinals.count();
        }
        if resolved == 0 {
            return Err("no import was resolved".into());
        }
        Ok(kept.values().map(name_count).sum())
    }
}

fn evidence_of_each(files: &Files) -> impl Fn() -> Result<usize, Failure> + use<> {
    let files = Arc::clone(files);
    move || {
        let images = files.iter().map(|file| ImageEvidence::read(&file.bytes));
        Ok(images.filter(ImageEvidence::is_image).count())
    }
}

fn touch(files: &Files) -> Result<impl Fn() -> Result<usize, Failure> + use<>, Failure> {
    let files = Arc::clone(files);
    let pages: Vec<Vec<usize>> = files
        .iter()
        .map(|file| {
            let parts = readers::parts(&file.bytes).ok_or("a file has no tables")?;
            let pages = parts.into_iter().flat_map(|part| part.step_by(readers::PAGE_BYTES));
            Ok(pages.collect())
        })
        .collect::<Result<_, Failure>>()?;
    Ok(move || {
        let mut touched = 0;
        for (file, pages) in files.iter().zip(&pages) {
            for page in pages {
                black_box(file.bytes.get(*page));
            }
            touched += 1;
        }
        Ok(touched)
    })
}

fn kept(
    files: &Files,
    reader: fn(&[u8], &mut Facts) -> Option<()>,
) -> impl Fn() -> Result<usize, Failure> + use<> {
    let files = Arc::clone(files);
    move || {
        let kept: Option<Vec<Facts>> =
            files.iter().map(|file| facts(reader, &file.bytes)).collect();
        let kept = kept.ok_or("a file could be read before and cannot be read now")?;
        Ok(kept.iter().map(|facts| facts.exports.len() + facts.imports.len()).sum())
    }
}

fn seen(
    files: &Files,
    reader: fn(&[u8], &mut Length) -> Option<()>,
) -> impl Fn() -> Result<usize, Failure> + use<> {
    let files = Arc::clone(files);
    move || {
        let mut seen = Length::default();
        for file in files.iter() {
            reader(&file.bytes, &mut seen)
                .ok_or("a file could be read before and cannot be read now")?;
        }
        Ok(seen.0)
    }
}

fn facts(reader: fn(&[u8], &mut Facts) -> Option<()>, file: &[u8]) -> Option<Facts> {
    let mut facts = Facts::default();
    reader(file, &mut facts)?;
    facts.exports.sort_unstable();
    facts.imports.sort_unstable();
    Some(facts)
}

fn all_agree(file: &[u8]) -> bool {
    let ours = facts(readers::patchstate, file);
    let peers = [readers::goblin, readers::object, readers::pelite];
    ours.is_some() && peers.into_iter().all(|peer| facts(peer, file) == ours)
}

/// The files, and whose they are.
fn files() -> Result<(&'static str, Vec<File>), Failure> {
    if let Some(folder) = env::var_os("PATCHSTATE_BENCH_PE_DIR") {
        return Ok(("files of PATCHSTATE_BENCH_PE_DIR", images_in(Path::new(&folder))?));
    }
    if let Some(folder) = WINE_FOLDERS.iter().map(Path::new).find(|folder| folder.is_dir()) {
        return Ok(("files of Wine", images_in(folder)?));
    }
    let mut images = BTreeMap::new();
    for reached in IncidentScope::new().reach()? {
        for (_, host) in reached.hosts() {
            for (path, file) in reached.simulation().tree(&host)?.files {
                if file.is_image {
                    let architecture = reached.simulation().model().architecture();
                    let name = path.file_name().to_owned();
                    let file_here = File { name, bytes: file.bytes.to_vec() };
                    images.insert((architecture, path, file.number), file_here);
                }
            }
        }
    }
    Ok(("synthetic images, no real ones being there", images.into_values().collect()))
}

/// Every file of a folder that starts like a PE file, in the order of names.
fn images_in(folder: &Path) -> Result<Vec<File>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    let mut images = Vec::new();
    let mut total = 0;
    for path in paths.iter().filter(|path| path.is_file()) {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        if !bytes.starts_with(b"MZ") {
            continue;
        }
        total += bytes.len();
        if total > BYTES_MAX {
            break;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        images.push(File { name, bytes });
    }
    Ok(images)
}
