//! Imports resolved over a small set of images, and held against a resolver that knows no bytes.
//!
//! The input says what a worker process and five DLLs export and import; what is left of it changes
//! bytes of the images. Without such changes, the findings must be exactly what a naive walk over
//! the descriptions says.

use super::known::TREE;
use patchstate_detect::{Advisories, ImageCache, gather_with, judge};
use patchstate_image::{
    ExportDescription, ExportTarget, FunctionBody, ImageDescription, ImageKind, ImportDescription,
    write_image,
};
use patchstate_terms::{FileVersion, FindingKind, ImportedSymbol, Machine, Status, WindowsPath};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

/// The worker process first, then DLLs of IIS that are always there, then others that may not be.
const FILES: [&str; 6] = ["w3wp.exe", "w3dt.dll", "w3core.dll", "iisutil.dll", "a.dll", "b.dll"];
/// How many of them are always there.
const CERTAIN: usize = 4;
/// What the worker process loads while it runs.
const LOADS: [&str; 2] = ["w3dt.dll", "w3core.dll"];
const NAMES: [&str; 5] = ["One", "Two", "?Three@@YAXXZ", "Four", "Five"];

/// The other files of the host are read once.
static CACHE: LazyLock<ImageCache> = LazyLock::new(ImageCache::new);

/// Importing file, DLL and symbol.
type Missing = (String, String, ImportedSymbol);

/// Numbers out of the input; zeros behind its end.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % bound
    }

    fn symbol(&mut self) -> ImportedSymbol {
        match (self.below(3), self.below(7)) {
            (0, ordinal) => ImportedSymbol::Ordinal(u16::try_from(ordinal).unwrap_or(0)),
            (_, name) => ImportedSymbol::Name(pick(&NAMES, name).to_owned()),
        }
    }
}

fn pick(names: &[&'static str], number: usize) -> &'static str {
    names.get(number % names.len()).copied().unwrap_or_default()
}

/// Builds the images, judges the host, and compares.
pub(crate) fn resolution(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut images = BTreeMap::new();
    for (number, name) in FILES.into_iter().enumerate() {
        if number < CERTAIN || input.below(2) == 1 {
            images.insert(name, description(name, &mut input));
        }
    }
    let mut tree = TREE.clone();
    for (number, (path, bytes)) in (0..).zip(TREE.iter()) {
        tree.insert_shared(path.clone(), Arc::clone(bytes), number);
    }
    let mut changed = false;
    for (name, image) in &images {
        let Ok(mut file) = write_image(image) else { return };
        for _ in 0..input.below(4) {
            let at = input.below(256) * 256 + input.below(256);
            if let Some(byte) = file.get_mut(at) {
                *byte ^= u8::try_from(input.below(256)).unwrap_or(0);
                changed = true;
            }
        }
        tree.insert(path(name), file);
    }
    let verdict = judge(&gather_with(&tree, &Advisories::built_in(), &CACHE));
    assert!(verdict.findings.is_sorted_by_key(|finding| (finding.file.clone(), finding.kind)));
    let unresolved = verdict.findings.iter().filter(|f| f.kind == FindingKind::UnresolvedImport);
    let found: BTreeSet<Missing> = unresolved
        .filter_map(|finding| {
            let import = finding.import.clone()?;
            Some((finding.file.file_name().to_owned(), import.dll, import.symbol?))
        })
        .collect();
    assert!(found.is_empty() || verdict.status == Status::Broken, "{:?}", verdict.status);
    if !changed {
        let expected = Walk::new(&images).run();
        assert_eq!(found, expected, "{images:?}");
        assert_eq!(verdict.status == Status::Broken, !expected.is_empty());
    }
}

fn path(name: &str) -> WindowsPath {
    format!("system32/inetsrv/{name}").parse().expect("a plain name")
}

fn description(name: &str, input: &mut Input<'_>) -> ImageDescription {
    let is_program = FILES.first().is_some_and(|program| *program == name);
    let kind = if is_program { ImageKind::Program } else { ImageKind::Library };
    // The level of the host's other files: nothing is to be said about versions.
    let version = FileVersion::new(6, 0, 3790, 0);
    let mut image = ImageDescription::new(name, Machine::I386, kind, version);
    let mut used = BTreeSet::new();
    for _ in 0..input.below(6) {
        let name = Some(pick(&NAMES, input.below(5))).filter(|_| input.below(4) > 0);
        let target = match input.below(3) {
            0 => {
                let dll = pick(&FILES, input.below(FILES.len())).trim_end_matches(".dll");
                let symbol = match input.symbol() {
                    ImportedSymbol::Name(name) => name,
                    ImportedSymbol::Ordinal(ordinal) => format!("#{ordinal}"),
                };
                ExportTarget::Forwarder(format!("{dll}.{symbol}"))
            }
            _ => ExportTarget::Function(FunctionBody::ReturnZero),
        };
        if name.is_none_or(|name| used.insert(name)) {
            let ordinal = u16::try_from(image.exports.len() + 1).ok();
            image.exports.push(ExportDescription {
                ordinal,
                name: name.map(str::to_owned),
                target,
            });
        }
    }
    for _ in 0..input.below(5) {
        let dll = pick(&FILES, input.below(FILES.len())).to_owned();
        let delayed = input.below(8) == 0;
        let symbols = (0..=input.below(3)).map(|_| input.symbol()).collect();
        image.imports.push(ImportDescription { dll, delayed, symbols });
    }
    image
}

/// The naive resolver.
struct Walk<'a> {
    images: &'a BTreeMap<&'static str, ImageDescription>,
    loaded: BTreeSet<String>,
    waiting: Vec<String>,
}

impl<'a> Walk<'a> {
    fn new(images: &'a BTreeMap<&'static str, ImageDescription>) -> Self {
        let waiting = ["w3wp.exe"].into_iter().chain(LOADS).map(str::to_owned).collect();
        Self { images, loaded: BTreeSet::new(), waiting }
    }

    fn run(mut self) -> BTreeSet<Missing> {
        let mut missing = BTreeSet::new();
        while let Some(name) = self.waiting.pop() {
            if !self.loaded.insert(name.clone()) {
                continue;
            }
            let Some(image) = self.images.get(name.as_str()) else { continue };
            for import in image.imports.iter().filter(|import| !import.delayed) {
                self.waiting.push(import.dll.clone());
                for symbol in &import.symbols {
                    if !self.resolves(&import.dll, symbol) {
                        missing.insert((name.clone(), import.dll.clone(), symbol.clone()));
                    }
                }
            }
        }
        missing
    }

    /// Whether a symbol leads to code, or to a DLL of which nothing is known.
    fn resolves(&mut self, dll: &str, symbol: &ImportedSymbol) -> bool {
        let (mut dll, mut symbol) = (dll.to_owned(), symbol.clone());
        let mut seen = BTreeSet::new();
        loop {
            if !seen.insert((dll.clone(), symbol.clone())) {
                return false;
            }
            self.waiting.push(dll.clone());
            let Some(image) = self.images.get(dll.as_str()) else { return true };
            let export = image.exports.iter().find(|export| match &symbol {
                ImportedSymbol::Name(name) => export.name.as_ref() == Some(name),
                ImportedSymbol::Ordinal(ordinal) => export.ordinal == Some(*ordinal),
            });
            let text = match export.map(|export| &export.target) {
                None => return false,
                Some(ExportTarget::Function(_)) => return true,
                Some(ExportTarget::Forwarder(text)) => text,
            };
            // The file that a forwarder names has the extension of a DLL, whatever it is.
            let (name, target) = text.rsplit_once('.').expect("a dot was written");
            dll = format!("{name}.dll");
            symbol = match target.strip_prefix('#') {
                Some(ordinal) => ImportedSymbol::Ordinal(ordinal.parse().expect("a number")),
                None => ImportedSymbol::Name(target.to_owned()),
            };
        }
    }
}
