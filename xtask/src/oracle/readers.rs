//! Our own images, read by pefile, lief, llvm-readobj and objdump.
//!
//! They must say what `patchstate inspect` says, and that the version and the machine are those
//! of the host's story; and they must find nothing to complain about.

use super::{
    Outcome, differences,
    hosts::Hosts,
    tools::{Tools, inspect},
};
use crate::Failure;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    path::PathBuf,
};

const OF: &str = "our own images";
/// Each reader, and whether a machine may well be without it.
const READERS: [(&str, bool); 4] =
    [("pefile", false), ("lief", false), ("llvm-readobj", true), ("objdump", false)];

/// One image of a host.
struct Case {
    name: String,
    path: PathBuf,
    machine: &'static str,
    version: String,
}

/// Compares every different image of the hosts.
pub(crate) fn compare(tools: &Tools, hosts: &Hosts) -> Result<Vec<Outcome>, Failure> {
    let (mut outcomes, mut readers) = (Vec::new(), Vec::new());
    for (reader, optional) in READERS {
        let missing = tools.python().err().or_else(|| match reader {
            "pefile" | "lief" => None,
            program => Tools::program(program).err(),
        });
        match missing {
            None => readers.push(reader),
            Some(why) => {
                outcomes.push(Outcome { optional, ..Outcome::skipped(reader, OF, why) });
            }
        }
    }
    if readers.is_empty() {
        return Ok(outcomes);
    }
    let cases = cases(hosts)?;
    let files: Vec<PathBuf> = cases.iter().map(|case| case.path.clone()).collect();
    let ours = inspect(&hosts.patchstate, &files)?;
    let answers = tools.ask("pe_readers.py", &json!({ "files": files, "readers": readers }))?;
    if answers.len() != cases.len() {
        return Err("the script did not answer for every image".into());
    }
    for reader in readers {
        let mut outcome = Outcome::new(reader, OF);
        for ((case, ours), answer) in cases.iter().zip(&ours).zip(&answers) {
            outcome.case(&case.name, &case.differences(ours, &answer[reader]));
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

impl Case {
    fn differences(&self, ours: &Value, theirs: &Value) -> Vec<String> {
        let mut differences = differences::of_images(ours, theirs);
        for (fact, expected) in [("machine", self.machine), ("file_version", self.version.as_str())]
        {
            if theirs.get(fact).is_some_and(|found| found != expected) {
                let found = &theirs[fact];
                differences.push(format!("{fact}: the host has {expected}, theirs says {found}"));
            }
        }
        if theirs.get("checksum_ok") == Some(&Value::Bool(false)) {
            differences.push("the checksum is wrong".to_owned());
        }
        let complaints = theirs["complaints"].as_array().into_iter().flatten();
        differences.extend(complaints.map(|complaint| format!("it complains: {complaint}")));
        differences
    }
}

/// Every image of every host that differs in bytes, or in what the host says that it is.
fn cases(hosts: &Hosts) -> Result<Vec<Case>, Failure> {
    let mut cases = BTreeMap::new();
    for host in &hosts.built {
        for (below, version) in host.images() {
            let path = host.path(below);
            let mut hasher = DefaultHasher::new();
            fs::read(&path)?.hash(&mut hasher);
            let case = Case {
                name: format!("{below} of {}", host.name),
                path,
                machine: if host.architecture == "x64" { "amd64" } else { "i386" },
                version: version.to_owned(),
            };
            let key = (below.to_owned(), host.architecture.clone(), version.to_owned());
            cases.entry((key, hasher.finish())).or_insert(case);
        }
    }
    Ok(cases.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_complains_or_sees_another_version_disagrees() {
        let case = Case {
            name: String::new(),
            path: PathBuf::new(),
            machine: "i386",
            version: "1.2.3.4".to_owned(),
        };
        let ours = json!({ "readable": true, "machine": "i386", "file_version": "1.2.3.4" });
        let agrees = json!({ "machine": "i386", "file_version": "1.2.3.4", "complaints": [] });
        assert_eq!(case.differences(&ours, &agrees), [""; 0]);
        assert_eq!(case.differences(&ours, &json!({ "complaints": ["odd"] })).len(), 1);
        let wrong = json!({ "readable": true, "machine": "i386", "file_version": "1.2.3.5" });
        assert_eq!(case.differences(&wrong, &json!({ "file_version": "1.2.3.5" })).len(), 1);
    }
}
