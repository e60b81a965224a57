//! The mistakes of one file of TOML, as they are found.

use crate::{
    Diagnostic, MistakeCode, ProblemKind, Row, Severity, SourceFile, quoted, read_row, recover,
    suggestion,
};
use std::{collections::BTreeSet, ops::Range};
use toml::{Spanned, de::DeTable};

/// The codes of the mistakes of form in one kind of file.
#[derive(Clone, Copy, Debug)]
pub struct FormCodes {
    /// The file is not TOML.
    pub syntax: MistakeCode,
    /// There is no field of that name.
    pub unknown: MistakeCode,
    /// A field that must be there is not.
    pub missing: MistakeCode,
    /// A field has a value of another type.
    pub value: MistakeCode,
}

/// The mistakes of one file: those of its form, and those of what it says.
///
/// Nothing more is said about a value that could not be read: a placeholder stands for it, so that
/// the rest can be looked at.
#[derive(Debug)]
pub struct Mistakes<'a> {
    source: &'a SourceFile,
    codes: &'static FormCodes,
    found: Vec<Diagnostic>,
    placeholders: BTreeSet<(usize, usize)>,
}

impl<'a> Mistakes<'a> {
    /// None yet.
    #[must_use]
    pub const fn new(source: &'a SourceFile, codes: &'static FormCodes) -> Self {
        Self { source, codes, found: Vec::new(), placeholders: BTreeSet::new() }
    }

    /// The file as one row.
    pub fn row<R: Row>(&mut self) -> R {
        let recovered = recover(&self.source.text);
        for error in recovered.errors {
            self.push(self.codes.syntax, error.span, error.message, "not TOML", None);
        }
        let (table, _) = DeTable::parse_recoverable(&recovered.text);
        let mut problems = Vec::new();
        let row = read_row(table.into_inner(), 0..0, &mut problems);
        for problem in problems {
            if problem.kind != ProblemKind::UnknownField {
                self.placeholders.insert((problem.span.start, problem.span.end));
            }
            let (code, label) = match problem.kind {
                ProblemKind::UnknownField => (self.codes.unknown, "unknown field"),
                // It may have stood in a line that is no TOML.
                ProblemKind::MissingField if !recovered.blanked.is_empty() => continue,
                ProblemKind::MissingField => (self.codes.missing, "not in here"),
                ProblemKind::WrongType => (self.codes.value, "here"),
            };
            self.push(code, problem.span, problem.message, label, problem.help);
        }
        row
    }

    /// Reports what a file says, unless it could not be read there.
    pub fn report(
        &mut self,
        code: MistakeCode,
        span: Range<usize>,
        message: impl Into<String>,
        label: &str,
        help: Option<String>,
    ) {
        if !self.placeholders.contains(&(span.start, span.end)) {
            self.push(code, span, message.into(), label, help);
        }
    }

    /// The value that a word names; reports one that names none.
    pub fn word<T: Copy>(
        &mut self,
        code: MistakeCode,
        what: &str,
        word: &Spanned<String>,
        all: &[T],
        as_str: impl Fn(T) -> &'static str + Copy,
    ) -> Option<T> {
        let name = word.get_ref();
        let found = all.iter().copied().find(|value| as_str(*value) == name);
        if found.is_none() {
            let message = format!("there is no {what} `{}`", quoted(name));
            let help = suggestion(name, all.iter().map(|value| as_str(*value)));
            self.report(code, word.span(), message, &format!("unknown {what}"), help);
        }
        found
    }

    /// Adds what somebody else says of the file.
    pub fn add(&mut self, said: impl IntoIterator<Item = Diagnostic>) {
        let is_unread = |span: &Range<usize>| self.placeholders.contains(&(span.start, span.end));
        self.found.extend(said.into_iter().filter(|said| !is_unread(&said.span)));
    }

    /// The file.
    #[must_use]
    pub const fn source(&self) -> &'a SourceFile {
        self.source
    }

    /// Whether there is no mistake; there may be warnings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.iter().all(|found| found.severity != Severity::Error)
    }

    /// All, by place.
    #[must_use]
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|left, right| {
            let key = |mistake: &Diagnostic| (mistake.span.start, mistake.span.end, mistake.code);
            key(left).cmp(&key(right)).then_with(|| left.message.cmp(&right.message))
        });
        self.found
    }

    fn push(
        &mut self,
        code: MistakeCode,
        span: Range<usize>,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        self.found.push(Diagnostic {
            severity: Severity::Error,
            code: code.name,
            message,
            source: self.source.clone(),
            span,
            label: label.to_owned(),
            help,
        });
    }
}
