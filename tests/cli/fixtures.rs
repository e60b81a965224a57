//! From a counterexample to a test: `fixtures`, `run --rule`, `verify --write`.

use crate::program::{folder, run, run_in, run_line, word};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const SCOPE: [&str; 6] = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];

/// What the article says, with `--rule` as well as a rule of its own: it misses hosts.
const THUMB: &str = "id = \"thumb\"\ntitle = \"A rule of thumb\"\n\n[[verdict]]\n\
    status = \"mismatch\"\nwhen = '''\nos.level == \"sp2\"\n\
    \x20   && file(\"system32/inetsrv/iisutil.dll\").present\n\
    \x20   && file(\"system32/inetsrv/iisutil.dll\").version.revision < 3000\n'''\n";

/// A rule that cannot say anything about what has no such file.
const UNKNOWN: &str = "id = \"unknown\"\ntitle = \"Not to be known\"\n\n[[verdict]]\n\
    status = \"mismatch\"\n\
    when = 'file(\"system32/inetsrv/iisutil.dll\").version.revision < 3000'\n";

#[test]
fn run_tells_what_a_rule_says_what_it_read_and_whether_it_is_right() {
    let place = folder(&[("thumb.rule.toml", THUMB)]);
    let thumb = place.path().join("thumb.rule.toml");
    // The incident: the host is broken, iisutil.dll is 6.0.3790.0 on an SP2 host.
    let incident = ["run", "os:rtm", "sp2", "+iis@rtm", "kb973917/v1", "--rule", word(&thumb)];
    let object = run(&[&incident[..], &["--json"]].concat()).json();
    let rule = &object["rules"][0];
    assert_eq!(
        (&rule["rule"], &rule["status"], &rule["should_report"], &rule["reports"], &rule["right"]),
        (&json!("thumb"), &json!("mismatch"), &json!(true), &json!(true), &json!(true))
    );
    let readings = rule["grounds"][0]["readings"].as_array().expect("readings");
    let read: BTreeMap<&str, &str> = readings
        .iter()
        .map(|r| (r["field"].as_str().expect("a field"), r["value"].as_str().expect("a value")))
        .collect();
    assert_eq!(read["os.level"], "sp2");
    assert_eq!(read["file(\"system32/inetsrv/iisutil.dll\").version"], "6.0.3790.0");
    let text = run(&incident);
    assert_eq!(text.code, 1);
    assert!(text.stdout.contains("right  thumb: mismatch"), "{}", text.stdout);
    assert!(text.stdout.contains("file(\"system32/inetsrv/iisutil.dll\").version is 6.0.3790.0"));

    // IIS that is newer than its host: what should have been otherwise is the level.
    let missed = run(&["run", "os:rtm", "+iis@sp1", "--rule", word(&thumb), "--json"]);
    let rule = &missed.json()["rules"][0];
    assert_eq!((&rule["right"], &rule["reports"]), (&json!(false), &json!(false)));
    assert_eq!(rule["grounds"][0]["text"], "os.level == \"sp2\"");
    assert_eq!(rule["grounds"][0]["needed"], true);
}

/// As for a host that is not consistent: a rule that is wrong is a finding, one that cannot tell
/// leaves the result open, and what is certain goes first.
#[test]
fn run_exits_by_what_rules_say_of_a_host_with_which_all_is_well() {
    let flags_all = "id = \"all\"\ntitle = \"All\"\n[[verdict]]\nstatus = \"broken\"\n\
        when = 'os.level == \"sp2\"'\n";
    let place = folder(&[
        ("thumb.rule.toml", THUMB),
        ("unknown.rule.toml", UNKNOWN),
        ("all.rule.toml", flags_all),
    ]);
    let with = |rules: &[&str]| {
        let mut words = vec!["run", "os:sp2"];
        words.extend(rules.iter().flat_map(|rule| ["--rule", *rule]));
        run_in(place.path(), &words)
    };
    assert_eq!(with(&[]).code, 0);
    let thumb = with(&["thumb.rule.toml"]);
    assert_eq!(thumb.code, 0, "{}", thumb.stdout);
    assert!(
        thumb.stdout.contains("to report it, this would have to be true: line 8"),
        "{}",
        thumb.stdout
    );
    let unknown = with(&["unknown.rule.toml", "thumb.rule.toml"]);
    assert_eq!(unknown.code, 3, "{}", unknown.stdout);
    assert!(unknown.stdout.contains("open   unknown: inconclusive, because"), "{}", unknown.stdout);
    let wrong = with(&["unknown.rule.toml", "all.rule.toml"]);
    assert_eq!(wrong.code, 1, "{}", wrong.stdout);
    assert!(wrong.stdout.contains("wrong  all: broken"), "{}", wrong.stdout);
    let words: Vec<&str> = wrong.stdout.split_whitespace().collect();
    assert!(words.join(" ").contains(": a false positive decided by"), "{}", wrong.stdout);
    assert_eq!(run_line("run os:sp2 --rule no-such-rule").code, 2);
}

#[test]
fn counterexamples_become_scenarios_that_fail_until_the_rule_is_mended() {
    let place = folder(&[("thumb.rule.toml", THUMB)]);
    let words = ["verify", "thumb.rule.toml", "--write", "wrong.md"];
    let words = [&words[..], &SCOPE[..]].concat();
    let verified = run_in(place.path(), &[&words[..], &["--json"]].concat());
    assert_eq!(verified.code, 1, "{}", verified.stderr);
    let object = verified.json();
    let told = object["rules"][1]["counterexamples"].as_array().expect("a list");
    let tested = run_in(place.path(), &["test", "wrong.md", "--json"]);
    assert_eq!(tested.code, 1, "{}", tested.stderr);
    let object = tested.json();
    assert_eq!((&object["passed"], &object["failed"]), (&json!(0), &json!(told.len())));
    for scenario in object["files"][0]["scenarios"].as_array().expect("a list") {
        let failures = scenario["failures"].as_array().expect("a list");
        let keys: Vec<&Value> = failures.iter().map(|failure| &failure["key"]).collect();
        // The status of the host is as expected, and the rule alone is not.
        assert_eq!(keys, [&json!("rules.thumb")], "{scenario:#}");
        // Of a host that is broken it can say no more than that it is a mismatch.
        assert_eq!(
            (&failures[0]["expected"], &failures[0]["found"]),
            (&json!("mismatch"), &json!("consistent"))
        );
    }
    // A file that is there is not replaced.
    assert_eq!(run_in(place.path(), &words).code, 2);
    // The rule, mended: it says what is true of every host.
    let right = fs::read_to_string("corpus/rules/iis-fits-os.rule.toml").expect("a rule");
    let mended = right.replace("id = \"iis-fits-os\"", "id = \"thumb\"");
    let mended = mended.replace("status = \"broken\"", "status = \"mismatch\"");
    fs::write(place.path().join("thumb.rule.toml"), mended).expect("a file");
    let tested = run_in(place.path(), &["test", "wrong.md"]);
    assert_eq!(tested.code, 0, "{}", tested.stdout);
    assert_eq!(run_in(place.path(), &["check", "."]).code, 0);
}

#[test]
fn a_rule_without_counterexamples_leaves_no_empty_file() {
    let place = folder(&[]);
    let file = place.path().join("wrong.md");
    let words = ["verify", "iis-fits-os", "--write", word(&file)];
    let ended = run(&[&words[..], &SCOPE[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert!(ended.stderr.contains("was not written"), "{}", ended.stderr);
    assert!(!file.exists());
}

/// The scenarios of rules that no folder brings say what `test` has to be told.
#[test]
fn counterexamples_of_other_kinds_of_rules_say_how_they_are_run() {
    let place = folder(&[]);
    let file = place.path().join("wrong.md");
    let words = ["verify", "--command", "false", "--write", word(&file)];
    let ended = run(&[&words[..], &SCOPE[..]].concat());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let text = fs::read_to_string(&file).expect("it was written");
    assert!(text.contains("`patchstate test FILE --rule command`"), "{text}");
    assert!(text.contains("\"command\" = \"consistent\""), "{text}");
}

/// The object beside the trees.
fn told(out: &Path) -> Value {
    let text = fs::read_to_string(out.join("fixtures.json")).expect("it is there");
    serde_json::from_str(&text).expect("JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Findings without their sentences, which truth and detection core put in their own words.
fn findings(list: &Value) -> Vec<Value> {
    let mut list = list.as_array().expect("a list").clone();
    list.iter_mut().filter_map(Value::as_object_mut).for_each(|finding| {
        finding.remove("detail");
    });
    list
}

/// What trees show, without some of them.
fn shown(object: &Value, without: Option<&str>) -> BTreeSet<String> {
    let trees = object["fixtures"].as_array().expect("a list");
    let mut shown = BTreeSet::new();
    for tree in trees.iter().filter(|tree| tree["folder"].as_str() != without) {
        for showing in tree["shows"].as_array().expect("a list") {
            shown.insert(showing.to_string());
        }
        let sides = tree["boundaries"].as_array().expect("a list");
        for side in sides.iter().filter(|side| side["other"].as_str() != without) {
            let mut both = [text(&side["here"]), text(&side["there"])];
            both.sort();
            shown.insert(format!("{} {both:?}", side["rule"]));
        }
    }
    shown
}

/// Statuses and findings are those that `scan` finds in the trees, and `run` by the steps; the step
/// of a boundary leads from the one tree to the other, byte by byte.
#[test]
fn fixtures_are_what_their_file_says_and_none_can_be_left_out() {
    let place = folder(&[("thumb.rule.toml", THUMB)]);
    let (thumb, out) = (place.path().join("thumb.rule.toml"), place.path().join("out"));
    let words = ["fixtures", word(&thumb), "--arch", "x64", "--out", word(&out)];
    let ended = run(&words);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let last = ended.stdout.lines().last().expect("a line");
    assert!(last.contains("of 615 hosts, and fixtures.json, written to"), "{last}");
    let object = told(&out);
    let trees = object["fixtures"].as_array().expect("a list");
    let statuses: BTreeSet<String> = trees.iter().map(|tree| text(&tree["status"])).collect();
    let all = ["broken", "consistent", "drift", "mismatch", "not-applicable"];
    assert_eq!(statuses, all.map(str::to_owned).into());
    // The host has both components of the group or none, so no DLL is missing; the files are whole
    // and of one machine; and none waits for a restart unless A29 lets it.
    let not_shown = [
        "missing-dll",
        "pending-restart",
        "truncated",
        "unreadable",
        "version-disagreement",
        "wrong-architecture",
    ];
    assert_eq!(object["findings_not_shown"], json!(not_shown));
    assert_eq!(object["statuses_not_shown"], json!([]));
    let complete = shown(&object, None);
    for tree in trees {
        let name = text(&tree["folder"]);
        let scanned = run(&["scan", word(&out.join(&name)), "--json"]).json();
        assert_eq!(scanned["status"], tree["status"], "{name}");
        assert_eq!(findings(&scanned["findings"]), findings(&tree["findings"]), "{name}");
        let steps: Vec<String> =
            tree["steps"].as_array().expect("steps").iter().map(text).collect();
        let mut words = vec!["run", "--arch", "x64", "--json", "--rule", word(&thumb)];
        words.extend(steps.iter().map(String::as_str));
        let story = run(&words).json();
        assert_eq!(story["truth"]["status"], tree["status"], "{name}");
        let said = &story["rules"][0];
        let expected = &tree["rules"][0];
        for key in ["right", "should_report"] {
            assert_eq!(said[key], expected[key], "{name} {key}");
        }
        assert_eq!(said["status"], expected["says"], "{name}");
        let fewer = shown(&object, Some(&name));
        assert!(fewer.len() < complete.len(), "{name} can be left out");
        for side in tree["boundaries"].as_array().expect("a list") {
            if side["first"] == true {
                check_step(&steps, &text(&side["step"]), &out.join(text(&side["other"])));
            }
        }
    }
    let wrong = complete.iter().filter(|shown| shown.contains("counterexample")).count();
    assert!(wrong > 0, "{complete:?}");
    assert!(complete.iter().any(|shown| shown.starts_with("\"thumb\" ")), "{complete:?}");
    // A folder that holds something is left alone.
    assert_eq!(run(&words).code, 2);
    // The same bytes on one thread.
    let again = place.path().join("again");
    let words = ["fixtures", word(&thumb), "--arch", "x64", "-j1", "--out", word(&again)];
    assert_eq!(run(&words).code, 0);
    assert_eq!(files(&out), files(&again));
}

/// Builds a host with one step more, and compares it with a tree.
fn check_step(steps: &[String], step: &str, other: &Path) {
    let place = folder(&[]);
    let built = place.path().join("built");
    let mut words = vec!["build", "--arch", "x64", "--out", word(&built)];
    words.extend(steps.iter().map(String::as_str).chain([step]));
    assert_eq!(run(&words).code, 0, "{steps:?} {step}");
    assert!(files(&built) == files(other), "{steps:?} {step} is not {}", other.display());
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(place) = waiting.pop() {
        for entry in fs::read_dir(&place).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn fixtures_of_a_bounded_search_are_incomplete_and_of_none_nothing_is_written() {
    let place = folder(&[]);
    let out = place.path().join("out");
    let words = ["fixtures", "--arch", "x64", "--max-depth", "1", "--out", word(&out), "--json"];
    let ended = run(&words);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.json(), told(&out));
    assert_eq!(ended.json()["complete"], false);
    let ended = run_line("fixtures --updates KB1 --out no-such-folder");
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("--updates"), "{}", ended.stderr);
}

/// What is found under an assumption is so under it alone: the scenarios that are written name it,
/// and so does the command that shows what failed.
#[test]
fn scenarios_that_are_written_under_an_assumption_name_it() {
    let place = folder(&[("thumb.rule.toml", THUMB)]);
    let scope = ["--arch", "x86", "--components", "iis_www", "--updates", "none"];
    let words = ["verify", "thumb.rule.toml", "--assume", "A28=fails", "--write", "wrong.md"];
    let verified = run_in(place.path(), &[&words[..], &scope[..]].concat());
    assert_eq!(verified.code, 1, "{}", verified.stderr);
    let text = fs::read_to_string(place.path().join("wrong.md")).expect("a file");
    let blocks = text.matches("```expect\n").count();
    assert!(blocks > 0 && text.matches("assume = [\"A28=fails\"]\n").count() == blocks, "{text}");
    let statuses = |text: &str| text.matches("status = \"broken\"").count();
    assert!(statuses(&text) > 0, "{text}");
    // The statuses hold, and the rule alone is wrong.
    let tested = run_in(place.path(), &["test", "wrong.md", "--json"]).json();
    for scenario in tested["files"][0]["scenarios"].as_array().expect("a list") {
        let failures = scenario["failures"].as_array().expect("a list");
        assert!(failures.iter().all(|failure| failure["key"] == "rules.thumb"), "{scenario:#}");
    }
    let told = run_in(place.path(), &["test", "wrong.md"]).stdout;
    assert!(told.contains("patchstate run --assume A28=fails os:"), "{told}");
    // Without the assumption these hosts start.
    fs::write(place.path().join("wrong.md"), text.replace("assume = [\"A28=fails\"]\n", ""))
        .expect("a file");
    let tested = run_in(place.path(), &["test", "wrong.md", "--json"]).json();
    let scenarios = tested["files"][0]["scenarios"].as_array().expect("a list");
    let failures = scenarios.iter().flat_map(|one| one["failures"].as_array().expect("a list"));
    let of_status = failures.filter(|failure| failure["key"] == "status").count();
    assert_eq!(of_status, statuses(&text), "{tested:#}");
}
