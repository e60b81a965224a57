//! Decision diagrams on one fixpoint: ours, oxidd, biodivine-lib-bdd, and CUDD.
//!
//! The world of `model` stands for what `sim/diagram` is for: files that updates replace and put
//! back in any order, and service packs that lift all of them. Every contender finds all that can
//! be reached, and all have to find equally much:
//!
//! - `patchstate`: multi-valued diagrams, matrix diagrams for the events, saturation;
//! - `oxidd`, `biodivine`: binary diagrams, what users of these crates would write (`binary`);
//! - `cudd`: the same from Python with the package `dd` of PyPI, where `python3` finds it; the
//!   environment variable `PYTHON` names another one.
//!
//! One run, on two cores that were busy with other work, so that times are too long for all:
//!
//! | groups, files, updates | tuples | ours | oxidd | biodivine | CUDD |
//! |---|--:|--:|--:|--:|--:|
//! | 6, 3, 2 | 152,752,105 | 0.02 s, 1 MB | 1.0 s, 96 MB | 1.3 s, 1 MB | 1.9 s, 35 MB |
//! | 3, 2, 3 | 13,647,215 | 0.03 s, 1 MB | 1.2 s, 99 MB | 1.6 s, 2 MB | 2.8 s, 17 MB |
//! | 6, 3, 3 | 95,913,960,972,833 | 0.22 s, 7 MB | 71 s, 416 MB | 97 s, 7 MB | over 120 s |
//! | 2, 2, 4 | 6,152,773 | 0.35 s, 5 MB | 8.6 s, 134 MB | 31 s, 5 MB | 31 s, 35 MB |
//!
//! The rule was to use one of them if it is within twice of ours in time and memory. None is: they
//! take 25 to 440 times as long. They leave fixpoints to their users, who cannot close an image
//! inside a node before it is united. biodivine renames by a relation here, since renaming in place
//! is `unsafe` there; with that, it gained less than a factor of two. Some 80 MB of oxidd's are
//! room for nodes and its cache, which it wants to be told beforehand.
//!
//! `cargo run --release` here prints a table. Each turn is a process of its own; memory is the
//! growth of that process at its peak (`VmHWM` of Linux). `cargo run --release -- GROUPS FILES
//! UPDATES` runs one scale; a contender that takes longer than two minutes is stopped.

mod binary;
mod model;
mod packages;

use model::{Model, Scale, model};
use num_bigint::BigUint;
use patchstate_diagram::{Diagrams, Relation, TooLarge};
use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{Read, Write as _},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const CONTENDERS: [&str; 4] = ["patchstate", "oxidd", "biodivine", "cudd"];
const SCALES: [[u8; 3]; 4] = [[6, 3, 2], [3, 2, 3], [6, 3, 3], [2, 2, 4]];
const SECONDS_MAX: u64 = 120;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["turn", contender, numbers @ ..] => turn(contender, scale(numbers)?),
        [] => SCALES.iter().try_for_each(|scale| {
            let words = scale.map(|number| number.to_string());
            compare(&words)
        }),
        numbers => {
            scale(numbers)?;
            compare(&words)
        }
    }
}

fn scale(words: &[&str]) -> Result<Scale, Box<dyn Error>> {
    let [groups, files, updates] = words else {
        return Err("expected three numbers: groups, files, updates".into());
    };
    Ok(Scale { groups: groups.parse()?, files: files.parse()?, updates: updates.parse()? })
}

/// Runs one contender in this process, and prints what it found and needed.
fn turn(contender: &str, scale: Scale) -> Result<(), Box<dyn Error>> {
    let model = model(scale);
    let before = resident("VmRSS:");
    let start = Instant::now();
    let (count, nodes) = match contender {
        "patchstate" => ours(&model)?,
        "oxidd" => binary::reach::<packages::Oxidd>(&model),
        "biodivine" => binary::reach::<packages::Biodivine>(&model),
        other => return Err(format!("nobody is called {other}").into()),
    };
    let seconds = start.elapsed().as_secs_f64();
    let kilobytes = resident("VmHWM:") - before;
    println!("{count} {nodes} {seconds:.3} {kilobytes}");
    Ok(())
}

/// Ours: one relation for each event, one closure.
fn ours(model: &Model) -> Result<(BigUint, usize), TooLarge> {
    let mut diagrams = Diagrams::new(model.sizes.clone());
    let mut steps = Vec::new();
    for event in &model.events {
        let mut step = Relation::IDENTITY;
        for part in event.iter().rev() {
            let cases = part.cases.iter().cloned();
            let part = diagrams.relation(&part.variables, cases)?;
            step = diagrams.then(step, part)?;
        }
        steps.push(step);
    }
    let initial = diagrams.tuple(0..model.sizes.len(), &model.initial)?;
    let reached = diagrams.closure(initial, &steps)?;
    Ok((diagrams.count(reached), diagrams.nodes_of(&[reached])))
}

/// A figure of this process in kilobytes, 0 where the system does not tell it.
fn resident(name: &str) -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

/// Lets all contenders take their turn, and prints a table.
fn compare(words: &[String]) -> Result<(), Box<dyn Error>> {
    let numbers: Vec<&str> = words.iter().map(String::as_str).collect();
    let model = model(scale(&numbers)?);
    let [groups, files, updates] = numbers.as_slice() else { return Ok(()) };
    println!("{groups} groups, {files} files and {updates} updates in each:");
    println!("{} variables, {} events", model.sizes.len(), model.events.len());
    let mut known: Option<String> = None;
    for contender in CONTENDERS {
        let child =
            if contender == "cudd" { start_cudd(&model)? } else { start(contender, words)? };
        match outcome(child)? {
            Some(line) => {
                let found: Vec<&str> = line.split_whitespace().collect();
                let [count, nodes, seconds, kilobytes] = found.as_slice() else {
                    println!("{contender:>12}: not there ({})", line.trim());
                    continue;
                };
                let megabytes = kilobytes.parse::<f64>()? / 1024.0;
                println!("{contender:>12}: {count}, {nodes} nodes, {seconds} s, {megabytes:.0} MB");
                if known.get_or_insert_with(|| (*count).to_owned()) != count {
                    return Err("contenders disagree".into());
                }
            }
            None => println!("{contender:>12}: not within {SECONDS_MAX} s"),
        }
    }
    Ok(())
}

fn start(contender: &str, words: &[String]) -> Result<Child, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["turn", contender]).args(words).stdout(Stdio::piped());
    Ok(command.spawn()?)
}

/// CUDD reads the model as text: sizes, where it begins, and for each event a line that counts its
/// parts; for each part its variables, the number of its cases, and these.
fn start_cudd(model: &Model) -> Result<Child, Box<dyn Error>> {
    let mut text = String::new();
    let line = |text: &mut String, numbers: Vec<usize>| {
        let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        writeln!(text, "{}", words.join(" "))
    };
    let wide = |values: &[u8]| values.iter().copied().map(usize::from).collect::<Vec<_>>();
    line(&mut text, model.sizes.iter().copied().map(usize::from).collect())?;
    line(&mut text, wide(&model.initial))?;
    for event in &model.events {
        line(&mut text, vec![event.len()])?;
        for part in event {
            line(&mut text, part.variables.clone())?;
            line(&mut text, vec![part.cases.len()])?;
            for (before, after) in &part.cases {
                line(&mut text, [wide(before), wide(after)].concat())?;
            }
        }
    }
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/cudd.py");
    let mut command = Command::new(python);
    let piped = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A program that ends before it has read everything says why itself.
        let _ = input.write_all(text.as_bytes());
    }
    Ok(child)
}

/// What a process printed, or nothing when it took too long and was stopped.
fn outcome(mut child: Child) -> Result<Option<String>, Box<dyn Error>> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > Duration::from_secs(SECONDS_MAX) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut line = String::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_string(&mut line)?;
    }
    Ok(Some(line))
}
