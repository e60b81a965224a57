//! Tests of the tests: which mistakes they would notice, and which lines they reach.
//!
//! **Owns** how cargo-mutants and cargo-llvm-cov are asked about the crates that decide what is
//! true: both are other people's programs, and only their results are read here.
//!
//! **Start reading** at [`mutants`] and [`coverage`].

use crate::{
    checkout, command,
    failure::Failure,
    screen::{say, table},
};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

/// What part of the viable mutants must be caught, and of the lines be reached, in percent.
const PERCENT_MIN: usize = 90;

/// The crates, and for each the one whose tests are about it as well.
const CRATES: [(&str, &str); 6] = [
    ("servicing", "oracle"),
    ("detect", "detect"),
    ("oracle", "oracle"),
    ("explore", "explore"),
    ("diagram", "diagram"),
    ("image", "image"),
];

/// Changes a crate in one place after the other, and sees whether its tests notice. `shard` is
/// `K/N`: of N parts, the Kth, each a sample of the whole. The tests of the crate run, and those of
/// the crate that is named beside it. The tree is copied, so that nothing changes here.
pub(crate) fn mutants(name: &str, shard: &str) -> Result<bool, Failure> {
    let Some((name, beside)) = CRATES.into_iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = CRATES.into_iter().map(|(name, _)| name).collect();
        return Err(format!("`{name}` is none of {}", known.join(", ")).into());
    };
    installed("cargo-mutants", "cargo install --locked cargo-mutants")?;
    let out = checkout::target().join("mutants").join(name);
    fs::create_dir_all(&out)?;
    let outcomes = out.join(OUTCOMES);
    // Those of another run would say nothing about this one.
    if outcomes.exists() {
        fs::remove_file(&outcomes)?;
    }
    let (package, out) = (format!("patchstate-{name}"), out.to_string_lossy().into_owned());
    let packages = format!("{package},patchstate-{beside}");
    let mut arguments = vec!["mutants", "--package", &package, "--test-package", &packages];
    arguments.extend(["--output", &out, "--shard", shard, "--sharding", "round-robin"]);
    arguments.extend(["--timeout-multiplier", "4", "--no-times", "--"]);
    // No examples in documentation: each is a program to be linked.
    arguments.extend(["--lib", "--tests"]);
    // It ends with something else than 0 when mutants are missed; how many decides.
    command::passes("cargo", &arguments, &[]);
    let outcomes: Value = serde_json::from_str(&fs::read_to_string(outcomes)?)?;
    let count = |field: &str| {
        outcomes[field].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
    };
    // A mutant that never ends is noticed as well.
    let (caught, missed) = (count("caught") + count("timeout"), count("missed"));
    let viable = caught + missed;
    say(&format!("{name}, part {shard}: {caught} of {viable} viable mutants caught"));
    Ok(viable > 0 && caught * 100 >= viable * PERCENT_MIN)
}

/// Below the folder that cargo-mutants writes to.
const OUTCOMES: &str = "mutants.out/outcomes.json";

/// Runs tests with counters in the code; prints how many lines of each crate they reach. `tests`
/// is `own` for the crates' own tests, or `all` for those of the whole workspace.
pub(crate) fn coverage(tests: &str) -> Result<bool, Failure> {
    let own: Vec<String> =
        CRATES.iter().map(|(name, _)| format!("--package=patchstate-{name}")).collect();
    let packages: Vec<&str> = match tests {
        "own" => own.iter().map(String::as_str).collect(),
        "all" => vec!["--workspace", "--exclude", "xtask"],
        _ => return Err("whose tests: own or all".into()),
    };
    installed(
        "cargo-llvm-cov",
        "rustup component add llvm-tools && cargo install --locked cargo-llvm-cov",
    )?;
    let out = checkout::target().join(format!("coverage-{tests}.json"));
    let path = out.to_string_lossy().into_owned();
    let report = ["llvm-cov", "--json", "--summary-only", "--output-path", &path];
    if !command::passes("cargo", &[&report[..], &packages].concat(), &[]) {
        return Ok(false);
    }
    let lines = lines_by_crate(&serde_json::from_str(&fs::read_to_string(out)?)?);
    let mut rows = vec![["crate", "lines", "reached", "percent"].map(str::to_owned).to_vec()];
    let mut enough = true;
    for (name, _) in CRATES {
        let (all, reached) = lines.get(name).copied().unwrap_or_default();
        enough &= all > 0 && reached * 100 >= all * PERCENT_MIN;
        let tenths = (reached * 1000).checked_div(all).unwrap_or(0);
        let percent = format!("{}.{}", tenths / 10, tenths % 10);
        rows.push(vec![name.to_owned(), all.to_string(), reached.to_string(), percent]);
    }
    say(&table(&rows));
    Ok(enough)
}

/// Lines and reached lines of each crate, from what cargo-llvm-cov exports.
fn lines_by_crate(report: &Value) -> BTreeMap<&'static str, (usize, usize)> {
    let mut lines: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    for file in report["data"][0]["files"].as_array().into_iter().flatten() {
        let path = file["filename"].as_str().unwrap_or_default().replace('\\', "/");
        let is_of = |name: &str| path.contains(&format!("/sim/{name}/src/"));
        let Some((name, _)) = CRATES.into_iter().find(|(name, _)| is_of(name)) else { continue };
        let number = |field: &str| {
            let count = file["summary"]["lines"][field].as_u64();
            count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
        };
        let (all, reached) = lines.entry(name).or_default();
        *all += number("count");
        *reached += number("covered");
    }
    lines
}

/// Says how to get a program of cargo's that is not there.
fn installed(program: &str, how: &str) -> Result<(), Failure> {
    match command::find(program) {
        Some(_) => Ok(()),
        None => Err(format!("`{program}` is not installed: `{how}`").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_counted_by_crate_and_tests_apart_are_not() {
        let file = |name: &str, count: u64, covered: u64| {
            let lines = json!({ "count": count, "covered": covered });
            json!({ "filename": name, "summary": { "lines": lines } })
        };
        let report = json!({ "data": [{ "files": [
            file("/x/sim/oracle/src/a.rs", 10, 9),
            file("C:\\x\\sim\\oracle\\src\\b\\c.rs", 5, 5),
            file("/x/sim/detect/src/lib.rs", 3, 0),
            file("/x/sim/detect/tests/core/main.rs", 100, 100),
            file("/x/sim/report/src/lib.rs", 100, 100),
        ] }] });
        let expected = BTreeMap::from([("oracle", (15, 14)), ("detect", (3, 0))]);
        assert_eq!(lines_by_crate(&report), expected);
    }
}
