//! Fuzzing: seeds, and runs of the targets in `fuzz/`.
//!
//! **Owns** the list of targets with their limits, and where seeds come from: hosts that the
//! `patchstate` command builds, malformed shapes, and the files of the corpus. The same seeds come
//! out on every machine.
//!
//! **Must never know** what a target does.
//!
//! **Start reading** at [`run`].

use crate::{
    checkout, command,
    failure::Failure,
    gate::Gate,
    reading,
    screen::{say, table, warn},
};
use patchstate_test_support::malformed::shapes;
use std::{
    env, fs,
    num::NonZero,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

/// A target, and the longest input that it is given.
const TARGETS: [(&str, u32); 8] = [
    ("image", 131_072),
    ("hive", 65_536),
    ("rule_file", 16_384),
    ("scenario", 16_384),
    ("catalog", 65_536),
    ("oval", 32_768),
    ("resolution", 512),
    ("diagram", 512),
];

/// Memory of the whole program, in MiB.
const MEMORY_MAX: &str = "-rss_limit_mb=1024";
/// Seconds for one input, on a machine that others use too.
const TIME_MAX: &str = "-timeout=20";
/// Runs of each target where nobody says how many: half a minute for the slowest.
const RUNS: &str = "5000";
/// An OVAL document that begins the search.
const OVAL_SEED: &str = include_str!("../../fuzz/seeds/first.xml");
/// A hive that was not closed cleanly, and its log.
const HIVE_SEED: &str = "fuzz/seeds/unfinished.hive";
const RULE_SEED: &str = include_str!("../../sim/rules/src/cel/tests/first.rule.toml");

/// The longest input of a short run: most of what trips a reader is in the first kilobytes.
const SHORT_MAX: u32 = 16_384;

/// Runs all targets or the one that is named, each so many times. Short inputs without traced
/// comparisons are tried up to ten times as fast: for millions of them.
pub(crate) fn run(words: &[&str]) -> Result<Gate, Failure> {
    let usage = "usage: cargo xtask fuzz [TARGET] [--runs N] [--short]";
    let (mut target, mut runs, mut is_short) = (None, RUNS, false);
    let mut left = words.iter();
    while let Some(word) = left.next() {
        match *word {
            "--short" => is_short = true,
            "--runs" => runs = left.next().ok_or(usage)?,
            word if word.starts_with('-') || target.is_some() => return Err(usage.into()),
            word => target = Some(word),
        }
    }
    if runs.parse::<u64>().is_err() {
        return Err(format!("--runs {runs}: expected a number").into());
    }
    let chosen: Vec<_> = TARGETS
        .into_iter()
        .filter(|(name, _)| target.is_none_or(|wanted| wanted == *name))
        .collect();
    if chosen.is_empty() {
        let names = TARGETS.map(|(name, _)| name).join(", ");
        return Err(format!("there is no target `{}`: {names}", target.unwrap_or_default()).into());
    }
    if let Err(why) = nightly() {
        say(&format!("skipped: fuzzing: {why}"));
        return Ok(Gate { passed: true, left_out: vec![format!("any of it: {why}")] });
    }
    if command::find("cargo-fuzz").is_none() {
        let why = "no cargo-fuzz: `cargo install --locked cargo-fuzz`";
        say(&format!("skipped: fuzzing: {why}"));
        // With the toolchain there, leaving it out would be forgetting it.
        let passed = env::var("CI").is_err();
        return Ok(Gate { passed, left_out: vec![format!("any of it: {why}")] });
    }
    write_seeds(&seeds_folder())?;
    let start = Instant::now();
    if !build(target, is_short)? {
        return Ok(Gate::whole(false));
    }
    say(&format!("built in {} seconds", start.elapsed().as_secs()));
    let (mut all, mut rows) = (true, Vec::new());
    rows.push(["target", "result", "runs", "coverage", "seconds"].map(str::to_owned).to_vec());
    for found in fuzz_all(&chosen, runs, is_short) {
        let found = found?;
        all &= found.passed;
        let result = if found.passed { "nothing found" } else { "FAILED" }.to_owned();
        rows.push(vec![found.name.to_owned(), result, found.runs, found.coverage, found.seconds]);
    }
    say(&table(&rows));
    Ok(Gate::whole(all))
}

/// What came of one target.
struct Found {
    name: &'static str,
    passed: bool,
    runs: String,
    coverage: String,
    seconds: String,
}

/// `cargo fuzz` with a subcommand.
fn cargo_fuzz(subcommand: &str, is_short: bool) -> Command {
    let mut command = Command::new("cargo");
    // The toolchain that started us is named in the environment and would count more.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    // All of our code is without `unsafe`: a sanitizer would find nothing and take half the time.
    command.args(["+nightly", "fuzz", subcommand, "--sanitizer", "none"]);
    if is_short {
        command.arg("--no-trace-compares");
    }
    command.current_dir(checkout::root());
    command
}

/// Builds one target or all of them, at once, so that none waits for another's build.
fn build(target: Option<&str>, is_short: bool) -> Result<bool, Failure> {
    let output = command::output(cargo_fuzz("build", is_short).args(target), &[])?;
    if !output.status.success() {
        warn_end(&output);
    }
    Ok(output.status.success())
}

/// Runs targets beside each other, as many as there are processors: each is on one thread.
fn fuzz_all(
    targets: &[(&'static str, u32)],
    runs: &str,
    is_short: bool,
) -> Vec<Result<Found, Failure>> {
    let (left, found) = (Mutex::new(targets.iter().enumerate()), Mutex::new(Vec::new()));
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((place, &(name, length_max))) = next() {
            let result = fuzz(name, length_max, runs, is_short).map_err(|error| error.to_string());
            found.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(targets.len());
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, result)| result.map_err(Failure::from)).collect()
}

/// The last lines of what a program complained about.
fn warn_end(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    let shown = text.lines().count().saturating_sub(60);
    text.lines().skip(shown).for_each(warn);
}

fn fuzz(name: &'static str, length_max: u32, runs: &str, is_short: bool) -> Result<Found, Failure> {
    let start = Instant::now();
    let seeds = seeds_folder().join(name);
    let corpus = checkout::target().join("fuzz").join("corpus").join(name);
    fs::create_dir_all(&corpus)?;
    let mut command = cargo_fuzz("run", is_short);
    let length_max = if is_short { length_max.min(SHORT_MAX) } else { length_max };
    command.arg(name).arg(&corpus).arg(&seeds);
    command.args(["--", MEMORY_MAX, TIME_MAX, "-print_final_stats=1"]);
    command.args([format!("-runs={runs}"), format!("-max_len={length_max}")]);
    let output = command::output(&mut command, &[])?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let passed = output.status.success();
    if !passed {
        warn_end(&output);
    }
    let after = |mark: &str| {
        let found = text.rsplit_once(mark).map(|(_, rest)| rest.split_whitespace().next());
        found.flatten().unwrap_or("unknown").to_owned()
    };
    let (runs, coverage) = (after("stat::number_of_executed_units:"), after(" cov:"));
    let seconds = start.elapsed().as_secs().to_string();
    Ok(Found { name, passed, runs, coverage, seconds })
}

/// Whether there is a nightly toolchain.
fn nightly() -> Result<(), String> {
    let mut cargo = Command::new("cargo");
    cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").args(["+nightly", "--version"]);
    match command::output(&mut cargo, &[]) {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err("no nightly toolchain: `rustup toolchain install nightly`".to_owned()),
    }
}

fn seeds_folder() -> PathBuf {
    checkout::target().join("fuzz").join("seeds")
}

/// Writes the seeds of every target.
pub(crate) fn write_seeds(folder: &Path) -> Result<(), Failure> {
    let put = |target: &str, name: &str, bytes: &[u8]| -> Result<(), Failure> {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(name), bytes)?)
    };
    for shape in shapes() {
        put("image", shape.name, &shape.bytes)?;
    }
    let host = folder.join("host");
    if !host.is_dir() {
        let program = reading::patchstate()?.to_string_lossy().into_owned();
        let out = host.to_string_lossy().into_owned();
        let order = ["build", "os:rtm", "sp2", "+iis@rtm", "kb973917/v1", "--out", &out];
        command::text(&program, &order)?;
    }
    let windows = host.join("WINDOWS");
    for hive in ["software", "system"] {
        put("hive", hive, &fs::read(windows.join("system32/config").join(hive))?)?;
    }
    for image in ["iisutil.dll", "w3wp.exe", "w3core.dll"] {
        put("image", image, &fs::read(windows.join("system32/inetsrv").join(image))?)?;
    }
    for path in files_below("corpus/scenarios")? {
        put("scenario", &name_of(&path), &fs::read(&path)?)?;
    }
    for path in files_below("corpus/catalog")? {
        let text = fs::read_to_string(&path)?;
        let name = name_of(&path);
        put("catalog", &name, format!("=== {name}\n{text}").as_bytes())?;
    }
    put("hive", "unfinished", &fs::read(checkout::root().join(HIVE_SEED))?)?;
    put("rule_file", "first.rule.toml", RULE_SEED.as_bytes())?;
    put("oval", "first.xml", OVAL_SEED.as_bytes())?;
    // Descriptions of images, and programs on diagrams: every byte the same, and bytes that count.
    for (name, step) in [("ones", 0_u8), ("counted", 1), ("sevens", 7)] {
        let bytes: Vec<u8> = (0..100_u8).map(|at| at.wrapping_mul(step).wrapping_add(1)).collect();
        put("resolution", name, &bytes)?;
        put("diagram", name, &bytes)?;
    }
    for path in files_below("fuzz/regressions")? {
        let name = name_of(&path);
        let target = TARGETS.iter().find(|(target, _)| name.starts_with(target));
        if let Some((target, _)) = target {
            put(target, &name, &fs::read(&path)?)?;
        }
    }
    Ok(())
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The files directly in a folder of the checkout, in a stable order.
fn files_below(folder: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(checkout::root().join(folder))? {
        files.push(entry?.path());
    }
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_a_program_of_the_fuzz_workspace() {
        let manifest = fs::read_to_string(checkout::root().join("fuzz/Cargo.toml"));
        let manifest: toml::Table = manifest.expect("it is there").parse().expect("it is TOML");
        let programs = manifest["bin"].as_array().expect("programs");
        let mut programs: Vec<&str> =
            programs.iter().filter_map(|program| program["name"].as_str()).collect();
        let mut targets = TARGETS.map(|(name, _)| name).to_vec();
        programs.sort_unstable();
        targets.sort_unstable();
        assert_eq!(programs, targets);
    }

    #[test]
    fn words_that_make_no_sense_are_refused_before_anything_runs() {
        for words in
            [&["nothing"][..], &["--runs"], &["image", "--runs", "many"], &["a", "b", "c", "d"]]
        {
            assert!(run(words).is_err(), "{words:?}");
        }
    }
}
