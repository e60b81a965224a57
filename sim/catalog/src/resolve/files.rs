//! Files: where they stand, whose they are, how large, and what they export, import and load.

use super::{
    Resolver,
    texts::{PATH_BYTES_MAX, SYMBOL_BYTES_MAX},
};
use crate::{
    codes::{self, Code},
    mistakes::Place,
    model::{ComponentId, Export, Extent, File, FileKind, FileSize, ImportFact, RuntimeLoad},
    raw::{Entry, Given, RawExport, RawFile, RawImport, RawSize, Sourced, Text},
};
use patchstate_source::quoted;
use patchstate_terms::{Architecture, Branch, ImportedSymbol, WindowsPath};
use std::collections::BTreeSet;
use toml::Spanned;

const SIZE_BYTES_MIN: u32 = 1 << 10;
const SIZE_BYTES_MAX: u32 = 64 << 20;

const KINDS: [(&str, FileKind); 3] =
    [("library", FileKind::Library), ("program", FileKind::Program), ("native", FileKind::Native)];

/// From which revision on a row holds, below which one, and when.
type Bounds<'a> = (&'a Option<Spanned<u16>>, &'a Option<Spanned<u16>>, &'a Option<Text>);

/// What the nested facts of a file inherit: the file's own provenance.
#[derive(Clone, Copy)]
struct Owner<'a> {
    origin: usize,
    path: &'a Text,
    given: Given<'a>,
}

impl Resolver<'_, '_, '_> {
    /// The files.
    pub(super) fn files(&mut self) -> Vec<File> {
        let raw = self.raw;
        let mut files = Vec::new();
        for entry in &raw.files {
            files.extend(self.file(entry));
        }
        files
    }

    /// One file; `None` when its path is none.
    fn file(&mut self, entry: &Entry<RawFile>) -> Option<File> {
        let (origin, value) = (entry.origin, &entry.value);
        let path = self.path(origin, &value.path);
        let component = self.owner(entry);
        let family = self.family(origin, &value.family);
        let kind = self.word(origin, &value.kind, "kind of file", &KINDS);
        let description = self.text(origin, &value.description);
        let provenance = self.entry_provenance(entry);
        let owner = Owner { origin, path: &value.path, given: value.given() };
        let sizes: Vec<FileSize> =
            value.sizes.iter().map(|size| self.size(owner, value, size)).collect();
        self.every_copy_has_a_size(entry, &sizes);
        let exports = value.exports.iter().map(|export| self.export(owner, export)).collect();
        self.duplicate_exports(entry);
        let imports = value.imports.iter().map(|import| self.import(owner, import)).collect();
        let loads = value.loads.iter().map(|load| {
            let place = Self::at(origin, load.span());
            let inherited = self.raw.defaults.get(origin).map(|file| file.loads.given());
            let load = load.get_ref();
            let chain = [load.given(), inherited.unwrap_or_default(), owner.given];
            RuntimeLoad {
                dll: self.dll(origin, &load.dll),
                entry: self.symbol(origin, load.entry.as_ref()),
                provenance: self.provenance(&place, &chain),
            }
        });
        let loads = loads.collect();
        Some(File {
            path: path?,
            component,
            family,
            kind: kind.unwrap_or(FileKind::Library),
            description,
            sizes,
            exports,
            imports,
            loads,
            provenance,
        })
    }

    fn path(&mut self, origin: usize, text: &Text) -> Option<WindowsPath> {
        self.limited(origin, text, PATH_BYTES_MAX);
        match text.get_ref().parse() {
            Ok(path) => Some(path),
            Err(error) => {
                // An empty path was called an empty text just now.
                if !text.get_ref().trim().is_empty() {
                    let error: patchstate_terms::ParsePathError = error;
                    let place = Self::place(origin, text);
                    self.mistakes.report(codes::BAD_PATH, place, error.to_string());
                }
                None
            }
        }
    }

    fn owner(&mut self, entry: &Entry<RawFile>) -> Option<ComponentId> {
        let (origin, value) = (entry.origin, &entry.value);
        if value.component.is_some() == value.operating_system {
            let message = if value.operating_system {
                "the file belongs to a component and to the operating system"
            } else {
                "the file belongs to no component, nor to the operating system"
            };
            let help = "write `component = \"...\"` or `operating_system = true`".to_owned();
            let place = Self::place(origin, &value.path);
            self.mistakes.report_with(codes::FILE_OWNER, place, message, Some(help));
        }
        value.component.as_ref().map(|component| self.component(origin, component))
    }

    fn family(&mut self, origin: usize, text: &Text) -> usize {
        let found = self.names.families.get(text.get_ref()).copied();
        if found.is_none() {
            let known = self.names.families.keys().map(String::as_str);
            let place = Self::place(origin, text);
            let code = codes::UNKNOWN_FAMILY;
            self.mistakes.report_unknown(code, place, "version family", text.get_ref(), known);
        }
        found.unwrap_or_default()
    }

    fn size(&mut self, owner: Owner<'_>, file: &RawFile, size: &Spanned<RawSize>) -> FileSize {
        let origin = owner.origin;
        let inherited = self.raw.defaults.get(origin).map(|file| file.sizes.given());
        let place = Self::at(origin, size.span());
        let size = size.get_ref();
        let bytes = *size.bytes.get_ref();
        if !(SIZE_BYTES_MIN..=SIZE_BYTES_MAX).contains(&bytes) {
            let message = format!("a size of {bytes} bytes is out of range");
            let help = format!("expected {SIZE_BYTES_MIN} to {SIZE_BYTES_MAX}");
            let at = Self::at(origin, size.bytes.span());
            self.mistakes.report_with(codes::SIZE_LIMIT, at, message, Some(help));
        }
        self.revision(origin, &file.path, size.revision.as_ref());
        let branches = Branch::ALL.map(|branch| (branch.as_str(), branch));
        let architecture = size.architecture.as_ref();
        let branch = size.branch.as_ref();
        let chain = [size.given(), inherited.unwrap_or_default(), owner.given];
        FileSize {
            bytes,
            architecture: architecture.and_then(|text| self.architecture(origin, text)),
            revision: size.revision.as_ref().map(|revision| *revision.get_ref()),
            branch: branch.and_then(|text| self.word(origin, text, "branch", &branches)),
            provenance: self.provenance(&place, &chain),
        }
    }

    /// Reports a revision that no copy of the file has.
    fn revision(&mut self, origin: usize, path: &Text, revision: Option<&Spanned<u16>>) {
        let Some(revision) = revision else { return };
        let number = *revision.get_ref();
        if !self.copies.has(path.get_ref(), number) && !self.raw.has_unknown_section {
            let known = self.copies.of(path.get_ref());
            let known: Vec<String> = known.iter().map(u16::to_string).collect();
            let message = format!("no level and no update gives the file the revision {number}");
            let help = format!("there are {}", known.join(", "));
            let place = Self::at(origin, revision.span());
            self.mistakes.report_with(codes::UNKNOWN_REVISION, place, message, Some(help));
        }
    }

    fn every_copy_has_a_size(&mut self, entry: &Entry<RawFile>, sizes: &[FileSize]) {
        let revisions: BTreeSet<u16> = self.copies.of(entry.value.path.get_ref());
        let raw = self.raw;
        let covered = raw.architectures.iter().filter_map(|facts| {
            let id = facts.value.id.get_ref();
            Architecture::ALL.into_iter().find(|architecture| architecture.as_str() == id)
        });
        for architecture in covered {
            let missing = revisions.iter().find(|revision| {
                Branch::ALL.iter().any(|branch| {
                    !sizes.iter().any(|size| {
                        size.architecture.is_none_or(|only| only == architecture)
                            && size.revision.is_none_or(|only| only == **revision)
                            && size.branch.is_none_or(|only| only == *branch)
                    })
                })
            });
            if let Some(revision) = missing {
                let message =
                    format!("no size fits the copy of revision {revision} on {architecture}");
                let place = Self::place(entry.origin, &entry.value.path);
                self.mistakes.report(codes::MISSING_SIZE, place, message);
            }
        }
    }

    fn export(&mut self, owner: Owner<'_>, export: &Spanned<RawExport>) -> Export {
        let origin = owner.origin;
        let inherited = self.raw.defaults.get(origin).map(|file| file.exports.given());
        let place = Self::at(origin, export.span());
        let export = export.get_ref();
        let ordinal = export.ordinal.as_ref().map(|ordinal| *ordinal.get_ref());
        let wrong = if export.name.is_none() && ordinal.is_none() {
            Some("the export has neither a name nor an ordinal")
        } else if ordinal == Some(0) {
            Some("ordinals begin at 1")
        } else if export.forward.is_some() && export.calls_imports {
            Some("a forwarded export is no function that could call something")
        } else {
            None
        };
        if let Some(message) = wrong {
            self.mistakes.report(codes::BAD_EXPORT, place.clone(), message);
        }
        let bounds = (&export.since, &export.before, &export.when);
        let chain = [export.given(), inherited.unwrap_or_default(), owner.given];
        Export {
            name: self.symbol(origin, export.name.as_ref()),
            ordinal,
            forward: self.symbol(origin, export.forward.as_ref()),
            calls_imports: export.calls_imports,
            extent: self.extent(owner, bounds, codes::BAD_EXPORT),
            provenance: self.provenance(&place, &chain),
        }
    }

    /// Where a row holds; one that holds for no copy is a mistake with this code.
    fn extent(
        &mut self,
        owner: Owner<'_>,
        (since, before, when): Bounds<'_>,
        code: Code,
    ) -> Extent {
        for bound in [since, before] {
            self.revision(owner.origin, owner.path, bound.as_ref());
        }
        let number = |bound: &Option<Spanned<u16>>| bound.as_ref().map(|bound| *bound.get_ref());
        if let (Some(since), Some(before)) = (since, before)
            && since.get_ref() >= before.get_ref()
        {
            let message = format!(
                "no revision is from {} on and below {}",
                since.get_ref(),
                before.get_ref()
            );
            self.mistakes.report(code, Self::at(owner.origin, before.span()), message);
        }
        Extent {
            since: number(since),
            before: number(before),
            when: when.as_ref().and_then(|when| self.setting(owner.origin, when)),
        }
    }

    fn symbol(&mut self, origin: usize, text: Option<&Text>) -> Option<String> {
        text.map(|text| self.limited(origin, text, SYMBOL_BYTES_MAX))
    }

    fn duplicate_exports(&mut self, entry: &Entry<RawFile>) {
        let (mut names, mut ordinals) = (BTreeSet::new(), BTreeSet::new());
        for export in &entry.value.exports {
            let export = export.get_ref();
            if let Some(name) = &export.name
                && !names.insert(name.get_ref())
            {
                let message = format!("the file exports `{}` already", quoted(name.get_ref()));
                let place = Self::place(entry.origin, name);
                self.mistakes.report(codes::DUPLICATE_EXPORT, place, message);
            }
            if let Some(ordinal) = &export.ordinal
                && !ordinals.insert(*ordinal.get_ref())
            {
                let message = format!("the file exports the ordinal {} already", ordinal.get_ref());
                let place = Self::at(entry.origin, ordinal.span());
                self.mistakes.report(codes::DUPLICATE_ORDINAL, place, message);
            }
        }
    }

    fn import(&mut self, owner: Owner<'_>, import: &Spanned<RawImport>) -> ImportFact {
        let origin = owner.origin;
        let inherited = self.raw.defaults.get(origin).map(|file| file.imports.given());
        let place: Place = Self::at(origin, import.span());
        let import = import.get_ref();
        if import.names.is_empty() && import.ordinals.is_empty() {
            let message = "the import has neither names nor ordinals";
            self.mistakes.report(codes::BAD_IMPORT, place.clone(), message);
        }
        if let Some(zero) = import.ordinals.iter().find(|ordinal| *ordinal.get_ref() == 0) {
            let at = Self::at(origin, zero.span());
            self.mistakes.report(codes::BAD_IMPORT, at, "ordinals begin at 1");
        }
        let names = import.names.iter();
        let mut symbols: Vec<ImportedSymbol> = names
            .map(|name| ImportedSymbol::Name(self.limited(origin, name, SYMBOL_BYTES_MAX)))
            .collect();
        let ordinals = import.ordinals.iter();
        symbols.extend(ordinals.map(|ordinal| ImportedSymbol::Ordinal(*ordinal.get_ref())));
        let bounds = (&import.since, &import.before, &import.when);
        let chain = [import.given(), inherited.unwrap_or_default(), owner.given];
        ImportFact {
            dll: self.dll(origin, &import.dll),
            symbols,
            delayed: import.delayed,
            extent: self.extent(owner, bounds, codes::BAD_IMPORT),
            provenance: self.provenance(&place, &chain),
        }
    }
}
