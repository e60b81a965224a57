//! SARIF, against its schema and by what it says.

use crate::verification::{clean, places, undecided, wrong};
use patchstate_report::sarif;
use patchstate_study::{BaselineComparison, Counterexample, FailureClass, Verification};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The schema. Two of its patterns end in `]?`, which means a letter where a pattern is read as
/// JavaScript once read it, and is a mistake for stricter readers.
fn schema() -> Value {
    let text = include_str!("sarif-2.1.0.json");
    assert_eq!(text.matches("{2}]?$").count(), 2);
    serde_json::from_str(&text.replace("{2}]?$", r"{2}\\]?$")).unwrap()
}

fn log(verification: &Verification) -> Value {
    let log: Value =
        serde_json::from_str(&sarif(verification, "1.2.3", &places()).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mistakes: Vec<_> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert_eq!(mistakes, [] as [String; 0]);
    log
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn the_schema_notices_what_is_not_sarif() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut log = log(&wrong());
    log["runs"][0]["results"][0]["level"] = json!("fatal");
    assert!(!validator.is_valid(&log));
}

#[test]
fn a_log_without_counterexamples_is_valid_and_has_no_result() {
    let log = log(&clean());
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(results(&log), [] as [Value; 0]);
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "patchstate");
    assert_eq!(run["tool"]["driver"]["version"], "1.2.3");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "core");
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"], json!([]));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn every_counterexample_is_a_result_of_its_rule_with_a_level() {
    let log = log(&wrong());
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let found: Vec<_> = results(&log)
        .iter()
        .map(|result| {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            (result["ruleId"].as_str().unwrap(), result["level"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("rule-of-thumb", "warning"),
            ("rule-of-thumb", "error"),
            ("rule-of-thumb", "error"),
            ("rule-of-thumb", "note"),
            ("rule-of-thumb", "note"),
            ("claim/helps", "error"),
            ("patchstate/incomplete", "warning"),
            ("rule-of-thumb", "warning"),
        ]
    );
    let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["core", "rule-of-thumb", "claim/helps", "patchstate/incomplete"]);
}

#[test]
fn a_message_says_truth_verdict_and_order() {
    let log = log(&wrong());
    assert_eq!(
        results(&log)[2]["message"]["text"],
        "false negative of rule rule-of-thumb on x64: truth is mismatch, not consistent; missed: \
         behind-os system32/a.dll. decided by line 7: second. Run it: \
         patchstate run --arch x64 os:sp1 sp2 +iis@sp1"
    );
    let claim = results(&log)[5]["message"]["text"].as_str().unwrap();
    assert!(claim.contains("recorded as holds and found to be refuted"), "{claim}");
}

#[test]
fn the_install_order_is_a_code_flow() {
    let log = log(&wrong());
    let flow = |at: usize| -> Vec<(u64, String)> {
        let locations = &results(&log)[at]["codeFlows"][0]["threadFlows"][0]["locations"];
        let step = |location: &Value| {
            let text = location["location"]["message"]["text"].as_str().unwrap().to_owned();
            (location["executionOrder"].as_u64().unwrap(), text)
        };
        locations.as_array().unwrap().iter().map(step).collect()
    };
    let numbered = |steps: &[&str]| -> Vec<(u64, String)> {
        (1..).zip(steps.iter().map(|step| (*step).to_owned())).collect()
    };
    assert_eq!(flow(0), numbered(&["os:rtm", "+iis", "sp1"]));
    assert_eq!(flow(5), numbered(&["os:sp1", "+iis"]), "of a claim's witness");
}

#[test]
fn a_result_stands_where_the_clause_stands_and_on_its_architecture() {
    let log = log(&wrong());
    let location = &results(&log)[1]["locations"][0];
    assert_eq!(
        location["physicalLocation"],
        json!({
            "artifactLocation": { "uri": "my%20rules/a%2Cb%3A50%25.toml" },
            "region": { "startLine": 7, "startColumn": 3 },
        })
    );
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "x86");
    assert_eq!(results(&log)[2]["locations"][0]["logicalLocations"][0]["name"], "x64");
    assert_eq!(results(&log)[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 1);
    let claim = &results(&log)[5]["locations"][0]["physicalLocation"];
    assert_eq!(claim["artifactLocation"]["uri"], "claims/mine.toml");
    assert_eq!(claim["region"]["startLine"], 4);
    // What is in no file stands in one that is there.
    let run = &results(&log)[6]["locations"][0]["physicalLocation"];
    assert_eq!(run["artifactLocation"]["uri"], "README.md");
}

#[test]
fn fingerprints_tell_results_apart_and_do_not_depend_on_what_else_there_is() {
    let of = |log: &Value| -> Vec<String> {
        let print = |result: &Value| {
            result["partialFingerprints"]["patchstateOrder/v1"].as_str().unwrap().to_owned()
        };
        results(log).iter().map(print).collect()
    };
    let all = of(&log(&wrong()));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    let mut fewer = wrong();
    fewer.rules[1].counterexamples.remove(0);
    fewer.rules.remove(0);
    assert_eq!(of(&log(&fewer)), all[1..]);
    // Alerts that were closed stay closed: what a fingerprint is made from is not to change.
    assert_eq!(all[0], ORDER_PRINT);
}

/// FNV-1a of the id, the architecture and the steps of the first counterexample, each with a null
/// character behind it; worked out with another program.
const ORDER_PRINT: &str = "1c894fe98ff207bf";

#[test]
fn every_result_and_every_step_has_a_place_in_a_file() {
    let mut verification = wrong();
    verification.rules[0] = verification.rules[1].clone();
    "command".clone_into(&mut verification.rules[0].rule);
    verification.claims.push(verification.claims[1].clone());
    "built-in".clone_into(&mut verification.claims[2].id);
    let log = log(&verification);
    let mut place_count = 0;
    for result in results(&log) {
        let flows = result["codeFlows"].as_array().into_iter().flatten();
        let steps = flows.flat_map(|flow| flow["threadFlows"][0]["locations"].as_array().unwrap());
        let steps = steps.map(|step| &step["location"]);
        for location in result["locations"].as_array().unwrap().iter().chain(steps) {
            let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str();
            assert!(uri.is_some_and(|uri| !uri.is_empty()), "{result:#}");
            assert!(location["physicalLocation"]["region"]["startLine"].is_u64(), "{result:#}");
            place_count += 1;
        }
    }
    assert!(place_count > 30, "{place_count}");
}

#[test]
fn a_rule_is_named_by_its_title_and_counts_stand_beside_it() {
    let log = log(&wrong());
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][1];
    assert_eq!(rule["name"], "what it says");
    assert_eq!(rule["shortDescription"]["text"], "what it says");
    assert_eq!(rule["properties"]["hosts"], "10");
    let texts = [&rule["fullDescription"]["text"], &rule["help"]["text"]];
    for text in texts.map(|text| text.as_str().unwrap()) {
        assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
    }
}

#[test]
fn a_rule_that_says_nothing_is_a_result_and_the_run_is_no_success() {
    let log = log(&undecided());
    let [result] = results(&log) else { panic!("{log:#}") };
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("rule-of-thumb"), &json!("warning")));
    assert_eq!(
        result["message"]["text"],
        "rule rule-of-thumb is inconclusive: inconclusive on 1 of 10 hosts, first because a file \
         cannot be read. Run it: patchstate run os:sp2"
    );
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "warning");
}

#[test]
fn a_search_that_a_bound_stopped_says_so() {
    let log = log(&wrong());
    let notification = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "warning");
    let text = "patchstate: incomplete: a bound stopped the search, so nothing is proved";
    assert_eq!(notification["message"]["text"], text);
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn a_baseline_tells_what_is_new_from_what_is_known_and_what_is_gone() {
    let mut verification = wrong();
    let rule = &mut verification.rules[1];
    let wrong = |one: &Counterexample| (one.architecture, FailureClass::from(&one.disagreement));
    let known = vec![wrong(&rule.counterexamples[0])];
    let new = vec![wrong(&rule.counterexamples[1])];
    let (architecture, failure) = new[0].clone();
    let gone = vec![(architecture, failure, rule.counterexamples[1].steps.clone())];
    rule.baseline = Some(BaselineComparison { known, new, gone, ..BaselineComparison::default() });
    let log = log(&verification);
    let states: Vec<_> =
        results(&log).iter().filter_map(|result| result["baselineState"].as_str()).collect();
    assert_eq!(states, ["unchanged", "new", "new", "new", "new", "absent"]);
}
