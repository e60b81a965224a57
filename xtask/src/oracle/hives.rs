//! Registry hives, read by regipy, hivexml and hivexget.
//!
//! What they must find is what the steps of the host's story have written, value by value and
//! nothing else, and beside it what public documentation says of such a host. So it is with every
//! different hive of the default scope, by the values that the model gives its host. Hives with
//! what no host has (every type of value, long values, a write that was not finished and its log)
//! are those of the example `scratch_hives`, which says what must be in them.

use super::{
    differences,
    hosts::{Folder, Host, Hosts},
    outcome::Outcome,
    sets::Sets,
    tools::Tools,
};
use crate::{checkout, command, failure::Failure};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    path::Path,
    process,
};

const OF: &str = "registry hives";
const HIVES: [(&str, &str); 2] = [("software", r"HKLM\SOFTWARE\"), ("system", r"HKLM\SYSTEM\")];
const READERS: [&str; 3] = ["regipy", "hivexml", "hivexget"];
const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";
const ENVIRONMENT: &str = r"ControlSet001\Control\Session Manager\Environment";
const SUBCOMPONENTS: &str = r"Microsoft\Windows\CurrentVersion\Setup\OC Manager\Subcomponents";

/// One hive, and what must be in it.
struct Case {
    name: String,
    path: String,
    /// Key and value name with a backslash between them, and the content.
    values: Map<String, Value>,
    documented: Map<String, Value>,
    /// The log that has to be applied first.
    log: Option<String>,
    /// How many keys there are, where that does not follow from the values.
    key_count: Option<u64>,
}

/// Compares every different hive of the hosts and of the default scope.
pub(crate) fn compare(tools: &Tools, hosts: &Hosts, sets: &Sets) -> Result<Vec<Outcome>, Failure> {
    let (mut outcomes, mut readers) = (Vec::new(), Vec::new());
    for reader in READERS {
        // The script that asks all of them is a Python program with regipy.
        let missing = tools.python().err().or_else(|| match reader {
            "regipy" => None,
            program => Tools::program(program).err(),
        });
        match missing {
            Some(why) => outcomes.push(Outcome::skipped(reader, OF, why)),
            None => readers.push(reader),
        }
    }
    if readers.is_empty() {
        return Ok(outcomes);
    }
    let mut cases = cases(hosts, sets)?;
    let folder = format!("hives-{}", process::id());
    let folder = Folder(checkout::target().join("oracle").join(folder));
    cases.extend(scratch_cases(&folder.0)?);
    let hives: Vec<Value> = cases
        .iter()
        .map(|case| json!({ "path": case.path, "asked": case.asked(), "log": case.log }))
        .collect();
    let answers = tools.ask("hives.py", &json!({ "hives": hives, "readers": readers }))?;
    for reader in readers {
        let mut outcome = Outcome::new(reader, OF);
        let asked = cases.iter().zip(&answers).filter(|(case, _)| case.is_for(reader));
        for (case, answer) in asked {
            outcome.case(&case.name, &case.differences(reader, &answer[reader]));
        }
        if answers.len() != cases.len() {
            outcome.disagreements.push("the script did not answer for every hive".to_owned());
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

impl Case {
    /// Whether a reader can say something of it: only regipy applies logs, and hivexget, which
    /// starts for each value, is not asked about what no host has.
    fn is_for(&self, reader: &str) -> bool {
        match reader {
            "regipy" => true,
            "hivexget" => self.key_count.is_none(),
            _ => self.log.is_none(),
        }
    }

    /// Every value as key and name, for the reader that looks up one at a time.
    fn asked(&self) -> Vec<(&str, &str)> {
        let is_asked = self.is_for("hivexget");
        let values = self.values.keys().filter(|_| is_asked);
        values.filter_map(|path| path.rsplit_once('\\')).collect()
    }

    fn differences(&self, reader: &str, answer: &Value) -> Vec<String> {
        if let Some(error) = answer.get("error") {
            return vec![format!("{reader} fails: {error}")];
        }
        // hivexget prints every value as text, and only those that it is asked for.
        let as_text = |value: &Value| match value {
            Value::Number(number) if reader == "hivexget" => number.to_string().into(),
            other => other.clone(),
        };
        let theirs = flat(&answer["values"]);
        // Null is what a reader does not say.
        let said = |path: &String| theirs.get(path).is_none_or(|value| !value.is_null());
        let ours = self.values.iter().filter(|(path, _)| said(path));
        let ours = ours.map(|(path, value)| (path.clone(), as_text(value))).collect();
        let theirs: Map<String, Value> =
            theirs.clone().into_iter().filter(|(path, _)| said(path)).collect();
        let mut differences = differences::of_maps(&ours, &theirs);
        if reader != "hivexget" {
            let found = self
                .documented
                .keys()
                .map(|path| (path.clone(), theirs.get(path).cloned().unwrap_or_default()));
            let found: Map<String, Value> = found.collect();
            differences.extend(differences::of_maps(&self.documented, &found));
            differences.extend(key_count_difference(&ours, self.key_count, &answer["keys"]));
        }
        differences
    }
}

/// Keys that hold nothing would not show among the values: their number does.
fn key_count_difference(
    values: &Map<String, Value>,
    told: Option<u64>,
    walked: &Value,
) -> Option<String> {
    let mut keys = BTreeSet::from([""]);
    for path in values.keys() {
        keys.extend(path.match_indices('\\').filter_map(|(at, _)| path.get(..at)));
    }
    let count = told.unwrap_or(keys.len() as u64);
    (Some(count) != walked.as_u64()).then(|| format!("ours has {count} keys, theirs {walked}"))
}

/// Values of a reader by key and name, as one map.
fn flat(values: &Value) -> Map<String, Value> {
    let keys = values.as_object().into_iter().flatten();
    let entries = keys.flat_map(|(key, values)| {
        let values = values.as_object().into_iter().flatten();
        values.map(move |(name, value)| {
            let path = if key.is_empty() { name.clone() } else { format!(r"{key}\{name}") };
            (path, value.clone())
        })
    });
    entries.collect()
}

/// Every hive of every host, and of the default scope, that is not the same in bytes and in what
/// must be in it.
fn cases(hosts: &Hosts, sets: &Sets) -> Result<Vec<Case>, Failure> {
    let (mut cases, mut known, mut told) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for host in &hosts.built {
        let registry = host.registry();
        for (hive, root) in HIVES {
            let path = host.path(&format!("system32/config/{hive}"));
            let values = registry.iter().filter_map(|(path, content)| {
                let content = content.as_object()?.values().next()?;
                Some((path.strip_prefix(root)?.to_owned(), content.clone()))
            });
            let case = Case {
                name: format!("{hive} of {}", host.name),
                path: path.to_string_lossy().into_owned(),
                values: values.collect(),
                documented: if hive == "system" { of_system(host) } else { of_software(host) },
                log: None,
                key_count: None,
            };
            known.insert((hash_of(&path)?, format!("{:?}", case.values)));
            // Two hosts can have the same bytes where they should not: what is documented tells.
            if told.insert((hash_of(&path)?, format!("{:?}{:?}", case.values, case.documented))) {
                cases.push(case);
            }
        }
    }
    for hive in &sets.hives {
        let values = hive.facts["values"].as_object().cloned().unwrap_or_default();
        if known.insert((hash_of(&hive.path)?, format!("{values:?}"))) {
            let path = hive.path.to_string_lossy().into_owned();
            let name = format!("{} of the default scope, {path}", hive.facts["hive"]);
            let documented = Map::new();
            cases.push(Case { name, path, values, documented, log: None, key_count: None });
        }
    }
    Ok(cases)
}

/// The hives of the example, written into a folder.
fn scratch_cases(folder: &Path) -> Result<Vec<Case>, Failure> {
    fs::create_dir_all(folder)?;
    let place = folder.to_string_lossy().into_owned();
    let words = ["run", "--quiet", "--package", "patchstate-image", "--example", "scratch_hives"];
    command::text("cargo", &[&words[..], &["--", &place]].concat())?;
    let list: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder.join("hives.json"))?)?;
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let cases = list.iter().map(|hive| {
        let name = hive["name"].as_str().unwrap_or_default();
        Case {
            name: format!("{name} of the example"),
            path: path(name),
            values: hive["values"].as_object().cloned().unwrap_or_default(),
            documented: Map::new(),
            log: hive["log"].as_str().map(path),
            key_count: hive["keys"].as_u64(),
        }
    });
    Ok(cases.collect())
}

fn hash_of(path: impl AsRef<Path>) -> Result<u64, Failure> {
    let mut hasher = DefaultHasher::new();
    fs::read(path)?.hash(&mut hasher);
    Ok(hasher.finish())
}

/// What public documentation says of the hive `system`.
fn of_system(host: &Host) -> Map<String, Value> {
    let processor = if host.architecture == "x64" { "AMD64" } else { "x86" };
    let mut values = Map::new();
    values.insert(r"Select\Current".to_owned(), json!(1));
    values.insert(format!(r"{ENVIRONMENT}\PROCESSOR_ARCHITECTURE"), json!(processor));
    values
}

/// What public documentation says of the hive `software`. Absent values are null.
fn of_software(host: &Host) -> Map<String, Value> {
    let told = &host.story["host"];
    let service_pack = match told["level"].as_str() {
        Some("sp1") => json!("Service Pack 1"),
        Some("sp2") => json!("Service Pack 2"),
        _ => Value::Null,
    };
    let mut values = Map::new();
    for (name, content) in [
        ("ProductName", json!("Microsoft Windows Server 2003")),
        ("CurrentVersion", json!("5.2")),
        ("CurrentBuildNumber", json!("3790")),
        ("CSDVersion", service_pack),
    ] {
        values.insert(format!(r"{CURRENT_VERSION}\{name}"), content);
    }
    let installed: Vec<&Value> = told["components"].as_array().into_iter().flatten().collect();
    for component in ["iis_common", "iis_inetmgr", "iis_www", "iis_ftp", "iis_smtp", "iis_nntp"] {
        let state = u8::from(installed.iter().any(|id| *id == component));
        values.insert(format!(r"{SUBCOMPONENTS}\{component}"), json!(state));
    }
    for label in told["updates"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        // The first release stands under its bare number, a re-release behind a hyphen.
        let key = label.trim_end_matches("/v1").replace('/', "-");
        values.insert(format!(r"{CURRENT_VERSION}\HotFix\{key}\Installed"), json!(1));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> Case {
        let values = flat(&json!({ r"A\B": { "text": "x", "number": 3 } }));
        let documented = flat(&json!({ r"A\B": { "number": 3, "absent": null } }));
        let (name, path) = (String::new(), String::new());
        Case { name, path, values, documented, log: None, key_count: None }
    }

    #[test]
    fn a_reader_that_finds_the_same_agrees() {
        let answer = json!({ "keys": 3, "values": { r"A\B": { "text": "x", "number": 3 } } });
        assert_eq!(case().differences("regipy", &answer), [""; 0]);
        let answer = json!({ "keys": null, "values": { r"A\B": { "text": "x", "number": "3" } } });
        assert_eq!(case().differences("hivexget", &answer), [""; 0]);
    }

    #[test]
    fn a_reader_that_finds_anything_else_does_not() {
        for answer in [
            json!({ "keys": 3, "values": { r"A\B": { "text": "x" } } }),
            json!({ "keys": 3, "values": { r"A\B": { "text": "x", "number": "3" } } }),
            json!({ "keys": 3, "values": { r"A\b": { "text": "x", "number": 3 } } }),
            json!({ "keys": 3, "values": { r"A\B": { "text": "x", "number": 3, "absent": "" } } }),
            json!({ "keys": 4, "values": { r"A\B": { "text": "x", "number": 3 } } }),
            json!({ "error": "cannot" }),
        ] {
            assert!(!case().differences("regipy", &answer).is_empty(), "{answer}");
        }
    }
}
