//! What commands say about rules that a user brings, word for word.

use crate::{
    program::{folder, run, run_line, word},
    transcripts::{check, check_line},
};
use std::fs;

/// A scope of a few hundred hosts, in which the rule of thumb misses mismatches of two kinds.
const THUMB: &str = "verify corpus/rules/article-rule-of-thumb.rule.toml --arch x64 \
                     --components iis --updates KB973917";

const TWO_UPDATES: [&str; 4] =
    ["--components", "iis_common,iis_ftp,iis_smtp", "--updates", "KB975254,KB976323"];

/// It is right wherever one of the two updates is alone, so no slice by itself shows it wrong.
#[test]
fn a_rule_that_is_wrong_only_over_the_whole_scope_is_told_with_an_order() {
    let rule = fs::read_to_string("corpus/rules/iis-fits-os.rule.toml").expect("a rule");
    let both = r#"update("KB975254").recorded && update("KB976323").recorded"#;
    let rule = rule
        .replace("id = \"iis-fits-os\"", "id = \"spoiled\"")
        .replace("\n'''\n", "\n)'''\n")
        .replace("when = '''\n", &format!("when = '''\n!({both}) && (\n"));
    let place = folder(&[("spoiled.rule.toml", &rule)]);
    let file = place.path().join("spoiled.rule.toml");
    let words = [&["verify", word(&file), "--arch", "x64"][..], &TWO_UPDATES].concat();
    let whole = run(&words);
    assert_eq!(whole.code, 1, "{}{}", whole.stdout, whole.stderr);
    let sliced = run(&[&words[..], &["--slices"]].concat());
    assert_eq!(sliced.code, 1, "{}{}", sliced.stdout, sliced.stderr);
    let shown =
        format!("verify PLACE/spoiled.rule.toml --arch x64 {} --slices", TWO_UPDATES.join(" "));
    check("rules_wrong_together", &shown, &sliced, &[(place.path(), "PLACE")]);
    let order = sliced.stdout.lines().find_map(|line| line.trim().strip_prefix("run it: "));
    let order = order.and_then(|order| order.strip_prefix("patchstate ")).expect("an order");
    let told = run_line(&format!("{order} --json")).json();
    assert_eq!(told["truth"]["status"], "mismatch", "{order}");
}

/// Files of several slices can wait for a restart: as sets, a rule that asks whether any does says
/// what it says of each host.
#[test]
fn a_rule_that_asks_what_waits_is_known_of_every_host() {
    let rule = "id = \"waits\"\ntitle = \"Waits\"\ndescription = \"Waits.\"\n\
                stands_for = [\"drift\"]\n[[verdict]]\nstatus = \"drift\"\n\
                when = 'os.restart_pending'\n";
    let place = folder(&[("waits.rule.toml", rule)]);
    let file = place.path().join("waits.rule.toml");
    let base = [&["verify", word(&file), "--arch", "x64", "--json"][..], &TWO_UPDATES].concat();
    for settings in [&["A29=at-restart"][..], &["A29=at-restart", "A24=component-store"], &[]] {
        let assume = settings.iter().flat_map(|setting| ["--assume", setting]);
        let words: Vec<&str> = base.iter().copied().chain(assume).collect();
        let [one_by_one, as_sets] = [&[][..], &["--slices"]].map(|more| {
            let object = run(&[&words[..], more].concat()).json();
            let rule = &object["rules"][1];
            let keys = ["true_positive", "false_positive", "true_negative", "false_negative"];
            assert_eq!(rule["open"].as_array().map(Vec::len), Some(0), "{settings:?}");
            keys.map(|key| rule[key].clone())
        });
        assert_eq!(as_sets, one_by_one, "{settings:?}");
        let waits = as_sets[0] != "0";
        assert_eq!(waits, !settings.is_empty(), "{settings:?}");
    }
}

/// A rule that is right is proved right, though no slice has all that it reads.
#[test]
fn a_right_rule_over_several_slices_passes() {
    let words =
        [&["verify", "iis-fits-os", "--arch", "x64", "--slices"][..], &TWO_UPDATES].concat();
    let ended = run(&words);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let line = "PASS  iis-fits-os: right on all";
    assert!(ended.stdout.contains(line), "{}", ended.stdout);
    let object = run(&[&words[..], &["--json"]].concat()).json();
    let rule = &object["rules"][1];
    assert_eq!(rule["open"].as_array().map(Vec::len), Some(0));
}

/// No host of the scope is broken, so a rule that finds broken hosts, and one that finds nothing
/// at all, are right about every host alike.
#[test]
fn a_rule_that_no_host_of_the_scope_could_show_wrong_is_not_called_right() {
    let when = r#"update("KB973917").recorded"#;
    let says = r#"os.level == "sp2""#;
    let place = folder(&[
        ("finds.rule.toml", &rule("finds", "broken", "broken", when)),
        ("silent.rule.toml", &rule("silent", "broken", "mismatch", says)),
    ]);
    for name in ["finds", "silent"] {
        let file = place.path().join(format!("{name}.rule.toml"));
        let words = ["verify", word(&file), "--arch", "x64", "--components", "iis"];
        let ended = run(&words);
        assert_eq!(ended.code, 3, "{}", ended.stdout);
        let open = format!("OPEN  {name}: right on all 21 hosts; no host of the scope is broken");
        assert!(ended.stdout.contains(&open), "{}", ended.stdout);
        let last = "inconclusive: the rule is right on all 21 hosts, and no host of the scope is \
                    broken, which it stands for";
        assert!(ended.stdout.lines().last().is_some_and(|line| line.contains(last)), "{last}");
        for (format, says) in
            [("junit", "type=\"not-tested\""), ("sarif", "is not tested"), ("github", "::")]
        {
            let ended = run(&[&words[..], &["--format", format]].concat());
            assert_eq!(ended.code, 3, "{format}");
            assert!(ended.stdout.contains(says), "{format}: {}", ended.stdout);
            assert!(ended.stdout.contains("was not tested"), "{format}: {}", ended.stdout);
        }
        // Quiet tells it too, and a baseline cannot accept it.
        let quiet = run(&[&words[..], &["--quiet"]].concat());
        assert!(quiet.stdout.contains("OPEN"), "{}", quiet.stdout);
        let at = place.path().join("accepted");
        let accepted = run(&[&words[..], &["--baseline", word(&at), "--update-baseline"]].concat());
        assert_eq!(accepted.code, 3, "{}", accepted.stdout);
        // The scope that has such hosts: both are wrong about some.
        let ended = run(&[&words[..], &["--updates", "KB973917"]].concat());
        assert_eq!(ended.code, 1, "{}", ended.stdout);
    }
}

#[test]
fn a_list_that_names_nothing_is_a_mistake_and_none_is_a_word_for_it() {
    for flag in ["--components", "--updates"] {
        for empty in ["", " ", ","] {
            let ended = run(&["verify", "--arch", "x64", flag, empty]);
            assert_eq!(ended.code, 2, "{flag} {empty:?}: {}", ended.stdout);
            let line = format!("error: {flag}: nothing is named");
            assert!(ended.stderr.starts_with(&line), "{}", ended.stderr);
        }
    }
    // SP1 and SP2 as they are installed; SP2 over SP1, with its cache and without; SP2 applied
    // again over itself, with its cache.
    let bare = ["verify", "--arch", "x64", "--components", "none", "--updates", "None", "--json"];
    let ended = run(&bare);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["arches"][0]["hosts"], "5", "{}", ended.stdout);
    let ended = run(&["verify", "--arch", "x64", "--components", "iis,none"]);
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    assert!(ended.stderr.contains("`none`"), "{}", ended.stderr);
}

/// A program may read any file, so it cannot be composed.
#[cfg(unix)]
#[test]
fn a_rule_that_cannot_be_taken_apart_is_not_proved_in_slices_in_any_format() {
    // It finds nothing wrong anywhere, so it is wrong in slices already; and not only there.
    let scope = ["--arch", "x64", "--components", "iis_ftp,iis_smtp", "--slices"];
    let words = [&["verify", "--command", "/bin/true"][..], &scope].concat();
    let told = run(&words);
    let reason = "any file can change what it says: no `reads` names those that it looks at";
    for format in ["text", "json", "junit", "sarif", "github"] {
        let ended = run(&[&words[..], &["--format", format]].concat());
        let words: Vec<&str> = ended.stdout.split_whitespace().collect();
        assert!(words.join(" ").contains(reason), "{format}: {}", ended.stdout);
        assert_eq!(ended.code, told.code);
    }
    let object = run(&[&words[..], &["--json"]].concat()).json();
    assert_eq!(object["rules"][1]["open"][0]["reason"], reason);
}

#[test]
fn a_wrong_rule_is_told_with_its_clause_and_the_shortest_order_in_every_format() {
    check_line("rules_wrong", &format!("{THUMB} --max-counterexamples 2"));
    for format in ["sarif", "github", "junit"] {
        let line = format!("{THUMB} --max-counterexamples 1 --format {format}");
        check_line(&format!("rules_wrong_{format}"), &line);
    }
}

/// On line 7 it reports hosts of Service Pack 1 that are right; what it misses is newer than the
/// host.
const HALF_RIGHT: &str = r#"id = "half-right"
title = "iisutil.dll is old"

[[verdict]]
status = "mismatch"
when = '''
file("system32/inetsrv/iisutil.dll").present
    && file("system32/inetsrv/iisutil.dll").version.revision < 3000
'''
"#;

#[test]
fn a_wrong_verdict_is_placed_at_the_condition_that_it_rests_on() {
    let place = folder(&[("half.rule.toml", HALF_RIGHT)]);
    let file = place.path().join("half.rule.toml");
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let words = [&["verify", word(&file), "--max-counterexamples", "3"][..], &scope].concat();
    let object = run(&[&words[..], &["--json"]].concat()).json();
    let rule = object["rules"].as_array().and_then(|rules| rules.last()).expect("a rule").clone();
    let shown = rule["counterexamples"].as_array().expect("a list").clone();
    let of = |truth: &str| {
        shown.iter().find(|one| one["truth"] == truth).unwrap_or_else(|| panic!("no {truth}"))
    };
    let missed = &of("mismatch")["grounds"];
    assert_eq!(missed.as_array().map(Vec::len), Some(1), "{missed:#}");
    let revision = "file(\"system32/inetsrv/iisutil.dll\").version";
    assert_eq!(missed[0]["text"], format!("{revision}.revision < 3000"));
    assert_eq!((&missed[0]["line"], &missed[0]["column"]), (&8.into(), &8.into()));
    assert_eq!((&missed[0]["value"], &missed[0]["needed"]), (&"false".into(), &true.into()));
    assert_eq!(missed[0]["readings"][0]["field"], revision);
    assert_eq!(missed[0]["readings"][0]["value"], "6.0.3790.3959");
    let flagged = &of("consistent")["grounds"][0];
    assert_eq!((&flagged["line"], &flagged["needed"]), (&7.into(), &serde_json::Value::Null));
    assert_eq!(flagged["readings"][1]["value"], "6.0.3790.1830");
    // Every format places the miss there, and says what was read.
    for (format, placed) in [
        ("sarif", "\"startLine\": 8,"),
        ("github", ",line=8,col=8,title=false negative"),
        ("junit", "half.rule.toml:8:8"),
        ("text", "should be true: line 8: "),
    ] {
        let said = run(&[&words[..], &["--format", format]].concat()).stdout;
        assert!(said.contains(placed), "{format} lacks {placed}\n{said}");
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("version is 6.0.3790.3959"), "{format}\n{said}");
    }
}

#[test]
fn a_right_rule_passes() {
    let scope = "--arch x64 --components iis --updates KB973917";
    check_line("rules_right", &format!("verify iis-fits-os {scope}"));
    assert_eq!(run_line(&format!("verify iis-fits-os {scope}")).code, 0);
}

#[test]
fn a_rule_of_the_corpus_is_known_by_its_name_and_a_near_name_is_offered() {
    let ended = run_line("verify iis-fit-os");
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("did you mean `iis-fits-os`?"), "{}", ended.stderr);
}

#[test]
fn a_host_is_scanned_with_rules_beside_the_core() {
    let out = folder(&[]);
    let tree = out.path().join("host");
    let built = run(&["build", "os:sp1", "+iis_common@rtm", "--out", word(&tree)]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let thumb = "corpus/rules/article-rule-of-thumb.rule.toml";
    let ended = run(&["scan", word(&tree), "--rule", thumb, "--rule", "iis-fits-os"]);
    let shown = format!("scan OUT/host --rule {thumb} --rule iis-fits-os");
    check("scan_rules", &shown, &ended, &[(out.path(), "OUT")]);
}

/// A rule that says `status` where `when` holds.
fn rule(id: &str, stands_for: &str, status: &str, when: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"A rule\"\nstands_for = [\"{stands_for}\"]\n\
         [[verdict]]\nstatus = \"{status}\"\nwhen = '{when}'\n"
    )
}

/// Neither host has FTP, so of its file no version can be known.
#[test]
fn a_scan_exits_with_the_worst_of_what_the_core_and_the_rules_say() {
    let ftp = "file(\"system32/inetsrv/ftpsvc2.dll\")";
    let unknown = format!("{ftp}.version > version(\"1.0.0.0\")");
    let place = folder(&[
        ("quiet.rule.toml", &rule("quiet", "mismatch", "mismatch", &format!("{ftp}.present"))),
        ("wrong.rule.toml", &rule("wrong", "mismatch", "mismatch", "true")),
        ("drift.rule.toml", &rule("drift", "mismatch", "drift", "true")),
        ("unlike.rule.toml", &rule("unlike", "consistent", "not-applicable", "true")),
        ("unknown.rule.toml", &rule("unknown", "mismatch", "mismatch", &unknown)),
    ]);
    let file = |name: &str| place.path().join(format!("{name}.rule.toml"));
    for (name, step) in [("right", "+iis_common"), ("old", "+iis_common@rtm")] {
        let tree = place.path().join(name);
        let built = run(&["build", "os:sp1", step, "--out", word(&tree)]);
        assert_eq!(built.code, 0, "{}", built.stderr);
    }
    let scan = |host: &str, rules: &[&str], flags: &[&str]| {
        let tree = place.path().join(host);
        let files: Vec<_> = rules.iter().map(|name| file(name)).collect();
        let mut words = vec!["scan", word(&tree)];
        words.extend(files.iter().flat_map(|file| ["--rule", word(file)]));
        words.extend(flags);
        run(&words)
    };
    for (host, rules, code) in [
        ("right", &["quiet"][..], 0),
        ("right", &["wrong"], 1),
        // It stands for something else, and says that the host is not consistent.
        ("right", &["drift"], 1),
        // Neither says that anything is wrong, and yet they differ.
        ("right", &["unlike"], 1),
        ("right", &["unknown"], 3),
        ("right", &["quiet", "unknown"], 3),
        ("right", &["unknown", "wrong"], 1),
        ("old", &["unknown"], 1),
        ("old", &["quiet"], 1),
    ] {
        for format in ["text", "json"] {
            let ended = scan(host, rules, &["--format", format]);
            assert_eq!(ended.code, code, "{host} {rules:?}: {}{}", ended.stdout, ended.stderr);
        }
        assert_eq!(scan(host, rules, &["--exit-zero"]).code, 0);
    }
    let all = ["quiet", "wrong", "drift", "unlike", "unknown"];
    let object = scan("right", &all, &["--json"]).json();
    let said = |name: &str| {
        let rules = object["rules"].as_array().expect("a list");
        let rule = rules.iter().find(|rule| rule["rule"] == name).expect("the rule").clone();
        (rule["reports"].as_bool(), rule["core_reports"].as_bool(), rule["agrees"].as_bool())
    };
    assert_eq!(said("quiet"), (Some(false), Some(false), Some(true)));
    assert_eq!(said("wrong"), (Some(true), Some(false), Some(false)));
    assert_eq!(said("drift"), (Some(false), Some(false), Some(true)));
    assert_eq!(said("unlike"), (Some(false), Some(true), Some(false)));
    assert_eq!(said("unknown"), (None, Some(false), Some(false)));
    assert_eq!(object["rules"][0]["stands_for"], serde_json::json!(["mismatch"]));
    let shown = |name: &str| format!(" --rule PLACE/{name}.rule.toml");
    let shown = format!("scan PLACE/right{}", all.map(shown).concat());
    check("scan_rules_compared", &shown, &scan("right", &all, &[]), &[(place.path(), "PLACE")]);
}

#[test]
fn a_rule_that_is_named_twice_is_read_once() {
    let one = rule("one", "mismatch", "mismatch", "os.level == \"sp1\"");
    let place = folder(&[
        ("rules/one.rule.toml", &one),
        ("rules/two.rule.toml", &one.replace("\"one\"", "\"two\"")),
        ("copy.rule.toml", &one),
    ]);
    let tree = place.path().join("host");
    let built = run(&["build", "os:sp1", "+iis_common", "--out", word(&tree)]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let at = |rest: &str| format!("{}/{rest}", word(place.path()));
    let scan = |rules: &[&str]| {
        let mut words = vec!["scan", word(&tree), "--json"];
        words.extend(rules.iter().flat_map(|rule| ["--rule", *rule]));
        run(&words)
    };
    let ids = |rules: &[&str]| -> Vec<String> {
        let ended = scan(rules);
        let said = ended.json();
        let said = said["rules"].as_array().expect("a list");
        said.iter().map(|rule| rule["rule"].as_str().expect("an id").to_owned()).collect()
    };
    let (plain, dotted) = (at("rules/one.rule.toml"), at("./rules/../rules/./one.rule.toml"));
    assert_eq!(ids(&[&plain, &plain]), ["one"]);
    assert_eq!(ids(&[&plain, &dotted]), ["one"]);
    assert_eq!(ids(&[&plain, &at("rules")]), ["one", "two"]);
    assert_eq!(ids(&["iis-fits-os", "iis-fits-os"]), ["iis-fits-os"]);
    let (document, id) = ("corpus/rules/ms10-040-w3dt.xml", "oval:patchstate.ms10-040-w3dt:def:1");
    assert_eq!(ids(&[document, &format!("./{document}#{id}")]), [id]);
    let ended = scan(&[&plain, &at("copy.rule.toml")]);
    assert_eq!(ended.code, 2, "another file is another rule: {}", ended.stdout);
    assert!(ended.stderr.contains("another rule has the id `one`"), "{}", ended.stderr);
    let verified = run(&[
        "verify",
        &plain,
        &dotted,
        "--arch",
        "x64",
        "--components",
        "iis_common",
        "--updates",
        "KB973917",
        "--json",
    ]);
    assert_eq!(verified.json()["rules"].as_array().map(Vec::len), Some(2), "the core and one");
}

/// The same file, once by its name and once by a pattern that only its name fits.
#[test]
fn a_pattern_finds_the_file_that_its_exact_name_finds() {
    let text = fs::read_to_string("corpus/rules/ms10-040-w3dt.xml").expect("a document");
    let exact = "<win:filename>w3dt.dll</win:filename>";
    assert!(text.contains(exact));
    let pattern = "<win:filename operation=\"pattern match\">^w3dt\\.dll$</win:filename>";
    let place = folder(&[("exact.xml", &text), ("pattern.xml", &text.replace(exact, pattern))]);
    let of = |name: &str, flags: &[&str]| {
        let file = place.path().join(name);
        let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917", "--json"];
        run(&[&["verify", word(&file)][..], &scope, flags].concat()).json()["rules"][1].clone()
    };
    let (by_name, by_pattern) = (of("exact.xml", &[]), of("pattern.xml", &[]));
    assert_ne!(by_name["true_positive"], "0", "{by_name:#}");
    for count in ["hosts", "true_positive", "false_positive", "true_negative", "false_negative"] {
        assert_eq!(by_name[count], by_pattern[count], "{count}");
    }
    assert_eq!(by_pattern["inconclusive"], "0");
    let sliced = of("pattern.xml", &["--slices"]);
    let reason = sliced["open"][0]["reason"].to_string();
    assert!(reason.contains("may read any file"), "{reason}");

    let tree = place.path().join("host");
    let built = run(&["build", "os:sp2", "+iis", "kb973917/v1", "--out", word(&tree)]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let scanned = |name: &str| {
        let file = place.path().join(name);
        run(&["scan", word(&tree), "--json", "--rule", word(&file)]).json()["rules"][0].clone()
    };
    assert_eq!(scanned("exact.xml"), scanned("pattern.xml"));
}

const EIGHT: &str = include_str!("../../sim/rules/src/cel/tests/eight_mistakes.rule.toml");
const FIRST: &str = include_str!("../../sim/rules/src/cel/tests/first.rule.toml");

#[test]
fn eight_mistakes_in_one_rule_are_answered_in_one_go() {
    let rules = folder(&[("a.rule.toml", FIRST), ("eight.rule.toml", EIGHT)]);
    let ended = run(&["check", word(rules.path())]);
    check("check_rules", "check RULES", &ended, &[(rules.path(), "RULES")]);
    let object = run(&["check", word(rules.path()), "--json"]).json();
    let found = object["diagnostics"].as_array().expect("a list");
    assert_eq!(found.len(), 8, "{found:#?}");
    for diagnostic in found {
        assert!(diagnostic["line"].as_u64() > Some(0) && diagnostic["column"].as_u64() > Some(0));
        assert!(diagnostic["rendered"].as_str().is_some_and(|text| text.contains("eight.rule")));
    }
}

#[test]
fn a_baseline_fails_for_what_is_new_and_for_what_no_longer_occurs() {
    let place = folder(&[]);
    let folders = [(place.path(), "PLACE")];
    let line = |rest: &str| format!("{THUMB} {rest}");
    let words = |rest: &[&str]| {
        let own: Vec<&str> = THUMB.split_whitespace().chain(rest.iter().copied()).collect();
        run(&own)
    };
    let at = place.path().join("accepted");
    let written = words(&["--baseline", word(&at), "--update-baseline"]);
    let shown = line("--baseline PLACE/accepted --update-baseline");
    check("baseline_written", &shown, &written, &folders);
    let path = at.join("article-rule-of-thumb.toml");
    let text = fs::read_to_string(&path).expect("a baseline");
    insta::with_settings!({ prepend_module_to_snapshot => false,
        omit_expression => true }, { insta::assert_snapshot!("baseline_file", text) });

    let same = words(&["--baseline", word(&at), "--format", "junit"]);
    assert_eq!(same.code, 0, "what is accepted is no failure");
    assert!(same.stdout.contains("accepted for now") && !same.stdout.contains("<failure"));

    // One that was accepted is not any more, and one that is accepted never occurs.
    let changed = text.replacen("truth = \"mismatch\"", "truth = \"drift\"", 1);
    assert_ne!(text, changed);
    fs::write(&path, changed).expect("the file can be written");
    let shown = line("--baseline PLACE/accepted --max-counterexamples 0");
    let differs = words(&["--baseline", word(&at), "--max-counterexamples", "0"]);
    check("baseline_differs", &shown, &differs, &folders);
    assert_eq!(differs.code, 1);
    for (format, new, gone) in [
        ("sarif", "\"baselineState\": \"new\"", "\"baselineState\": \"absent\""),
        ("junit", "type=\"false-negative\"", "type=\"no-longer-occurs\""),
        ("github", "title=false negative of rule", "title=baseline of rule"),
        ("json", "\"accepted\": false", "\"gone\": ["),
    ] {
        let ended = words(&["--baseline", word(&at), "--format", format]);
        assert_eq!(ended.code, 1);
        assert!(ended.stdout.contains(new), "{format}: {}", ended.stdout);
        assert!(ended.stdout.contains(gone), "{format}: {}", ended.stdout);
    }
}

/// The new rule also says nothing of FTP from SP1 beside SMTP from RTM: files of two slices, which
/// miss kinds of findings together that neither misses by itself.
#[test]
fn a_baseline_fails_for_a_way_of_being_wrong_that_needs_two_slices() {
    let file = |name: &str| format!("file(\"system32/inetsrv/{name}.dll\")");
    let (ftp, smtp) = (file("ftpsvc2"), file("smtpsvc"));
    let names = [file("smtpadm"), file("iisutil"), ftp.clone(), smtp.clone()];
    let differs = names.map(|file| format!("{file}.present && {file}.level != os.level"));
    let old = format!(
        "({}) && !(os.level == \"rtm\" && update(\"KB975254\").recorded)",
        differs.join(" || ")
    );
    let new = format!(
        "{old} && !({ftp}.present && {ftp}.level == \"sp1\" && {smtp}.present \
         && {smtp}.level == \"rtm\")"
    );
    let text = |when: &str| {
        format!(
            "id = \"a\"\ntitle = \"A\"\nstands_for = [\"mismatch\", \"broken\"]\n\
             [[verdict]]\nstatus = \"mismatch\"\nwhen = '''{when}'''\n"
        )
    };
    let place = folder(&[("a.rule.toml", &text(&old))]);
    let (file, at) = (place.path().join("a.rule.toml"), place.path().join("accepted"));
    let own = ["verify", word(&file), "--arch", "x86", "--slices", "--baseline", word(&at)];
    let verify = |more: &[&str]| run(&[&own[..], &TWO_UPDATES, more].concat());
    let written = verify(&["--update-baseline"]);
    assert_eq!(written.code, 0, "{}{}", written.stdout, written.stderr);
    let same = verify(&[]);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    fs::write(&file, text(&new)).expect("the file can be written");
    let newer = verify(&[]);
    assert_eq!(newer.code, 1, "{}{}", newer.stdout, newer.stderr);
    assert!(newer.stdout.contains("      new: x86, truth mismatch"), "{}", newer.stdout);
}

/// The rule that one would write first: of a host without the file it knows nothing.
#[test]
fn what_a_rule_is_inconclusive_about_can_be_run_and_what_is_left_out_is_told() {
    let core = r#"file("system32/inetsrv/w3core.dll").version"#;
    let when = format!(
        r#"update("KB973917").recorded && {core} > file("system32/inetsrv/iisutil.dll").version"#
    );
    let place = folder(&[("a.rule.toml", &rule("a", "broken", "broken", &when))]);
    let file = place.path().join("a.rule.toml");
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let verify = |more: &[&str]| run(&[&["verify", word(&file)], &scope[..], more].concat());
    let ended = verify(&["--max-counterexamples", "1"]);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let order = ended
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("inconclusive, run it: patchstate "));
    let order = order.expect("an order");
    let said = run_line(&format!("{order} --rule {} --json", word(&file))).json();
    assert_eq!(said["rules"][0]["status"], "inconclusive", "{said:#}");
    let ways = verify(&["--json"]).json()["rules"][1]["nearest"].as_array().map(Vec::len);
    let ways = ways.expect("a list");
    assert!(ways > 1, "{ways}");
    let left = format!("1 of {ways} ways in which rule a is wrong is shown");
    assert!(ended.stdout.contains(&left), "{}", ended.stdout);
    let all = verify(&["--max-counterexamples", "999"]);
    assert!(!all.stdout.contains("in which rule a is wrong"), "{}", all.stdout);
    // No step puts a file in place of one with the same version, but on another branch.
    assert!(all.stdout.contains(" brought "), "{}", all.stdout);
    let joined = all.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let versions = joined.split(" is 6.0.3790.").skip(1);
    for told in versions.filter(|told| told.contains(" replaced 6.0.3790.")) {
        let first = told.split("; ").next().unwrap_or_default();
        let is = first.split(' ').next().unwrap_or_default();
        assert!(!first.ends_with(&format!("replaced 6.0.3790.{is}")), "{first}");
    }
}

/// The rule is wrong in the same ways, and on more hosts.
#[test]
fn a_baseline_fails_where_a_known_way_of_being_wrong_grows() {
    let place = folder(&[]);
    let (file, at) = (place.path().join("a.rule.toml"), place.path().join("accepted"));
    let write = |when: &str| {
        fs::write(&file, rule("a", "broken", "broken", when)).expect("the file can be written");
    };
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let own = ["verify", word(&file), "--baseline", word(&at)];
    let verify = |more: &[&str]| run(&[&own[..], &scope, more].concat());
    // Every mismatch at Service Pack 1 that has the update or not is flagged wrongly; then those
    // that are there at Service Pack 2 as well.
    let core = r#"file("system32/inetsrv/w3core.dll")"#;
    let narrow = format!(r#"os.level == "sp1" && {core}.present && {core}.level != os.level"#);
    let wide = format!("{core}.present && {core}.level != os.level");
    write(&narrow);
    assert_eq!(verify(&["--update-baseline"]).code, 0);
    assert_eq!(verify(&[]).code, 0);
    write(&wide);
    let grown = verify(&[]);
    assert_eq!(grown.code, 1, "{}", grown.stdout);
    assert!(grown.stdout.contains("grown: x64, truth mismatch"), "{}", grown.stdout);
    assert!(grown.stdout.contains(", accepted on "), "{}", grown.stdout);
    let object = verify(&["--json"]).json();
    let compared = &object["rules"][1]["baseline"];
    assert!(compared["grown"].as_u64().is_some_and(|number| number > 0), "{compared}");
    for format in ["junit", "sarif", "github"] {
        assert_eq!(verify(&["--format", format]).code, 1, "{format}");
    }
    // Fewer are told, and are no failure.
    assert_eq!(verify(&["--update-baseline"]).code, 0);
    write(&narrow);
    let fewer = verify(&[]);
    if fewer.code == 0 {
        assert!(fewer.stdout.contains("fewer: x64, truth mismatch"), "{}", fewer.stdout);
    } else {
        assert!(fewer.stdout.contains("no longer occurs"), "{}", fewer.stdout);
    }
}

#[test]
fn baselines_of_rules_that_are_gone_are_told() {
    let place = folder(&[("a.rule.toml", &rule("a", "mismatch", "mismatch", "false"))]);
    let (file, at) = (place.path().join("a.rule.toml"), place.path().join("accepted"));
    let scope = ["--arch", "x64", "--components", "iis", "--baseline", word(&at)];
    let verify = |more: &[&str]| run(&[&["verify", word(&file)], &scope[..], more].concat());
    assert_eq!(verify(&["--update-baseline"]).code, 0);
    assert!(!verify(&[]).stderr.contains("not verified here"));
    fs::write(&file, rule("b", "mismatch", "mismatch", "false")).expect("a file");
    let renamed = verify(&[]);
    assert_eq!(renamed.code, 1, "{}", renamed.stdout);
    assert!(renamed.stderr.contains("not verified here: a.toml"), "{}", renamed.stderr);
}

#[test]
fn a_baseline_of_another_scope_is_refused() {
    let place = folder(&[]);
    let at = word(place.path());
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let rule = "corpus/rules/article-rule-of-thumb.rule.toml";
    run(&[&["verify", rule, "--baseline", at, "--update-baseline"], &scope[..]].concat());
    let other = ["--arch", "x64", "--components", "iis"];
    let ended = run(&[&["verify", rule, "--baseline", at], &other[..]].concat());
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("a baseline of iis KB973917"), "{}", ended.stderr);
    // Nor is it replaced without a word.
    let update = ["--baseline", at, "--update-baseline"];
    let ended = run(&[&["verify", rule], &update[..], &other[..]].concat());
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("a baseline of iis KB973917"), "{}", ended.stderr);
    let bounded = [&["verify", rule, "--baseline", at, "--update-baseline"], &scope[..]].concat();
    let ended = run(&[&bounded[..], &["--max-depth", "1"]].concat());
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("a bound stopped the search"), "{}", ended.stderr);
}

#[test]
fn two_rules_whose_baselines_would_be_one_file_are_refused() {
    let text = |id: &str| {
        format!(
            "id = \"{id}\"\ntitle = \"A\"\nstands_for = [\"broken\"]\n[[verdict]]\n\
             status = \"broken\"\nwhen = 'file(\"system32/inetsrv/w3core.dll\").present'\n"
        )
    };
    for (one, other) in [("a/b", "a-b"), ("abc", "ABC")] {
        let place = folder(&[("1.rule.toml", &text(one)), ("2.rule.toml", &text(other))]);
        let at = place.path().join("accepted");
        let ended = run(&["verify", word(place.path()), "--baseline", word(&at)]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let says = format!("the baselines of `{one}` and `{other}` would be one file");
        assert!(ended.stderr.contains(&says), "{}", ended.stderr);
    }
}

#[test]
fn check_reads_baselines() {
    let place = folder(&[("a.toml", "rule = \"a\"\n\n[[accepted]]\narch = \"x68\"\n")]);
    let ended = run(&["check", word(place.path())]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("baseline/"), "{}", ended.stderr);
}
