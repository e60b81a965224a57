//! Hosts as questions about rules name them, and what a rule cannot see.

use patchstate_rules::{Field, FieldValue};
use patchstate_study::{HostWitness, Indistinguishable, Observability, Separator};
use schemars::JsonSchema;
use serde::Serialize;

/// A host of some truth.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExampleObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// The shortest install order to it.
    pub steps: Vec<String>,
    /// The true status.
    pub truth: String,
}

/// Whether what a rule reads is enough to be right.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ObservabilityObject {
    /// The fields that the rule reads.
    pub reads: Vec<String>,
    /// Hosts of different truth that look the same to these fields; null where there are none.
    pub blind: Option<IndistinguishableObject>,
}

/// Hosts that only differ in what a rule does not read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IndistinguishableObject {
    /// In how many observation classes, of these fields, hosts of both kinds are.
    pub classes: usize,
    /// How many hosts any rule over these fields gets wrong, at the least, in digits.
    pub wrong_at_least: String,
    /// The nearest host that should be reported, of the nearest pair.
    pub positive: ExampleObject,
    /// The nearest one that looks the same and should not be reported.
    pub negative: ExampleObject,
    /// What both show of the fields that the rule reads.
    pub same: Vec<FieldObject>,
    /// The field that tells the pair apart and leaves fewest hosts wrong; null where none does.
    pub separator: Option<SeparatorObject>,
    /// Fields that together tell as many hosts apart as is possible, the most telling first.
    pub together: Vec<String>,
    /// How many hosts a rule that reads these too gets wrong, at the least, in digits.
    pub left_wrong: String,
}

/// A field and its value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldObject {
    /// The field, as a rule file writes it.
    pub field: String,
    /// Its value; null where it cannot be known.
    pub value: Option<String>,
}

/// A field that differs between two hosts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SeparatorObject {
    /// The field, as a rule file writes it.
    pub field: String,
    /// Its value on the host that should be reported; null where it cannot be known.
    pub on_positive: Option<String>,
    /// Its value on the other one.
    pub on_negative: Option<String>,
    /// How many hosts a rule that reads this field too gets wrong, at the least, in digits.
    pub left_wrong: String,
}

impl From<&HostWitness> for ExampleObject {
    fn from(witness: &HostWitness) -> Self {
        Self {
            arch: witness.architecture.to_string(),
            steps: witness.steps.iter().map(ToString::to_string).collect(),
            truth: witness.truth.to_string(),
        }
    }
}

impl From<&Observability> for ObservabilityObject {
    fn from(observability: &Observability) -> Self {
        Self {
            reads: observability.fields.iter().map(ToString::to_string).collect(),
            blind: observability.blind.as_ref().map(IndistinguishableObject::from),
        }
    }
}

fn text(value: Option<&FieldValue>) -> Option<String> {
    value.map(ToString::to_string)
}

impl From<&Indistinguishable> for IndistinguishableObject {
    fn from(blind: &Indistinguishable) -> Self {
        let same = |(field, value): &(Field, Option<FieldValue>)| FieldObject {
            field: field.to_string(),
            value: text(value.as_ref()),
        };
        Self {
            classes: blind.classes,
            wrong_at_least: blind.wrong_at_least.to_string(),
            positive: ExampleObject::from(&blind.positive),
            negative: ExampleObject::from(&blind.negative),
            same: blind.same.iter().map(same).collect(),
            separator: blind.separator.as_ref().map(SeparatorObject::from),
            together: blind.together.iter().map(ToString::to_string).collect(),
            left_wrong: blind.left_wrong.to_string(),
        }
    }
}

impl From<&Separator> for SeparatorObject {
    fn from(separator: &Separator) -> Self {
        Self {
            field: separator.field.to_string(),
            on_positive: text(separator.on_positive.as_ref()),
            on_negative: text(separator.on_negative.as_ref()),
            left_wrong: separator.left_wrong.to_string(),
        }
    }
}
