//! An empty folder, and a shell in it that finds the program.

use super::root;
use crate::program::{Ended, ended};
use assert_cmd::Command;
use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder that a page is followed in.
pub(super) struct Place {
    folder: TempDir,
    /// The programs that are found before all others.
    programs: TempDir,
    /// Where the shell is.
    here: PathBuf,
    path: String,
}

/// What pages say with cargo: the program that was built stands for `cargo run`, an installation
/// puts it where it was asked for, and what the gate runs itself is not run a second time.
const CARGO: &str = "\
    case \"$1 $2\" in\n\
    'run --release') shift 2; [ \"$1\" = -- ] && shift; exec 'PROGRAM' \"$@\" ;;\n\
    'install --path' | 'install --locked') ;;\n\
    'test --workspace') exit ;;\n\
    'xtask '*) exec grep -q \"^  $2 \" 'ROOT/xtask/src/main.rs' ;;\n\
    *) echo \"not a line of cargo that pages may have: $*\" >&2; exit 64 ;;\n\
    esac\n\
    while [ $# -gt 1 ]; do\n\
    if [ \"$1\" = --root ]; then mkdir -p \"$2/bin\" && ln -s 'PROGRAM' \"$2/bin/patchstate\"; fi\n\
    if [ \"$1\" = --path ] && [ \"$2\" != . ]; then test -e \"$2/Cargo.lock\" || exit 1; fi\n\
    shift\n\
    done\n";

impl Place {
    /// A place where the program is on the path.
    pub(super) fn new() -> Self {
        let place = Self::without_program(&env::var("PATH").expect("a path"));
        place.add_program("patchstate", "exec 'PROGRAM' \"$@\"\n");
        place
    }

    /// A place where cargo is, and beside it what is in the folders of `path`.
    pub(super) fn without_program(path: &str) -> Self {
        let [folder, programs] = [(); 2].map(|()| TempDir::new().expect("a temporary folder"));
        let path = format!("{}:{path}", programs.path().display());
        let here = folder.path().to_owned();
        let place = Self { folder, programs, here, path };
        place.add_program("cargo", CARGO);
        place
    }

    fn add_program(&self, name: &str, script: &str) {
        let script = script.replace("PROGRAM", env!("CARGO_BIN_EXE_patchstate"));
        let script = script.replace("ROOT", root().to_str().expect("a plain path"));
        let path = self.programs.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}")).expect("a program");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// Where the shell is.
    pub(super) fn here(&self) -> &Path {
        &self.here
    }

    /// Files of the machine and not of the page.
    pub(super) fn aside(&self, name: &str) -> PathBuf {
        self.programs.path().join(name)
    }

    /// Finds programs in a folder before all others.
    pub(super) fn find_in(&mut self, folder: &str) {
        self.path = format!("{folder}:{}", self.path);
    }

    /// Writes a file where the shell is, or adds to one.
    pub(super) fn write(&self, name: &str, text: &str, is_added: bool) {
        let path = self.here.join(name);
        let before = if is_added {
            fs::read_to_string(&path).expect("the file that is added to")
        } else {
            String::new()
        };
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, before + text).expect("a file");
    }

    /// Runs what somebody types; both outputs are one, and a change of the folder stays.
    pub(super) fn typed(&mut self, line: &str) -> Ended {
        let after = self.aside("here");
        let script = format!(
            "exec 2>&1\n{line}\ncode=$?\npwd > '{}'\nexit $code\n",
            after.to_str().expect("a plain path")
        );
        let ended = ended(self.shell(&["-c", &script], &[]));
        if let Ok(here) = fs::read_to_string(after) {
            self.here = PathBuf::from(here.trim_end());
        }
        assert!(
            self.here.starts_with(self.folder.path().canonicalize().expect("a folder"))
                || self.here.starts_with(self.folder.path()),
            "a page leaves its folder: {line}"
        );
        ended
    }

    /// Runs a script that ends with the first command that fails.
    pub(super) fn script(&self, script: &str, variables: &[(String, String)]) -> Ended {
        ended(self.shell(&["--noprofile", "--norc", "-eo", "pipefail", "-c", script], variables))
    }

    fn shell(&self, words: &[&str], variables: &[(String, String)]) -> Command {
        let mut command = Command::new("bash");
        command.args(words).current_dir(&self.here).env("PATH", &self.path);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("COLUMNS");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command
    }
}
