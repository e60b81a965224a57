//! The object of `run`.

use super::{
    counterexample::DerivationObject,
    ground::GroundObject,
    scan::{FindingObject, ScanObject},
};
use patchstate_catalog::FileId;
use patchstate_rules::Clause;
use patchstate_servicing::{FileCopy, Model};
use patchstate_study::{Opinion, Simulation, Story, StoryStep, SymptomLine};
use patchstate_terms::{RegistryValue, Status};
use schemars::JsonSchema;
use serde::Serialize;

/// An install order with what each step did, then truth and verdict.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunObject {
    /// `patchstate.run/1`.
    pub schema: &'static str,
    /// `x86` or `x64`.
    pub arch: String,
    /// The steps.
    pub steps: Vec<RunStepObject>,
    /// The host at the end.
    pub host: RunHostObject,
    /// What is really the case.
    pub truth: TruthObject,
    /// What the detection core says about the host's files.
    pub verdict: ScanObject,
    /// How the truth came about: the first finding of each kind, and the facts it rests on.
    pub why: Vec<DerivationObject>,
    /// Whether truth and verdict agree on the status and on every finding.
    pub agree: bool,
    /// What an administrator sees.
    pub symptoms: Vec<SymptomObject>,
    /// What each rule says that was asked for.
    pub rules: Vec<RunRuleObject>,
}

/// What one rule says of the host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunRuleObject {
    /// The rule.
    pub rule: String,
    /// The file that it was read from.
    pub source: String,
    /// Its verdict.
    pub status: String,
    /// Why the verdict is inconclusive, or what the rule itself says.
    pub reason: Option<String>,
    /// The statuses that it stands for, worst first.
    pub stands_for: Vec<String>,
    /// Whether it should report the host: the true status is one of these.
    pub should_report: bool,
    /// Whether its verdict is one of these; null where that is inconclusive.
    pub reports: Option<bool>,
    /// Whether it is right about the host; null where it is inconclusive.
    pub right: Option<bool>,
    /// The place of the condition that decided among the rule's clauses, from 0; null where none
    /// did.
    pub clause: Option<usize>,
    /// The conditions that the verdict rests on, and what they read; empty where the inside of the
    /// rule cannot be seen.
    pub grounds: Vec<GroundObject>,
}

/// One step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunStepObject {
    /// The step.
    pub step: String,
    /// `applied`, `unchanged` or `refused`.
    pub outcome: String,
    /// Why it was refused.
    pub reason: Option<String>,
    /// What the package returned, where that is known.
    pub exit_code: Option<u32>,
    /// Files that are not what they were.
    pub changes: Vec<FileChangeObject>,
    /// Registry values that are not what they were.
    pub registry_changes: Vec<RegistryChangeObject>,
    /// The true status of the host after it.
    pub status: String,
}

/// A file that is not what it was.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileChangeObject {
    /// Below the Windows folder.
    pub path: String,
    /// The version before; null when it was not there.
    pub from: Option<String>,
    /// The version after; null when it is gone.
    pub to: Option<String>,
    /// The branch before.
    pub branch_from: Option<String>,
    /// The branch after.
    pub branch_to: Option<String>,
}

/// A registry value that is not what it was.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistryChangeObject {
    /// Hive, key and name.
    pub path: String,
    /// The content before; null when it was not there.
    pub from: Option<RegistryContent>,
    /// The content after; null when it is gone.
    pub to: Option<RegistryContent>,
}

/// The content of a registry value.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryContent {
    /// `REG_SZ`.
    Text(String),
    /// `REG_EXPAND_SZ`.
    ExpandableText(String),
    /// `REG_DWORD`.
    Number(u32),
    /// Any other type: what a person would write.
    Other(String),
}

/// A host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunHostObject {
    /// The word of a level, such as `sp2`.
    pub level: String,
    /// Installed components.
    pub components: Vec<String>,
    /// Recorded updates.
    pub updates: Vec<String>,
    /// Files.
    pub files: Vec<HostFileObject>,
    /// Copies that wait to take the place of a file at the next restart, by the path of that file.
    pub pending: Vec<HostFileObject>,
}

/// A file of a host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HostFileObject {
    /// Below the Windows folder.
    pub path: String,
    /// Its file version.
    pub version: String,
    /// `gdr` or `qfe`.
    pub branch: String,
}

/// What is really the case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TruthObject {
    /// The status.
    pub status: String,
    /// The reasons.
    pub findings: Vec<FindingObject>,
}

/// Something that an administrator sees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SymptomObject {
    /// Who says it.
    pub source: String,
    /// The event log that it stands in; null for what is not an event.
    pub log: Option<String>,
    /// Number in the event log; null for what is not an event.
    pub event_id: Option<u32>,
    /// `warning`, `error`, or another word for what is not an event.
    pub severity: String,
    /// What it says.
    pub text: String,
    /// How often it comes.
    pub times: u32,
}

impl RunObject {
    /// The object of a story.
    #[must_use]
    pub fn new(simulation: &Simulation, story: &Story, opinions: &[Opinion]) -> Self {
        let model = simulation.model();
        let examination = &story.examination;
        Self {
            schema: "patchstate.run/1",
            arch: model.architecture().to_string(),
            steps: story.steps.iter().map(|step| RunStepObject::new(model, step)).collect(),
            host: RunHostObject::new(model, story),
            truth: TruthObject {
                status: examination.truth.status.to_string(),
                findings: examination.truth.findings.iter().map(FindingObject::from).collect(),
            },
            verdict: ScanObject::from(&examination.verdict),
            why: story.why.iter().map(DerivationObject::from).collect(),
            agree: examination.disagreement.is_none(),
            symptoms: story.symptoms.iter().map(SymptomObject::from).collect(),
            rules: opinions.iter().map(RunRuleObject::from).collect(),
        }
    }
}

impl From<&Opinion> for RunRuleObject {
    fn from(opinion: &Opinion) -> Self {
        let (judgement, stands_for) = (&opinion.judgement, &opinion.stands_for);
        let clauses: Vec<&Clause> = opinion.clauses.iter().collect();
        let is_known = judgement.status != Status::Inconclusive;
        Self {
            rule: opinion.rule.clone(),
            source: opinion.source.name.to_string(),
            status: judgement.status.to_string(),
            reason: judgement.reason.clone(),
            stands_for: stands_for.iter().map(ToString::to_string).collect(),
            should_report: stands_for.contains(&opinion.truth),
            reports: is_known.then(|| stands_for.contains(&judgement.status)),
            right: opinion.is_right,
            clause: judgement.clause,
            grounds: GroundObject::of(Some(&opinion.source), &clauses, &opinion.grounds),
        }
    }
}

impl RunStepObject {
    pub(super) fn new(model: &Model, step: &StoryStep) -> Self {
        let catalog = model.catalog();
        let changes = step.changes.files.iter().map(|change| {
            let version = |copy: FileCopy| catalog.version(change.file, copy.revision).to_string();
            let branch = |copy: FileCopy| copy.branch.to_string();
            FileChangeObject {
                path: catalog.file(change.file).path.to_string(),
                from: change.from.map(version),
                to: change.to.map(version),
                branch_from: change.from.map(branch),
                branch_to: change.to.map(branch),
            }
        });
        let registry_changes = step.changes.registry.iter().map(|change| RegistryChangeObject {
            path: change.path.to_string(),
            from: change.from.as_ref().map(RegistryContent::from),
            to: change.to.as_ref().map(RegistryContent::from),
        });
        Self {
            step: step.step.to_string(),
            outcome: step.outcome.as_str().to_owned(),
            reason: step.reason.clone(),
            exit_code: step.exit_code,
            changes: changes.collect(),
            registry_changes: registry_changes.collect(),
            status: step.truth.status.to_string(),
        }
    }
}

impl RunHostObject {
    fn new(model: &Model, story: &Story) -> Self {
        let (catalog, view) = (model.catalog(), model.view(&story.host));
        let records = view.records();
        let labels = records.map(|record| catalog.label(record.update, record.release).to_string());
        let object = |(file, copy): (FileId, FileCopy)| HostFileObject {
            path: catalog.file(file).path.to_string(),
            version: catalog.version(file, copy.revision).to_string(),
            branch: copy.branch.to_string(),
        };
        let mut files: Vec<HostFileObject> = view.files().map(object).collect();
        let mut pending: Vec<HostFileObject> = view.waiting_files().map(object).collect();
        for objects in [&mut files, &mut pending] {
            objects.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Self {
            level: view.level().to_string(),
            components: view.components().map(|id| catalog.component(id).id.clone()).collect(),
            updates: labels.collect(),
            files,
            pending,
        }
    }
}

impl From<&RegistryValue> for RegistryContent {
    fn from(value: &RegistryValue) -> Self {
        match value {
            RegistryValue::Text(text) => Self::Text(text.clone()),
            RegistryValue::ExpandableText(text) => Self::ExpandableText(text.clone()),
            RegistryValue::Number(number) => Self::Number(*number),
            RegistryValue::BigEndianNumber(_)
            | RegistryValue::LongNumber(_)
            | RegistryValue::Texts(_)
            | RegistryValue::Binary(_)
            | RegistryValue::Link(_)
            | RegistryValue::Raw { .. } => Self::Other(value.to_string()),
        }
    }
}

impl From<&SymptomLine> for SymptomObject {
    fn from(symptom: &SymptomLine) -> Self {
        Self {
            source: symptom.source.clone(),
            log: symptom.log.clone(),
            event_id: symptom.event_id,
            severity: symptom.severity.clone(),
            text: symptom.text.clone(),
            times: symptom.times,
        }
    }
}
