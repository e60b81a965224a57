//! All that shows of a host, in full.

use crate::{Examination, Simulation, StudyError, SymptomLine};
use patchstate_catalog::{ComponentId, FileId};
use patchstate_oracle::loads;
use patchstate_servicing::{FileCopy, Host};
use patchstate_terms::{ImportedSymbol, Level, RegistryPath, RegistryValue};
use std::collections::BTreeMap;

/// All that shows of a host.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) level: Level,
    pub(super) files: Vec<(FileId, FileCopy)>,
    pub(super) loads: Vec<LoadOf>,
    pub(super) components: Vec<ComponentId>,
    pub(super) waiting: Vec<(FileId, FileCopy)>,
    pub(super) registry: BTreeMap<RegistryPath, RegistryValue>,
    pub(super) examination: Examination,
    pub(super) symptoms: Vec<SymptomLine>,
}

/// A DLL that a file asks for.
#[derive(Debug)]
pub(super) struct LoadOf {
    pub(super) importer: FileId,
    pub(super) dll: String,
    pub(super) target: Option<FileId>,
    pub(super) at_run_time: bool,
    pub(super) symbols: Vec<(ImportedSymbol, bool)>,
}

impl Look {
    /// What shows of a host.
    ///
    /// # Errors
    /// When its files cannot be made.
    pub(super) fn new(simulation: &Simulation, host: &Host) -> Result<Self, StudyError> {
        let model = simulation.model();
        let view = model.view(host);
        let examination = simulation.examine(host)?;
        let load = |load: patchstate_oracle::Load<'_>| LoadOf {
            importer: load.importer,
            dll: load.dll.to_owned(),
            target: load.target,
            at_run_time: load.at_run_time,
            symbols: load.symbols.into_iter().map(|(one, is_so)| (one.clone(), is_so)).collect(),
        };
        Ok(Self {
            level: view.level(),
            files: view.files().collect(),
            loads: loads(view).into_iter().map(load).collect(),
            components: view.components().collect(),
            waiting: view.waiting_files().collect(),
            registry: model.registry(host),
            symptoms: simulation.symptoms(&examination.truth),
            examination,
        })
    }
}
