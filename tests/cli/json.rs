//! The JSON objects: names, order, nulls, and facts that can be checked by hand.

use crate::program::{folder, run, run_line, word};
use serde_json::{Value, json};

/// The keys of the objects at a depth of the indented text, each once, in their order.
fn keys(text: &str, depth: usize) -> Vec<String> {
    let start = format!("{}\"", "  ".repeat(depth));
    let mut keys: Vec<String> = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix(&start)) {
        if let Some((key, _)) = line.split_once("\":")
            && !keys.iter().any(|known| known == key)
        {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// The keys of one object inside a result, in the order in which they are printed.
fn keys_of(text: &str, object: &Value) -> Vec<String> {
    let object = object.as_object().expect("an object");
    let place = |key: &String| text.find(&format!("\"{key}\":")).expect("the key is printed");
    let mut keys: Vec<String> = object.keys().cloned().collect();
    keys.sort_by_key(place);
    keys
}

#[test]
fn a_scan_has_the_keys_of_the_documentation_in_their_order() {
    let out = folder(&[]);
    let tree = out.path().join("host");
    let steps = ["os:rtm", "sp2", "+iis@rtm", "kb973917/v1", "--out", word(&tree)];
    assert_eq!(run(&[["build"].as_slice(), &steps].concat()).code, 0);
    let ended = run(&["scan", word(&tree), "--json", "--rule", "core"]);
    let top = ["schema", "status", "os", "findings", "would_break", "remedy", "notes", "rules"];
    assert_eq!(keys(&ended.stdout, 1), top);
    let object = ended.json();
    assert_eq!(object["schema"], "patchstate.scan/1");
    assert_eq!(object["status"], "broken");
    let os = json!({ "product": "Windows Server 2003", "arch": "x86", "level": "sp2",
                     "version": "5.2.3790.3959" });
    assert_eq!(object["os"], os);
    assert_eq!(keys_of(&ended.stdout, &object["os"]), ["product", "arch", "level", "version"]);
    let finding = &object["findings"][0];
    let names = ["kind", "file", "expected", "found", "import", "update", "detail"];
    assert_eq!(keys_of(&ended.stdout, finding), names);
    assert_eq!(object["would_break"], json!([]));
    assert_eq!(object["remedy"], json!(["sp2"]));
    let rule = json!({ "rule": "core", "status": "broken", "stands_for": [], "reports": null,
        "core_reports": null, "agrees": true, "reason": null });
    assert_eq!(object["rules"], json!([rule]));
}

#[test]
fn findings_are_ordered_by_file_then_kind_then_update_or_import() {
    for line in [
        "run --json os:rtm sp2 +iis@rtm kb973917/v1",
        "run --json os:sp2 +iis kb973917/v1 kb982666 -iis +iis",
        "run --json os:rtm +iis_common sp2 +iis_www kb973917 -sp2",
    ] {
        let object = run_line(line).json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = |finding: &Value| {
            let import = &finding["import"];
            let symbol = [text(&import["dll"]), text(&import["name"])];
            (text(&finding["file"]), text(&finding["kind"]), text(&finding["update"]), symbol)
        };
        for findings in [&object["truth"]["findings"], &object["verdict"]["findings"]] {
            let found: Vec<_> = findings.as_array().expect("a list").iter().map(key).collect();
            assert!(found.len() > 1, "{line}");
            assert!(found.is_sorted(), "{line}: {found:?}");
        }
    }
}

#[test]
fn two_recorded_updates_can_each_report_the_same_file() {
    let object = run_line("run --json os:sp2 +iis kb973917/v1 kb982666 -iis +iis").json();
    let findings = object["truth"]["findings"].as_array().expect("a list").clone();
    let updates: Vec<&Value> = findings
        .iter()
        .filter(|finding| finding["file"] == "system32/inetsrv/w3core.dll")
        .map(|finding| &finding["update"])
        .collect();
    assert_eq!(updates, ["KB973917/v1", "KB982666"]);
    assert_eq!(object["truth"]["status"], "drift");
}

#[test]
fn a_run_has_the_keys_of_the_documentation_in_their_order() {
    let ended = run_line("run --json os:rtm sp2 +iis@rtm kb973917/v1");
    let object = ended.json();
    let top = ["schema", "arch", "steps", "host", "truth", "verdict", "agree", "symptoms"];
    let promised = keys(&ended.stdout, 1).into_iter().filter(|key| top.contains(&key.as_str()));
    assert_eq!(promised.collect::<Vec<_>>(), top);
    let step = &object["steps"][3];
    let names = keys_of(&ended.stdout, step);
    assert_eq!(names[..5], ["step", "outcome", "reason", "exit_code", "changes"]);
    assert_eq!(step["outcome"], "applied");
    assert_eq!((&step["reason"], &step["exit_code"]), (&Value::Null, &Value::Null));
    let change = &step["changes"][0];
    assert_eq!(change["path"], "system32/inetsrv/w3core.dll");
    assert_eq!((&change["from"], &change["to"]), (&json!("6.0.3790.0"), &json!("6.0.3790.4600")));
    let host = &object["host"];
    assert_eq!(host["level"], "sp2");
    assert_eq!(host["components"], json!(["iis_common", "iis_inetmgr", "iis_www"]));
    assert_eq!(host["updates"], json!(["KB973917/v1"]));
    let file = &host["files"][0];
    assert_eq!(
        file,
        &json!({ "path": "system32/drivers/http.sys", "version": "5.2.3790.3959",
                              "branch": "gdr" })
    );
    assert_eq!(object["truth"]["status"], "broken");
    assert_eq!(object["verdict"]["schema"], "patchstate.scan/1");
    assert_eq!(object["verdict"]["findings"].as_array().map(Vec::len), Some(39));
    assert_eq!(object["agree"], true);
}

#[test]
fn symptoms_are_the_events_of_a_worker_process_that_cannot_start() {
    let object = run_line("run --json os:rtm sp2 +iis@rtm kb973917/v1").json();
    let symptoms = object["symptoms"].as_array().expect("a list").clone();
    let events: Vec<(&Value, &Value)> =
        symptoms.iter().map(|symptom| (&symptom["source"], &symptom["event_id"])).collect();
    let (w3svc, http) = (json!("W3SVC"), json!("HTTP"));
    let (first, second) = (json!(1009), json!(1002));
    assert_eq!(events, [(&w3svc, &first), (&w3svc, &second), (&http, &Value::Null)]);
    assert!(symptoms[0]["text"].as_str().expect("a text").contains("'0xffffffff'"));
    assert!(symptoms[2]["text"].as_str().expect("a text").contains("503"));
    let healthy = run_line("run --json os:sp2 +iis").json();
    assert_eq!(healthy["symptoms"], json!([]));
}

#[test]
fn the_second_release_refuses_with_the_exit_code_of_a_missing_prerequisite() {
    let object = run_line("run --json os:rtm sp2 +iis@rtm kb973917").json();
    let step = &object["steps"][3];
    assert_eq!((&step["outcome"], &step["exit_code"]), (&json!("refused"), &json!(0xF0F4)));
    assert_eq!(step["changes"], json!([]));
    assert!(step["reason"].is_string());
    assert_eq!(object["verdict"]["would_break"], json!(["KB973917/v1", "KB982666"]));
}

#[test]
fn a_change_of_branch_alone_keeps_the_version() {
    let object = run_line("run --json os:sp1 +iis kb942830:gdr kb942830:qfe").json();
    let change = json!({ "path": "system32/inetsrv/asp.dll", "from": "6.0.3790.3050",
                         "to": "6.0.3790.3050", "branch_from": "gdr", "branch_to": "qfe" });
    assert_eq!(object["steps"][3]["changes"], json!([change]));
}

#[test]
fn what_is_new_has_no_version_before_and_what_is_gone_none_after() {
    let object = run_line("run --json os:sp2 +iis_ftp -iis_ftp").json();
    for (step, absent, present) in [(1, "from", "to"), (2, "to", "from")] {
        for change in object["steps"][step]["changes"].as_array().expect("a list") {
            assert_eq!(change[absent], Value::Null);
            assert_eq!(change[format!("branch_{absent}")], Value::Null);
            assert!(change[present].is_string());
        }
    }
}

#[test]
fn an_inspection_has_the_keys_of_the_documentation_in_their_order() {
    let out = folder(&[("host/text.dll", "no image")]);
    let tree = out.path().join("built");
    assert_eq!(run(&["build", "os:sp2", "+iis", "--out", word(&tree)]).code, 0);
    let image = tree.join("WINDOWS/system32/inetsrv/w3core.dll");
    let text = out.path().join("host/text.dll");
    let ended = run(&["inspect", "--json", word(&image), word(&text)]);
    assert_eq!(ended.code, 3, "one of them could not be read");
    assert_eq!(keys(&ended.stdout, 1), ["schema", "files"]);
    let object = ended.json();
    let names = [
        "path",
        "readable",
        "error",
        "machine",
        "file_version",
        "product_version",
        "version_string",
        "exports",
        "imports",
        "checksum_ok",
        "findings",
    ];
    assert_eq!(keys(&ended.stdout, 3), names);
    let [read, unread] = [&object["files"][0], &object["files"][1]];
    assert_eq!(read["readable"], true);
    assert_eq!(read["error"], Value::Null);
    assert_eq!(read["machine"], "i386");
    assert_eq!(read["file_version"], "6.0.3790.3959");
    assert_eq!(read["checksum_ok"], true);
    assert_eq!(keys_of(&ended.stdout, &read["exports"]), ["count", "names", "forwarded"]);
    let import = &read["imports"][0];
    assert!(import["delayed"].is_boolean());
    assert_eq!(keys(&ended.stdout, 5)[..4], ["dll", "delayed", "names", "ordinals"]);
    assert_eq!(unread["readable"], false);
    assert!(unread["error"].is_string());
    for key in ["machine", "file_version", "product_version", "version_string", "checksum_ok"] {
        assert_eq!(unread[key], Value::Null, "{key}");
    }
    assert_eq!(unread["exports"], json!({ "count": 0, "names": [], "forwarded": {} }));
    assert_eq!(unread["imports"], json!([]));
}

#[test]
fn a_verification_has_the_keys_of_the_documentation_in_their_order() {
    let ended = run_line(
        "verify --arch x64 --components iis --updates KB973917 --max-states 100000 --json",
    );
    let names = keys(&ended.stdout, 1);
    assert_eq!(names[..4], ["schema", "complete", "catalog", "assumptions"]);
    for key in ["arches", "rules", "claims"] {
        assert!(names.iter().any(|name| name == key), "{key}");
    }
    let object = ended.json();
    assert_eq!(object["complete"], true);
    let arch = &object["arches"][0];
    assert_eq!(arch["arch"], "x64");
    let by_status = &arch["by_status"];
    let statuses = ["broken", "mismatch", "drift", "consistent", "not-applicable"];
    assert_eq!(keys_of(&ended.stdout, by_status), statuses);
    let number = |digits: &Value| digits.as_str().and_then(|digits| digits.parse::<u64>().ok());
    let sum: Option<u64> = statuses.iter().map(|status| number(&by_status[*status])).sum();
    assert_eq!(sum, number(&arch["hosts"]));
    let rule = &object["rules"][0];
    assert_eq!(rule["rule"], "core");
    assert_eq!(rule["counterexamples"], json!([]));
    let judged: Option<u64> =
        ["true_positive", "false_positive", "true_negative", "false_negative", "inconclusive"]
            .iter()
            .map(|key| number(&rule[*key]))
            .sum();
    assert_eq!(judged, number(&rule["hosts"]));
    assert_eq!(object["assumptions"]["A3"], "all");
}

#[test]
fn every_object_names_its_schema_and_that_schema_is_printed() {
    let book = folder(&[(
        "a.md",
        "# A\n\n```steps\nos:rtm\n```\n\n```expect\nstatus = \"not-applicable\"\n```\n",
    )]);
    let book = word(book.path());
    let out = folder(&[]);
    let tree = out.path().join("host");
    let tree = word(&tree);
    for words in [
        ["build", "os:rtm", "--out", tree].as_slice(),
        &["check", book],
        &["explain", "broken"],
        &["inspect", "Cargo.toml"],
        &["list", "media"],
        &["run", "os:rtm"],
        &["scan", tree],
        &["test", book],
        &["verify", "--arch", "x64", "--components", "iis", "--max-depth", "1"],
    ] {
        let ended = run(&[words, &["--json"]].concat());
        let version = if words[0] == "verify" { 2 } else { 1 };
        let name = format!("patchstate.{}/{version}", words[0]);
        assert_eq!(ended.json()["schema"], name.as_str());
        assert!(ended.stdout.ends_with("}\n"));
        let schema = run(&["schema", words[0]]);
        assert_eq!(schema.code, 0);
        assert!(schema.json()["properties"]["schema"].is_object());
    }
}

#[test]
fn mistakes_are_in_the_object_with_place_help_and_rendered_text() {
    let book = folder(&[(
        "a.md",
        "# A\n\n```steps\nos:rtm\n```\n\n```expect\nstatsu = \"broken\"\n```\n",
    )]);
    let ended = run(&["check", word(book.path()), "--json"]);
    assert_eq!(ended.code, 2);
    let object = ended.json();
    let mistake = &object["diagnostics"][0];
    assert_eq!((&mistake["line"], &mistake["column"]), (&json!(8), &json!(1)));
    assert_eq!(mistake["severity"], "error");
    assert!(mistake["help"].as_str().expect("help").contains("status"));
    let rendered = mistake["rendered"].as_str().expect("a text");
    assert!(rendered.contains("statsu") && rendered.contains("8:1"), "{rendered}");
}
