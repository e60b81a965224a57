//! Collecting mistakes: where they stand, in which order they are shown, and how much help is
//! worth looking for.

use crate::codes::{Code, FOLLOWING, FORM};
use patchstate_source::{Diagnostic, Severity, SourceFile, quoted, suggestion};
use std::{collections::BTreeSet, ops::Range};

/// With so many mistakes, the nearest names are not looked for any more: it takes time that grows
/// with the product of mistakes and names.
const HELPED_MISTAKES_MAX: usize = 200;

/// A place in one of the files of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Index of the file.
    pub(crate) origin: usize,
    /// The bytes that are meant.
    pub(crate) span: Range<usize>,
}

/// The mistakes found so far.
#[derive(Debug)]
pub(crate) struct Mistakes<'a> {
    sources: &'a [SourceFile],
    /// Stands for the catalog as a whole: mistakes that no line is to blame for.
    whole: SourceFile,
    found: Vec<Diagnostic>,
    /// Places whose value could not be read, by file and bytes: more was not said there.
    placeholders: BTreeSet<(usize, usize, usize)>,
    /// Whether a value that is compared with others could not be read.
    is_comparison_idle: bool,
}

impl<'a> Mistakes<'a> {
    pub(crate) fn new(name: &str, sources: &'a [SourceFile]) -> Self {
        Self {
            sources,
            whole: SourceFile::new(name, ""),
            found: Vec::new(),
            placeholders: BTreeSet::new(),
            is_comparison_idle: false,
        }
    }

    /// Notes that a placeholder stands for what was written here: no further complaint about it
    /// is worth reading, nor one that compares it with something.
    pub(crate) fn set_placeholder(&mut self, place: &Place, is_compared: bool) {
        self.placeholders.insert((place.origin, place.span.start, place.span.end));
        self.is_comparison_idle |= is_compared;
    }

    /// Whether a complaint only follows from a value that could not be read.
    fn follows(&self, code: Code, place: Option<&Place>) -> bool {
        let is_at_placeholder = place.is_some_and(|Place { origin, span }| {
            self.placeholders.contains(&(*origin, span.start, span.end))
        });
        is_at_placeholder && !FORM.contains(&code)
            || self.is_comparison_idle && FOLLOWING.contains(&code)
    }

    /// Reports a mistake without help.
    pub(crate) fn report(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.report_with(code, place, message, None);
    }

    /// Reports a mistake, with help where there is some.
    pub(crate) fn report_with(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        if self.follows(code, Some(&place)) {
            return;
        }
        let source = self.sources.get(place.origin).unwrap_or(&self.whole).clone();
        self.push(Severity::Error, code, source, place.span, message.into(), help);
    }

    /// Reports something that probably was not meant.
    pub(crate) fn warn(&mut self, code: Code, place: Place, message: impl Into<String>) {
        if self.follows(code, Some(&place)) {
            return;
        }
        let source = self.sources.get(place.origin).unwrap_or(&self.whole).clone();
        self.push(Severity::Warning, code, source, place.span, message.into(), None);
    }

    /// Reports what is missing from the catalog as a whole.
    pub(crate) fn report_whole(&mut self, code: Code, message: impl Into<String>) {
        if self.follows(code, None) {
            return;
        }
        let source = self.whole.clone();
        self.push(Severity::Error, code, source, 0..0, message.into(), None);
    }

    /// Reports that something is named that does not exist, with the nearest that does.
    pub(crate) fn report_unknown<'b>(
        &mut self,
        code: Code,
        place: Place,
        noun: &str,
        name: &str,
        candidates: impl Iterator<Item = &'b str> + Clone,
    ) {
        let help = self.nearest(name, candidates);
        let message = match name.trim() {
            "" => format!("this names no {noun}: the text is empty"),
            name => format!("there is no {noun} `{}`", quoted(name)),
        };
        self.report_with(code, place, message, help);
    }

    /// The nearest candidate, or a short list of all of them, as help.
    pub(crate) fn nearest<'b>(
        &self,
        name: &str,
        candidates: impl Iterator<Item = &'b str> + Clone,
    ) -> Option<String> {
        if self.found.len() >= HELPED_MISTAKES_MAX {
            return None;
        }
        suggestion(name, candidates)
    }

    fn push(
        &mut self,
        severity: Severity,
        code: Code,
        source: SourceFile,
        span: Range<usize>,
        message: String,
        help: Option<String>,
    ) {
        let label = code.label.to_owned();
        self.found.push(Diagnostic {
            severity,
            code: code.name,
            message,
            source,
            span,
            label,
            help,
        });
    }

    /// Whether an error (not only a warning) was reported.
    pub(crate) fn any_error(&self) -> bool {
        self.found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All mistakes, by file and place, each once.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|left, right| {
            let key = |diagnostic: &Diagnostic| (diagnostic.span.start, diagnostic.span.end);
            left.source
                .name
                .cmp(&right.source.name)
                .then_with(|| key(left).cmp(&key(right)))
                .then_with(|| (left.code, &left.message).cmp(&(right.code, &right.message)))
        });
        // A default with a mistake is inherited by many facts, and would be reported for each.
        self.found.dedup_by(|left, right| {
            left.code == right.code
                && left.span == right.span
                && left.message == right.message
                && left.source.name == right.source.name
        });
        self.found
    }
}
