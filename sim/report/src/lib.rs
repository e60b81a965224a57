//! Text, JSON, JUnit, SARIF, annotations and pictures from one model of results.
//!
//! **Owns** how results look: the words on a screen, the JSON objects with their schemas, the
//! JUnit report, the SARIF log, the annotations, the pictures, the rendering of diagnostics, and
//! the long explanations.
//!
//! **Must never know** how a result came about: it computes nothing about hosts, reads no file
//! and decides no exit code. Text may hold styles; whoever prints it strips them where they are
//! not wanted. Control characters from files never reach a terminal.
//!
//! **Start reading** at [`text::story`], then `json/`.

mod annotations;
mod diagnostics;
mod doubts;
pub mod explain;
mod explorer;
mod failures;
pub mod json;
mod junit;
mod places;
mod sarif;
mod suite;
pub mod svg;
pub mod text;
mod verdicts;

pub use annotations::{github_annotations, github_diagnostics, github_not_run, github_scenarios};
pub use diagnostics::render_diagnostics;
pub use explorer::explorer_page;
pub use failures::NotRun;
pub use junit::{junit, junit_diagnostics, junit_not_run, junit_verification};
pub use places::{FileLocation, FileOfRule, Places};
pub use sarif::{sarif, sarif_diagnostics, sarif_not_run, sarif_scenarios};
pub use suite::{NamedRule, counterexample_file, scenario_file};

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The JSON writer refused.
    #[error("the result could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The JUnit writer refused.
    #[error("the result could not be written as JUnit: {0}")]
    JUnit(#[from] quick_junit::SerializeError),
}
