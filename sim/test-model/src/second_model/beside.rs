//! Hosts, outcomes and truths of the real model in the words of the second.

use super::{
    facts::Name,
    host::NaiveCopy,
    rules::Done,
    truth::{NaiveFinding, NaiveTruth},
};
use patchstate_catalog::{Catalog, FileId};
use patchstate_servicing::{FileCopy, Outcome};
use patchstate_terms::{Branch, Finding, Status};
use std::{collections::BTreeMap, fmt::Debug};

/// Whether two are the same, and what they are if not.
pub fn same<T: PartialEq + Debug>(what: &str, real: &T, naive: &T) -> Result<(), String> {
    if real == naive { Ok(()) } else { Err(format!("{what}: {real:?} and {naive:?}")) }
}

/// Whether a step has the same outcome in both models.
pub fn same_outcome(outcome: &Outcome, done: &Done) -> Result<(), String> {
    let real = match outcome {
        Outcome::Applied(_) => ("applied", None),
        Outcome::Unchanged => ("unchanged", None),
        Outcome::Refused(refusal) => ("refused", refusal.exit_code()),
    };
    let naive = match done {
        Done::Applied(_) => ("applied", None),
        Done::Unchanged => ("unchanged", None),
        Done::Refused(exit_code) => ("refused", *exit_code),
    };
    same("outcome", &real, &naive)
}

/// Copies of files by path.
pub fn copies(
    catalog: &'static Catalog,
    files: impl Iterator<Item = (FileId, FileCopy)>,
) -> BTreeMap<Name, NaiveCopy> {
    let copy =
        |copy: FileCopy| NaiveCopy { revision: copy.revision, qfe: copy.branch == Branch::Qfe };
    files.map(|(file, found)| (catalog.file(file).path.as_str(), copy(found))).collect()
}

/// Status and findings of the real truth.
pub fn naive_truth(status: Status, findings: &[Finding]) -> NaiveTruth {
    let text = |finding: &Finding| NaiveFinding {
        file: finding.file.to_string(),
        kind: finding.kind.to_string(),
        update: finding.update.as_ref().map(ToString::to_string),
        import: finding.import.as_ref().map(ToString::to_string),
        expected: finding.expected.map(|version| version.to_string()),
        found: finding.found.map(|version| version.to_string()),
    };
    let findings = findings.iter().map(text).collect();
    NaiveTruth { status: status.as_str(), findings }
}
