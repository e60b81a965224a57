//! Worker processes that break in ways in which no host of the default scope does.
//!
//! **Owns** the small folders that the example `load_closures` writes. Three sides must say the
//! same of each: what was worked out by hand, what `patchstate scan` finds, and what the loader
//! does. Where something is peculiar to Wine, the row says what and why; nothing else passes.
//!
//! **Must never know** how the files were made, and must not work out what is missing.

use super::{
    said::{dead_forwarders, expected, has_no_stack_left, loaded, strangers, unresolved},
    wine::{INETSRV, Run, WORKER, Wine, link},
};
use crate::{
    checkout, command,
    failure::Failure,
    oracle::{
        Outcome,
        hosts::{Folder, in_parallel},
    },
    screen::warn,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

/// One folder.
#[derive(Debug)]
struct Closure {
    /// What it is, in plain words.
    what: String,
    architecture: String,
    /// The folder that holds `WINDOWS`.
    folder: PathBuf,
    /// Its own files, by their path below the Windows folder.
    files: Vec<String>,
    by_hand: ByHand,
}

/// What was worked out by hand.
#[derive(Debug)]
struct ByHand {
    missing: BTreeSet<String>,
    dead_forwarders: BTreeSet<String>,
    not_loaded: BTreeSet<String>,
    exit_code: i64,
    no_stack_left: bool,
    /// What Wine says besides, and what it does not say, for the reason given.
    wine_also: BTreeSet<String>,
    wine_not: BTreeSet<String>,
    why: String,
}

/// Runs every one of an architecture, two at a time where the machine can.
pub(super) fn compare(
    wine: &Wine,
    patchstate: &Path,
    architecture: &str,
    mut outcome: Outcome,
) -> Result<Outcome, Failure> {
    let (mut closures, _folder) = write()?;
    closures.retain(|closure| closure.architecture == architecture);
    let looked = in_parallel(&closures, |_, closure| {
        let scanned = scan(patchstate, closure).map_err(|failure| failure.to_string())?;
        let run = run(wine, closure).map_err(|failure| failure.to_string())?;
        Ok((scanned, run))
    })?;
    for (closure, (scanned, run)) in closures.iter().zip(&looked) {
        let mut differences = of_core(&closure.by_hand, scanned);
        differences.extend(of_wine(closure, run));
        if !closure.by_hand.is_sound() {
            differences.push("a difference of Wine is none, or has no reason".to_owned());
        }
        outcome.case(&closure.what, &differences);
    }
    // The canary: no run passes for one of which something else is expected.
    for (closure, (_, run)) in closures.iter().zip(&looked) {
        let others = closures.iter().filter(|other| !other.by_hand.is_like(&closure.by_hand));
        for other in others.filter(|other| of_wine(other, run).is_empty()) {
            let (what, other) = (&closure.what, &other.what);
            outcome.disagreements.push(format!("`{what}` passes for `{other}`"));
        }
    }
    let broken = closures.iter().filter(|closure| !closure.by_hand.missing.is_empty()).count();
    outcome.notes.push(format!("{broken} of {} are broken", outcome.cases));
    for closure in closures.iter().filter(|closure| !closure.by_hand.why.is_empty()) {
        outcome.notes.push(format!("{}: {}", closure.what, closure.by_hand.why));
    }
    Ok(outcome)
}

/// Has the example write them.
fn write() -> Result<(Vec<Closure>, Folder), Failure> {
    let folder = checkout::target().join("oracle").join(format!("closures-{}", process::id()));
    let folder = Folder(folder);
    folder.0.parent().map_or(Ok(()), fs::create_dir_all)?;
    warn("writing worker processes that break in other ways");
    let place = folder.0.to_string_lossy().into_owned();
    let arguments = ["run", "--quiet", "--package", "patchstate", "--example", "load_closures"];
    command::text("cargo", &[&arguments[..], &["--", &place]].concat())?;
    let list: Value = serde_json::from_str(&fs::read_to_string(folder.0.join("closures.json"))?)?;
    let rows = list.as_array().into_iter().flatten();
    let closures = rows.map(|row| read(&folder.0, row)).collect::<Option<Vec<_>>>();
    Ok((closures.ok_or("the list of load closures has another shape")?, folder))
}

fn read(folder: &Path, row: &Value) -> Option<Closure> {
    let text = |name: &str| Some(row[name].as_str()?.to_owned());
    let texts = |name: &str| {
        let texts = row[name].as_array()?.iter();
        texts.map(|text| Some(text.as_str()?.to_owned())).collect::<Option<Vec<String>>>()
    };
    let findings = |judgement: &Value| {
        let count = judgement["findings"].as_array()?.len();
        // One of a kind that is not known here would be lost.
        Some(expected(judgement)).filter(|known| known.len() == count)
    };
    Some(Closure {
        what: text("what")?,
        architecture: text("architecture")?,
        folder: below(folder, &text("folder")?),
        files: texts("files")?,
        by_hand: ByHand {
            missing: findings(&row["missing"])?,
            dead_forwarders: texts("dead_forwarders")?.into_iter().collect(),
            not_loaded: texts("not_loaded")?.into_iter().collect(),
            exit_code: row["exit_code"].as_i64()?,
            no_stack_left: row["no_stack_left"].as_bool()?,
            wine_also: findings(&row["wine_also"])?,
            wine_not: findings(&row["wine_not"])?,
            why: text("wine_why")?,
        },
    })
}

fn below(folder: &Path, path: &str) -> PathBuf {
    path.split('/').fold(folder.to_owned(), |path, part| path.join(part))
}

fn scan(patchstate: &Path, closure: &Closure) -> Result<Value, Failure> {
    let mut command = Command::new(patchstate);
    command.args(["scan", "--json", "--quiet", "--exit-zero"]).arg(&closure.folder);
    let output = command::output(&mut command, &[])?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("`patchstate scan` of `{}` fails: {complaint}", closure.what).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Runs the worker process with its folders where Wine sees them.
fn run(wine: &Wine, closure: &Closure) -> Result<Run, Failure> {
    let staged = wine.stage(&[])?;
    let own = below(&staged, INETSRV);
    fs::create_dir_all(&own)?;
    for file in &closure.files {
        link(&below(&closure.folder.join("WINDOWS"), file), &below(&staged, file))?;
    }
    let run = wine.run_beside(&own, own.parent(), &[WORKER])?;
    fs::remove_dir_all(staged)?;
    Ok(run)
}

/// What the detection core says otherwise than was worked out by hand.
fn of_core(by_hand: &ByHand, scanned: &Value) -> Vec<String> {
    let found = expected(scanned);
    let mut differences = only(&by_hand.missing, "the table", &found, "the core");
    let status = if by_hand.missing.is_empty() { "consistent" } else { "broken" };
    if scanned["status"] != status {
        differences.push(format!("the core says {} instead of {status}", scanned["status"]));
    }
    let findings = scanned["findings"].as_array().map_or(0, Vec::len);
    if findings != found.len() {
        differences.push(format!("the core has {findings} findings, {} of imports", found.len()));
    }
    differences
}

/// What Wine does otherwise than was worked out by hand.
fn of_wine(closure: &Closure, run: &Run) -> Vec<String> {
    let by_hand = &closure.by_hand;
    let (exit_code, not_loaded) = (by_hand.exit_code, &by_hand.not_loaded);
    let wanted = by_hand.wanted_of_wine();
    let mut differences = only(&wanted, "the table", &unresolved(&run.said), "Wine");
    let dead = dead_forwarders(&run.said);
    differences.extend(only(&by_hand.dead_forwarders, "the table", &dead, "Wine"));
    if run.exit_code != Some(exit_code) {
        let code = run.exit_code;
        differences.push(format!("the worker process ends with {code:?} instead of {exit_code}"));
    }
    if has_no_stack_left(&run.said) != by_hand.no_stack_left {
        let how = if by_hand.no_stack_left { "does not run" } else { "runs" };
        differences.push(format!("the worker process {how} out of stack"));
    }
    let name = |path: &String| Some(path.rsplit('/').next()?.to_lowercase());
    let own: BTreeSet<String> = closure.files.iter().filter_map(name).collect();
    let needed = own.difference(not_loaded).cloned().collect();
    differences.extend(strangers(&run.said, &own, &needed));
    let surplus = loaded(&run.said);
    let surplus = surplus.intersection(not_loaded);
    differences.extend(surplus.map(|name| format!("Wine loads {name} all the same")));
    differences
}

/// What only one of two sides says.
fn only(
    one: &BTreeSet<String>,
    its_name: &str,
    other: &BTreeSet<String>,
    other_name: &str,
) -> Vec<String> {
    let different = one.symmetric_difference(other).map(|says| {
        let who = if one.contains(says) { its_name } else { other_name };
        format!("of {its_name} and {other_name}, only {who} says: {says}")
    });
    different.collect()
}

impl ByHand {
    /// What Wine must say is missing.
    fn wanted_of_wine(&self) -> BTreeSet<String> {
        self.missing.difference(&self.wine_not).chain(&self.wine_also).cloned().collect()
    }

    /// Whether what is said to be peculiar to Wine is, and has a reason.
    fn is_sound(&self) -> bool {
        let differs = !self.wine_also.is_empty() || !self.wine_not.is_empty();
        self.wine_also.is_disjoint(&self.missing)
            && self.wine_not.is_subset(&self.missing)
            && (!differs || !self.why.is_empty())
    }

    /// Whether a loader that does what is expected of one does what is expected of the other.
    fn is_like(&self, other: &Self) -> bool {
        self.wanted_of_wine() == other.wanted_of_wine()
            && self.dead_forwarders == other.dead_forwarders
            && self.exit_code == other.exit_code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row() -> Value {
        let import = json!({ "dll": "iisutil.dll", "name": "One", "ordinal": null });
        json!({
            "what": "a name is missing", "architecture": "x64", "folder": "x64/0",
            "files": ["system32/inetsrv/w3wp.exe", "system32/inetsrv/w3core.dll"],
            "not_loaded": ["w3core.dll"], "dead_forwarders": [],
            "missing": { "findings": [
                { "kind": "unresolved-import", "file": "w3core.dll", "import": import },
            ] },
            "exit_code": 97, "no_stack_left": false,
            "wine_also": { "findings": [] }, "wine_not": { "findings": [] }, "wine_why": "",
        })
    }

    fn closure(row: &Value) -> Closure {
        read(Path::new("x"), row).expect("the shape of a row")
    }

    fn run(exit_code: i64, said: &str) -> Run {
        Run { exit_code: Some(exit_code), said: said.to_owned(), printed: String::new() }
    }

    const SAID: &str = concat!(
        r#"0024:trace:loaddll:build_module Loaded L"Z:\\inetsrv\\w3wp.exe" at 0140: native"#,
        "\n",
        r"0024:warn:module:import_dll No implementation for iisutil.dll.One imported from ",
        r#"L"Z:\\inetsrv\\w3core.dll", setting to 0000000000BA0000"#,
        "\n",
    );

    #[test]
    fn wine_must_do_exactly_what_a_row_says() {
        let closure = closure(&row());
        assert_eq!(of_wine(&closure, &run(97, SAID)), [""; 0]);
        assert_eq!(of_wine(&closure, &run(0, SAID)).len(), 1);
        assert_eq!(of_wine(&closure, &run(97, &SAID.replace(".One", ".Two"))).len(), 2);
        assert_eq!(of_wine(&closure, &run(97, &SAID.replace("native", "builtin"))).len(), 1);
        let loaded = SAID.replace("w3wp.exe", "w3core.dll");
        assert_eq!(of_wine(&closure, &run(97, &loaded)).len(), 2);
        let overflow = "0024:err:virtual:virtual_setup_exception stack overflow 1808 bytes";
        assert_eq!(of_wine(&closure, &run(97, &format!("{SAID}{overflow}"))).len(), 1);
        let dead = "find_forwarded_export module not found for forward 'a.b' used by L\"c.dll\"";
        assert_eq!(of_wine(&closure, &run(97, &format!("{SAID}{dead}"))).len(), 1);
    }

    #[test]
    fn the_core_must_find_exactly_what_a_row_says() {
        let by_hand = closure(&row()).by_hand;
        let missing = &row()["missing"]["findings"][0];
        let mut scanned = json!({ "status": "broken", "findings": [missing] });
        assert_eq!(of_core(&by_hand, &scanned), [""; 0]);
        scanned["status"] = json!("inconclusive");
        assert_eq!(of_core(&by_hand, &scanned).len(), 1);
        let unreadable = json!({ "kind": "unreadable", "file": "a", "import": null });
        scanned["findings"] = json!([missing, unreadable]);
        assert_eq!(of_core(&by_hand, &scanned).len(), 2);
        let nothing = json!({ "status": "broken", "findings": [] });
        assert_eq!(of_core(&by_hand, &nothing).len(), 1);
    }

    #[test]
    fn a_difference_of_wine_is_one_and_has_a_reason() {
        let mut row = row();
        assert!(closure(&row).by_hand.is_sound());
        row["wine_not"] = row["missing"].clone();
        assert!(!closure(&row).by_hand.is_sound());
        row["wine_why"] = json!("so it is");
        assert!(closure(&row).by_hand.is_sound());
        assert!(closure(&row).by_hand.wanted_of_wine().is_empty());
        row["wine_also"] = row["missing"].clone();
        assert!(!closure(&row).by_hand.is_sound());
    }

    #[test]
    fn a_row_of_another_shape_is_none() {
        for name in ["what", "files", "missing", "exit_code", "wine_not", "no_stack_left"] {
            let mut row = row();
            row[name] = json!(null);
            assert!(read(Path::new("x"), &row).is_none(), "{name}");
        }
        let mut row = row();
        row["missing"]["findings"][0]["kind"] = json!("misspelt");
        assert!(read(Path::new("x"), &row).is_none());
    }
}
