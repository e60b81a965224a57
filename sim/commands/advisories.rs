//! What the detection core knows, where a catalog of one's own says it.
//!
//! **Owns** finding and reading the folder `advisories` of a catalog's folder.

use super::read;
use crate::failure::Failure;
use patchstate_detect::{Advisories, advisory::AdvisoryMistake};
use patchstate_source::{Diagnostic, Severity, SourceFile};
use patchstate_study::ADVISORY_MISTAKE;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of a catalog's folder that holds advisories.
pub(super) const FOLDER: &str = "advisories";

/// Whether a file is one of advisories: by its name and that of its folder.
pub(super) fn is_part(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_in_folder = path.parent().and_then(Path::file_name).is_some_and(|name| name == FOLDER);
    is_in_folder && Advisories::BUILT_IN.iter().any(|(known, _)| *known == name)
}

/// The advisories that a catalog's folder has, if it has any.
pub(super) fn of_catalog(catalog: &Path) -> Result<Option<Advisories>, Failure> {
    let folder = catalog.join(FOLDER);
    if read::is_missing(&folder) {
        return Ok(None);
    }
    let (_, advisories) = in_folder(&folder)?;
    advisories.map(Some).map_err(Failure::Mistakes)
}

/// What files of advisories say, or every mistake in them.
type Read = Result<Advisories, Vec<Diagnostic>>;

/// The files of a folder of advisories, and what they say.
pub(super) fn in_folder(folder: &Path) -> Result<(Vec<SourceFile>, Read), Failure> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| Failure::path(folder, error))? {
        let path = entry.map_err(|error| Failure::path(folder, error))?.path();
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) {
            paths.push(path);
        }
    }
    paths.sort();
    let sources: Vec<SourceFile> =
        paths.iter().map(|path| read::text(path)).collect::<Result<_, _>>()?;
    let texts: Vec<(&str, &str)> =
        sources.iter().map(|source| (&*source.name, &*source.text)).collect();
    let read = Advisories::read(&texts).map_err(|mistakes| {
        mistakes.into_iter().map(|mistake| diagnostic(folder, &sources, mistake)).collect()
    });
    Ok((sources, read))
}

fn diagnostic(folder: &Path, sources: &[SourceFile], mistake: AdvisoryMistake) -> Diagnostic {
    let source = sources.iter().find(|source| *source.name == *mistake.file).cloned();
    // One that is missing has no text.
    let missing = || SourceFile::new(&folder.join(&mistake.file).display().to_string(), "");
    Diagnostic {
        severity: Severity::Error,
        code: ADVISORY_MISTAKE.name,
        source: source.unwrap_or_else(missing),
        span: mistake.span.unwrap_or(0..0),
        message: mistake.problem,
        label: "here".to_owned(),
        help: None,
    }
}
