//! What the parts of the judgement need of each other.

use super::platform::Platform;
use crate::{
    Evidence, FileEvidence,
    advisory::{Advisories, FileNumber},
};
use patchstate_terms::{Finding, FindingKind, WindowsPath};
use std::collections::BTreeMap;

/// What something unreadable might hide.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Doubts {
    pub(super) broken: bool,
    pub(super) mismatch: bool,
    pub(super) drift: bool,
}

/// By file that waits for a restart, the copy that takes its place, or `None` where it is not known
/// which does, as when the copy is not below the Windows folder. A file that is deleted has the
/// copy `Absent`.
pub(super) type Pending<'a> = BTreeMap<&'a WindowsPath, Option<&'a FileEvidence>>;

/// Everything that the parts of the judgement need of each other.
pub(super) struct Case<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) known: &'a Advisories,
    /// What was found at each known file, by its number.
    pub(super) files: Vec<&'a FileEvidence>,
    pub(super) platform: Platform,
    /// For each component of the advisories, whether the host is known to have it.
    pub(super) installed: Vec<bool>,
    /// Whether no component is known to be there, and one may be.
    pub(super) may_be_without_components: bool,
    /// The files that wait for a restart.
    pub(super) pending: Pending<'a>,
    pub(super) findings: Vec<Finding>,
    pub(super) doubts: Doubts,
}

impl<'a> Case<'a> {
    /// What was found at a known file.
    pub(super) fn file(&self, number: FileNumber) -> &'a FileEvidence {
        self.files.get(number).copied().unwrap_or(&FileEvidence::Absent)
    }

    /// Reports evidence that could not be had.
    pub(super) fn unreadable(&mut self, file: &WindowsPath, detail: String) {
        self.findings.push(finding(FindingKind::Unreadable, file, detail));
    }
}

/// A finding about a file, without versions, import or update.
pub(super) fn finding(kind: FindingKind, file: &WindowsPath, detail: String) -> Finding {
    Finding {
        kind,
        file: file.clone(),
        expected: None,
        found: None,
        import: None,
        update: None,
        detail,
    }
}
