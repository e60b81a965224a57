//! A real loader: Wine runs the worker process of every set of files.
//!
//! Windows refuses to load a DLL whose imports do not resolve. Wine loads it, warns once for each
//! such import, and raises an exception when the function is called. So its warnings are the
//! exact list of what does not resolve, and the exit code of the synthetic worker process says
//! whether it was called. Both are held against truth and against the detection core, both ways: a
//! broken host must fail with exactly the imports that they name, and any other must run.

mod closures;
mod programs;
mod said;
mod versions;
mod wine;

pub(crate) use programs::compare as compare_programs;
pub(crate) use wine::make_debian;
pub(super) use wine::{Run, Wine, ended};

use super::{
    hosts::{Hosts, in_parallel},
    outcome::Outcome,
    sets::Sets,
};
use crate::{checkout, failure::Failure};
use said::{IS_MISSING, expected, strangers, unresolved};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};
use toml::Table;
use wine::{INETSRV, WORKER};

/// What a worker process that works has loaded, by public documentation of IIS 6.
const LOADED: [&str; 6] =
    [WORKER, "w3dt.dll", "w3core.dll", "w3cache.dll", "w3tp.dll", "iisutil.dll"];

/// A file of the operating system that IIS may import from. Wine has one of its own, and takes that
/// which stands beside the program.
const BESIDE: &str = "httpapi.dll";

/// The one file whose synthetic code calls what it imports: Wine notices there that something is
/// missing, and only warns of what others lack.
const CALLS: &str = "w3core.dll";

/// The words of one architecture's rows of the table.
struct Rows {
    oracle: &'static str,
    architecture: &'static str,
    of_hosts: &'static str,
    of_sets: &'static str,
    of_closures: &'static str,
}

const X64: Rows = Rows {
    oracle: "wine",
    architecture: "x64",
    of_hosts: "worker processes of x64 hosts as built",
    of_sets: "worker processes of every x64 set of files",
    of_closures: "x64 worker processes that break in other ways",
};
const X86: Rows = Rows {
    oracle: "wine, 32 bits",
    architecture: "x86",
    of_hosts: "worker processes of x86 hosts as built",
    of_sets: "worker processes of every x86 set of files",
    of_closures: "x86 worker processes that break in other ways",
};

/// Exit codes of the synthetic worker process, as the catalog documents them.
struct ExitCodes {
    success: i64,
    load_failed: i64,
    unresolved_call: i64,
}

/// A worker process with the files beside it, and what is said of its imports.
struct Worker<'a> {
    name: &'a str,
    files: Vec<PathBuf>,
    truth: &'a Value,
    verdict: &'a Value,
}

/// Runs the worker process of every different set of x64 files, and asks for the version of every
/// image.
pub(crate) fn compare(hosts: &Hosts, sets: &Sets) -> Result<Vec<Outcome>, Failure> {
    let wine = Wine::here();
    let mut outcomes = compare_workers(wine.as_ref(), &X64, hosts, sets)?;
    outcomes.push(versions::compare(wine.as_ref(), sets)?);
    Ok(outcomes)
}

/// The same with x86, where there is a Wine for it. It needs root and some gigabytes.
pub(crate) fn compare_32_bits(hosts: &Hosts, sets: &Sets) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = compare_workers(Wine::in_debian().as_ref(), &X86, hosts, sets)?;
    for outcome in &mut outcomes {
        outcome.optional = true;
    }
    Ok(outcomes)
}

fn compare_workers(
    wine: Result<&Wine, &String>,
    rows: &Rows,
    hosts: &Hosts,
    sets: &Sets,
) -> Result<Vec<Outcome>, Failure> {
    let wine = match wine {
        Ok(wine) => wine,
        Err(why) => {
            let of = [rows.of_hosts, rows.of_sets, rows.of_closures];
            return Ok(of.map(|of| Outcome::skipped(rows.oracle, of, why.clone())).into());
        }
    };
    let of_sets = workers_of_sets(sets, rows.architecture);
    let without = sets.all.iter().filter(|set| set.architecture == rows.architecture).count();
    let note = format!("{} sets have no worker process", without - of_sets.len());
    let of_hosts = workers_of_hosts(hosts, rows.architecture)?;
    let mut outcomes = vec![
        compare_all(wine, Outcome::new(rows.oracle, rows.of_hosts), &of_hosts)?,
        compare_all(wine, Outcome::new(rows.oracle, rows.of_sets), &of_sets)?,
    ];
    if let Some(outcome) = outcomes.last_mut() {
        outcome.notes.push(note);
    }
    let of_closures = Outcome::new(rows.oracle, rows.of_closures);
    outcomes.push(closures::compare(wine, &hosts.patchstate, rows.architecture, of_closures)?);
    Ok(outcomes)
}

/// Every different set of files among the hosts, with the files that `patchstate build` wrote.
fn workers_of_hosts<'a>(hosts: &'a Hosts, architecture: &str) -> Result<Vec<Worker<'a>>, Failure> {
    let (mut workers, mut known) = (Vec::new(), BTreeSet::new());
    for host in hosts.built.iter().filter(|host| host.architecture == architecture) {
        let has_worker = host.images().any(|(path, _)| path == format!("{INETSRV}/{WORKER}"));
        if has_worker && known.insert((host.assumed(), host.story["host"]["files"].to_string())) {
            let files = fs::read_dir(host.path(INETSRV))?.map(|entry| Ok(entry?.path()));
            let beside = Ok(host.path("system32").join(BESIDE));
            workers.push(Worker {
                name: &host.name,
                files: files.chain([beside]).collect::<Result<_, Failure>>()?,
                truth: &host.story["truth"],
                verdict: &host.story["verdict"],
            });
        }
    }
    Ok(workers)
}

/// Every set of files of the default scope that has a worker process.
fn workers_of_sets<'a>(sets: &'a Sets, architecture: &str) -> Vec<Worker<'a>> {
    let of_set = |set: &'a super::sets::FileSet| {
        let images = set.images.iter().filter_map(|number| sets.images.get(*number));
        let in_folder = |path: &str| {
            path.rsplit_once('/')
                .is_some_and(|(at, name)| at == INETSRV || (at == "system32" && name == BESIDE))
        };
        let own = images.filter(|image| image.facts["path"].as_str().is_some_and(in_folder));
        let files: Vec<PathBuf> = own.map(|image| image.path.clone()).collect();
        let has_worker = files.iter().any(|file| file.ends_with(WORKER));
        let (name, truth, verdict) = (&set.name, &set.truth, &set.verdict);
        has_worker.then_some(Worker { name, files, truth, verdict })
    };
    sets.all.iter().filter(|set| set.architecture == architecture).filter_map(of_set).collect()
}

/// Runs them, two at a time where the machine can.
fn compare_all(
    wine: &Wine,
    mut outcome: Outcome,
    workers: &[Worker<'_>],
) -> Result<Outcome, Failure> {
    let exit_codes = exit_codes()?;
    let run = |worker: &Worker<'_>| {
        let folder = wine.stage(&worker.files)?;
        let run = wine.run(&folder, &[WORKER])?;
        fs::remove_dir_all(folder)?;
        Ok(run)
    };
    let runs = in_parallel(workers, |_, worker| {
        run(worker).map_err(|failure: Failure| failure.to_string())
    })?;
    let (mut broken, mut others) = (Vec::new(), Vec::new());
    for (worker, run) in workers.iter().zip(&runs) {
        outcome.case(worker.name, &differences(worker, run, &exit_codes));
        let is_broken = !expected(worker.truth).is_empty();
        if is_broken { &mut broken } else { &mut others }.push((worker, run));
    }
    outcome.notes.push(format!("{} of {} are broken", broken.len(), outcome.cases));
    // The canary: what one kind of host does must not pass for what the other kind should do.
    let mistaken = |runs: &[(&Worker<'_>, &Run)], as_if: &[(&Worker<'_>, &Run)]| {
        let worker = as_if.first().map(|(worker, _)| *worker);
        let taken = |run| worker.is_some_and(|w| differences(w, run, &exit_codes).is_empty());
        runs.is_empty() || runs.iter().any(|(_, run)| taken(run))
    };
    if mistaken(&broken, &others) || mistaken(&others, &broken) {
        outcome.disagreements.push("broken hosts and others are not told apart".to_owned());
    }
    Ok(outcome)
}

/// What Wine does that truth or the detection core does not expect.
fn differences(worker: &Worker<'_>, run: &Run, exit_codes: &ExitCodes) -> Vec<String> {
    let (found, truth) = (unresolved(&run.said), expected(worker.truth));
    let mut differences = Vec::new();
    for (side, expected) in [("truth", &truth), ("the core", &expected(worker.verdict))] {
        for import in found.symmetric_difference(expected) {
            let who = if found.contains(import) { "Wine" } else { side };
            differences.push(format!(
                "of Wine and {side}, only {who} says that {import} does not resolve"
            ));
        }
    }
    let is_missing = |import: &String| import.ends_with(IS_MISSING);
    let wanted = if truth.iter().any(is_missing) {
        exit_codes.load_failed
    } else if !truth.iter().any(|import| import.starts_with(CALLS)) {
        exit_codes.success
    } else {
        exit_codes.unresolved_call
    };
    if run.exit_code != Some(wanted) {
        let code = run.exit_code;
        differences.push(format!("the worker process ends with {code:?} instead of {wanted}"));
    }
    let name = |path: &PathBuf| Some(path.file_name()?.to_str()?.to_lowercase());
    let own: BTreeSet<String> = worker.files.iter().filter_map(name).collect();
    // A worker process that fails has at least loaded the files whose imports are at fault.
    let needed: BTreeSet<String> = if truth.is_empty() {
        LOADED.map(str::to_owned).into()
    } else if truth.iter().any(is_missing) {
        BTreeSet::from([WORKER.to_owned()])
    } else {
        let from = truth.iter().filter_map(|import| import.split(':').next());
        from.chain([WORKER]).map(str::to_owned).collect()
    };
    differences.extend(strangers(&run.said, &own, &needed));
    differences
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
