//! What hosts are made of, as dictionaries.

use crate::json::run::SymptomObject;
use patchstate_catalog::{Catalog, FileId};
use patchstate_study::{
    Atlas, AtlasBackup, AtlasEntries, AtlasFiles, AtlasLoad, AtlasResult, AtlasTruth, AtlasVerdict,
};
use patchstate_terms::{RegistryPath, RegistryValue, Step};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// A file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasFileObject {
    /// Below the Windows folder.
    pub path: String,
    /// What it is.
    pub title: String,
    /// The component that owns it; null for a file of the operating system.
    pub component: Option<String>,
}

/// A copy of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasCopyObject {
    /// The file: its place in `files`.
    pub file: usize,
    /// Its file version.
    pub version: String,
    /// `gdr` or `qfe`.
    pub branch: &'static str,
    /// The level whose lineage it is of, such as `rtm` or `sp2`.
    pub level: &'static str,
    /// The release that brings it; null for the untouched copy of a level.
    pub update: Option<String>,
}

/// All files of a host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasFilesObject {
    /// Their copies: places in `copies`.
    pub copies: Vec<u32>,
    /// What the worker process loads of them: a place in `graphs`.
    pub graph: u32,
}

/// A DLL that a file asks for. It does not resolve where `to` is null or something is missing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasLoadObject {
    /// The copy that asks: its place in `copies`.
    pub from: u32,
    /// The name that it asks for.
    pub dll: String,
    /// The copy that answers; null where none is there.
    pub to: Option<u32>,
    /// Whether the file loads it by name when it runs, and does not import from it.
    pub at_run_time: bool,
    /// What it imports: names, and ordinals as `#7`.
    pub symbols: Vec<String>,
    /// What of it is not there.
    pub missing: Vec<String>,
}

/// A recorded update.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasRecordObject {
    /// The update, with its release where it has several.
    pub update: String,
    /// The level that its files were installed for.
    pub level: &'static str,
    /// What was on disk before: places in `copies`.
    pub backup: Vec<u32>,
}

/// A service pack backup.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasBackupObject {
    /// The level before the service pack.
    pub before: &'static str,
    /// What was on disk before: places in `copies`.
    pub copies: Vec<u32>,
}

/// A registry value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasRegistryObject {
    /// Hive, key and name.
    pub path: String,
    /// Its type, such as `REG_SZ`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its content, as a person would write it.
    pub text: String,
}

/// What is really the case on a host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasTruthObject {
    /// The status.
    pub status: &'static str,
    /// The reasons: places in `findings`.
    pub findings: Vec<u32>,
    /// What an administrator sees of it: a place in `symptoms`.
    pub symptoms: u32,
}

/// What the detection core says of a host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasVerdictObject {
    /// The status.
    pub status: &'static str,
    /// The reasons: places in `findings`.
    pub findings: Vec<u32>,
    /// Updates whose installation now would break the host.
    pub would_break: Vec<String>,
    /// Steps that make the host consistent.
    pub remedy: Vec<String>,
    /// What a reader should know beside the findings.
    pub notes: Vec<String>,
}

/// What came of a step that was not applied.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasResultObject {
    /// `unchanged` or `refused`.
    pub outcome: &'static str,
    /// Why it was refused.
    pub reason: Option<String>,
    /// What the package returned, where that is known.
    pub exit_code: Option<u32>,
}

/// A shortest repair.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RepairOrderObject {
    /// The steps; empty where nothing is to be repaired.
    pub steps: Vec<String>,
}

/// The files that hosts of an atlas have, in the order of the catalog.
pub(super) struct Files(Vec<FileId>);

impl Files {
    pub(super) fn new(atlas: &Atlas) -> Self {
        let files: BTreeSet<FileId> =
            atlas.entries.copies.all().iter().map(|(file, _)| *file).collect();
        Self(files.into_iter().collect())
    }

    pub(super) fn objects(&self, catalog: &Catalog) -> Vec<AtlasFileObject> {
        let object = |file: &FileId| {
            let facts = catalog.file(*file);
            let component = facts.component.map(|component| catalog.component(component));
            AtlasFileObject {
                path: facts.path.to_string(),
                title: facts.description.clone(),
                component: component.map(|component| component.id.clone()),
            }
        };
        self.0.iter().map(object).collect()
    }

    pub(super) fn copies(&self, catalog: &Catalog, entries: &AtlasEntries) -> Vec<AtlasCopyObject> {
        let copies = entries.copies.all().iter();
        let object = copies.filter_map(|(file, copy)| {
            Some(AtlasCopyObject {
                file: self.0.binary_search(file).ok()?,
                version: catalog.version(*file, copy.revision).to_string(),
                branch: copy.branch.as_str(),
                level: catalog.lineage(copy.revision).as_str(),
                update: catalog
                    .release_that_brought(*file, copy.revision, copy.branch)
                    .map(|(update, release)| catalog.label(update, release.number).to_string()),
            })
        });
        object.collect()
    }
}

pub(super) fn components(atlas: &Atlas) -> Vec<Vec<String>> {
    let sets = atlas.entries.components.all().iter();
    sets.map(|set| set.iter().map(|id| atlas.catalog.component(*id).id.clone()).collect()).collect()
}

pub(super) fn records(atlas: &Atlas) -> Vec<Vec<AtlasRecordObject>> {
    let sets = atlas.entries.records.all().iter().map(|records| {
        let objects = records.iter().map(|record| AtlasRecordObject {
            update: atlas.catalog.label(record.update, record.release).to_string(),
            level: record.level.as_str(),
            backup: record.backup.clone(),
        });
        objects.collect()
    });
    sets.collect()
}

pub(super) fn symptoms(entries: &AtlasEntries) -> Vec<Vec<SymptomObject>> {
    let all = entries.symptoms.all().iter();
    all.map(|lines| lines.iter().map(SymptomObject::from).collect()).collect()
}

impl From<&AtlasFiles> for AtlasFilesObject {
    fn from(files: &AtlasFiles) -> Self {
        Self { copies: files.copies.clone(), graph: files.graph }
    }
}

impl From<&AtlasLoad> for AtlasLoadObject {
    fn from(load: &AtlasLoad) -> Self {
        let missing = load.symbols.iter().filter(|(_, is_there)| !is_there);
        Self {
            from: load.importer,
            dll: load.dll.clone(),
            to: load.target,
            at_run_time: load.at_run_time,
            symbols: load.symbols.iter().map(|(symbol, _)| symbol.to_string()).collect(),
            missing: missing.map(|(symbol, _)| symbol.to_string()).collect(),
        }
    }
}

impl From<&AtlasBackup> for AtlasBackupObject {
    fn from(backup: &AtlasBackup) -> Self {
        Self { before: backup.before.as_str(), copies: backup.copies.clone() }
    }
}

impl From<&(RegistryPath, RegistryValue)> for AtlasRegistryObject {
    fn from((path, value): &(RegistryPath, RegistryValue)) -> Self {
        Self { path: path.to_string(), kind: value.kind().to_string(), text: value.to_string() }
    }
}

impl From<&AtlasTruth> for AtlasTruthObject {
    fn from(truth: &AtlasTruth) -> Self {
        let AtlasTruth { status, findings, symptoms } = truth;
        Self { status: status.as_str(), findings: findings.clone(), symptoms: *symptoms }
    }
}

impl From<&AtlasVerdict> for AtlasVerdictObject {
    fn from(verdict: &AtlasVerdict) -> Self {
        Self {
            status: verdict.status.as_str(),
            findings: verdict.findings.clone(),
            would_break: verdict.would_break.iter().map(ToString::to_string).collect(),
            remedy: verdict.remedy.iter().map(ToString::to_string).collect(),
            notes: verdict.notes.clone(),
        }
    }
}

impl From<&AtlasResult> for AtlasResultObject {
    fn from(result: &AtlasResult) -> Self {
        let AtlasResult { outcome, reason, exit_code } = result;
        Self { outcome: outcome.as_str(), reason: reason.clone(), exit_code: *exit_code }
    }
}

impl From<&Vec<Step>> for RepairOrderObject {
    fn from(steps: &Vec<Step>) -> Self {
        Self { steps: steps.iter().map(ToString::to_string).collect() }
    }
}
