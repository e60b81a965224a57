//! `patchstate init`: a folder to begin with.

use super::read;
use crate::{
    args::{Format, Init, Options},
    failure::{Code, Failure},
    output,
};
use patchstate_report::{
    json,
    text::{self, last_line},
};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The files of a new folder, by their path below it.
const FILES: [(&str, &str); 3] = [
    ("iis-cannot-start.rule.toml", include_str!("init/iis-cannot-start.rule.toml")),
    ("iis-cannot-start.md", include_str!("init/iis-cannot-start.md")),
    (".github/workflows/patchstate.yml", include_str!("init/patchstate.yml")),
];

/// Where the program comes from, and the version that the files are made for.
const PLACEHOLDERS: [(&str, &str); 2] =
    [("{repository}", env!("CARGO_PKG_REPOSITORY")), ("{version}", env!("CARGO_PKG_VERSION"))];

pub(super) fn run(options: &Options, command: &Init) -> Result<Code, Failure> {
    let folder = &command.folder;
    let (mut there, mut new) = (Vec::new(), Vec::new());
    for file in &FILES {
        if is_there(folder, file.0)? { there.push(file) } else { new.push(file) }
    }
    write(folder, &new)
        .map_err(|(path, error)| Failure::path(path, format!("it cannot be written: {error}")))?;
    let shown = folder.display().to_string();
    let names = |files: &[&(&str, &str)]| -> Vec<String> {
        files.iter().map(|(name, _)| (*name).to_owned()).collect()
    };
    let (files, left) = (names(&new), names(&there));
    let (view, last) = (output::view(options), last_line::init(&shown, &files, &left));
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::InitObject::new(shown, files, left))?,
        Format::Text => last.below(&text::init(&shown, &files, &left, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(Code::Clean)
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
fn write(folder: &Path, files: &[&(&str, &str)]) -> Result<(), (PathBuf, io::Error)> {
    let mut ready = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let failed = |error| (path.clone(), error);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(failed)?;
        let mut file = output::new_file(parent).map_err(failed)?;
        let mut text = (*text).to_owned();
        for (placeholder, value) in PLACEHOLDERS {
            text = text.replace(placeholder, value);
        }
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
