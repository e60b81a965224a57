//! Starting the program, and what came of it.

use assert_cmd::Command;
use std::{fs, path::Path};
use tempfile::TempDir;

/// What a command said and exited with.
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ended {
    /// The object on standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON: {error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// The program with words, in the folder of the package, where `corpus` is.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("COLUMNS");
    command.args(words);
    command
}

/// Runs the program to its end.
pub(crate) fn run(words: &[&str]) -> Ended {
    ended(command(words))
}

/// Runs the program in a folder to its end.
pub(crate) fn run_in(folder: &Path, words: &[&str]) -> Ended {
    let mut command = command(words);
    command.current_dir(folder);
    ended(command)
}

/// Runs a command to its end.
pub(crate) fn ended(mut command: Command) -> Ended {
    let output = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Ended {
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        code: output.status.code().expect("the program ends by itself"),
    }
}

/// Runs the program on words of one line.
pub(crate) fn run_line(line: &str) -> Ended {
    run(&line.split_whitespace().collect::<Vec<_>>())
}

/// A temporary folder with files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// A copy of the built-in catalog, with changes: each replaces a text of one file, once.
pub(crate) fn catalog(changes: &[(&str, &str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/catalog");
    for entry in fs::read_dir(built_in).expect("the catalog is there") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_str().expect("a plain name").to_owned();
        let mut text = fs::read_to_string(&path).expect("a text");
        for (_, old, new) in changes.iter().filter(|(file, ..)| *file == name) {
            assert!(text.contains(old), "{name} has no {old:?}");
            text = text.replacen(old, new, 1);
        }
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

/// A path as a word of the command line.
pub(crate) fn word(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}
