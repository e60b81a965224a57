//! The object of `check`, and diagnostics wherever they occur.

use crate::{render_diagnostics, text::View};
use patchstate_source::{Diagnostic, Severity};
use schemars::JsonSchema;
use serde::Serialize;

/// Files that were checked, and every mistake in them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckObject {
    /// `patchstate.check/1`.
    pub schema: &'static str,
    /// The files that were read.
    pub files: Vec<String>,
    /// The mistakes.
    pub diagnostics: Vec<DiagnosticObject>,
}

/// One mistake.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiagnosticObject {
    /// `error` or `warning`.
    pub severity: String,
    /// A stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What was expected, or the nearest valid name.
    pub help: Option<String>,
    /// All of it as a person reads it.
    pub rendered: String,
}

impl CheckObject {
    /// The object of some files and their mistakes.
    #[must_use]
    pub fn new(files: Vec<String>, diagnostics: &[Diagnostic]) -> Self {
        Self {
            schema: "patchstate.check/1",
            files,
            diagnostics: diagnostics.iter().map(DiagnosticObject::from).collect(),
        }
    }
}

impl From<&Diagnostic> for DiagnosticObject {
    fn from(diagnostic: &Diagnostic) -> Self {
        let place = diagnostic.place();
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Self {
            severity: severity.to_owned(),
            code: diagnostic.code.to_owned(),
            message: diagnostic.message.clone(),
            file: diagnostic.source.name.to_string(),
            line: place.line,
            column: place.column,
            help: diagnostic.help.clone(),
            rendered: render_diagnostics(std::slice::from_ref(diagnostic), false, View::default()),
        }
    }
}
