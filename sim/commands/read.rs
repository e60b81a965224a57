//! Files that a user names, read under limits.

use crate::failure::Failure;
use patchstate_source::{SourceFile, nearest};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufRead, ErrorKind, Read},
    iter,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Largest text file that is read, in bytes. The whole scenario book has less than 200 KiB.
const TEXT_BYTES_MAX: u64 = 16 << 20;

/// Longest line of a list of paths, in bytes. No system takes a longer path.
const PATH_BYTES_MAX: u64 = 64 * 1024;

/// Most entries of a folder among which a near name is looked for.
const NEIGHBOURS_MAX: usize = 10_000;

/// Whether nothing at all stands at a path; what cannot be looked at is not missing.
pub(super) fn is_missing(path: &Path) -> bool {
    matches!(fs::symlink_metadata(path), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// Why a path cannot be read; of one that is not there, which one beside it was probably meant.
pub(super) fn failure(path: &Path, error: &io::Error) -> Failure {
    if error.kind() != ErrorKind::NotFound {
        return Failure::path(path, error);
    }
    let near = nearest_path(path, |_| true).map(|near| format!("; did you mean `{near}`?"));
    let problem = format!("there is no such file or folder{}", near.unwrap_or_default());
    Failure::path(path, problem)
}

/// What stands beside a path, is wanted and has nearly its name.
pub(super) fn nearest_path(path: &Path, is_wanted: impl Fn(&Path) -> bool) -> Option<String> {
    let folder = path.parent()?;
    let here = if folder == Path::new("") { Path::new(".") } else { folder };
    let entries = fs::read_dir(here).ok()?.take(NEIGHBOURS_MAX).flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| is_wanted(Path::new(name)));
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

/// Why the bytes of a file are not there.
#[derive(Debug)]
pub(super) enum Unread {
    /// It has more of them than are read.
    TooLarge(String),
    /// It cannot be read.
    Failed(Failure),
}

/// The files of which the text was read, without links.
static READ: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn note_read(path: &Path) {
    if let Ok(path) = fs::canonicalize(path) {
        READ.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
    }
}

/// Whether the text of a file was read: a result must not be written over it.
pub(crate) fn was_read(path: &Path) -> bool {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    fs::canonicalize(path).is_ok_and(|path| read.contains(&path))
}

/// The bytes of a file, not more than are read of a text.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Unread> {
    let failed = |error| Unread::Failed(failure(path, &error));
    let length = fs::metadata(path).map_err(failed)?;
    if !length.is_file() {
        return Err(Unread::Failed(Failure::path(path, "it is not a file")));
    }
    if length.len() > TEXT_BYTES_MAX {
        let problem =
            format!("it has {} bytes, and at most {TEXT_BYTES_MAX} are read", length.len());
        return Err(Unread::TooLarge(problem));
    }
    let mut bytes = Vec::new();
    // A file may grow, or not say how long it is.
    let file = fs::File::open(path).map_err(failed)?;
    file.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > TEXT_BYTES_MAX {
        let problem = format!("it has more bytes than the {TEXT_BYTES_MAX} that are read");
        return Err(Unread::TooLarge(problem));
    }
    Ok(bytes)
}

/// The bytes of a file, or why they are not read.
pub(super) fn all_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    bytes(path).map_err(|unread| match unread {
        Unread::TooLarge(problem) => Failure::path(path, problem),
        Unread::Failed(failure) => failure,
    })
}

/// The paths that a file lists, one in each line; `-` is standard input. They are read as they are
/// asked for, so that a list may have any length. Empty lines are no paths.
pub(super) fn listed_paths(
    list: &Path,
) -> Result<impl Iterator<Item = Result<PathBuf, Failure>> + Send, Failure> {
    let mut lines: Box<dyn BufRead + Send> = if list == Path::new("-") {
        Box::new(io::BufReader::new(io::stdin()))
    } else {
        let file = fs::File::open(list).map_err(|error| failure(list, &error))?;
        if file.metadata().is_ok_and(|it| it.is_dir()) {
            return Err(Failure::path(list, "it is a folder, and not a list of folders"));
        }
        note_read(list);
        Box::new(io::BufReader::new(file))
    };
    let list = list.to_owned();
    let mut number = 0;
    let mut is_over = false;
    Ok(iter::from_fn(move || {
        while !is_over {
            number += 1;
            let line = match listed_path(&mut lines) {
                Ok(Some(line)) if line.as_os_str().is_empty() => continue,
                Ok(Some(line)) => Ok(line),
                Ok(None) => return None,
                Err(error) => {
                    is_over = true;
                    Err(Failure::path(&list, format!("line {number}: {error}")))
                }
            };
            return Some(line);
        }
        None
    }))
}

/// One line as a path; `None` at the end.
fn listed_path(lines: &mut impl BufRead) -> io::Result<Option<PathBuf>> {
    let mut line = Vec::new();
    if lines.take(PATH_BYTES_MAX + 1).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 > PATH_BYTES_MAX {
        return Err(io::Error::other("it is too long for a path"));
    }
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    path_of(line.strip_suffix(b"\r").unwrap_or(line)).map(Some)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere not all bytes are a path")]
fn path_of(line: &[u8]) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(line)))
}

#[cfg(not(unix))]
fn path_of(line: &[u8]) -> io::Result<PathBuf> {
    let text = std::str::from_utf8(line);
    text.map(PathBuf::from).map_err(|_| io::Error::other("it is not UTF-8 text"))
}

/// Reads a text file.
pub(super) fn text(path: &Path) -> Result<SourceFile, Failure> {
    let bytes = all_bytes(path)?;
    if matches!(bytes.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        let problem = "it is UTF-16 text, as its first two bytes say: save it as UTF-8";
        return Err(Failure::path(path, problem));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::path(path, format!("it is not UTF-8 text: {error}")))?;
    note_read(path);
    Ok(SourceFile::new(&path.display().to_string(), &text))
}
