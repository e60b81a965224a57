//! One mistake, before it is known in which file its place is.
//!
//! Conditions are checked as texts of their own; the reader of the file then says where in the
//! file they stand.

use super::codes::RuleCode;
use patchstate_source::{Diagnostic, Severity, SourceFile, nearest};
use std::ops::Range;

/// So many candidates are listed where no name is near.
const LISTED_NAMES_MAX: usize = 12;
const SHOWN_CHARACTERS_MAX: usize = 80;

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
        let known: Vec<&str> = candidates.into_iter().collect();
        let few = !known.is_empty() && known.len() <= LISTED_NAMES_MAX;
        let listed = || few.then(|| format!("expected one of `{}`", known.join("`, `")));
        self.help = nearest(name, known.iter().copied()).map(did_you_mean).or_else(listed);
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

/// A name as it is quoted in a message: cut where it is very long, control characters escaped.
pub(super) fn shown(name: &str) -> String {
    let mut cut: String = name.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if cut.len() < name.len() {
        cut.push_str("...");
    }
    // Backslashes stay as they are: paths have them.
    cut.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}
