//! Known files one by one: which components are there, and each file's lineage, versions, machine
//! and readability.

use super::case::{Case, finding};
use crate::{
    Evidence, FileEvidence, ProblemPart,
    advisory::{Advisories, Component, FileNumber, KnownFile},
    inspect::version_disagreement,
};
use patchstate_terms::{FileVersion, Finding, FindingKind, Hive, Level, Machine, WindowsPath};
use std::collections::BTreeMap;

/// For each component, whether the host has it. The key of its service tells, where it has one and
/// the hive was read. Else it is as the list of Setup in the registry says, and where that does not
/// say, as its files do. A file shows that the component is there. That no file is there shows
/// nothing by itself, since files may be lost: only Setup's list, where it was read and does not
/// name the component, shows that it is not. `None` where it is not known.
pub(super) fn installed_components(
    evidence: &Evidence,
    known: &Advisories,
    files: &[&FileEvidence],
) -> Vec<Option<bool>> {
    let recorded = evidence.registry.components.as_ref();
    let installed = |component: &Component| {
        let service = component.service.as_ref();
        if let Some(has_key) = service.and_then(|name| has_service(evidence, name)) {
            return Some(has_key);
        }
        let said = recorded.map(|list| list.get(&component.id).copied());
        match said {
            Some(Some(Some(is_installed))) => Some(is_installed),
            _ if has_file(component, files) => Some(true),
            Some(None) => Some(false),
            Some(Some(None)) | None => None,
        }
    };
    known.components.iter().map(installed).collect()
}

/// Whether SYSTEM has the key of a service; `None` where it was not read as a whole, or does not
/// tell which control set is the current one.
fn has_service(evidence: &Evidence, name: &str) -> Option<bool> {
    let registry = &evidence.registry;
    let has = |key: &str| registry.has_key(Hive::System, key).ok();
    if has(&format!(r"CurrentControlSet\Services\{name}"))? {
        return Some(true);
    }
    let is_whole = registry.system.problem().is_none() && has(r"CurrentControlSet\Services")?;
    is_whole.then_some(false)
}

fn has_file(component: &Component, files: &[&FileEvidence]) -> bool {
    let mut found = component.files.iter().filter_map(|number| files.get(*number));
    found.any(|file| file.is_present())
}

/// Reports on every known file, and on components without their files.
pub(super) fn report(case: &mut Case<'_>) {
    let known = case.known;
    let folders = unreadable_folders(case);
    for (number, file) in known.files.iter().enumerate() {
        let evidence = case.file(number);
        report_problems(case, file, evidence, &folders);
        let Some(image) = evidence.image() else { continue };
        case.findings.extend(version_disagreement(image, &file.path));
        let is_installed = is_installed(case, file);
        if file.component.is_none() || is_installed {
            case.findings.extend(wrong_machine(case.platform.machine, &file.path, image.machine));
        }
        if is_installed {
            report_lineage(
                case,
                (number, file),
                image.file_version,
                image.knows(ProblemPart::Version),
            );
        }
    }
    for (path, detail) in folders.values() {
        case.unreadable(path, detail.clone());
    }
    report_missing_components(case);
}

fn is_installed(case: &Case<'_>, file: &KnownFile) -> bool {
    file.component.is_some_and(|number| case.installed.get(number) == Some(&true))
}

/// Folders whose files all fail for one and the same reason: one finding says it once.
fn unreadable_folders(case: &Case<'_>) -> BTreeMap<String, (WindowsPath, String)> {
    let mut groups: BTreeMap<&str, Vec<&WindowsPath>> = BTreeMap::new();
    for (file, evidence) in case.known.files.iter().zip(&case.files) {
        if let FileEvidence::Unreadable(problem) = evidence {
            groups.entry(&problem.reason).or_default().push(&file.path);
        }
    }
    groups
        .into_iter()
        .filter(|(_, paths)| paths.len() > 1)
        .filter_map(|(reason, paths)| {
            let folder = paths.iter().min_by_key(|path| path.parts().count())?.folder()?;
            let detail = format!("{} files below {folder} cannot be read: {reason}.", paths.len());
            Some((reason.to_owned(), (folder.parse().ok()?, detail)))
        })
        .collect()
}

fn report_problems(
    case: &mut Case<'_>,
    file: &KnownFile,
    evidence: &FileEvidence,
    folders: &BTreeMap<String, (WindowsPath, String)>,
) {
    for problem in evidence.problems() {
        case.doubts.drift = true;
        let hides_version = matches!(problem.part, ProblemPart::Image | ProblemPart::Version);
        let version = evidence.image().and_then(|image| image.file_version);
        if is_installed(case, file) && hides_version && version.is_none() {
            case.doubts.mismatch = true;
        }
        if !folders.contains_key(&problem.reason) {
            case.findings.push(problem.finding(&file.path));
        }
    }
}

/// The finding for a file that is for another machine than the operating system.
pub(super) fn wrong_machine(
    system: Option<Machine>,
    path: &WindowsPath,
    machine: Option<Machine>,
) -> Option<Finding> {
    let (expected, found) = (system?, machine?);
    (expected != found).then(|| {
        let name = path.file_name();
        let detail = format!("{name} is for {found}, the operating system is for {expected}.");
        finding(FindingKind::WrongArchitecture, path, detail)
    })
}

fn report_lineage(
    case: &mut Case<'_>,
    (number, file): (FileNumber, &KnownFile),
    version: Option<FileVersion>,
    was_read: bool,
) {
    let name = file.path.file_name();
    let Some(version) = version else {
        case.doubts.mismatch = true;
        // Where reading failed, that is reported already.
        if was_read {
            let detail = format!("{name} has no version resource, so its level is not known.");
            case.unreadable(&file.path, detail);
        }
        return;
    };
    let Some(level) = case.platform.level else { return };
    let (Some(lineage), Some(expected)) =
        (case.known.lineage(version), case.known.baseline(version, level))
    else {
        // A file of another product, or of a later Windows: its level cannot be told.
        case.doubts.mismatch = true;
        let title = case.known.title_of(number);
        let detail =
            format!("{name} has version {version}, which belongs to no known level of {title}.");
        case.findings.push(Finding {
            found: Some(version),
            ..finding(FindingKind::Unreadable, &file.path, detail)
        });
        return;
    };
    if lineage != level {
        case.findings.push(other_lineage(&file.path, level, lineage, expected, version));
    }
}

fn other_lineage(
    path: &WindowsPath,
    level: Level,
    lineage: Level,
    expected: FileVersion,
    found: FileVersion,
) -> Finding {
    let (kind, word) = if lineage < level {
        (FindingKind::BehindOs, "behind")
    } else {
        (FindingKind::AheadOfOs, "ahead of")
    };
    let detail = format!(
        "{} {found} is of {} lineage, {word} the operating system at {}, whose own file is \
         {expected} or an update of it.",
        path.file_name(),
        lineage.title(),
        level.title()
    );
    Finding { expected: Some(expected), found: Some(found), ..finding(kind, path, detail) }
}

/// A component that is there without its files leaves open what its files are.
fn report_missing_components(case: &mut Case<'_>) {
    let known = case.known;
    for (component, _) in
        known.components.iter().zip(case.installed.clone()).filter(|(_, installed)| *installed)
    {
        let absent = component.essential.filter(|number| !case.file(*number).is_present());
        if let Some(file) = absent.and_then(|number| known.file(number)) {
            // Whether the worker process would load cannot be told without it.
            case.doubts.broken = true;
            let detail = format!(
                "{} is installed, but {} is not there, so what it would load is not known.",
                component.id,
                file.path.file_name()
            );
            case.unreadable(&file.path, detail);
        } else if !has_file(component, &case.files) {
            case.doubts.mismatch = true;
            let first = component.files.first().and_then(|number| known.file(*number));
            if let Some(file) = first {
                let detail = format!(
                    "{} is installed, but none of its files is there, {} as little as the others.",
                    component.id,
                    file.path.file_name()
                );
                case.unreadable(&file.path, detail);
            }
        }
    }
}
