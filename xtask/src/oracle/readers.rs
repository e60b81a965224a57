//! Our own images, read by pefile, lief, yara-x, llvm-readobj and objdump.
//!
//! Of every different image of the default scope they must say what the catalog says: machine,
//! versions, exports, imports, checksum; of other images of the hosts, the machine and the version
//! of the host's story. Of all of them they must say what `patchstate inspect` says, and find
//! nothing to complain about.

use super::{
    differences,
    hosts::Hosts,
    outcome::Outcome,
    sets::Sets,
    tools::{Tools, inspect},
};
use crate::failure::Failure;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

const OF: &str = "our own images";
/// Each reader, and what it has to say about every image.
const READERS: [(&str, &[&str]); 5] = [
    ("pefile", &FACTS),
    ("lief", &FACTS),
    ("yara-x", &["machine", "version_string", "exports", "imports", "checksum_ok"]),
    ("llvm-readobj", &["machine", "imports", "export_names"]),
    ("objdump", &["import_names", "export_names"]),
];
/// All facts about an image.
const FACTS: [&str; 7] = [
    "machine",
    "file_version",
    "product_version",
    "version_string",
    "exports",
    "imports",
    "checksum_ok",
];

/// One image, and what it should be in the shape of `patchstate inspect --json`.
struct Case {
    name: String,
    path: PathBuf,
    facts: Value,
}

/// Compares every different image of the default scope and of the hosts.
pub(crate) fn compare(tools: &Tools, hosts: &Hosts, sets: &Sets) -> Result<Vec<Outcome>, Failure> {
    let (mut outcomes, mut readers) = (Vec::new(), Vec::new());
    for (reader, _) in READERS {
        let missing = tools.python().err().or_else(|| match reader {
            "pefile" | "lief" | "yara-x" => None,
            program => Tools::program(program).err(),
        });
        match missing {
            None => readers.push(reader),
            Some(why) => outcomes.push(Outcome::skipped(reader, OF, why)),
        }
    }
    if readers.is_empty() {
        return Ok(outcomes);
    }
    let cases = cases(hosts, sets)?;
    let files: Vec<PathBuf> = cases.iter().map(|case| case.path.clone()).collect();
    let ours = inspect(&hosts.patchstate, &files)?;
    let answers = tools.ask("pe_readers.py", &json!({ "files": files, "readers": readers }))?;
    if answers.len() != cases.len() {
        return Err("the script did not answer for every image".into());
    }
    for (reader, facts) in READERS.into_iter().filter(|(reader, _)| readers.contains(reader)) {
        let mut outcome = Outcome::new(reader, OF);
        for ((case, ours), answer) in cases.iter().zip(&ours).zip(&answers) {
            let mut differences = case.differences(ours, &answer[reader]);
            differences.extend(unsaid(facts, &answer[reader]));
            outcome.case(&case.name, &differences);
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// What a reader has to say and does not.
fn unsaid<'a>(facts: &'a [&str], theirs: &Value) -> impl Iterator<Item = String> + 'a {
    let said: Vec<String> =
        theirs.as_object().into_iter().flatten().map(|(f, _)| f.clone()).collect();
    let unsaid = facts.iter().filter(move |fact| !said.iter().any(|said| said == *fact));
    unsaid.map(|fact| format!("it says nothing of `{fact}`"))
}

impl Case {
    fn differences(&self, ours: &Value, theirs: &Value) -> Vec<String> {
        let mut differences = differences::of_images(ours, theirs);
        // Of some images the catalog gives only what some readers do not.
        let comparable = self.comparable(theirs);
        if comparable.as_object().is_some_and(|facts| !facts.is_empty()) {
            let by_catalog = differences::of_images(&self.facts, &comparable).into_iter();
            differences.extend(by_catalog.map(|says| format!("by the catalog: {says}")));
        }
        if theirs.get("checksum_ok") == Some(&Value::Bool(false)) {
            differences.push("the checksum is wrong".to_owned());
        }
        let complaints = theirs["complaints"].as_array().into_iter().flatten();
        differences.extend(complaints.map(|complaint| format!("it complains: {complaint}")));
        differences
    }

    /// What of a reader's answer can be held against the facts: those facts that are given.
    fn comparable(&self, theirs: &Value) -> Value {
        let is_given = |fact: &str| {
            let fact = match fact {
                "import_names" => "imports",
                "export_names" => "exports",
                other => other,
            };
            self.facts.get(fact).is_some()
        };
        let facts = theirs.as_object().cloned().unwrap_or_default().into_iter();
        Value::Object(facts.filter(|(fact, _)| is_given(fact)).collect::<Map<_, _>>())
    }
}

/// Every image of the default scope, and every other one of a host that differs in bytes, or in
/// what the host says that it is.
fn cases(hosts: &Hosts, sets: &Sets) -> Result<Vec<Case>, Failure> {
    let mut cases = BTreeMap::new();
    for image in &sets.images {
        let facts = image.facts.clone();
        let text = |fact: &str| facts[fact].as_str().unwrap_or_default().to_owned();
        let key = (text("path"), text("machine"), text("file_version"), hash_of(&image.path)?);
        let name = format!("{} {} {} of the default scope", key.0, key.1, key.2);
        cases.insert(key, Case { name, path: image.path.clone(), facts });
    }
    for host in &hosts.built {
        for (below, version) in host.images() {
            let path = host.path(below);
            let machine = if host.architecture == "x64" { "amd64" } else { "i386" };
            let words = (below.to_owned(), machine.to_owned(), version.to_owned());
            let key = (words.0, words.1, words.2, hash_of(&path)?);
            let name = format!("{below} of {}", host.name);
            let facts = json!({ "readable": true, "machine": machine, "file_version": version });
            cases.entry(key).or_insert(Case { name, path, facts });
        }
    }
    Ok(cases.into_values().collect())
}

fn hash_of(path: &Path) -> Result<u64, Failure> {
    let mut hasher = DefaultHasher::new();
    fs::read(path)?.hash(&mut hasher);
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_complains_or_sees_another_version_disagrees() {
        let facts = json!({ "readable": true, "machine": "i386", "file_version": "1.2.3.4" });
        let case = Case { name: String::new(), path: PathBuf::new(), facts };
        let ours = json!({ "readable": true, "machine": "i386", "file_version": "1.2.3.4" });
        let agrees = json!({ "machine": "i386", "file_version": "1.2.3.4", "complaints": [] });
        assert_eq!(case.differences(&ours, &agrees), [""; 0]);
        let odd = json!({ "machine": "i386", "complaints": ["odd"] });
        assert_eq!(case.differences(&ours, &odd).len(), 1);
        let wrong = json!({ "readable": true, "machine": "i386", "file_version": "1.2.3.5" });
        assert_eq!(case.differences(&wrong, &json!({ "file_version": "1.2.3.5" })).len(), 1);
        assert_eq!(case.differences(&wrong, &json!({ "machine": "amd64" })).len(), 2);
    }

    #[test]
    fn a_reader_that_leaves_a_fact_out_disagrees() {
        let unsaid = |theirs: Value| unsaid(&["machine", "exports"], &theirs).count();
        assert_eq!(unsaid(json!({ "machine": null, "exports": {}, "complaints": [] })), 0);
        assert_eq!(unsaid(json!({ "machine": "i386" })), 1);
        assert_eq!(unsaid(json!(null)), 2);
    }

    #[test]
    fn names_of_symbols_are_compared_where_the_catalog_gives_symbols() {
        let facts = json!({
            "readable": true, "exports": { "count": 1, "names": ["a"], "forwarded": {} },
        });
        let ours = facts.clone();
        let case = Case { name: String::new(), path: PathBuf::new(), facts };
        assert_eq!(case.differences(&ours, &json!({ "export_names": ["a"] })), [""; 0]);
        assert_eq!(case.differences(&ours, &json!({ "export_names": ["b"] })).len(), 2);
    }
}
