//! The object of `diff`.

use super::observability::HostWitnessObject;
use patchstate_harness::{Change, DiffSide, RuleDiff};
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
    /// Whether every combination of what the rules read was looked at.
    pub complete: bool,
    /// Name and version of the catalog.
    pub catalog: String,
    /// Hosts that were reached: of every slice, and hosts of the whole that no slice shows.
    pub states: usize,
    /// Those of them that no slice shows.
    pub joined_states: usize,
    /// Hosts on which the two say the same.
    pub same: usize,
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
    /// The nearest host, the truth, and how many there are.
    pub host: HostWitnessObject,
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
            states: diff.hosts,
            joined_states: diff.joined,
            same: diff.same,
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
            old: change.old.to_string(),
            new: change.new.to_string(),
            right: change.right.as_str(),
            host: HostWitnessObject::from(&change.host),
        }
    }
}
