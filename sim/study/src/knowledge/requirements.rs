//! What one file asks of another: what the core's `requirements.toml` would need.

use super::{Gaps, codes};
use patchstate_catalog::{Catalog, Export, FileId, ImportFact, Provenance, Release};
use patchstate_detect::advisory::Requirement;
use patchstate_terms::ImportedSymbol;
use std::collections::{BTreeMap, BTreeSet};

/// By the file that asks and the one that is asked: from which revision of the first on, and which
/// revision of the second is the lowest that will do; with where that comes from.
type Needs<'a> = BTreeMap<(FileId, FileId), BTreeMap<(u16, u16), &'a Provenance>>;

impl<'a> Gaps<'a> {
    pub(super) fn requirements(&mut self) {
        let needs = self.needs();
        for ((file, asked), needs) in &needs {
            for (revisions, provenance) in needs {
                if !self.is_required(*file, *revisions, *asked) {
                    self.push_requirement((*file, *asked), *revisions, provenance);
                }
            }
        }
        self.taken_away();
        for requirement in &self.known.requirements {
            self.needed(requirement, &needs);
        }
    }

    /// Everything that some copies of a file ask of another file and not all copies of that have.
    fn needs(&self) -> Needs<'a> {
        let mut needs = Needs::new();
        for (file, import, asked) in self.imports() {
            let lowest = import.symbols.iter().filter_map(|s| self.since(asked, s)).max();
            if let Some(lowest) = lowest.filter(|lowest| self.lacks(asked, *lowest)) {
                let from = self.first(file, import);
                let of_files = needs.entry((file, asked)).or_default();
                of_files.entry((from, lowest)).or_insert(&import.provenance);
            }
        }
        needs
    }

    /// What files ask of another one that later copies of it lack. An entry of the core names a
    /// lowest revision and no highest.
    fn taken_away(&mut self) {
        for (file, import, asked) in self.imports() {
            let exports = import.symbols.iter().filter_map(|symbol| self.export(asked, symbol));
            let Some(before) = exports.filter_map(|export| export.extent.before).min() else {
                continue;
            };
            let says = format!(
                "{} needs something of {} that revisions from {before} on lack, and the core \
                 cannot be told",
                self.catalog.file(file).path,
                self.catalog.file(asked).path
            );
            let needs = "requirements.toml: an entry has a lowest revision (`needs_revision`) and \
                         no highest; files are judged by their import tables all the same";
            self.push(codes::FIXED, says, needs.to_owned());
        }
    }

    /// Every import, with the importing file and each file of the DLL's name.
    fn imports(&self) -> Vec<(FileId, &'a ImportFact, FileId)> {
        let catalog: &'a Catalog = self.catalog;
        let named = |dll: &str| {
            let is_it = |id: &FileId| catalog.file(*id).path.file_name() == dll;
            catalog.file_ids().filter(is_it).collect::<Vec<_>>()
        };
        let of = |file| {
            let imports = catalog.all_imports(file);
            imports.flat_map(move |import| {
                named(&import.dll).into_iter().map(move |asked| (file, import, asked))
            })
        };
        catalog.file_ids().flat_map(of).collect()
    }

    /// The export that a symbol is.
    fn export(&self, file: FileId, symbol: &ImportedSymbol) -> Option<&'a Export> {
        let catalog: &'a Catalog = self.catalog;
        catalog.all_exports(file).find(|export| match symbol {
            ImportedSymbol::Name(name) => export.name.as_deref() == Some(name.as_str()),
            ImportedSymbol::Ordinal(ordinal) => export.ordinal == Some(*ordinal),
        })
    }

    /// The first revision that exports a symbol, where not all do.
    fn since(&self, file: FileId, symbol: &ImportedSymbol) -> Option<u16> {
        self.export(file, symbol)?.extent.since
    }

    /// Whether some copy of a file is older than a revision.
    fn lacks(&self, file: FileId, revision: u16) -> bool {
        self.revisions(file).into_iter().any(|own| own < revision)
    }

    /// The lowest revision of a file that has an import.
    fn first(&self, file: FileId, import: &ImportFact) -> u16 {
        import.extent.since.or_else(|| self.revisions(file).into_iter().next()).unwrap_or(0)
    }

    /// Every revision that a file can have.
    fn revisions(&self, file: FileId) -> BTreeSet<u16> {
        let releases = self.catalog.updates.iter().flat_map(|update| &update.releases);
        let rows = releases.flat_map(Release::all_files);
        let rows = rows.filter(|row| row.file == file);
        let brought = rows.flat_map(|row| [row.revision, row.qfe_revision]);
        brought.chain(self.catalog.levels.iter().map(|level| level.revision)).collect()
    }

    /// Whether the core knows of it: of the copies that there are, it takes the same to ask.
    fn is_required(&self, file: FileId, (from, lowest): (u16, u16), asked: FileId) -> bool {
        let asks = |revision: u16, of: &Requirement| revision > of.above_revision;
        self.known.requirements.iter().any(|known| {
            self.is_between(known, file, asked)
                && known.needs_revision == lowest
                && self.revisions(file).into_iter().all(|own| asks(own, known) == (own >= from))
        })
    }

    fn is_between(&self, requirement: &Requirement, file: FileId, asked: FileId) -> bool {
        let path = |file: FileId| Some(&self.catalog.file(file).path);
        let known = |number| self.known.file(number).map(|file| &file.path);
        known(requirement.file) == path(file) && known(requirement.needs) == path(asked)
    }

    fn push_requirement(
        &mut self,
        (file, asked): (FileId, FileId),
        (from, lowest): (u16, u16),
        provenance: &Provenance,
    ) {
        let path = |file: FileId| &self.catalog.file(file).path;
        let says = format!(
            "{} from revision {from} on needs revision {lowest} of {}, and the core does not know",
            path(file),
            path(asked)
        );
        let needs = format!(
            "requirements.toml:\n[[requirement]]\nfile = \"{}\"\nabove_revision = {}\n\
             needs = \"{}\"\nneeds_revision = {lowest}\n{}",
            path(file),
            from.saturating_sub(1),
            path(asked),
            self.sourced(provenance)
        );
        self.push(codes::UNKNOWN, says, needs);
    }

    /// That the catalog has what the core thinks that a file needs.
    fn needed(&mut self, requirement: &Requirement, needs: &Needs<'_>) {
        let path = |number| self.known.file(number).map(|file| file.path.clone());
        let (Some(file), Some(asked)) = (path(requirement.file), path(requirement.needs)) else {
            return;
        };
        let files = (self.catalog.file_at(&file), self.catalog.file_at(&asked));
        let is_so =
            matches!(files, (Some(file), Some(asked)) if needs.contains_key(&(file, asked)));
        if !is_so {
            let says = format!("{file} needs nothing of {asked} that some copy of it lacks");
            let needs = "requirements.toml: the core has this requirement".to_owned();
            self.push(codes::OTHERWISE, says, needs);
        }
    }
}
