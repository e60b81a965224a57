//! Results as JSON objects, one a command. A JSON Schema of each can be generated.

mod baseline;
mod build;
mod check;
mod claims;
mod counterexample;
mod diff;
mod explain;
mod explore;
mod fixtures;
mod ground;
mod inspect;
mod list;
mod mutate;
mod observability;
mod remedies;
mod repair;
mod run;
mod scan;
mod scan_rows;
mod test;
mod verify;
mod written;

pub use build::{BuildObject, BuiltFileObject};
pub use check::{CheckObject, DiagnosticObject};
pub(crate) use claims::property_lines;
pub use claims::{CaseObject, ClaimObject, UncheckedClaimObject, WitnessObject};
pub use counterexample::{
    AnalysisObject, BoundaryObject, ChangedObject, DerivationObject, FactObject, ShapeObject,
};
pub use diff::{ChangeObject, DiffObject, DiffSideObject};
pub use explain::{ExampleCommandObject, ExampleFileObject, ExplainObject};
pub use explore::{
    AtlasBackupObject, AtlasCopyObject, AtlasFileObject, AtlasFilesObject, AtlasLoadObject,
    AtlasRecordObject, AtlasRegionObject, AtlasRegistryObject, AtlasResultObject, AtlasRuleObject,
    AtlasStepObject, AtlasTruthObject, AtlasVerdictObject, BaseObject, ColumnsObject,
    CrossingObject, ExploreObject, GrammarObject, GroupObject, KindObject, LevelObject,
    PatternObject, ProductObject, RepairOrderObject, RuleCrossingObject, StartObject, StatusObject,
    StepWordObject, WordObject,
};
pub use fixtures::{
    BoundarySideObject, FixtureObject, FixtureRuleObject, FixtureVerdictObject, FixturesObject,
    ShowingObject, fixture_folder,
};
pub use ground::{GroundObject, ReadingObject};

pub use inspect::{
    ExportsObject, ImportsObject, InspectFindingObject, InspectObject, InspectedFileObject,
};
pub use list::{FileVersionObject, ListItem, ListObject, list_items};
pub(crate) use list::{Provenanced, provenanced, versions};
pub use mutate::{KillObject, MutantObject, MutateObject, SuiteScenarioObject};
pub use observability::{
    ExampleObject, FieldObject, IndistinguishableObject, ObservabilityObject, SeparatorObject,
};
pub use remedies::{LengthObject, LengthsObject, RemediesObject, RemedyObject};
pub use repair::{RepairObject, RepairStepObject};
pub use run::{
    FileChangeObject, RegistryChangeObject, RunHostObject, RunObject, RunRuleObject, RunStepObject,
};
pub use scan::{FindingObject, ImportObject, OsObject, ScanObject, ScanRuleObject};
pub use scan_rows::{ScanCountsObject, ScanRowObject, ScanSummaryObject};
pub use test::{ScenarioFailureObject, ScenarioObject, TestFileObject, TestObject};
pub use verify::{
    ArchitectureObject, ByStatusObject, CounterexampleObject, OpenObject, RuleObject, VerifyObject,
};
pub use written::WrittenObject;

use crate::{ReportError, text::is_harmful};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

/// A result as indented JSON with a line break at the end. What would do something to a terminal
/// is spelled out, so that every string is exact and can be looked at.
///
/// # Errors
/// When the writer refuses, which it does for no object of this module.
pub fn write(object: &impl Serialize) -> Result<String, ReportError> {
    let mut text = spelled_out(serde_json::to_string_pretty(object)?);
    text.push('\n');
    Ok(text)
}

/// The same in one line, as a row among others.
///
/// # Errors
/// When the writer refuses, which it does for no object of this module.
pub fn write_row(object: &impl Serialize) -> Result<String, ReportError> {
    let mut text = spelled_out(serde_json::to_string(object)?);
    text.push('\n');
    Ok(text)
}

/// JSON with escapes for harmful characters. The writer lets those above ASCII and DEL through, and
/// they stand nowhere but in strings.
fn spelled_out(json: String) -> String {
    if !json.contains(is_harmful) {
        return json;
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_harmful(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// Writes a schema.
type WriteSchema = fn() -> Result<String, ReportError>;

/// The commands that have a JSON object, with those that a command has besides, and the schema of
/// each.
const SCHEMAS: &[(&str, WriteSchema)] = &[
    ("build", schema::<BuildObject>),
    ("catalog", schema::<WrittenObject>),
    ("check", schema::<CheckObject>),
    ("diff", schema::<DiffObject>),
    ("explain", schema::<ExplainObject>),
    ("explore", schema::<ExploreObject>),
    ("fixtures", schema::<FixturesObject>),
    ("init", schema::<WrittenObject>),
    ("inspect", schema::<InspectObject>),
    ("list", schema::<ListObject>),
    ("mutate", schema::<MutateObject>),
    ("repair", schema::<RepairObject>),
    ("run", schema::<RunObject>),
    ("scan", schema::<ScanObject>),
    ("scan-row", schema::<ScanRowObject>),
    ("scan-summary", schema::<ScanSummaryObject>),
    ("test", schema::<TestObject>),
    ("verify", schema::<VerifyObject>),
];

/// The commands that have a schema.
pub fn schema_names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _)| *name)
}

/// The JSON Schemas of all objects, by the name of their command.
///
/// # Errors
/// When the writer refuses, which it does for no schema of this module.
pub fn schemas() -> Result<Vec<(&'static str, String)>, ReportError> {
    SCHEMAS.iter().map(|(name, write)| Ok((*name, write()?))).collect()
}

/// The schema of what is written: a key that may be null is there all the same.
fn schema<T: JsonSchema>() -> Result<String, ReportError> {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    write(&generator.into_root_schema_for::<T>())
}
