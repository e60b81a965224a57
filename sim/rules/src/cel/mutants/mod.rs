//! Rules that are a little wrong: does anything notice?
//!
//! **Owns** making them, as edits of the file's text, so that a mutant reads like its author's own
//! slip and keeps comments and layout. **Must never know** whether a mutant is noticed: that takes
//! hosts.
//!
//! **Start reading** at [`FileRule::mutants`], then `condition` for the edits of conditions.

mod condition;
mod edit;

use super::{
    FileRule,
    document::{Document, WrittenVerdict},
    parse::parse,
    read::read_rule,
};
use edit::Edit;
use patchstate_source::SourceFile;
use patchstate_terms::Status;
use std::{collections::BTreeMap, ops::Range};

/// A rule with one change.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What kind of change, and which of its kind: `bound-off-by-one/1`. The same for the same
    /// text of the rule.
    pub id: String,
    /// What was changed, in words.
    pub description: String,
    /// The innermost of the original rule's [clauses](crate::Rule::clauses) that was changed; for
    /// a change of a verdict as a whole, its condition.
    pub clause: usize,
    /// The whole file with the change.
    pub text: String,
    /// The changed rule.
    pub rule: FileRule,
}

impl FileRule {
    /// Every rule that differs from this one by one small change and computes something else; of
    /// those that compute the same, the first.
    #[must_use]
    pub fn mutants(&self) -> Vec<Mutant> {
        let mut numbers: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut mutants: Vec<Mutant> = Vec::new();
        for edit in self.edits() {
            let number = numbers.entry(edit.kind).or_default();
            *number += 1;
            let Some(text) = edit.apply(&self.head.source.text) else { continue };
            let source = SourceFile::new(&self.head.source.name, &text);
            let (Some(rule), _, _) = read_rule(&source, &self.known) else { continue };
            let is_new = mutants.iter().all(|mutant| mutant.rule.program != rule.program);
            if is_new && rule.program != self.program {
                let id = format!("{}/{number}", edit.kind);
                let Edit { description, clause, .. } = edit;
                mutants.push(Mutant { id, description, clause, text, rule });
            }
        }
        mutants
    }

    fn edits(&self) -> Vec<Edit> {
        let document = Document::read(&self.head.source, &mut Vec::new());
        let mut edits = Vec::new();
        for (verdict, (_, clause)) in document.verdicts.iter().zip(self.verdicts()) {
            let Some(when) = verdict.when.as_ref().filter(|when| when.is_exact()) else { continue };
            if let Ok(expr) = parse(when.text()) {
                edits.extend(condition::edits(&expr, when, clause, self));
            }
        }
        self.edit_verdicts(&document, &mut edits);
        edits
    }

    fn edit_verdicts(&self, document: &Document, edits: &mut Vec<Edit>) {
        let clauses: Vec<usize> = self.verdicts().map(|(_, clause)| clause).collect();
        for (number, verdict) in document.verdicts.iter().enumerate() {
            let Some(clause) = clauses.get(number).copied() else { continue };
            let Some((status, span)) = &verdict.status else { continue };
            for neighbour in neighbours(*status) {
                edits.push(Edit {
                    kind: "status-changed",
                    description: format!("{status} changed to {neighbour}"),
                    clause,
                    changes: vec![(span.clone(), format!("\"{neighbour}\""))],
                });
            }
            if let Some(region) = region(&self.head.source.text, &document.verdicts, number) {
                edits.push(Edit {
                    kind: "verdict-dropped",
                    description: format!("verdict {} ({status}) dropped", number + 1),
                    clause,
                    changes: vec![(region, String::new())],
                });
            }
            if let Some(next) = document.verdicts.get(number + 1) {
                edits.extend(exchange(&self.head.source.text, verdict, next, number, clause));
            }
        }
    }
}

/// The statuses next to one, among those that a host can have.
fn neighbours(status: Status) -> Vec<Status> {
    let hosts = Status::ALL.into_iter().filter(|status| *status != Status::Inconclusive);
    let hosts: Vec<Status> = hosts.collect();
    let Some(at) = hosts.iter().position(|other| *other == status) else { return Vec::new() };
    [at.checked_sub(1), Some(at + 1)]
        .into_iter()
        .flatten()
        .filter_map(|at| hosts.get(at).copied())
        .collect()
}

/// All that belongs to a verdict: up to the next header, or in a list the braces and one comma.
fn region(text: &str, verdicts: &[WrittenVerdict], number: usize) -> Option<Range<usize>> {
    let head = &verdicts.get(number)?.head;
    let next = verdicts.get(number + 1).map(|verdict| &verdict.head);
    let before = number.checked_sub(1).and_then(|before| verdicts.get(before));
    if text.get(head.clone())?.starts_with('[') {
        return Some(head.start..next.map_or(text.len(), |next| next.start));
    }
    match (next, before) {
        (Some(next), _) => Some(head.start..next.start),
        (None, Some(before)) => Some(before.head.end..head.end),
        (None, None) => None,
    }
}

/// Two verdicts that follow each other, with status and condition exchanged.
fn exchange(
    text: &str,
    first: &WrittenVerdict,
    second: &WrittenVerdict,
    number: usize,
    clause: usize,
) -> Option<Edit> {
    let places = |verdict: &WrittenVerdict| {
        let (_, status) = verdict.status.as_ref()?;
        Some([status.clone(), verdict.when.as_ref()?.whole().clone()])
    };
    let (first, second) = (places(first)?, places(second)?);
    let mut changes = Vec::with_capacity(4);
    for (one, other) in first.iter().zip(&second) {
        changes.push((one.clone(), text.get(other.clone())?.to_owned()));
        changes.push((other.clone(), text.get(one.clone())?.to_owned()));
    }
    let description = format!("verdicts {} and {} exchanged", number + 1, number + 2);
    Some(Edit { kind: "verdicts-exchanged", description, clause, changes })
}
