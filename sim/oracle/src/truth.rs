//! Status and findings of a host.

use crate::symbols;
use patchstate_catalog::{Catalog, FileId};
use patchstate_servicing::{FileCopy, HostView, Record};
use patchstate_terms::{Finding, FindingKind, Status};

/// What is really the case on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The worst of what was found.
    pub status: Status,
    /// Everything that was found, in the order of a list.
    pub findings: Vec<Finding>,
}

/// The truth about a host.
///
/// A host without optional components is *not applicable* and has no findings. Synthetic files
/// agree with themselves, so there is never a `version-disagreement`.
#[must_use]
pub fn truth(host: HostView<'_>) -> Truth {
    if host.components().next().is_none() {
        return Truth { status: Status::NotApplicable, findings: Vec::new() };
    }
    let mut findings = symbols::unresolved(host);
    findings.extend(lineage(host));
    findings.extend(host.files().filter_map(|(file, copy)| pending_restart(host, file, copy)));
    for record in host.records() {
        findings.extend(recorded_not_present(host, &record));
    }
    Finding::sort(&mut findings);
    let status = findings.iter().map(|finding| status_of(finding.kind)).min();
    Truth { status: status.unwrap_or(Status::Consistent), findings }
}

/// The status that a kind of finding stands for.
#[must_use]
pub fn status_of(kind: FindingKind) -> Status {
    match kind {
        FindingKind::UnresolvedImport | FindingKind::MissingDll => Status::Broken,
        FindingKind::BehindOs | FindingKind::AheadOfOs => Status::Mismatch,
        FindingKind::RecordedNotPresent | FindingKind::PendingRestart => Status::Drift,
        FindingKind::Truncated
        | FindingKind::Unreadable
        | FindingKind::VersionDisagreement
        | FindingKind::WrongArchitecture => Status::Consistent,
    }
}

/// Files of installed components whose lineage is not that of the operating system.
fn lineage(host: HostView<'_>) -> impl Iterator<Item = Finding> + '_ {
    host.files().filter_map(move |(file, copy)| lineage_of(host, file, copy))
}

pub(crate) fn lineage_of(host: HostView<'_>, file: FileId, copy: FileCopy) -> Option<Finding> {
    let catalog: &Catalog = host.model().catalog();
    catalog.file(file).component?;
    let (lineage, level) = (catalog.lineage(copy.revision), host.level());
    let (kind, relation) = match lineage.cmp(&level) {
        std::cmp::Ordering::Less => (FindingKind::BehindOs, "behind"),
        std::cmp::Ordering::Greater => (FindingKind::AheadOfOs, "ahead of"),
        std::cmp::Ordering::Equal => return None,
    };
    let found = catalog.version(file, copy.revision);
    Some(Finding {
        kind,
        file: catalog.file(file).path.clone(),
        expected: Some(catalog.version(file, catalog.level(level).revision)),
        found: Some(found),
        import: None,
        update: None,
        detail: format!(
            "{} is {found}, of {} lineage: {relation} an operating system at {}",
            catalog.file(file).path.file_name(),
            lineage.title(),
            level.title()
        ),
    })
}

/// A file that waits for a restart.
pub(crate) fn pending_restart(host: HostView<'_>, file: FileId, copy: FileCopy) -> Option<Finding> {
    let catalog: &Catalog = host.model().catalog();
    let waiting = host.waiting(file)?;
    let version = |copy: FileCopy| catalog.version(file, copy.revision);
    let (expected, found) = (version(waiting), version(copy));
    let path = &catalog.file(file).path;
    Some(Finding {
        kind: FindingKind::PendingRestart,
        file: path.clone(),
        expected: Some(expected),
        found: Some(found),
        import: None,
        update: None,
        detail: format!("{} is {found}, and {expected} after a restart", path.file_name()),
    })
}

/// Files of a recorded update that are present in an older version than its package has for the
/// host's level, or, if it has none for that, for the level that it was installed for; not those
/// that wait for a restart. Where the
/// branches have revisions of their own, the GDR one counts, which the record's list shows too.
pub(crate) fn recorded_not_present<'a>(
    host: HostView<'a>,
    record: &Record,
) -> impl Iterator<Item = Finding> + 'a {
    let catalog: &'a Catalog = host.model().catalog();
    let label = catalog.label(record.update, record.release);
    let release = catalog.update(record.update).release(record.release);
    let table = release.map_or(&[][..], |release| match release.table(host.level()) {
        [] => release.table(record.level),
        table => table,
    });
    table.iter().filter_map(move |package| {
        let copy = host.file(package.file).filter(|copy| copy.revision < package.revision)?;
        if host.waiting(package.file).is_some() {
            return None;
        }
        let expected = catalog.version(package.file, package.revision);
        let found = catalog.version(package.file, copy.revision);
        let path = &catalog.file(package.file).path;
        Some(Finding {
            kind: FindingKind::RecordedNotPresent,
            file: path.clone(),
            expected: Some(expected),
            found: Some(found),
            import: None,
            update: Some(label.clone()),
            detail: format!(
                "{label} is recorded as installed and brings {} {expected}; the file is {found}",
                path.file_name()
            ),
        })
    })
}
