//! `action.yml`: its steps, run as a runner of GitHub would.

use super::{place::Place, root, workflow};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

/// The action of this repository.
pub(super) struct Action(Value);

/// What came of a run.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// The exit code of each step that ran, by its name.
    pub(super) codes: Vec<(String, i32)>,
    /// The outputs of the action.
    pub(super) outputs: BTreeMap<String, String>,
    /// What the steps printed.
    pub(super) log: String,
}

impl Done {
    pub(super) fn passed(&self) -> bool {
        self.codes.iter().all(|(_, code)| *code == 0)
    }

    /// The exit code of the step whose name has a word in it.
    fn code(&self, word: &str) -> Option<i32> {
        let step = self.codes.iter().find(|(name, _)| name.contains(word));
        step.map(|(_, code)| *code)
    }
}

/// What stands for `${{ name }}`, by name.
type Known = BTreeMap<String, String>;

impl Action {
    pub(super) fn read() -> Self {
        let text = fs::read_to_string(root().join("action.yml")).expect("the action");
        let action = workflow::read(&text);
        assert_eq!(action["runs"]["using"], "composite");
        Self(action)
    }

    /// Runs it with some inputs; others are at their default.
    pub(super) fn run(&self, place: &mut Place, given: &BTreeMap<&str, &str>) -> Done {
        let mut known = self.known(place, given);
        let mut done = Done::default();
        for (at, step) in self.0["runs"]["steps"].as_array().expect("steps").iter().enumerate() {
            let is_wanted = match step["if"].as_str() {
                None => done.passed(),
                Some("${{ !cancelled() }}") => true,
                Some(other) => panic!("an unknown condition: {other}"),
            };
            if !is_wanted {
                continue;
            }
            if let Some(uses) = step["uses"].as_str() {
                assert!(uses.starts_with("actions/"), "{uses}");
                for inside in step["with"].as_object().expect("inputs").values() {
                    filled(inside.as_str().expect("a text"), &known);
                }
                continue;
            }
            assert_eq!(step["shell"], "bash");
            let id = step["id"].as_str().map_or_else(|| format!("step-{at}"), str::to_owned);
            let [outputs, paths] = ["outputs", "paths"].map(|kind| place.aside(kind));
            let mut variables = vec![
                ("GITHUB_OUTPUT".to_owned(), outputs.display().to_string()),
                ("GITHUB_PATH".to_owned(), paths.display().to_string()),
            ];
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                variables.push((name.clone(), filled(value.as_str().expect("a text"), &known)));
            }
            let script = step["run"].as_str().expect("a script");
            assert!(!script.contains("${{"), "what is filled in reaches the shell: {script}");
            let ended = place.script(script, &variables);
            done.log += &format!("{}{}", ended.stdout, ended.stderr);
            done.codes.push((step["name"].as_str().expect("a name").to_owned(), ended.code));
            for line in taken(&outputs) {
                let (name, value) = line.split_once('=').expect("name=value");
                known.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
            for folder in taken(&paths) {
                place.find_in(&folder);
            }
        }
        for (name, output) in self.0["outputs"].as_object().expect("outputs") {
            let value = output["value"].as_str().expect("a text");
            let key = value.trim_start_matches("${{ ").trim_end_matches(" }}");
            done.outputs.extend(known.get(key).map(|value| (name.clone(), value.clone())));
        }
        done
    }

    /// What the runner fills in before any step.
    fn known(&self, place: &Place, given: &BTreeMap<&str, &str>) -> Known {
        let temporary = place.aside("temporary").display().to_string();
        let fixed = [
            ("github.action_path", root().to_str().expect("a plain path")),
            ("runner.temp", &temporary),
            ("runner.os", "Linux"),
            ("runner.arch", "X64"),
        ];
        let mut known: Known =
            fixed.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let inputs = self.0["inputs"].as_object().expect("inputs");
        for name in given.keys() {
            assert!(inputs.contains_key(*name), "there is no input `{name}`");
        }
        for (name, input) in inputs {
            assert!(input["description"].is_string(), "{name} says nothing");
            let default = input["default"].as_str().expect("a default");
            let value = given.get(name.as_str()).copied().unwrap_or(default);
            known.insert(format!("inputs.{name}"), value.to_owned());
        }
        known
    }
}

/// A text with everything filled in.
fn filled(text: &str, known: &Known) -> String {
    let mut parts = text.split("${{ ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let (name, behind) = part.split_once(" }}").expect("its end");
        let value = known.get(name).unwrap_or_else(|| panic!("nobody fills in `{name}`"));
        format!("{before}{value}{behind}")
    })
}

/// The lines that a step wrote into a file of the runner.
fn taken(path: &std::path::Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    fs::write(path, "").expect("it is ours");
    text.lines().map(str::to_owned).collect()
}

/// A small scope, so that it takes no time.
const SCOPE: (&str, &str) = ("args", "--components iis --updates KB973917");

/// A place with the files of `patchstate init`.
fn begun() -> Place {
    let mut place = Place::new();
    assert_eq!(place.typed("patchstate init rules && cd rules").code, 0);
    place
}

fn written(place: &Place, done: &Done, output: &str) -> String {
    let path = done.outputs.get(output).expect("an output");
    fs::read_to_string(place.here().join(path)).expect("the report")
}

#[test]
fn both_reports_are_written_and_a_right_rule_passes() {
    let mut place = begun();
    let done = Action::read().run(&mut place, &[SCOPE, ("arch", "x64")].into());
    assert!(done.passed(), "{:?}\n{}", done.codes, done.log);
    let junit = written(&place, &done, "junit");
    assert!(junit.contains("<testsuites") && junit.contains("tests=\"2\""), "{junit}");
    let report: Value = serde_json::from_str(&written(&place, &done, "report")).expect("JSON");
    assert_eq!(report["version"], "2.1.0");
    assert_eq!(done.outputs["report"], "patchstate.sarif");
}

#[test]
fn a_wrong_rule_and_a_failing_scenario_fail_and_both_are_reported() {
    let mut place = begun();
    let rule = "iis-cannot-start.rule.toml";
    let line = format!("sed -i 's/> version/< version/' {rule}");
    assert_eq!(place.typed(&line).code, 0);
    let given = [SCOPE, ("arch", "x64\nx86"), ("format", "junit"), ("rules", rule)];
    let done = Action::read().run(&mut place, &given.into());
    assert_eq!((done.code("scenarios"), done.code("rules")), (Some(1), Some(1)), "{}", done.log);
    assert!(written(&place, &done, "junit").contains("<failure"), "{}", done.log);
    assert_eq!(done.outputs["report"], "patchstate-rules.xml");
    let report = written(&place, &done, "report");
    assert!(report.contains("<failure"), "{report}");
    assert!(["x86", "x64"].iter().all(|arch| report.contains(arch)), "{report}");
}

#[test]
fn what_is_empty_is_left_out_and_annotations_go_to_the_log() {
    let mut place = begun();
    assert_eq!(place.typed("sed -i 's/> version/< version/' *.rule.toml").code, 0);
    let given = [SCOPE, ("scenarios", ""), ("format", "github"), ("arch", "x64")];
    let done = Action::read().run(&mut place, &given.into());
    assert_eq!((done.code("scenarios"), done.code("rules")), (Some(0), Some(1)), "{}", done.log);
    assert!(done.outputs.is_empty(), "{:?}", done.outputs);
    assert!(done.log.contains("::error "), "{}", done.log);
    let done = Action::read().run(&mut place, &[("rules", ""), ("scenarios", "")].into());
    assert!(done.passed() && done.outputs.is_empty(), "{}", done.log);
}

#[test]
fn a_mistake_of_writing_is_an_annotation_and_the_action_fails() {
    let mut place = begun();
    assert_eq!(place.typed("sed -i 's/^status/statos/' *.rule.toml").code, 0);
    let done = Action::read().run(&mut place, &[SCOPE, ("arch", "x64")].into());
    assert_eq!(done.code("mistakes"), Some(2), "{:?}\n{}", done.codes, done.log);
    assert!(done.log.contains("::error file=iis-cannot-start.rule.toml,line="), "{}", done.log);
}

#[test]
fn paths_with_spaces_stay_whole_and_arguments_are_words() {
    let mut place = begun();
    assert_eq!(place.typed("mkdir 'two words' && mv *.rule.toml *.md 'two words'").code, 0);
    let given = [
        SCOPE,
        ("rules", "two words/iis-cannot-start.rule.toml\n"),
        ("scenarios", "two words\ntwo words/iis-cannot-start.md"),
        ("arch", "x64"),
    ];
    let done = Action::read().run(&mut place, &given.into());
    assert!(done.passed(), "{:?}\n{}", done.codes, done.log);
    let more = ("args", "--components iis --updates $(touch made) --max-depth 1");
    let done = Action::read().run(&mut place, &[more, ("scenarios", "")].into());
    assert_eq!(done.code("rules"), Some(2), "{}", done.log);
    assert!(!place.here().join("made").exists(), "no shell reads the arguments");
}

#[test]
fn where_the_program_is_not_there_it_is_built_from_the_action_itself() {
    let mut place = Place::without_program("/usr/bin:/bin");
    let rule = include_str!("../../../corpus/rules/iis-fits-os.rule.toml");
    place.write("a.rule.toml", rule, false);
    let given = [SCOPE, ("scenarios", ""), ("arch", "x64")];
    let done = Action::read().run(&mut place, &given.into());
    assert!(done.passed(), "{:?}\n{}", done.codes, done.log);
    assert!(place.aside("temporary/patchstate/bin/patchstate").exists());
    assert_eq!(done.outputs["report"], "patchstate.sarif");
}
