//! Which of the programs that others wrote are here, and how to get those that are not.

use crate::{checkout, command, failure::Failure};
use serde_json::Value;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Programs that were found.
#[derive(Debug)]
pub(crate) struct Tools {
    /// A Python that has the readers of `requirements.txt`.
    python: Option<PathBuf>,
}

/// The variable that names a Python which has the readers.
const PYTHON_VARIABLE: &str = "PATCHSTATE_ORACLE_PYTHON";
const PYTHON_MODULES: &str = "import pefile, lief, regipy, yara_x";

impl Tools {
    /// Looks for them.
    pub(crate) fn find() -> Self {
        let named = env::var_os(PYTHON_VARIABLE).map(PathBuf::from);
        let own = checkout::target().join("oracle").join("venv").join("bin").join("python");
        let candidates = named.into_iter().chain([own]).chain(command::find("python3"));
        let works = |python: &PathBuf| {
            let answer = command::output(Command::new(python).args(["-c", PYTHON_MODULES]), &[]);
            answer.is_ok_and(|answer| answer.status.success())
        };
        Self { python: candidates.into_iter().find(works) }
    }

    /// The Python that has the readers.
    pub(crate) fn python(&self) -> Result<&Path, String> {
        self.python.as_deref().ok_or_else(|| {
            let venv = checkout::target().join("oracle").join("venv");
            format!(
                "no Python with the readers: `python3 -m venv {venv}`, then `{venv}/bin/pip \
                 install -r xtask/oracles/requirements.txt`, or name one in {PYTHON_VARIABLE}",
                venv = venv.display()
            )
        })
    }

    /// A program on the path, or a sentence that says how to get it.
    pub(crate) fn program(name: &str) -> Result<PathBuf, String> {
        let package = match name {
            "hivexml" | "hivexget" => "libhivex-bin",
            "wine" | "wineserver" => "--no-install-recommends wine64 wine",
            "objdump" => "binutils",
            "llvm-readobj" => "llvm",
            other => other,
        };
        command::find(name)
            .ok_or_else(|| format!("`{name}` is not installed: `apt-get install {package}`"))
    }

    /// Asks one of the Python scripts; gives one answer a line of its output.
    pub(crate) fn ask(&self, script: &str, request: &Value) -> Result<Vec<Value>, Failure> {
        let script = checkout::root().join("xtask").join("oracles").join(script);
        let mut command = Command::new(self.python()?);
        let output = command::output(command.arg(&script), request.to_string().as_bytes())?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(
                format!("{} ends with {}: {complaint}", script.display(), output.status).into()
            );
        }
        let text = String::from_utf8(output.stdout)?;
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }
}

/// What the `patchstate` command reads from PE files, in the order of the files.
pub(crate) fn inspect(patchstate: &Path, files: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut command = Command::new(patchstate);
    let output =
        command::output(command.args(["inspect", "--json", "--exit-zero"]).args(files), &[])?;
    let mut answer: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("`patchstate inspect --json` prints no JSON: {error}: {complaint}")
    })?;
    match answer.get_mut("files").map(Value::take) {
        Some(Value::Array(inspected)) if inspected.len() == files.len() => Ok(inspected),
        other => {
            let other = other.unwrap_or_default();
            Err(format!("`patchstate inspect` answers for other files: {other}").into())
        }
    }
}
