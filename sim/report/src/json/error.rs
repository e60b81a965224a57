//! The object of a command that could not be carried out.

use super::DiagnosticObject;
use crate::failures::NotRun;
use schemars::JsonSchema;
use serde::Serialize;

/// Why a command could not be carried out, in the place of its object: exit code 2, or 70 where it
/// is a mistake of the program.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorObject {
    /// `patchstate.error/1`.
    pub schema: &'static str,
    /// What is in the way, but for mistakes in files.
    pub problems: Vec<String>,
    /// Mistakes in files that were read.
    pub diagnostics: Vec<DiagnosticObject>,
}

impl ErrorObject {
    /// The object of what is in the way.
    #[must_use]
    pub fn new(not_run: NotRun<'_>) -> Self {
        Self {
            schema: "patchstate.error/1",
            problems: not_run.problems.to_vec(),
            diagnostics: not_run.mistakes.iter().map(DiagnosticObject::from).collect(),
        }
    }
}
