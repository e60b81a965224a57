//! What the hosts of an atlas are made of: each thing once, by its number.
//!
//! **Owns** the shape of these things, and giving them their numbers. **Must never know** which
//! hosts there are.

use super::look::Look;
use crate::{Interner, StepOutcome, SymptomLine};
use patchstate_catalog::{ComponentId, FileId, UpdateId};
use patchstate_servicing::{FileCopy, Record};
use patchstate_terms::{
    Finding, ImportedSymbol, Level, RegistryPath, RegistryValue, Status, Step, UpdateLabel,
};

/// A file with a copy of it.
pub type AtlasCopy = (FileId, FileCopy);

/// Everything that hosts are made of. Where one thing names another, it is by the number that the
/// other one has here.
#[derive(Clone, Debug)]
pub struct AtlasEntries {
    /// Copies of files.
    pub copies: Interner<AtlasCopy>,
    /// All files of a host.
    pub file_sets: Interner<AtlasFiles>,
    /// What files ask of each other.
    pub loads: Interner<AtlasLoad>,
    /// What the worker process loads: [`AtlasEntries::loads`].
    pub graphs: Interner<Vec<u32>>,
    /// Installed components.
    pub components: Interner<Vec<ComponentId>>,
    /// Recorded updates, in the order of the catalog.
    pub records: Interner<Vec<AtlasRecord>>,
    /// Service pack backups.
    pub backups: Interner<AtlasBackup>,
    /// What waits for a restart: numbers of `copies`.
    pub waiting: Interner<Vec<u32>>,
    /// Registry values.
    pub registry_values: Interner<(RegistryPath, RegistryValue)>,
    /// Registries: [`AtlasEntries::registry_values`], in the order of their paths.
    pub registries: Interner<Vec<u32>>,
    /// What an administrator sees; the first is nothing.
    pub symptoms: Interner<Vec<SymptomLine>>,
    /// Findings of truths and of verdicts.
    pub findings: Interner<Finding>,
    /// What is really the case.
    pub truths: Interner<AtlasTruth>,
    /// What the detection core says.
    pub verdicts: Interner<AtlasVerdict>,
    /// What came of steps that were not applied; the first is that there was nothing to do.
    pub results: Interner<AtlasResult>,
    /// The shortest repairs; the first is that nothing is to be repaired.
    pub repairs: Interner<Vec<Step>>,
}

/// All files of a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AtlasFiles {
    /// Their copies, in the order of the catalog.
    pub copies: Vec<u32>,
    /// What the worker process loads of them.
    pub graph: u32,
}

/// A DLL that a file asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AtlasLoad {
    /// The copy that asks.
    pub importer: u32,
    /// The name that it asks for.
    pub dll: String,
    /// The copy that answers; `None` where none is there.
    pub target: Option<u32>,
    /// Whether the file loads it when it runs, and does not import from it.
    pub at_run_time: bool,
    /// What it imports, each with whether that is there.
    pub symbols: Vec<(ImportedSymbol, bool)>,
}

/// A recorded update.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AtlasRecord {
    /// The update.
    pub update: UpdateId,
    /// The recorded release, from 1.
    pub release: u8,
    /// The level that its files were installed for.
    pub level: Level,
    /// The copies that were on disk before.
    pub backup: Vec<u32>,
}

/// A service pack backup.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AtlasBackup {
    /// The level before the service pack.
    pub before: Level,
    /// The copies that were on disk before.
    pub copies: Vec<u32>,
}

/// What is really the case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AtlasTruth {
    /// The status.
    pub status: Status,
    /// The reasons.
    pub findings: Vec<u32>,
    /// What an administrator sees of it.
    pub symptoms: u32,
}

/// What the detection core says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AtlasVerdict {
    /// The status.
    pub status: Status,
    /// The reasons.
    pub findings: Vec<u32>,
    /// Updates whose installation now would leave the host broken.
    pub would_break: Vec<UpdateLabel>,
    /// What it advises.
    pub remedy: Vec<Step>,
    /// What a reader should know beside the findings.
    pub notes: Vec<String>,
}

/// What came of a step that was not applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AtlasResult {
    /// Unchanged or refused.
    pub outcome: StepOutcome,
    /// Why it was refused, as a sentence without a full stop.
    pub reason: Option<String>,
    /// What the package returned, where that is known.
    pub exit_code: Option<u32>,
}

impl AtlasResult {
    /// There was nothing to do.
    pub const UNCHANGED: Self =
        Self { outcome: StepOutcome::Unchanged, reason: None, exit_code: None };
}

/// What a step does to a host, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtlasOutcome {
    /// It becomes the host with this number.
    Applied(u32),
    /// It stays as it is: [`AtlasEntries::results`].
    Stays(u32),
}

/// What hosts show that look alike, by the numbers of the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) level: Level,
    pub(super) files: u32,
    pub(super) components: u32,
    pub(super) waiting: Option<u32>,
    pub(super) registry: u32,
    pub(super) truth: u32,
    pub(super) verdict: u32,
}

impl Default for AtlasEntries {
    fn default() -> Self {
        let mut entries = Self {
            copies: Interner::default(),
            file_sets: Interner::default(),
            loads: Interner::default(),
            graphs: Interner::default(),
            components: Interner::default(),
            records: Interner::default(),
            backups: Interner::default(),
            waiting: Interner::default(),
            registry_values: Interner::default(),
            registries: Interner::default(),
            symptoms: Interner::default(),
            findings: Interner::default(),
            truths: Interner::default(),
            verdicts: Interner::default(),
            results: Interner::default(),
            repairs: Interner::default(),
        };
        entries.symptoms.number(&Vec::new());
        entries.results.number(&AtlasResult::UNCHANGED);
        entries.repairs.number(&Vec::new());
        entries
    }
}

impl AtlasEntries {
    /// The numbers of what a look has.
    pub(super) fn see(&mut self, look: &Look) -> Seen {
        let waiting = self.copies(&look.waiting);
        let waiting = (!waiting.is_empty()).then(|| self.waiting.number(&waiting));
        let values = look.registry.iter();
        let registry: Vec<u32> = values
            .map(|(path, value)| self.registry_values.number(&(path.clone(), value.clone())))
            .collect();
        let (truth, verdict) = (&look.examination.truth, &look.examination.verdict);
        let symptoms = self.symptoms.number(&look.symptoms);
        let truth =
            AtlasTruth { status: truth.status, findings: self.findings(&truth.findings), symptoms };
        let verdict = AtlasVerdict {
            status: verdict.status,
            findings: self.findings(&verdict.findings),
            would_break: verdict.would_break.clone(),
            remedy: verdict.remedy.clone(),
            notes: verdict.notes.clone(),
        };
        Seen {
            level: look.level,
            files: self.files(look),
            components: self.components.number(&look.components),
            waiting,
            registry: self.registries.number(&registry),
            truth: self.truths.number(&truth),
            verdict: self.verdicts.number(&verdict),
        }
    }

    /// The number of what is recorded.
    pub(super) fn record(&mut self, records: &[Record]) -> u32 {
        let mut numbered = Vec::with_capacity(records.len());
        for record in records {
            let Record { update, release, level, ref backup } = *record;
            numbered.push(AtlasRecord { update, release, level, backup: self.copies(backup) });
        }
        self.records.number(&numbered)
    }

    /// The number of a service pack backup.
    pub(super) fn backup(&mut self, before: Level, files: &[AtlasCopy]) -> u32 {
        let copies = self.copies(files);
        self.backups.number(&AtlasBackup { before, copies })
    }

    fn files(&mut self, look: &Look) -> u32 {
        let copies = self.copies(&look.files);
        let copy_of = |file: FileId| {
            let place = look.files.iter().position(|(known, _)| *known == file);
            place.and_then(|place| copies.get(place)).copied()
        };
        let mut graph = Vec::with_capacity(look.loads.len());
        for load in &look.loads {
            // Whatever asks is there, or it would not have been loaded.
            let Some(importer) = copy_of(load.importer) else { continue };
            graph.push(self.loads.number(&AtlasLoad {
                importer,
                dll: load.dll.clone(),
                target: load.target.and_then(copy_of),
                at_run_time: load.at_run_time,
                symbols: load.symbols.clone(),
            }));
        }
        let graph = self.graphs.number(&graph);
        self.file_sets.number(&AtlasFiles { copies, graph })
    }

    fn copies(&mut self, files: &[AtlasCopy]) -> Vec<u32> {
        files.iter().map(|copy| self.copies.number(copy)).collect()
    }

    fn findings(&mut self, findings: &[Finding]) -> Vec<u32> {
        findings.iter().map(|finding| self.findings.number(finding)).collect()
    }
}
