//! Why a program could not be started, in the words of whoever can mend it.
//!
//! The shell that becomes the program ends with exit code 126 or 127 where it could not, and so do
//! programs that ran for reasons of their own. So it is looked here whether there is a reason.

use super::codes;
use crate::shown::neutral;
use patchstate_source::{Diagnostic, Severity, SourceFile};
use std::{
    env, fs,
    io::Read,
    ops::Range,
    path::{self, Path, PathBuf},
};

/// Exit codes of what could not be run (POSIX, *Exit Status for Commands*).
pub(super) const NOT_RUN: [i32; 2] = [126, 127];

/// As much as systems read of the line that names an interpreter.
const INTERPRETER_BYTES_MAX: u64 = 256;

/// The mistake of a program that cannot be started.
pub(super) fn cannot_be_started(
    source: &SourceFile,
    span: Range<usize>,
    name: &str,
    obstacle: &str,
) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: codes::PROGRAM.name,
        message: format!("the program `{name}` cannot be started"),
        source: source.clone(),
        span,
        label: neutral(obstacle),
        help: None,
    }
}

/// What keeps a program from being started, if anything does. One that is named with a folder is
/// looked for from `home`.
pub(super) fn obstacle(program: &Path, home: Option<&Path>) -> Option<String> {
    let name = program.display();
    let found = if has_folder(program) {
        let place = home.map_or_else(|| program.to_owned(), |home| home.join(program));
        place.exists().then_some(place)
    } else {
        in_search_path(program)
    };
    let Some(found) = found else {
        let missing = if has_folder(program) {
            format!("there is no file `{name}`")
        } else {
            format!("there is no program `{name}` beside the rule or in the folders of PATH")
        };
        return Some(missing);
    };
    if found.is_dir() {
        return Some(format!("`{name}` is a folder"));
    }
    if !may_be_executed(&found) {
        return Some(format!("`{name}` may not be executed: run `chmod +x` on it"));
    }
    let interpreter = missing_interpreter(&found, home)?;
    let first = "its first line names the interpreter";
    Some(format!("{first} `{}`, and there is no such program", interpreter.display()))
}

/// The name of a program with the ending that programs have here.
pub(super) fn with_ending(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

fn has_folder(program: &Path) -> bool {
    program.to_string_lossy().contains(path::is_separator)
}

/// The first file of that name in the folders of PATH; one that may be executed, if there is any.
fn in_search_path(program: &Path) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let files = || env::split_paths(&folders).map(|folder| folder.join(program));
    let is_program = |file: &PathBuf| file.is_file() && may_be_executed(file);
    let with_suffix = || files().map(|file| file.with_extension(env::consts::EXE_EXTENSION));
    let first = files().find(is_program).or_else(|| with_suffix().find(is_program));
    first.or_else(|| files().find(|file| file.is_file()))
}

/// The interpreter that the first line of a script names, where it is not there. `env` finds it in
/// the folders of PATH.
fn missing_interpreter(script: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let mut begin = Vec::new();
    fs::File::open(script).ok()?.take(INTERPRETER_BYTES_MAX).read_to_end(&mut begin).ok()?;
    let line = begin.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    // A carriage return before the line break is a part of the name to the system.
    let line = String::from_utf8_lossy(line).into_owned();
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let interpreter = PathBuf::from(words.next()?);
    let place = home.map_or_else(|| interpreter.clone(), |home| home.join(&interpreter));
    if !place.is_file() {
        return Some(interpreter);
    }
    let is_env = interpreter.file_name().is_some_and(|name| name == "env");
    let wanted = words.find(|word| !word.starts_with('-') && !word.contains('='));
    let wanted = PathBuf::from(wanted.filter(|_| is_env)?);
    (!has_folder(&wanted) && in_search_path(&wanted).is_none()).then_some(wanted)
}

#[cfg(unix)]
fn may_be_executed(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn may_be_executed(_file: &Path) -> bool {
    true
}
