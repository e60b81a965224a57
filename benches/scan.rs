//! One `scan` of many trees, beside as many scans of one tree each: time, and the most memory.
//!
//! The trees are hard links to those of `patchstate fixtures iis-fits-os` for the incident's update
//! on x64, 10,000 in all. Of the peer 500 runs are measured. Memory is told where the system does.

#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use patchstate_test_support::links::link_tree;
use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

const TREE_COUNT: usize = 10_000;
const ALONE_COUNT: usize = 500;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let place = tempfile::tempdir()?;
    let fixtures = place.path().join("fixtures");
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let mut write = program();
    write.args(["fixtures", "iis-fits-os", "--out"]).arg(&fixtures).args(scope);
    if !write.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        return Err("the fixtures are not written".into());
    }
    let trees = linked(&fixtures, &place.path().join("hosts"))?;
    let list = place.path().join("list");
    let lines: String = trees.iter().map(|tree| tree.display().to_string() + "\n").collect();
    fs::write(&list, lines)?;
    println!("threads   ms a tree   alone   ratio   KiB after 1,000 and 9,900 trees");
    for threads in ["1", "2"] {
        let (together, [early, late]) = scan_together(&list, threads)?;
        let alone = scan_alone(&trees, threads)?;
        let ratio = alone / together;
        println!("{threads:>7}   {together:9.2}   {alone:5.1}   {ratio:5.1}   {early} {late}");
    }
    Ok(())
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_patchstate"))
}

/// Trees of links to the fixtures, in turn.
fn linked(fixtures: &Path, hosts: &Path) -> Result<Vec<PathBuf>> {
    let mut originals = Vec::new();
    for entry in fs::read_dir(fixtures)? {
        originals.push(entry?.path());
    }
    originals.retain(|path| path.is_dir());
    originals.sort();
    let trees = originals.iter().cycle().take(TREE_COUNT).enumerate().map(|(number, from)| {
        let tree = hosts.join(format!("{number:05}"));
        link_tree(from, &tree);
        tree
    });
    Ok(trees.collect())
}

/// Milliseconds a tree, and the most memory after the first tenth and near the end.
fn scan_together(list: &Path, threads: &str) -> Result<(f64, [String; 2])> {
    let start = Instant::now();
    let mut command = program();
    command.args(["scan", "--format", "ndjson", "--jobs", threads, "--roots-from"]).arg(list);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let rows = BufReader::new(child.stdout.take().ok_or("no pipe")?).lines();
    let (mut memory, mut count) = ([String::new(), String::new()], 0);
    for row in rows {
        row?;
        count += 1;
        match count {
            1_000 => memory[0] = memory_max(child.id()),
            9_900 => memory[1] = memory_max(child.id()),
            _ => {}
        }
    }
    child.wait()?;
    if count != TREE_COUNT + 1 {
        return Err(format!("{count} rows of {TREE_COUNT} trees and a summary").into());
    }
    Ok((milliseconds_each(start, TREE_COUNT), memory))
}

/// Milliseconds a tree where each is a run of its own.
fn scan_alone(trees: &[PathBuf], threads: &str) -> Result<f64> {
    let start = Instant::now();
    for tree in trees.iter().step_by(TREE_COUNT / ALONE_COUNT) {
        program().args(["scan", "--json", "--jobs", threads]).arg(tree).output()?;
    }
    Ok(milliseconds_each(start, ALONE_COUNT))
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn milliseconds_each(start: Instant, count: usize) -> f64 {
    start.elapsed().as_secs_f64() * 1e3 / count as f64
}

/// The most memory that a process had in use until now, in KiB.
fn memory_max(process: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "-".to_owned(), |peak| peak.trim().trim_end_matches(" kB").to_owned())
}
