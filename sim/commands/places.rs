//! Where what was read and run stands in the user's files, for reports in which everything has a
//! place.

use super::read;
use patchstate_report::{FileLocation, FileOfRule, Places};
use patchstate_source::SourceFile;
use patchstate_study::Verification;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

/// A file that most checkouts have. It is named where there is no better one: services that read
/// a report want a file for everything, and take one that they do not have.
const README: &str = "README.md";

/// Where the files of the usual services for continuous integration stand.
const WORKFLOWS: &str = ".github/workflows";

/// The files of a report about files: what is in no file stands in the one that starts us.
pub(super) fn places() -> Places {
    Places {
        folder: env::current_dir().unwrap_or_default(),
        rules: BTreeMap::new(),
        claims: BTreeMap::new(),
        elsewhere: elsewhere(),
    }
}

/// The same for a verification: its rules, and claims from files of the user's.
pub(super) fn of_verification(
    verification: &Verification,
    claims: BTreeMap<String, FileLocation>,
) -> Places {
    let file = |source: &SourceFile| {
        let name = source.name.to_string();
        if source.name.starts_with('<') {
            return program(&source.text).map(FileOfRule::Program);
        }
        // A rule of the corpus is built in, and its file may not be here.
        Path::new(&name).is_file().then_some(FileOfRule::Text(name))
    };
    let rules = verification.rules.iter();
    let rules = rules.filter_map(|rule| Some((rule.rule.clone(), file(rule.source.as_ref()?)?)));
    Places { rules: rules.collect(), claims, ..places() }
}

/// The file that a command line runs: the last of its words that names a file of this folder, since
/// an interpreter stands before its script.
fn program(line: &str) -> Option<String> {
    let words = shlex::split(line)?;
    let is_here = |word: &&String| Path::new(word).is_relative() && Path::new(word).is_file();
    words.iter().rev().find(is_here).cloned()
}

/// The workflow that names the program, else the first page of the checkout, else any of its files.
fn elsewhere() -> String {
    let starts_us = |path: &PathBuf| read::text(path).is_ok_and(|file| file.text.contains(NAME));
    let workflow = files_in(WORKFLOWS, "yml").into_iter().chain(files_in(WORKFLOWS, "yaml"));
    let workflow = workflow.filter(starts_us).min();
    let page = Some(PathBuf::from(README)).filter(|path| path.is_file());
    let any = || files_in(".", "").into_iter().min();
    let found = workflow.or(page).or_else(any);
    found.map_or_else(|| README.to_owned(), |path| path.display().to_string())
}

/// What the program is called.
const NAME: &str = env!("CARGO_PKG_NAME");

/// The files of a folder with an extension; with any, where none is named, but for hidden ones.
fn files_in(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.is_file());
    let is_hidden = |path: &PathBuf| {
        path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'))
    };
    let is_such =
        |path: &PathBuf| extension.is_empty() || path.extension().is_some_and(|e| e == extension);
    paths.filter(|path| !is_hidden(path) && is_such(path)).collect()
}
