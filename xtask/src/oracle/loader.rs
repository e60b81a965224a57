//! A real loader: Wine runs the worker process of every x64 host.
//!
//! Windows refuses to load a DLL whose imports do not resolve. Wine loads it, warns once for each
//! such import, and raises an exception when the function is called. So its warnings are the
//! exact list of what does not resolve, and the exit code of the synthetic worker process says
//! whether it was called. Both are held against the truth of the host's story, both ways: a
//! broken host must fail with exactly the imports that truth names, and any other must run.

use super::{
    Outcome,
    hosts::{Host, Hosts},
    tools::Tools,
};
use crate::{Failure, checkout, screen::warn};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use toml::Table;

const OF: &str = "x64 worker processes";
const INETSRV: &str = "system32/inetsrv";
const WORKER: &str = "w3wp.exe";
/// A run takes a tenth of a second; the first one in a prefix some seconds.
const RUN_TIME_MAX: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// Said by Wine once for each import that does not resolve.
const NO_IMPLEMENTATION: &str = "No implementation for ";
/// Said by Wine for each DLL that is not there.
const NOT_FOUND: &str = "Library ";

/// Exit codes of the synthetic worker process, as the catalog documents them.
struct ExitCodes {
    success: i64,
    load_failed: i64,
    unresolved_call: i64,
}

/// What a run of the worker process came to.
struct Run {
    /// `None` when it had to be ended.
    exit_code: Option<i64>,
    /// What Wine said on the way.
    said: String,
}

/// Runs the worker process of every different set of x64 files.
pub(crate) fn compare(hosts: &Hosts) -> Result<Outcome, Failure> {
    let programs =
        Tools::program("wine").and_then(|wine| Ok((wine, Tools::program("wineserver")?)));
    let wine = match programs {
        Ok((wine, server)) => Wine::start(wine, server)?,
        Err(why) => return Ok(Outcome::skipped("wine", OF, why)),
    };
    let exit_codes = exit_codes()?;
    let mut outcome = Outcome::new("wine", OF);
    let mut known = BTreeSet::new();
    let (mut broken, mut others) = (Vec::new(), Vec::new());
    for host in hosts.built.iter().filter(|host| host.architecture == "x64") {
        let has_worker = host.images().any(|(path, _)| path == format!("{INETSRV}/{WORKER}"));
        if has_worker && known.insert(host.story["host"]["files"].to_string()) {
            let run = wine.run(&host.path(INETSRV))?;
            outcome.case(&host.name, &differences(host, &run, &exit_codes));
            let is_broken = host.story["truth"]["status"] == "broken";
            if is_broken { &mut broken } else { &mut others }.push((host, run));
        }
    }
    outcome.notes.push(format!("{} of {} hosts are broken", broken.len(), outcome.cases));
    // The canary: what one kind of host does must not pass for what the other kind should do.
    let mistaken = |runs: &[(&Host, Run)], as_if: &[(&Host, Run)]| {
        let host = as_if.first().map(|(host, _)| *host);
        let taken = |run| host.is_some_and(|host| differences(host, run, &exit_codes).is_empty());
        runs.is_empty() || runs.iter().any(|(_, run)| taken(run))
    };
    if mistaken(&broken, &others) || mistaken(&others, &broken) {
        outcome.disagreements.push("broken hosts and others are not told apart".to_owned());
    }
    Ok(outcome)
}

/// What Wine does that truth does not expect.
fn differences(host: &Host, run: &Run, exit_codes: &ExitCodes) -> Vec<String> {
    let (found, expected) = (unresolved(&run.said), expected(&host.story));
    let mut differences: Vec<String> = found
        .symmetric_difference(&expected)
        .map(|import| {
            let who = if found.contains(import) { "only Wine" } else { "only truth" };
            format!("{who} says that {import} does not resolve")
        })
        .collect();
    let is_missing = |import: &String| import.ends_with(" is missing");
    let wanted = if expected.iter().any(is_missing) {
        exit_codes.load_failed
    } else if expected.is_empty() {
        exit_codes.success
    } else {
        exit_codes.unresolved_call
    };
    if run.exit_code != Some(wanted) {
        let code = run.exit_code;
        differences.push(format!("the worker process ends with {code:?} instead of {wanted}"));
    }
    differences.extend(replaced(&run.said, host));
    differences
}

/// DLLs of the host that Wine has taken from its own stock instead.
fn replaced(said: &str, host: &Host) -> Vec<String> {
    let loaded = said.lines().filter(|line| line.contains(":loaddll:") && line.contains("Loaded"));
    let builtin = loaded.filter(|line| line.trim_end().ends_with("builtin"));
    let names = builtin.filter_map(|line| file_name(line.split('"').nth(1)?));
    let names: BTreeSet<String> = names.collect();
    let own = host.images().filter_map(|(path, _)| path.strip_prefix("system32/inetsrv/"));
    own.filter(|name| names.contains(*name)).map(|name| format!("Wine replaces {name}")).collect()
}

/// Imports that Wine found nothing for, as `importing file: dll!name`.
fn unresolved(said: &str) -> BTreeSet<String> {
    let mut imports = BTreeSet::new();
    for line in said.lines() {
        // No implementation for iisutil.dll.Name imported from L"C:\\...\\w3core.dll", ...
        let parts = line.split_once(NO_IMPLEMENTATION);
        if let Some((symbol, from)) = parts.and_then(|(_, rest)| rest.split_once(" imported from "))
        {
            let from = from.split('"').nth(1).and_then(file_name).unwrap_or_default();
            let lower = symbol.to_lowercase();
            let dll_end = lower.find(".dll.").map_or(0, |at| at + ".dll".len());
            let (dll, name) = (lower.get(..dll_end), symbol.get(dll_end + 1..));
            let (dll, name) = (dll.unwrap_or_default(), name.unwrap_or_default());
            imports.insert(format!("{from}: {dll}!{name}"));
        }
        // Library gone.dll (which is needed by L"C:\\...\\w3core.dll") not found
        let parts = line.split_once(NOT_FOUND).filter(|_| line.ends_with("not found"));
        if let Some((dll, from)) =
            parts.and_then(|(_, rest)| rest.split_once(" (which is needed by "))
        {
            let from = from.split('"').nth(1).and_then(file_name).unwrap_or_default();
            imports.insert(format!("{from}: {} is missing", dll.to_lowercase()));
        }
    }
    imports
}

/// The same of the truth of a story.
fn expected(story: &Value) -> BTreeSet<String> {
    let findings = story["truth"]["findings"].as_array().into_iter().flatten();
    let imports = findings.filter_map(|finding| {
        let from = finding["file"].as_str()?.rsplit('/').next()?;
        let dll = finding["import"]["dll"].as_str()?;
        match finding["kind"].as_str()? {
            "missing-dll" => Some(format!("{from}: {dll} is missing")),
            "unresolved-import" => {
                let name = finding["import"]["name"].as_str().map(str::to_owned);
                let name = name.unwrap_or_else(|| finding["import"]["ordinal"].to_string());
                Some(format!("{from}: {dll}!{name}"))
            }
            _ => None,
        }
    });
    imports.collect()
}

/// The last piece of a path as Wine prints it, in lower case.
fn file_name(path: &str) -> Option<String> {
    path.rsplit(['\\', '/']).next().map(str::to_lowercase)
}

fn exit_codes() -> Result<ExitCodes, Failure> {
    let path = checkout::root().join("corpus").join("catalog").join("synthetic.toml");
    let catalog: Table = fs::read_to_string(path)?.parse()?;
    let code = |name: &str| {
        let codes = catalog.get("synthetic")?.get("exit_codes")?;
        codes.get(name)?.as_integer()
    };
    let known = || {
        Some(ExitCodes {
            success: code("success")?,
            load_failed: code("load_failed")?,
            unresolved_call: code("unresolved_call")?,
        })
    };
    known().ok_or_else(|| "the catalog has no exit codes of synthetic programs".into())
}

/// A prefix of our own, with a server that stays while we need it.
struct Wine {
    program: PathBuf,
    server: PathBuf,
    prefix: PathBuf,
}

impl Wine {
    fn start(program: PathBuf, server: PathBuf) -> Result<Self, Failure> {
        let prefix = checkout::target().join("oracle").join("wine");
        let fresh = !prefix.join("system.reg").is_file();
        fs::create_dir_all(&prefix)?;
        let this = Self { program, server, prefix };
        if fresh {
            warn("making a Wine prefix");
            let status = this.command(&this.program).args(["wineboot", "--init"]).status()?;
            // Nothing is written down before the server has ended.
            this.command(&this.server).arg("--wait").status()?;
            if !status.success() {
                return Err(format!("`wineboot` ends with {status}").into());
            }
        }
        // A server that stays between runs makes one ten times as fast. It ends by itself, so that
        // it is not taken away from anybody else.
        this.command(&this.server).arg("--persistent=20").status()?;
        Ok(this)
    }

    /// Runs the worker process in its own folder.
    fn run(&self, folder: &Path) -> Result<Run, Failure> {
        let own = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
        let stems = own.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
        let stems: BTreeSet<String> = stems.collect();
        // Wine replaces a DLL whose name is one of its own, unless it is told otherwise. With the
        // debugger on, a crash may end with 0.
        let natives = stems.into_iter().collect::<Vec<_>>().join(",");
        let overrides = format!("winedbg.exe=d;{natives}=n");
        // A file and not a pipe: Wine's services inherit it and outlive the worker process.
        let said = self.prefix.join(format!("said-{}.txt", process::id()));
        let mut command = self.command(&self.program);
        command.arg(WORKER).current_dir(folder).env("WINEDLLOVERRIDES", overrides);
        command.env("WINEDEBUG", "-all,warn+module,err+module,+loaddll");
        let mut child = command.stdout(Stdio::null()).stderr(File::create(&said)?).spawn()?;
        let start = Instant::now();
        while child.try_wait()?.is_none() {
            if start.elapsed() > RUN_TIME_MAX {
                child.kill()?;
            }
            thread::sleep(POLL_INTERVAL);
        }
        let exit_code = child.wait()?.code().map(i64::from);
        let text = String::from_utf8_lossy(&fs::read(&said)?).into_owned();
        fs::remove_file(&said)?;
        Ok(Run { exit_code, said: text })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("WINEPREFIX", &self.prefix).env("WINEARCH", "win64").env_remove("DISPLAY");
        command.env("WINEDEBUG", "-all").env("WINEDLLOVERRIDES", "winedbg.exe=d;mscoree,mshtml=");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn warnings_of_wine_become_imports() {
        let said = concat!(
            "0024:warn:module:import_dll No implementation for IISUtil.dll.?A@B imported from ",
            r#"L"Z:\\x\\W3Core.dll", setting to 0x123"#,
            "\n0024:warn:module:import_dll No implementation for w3tp.dll.42 imported from ",
            r#"L"Z:\\x\\w3core.dll", setting to 0x124"#,
            "\n0024:err:module:import_dll Library gone.dll (which is needed by ",
            r#"L"Z:\\x\\w3core.dll") not found"#,
            "\n",
        );
        let story = json!({ "truth": { "findings": [
            { "kind": "unresolved-import", "file": "system32/inetsrv/w3core.dll",
              "import": { "dll": "iisutil.dll", "name": "?A@B", "ordinal": null } },
            { "kind": "unresolved-import", "file": "system32/inetsrv/w3core.dll",
              "import": { "dll": "w3tp.dll", "name": null, "ordinal": 42 } },
            { "kind": "missing-dll", "file": "system32/inetsrv/w3core.dll",
              "import": { "dll": "gone.dll", "name": null, "ordinal": null } },
            { "kind": "behind-os", "file": "system32/inetsrv/iisutil.dll", "import": null },
        ] } });
        assert_eq!(unresolved(said).len(), 3);
        assert_eq!(unresolved(said), expected(&story));
    }
}
