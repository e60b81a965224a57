//! Why an order is a counterexample, how a finding came about, and the borders between statuses.

use patchstate_study::{Analysis, BoundaryPair, Changed, Count, Derivation, Fact, FailureClass};
use schemars::JsonSchema;
use serde::Serialize;

/// How a finding follows from steps.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DerivationObject {
    /// The finding.
    pub finding: String,
    /// What it follows from.
    pub facts: Vec<FactObject>,
}

/// One fact that a finding rests on. What does not apply is null.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct FactObject {
    /// `level`, `file`, `absent`, `untouched`, `recorded`, `imports` or `lacks`.
    pub fact: &'static str,
    /// Number of the step that made it so, from 1.
    pub step: Option<usize>,
    /// The file that it is about.
    pub file: Option<String>,
    /// The file's version, or the level of the system.
    pub value: Option<String>,
    /// The version that the step replaced.
    pub from: Option<String>,
    /// The update that is recorded.
    pub update: Option<String>,
    /// What is imported.
    pub import: Option<String>,
}

/// An order that was changed in one place.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedObject {
    /// Number of the step, from 1; of the first of two that are exchanged.
    pub step: usize,
    /// The true status then.
    pub truth: String,
    /// The verdict then.
    pub verdict: String,
    /// Whether the two agree then.
    pub agree: bool,
}

/// Hosts that are wrong in the same way.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShapeObject {
    /// The true status.
    pub truth: String,
    /// The status of the verdict.
    pub verdict: String,
    /// Kinds of findings that were missed.
    pub missed: Vec<String>,
    /// Kinds of findings that are not so.
    pub invented: Vec<String>,
    /// How many hosts, in digits.
    pub hosts: String,
}

/// Two statuses that are one step apart.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BoundaryObject {
    /// The true status before the step.
    pub from: String,
    /// The true status after it.
    pub to: String,
    /// The shortest install order before the step.
    pub steps: Vec<String>,
    /// The step across.
    pub step: String,
    /// How many pairs of host and step cross in this direction, in digits.
    pub count: String,
}

/// What each step of a counterexample is needed for, and why it is one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AnalysisObject {
    /// Whether the disagreement goes away, or is of another failure class, without any of the
    /// steps.
    pub minimal: bool,
    /// What is the case without each step but the first.
    pub without: Vec<ChangedObject>,
    /// The neighbours whose exchange changes truth or verdict.
    pub exchanges: Vec<ChangedObject>,
    /// How findings came about that were missed or invented.
    pub derivations: Vec<DerivationObject>,
}

impl From<&Analysis> for AnalysisObject {
    fn from(analysis: &Analysis) -> Self {
        Self {
            minimal: analysis.is_minimal(),
            without: analysis.without.iter().map(ChangedObject::from).collect(),
            exchanges: analysis.exchanges.iter().map(ChangedObject::from).collect(),
            derivations: analysis.why.iter().map(DerivationObject::from).collect(),
        }
    }
}

impl From<&Changed> for ChangedObject {
    fn from(changed: &Changed) -> Self {
        Self {
            step: changed.number,
            truth: changed.truth.to_string(),
            verdict: changed.verdict.to_string(),
            agree: changed.agree,
        }
    }
}

impl From<(&FailureClass, Count)> for ShapeObject {
    fn from((failure, hosts): (&FailureClass, Count)) -> Self {
        Self {
            truth: failure.truth.to_string(),
            verdict: failure.verdict.to_string(),
            missed: failure.missed.iter().map(ToString::to_string).collect(),
            invented: failure.invented.iter().map(ToString::to_string).collect(),
            hosts: hosts.to_string(),
        }
    }
}

impl From<&BoundaryPair> for BoundaryObject {
    fn from(pair: &BoundaryPair) -> Self {
        Self {
            from: pair.from.to_string(),
            to: pair.to.to_string(),
            steps: pair.order.iter().map(ToString::to_string).collect(),
            step: pair.step.to_string(),
            count: pair.count.to_string(),
        }
    }
}

impl From<&Derivation> for DerivationObject {
    fn from(derivation: &Derivation) -> Self {
        Self {
            finding: derivation.finding.to_string(),
            facts: derivation.facts.iter().map(FactObject::from).collect(),
        }
    }
}

impl From<&Fact> for FactObject {
    fn from(fact: &Fact) -> Self {
        let mut object = Self { step: fact.by().map(|by| by.number), ..Self::default() };
        match fact {
            Fact::Level { level, .. } => {
                object.fact = "level";
                object.value = Some(level.to_string());
            }
            Fact::File { file, version, from, .. } => {
                object.fact = "file";
                object.file = Some(file.to_string());
                object.value = Some(version.to_string());
                object.from = from.map(|version| version.to_string());
            }
            Fact::Absent { name, .. } => {
                object.fact = "absent";
                object.file = Some(name.clone());
            }
            Fact::Untouched { file, .. } => {
                object.fact = "untouched";
                object.file = Some(file.to_string());
            }
            Fact::Recorded { update, .. } => {
                object.fact = "recorded";
                object.update = Some(update.to_string());
            }
            Fact::Imports { file, import } => {
                object.fact = "imports";
                object.file = Some(file.to_string());
                object.import = Some(import.to_string());
            }
            Fact::Lacks { file, version, import } => {
                object.fact = "lacks";
                object.file = Some(file.to_string());
                object.value = Some(version.to_string());
                object.import = Some(import.to_string());
            }
        }
        object
    }
}
