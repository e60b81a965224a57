//! Files that wait for a restart.
//!
//! **Owns** what the next restart does to the files that the core knows, or that a recorded update
//! lists: the registry names a copy, and the file whose place it takes. Whatever else waits is not
//! the core's business: nearly every machine has temporary files of some installer to delete, and
//! they make no host drift. A copy that is not there takes no place.

use super::case::{Case, Pending, finding};
use crate::{Evidence, FileEvidence, RegistryEvidence};
use patchstate_terms::{Finding, FindingKind, WindowsPath};
use std::{collections::BTreeSet, sync::Arc};

/// What waits on a host.
pub(super) fn of(evidence: &Evidence) -> Pending<'_> {
    let mut pending = Pending::new();
    if evidence.registry.pending.is_empty() {
        return pending;
    }
    let known = evidence.known.files.iter().map(|file| &file.path);
    let recorded = evidence.registry.updates.values().flat_map(|update| &update.files);
    let known: BTreeSet<&WindowsPath> =
        known.chain(recorded.filter_map(|file| file.path.as_ref())).collect();
    for rename in &evidence.registry.pending {
        let copy = rename.source_path.as_ref().map(|path| evidence.files.get(path));
        let copy = copy.map(|found| found.unwrap_or(&FileEvidence::Absent));
        if copy.is_some_and(|copy| !copy.is_present()) {
            continue;
        }
        match (&rename.target_path, &rename.source_path) {
            (Some(target), _) if known.contains(target) => {
                pending.insert(target, copy);
            }
            (None, Some(source)) if rename.target.is_empty() && known.contains(source) => {
                pending.insert(source, Some(&FileEvidence::Absent));
            }
            _ => {}
        }
    }
    pending
}

/// Reports the files that wait; says whether there are any.
pub(super) fn report(case: &mut Case<'_>) -> bool {
    let findings: Vec<Finding> =
        case.pending.iter().map(|(path, copy)| waiting(case.evidence, path, *copy)).collect();
    case.findings.extend(findings);
    !case.pending.is_empty()
}

fn waiting(evidence: &Evidence, path: &WindowsPath, copy: Option<&FileEvidence>) -> Finding {
    let version = |file: &FileEvidence| file.image().and_then(|image| image.file_version);
    let expected = copy.and_then(version);
    let found = evidence.files.get(path).and_then(version);
    let name = path.file_name();
    let now = match (evidence.is_present(path), found) {
        (true, Some(found)) => format!("{name} is {found}"),
        (true, None) => format!("{name} is there"),
        (false, _) => format!("{name} is not there"),
    };
    let then = match (copy, expected) {
        (_, Some(expected)) => format!("{expected} takes its place"),
        (Some(FileEvidence::Absent), None) => "it is deleted".to_owned(),
        (_, None) => "another copy takes its place".to_owned(),
    };
    let detail = format!("{now}, and {then} when the host is restarted.");
    Finding { expected, found, ..finding(FindingKind::PendingRestart, path, detail) }
}

/// The host after the restart; `None` where it is not known of a file what takes its place.
pub(super) fn restarted(case: &Case<'_>) -> Option<Evidence> {
    let mut after = case.evidence.clone();
    for (path, copy) in &case.pending {
        after.files.insert((*path).clone(), (*copy)?.clone());
    }
    let registry = RegistryEvidence { pending: Vec::new(), ..(*after.registry).clone() };
    after.registry = Arc::new(registry);
    Some(after)
}
