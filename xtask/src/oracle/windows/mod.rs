//! The program for Windows: the same words said to it under Wine and to that for Linux beside it.
//!
//! **Owns** building both, the folders that they are started in, and the transcript of
//! `xtask/oracles/windows.toml`, which also lists every difference that may be.
//!
//! **Must never know** what a command does: only that both must do the same.
//!
//! **Start reading** at [`compare`].

mod place;
mod transcript;

use super::{
    hosts::Folder,
    loader::{Run, Wine, ended},
    outcome::Outcome,
    tools::Tools,
};
use crate::{checkout, command, failure::Failure};
use place::{PROGRAM, Place};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use transcript::{FILES, Said, Transcript};

const OF: &str = "commands of the program for Windows, beside that for Linux";
const TARGET: &str = "x86_64-pc-windows-gnu";
const LINKER: &str = "x86_64-w64-mingw32-gcc";
/// What stands in the transcript for the folder that a side is started in.
const FOLDER: &str = "{folder}";
/// Longer than the children of programs live where nobody ends them.
const CHILD_LIFE: Duration = Duration::from_secs(6);
/// Where a child that nobody ended writes, when a rule started it and when we did.
const LIVED: [&str; 3] = ["lived-after-hang", "lived-after-leave", "lived-after-interrupt"];
const CANARY: &str = "lived";

/// What is interrupted. Its program would go on for ten minutes.
const INTERRUPTED: [&str; 6] =
    ["verify", "slow.external.toml", "--components", "iis_common", "--arch", "x64"];
/// How long it may take until a folder of hosts is there, and from then to the start of a program.
const START_TIME_MAX: Duration = Duration::from_secs(60);
const START_TIME: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// What a system keeps of the exit code of a Windows program that Ctrl+C ended (`0xC000013A`).
const CONTROL_C_EXIT: i32 = 0x3a;

/// Starts every command of the transcript twice.
pub(crate) fn compare() -> Result<Vec<Outcome>, Failure> {
    if let Err(why) = needs() {
        let skipped = Outcome::skipped("windows", OF, why);
        return Ok(vec![Outcome { optional: true, ..skipped }]);
    }
    // Before Wine, whose server does not wait as long as that.
    build_commands()?;
    let wine = Wine::here()?;
    let file = checkout::root().join("xtask").join("oracles").join("windows.toml");
    let transcript = Transcript::read(&fs::read_to_string(file)?)?;
    let folder = checkout::target().join("oracle").join(format!("windows-{}", process::id()));
    let folder = Folder(folder);
    let linux = Side::build(&folder.0.join("linux"), None)?;
    let lacks = folder.0.join("lacks");
    build_lacking(&lacks)?;
    let under_wine = UnderWine { wine: &wine, lacks: &lacks };
    let windows = Side::build(&folder.0.join("windows"), Some(under_wine))?;
    for side in [&linux, &windows] {
        side.place.fill(&linux.patchstate)?;
    }
    let before = [linux.temporary()?, windows.temporary()?];
    let (mut outcome, mut seen) = (Outcome::new("windows", OF), BTreeSet::new());
    for case in &transcript.cases {
        let words: Vec<&str> = case.words.iter().map(String::as_str).collect();
        let (one, other) = (linux.say(&words)?, windows.say(&words)?);
        outcome.case(&case.name, &transcript.unlisted(&case.name, &one, &other, &mut seen));
    }
    for ((name, side), before) in [("Linux", &linux), ("Windows", &windows)].into_iter().zip(before)
    {
        outcome.case(&format!("Ctrl+C on {name}"), &side.interrupt(before)?);
        outcome.case(&format!("children of programs on {name}"), &side.children()?);
    }
    let (one, other) = (linux.place.written()?, windows.place.written()?);
    let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for path in paths {
        let said = [&one, &other].map(|side| {
            let text = side.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            Said(vec![("content", text.unwrap_or_else(|| "it is not there".to_owned()))])
        });
        let [of_linux, of_windows] = &said;
        let mut differences = transcript.unlisted(FILES, of_linux, of_windows, &mut seen);
        // Text hides what is none.
        if of_linux == of_windows && one.get(path) != other.get(path) {
            differences.push("its bytes differ".to_owned());
        }
        outcome.case(&format!("{FILES}: {path}"), &differences);
    }
    outcome.disagreements.extend(transcript.unseen(&seen));
    let commands = transcript.cases.len();
    outcome.notes.push(format!("{commands} commands, and the files that they wrote"));
    outcome.notes.extend(transcript.reasons().map(|why| format!("may differ: {why}")));
    Ok(vec![outcome])
}

/// Whether the program can be built for Windows and run.
fn needs() -> Result<(), String> {
    if command::find(LINKER).is_none() {
        return Err(format!(
            "`{LINKER}` is not installed: `apt-get install gcc-mingw-w64-x86-64-win32`"
        ));
    }
    let how = format!("no standard library for {TARGET}: `rustup target add {TARGET}`");
    let library = command::text("rustc", &["--print", "target-libdir", "--target", TARGET]);
    let library = library.map_err(|failure| failure.to_string())?;
    if !Path::new(library.trim()).is_dir() {
        return Err(how);
    }
    Tools::program("wine").and(Tools::program("wineserver")).map(drop)
}

/// Builds the command for both systems.
fn build_commands() -> Result<(), Failure> {
    for words in [&["build", "--release"][..], &["build", "--release", "--target", TARGET]] {
        if !command::passes("cargo", words, &[]) {
            return Err(format!("`cargo {}` fails", words.join(" ")).into());
        }
    }
    Ok(())
}

/// Builds the DLL that Rust's standard library needs and Wine 8 does not have.
fn build_lacking(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let file = folder.join("bcryptprimitives.dll").to_string_lossy().into_owned();
    let source = "xtask/oracles/bcryptprimitives.c";
    command::text(LINKER, &["-shared", "-O2", "-o", &file, source, "-ladvapi32"]).map(drop)
}

/// Wine, and a folder with the DLLs that it lacks.
#[derive(Clone, Copy)]
struct UnderWine<'a> {
    wine: &'a Wine,
    lacks: &'a Path,
}

/// One of the two systems.
struct Side<'a> {
    /// The command.
    patchstate: PathBuf,
    place: Place,
    /// What runs its programs, where they do not run by themselves.
    wine: Option<UnderWine<'a>>,
}

impl<'a> Side<'a> {
    /// A folder with the program that is a rule, which is built there.
    fn build(folder: &Path, wine: Option<UnderWine<'a>>) -> Result<Self, Failure> {
        let mut for_rustc = vec![];
        let linker = format!("linker={LINKER}");
        if wine.is_some() {
            for_rustc.extend(["--target", TARGET, "-C", &linker]);
        }
        let ending = if wine.is_some() { ".exe" } else { "" };
        let built = if wine.is_some() { format!("{TARGET}/release") } else { "release".to_owned() };
        let patchstate = checkout::target().join(built).join(format!("patchstate{ending}"));
        let place = Place::make(folder)?;
        let program = place.file(&format!("{PROGRAM}{ending}")).to_string_lossy().into_owned();
        let source = format!("xtask/oracles/{PROGRAM}.rs");
        for_rustc.extend(["--edition", "2024", "-O", "-o", &program, &source]);
        command::text("rustc", &for_rustc)?;
        if wine.is_none() {
            // So that the same command line names it.
            fs::copy(&program, place.file(&format!("{PROGRAM}.exe")))?;
        }
        Ok(Self { patchstate, place, wine })
    }

    /// A program of this side, which starts in its folder.
    fn command(&self, program: &Path, words: &[&str]) -> Command {
        let folder = self.place.folder();
        let mut command = if let Some(UnderWine { wine, lacks }) = self.wine {
            let mut command = wine.command("wine", folder);
            command.arg(program).env("WINEPATH", wine.windows_path(lacks));
            command
        } else {
            let mut command = Command::new(program);
            command.current_dir(folder).env("TMPDIR", self.place.temporary());
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        command.args(words).env_remove("NO_COLOR").env_remove("CI");
        command
    }

    /// What a program of this side does.
    fn run(&self, program: &Path, words: &[&str]) -> Result<Run, Failure> {
        ended(self.command(program, words), self.place.folder())
    }

    /// The folders of hosts that are there now.
    fn temporary(&self) -> Result<usize, Failure> {
        let folders = match self.wine {
            Some(UnderWine { wine, .. }) => wine.temporary()?,
            None => vec![self.place.temporary()],
        };
        let mut count = 0;
        for folder in folders {
            let names = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name());
            count += names.filter(|name| name.to_string_lossy().starts_with("patchstate-")).count();
        }
        Ok(count)
    }

    /// What is wrong where Ctrl+C ends the command while a program runs: it removes the folder of
    /// hosts, and tells by its ending what ended it.
    fn interrupt(&self, before: usize) -> Result<Vec<String>, Failure> {
        let mut wrong = Vec::new();
        if self.temporary()? != before {
            wrong.push("the commands before left folders of hosts".to_owned());
        }
        let mut child = self.command(&self.patchstate, &INTERRUPTED).spawn()?;
        let start = Instant::now();
        while self.temporary()? == before && start.elapsed() < START_TIME_MAX {
            thread::sleep(POLL_INTERVAL);
        }
        // Then the program is started.
        thread::sleep(START_TIME);
        if self.temporary()? == before {
            wrong.push("there is no folder of hosts while the command runs".to_owned());
        }
        command::text("kill", &["-INT", &child.id().to_string()])?;
        let code = child.wait()?.code();
        let wanted = self.wine.map(|_| CONTROL_C_EXIT);
        if code != wanted {
            wrong.push(format!("the command ends with {code:?} instead of {wanted:?}"));
        }
        if self.temporary()? != before {
            wrong.push("the folder of hosts is still there".to_owned());
        }
        Ok(wrong)
    }

    /// What the command says.
    fn say(&self, words: &[&str]) -> Result<Said, Failure> {
        let run = self.run(&self.patchstate, words)?;
        let code = run.exit_code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        let (printed, said) = (self.neutral(&run.printed), self.neutral(&run.said));
        let ending = format!("exit code {code}");
        Ok(Said(vec![("stdout", printed), ("stderr", said), ("ending", ending)]))
    }

    /// A text with a word for the folder of this side, also where it stands in JSON.
    fn neutral(&self, text: &str) -> String {
        let folder = match self.wine {
            Some(UnderWine { wine, .. }) => wine.windows_path(self.place.folder()),
            None => self.place.folder().to_string_lossy().into_owned(),
        };
        text.replace(&folder, FOLDER).replace(&folder.replace('\\', r"\\"), FOLDER)
    }

    /// Which child of a program lives on that must not. As a canary, one that may.
    fn children(&self) -> Result<Vec<String>, Failure> {
        let ending = if self.wine.is_some() { ".exe" } else { "" };
        let program = self.place.file(&format!("{PROGRAM}{ending}"));
        self.run(&program, &["linger", CANARY])?;
        thread::sleep(CHILD_LIFE);
        let mut wrong = Vec::new();
        if !self.place.take(CANARY)? {
            wrong.push("a child that nobody ends writes nothing".to_owned());
        }
        for name in LIVED {
            if self.place.take(name)? {
                wrong.push(format!("{name}: a child of a program was not ended"));
            }
        }
        Ok(wrong)
    }
}
