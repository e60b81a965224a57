//! Recorded updates against the files on disk: drift.
//!
//! **Owns** which table of files counts: the one that the core knows for the recorded release and
//! the host's level; where there is none, the list that the registry keeps, which is that of the
//! level that the update was installed for. That list also tells the revision of a file of which
//! the core knows no number. Both are those of GDR copies, where the branches differ.

use super::case::{Case, finding};
use crate::{
    Evidence, ProblemPart, RecordedUpdate,
    advisory::{Advisories, FileNumber, Revision},
};
use patchstate_terms::{FileVersion, Finding, FindingKind, Level, UpdateLabel, WindowsPath};

/// The files that a recorded update should have brought at least to these versions.
pub(super) fn table(
    known: &Advisories,
    id: &str,
    record: &RecordedUpdate,
    level: Level,
) -> Vec<(WindowsPath, FileVersion)> {
    let release = known.update(id).and_then(|(_, update)| update.release(record.release));
    let files = release.map_or(&[][..], |release| release.files(level));
    if files.is_empty() {
        let listed = record.files.iter();
        return listed.filter_map(|file| Some((file.path.clone()?, file.version?))).collect();
    }
    let listed = listed(known, record);
    files
        .iter()
        .filter_map(|brought| {
            let file = known.file(brought.file)?;
            let revision = number_of(known, brought.gdr, &listed, (brought.file, level));
            Some((file.path.clone(), version_of(known, brought.file, revision)?))
        })
        .collect()
}

/// The known files of a record's list, with the revisions that it gives them.
pub(super) fn listed(known: &Advisories, record: &RecordedUpdate) -> Vec<(FileNumber, u16)> {
    let files = record.files.iter();
    files
        .filter_map(|file| Some((known.number(file.path.as_ref()?)?, file.version?.revision)))
        .collect()
}

/// The number of a revision: where none is public, the one that the record of the same release
/// lists for this level, and without that the lowest that it can be.
pub(super) fn number_of(
    known: &Advisories,
    revision: Revision,
    listed: &[(FileNumber, u16)],
    (file, level): (FileNumber, Level),
) -> u16 {
    let lowest = revision.lowest();
    match revision {
        Revision::Known(number) => number,
        Revision::Above(_) => listed
            .iter()
            .filter(|(number, _)| *number == file)
            .map(|(_, revision)| *revision)
            .find(|revision| {
                let family = known.family_of(file);
                *revision >= lowest && family.is_some_and(|f| f.lineage(*revision) == level)
            })
            .unwrap_or(lowest),
    }
}

/// The version of a known file at a revision.
pub(super) fn version_of(
    known: &Advisories,
    number: FileNumber,
    revision: u16,
) -> Option<FileVersion> {
    Some(known.family_of(number)?.version.with_revision(revision))
}

/// The label of a recorded update.
pub(super) fn label(known: &Advisories, id: &str, release: u8) -> UpdateLabel {
    let shown = match known.update(id) {
        Some((_, update)) => update.shown_release(release),
        None => (release > 1).then_some(release),
    };
    UpdateLabel { update: id.to_owned(), release: shown }
}

/// Reports files that are older than what a recorded update brought; says whether there are any.
pub(super) fn report(case: &mut Case<'_>) -> bool {
    let Some(level) = case.platform.level else { return false };
    let mut has_drift = false;
    let registry = &case.evidence.registry;
    for (id, record) in &registry.updates {
        let label = label(case.known, id, record.release);
        for (path, expected) in table(case.known, id, record, level) {
            // What waits for a restart is reported as that.
            if case.pending.contains_key(&path) {
                continue;
            }
            match found_version(case.evidence, &path) {
                Some(Ok(found)) if found < expected => {
                    has_drift = true;
                    case.findings.push(older(&path, &label, expected, found));
                }
                Some(Err(())) => {
                    case.doubts.drift = true;
                    report_unknown(case, &path);
                }
                _ => {}
            }
        }
    }
    has_drift
}

/// The version of a file that is there; an error where it cannot be known.
fn found_version(evidence: &Evidence, path: &WindowsPath) -> Option<Result<FileVersion, ()>> {
    if !evidence.is_present(path) {
        return None;
    }
    let version = evidence.image(path).and_then(|image| image.file_version);
    Some(version.ok_or(()))
}

/// Says why a version is not known, where nothing else does.
fn report_unknown(case: &mut Case<'_>, path: &WindowsPath) {
    let problems = case.evidence.problems(path);
    if problems.is_empty() {
        let detail =
            format!("{} has no version resource, so its level is not known.", path.file_name());
        case.unreadable(path, detail);
    } else if case.known.number(path).is_none() {
        let relevant =
            problems.iter().filter(|p| matches!(p.part, ProblemPart::Image | ProblemPart::Version));
        case.findings.extend(relevant.map(|problem| problem.finding(path)));
    }
}

fn older(
    path: &WindowsPath,
    label: &UpdateLabel,
    expected: FileVersion,
    found: FileVersion,
) -> Finding {
    let detail = format!(
        "The registry records {label}, which brings {} {expected}; the file is {found}.",
        path.file_name()
    );
    Finding {
        expected: Some(expected),
        found: Some(found),
        update: Some(label.clone()),
        ..finding(FindingKind::RecordedNotPresent, path, detail)
    }
}
