//! The object of `diff`.

use super::observability::ExampleObject;
use patchstate_study::{Change, DiffSide, RuleDiff};
use schemars::JsonSchema;
use serde::Serialize;

/// Two rules on every host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffObject {
    /// `patchstate.diff/1`.
    pub schema: &'static str,
    /// The old rule.
    pub old: DiffSideObject,
    /// The new rule.
    pub new: DiffSideObject,
    /// Whether both rules were asked about every host. Where not, numbers are of the hosts that
    /// were looked at.
    pub complete: bool,
    /// Name and version of the catalog.
    pub catalog: String,
    /// How many hosts there are, in digits.
    pub hosts: String,
    /// Hosts on which the two say the same, in digits.
    pub same: String,
    /// The others, by what the two say and what is true; the most hosts first.
    pub changes: Vec<ChangeObject>,
}

/// One of the two rules.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffSideObject {
    /// Its id.
    pub rule: String,
    /// The file that it was read from.
    pub source: String,
    /// The statuses that it stands for; worst first.
    pub stands_for: Vec<String>,
}

/// Hosts on which the two say different things, in the same way.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeObject {
    /// What the old rule says.
    pub old: String,
    /// What the new rule says.
    pub new: String,
    /// Which of them is right: `old`, `new`, `both` or `neither`.
    pub right: &'static str,
    /// The true status.
    pub truth: String,
    /// How many hosts there are, in digits.
    pub hosts: String,
    /// The nearest host; null when all of them are farther from a bare system than orders are
    /// looked for.
    pub nearest: Option<ExampleObject>,
}

impl DiffObject {
    /// The object of a comparison.
    #[must_use]
    pub fn new(diff: &RuleDiff) -> Self {
        Self {
            schema: "patchstate.diff/1",
            old: DiffSideObject::from(&diff.old),
            new: DiffSideObject::from(&diff.new),
            complete: diff.complete,
            catalog: diff.catalog.clone(),
            hosts: diff.hosts.to_string(),
            same: diff.same.to_string(),
            changes: diff.changes.iter().map(ChangeObject::from).collect(),
        }
    }
}

impl From<&DiffSide> for DiffSideObject {
    fn from(side: &DiffSide) -> Self {
        Self {
            rule: side.rule.clone(),
            source: side.source.clone(),
            stands_for: side.stands_for.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&Change> for ChangeObject {
    fn from(change: &Change) -> Self {
        Self {
            old: change.kind.old.to_string(),
            new: change.kind.new.to_string(),
            right: change.right.as_str(),
            truth: change.kind.truth.to_string(),
            hosts: change.hosts.to_string(),
            nearest: change.nearest.as_ref().map(|found| ExampleObject::from(&found.host)),
        }
    }
}
