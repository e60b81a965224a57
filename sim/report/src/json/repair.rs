//! The object of `repair`.

use super::{run::FileChangeObject, run::RunStepObject, scan::FindingObject};
use crate::verdicts::words;
use patchstate_servicing::Model;
use patchstate_study::{Repair, RepairSearch, RepairStep, Simulation};
use patchstate_terms::Finding;
use schemars::JsonSchema;
use serde::Serialize;

/// The shortest way from a host to a consistent one with the same components.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RepairObject {
    /// `patchstate.repair/1`.
    pub schema: &'static str,
    /// `x86` or `x64`.
    pub arch: String,
    /// The install order that was given.
    pub steps: Vec<String>,
    /// The true status of the host.
    pub status: String,
    /// The reasons.
    pub findings: Vec<FindingObject>,
    /// `not-needed`, `found`, `impossible` (nothing that can be reached is consistent), or
    /// `stopped` (a bound was hit).
    pub search: &'static str,
    /// With `stopped`: every sequence of up to this many steps was tried; else null.
    pub tried_length: Option<usize>,
    /// The shortest sequence; empty unless one was found.
    pub repair: Vec<String>,
    /// Whether it removes something: a service pack, an update, a component or the cache.
    pub repair_removes: bool,
    /// The shortest additive sequence, one that removes nothing; null where none was found, and
    /// empty where none is needed.
    pub additive_repair: Option<Vec<String>>,
    /// What each of the steps of `repair` does.
    pub why: Vec<RepairStepObject>,
    /// What the detection core advises.
    pub core_remedy: Vec<String>,
    /// Whether that leads to a consistent host with the same components.
    pub core_remedy_works: bool,
    /// Its length in steps.
    pub core_remedy_length: usize,
    /// The length of the shortest sequence, 0 where none is needed; null where none was found.
    pub shortest_length: Option<usize>,
}

/// One step of a repair.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RepairStepObject {
    /// The step.
    pub step: String,
    /// The true status after it.
    pub status: String,
    /// Findings that are gone with it.
    pub removes: Vec<FindingObject>,
    /// Findings that come with it.
    pub brings: Vec<FindingObject>,
    /// Files that are not what they were.
    pub changes: Vec<FileChangeObject>,
}

impl RepairObject {
    /// The object of a repair for the host that an install order makes.
    #[must_use]
    pub fn new(simulation: &Simulation, order: &[String], repair: &Repair) -> Self {
        let model = simulation.model();
        let (search, tried_length, shortest_length) = match repair.search {
            RepairSearch::NotNeeded => ("not-needed", None, Some(0)),
            RepairSearch::Found => ("found", None, Some(repair.steps.len())),
            RepairSearch::Impossible => ("impossible", None, None),
            RepairSearch::Stopped { step_count, .. } => ("stopped", Some(step_count), None),
        };
        Self {
            schema: "patchstate.repair/1",
            arch: model.architecture().to_string(),
            steps: order.to_vec(),
            status: repair.truth.status.to_string(),
            findings: objects(&repair.truth.findings),
            search,
            tried_length,
            repair: repair.steps.iter().map(|step| step.told.step.to_string()).collect(),
            repair_removes: repair.removes(),
            additive_repair: repair.additive.as_deref().map(words),
            why: repair.steps.iter().map(|step| RepairStepObject::new(model, step)).collect(),
            core_remedy: words(&repair.core_remedy),
            core_remedy_works: repair.core_remedy_works,
            core_remedy_length: repair.core_remedy.len(),
            shortest_length,
        }
    }
}

impl RepairStepObject {
    fn new(model: &Model, step: &RepairStep) -> Self {
        let told = RunStepObject::new(model, &step.told);
        Self {
            step: told.step,
            status: told.status,
            removes: objects(&step.removes),
            brings: objects(&step.brings),
            changes: told.changes,
        }
    }
}

fn objects(findings: &[Finding]) -> Vec<FindingObject> {
    findings.iter().map(FindingObject::from).collect()
}
