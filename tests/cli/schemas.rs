//! The JSON Schemas in `schemas/`, the contract, and what the program really writes.
//!
//! **Owns** that the files are those that `patchstate schema` prints, that they promise every name
//! and type that outside checks rely on, and that real output keeps the promise. With the variable
//! `INSTA_UPDATE=always` the files are written anew.
//!
//! **Start reading** at [`CONTRACT`].

use assert_cmd::Command;
use patchstate_report::json;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// What outside checks rely on: command, then path and types of each value. `[]` stands for the
/// items of a list and `{}` for the values of a map; every key is always there, and unknown or
/// absent is null.
const CONTRACT: [(&str, &str); 6] = [
    (
        "scan",
        "schema string · status string · os object · os.product string null · os.arch string null
         os.level string null · os.version string null · findings array · findings[].kind string
         findings[].file string · findings[].expected string null · findings[].found string null
         findings[].import object null · findings[].import.dll string
         findings[].import.name string null · findings[].import.ordinal integer null
         findings[].update string null · findings[].detail string · would_break array
         would_break[] string · remedy array · remedy[] string · rules array
         rules[].rule string · rules[].status string · rules[].agrees boolean",
    ),
    (
        "run",
        "schema string · arch string · steps array · steps[].step string · steps[].outcome string
         steps[].reason string null · steps[].exit_code integer null · steps[].changes array
         steps[].changes[].path string · steps[].changes[].from string null
         steps[].changes[].to string null · steps[].changes[].branch_from string null
         steps[].changes[].branch_to string null · host object · host.level string
         host.components array · host.components[] string · host.updates array
         host.updates[] string · host.files array · host.files[].path string
         host.files[].version string · host.files[].branch string · truth object
         truth.status string · truth.findings array · truth.findings[].kind string
         truth.findings[].file string · truth.findings[].import object null
         verdict object · verdict.schema string · verdict.status string · verdict.os object
         verdict.findings array · verdict.would_break array · verdict.remedy array
         verdict.rules array · agree boolean · symptoms array · symptoms[].source string
         symptoms[].event_id integer null · symptoms[].text string",
    ),
    (
        "inspect",
        "schema string · files array · files[].path string · files[].readable boolean
         files[].error string null · files[].machine string null
         files[].file_version string null · files[].product_version string null
         files[].version_string string null · files[].exports object
         files[].exports.count integer · files[].exports.names array
         files[].exports.names[] string · files[].exports.forwarded object
         files[].exports.forwarded{} string · files[].imports array
         files[].imports[].dll string · files[].imports[].delayed boolean
         files[].imports[].names array · files[].imports[].names[] string
         files[].imports[].ordinals array · files[].imports[].ordinals[] integer
         files[].checksum_ok boolean null · files[].findings array",
    ),
    (
        "verify",
        "schema string · complete boolean · catalog string · assumptions object
         assumptions{} string · arches array · arches[].arch string · arches[].hosts string null
         arches[].transitions string null · arches[].depth integer null
         arches[].distinct_images integer · arches[].distinct_sets integer
         arches[].by_status object null · arches[].by_status.broken string
         arches[].by_status.mismatch string · arches[].by_status.drift string
         arches[].by_status.consistent string · arches[].by_status.not-applicable string
         rules array · rules[].rule string
         rules[].hosts string · rules[].true_positive string · rules[].false_positive string
         rules[].true_negative string · rules[].false_negative string
         rules[].inconclusive string · rules[].counterexamples array
         rules[].counterexamples[].shortest boolean
         rules[].counterexamples[].arch string · rules[].counterexamples[].steps array
         rules[].counterexamples[].steps[] string · rules[].counterexamples[].truth string
         rules[].counterexamples[].verdict string · rules[].counterexamples[].why string
         claims array · claims[].id string · claims[].text string · claims[].source string
         claims[].recorded string · claims[].found string · claims[].rests_on array
         claims[].rests_on[] string · claims[].witness object null
         claims[].witness.steps array · claims[].witness.steps[] string",
    ),
    (
        "fixtures",
        "schema string · fixtures array · fixtures[].folder string · fixtures[].arch string
         fixtures[].steps array · fixtures[].steps[] string · fixtures[].status string
         fixtures[].findings array · fixtures[].findings[].kind string
         fixtures[].findings[].file string",
    ),
    ("test", "schema string · passed integer · failed integer · files array · files[].file string"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// The generated schemas by command.
fn schemas() -> BTreeMap<&'static str, Value> {
    let parse = |(name, text): (&'static str, String)| {
        (name, serde_json::from_str(&text).expect("a schema is JSON"))
    };
    json::schemas().expect("schemas").into_iter().map(parse).collect()
}

#[test]
fn the_schemas_in_the_repository_are_those_that_the_program_prints() {
    let blessed = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    // That of JUnit is written by hand; `junit.rs` holds reports against it.
    let mut expected = BTreeSet::from([folder().join("junit.xsd")]);
    for (name, text) in json::schemas().expect("schemas") {
        let path = folder().join(format!("{name}.schema.json"));
        if blessed {
            std::fs::write(&path, &text).expect("the file can be written");
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(checked_in == text, "{} is out of date: INSTA_UPDATE=always", path.display());
        let printed = patchstate(&["schema", name]);
        assert_eq!(String::from_utf8(printed).expect("text"), text, "{name}");
        expected.insert(path);
    }
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    let found: BTreeSet<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_schema_is_a_valid_schema_of_its_draft() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        let described = schema["properties"].as_object().expect("properties");
        assert!(described.values().all(|value| value.get("description").is_some()), "{name}");
    }
}

/// A place in a schema: its definitions, and the node.
#[derive(Clone, Copy)]
struct Place<'a> {
    root: &'a Value,
    node: &'a Value,
}

impl<'a> Place<'a> {
    /// All nodes that a value may follow: references and choices opened.
    fn choices(self) -> Vec<&'a Value> {
        if let Some(reference) = self.node["$ref"].as_str() {
            let node = self.root.pointer(reference.trim_start_matches('#'));
            return Place { node: node.expect("a definition"), ..self }.choices();
        }
        match self.node["anyOf"].as_array() {
            Some(choices) => {
                choices.iter().flat_map(|node| Place { node, ..self }.choices()).collect()
            }
            None => vec![self.node],
        }
    }

    /// The names of the types that a value may have.
    fn types(self) -> BTreeSet<&'a str> {
        let listed = |node: &'a Value| match &node["type"] {
            Value::String(name) => vec![name.as_str()],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        self.choices().into_iter().flat_map(listed).collect()
    }

    /// The value below: a key, which has to be required, the items or the values.
    fn below(self, name: &str) -> Option<Self> {
        let inner = |node: &'a Value| match name {
            "[]" => node.get("items"),
            "{}" => node.get("additionalProperties"),
            name => {
                let required = node["required"].as_array()?;
                required.iter().any(|key| key == name).then(|| &node["properties"][name])
            }
        };
        self.choices().into_iter().find_map(inner).map(|node| Place { node, ..self })
    }
}

/// The entries of a row of the contract: path and types.
fn entries(row: &str) -> impl Iterator<Item = (&str, BTreeSet<&str>)> {
    const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];
    let words: Vec<&str> = row.split_whitespace().filter(|word| *word != "·").collect();
    let starts = (0..words.len()).filter({
        let words = words.clone();
        move |at| *at == 0 || !TYPES.contains(&words[*at])
    });
    let entries: Vec<_> = starts
        .map(|at| {
            let types = words[at + 1..].iter().take_while(|word| TYPES.contains(word));
            (words[at], types.copied().collect())
        })
        .collect();
    entries.into_iter()
}

/// The parts of a path: keys, `[]` and `{}`.
fn parts(path: &str) -> Vec<String> {
    let spaced = path.replace('.', " ").replace("[]", " []").replace("{}", " {}");
    spaced.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_schemas_promise_every_name_and_type_of_the_contract() {
    let schemas = schemas();
    for (command, row) in CONTRACT {
        let root = &schemas[command];
        for (path, types) in entries(row) {
            let mut place = Place { root, node: root };
            for part in parts(path) {
                let below = place.below(&part);
                place = below.unwrap_or_else(|| panic!("{command}: {path} is not promised"));
            }
            assert_eq!(place.types(), types, "{command}: {path}");
        }
    }
}

/// Runs the program and gives what it writes to standard output.
fn patchstate(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    let output = command.output().expect("the program runs");
    let error = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code().expect("an exit code");
    // 2 is for mistakes in what was read, which `check` reports as its result.
    assert!(code <= 3 && (code != 2 || arguments.contains(&"check")), "{arguments:?}: {error}");
    output.stdout
}

/// Runs the program with `--json` and holds the output against the schema of the command.
fn valid(arguments: &[&str]) -> Value {
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let written = patchstate(&with_json);
    let object: Value = serde_json::from_slice(&written).expect("one JSON object");
    let command = arguments[0];
    let version = if command == "verify" { 2 } else { 1 };
    assert_eq!(object["schema"], format!("patchstate.{command}/{version}"));
    let schemas = schemas();
    let validator = jsonschema::validator_for(&schemas[command]).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&object)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
    object
}

/// Every `.dll` and program below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn what_run_writes_is_valid_for_hosts_of_every_status() {
    let orders = [
        ("broken", "run os:rtm sp2 +iis@rtm kb973917/v1"),
        ("mismatch", "run os:rtm sp2 +iis@rtm kb973917"),
        ("drift", "run os:sp2 +iis kb2124261 -iis +iis --arch x64"),
        ("consistent", "run os:sp1 +iis kb942830 sp2 --arch x64"),
        ("not-applicable", "run os:rtm sp2 -sp2 clean-cache sfc restart -iis"),
    ];
    for (status, order) in orders {
        let arguments: Vec<&str> = order.split(' ').collect();
        let object = valid(&arguments);
        assert_eq!(object["truth"]["status"], status);
        assert_eq!(object["verdict"]["status"], status);
        assert_eq!(object["agree"], true);
    }
    let refused = valid(&["run", "os:rtm", "sp2", "+iis@rtm", "kb973917"]);
    assert_eq!(refused["steps"][3]["outcome"], "refused");
    assert_eq!(refused["steps"][3]["exit_code"], 0xF0F4);
}

#[test]
fn what_build_scan_and_inspect_write_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("host");
    let out = out.to_str().expect("a name that is text");
    let built = valid(&["build", "os:rtm", "sp2", "+iis@rtm", "kb973917/v1", "--out", out]);
    assert_eq!(built["files"].as_array().map(Vec::len), Some(47), "45 images and two hives");
    let scanned = valid(&["scan", out, "--rule", "core"]);
    assert_eq!(scanned["status"], "broken");
    assert_eq!(scanned["rules"][0]["agrees"], true);
    assert_eq!(scanned["remedy"], serde_json::json!(["sp2"]));

    let odd = folder.path().join("odd.dll");
    std::fs::write(&odd, "MZ and no more").expect("the file can be written");
    let mut files = files_below(Path::new(out));
    files.push(odd);
    let names: Vec<&str> = files.iter().filter_map(|file| file.to_str()).collect();
    let inspected = valid(&[&["inspect"], &names[..]].concat());
    let readable = |file: &&Value| file["readable"] == true;
    let objects = inspected["files"].as_array().expect("a list");
    assert_eq!((objects.len(), objects.iter().filter(readable).count()), (48, 45));
    let nothing = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(nothing.path().join("WINNT")).expect("a folder");
    let scanned = valid(&["scan", nothing.path().to_str().expect("a name that is text")]);
    assert_eq!(scanned["os"]["level"], Value::Null);
}

#[test]
fn every_row_of_a_scan_of_several_folders_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("host");
    let out = out.to_str().expect("a name that is text");
    patchstate(&["build", "os:rtm", "sp2", "+iis@rtm", "--out", out]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    command.args(["scan", out, "nowhere", "--rule", "core", "--format", "ndjson"]);
    let written = command.output().expect("the program runs").stdout;
    let written = String::from_utf8(written).expect("text");
    let schemas = schemas();
    let rows: Vec<Value> =
        written.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (row, name) in rows.iter().zip(["scan-row", "scan-row", "scan-summary"]) {
        assert_eq!(row["schema"], format!("patchstate.{name}/1"));
        let validator = jsonschema::validator_for(&schemas[name]).expect("a schema");
        let errors: Vec<String> =
            validator.iter_errors(row).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{row}: {errors:#?}");
    }
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2]["rules"][1]["rule"], "core");
}

#[test]
fn what_verify_writes_is_valid() {
    let scope = ["--components", "iis_ftp", "--updates", "KB975254", "--arch", "x64"];
    let object = valid(&[&["verify"][..], &scope].concat());
    // As many as the second model counts.
    let hosts = &object["arches"][0]["hosts"];
    assert_eq!((&object["complete"], hosts), (&true.into(), &"322".into()));
    assert_eq!(object["arches"][0]["by_status"]["mismatch"], "142");
    let bounded = valid(&[&["verify", "--max-states", "100"][..], &scope].concat());
    assert_eq!(bounded["complete"], false);
}

#[test]
fn what_verify_writes_of_rules_and_baselines_is_valid() {
    let scope = ["--components", "iis", "--updates", "KB973917", "--arch", "x64"];
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path().to_str().expect("a name that is text");
    let files = ["corpus/rules/article-rule-of-thumb.rule.toml", "corpus/rules/ms10-040-w3dt.xml"];
    let words = [&["verify"][..], &files, &scope, &["--baseline", place]].concat();
    let object = valid(&[&words[..], &["--update-baseline"]].concat());
    let thumb = &object["rules"][2];
    assert_eq!((&thumb["rule"], &thumb["false_positive"]), (&files[0][13..34].into(), &"0".into()));
    assert_eq!(thumb["baseline"]["new"], 0);
    assert!(thumb["nearest"].as_array().is_some_and(|nearest| !nearest.is_empty()));
    assert_eq!(valid(&words)["rules"][2]["baseline"]["gone"], serde_json::json!([]));
    std::fs::write(
        format!("{place}/core.toml"),
        "rule = \"core\"\nscope = \"iis KB973917\"\n\n[[accepted]]\narch = \"x64\"\n\
         truth = \"drift\"\nverdict = \"broken\"\nsteps = [\"os:sp2\"]\n",
    )
    .expect("the file can be written");
    let gone = &valid(&words)["rules"][0]["baseline"]["gone"];
    assert_eq!((&gone[0]["truth"], &gone[0]["hosts"]), (&"drift".into(), &"0".into()));
}

#[test]
fn what_test_and_check_write_is_valid_also_where_something_is_wrong() {
    let chapter = "corpus/scenarios/01-the-incident.md";
    let object = valid(&["test", chapter]);
    assert_eq!((&object["passed"], &object["failed"]), (&8.into(), &0.into()));
    assert_eq!(valid(&["check", "corpus"])["diagnostics"], serde_json::json!([]));

    let folder = tempfile::tempdir().expect("a folder");
    let scenario = |status: &str| {
        let text =
            format!("# A\n\n```steps\nos:sp2\n```\n\n```expect\nstatus = \"{status}\"\n```\n");
        let path = folder.path().join(format!("{status}.md"));
        std::fs::write(&path, text).expect("the file can be written");
        path.to_str().expect("a name that is text").to_owned()
    };
    let object = valid(&["test", &scenario("drift")]);
    assert_eq!((&object["passed"], &object["failed"]), (&0.into(), &1.into()));
    assert_eq!(object["files"][0]["scenarios"][0]["failures"][0]["line"], 8);
    let object = valid(&["check", &scenario("dirft")]);
    assert_eq!(object["diagnostics"][0]["line"], 8);
}

#[test]
fn what_init_mutate_and_diff_write_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("a name that is text");
    let object = valid(&["init", folder]);
    assert_eq!(object["files"].as_array().map(Vec::len), Some(3));
    let rule = format!("{folder}/iis-cannot-start.rule.toml");
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let object = valid(&[&["mutate", &rule][..], &scope].concat());
    assert_eq!((&object["complete"], &object["undecided"]), (&true.into(), &0.into()));
    assert_eq!(object["hosts"], "615", "as many as the second model counts");
    let object = valid(&[&["diff", &rule, &rule][..], &scope].concat());
    assert_eq!((&object["same"], &object["changes"]), (&"615".into(), &serde_json::json!([])));
    // A rule that is wrong, and says nothing about levels.
    let text = std::fs::read_to_string(&rule).expect("the rule");
    let other = format!("{folder}/other.rule.toml");
    let text = text.replace("[\"broken\"]", "[\"broken\", \"mismatch\"]");
    std::fs::write(&other, text).expect("the file can be written");
    let object = valid(&[&["verify", &other][..], &scope].concat());
    let observability = &object["rules"][1]["observability"];
    assert_eq!(observability["blind"]["separator"]["field"], "os.level", "{observability}");
}

#[test]
fn what_fixtures_and_run_with_a_rule_write_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let out = out.to_str().expect("a name that is text");
    let object = valid(&["fixtures", "iis-fits-os", "--arch", "x64", "--out", out]);
    assert_eq!((&object["complete"], &object["states"]), (&true.into(), &615.into()));
    let object = valid(&["run", "os:rtm", "+iis@sp1", "--rule", "iis-fits-os"]);
    assert_eq!(object["rules"][0]["right"], true);
}

#[test]
fn what_explore_writes_is_valid() {
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let rule = ["--rule", "article-rule-of-thumb"];
    let start = ["os:sp2", "+iis@sp1", "kb973917/v1"];
    let object = valid(&[&["explore"][..], &start, &scope, &rule].concat());
    let hosts = object["arches"][0]["hosts"]["from"].as_array().map(Vec::len);
    assert_eq!(hosts, Some(615), "as many as the second model counts");
    assert_eq!(object["start"], serde_json::json!({ "arch": "x64", "steps": start }));
    assert_eq!(object["rules"][0]["id"], "article-rule-of-thumb");
}

#[test]
fn what_list_explain_and_repair_write_is_valid() {
    for kind in ["components", "media", "updates", "files", "claims", "assumptions", "rules"] {
        assert_eq!(valid(&["list", kind])["kind"], kind);
    }
    let topics = valid(&["explain"]);
    assert!(topics["topics"].as_array().is_some_and(|topics| topics.len() > 10), "{topics}");
    assert_eq!(valid(&["explain", "behind-os"])["topic"], "behind-os");
    let object = valid(&["repair", "os:rtm", "sp2", "+iis@rtm", "kb973917/v1"]);
    assert_eq!(object["repair"], serde_json::json!(["sp2"]));
}

/// The schemas can tell right from wrong: every key of the contract that is taken away, or that
/// gets another type, makes real output invalid.
#[test]
fn output_without_a_name_of_the_contract_is_not_valid() {
    let object = valid(&["run", "os:rtm", "sp2", "+iis@rtm", "kb973917/v1"]);
    let schemas = schemas();
    let validator = jsonschema::validator_for(&schemas["run"]).expect("a schema");
    let (_, row) = CONTRACT.into_iter().find(|(command, _)| *command == "run").expect("a row");
    let mut tried = 0;
    for (path, _) in entries(row) {
        let pointer: String =
            parts(path).iter().flat_map(|part| ["/".to_owned(), part.replace("[]", "0")]).collect();
        let (outer, key) = pointer.rsplit_once('/').expect("a pointer begins with a slash");
        if object.pointer(&pointer).is_none() || key == "0" {
            continue;
        }
        let mut without = object.clone();
        let map = without.pointer_mut(outer).and_then(Value::as_object_mut).expect("an object");
        map.remove(key);
        assert!(!validator.is_valid(&without), "{path} can be left out");
        let mut other = object.clone();
        *other.pointer_mut(&pointer).expect("it is there") = Value::from(0.5);
        assert!(!validator.is_valid(&other), "{path} can be of another type");
        tried += 1;
    }
    assert!(tried > 30, "{tried} names");
}
