//! Files and folders that a user names, read under limits.

use crate::failure::Failure;
use patchstate_terms::SourceFile;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Largest text file that is read, in bytes. The whole scenario book has less than 200 KiB.
const TEXT_BYTES_MAX: u64 = 16 << 20;

/// Folders below a named one that are looked into.
const DEPTH_MAX: usize = 16;

/// Whether nothing at all stands at a path; what cannot be looked at is not missing.
pub(super) fn is_missing(path: &Path) -> bool {
    matches!(fs::symlink_metadata(path), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// Reads a text file.
pub(super) fn text(path: &Path) -> Result<SourceFile, Failure> {
    let length = fs::metadata(path).map_err(|error| Failure::path(path, error))?;
    if !length.is_file() {
        return Err(Failure::path(path, "it is not a file"));
    }
    if length.len() > TEXT_BYTES_MAX {
        let problem =
            format!("it has {} bytes, and at most {TEXT_BYTES_MAX} are read", length.len());
        return Err(Failure::path(path, problem));
    }
    let bytes = fs::read(path).map_err(|error| Failure::path(path, error))?;
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
    let kind = fs::metadata(path).map_err(|error| Failure::path(path, error))?;
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
