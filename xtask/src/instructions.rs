//! How many instructions some fixed work takes: a measure of speed that other work on the machine
//! does not change.
//!
//! **Owns** the counting by callgrind, and the comparison with the numbers that are recorded. What
//! is counted stands beside the numbers, in [`RECORD`].
//!
//! The numbers hold for the compiler that they were recorded with: under another one nothing is
//! compared, and the gate says so.

use crate::{checkout, command, failure::Failure, gate::Gate, screen::say, screen::table};
use std::{env, fs, path::Path, process::Command};

/// Where the work and the numbers stand, below the root.
const RECORD: &str = "benches/instructions.toml";

/// How far a number may be from the recorded one, in hundredths of it.
const PERCENT_MAX: f64 = 3.0;

/// Some work, and what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Work {
    name: String,
    /// The words of a command, with `{folder}` for a folder of the task's own.
    command: String,
    instructions: u64,
}

/// What is recorded.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    /// The lines before the first table.
    head: String,
    rustc: String,
    works: Vec<Work>,
}

/// Counts the instructions of each work, and compares them with the record, or writes it anew.
pub(crate) fn run(is_recorded: bool) -> Result<Gate, Failure> {
    let path = checkout::root().join(RECORD);
    let record = Record::read(&fs::read_to_string(&path)?)?;
    let rustc = command::text("rustc", &["--version"])?.trim().to_owned();
    if command::find("valgrind").is_none() {
        let passed = env::var("CI").is_err();
        return Ok(left_out(passed, "no valgrind to count them".to_owned()));
    }
    if !is_recorded && record.rustc != rustc {
        let why = format!(
            "they are recorded with {}, and this is {rustc}: `cargo xtask instructions --record`",
            record.rustc
        );
        return Ok(left_out(true, why));
    }
    let Some(program) = command::built_tool()? else { return Ok(Gate::whole(false)) };
    let folder = checkout::target().join("instructions");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut counted = Vec::new();
    for work in &record.works {
        let instructions = count(&program, work, &folder)?;
        counted.push(Work { instructions, ..work.clone() });
    }
    let (rows, passed) = compare(&record.works, &counted);
    say(&table(&rows));
    if is_recorded {
        fs::write(&path, Record { rustc, works: counted, ..record }.text())?;
        say(&format!("{RECORD} written"));
        return Ok(Gate::whole(true));
    }
    if !passed {
        say(&format!(
            "more than {PERCENT_MAX} % from {RECORD}: make it as fast as it was, or record what it \
             takes now with `cargo xtask instructions --record` and say why in the commit"
        ));
    }
    Ok(Gate::whole(passed))
}

fn left_out(passed: bool, why: String) -> Gate {
    say(&format!("instructions are not compared: {why}"));
    Gate { passed, left_out: vec![why] }
}

/// Runs the program under callgrind, on one thread.
fn count(program: &str, work: &Work, folder: &Path) -> Result<u64, Failure> {
    let (result, own) = (folder.join("callgrind.out"), folder.join("fixtures"));
    let folder = own.to_str().ok_or("the target folder's path is no text")?;
    let words = work.command.split_whitespace().map(|word| word.replace("{folder}", folder));
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", result.display()));
    command.arg(program).args(words).env("RAYON_NUM_THREADS", "1").current_dir(checkout::root());
    let output = command::output(&mut command, &[])?;
    // What is found is no failure here: 1 is the exit code for that.
    if !matches!(output.status.code(), Some(0 | 1)) {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` ends with {}: {complaint}", work.command, output.status).into());
    }
    let counted = instructions(&fs::read_to_string(&result)?);
    Ok(counted.ok_or_else(|| format!("{} has no sum", result.display()))?)
}

/// The sum in a file of callgrind.
fn instructions(text: &str) -> Option<u64> {
    let mut sums = text
        .lines()
        .filter_map(|line| line.strip_prefix("summary:").or_else(|| line.strip_prefix("totals:")));
    sums.next()?.trim().parse().ok()
}

/// A table of both numbers, and whether all are near enough.
fn compare(recorded: &[Work], counted: &[Work]) -> (Vec<Vec<String>>, bool) {
    let heading = ["work", "recorded", "now", "change in %"].map(str::to_owned).to_vec();
    let (mut rows, mut passed) = (vec![heading], true);
    for (before, now) in recorded.iter().zip(counted) {
        let change = change(before.instructions, now.instructions);
        let is_near = change.is_some_and(|change| change.abs() <= PERCENT_MAX);
        passed &= is_near;
        let shown = change.map_or_else(|| "-".to_owned(), |change| format!("{change:+.1}"));
        let numbers = [before.instructions, now.instructions].map(|number| number.to_string());
        let mark = if is_near { shown } else { format!("{shown}, too far") };
        rows.push([now.name.clone()].into_iter().chain(numbers).chain([mark]).collect());
    }
    (rows, passed)
}

/// By how many hundredths of what was before; none where nothing was.
#[expect(clippy::cast_precision_loss, reason = "hundredths are asked for")]
fn change(before: u64, now: u64) -> Option<f64> {
    (before > 0).then(|| (now as f64 / before as f64 - 1.0) * 100.0)
}

impl Record {
    fn read(text: &str) -> Result<Self, Failure> {
        let table: toml::Table = text.parse()?;
        let word = |table: &toml::Table, name: &str| -> Result<String, Failure> {
            let value = table.get(name).and_then(toml::Value::as_str);
            Ok(value.ok_or_else(|| format!("{RECORD}: there is no text `{name}`"))?.to_owned())
        };
        let mut works = Vec::new();
        let listed = table.get("work").and_then(toml::Value::as_array);
        for work in listed.into_iter().flatten().filter_map(toml::Value::as_table) {
            let number = work.get("instructions").and_then(toml::Value::as_integer);
            let instructions = number.and_then(|number| u64::try_from(number).ok());
            works.push(Work {
                name: word(work, "name")?,
                command: word(work, "command")?,
                instructions: instructions
                    .ok_or_else(|| format!("{RECORD}: there is no number `instructions`"))?,
            });
        }
        if works.is_empty() {
            return Err(format!("{RECORD}: there is no `[[work]]`").into());
        }
        let head = text.lines().take_while(|line| line.starts_with('#'));
        let head = head.map(|line| format!("{line}\n")).collect();
        Ok(Self { head, rustc: word(&table, "rustc")?, works })
    }

    fn text(&self) -> String {
        let mut text = format!("{}\nrustc = {:?}\n", self.head, self.rustc);
        for Work { name, command, instructions } in &self.works {
            text += &format!(
                "\n[[work]]\nname = {name:?}\ncommand = {command:?}\ninstructions = {instructions}\n"
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_read_and_written_alike() {
        let text = fs::read_to_string(checkout::root().join(RECORD)).expect("it is there");
        let record = Record::read(&text).expect("it is a record");
        assert_eq!(record.text(), text);
        assert!(record.works.iter().all(|work| work.instructions > 0));
    }

    #[test]
    fn the_sum_of_callgrind_is_found() {
        let text = "version: 1\nevents: Ir\nfn=main\n3 4\nsummary: 8157\n\ntotals: 8157\n";
        assert_eq!(instructions(text), Some(8157));
        assert_eq!(instructions("version: 1\n"), None);
    }

    #[test]
    fn what_is_more_than_three_in_a_hundred_away_fails() {
        let work =
            |instructions| Work { name: "a".to_owned(), command: "run".to_owned(), instructions };
        let passes = |now| compare(&[work(1000)], &[work(now)]).1;
        assert!(passes(1000) && passes(1030) && passes(970));
        assert!(!passes(1031) && !passes(969));
        assert!(!compare(&[work(0)], &[work(1)]).1, "nothing is recorded");
    }
}
