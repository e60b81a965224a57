//! Results as JSON objects, one a command. A JSON Schema of each can be generated.

mod build;
mod check;
mod claims;
mod inspect;
mod list;
mod repair;
mod run;
mod scan;
mod test;
mod verify;

pub use build::{BuildObject, BuiltFileObject, ExplainObject};
pub use check::{CheckObject, DiagnosticObject};
pub(crate) use claims::property_lines;
pub use claims::{CaseObject, ClaimObject, WitnessObject};
pub use inspect::{
    ExportsObject, ImportsObject, InspectFindingObject, InspectObject, InspectedFileObject,
};
pub use list::{ListItem, ListObject, list_items};
pub use repair::{RepairObject, RepairStepObject};
pub use run::{FileChangeObject, RegistryChangeObject, RunHostObject, RunObject, RunStepObject};
pub use scan::{FindingObject, ImportObject, OsObject, ScanObject, ScanRuleObject};
pub use test::{ScenarioFailureObject, ScenarioObject, TestFileObject, TestObject};
pub(crate) use verify::why;
pub use verify::{
    ArchitectureObject, ByStatusObject, CounterexampleObject, RuleObject, SliceObject, VerifyObject,
};

use crate::ReportError;
use serde::Serialize;

/// A result as indented JSON with a line break at the end.
///
/// # Errors
/// When the writer refuses, which it does for no object of this module.
pub fn write(object: &impl Serialize) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(object)?;
    text.push('\n');
    Ok(text)
}

/// The JSON Schemas of all objects, by the name of their command.
///
/// # Errors
/// When the writer refuses, which it does for no schema of this module.
pub fn schemas() -> Result<Vec<(&'static str, String)>, ReportError> {
    Ok(vec![
        ("build", write(&schemars::schema_for!(BuildObject))?),
        ("check", write(&schemars::schema_for!(CheckObject))?),
        ("explain", write(&schemars::schema_for!(ExplainObject))?),
        ("inspect", write(&schemars::schema_for!(InspectObject))?),
        ("list", write(&schemars::schema_for!(ListObject))?),
        ("repair", write(&schemars::schema_for!(RepairObject))?),
        ("run", write(&schemars::schema_for!(RunObject))?),
        ("scan", write(&schemars::schema_for!(ScanObject))?),
        ("test", write(&schemars::schema_for!(TestObject))?),
        ("verify", write(&schemars::schema_for!(VerifyObject))?),
    ])
}
