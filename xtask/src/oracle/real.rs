//! PE files that nobody here wrote: Wine's own DLLs for both architectures, the runtime of
//! mingw-w64, and packages of the Python world.
//!
//! `patchstate inspect` must say what pefile and lief say, on every file. Where the readers mean
//! different things by the same word, `pe_readers.py` levels the difference and says why. There
//! must be many files, so that a download which has changed is noticed.

use super::{
    differences,
    outcome::Outcome,
    tools::{Tools, inspect},
};
use crate::{checkout, command, failure::Failure, reading, screen::warn};
use serde_json::json;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{self, Command},
};

const READERS: [&str; 2] = ["pefile", "lief"];
const OF_WINE: &str = "x64 DLLs of Wine";
const OF_WINE_32: &str = "x86 DLLs of Wine";
const OF_MINGW: &str = "runtime of mingw-w64";
const OF_WHEELS: &str = "binaries of Python wheels";
/// Fewer files than this in all show that something was not found.
const FILES_MIN: usize = 1500;
/// Where Debian's and Ubuntu's packages put them, and Wine's own build.
const WINE_FOLDERS: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
    "/usr/lib/wine/x86_64-windows",
    "/opt/wine-stable/lib/wine/x86_64-windows",
    "/usr/lib64/wine/x86_64-windows",
];
/// Packages of Debian, which are fetched and unpacked, not installed.
const WINE_32: [&str; 1] = ["libwine:i386"];
const MINGW: [&str; 4] = [
    "gcc-mingw-w64-i686-posix-runtime",
    "gcc-mingw-w64-i686-win32-runtime",
    "gcc-mingw-w64-x86-64-posix-runtime",
    "gcc-mingw-w64-x86-64-win32-runtime",
];
/// Built by different compilers, some with exports of C++, some with hundreds of imports. Exact
/// versions, so that a run means the same everywhere.
const WHEELS: [&str; 6] = [
    "pywin32==308",
    "lxml==5.3.0",
    "numpy==1.26.4",
    "pyodbc==5.2.0",
    "PyQt5-Qt5==5.15.2",
    "PyQt5==5.15.11",
];
const PLATFORMS: [&str; 2] = ["win32", "win_amd64"];
const ENDINGS: [&str; 4] = ["dll", "pyd", "exe", "ocx"];

/// Compares all of them.
pub(crate) fn compare(tools: &Tools) -> Result<Vec<Outcome>, Failure> {
    let places: [(&'static str, Found); 4] = [
        (OF_WINE, Box::new(|_| wine())),
        (OF_WINE_32, Box::new(|_| packages("wine-i386", &WINE_32))),
        (OF_MINGW, Box::new(|_| packages("mingw", &MINGW))),
        (OF_WHEELS, Box::new(wheels)),
    ];
    let (mut outcomes, mut count, mut complete) = (Vec::new(), 0, true);
    for (of, find) in places {
        match tools.python().map(|_| ()).and_then(|()| find(tools)) {
            Ok(files) => {
                count += files.len();
                outcomes.extend(compare_files(tools, of, &files)?);
            }
            Err(why) => {
                complete = false;
                outcomes.extend(READERS.map(|reader| Outcome::skipped(reader, of, why.clone())));
            }
        }
    }
    if let Some(outcome) = outcomes.last_mut() {
        outcome.notes.push(format!("{count} real files in all"));
        if complete && count < FILES_MIN {
            outcome.disagreements.push(format!("{count} files are fewer than {FILES_MIN}"));
        }
    }
    Ok(outcomes)
}

/// How files are found, or a sentence that says how to get them.
type Found = Box<dyn Fn(&Tools) -> Result<Vec<PathBuf>, String>>;

fn compare_files(
    tools: &Tools,
    of: &'static str,
    files: &[PathBuf],
) -> Result<Vec<Outcome>, Failure> {
    warn(&format!("reading {} {of}", files.len()));
    let ours = inspect(&reading::patchstate()?, files)?;
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
        if reader == "pefile" {
            outcome.notes.push(format!("{versions} of {} files have a version", files.len()));
        }
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

/// The binaries of some packages of Debian, fetched once and kept below the target folder.
fn packages(name: &str, packages: &[&str]) -> Result<Vec<PathBuf>, String> {
    let folder = checkout::target().join("oracle").join("debian-packages").join(name);
    if !folder.is_dir() {
        Tools::program("apt-get")?;
        let unfinished = unfinished(&folder);
        let script = checkout::root().join("xtask/oracles/debian_packages.sh");
        let mut fetch = Command::new("bash");
        let words = packages.join(" ");
        run(fetch.arg(script).arg(&unfinished).args(packages))
            .map_err(|error| format!("`apt-get download {words}` fails: {error}"))?;
        into_place(&unfinished, &folder).map_err(|error| format!("{words}: {error}"))?;
    }
    Ok(binaries_below(&folder))
}

/// Where something is made that is to come into place as a whole, so that half a download is never
/// taken for all of it, and two runs do not get into each other's way.
fn unfinished(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(format!(".{}", process::id()));
    PathBuf::from(name)
}

fn into_place(unfinished: &Path, folder: &Path) -> io::Result<()> {
    match fs::rename(unfinished, folder) {
        // Another run was faster.
        Err(_) if folder.is_dir() => fs::remove_dir_all(unfinished),
        moved => moved,
    }
}

/// The binaries of some wheels, fetched once and kept below the target folder.
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

/// Downloads one wheel with `pip` and unpacks it.
fn fetch(python: &Path, platform: &str, package: &str, to: &Path) -> Result<(), String> {
    let fails = |error: &dyn std::fmt::Display| format!("{package} for {platform}: {error}");
    let unfinished = unfinished(to);
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
    into_place(&unfinished, to).map_err(|error| fails(&error))
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
