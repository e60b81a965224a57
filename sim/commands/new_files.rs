//! Files that a person goes on from: written into a folder, beside what is there.
//!
//! **Owns** writing them, all or none, so that nothing that was there is replaced. **Must never
//! know** what they are for.

use super::read;
use crate::{
    args::{Format, FormatOf, Options},
    failure::{Code, Failure},
    output,
};
use patchstate_report::{
    json::{self, WrittenObject},
    text::{self, last_line},
};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The path of a file below its folder, and its text.
pub(super) type NewFile = (String, String);

/// Writes those of some files that are not there, and says so for a command. `next` are the words
/// of commands to go on with, from within that folder.
pub(super) fn write_new(
    options: &Options,
    (command, format): (&'static str, FormatOf<Format>),
    folder: &Path,
    files: &[NewFile],
    next: &[String],
) -> Result<Code, Failure> {
    let (mut there, mut new) = (Vec::new(), Vec::new());
    for file in files {
        let path = folder.join(&file.0);
        if options.output_file().is_some_and(|output| place(output) == place(&path)) {
            let problem = "it is one of the files that are written, and `--output` would replace \
                           it: name another file";
            return Err(Failure::path(path, problem));
        }
        if is_there(folder, &file.0)? { there.push(file) } else { new.push(file) }
    }
    write(folder, &new)
        .map_err(|(path, error)| Failure::path(path, format!("it cannot be written: {error}")))?;
    let shown = folder.display().to_string();
    let names = |files: &[&NewFile]| files.iter().map(|(name, _)| name.clone()).collect();
    let (files, left): (Vec<String>, Vec<String>) = (names(&new), names(&there));
    let (view, last) = (output::view(options), last_line::written(&shown, &files, &left));
    let result = match format.chosen() {
        Format::Json => json::write(&WrittenObject::new(command, shown, files, left))?,
        Format::Text => last.below(&text::written(&shown, &files, &left, next, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(Code::Clean)
}

/// Where a path leads, so that two names of one file are equal, also before it is there.
pub(super) fn place(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let mut ancestors = path.ancestors();
    let (folder, found) =
        ancestors.find_map(|folder| Some((folder, fs::canonicalize(folder).ok()?)))?;
    Some(found.join(path.strip_prefix(folder).ok()?))
}

/// Whether a file of the folder is there. What stands where a folder or a file should be is an
/// error.
fn is_there(folder: &Path, name: &str) -> Result<bool, Failure> {
    let path = folder.join(name);
    let below: Vec<&Path> = path.ancestors().skip(1).collect();
    for place in below.into_iter().rev().filter(|place| !place.as_os_str().is_empty()) {
        match fs::metadata(place) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(Failure::path(place, "this is a file, expected a folder")),
            // A link that leads nowhere is not a folder that could be made.
            Err(error) if error.kind() == io::ErrorKind::NotFound && read::is_missing(place) => {
                return Ok(false);
            }
            Err(error) => return Err(Failure::path(place, error)),
        }
    }
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_dir() => {
            Err(Failure::path(path, "this is a folder, expected a file"))
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::path(path, error)),
    }
}

/// Writes files under temporary names before any gets its own, and replaces nothing.
fn write(folder: &Path, files: &[&NewFile]) -> Result<(), (PathBuf, io::Error)> {
    let mut ready = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let failed = |error| (path.clone(), error);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(failed)?;
        let mut file = output::new_file(parent).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        ready.push((path.clone(), file));
    }
    let mut written: Vec<PathBuf> = Vec::new();
    for (path, file) in ready {
        if let Err(error) = file.persist_noclobber(&path) {
            // What this run wrote goes again; what others wrote stays.
            for path in &written {
                drop(fs::remove_file(path));
            }
            return Err((path, error.error));
        }
        written.push(path);
    }
    Ok(())
}
