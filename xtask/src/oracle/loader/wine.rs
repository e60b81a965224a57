//! Wine itself: on this machine, or in a Debian of its own that also runs 32-bit programs.

use crate::{
    checkout,
    failure::Failure,
    oracle::{hosts::Folder, tools::Tools},
    screen::warn,
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Where a worker process stands, and its name.
pub(super) const INETSRV: &str = "system32/inetsrv";
pub(super) const WORKER: &str = "w3wp.exe";

/// A run takes a tenth of a second; the first one in a prefix some seconds.
const RUN_TIME_MAX: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// Runs a command below another root, in a view of the file system of its own, so that nothing
/// stays mounted: Wine reads `/proc`.
const IN_ROOT: &str = r#"mount -t proc proc "$0/proc" && exec chroot "$0" "$@""#;

/// A prefix of our own, with a server that stays while we need it.
pub(in crate::oracle) struct Wine {
    /// The root of a system that has a Wine for 32 bits; `None` for the machine's own Wine.
    root: Option<PathBuf>,
    prefix: PathBuf,
    /// Where files are put that Wine is to see.
    stage: Folder,
    staged: AtomicUsize,
}

/// What a run of a program came to.
#[derive(Debug)]
pub(in crate::oracle) struct Run {
    /// `None` when it had to be ended.
    pub(in crate::oracle) exit_code: Option<i64>,
    /// What it, or Wine on the way, said on the error output.
    pub(in crate::oracle) said: String,
    /// What the program printed.
    pub(in crate::oracle) printed: String,
}

/// What Wine writes for each file that it has loaded.
const LOADED: &str = ":loaddll:";
/// How often it is started until it has loaded something.
const ATTEMPTS_MAX: usize = 3;

impl Wine {
    /// The machine's own Wine, or how to get it.
    pub(in crate::oracle) fn here() -> Result<Self, String> {
        Tools::program("wine")?;
        Tools::program("wineserver")?;
        Self::start(None).map_err(|failure| failure.to_string())
    }

    /// The Wine of a Debian below the target folder, or how to get it.
    pub(super) fn in_debian() -> Result<Self, String> {
        let root = debian();
        if !root.is_dir() {
            return Err("needs a Debian with a 32-bit Wine: `cargo xtask oracle wine32` makes \
                        one below the target folder, as root, with `debootstrap`: 3 GB"
                .to_owned());
        }
        let wine = Self::start(Some(root));
        wine.map_err(|failure| format!("the Debian below the target folder: {failure}"))
    }

    fn start(root: Option<PathBuf>) -> Result<Self, Failure> {
        let below = root.clone().unwrap_or_else(|| checkout::target().join("oracle"));
        let stage = Folder(below.join(format!("stage-{}", process::id())));
        fs::create_dir_all(&stage.0)?;
        let prefix = below.join("wine");
        fs::create_dir_all(&prefix)?;
        let fresh = !prefix.join("system.reg").is_file();
        let this = Self { root, prefix, stage, staged: AtomicUsize::new(0) };
        if fresh {
            warn("making a Wine prefix");
            let status =
                this.command("wine", &this.stage.0).args(["wineboot", "--init"]).status()?;
            // Nothing is written down before the server has ended.
            this.command("wineserver", &this.stage.0).arg("--wait").status()?;
            if !status.success() {
                return Err(format!("`wineboot` ends with {status}").into());
            }
        }
        // A server that stays between runs makes one ten times as fast. It ends by itself, so that
        // it is not taken away from anybody else.
        this.command("wineserver", &this.stage.0).arg("--persistent=20").status()?;
        Ok(this)
    }

    /// Puts files beside each other into a folder that Wine can see.
    pub(super) fn stage(&self, files: &[PathBuf]) -> Result<PathBuf, Failure> {
        let number = self.staged.fetch_add(1, Ordering::Relaxed).to_string();
        let folder = self.stage.0.join(number);
        fs::create_dir(&folder)?;
        for file in files {
            let Some(name) = file.file_name() else { continue };
            link(file, &folder.join(name))?;
        }
        Ok(folder)
    }

    /// The name under which Windows programs find a file.
    pub(in crate::oracle) fn windows_path(&self, path: &Path) -> String {
        let inside = self.inside(path);
        format!("Z:{}", inside.to_string_lossy().replace('/', "\\"))
    }

    /// Runs a program in a folder, with every DLL of the folder in the place of Wine's own.
    pub(super) fn run(&self, folder: &Path, words: &[&str]) -> Result<Run, Failure> {
        self.run_beside(folder, None, words)
    }

    /// The same with the DLLs of another folder, which is searched last: Wine's own system folder
    /// stays what it is.
    pub(super) fn run_beside(
        &self,
        folder: &Path,
        other: Option<&Path>,
        words: &[&str],
    ) -> Result<Run, Failure> {
        let mut stems = BTreeSet::new();
        for folder in [folder].into_iter().chain(other) {
            let own = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
            let own = own.filter(|path| path.is_file());
            stems.extend(own.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())));
        }
        // Wine replaces a DLL whose name is one of its own, unless it is told otherwise. With the
        // debugger on, a crash may end with 0.
        let natives = stems.into_iter().collect::<Vec<_>>().join(",");
        let overrides = format!("winedbg.exe=d;{natives}=n");
        let mut run = self.attempt(folder, other, words, &overrides)?;
        for _ in 1..ATTEMPTS_MAX {
            // A Wine that has loaded nothing, not even its own, has not come to our files: its
            // server was about to end. If that stays so, it is a disagreement.
            if run.said.contains(LOADED) {
                break;
            }
            warn(&format!("Wine did not start ({:?}), once more", run.exit_code));
            run = self.attempt(folder, other, words, &overrides)?;
        }
        Ok(run)
    }

    fn attempt(
        &self,
        folder: &Path,
        other: Option<&Path>,
        words: &[&str],
        overrides: &str,
    ) -> Result<Run, Failure> {
        let mut command = self.command("wine", folder);
        command.args(words).env("WINEDLLOVERRIDES", overrides);
        command.envs(other.map(|other| ("WINEPATH", self.windows_path(other))));
        // What does not resolve is a warning, and warnings are off unless they are asked for.
        command.env("WINEDEBUG", "-all,warn+module,err+module,+loaddll,err+virtual");
        ended(command, folder)
    }

    /// The folders in which Windows programs put what they remove again: one for each user.
    pub(in crate::oracle) fn temporary(&self) -> Result<Vec<PathBuf>, Failure> {
        let users = fs::read_dir(self.prefix.join("drive_c").join("users"))?;
        let folders = users.flatten().map(|user| user.path().join("Temp"));
        Ok(folders.filter(|folder| folder.is_dir()).collect())
    }

    /// A program of Wine's that starts in a folder; Wine itself says nothing.
    pub(in crate::oracle) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = match &self.root {
            None => {
                let mut command = Command::new(program);
                command.current_dir(folder);
                command
            }
            Some(root) => {
                let mut command = Command::new("unshare");
                command.args(["--mount", "--propagation", "private", "sh", "-c", IN_ROOT]);
                command.arg(root).args(["env", "--chdir"]).arg(self.inside(folder)).arg(program);
                command
            }
        };
        command.env("WINEPREFIX", self.inside(&self.prefix)).env("WINEARCH", "win64");
        command.env("WINEDEBUG", "-all").env("WINEDLLOVERRIDES", "winedbg.exe=d;mscoree,mshtml=");
        command.env_remove("DISPLAY");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// A path as it is below the root of the system that Wine runs in.
    fn inside(&self, path: &Path) -> PathBuf {
        let below = self.root.as_ref().and_then(|root| path.strip_prefix(root).ok());
        below.map_or_else(|| path.to_owned(), |below| Path::new("/").join(below))
    }
}

/// Gives a file another name. It costs nothing, but is not to be had on another disk.
pub(super) fn link(file: &Path, to: &Path) -> Result<(), Failure> {
    if fs::hard_link(file, to).is_err() {
        fs::copy(file, to)?;
    }
    Ok(())
}

/// Runs a program to its end. What it writes goes to files beside a folder, not to pipes: Wine's
/// services inherit them and outlive the program.
pub(in crate::oracle) fn ended(mut command: Command, folder: &Path) -> Result<Run, Failure> {
    let [said, printed] = ["said", "printed"].map(|name| folder.with_extension(name));
    command.stdin(Stdio::null()).stdout(File::create(&printed)?).stderr(File::create(&said)?);
    let exit_code = wait(&mut command.spawn()?)?;
    let text = |path: &Path| {
        let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        fs::remove_file(path).and(text)
    };
    Ok(Run { exit_code, said: text(&said)?, printed: text(&printed)? })
}

/// Waits for a program, and ends it when it takes too long.
fn wait(child: &mut Child) -> Result<Option<i64>, Failure> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > RUN_TIME_MAX {
            child.kill()?;
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(child.wait()?.code().map(i64::from))
}

/// Where the system with a 32-bit Wine stands.
fn debian() -> PathBuf {
    checkout::target().join("oracle").join("debian")
}

/// Makes that system, if it is not there.
pub(crate) fn make_debian() -> Result<(), Failure> {
    let (root, script) = (debian(), checkout::root().join("xtask/oracles/wine32.sh"));
    if root.is_dir() {
        return Ok(());
    }
    Tools::program("debootstrap")?;
    warn("making a Debian with a 32-bit Wine: 3 GB, some minutes");
    let status = Command::new("bash").arg(script).arg(&root).status()?;
    if status.success() { Ok(()) } else { Err(format!("the script ends with {status}").into()) }
}
