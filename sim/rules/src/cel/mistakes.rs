//! One mistake, before it is known in which file its place is.
//!
//! Conditions are checked as texts of their own; the reader of the file then says where in the
//! file they stand.

use super::codes::RuleCode;
use patchstate_source::{Diagnostic, Severity, SourceFile, suggestion};
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) severity: Severity,
    pub(super) code: RuleCode,
    /// The bytes that are marked, of the text that was looked at.
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Mistake {
    pub(super) fn error(code: RuleCode, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, span, message: message.into(), help: None }
    }

    pub(super) fn warning(code: RuleCode, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the nearest of the candidates as help, or all of them where they are few.
    pub(super) fn nearest<'a>(
        mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let candidates: Vec<&str> = candidates.into_iter().collect();
        self.help = suggestion(name, candidates);
        self
    }

    pub(super) fn diagnostic(self, source: &SourceFile) -> Diagnostic {
        Diagnostic {
            severity: self.severity,
            code: self.code.name,
            message: self.message,
            source: source.clone(),
            span: self.span,
            label: self.code.label.to_owned(),
            help: self.help,
        }
    }
}

pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}
