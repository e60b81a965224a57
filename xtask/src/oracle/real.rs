//! PE files that nobody here wrote: Wine's own DLLs, and packages of the Python world.
//!
//! `patchstate inspect` must say what pefile and lief say, on every file.

use super::{
    Outcome, differences,
    tools::{Tools, inspect},
};
use crate::{Failure, checkout, command, screen::warn};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

const READERS: [&str; 2] = ["pefile", "lief"];
const OF_WINE: &str = "DLLs of Wine";
const OF_WHEELS: &str = "binaries of Python wheels";
/// Where Debian's and Ubuntu's packages put them, and Wine's own build.
const WINE_FOLDERS: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
    "/usr/lib/wine/x86_64-windows",
    "/opt/wine-stable/lib/wine/x86_64-windows",
    "/usr/lib64/wine/x86_64-windows",
];
/// Built by different compilers, some with exports of C++, some with hundreds of imports. Exact
/// versions, so that a run means the same everywhere.
const WHEELS: [&str; 4] = ["pywin32==308", "lxml==5.3.0", "numpy==1.26.4", "pyodbc==5.2.0"];
const PLATFORMS: [&str; 2] = ["win32", "win_amd64"];
const ENDINGS: [&str; 4] = ["dll", "pyd", "exe", "ocx"];

/// Compares both sets.
pub(crate) fn compare(tools: &Tools) -> Result<Vec<Outcome>, Failure> {
    if let Err(why) = tools.python() {
        let skipped =
            |reader| [OF_WINE, OF_WHEELS].map(|of| Outcome::skipped(reader, of, why.clone()));
        return Ok(READERS.into_iter().flat_map(skipped).collect());
    }
    let mut outcomes = Vec::new();
    for (of, files) in [(OF_WINE, wine()), (OF_WHEELS, wheels(tools))] {
        match files {
            Ok(files) => outcomes.extend(compare_files(tools, of, &files)?),
            Err(why) => {
                outcomes.extend(READERS.map(|reader| Outcome::skipped(reader, of, why.clone())));
            }
        }
    }
    Ok(outcomes)
}

fn compare_files(
    tools: &Tools,
    of: &'static str,
    files: &[PathBuf],
) -> Result<Vec<Outcome>, Failure> {
    warn(&format!("reading {} {of}", files.len()));
    let ours = inspect(&checkout::patchstate()?, files)?;
    let answers = tools.ask("pe_readers.py", &json!({ "files": files, "readers": READERS }))?;
    if answers.len() != files.len() {
        return Err("the script did not answer for every file".into());
    }
    let mut outcomes = Vec::new();
    for reader in READERS {
        let mut outcome = Outcome::new(reader, of);
        let mut versions = 0;
        for ((path, ours), answer) in files.iter().zip(&ours).zip(&answers) {
            versions += usize::from(ours["file_version"].is_string());
            let name = path.to_string_lossy();
            outcome.case(&name, &differences::of_images(ours, &answer[reader]));
        }
        outcome.notes.push(format!("{versions} of {} files have a version", files.len()));
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Wine's own DLLs for x64.
fn wine() -> Result<Vec<PathBuf>, String> {
    let folders = WINE_FOLDERS.iter().map(Path::new);
    let files = folders.map(binaries_below).find(|files| !files.is_empty());
    files
        .ok_or_else(|| "not installed: `apt-get install --no-install-recommends wine64`".to_owned())
}

/// The binaries of some packages, fetched once and kept below the target folder.
fn wheels(tools: &Tools) -> Result<Vec<PathBuf>, String> {
    let folder = checkout::target().join("oracle").join("wheels");
    let python = tools.python()?;
    let mut files = Vec::new();
    for platform in PLATFORMS {
        for package in WHEELS {
            let to = folder.join(platform).join(package);
            if !to.is_dir() {
                fetch(python, platform, package, &to)?;
            }
            files.extend(binaries_below(&to));
        }
    }
    Ok(files)
}

/// Downloads one package with `pip` and unpacks it. It comes into place as a whole, so that half a
/// download is never taken for a package, and two runs do not get into each other's way.
fn fetch(python: &Path, platform: &str, package: &str, to: &Path) -> Result<(), String> {
    let fails = |error: &dyn std::fmt::Display| format!("{package} for {platform}: {error}");
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(format!(".{}", process::id()));
    let unfinished = PathBuf::from(unfinished);
    fs::create_dir_all(&unfinished).map_err(|error| fails(&error))?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]);
    pip.args(["--python-version", "3.11", "--platform", platform, package, "--dest"]);
    run(pip.arg(&unfinished)).map_err(|error| fails(&error))?;
    let entries = fs::read_dir(&unfinished).map_err(|error| fails(&error))?;
    let wheels = entries.flatten().map(|entry| entry.path());
    for wheel in wheels.filter(|path| path.extension().is_some_and(|ending| ending == "whl")) {
        let mut unpack = Command::new(python);
        unpack.args(["-m", "zipfile", "-e"]).arg(&wheel);
        // Not beside the wheel: one of them contains an empty file with its own name.
        unpack.arg(unfinished.join("unpacked"));
        run(&mut unpack).map_err(|error| fails(&error))?;
        fs::remove_file(&wheel).map_err(|error| fails(&error))?;
    }
    match fs::rename(&unfinished, to) {
        // Another run was faster.
        Err(_) if to.is_dir() => fs::remove_dir_all(&unfinished).map_err(|error| fails(&error)),
        moved => moved.map_err(|error| fails(&error)),
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command::output(command, &[]).map_err(|error| error.to_string())?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.trim().lines().next_back().unwrap_or_default();
    if output.status.success() { Ok(()) } else { Err(last.to_owned()) }
}

/// Every PE file below a folder by its ending, in a stable order.
fn binaries_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_dir() {
            found.extend(binaries_below(&path));
        } else if ENDINGS.contains(&ending.to_lowercase().as_str()) {
            found.push(path);
        }
    }
    found.sort();
    found
}
