//! Files and folders that a user names, read under limits.

use crate::failure::Failure;
use patchstate_terms::{SourceFile, nearest};
use std::{
    fs,
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

/// Largest text file that is read, in bytes. The whole scenario book has less than 200 KiB.
const TEXT_BYTES_MAX: u64 = 16 << 20;

/// Most entries of a folder among which a near name is looked for.
const NEIGHBOURS_MAX: usize = 10_000;

/// Folders below a named one that are looked into.
const DEPTH_MAX: usize = 16;

/// Whether nothing at all stands at a path; what cannot be looked at is not missing.
pub(super) fn is_missing(path: &Path) -> bool {
    matches!(fs::symlink_metadata(path), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// Why a path cannot be read; of one that is not there, which one beside it was probably meant.
fn failure(path: &Path, error: &io::Error) -> Failure {
    if error.kind() != ErrorKind::NotFound {
        return Failure::path(path, error);
    }
    let near = nearest_path(path).map(|near| format!("; did you mean `{near}`?"));
    let problem = format!("there is no such file or folder{}", near.unwrap_or_default());
    Failure::path(path, problem)
}

/// What stands beside a path and has nearly its name.
pub(super) fn nearest_path(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let here = if folder == Path::new("") { Path::new(".") } else { folder };
    let entries = fs::read_dir(here).ok()?.take(NEIGHBOURS_MAX).flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    let near = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(folder.join(near).display().to_string())
}

/// The paths that were named; without any, the usual folder, or the one that we are in.
pub(super) fn paths_or(named: &[PathBuf], usual: &str) -> Vec<PathBuf> {
    match named {
        [] if is_missing(Path::new(usual)) => vec![PathBuf::from(".")],
        [] => vec![PathBuf::from(usual)],
        named => named.to_vec(),
    }
}

/// Reads a text file.
pub(super) fn text(path: &Path) -> Result<SourceFile, Failure> {
    let length = fs::metadata(path).map_err(|error| failure(path, &error))?;
    if !length.is_file() {
        return Err(Failure::path(path, "it is not a file"));
    }
    if length.len() > TEXT_BYTES_MAX {
        let problem =
            format!("it has {} bytes, and at most {TEXT_BYTES_MAX} are read", length.len());
        return Err(Failure::path(path, problem));
    }
    let mut bytes = Vec::new();
    // A file may grow, or not say how long it is.
    let file = fs::File::open(path).map_err(|error| Failure::path(path, error))?;
    let read = file.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::path(path, error))?;
    if bytes.len() as u64 > TEXT_BYTES_MAX {
        let problem = format!("it has more bytes than the {TEXT_BYTES_MAX} that are read");
        return Err(Failure::path(path, problem));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::path(path, format!("it is not UTF-8 text: {error}")))?;
    Ok(SourceFile::new(&path.display().to_string(), &text))
}

/// The files with an extension that a path stands for: itself, or those below a folder, sorted.
pub(super) fn files(path: &Path, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    collect(path, extension, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(
    path: &Path,
    extension: &str,
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let kind = fs::metadata(path).map_err(|error| failure(path, &error))?;
    if !kind.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|error| Failure::path(path, error))? {
        let entry = entry.map_err(|error| Failure::path(path, error))?;
        let kind = entry.file_type().map_err(|error| Failure::path(entry.path(), error))?;
        let below = entry.path();
        // Links are not followed, so a loop of links cannot be entered.
        if kind.is_dir() && depth < DEPTH_MAX {
            collect(&below, extension, depth + 1, found)?;
        } else if kind.is_file() && below.extension().is_some_and(|e| e == extension) {
            found.push(below);
        }
    }
    Ok(())
}
