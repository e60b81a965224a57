//! A change of a file's text.

use std::ops::Range;

/// A change of a file's text.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) kind: &'static str,
    pub(super) description: String,
    pub(super) clause: usize,
    /// What is replaced, and with what; parts do not overlap.
    pub(super) changes: Vec<(Range<usize>, String)>,
}

impl Edit {
    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let mut changes: Vec<&(Range<usize>, String)> = self.changes.iter().collect();
        changes.sort_by_key(|(span, _)| (span.start, span.end));
        let mut edited = String::with_capacity(text.len());
        let mut at = 0;
        for (span, replacement) in changes {
            edited.push_str(text.get(at..span.start)?);
            edited.push_str(replacement);
            at = span.end;
        }
        edited.push_str(text.get(at..)?);
        Some(edited)
    }
}
