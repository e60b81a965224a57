//! Workflows of GitHub, GitLab and Jenkins: their commands, run as the shell of each would.

use super::{action::Action, place::Place};
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Actions of others, which only GitHub has: what they do is not ours.
const OF_OTHERS: [&str; 2] = ["actions/", "github/codeql-action/"];

/// The action of this repository, as workflows name it.
const OWN: &str = "patchstate/patchstate@v";

/// The document of a YAML text.
pub(super) fn read(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).expect("YAML");
    let [document] = documents.as_slice() else { panic!("one document and no more:\n{text}") };
    value(document)
}

fn value(yaml: &Yaml) -> Value {
    if let Some(mapping) = yaml.as_mapping() {
        let name = |key: &Yaml| {
            let plain = key.as_str().map(str::to_owned);
            plain.or_else(|| key.as_integer().map(|number| number.to_string())).expect("a name")
        };
        let entries = mapping.iter().map(|(key, inside)| (name(key), value(inside)));
        return Value::Object(entries.collect::<Map<_, _>>());
    }
    if let Some(list) = yaml.as_sequence() {
        return Value::Array(list.iter().map(value).collect());
    }
    let text = yaml.as_str().map(Value::from);
    let number = || yaml.as_integer().map(Value::from);
    let truth = || yaml.as_bool().map(Value::from);
    text.or_else(number).or_else(truth).unwrap_or_default()
}

/// Runs a file if it is a workflow; each of its commands has to end well.
pub(super) fn run(place: &mut Place, path: &str, text: &str, at: &str) {
    if path.starts_with(".github/workflows/") {
        github(place, &read(text), at);
    } else if path == ".gitlab-ci.yml" {
        gitlab(place, &read(text), at);
    } else if path == "Jenkinsfile" {
        jenkins(place, text, at);
    }
}

fn passes(place: &Place, script: &str, variables: &[(String, String)], at: &str) {
    let ended = place.script(script, variables);
    assert_eq!(ended.code, 0, "{at}: {script}\n{}{}", ended.stdout, ended.stderr);
}

fn github(place: &mut Place, workflow: &Value, at: &str) {
    assert!(workflow.get("on").is_some(), "{at}: it never starts");
    let mut commands = 0;
    for job in workflow["jobs"].as_object().expect("jobs").values() {
        for step in job["steps"].as_array().expect("steps") {
            if let Some(script) = step["run"].as_str() {
                passes(place, script, &[], at);
                commands += 1;
                continue;
            }
            let uses = step["uses"].as_str().expect("a step runs or uses something");
            if !uses.starts_with(OWN) {
                assert!(OF_OTHERS.iter().any(|known| uses.starts_with(known)), "{at}: {uses}");
                continue;
            }
            assert_eq!(uses.strip_prefix(OWN), Some(env!("CARGO_PKG_VERSION")), "{at}");
            let given = step["with"].as_object().into_iter().flatten();
            let given: BTreeMap<&str, &str> = given
                .map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
                .collect();
            let done = Action::read().run(place, &given);
            assert!(done.passed(), "{at}\n{}", done.log);
            commands += 1;
        }
    }
    assert!(commands > 0, "{at}: nothing runs");
}

fn gitlab(place: &Place, pipeline: &Value, at: &str) {
    let jobs = pipeline.as_object().expect("jobs").values();
    let lines = |job: &Value, key: &str| -> Vec<String> {
        let lines = job[key].as_array().into_iter().flatten();
        lines.map(|line| line.as_str().expect("a command").to_owned()).collect()
    };
    let mut count = 0;
    for job in jobs.filter(|job| job.get("script").is_some()) {
        let script = [lines(job, "before_script"), lines(job, "script")].concat();
        count += script.len();
        let here = place.here().to_str().expect("a plain path").to_owned();
        let own = job["variables"].as_object().into_iter().flatten();
        let own = own.map(|(name, value)| (name.clone(), value.as_str().expect("a text")));
        let own = own.map(|(name, value)| (name, value.replace("$CI_PROJECT_DIR", &here)));
        let variables: Vec<(String, String)> = own.collect();
        passes(place, &script.join("\n"), &variables, at);
        for report in job["artifacts"]["reports"]["junit"].as_array().into_iter().flatten() {
            let report = report.as_str().expect("a path");
            assert!(place.here().join(report).is_file(), "{at}: no {report}");
        }
    }
    assert!(count > 0, "{at}: nothing runs");
}

/// Steps `sh '...'`, each in a shell of its own.
fn jenkins(place: &Place, text: &str, at: &str) {
    let steps = text.lines().filter_map(|line| line.trim().strip_prefix("sh '"));
    let steps: Vec<&str> = steps.map(|step| step.strip_suffix('\'').expect("its end")).collect();
    assert!(!steps.is_empty(), "{at}: nothing runs");
    for step in steps {
        passes(place, step, &[], at);
    }
}

#[test]
fn the_workflow_that_init_writes_runs() {
    let mut place = Place::new();
    assert_eq!(place.typed("patchstate init rules && cd rules").code, 0);
    let path = ".github/workflows/patchstate.yml";
    let text = std::fs::read_to_string(place.here().join(path)).expect("the workflow");
    run(&mut place, path, &text, path);
    let page = include_str!("../../../docs/how-to/github-actions.md");
    let written = text.find("\nname: ").map(|at| &text[at..]).expect("a name");
    assert!(page.contains(written), "the page shows another workflow than this:\n{text}");
    for report in ["patchstate-junit.xml", "patchstate.sarif"] {
        assert!(place.here().join(report).is_file(), "no {report}");
    }
}
