//! What the program says to input that makes no sense: exit code 2, the place, the nearest name.

use crate::program::{catalog, folder, run, run_line, word};
use std::{collections::BTreeSet, fs, path::Path};

/// A command that ends with exit code 2, nothing on standard output, and these words.
fn check(line: &str, words: &[&str]) {
    let ended = run_line(line);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{line}\n{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{line}\nlacks: {word}\n{}", ended.stderr);
    }
}

#[test]
fn a_step_that_cannot_be_read_is_named_with_its_position_and_the_nearest_name() {
    for (line, words) in [
        ("run os:rtm +iis_wwww", &["step 2", "`iis_wwww`", "did you mean `iis_www`?"][..]),
        ("run os:rtm kb973918", &["step 2", "`kb973918`", "did you mean `kb973917`?"]),
        ("run os:rtm sp2 kb973917/v3", &["step 3", "no release v3", "it has v1 to v2"]),
        ("run --arch x64 os:rtm", &["step 1", "no RTM media for x64", "expected sp1 or sp2"]),
        ("run --arch x64 os:sp1 +iis@rtm", &["step 2", "no RTM media", "expected sp1 or sp2"]),
        ("run os:sp1 kb913441:gdr", &["step 2", "KB913441", "does not carry the GDR branch"]),
        ("run os:sp2 +iis_asp", &["step 2", "`iis_asp` is no component", "comes with iis_www"]),
        ("run os:sp2 -iis_webdav", &["step 2", "`iis_webdav` is no component", "iis_www"]),
        ("run sp2", &["step 1", "begins with the base operating system", "os:LEVEL"]),
        ("run os:rtm os:sp1", &["step 2", "once", "at the beginning"]),
        ("run os:rtm sp3", &["step 2", "no service pack `sp3`", "sp1 or sp2"]),
        ("run os:sp3", &["step 1", "no SP3 media for x86", "rtm or sp1 or sp2"]),
        ("run os:sp10", &["step 1", "`sp10` is not a level", "rtm, or sp and a number"]),
        ("run os:rtm bogus", &["step 2", "`bogus` is not a step", "expected os:LEVEL"]),
        ("run os:rtm iis", &["step 2", "`iis` is not a step", "did you mean `+iis`?"]),
        ("run os:rtm iis_www@rtm", &["step 2", "did you mean `+iis_www@rtm`?"]),
        ("run os:rtm -sp", &["step 2", "no component `sp`", "did you mean `-sp1`?"]),
        ("run os:rtm sp", &["step 2", "did you mean `sp1`?"]),
        ("run os:rtm 973917", &["step 2", "did you mean `kb973917`?"]),
        ("run os:rtm kb973917/1", &["step 2", "did you mean `kb973917/v1`?"]),
        ("run os:rtm +iis-www", &["step 2", "did you mean `+iis_www`?"]),
        ("run os:rtm sfcc", &["step 2", "did you mean `sfc`?"]),
        ("run os:rtm restrat", &["step 2", "did you mean `restart`?"]),
        ("run rtm", &["step 1", "did you mean `os:rtm`?"]),
        ("build os:rtm +iis_wwww --out unused", &["step 2", "iis_wwww", "iis_www"]),
    ] {
        check(line, words);
    }
    assert!(!Path::new("unused").exists());
}

#[test]
fn every_mistake_of_an_order_is_reported_on_a_line_of_its_own() {
    let ended = run_line("run sp2 +iis_wwww kb973918 os:rtm");
    let lines: Vec<&str> = ended.stderr.lines().map(|line| &line[..14]).collect();
    let steps = ["error: step 1:", "error: step 2:", "error: step 3:", "error: step 4:"];
    assert_eq!(lines, [&steps[..], &["error: 4 probl"]].concat());
}

/// Before, the page beside the rule was offered.
#[test]
fn of_a_path_without_its_ending_the_rule_beside_it_is_meant() {
    check(
        "verify corpus/rules/iis-fits-os.toml",
        &["did you mean `corpus/rules/iis-fits-os.rule.toml`?"],
    );
}

/// Before, `os:LEVEL` was offered, which helps nobody.
#[test]
fn an_order_in_quotes_is_told_to_be_several_words() {
    for order in ["os:sp2 +iis@rtm", "os:sp2\t+iis"] {
        let ended = run(&["run", order]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.contains("each is a word of its own"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("did you mean"), "{}", ended.stderr);
    }
}

#[test]
fn a_level_that_does_not_exist_is_the_only_mistake_of_its_step() {
    for (word, told) in [("os:sp3", "no SP3 media for x86"), ("os", "`os` is not a step")] {
        let ended = run(&["run", word, "+iis"]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.starts_with("error: step 1: ") && ended.stderr.contains(told));
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(!ended.stderr.contains("begins with"), "{}", ended.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_path_with_a_line_break_begins_no_line() {
    let name = "a\nerror: b";
    let place = folder(&[(&format!("{name}.rule.toml"), "id = 1\n"), (&format!("{name}.py"), "")]);
    for path in [format!("{name}.py"), format!("{name}.rule.toml"), format!("{name}.none")] {
        for word in ["check", "test", "verify", "scan", "inspect"] {
            let mut command = crate::program::command(&[word, &path]);
            command.current_dir(place.path());
            let said = crate::program::ended(command).stderr;
            assert!(!said.contains("\nerror: b"), "{word} {path:?}\n{said}");
        }
    }
}

#[test]
fn every_mistake_of_a_catalog_is_told_whatever_else_is_wrong_in_its_entry() {
    let catalog = catalog(&[
        ("updates.toml", "registered_under = 3", "registered_under = \"SP3\""),
        ("updates.toml", "bulletin = \"MS08-005\"", "buletin = \"MS08-005\""),
        ("updates.toml", "date = \"2009-10-13\"", "date = \"2009-13-10\""),
        ("components.toml", "needs = [\"iis_common\"]", "needs = \"iis_comon\""),
        ("components.toml", "members = [\"iis_common\", ", "members = [\"iis_comon\", 1, "),
        ("symptoms.toml", "times = 5", "times = \"5\""),
        ("levels.toml", "cache_folder = \"i386\"\n", ""),
    ]);
    let ended = run(&["check", word(catalog.path())]);
    let told: Vec<&str> =
        ended.stderr.lines().filter_map(|line| line.strip_prefix("error[catalog/")).collect();
    assert_eq!(
        told,
        [
            "wrong-type]: `needs` is a text, expected a list",
            "unknown-component]: there is no component `iis_comon`",
            "wrong-type]: an entry of `members` is a whole number, expected a text",
            "missing-field]: `cache_folder` is missing, expected a text",
            "wrong-type]: `times` is a text, expected a whole number from 0 to 4294967295",
            "unknown-field]: there is no field `buletin` here",
            "wrong-type]: `registered_under` is a text, expected a whole number from 0 to 255",
            "bad-date]: `2009-13-10` is not a date",
        ],
        "{}",
        ended.stderr
    );
    for help in ["write it without quotes: 5", "write it in quotes", "add `cache_folder = "] {
        assert!(ended.stderr.contains(help), "{}", ended.stderr);
    }
}

#[test]
fn every_mistake_of_claims_is_told_whatever_else_is_wrong_in_its_entry() {
    let claim = "[[claim]]\nid = 1\ntext = \"a\"\nsource = \"a\"\nraeding = \"a\"\n\
                 recorded = \"hold\"\nscope = { components = [\"iis_comon\", 2] }\n\
                 property = { kind = \"alway\", then = [\"broken\"] }\n";
    let place = folder(&[("claims.toml", claim)]);
    let ended = run(&["check", word(place.path())]);
    assert_eq!(ended.code, 2);
    for told in [
        "`id` is a whole number, expected a text",
        "there is no field `raeding` here",
        "did you mean `reading`?",
        "did you mean `holds`?",
        "did you mean `iis_common`?",
        "an entry of `components` is a whole number, expected a text",
    ] {
        assert!(ended.stderr.contains(told), "lacks: {told}\n{}", ended.stderr);
    }
    assert_eq!(ended.stderr.matches("error[").count(), 5, "{}", ended.stderr);
}

#[test]
fn three_numbers_are_no_version_and_the_one_that_was_meant_is_named() {
    let rule = |version: &str| {
        format!(
            "id = \"a\"\ntitle = \"A\"\n[[verdict]]\nstatus = \"mismatch\"\n\
             when = 'file(\"system32/inetsrv/iisutil.dll\").version < version(\"{version}\")'\n"
        )
    };
    for (version, help) in [
        ("6.0.3959", "did you mean `6.0.3790.3959`?"),
        ("5.2.1830", "did you mean `5.2.3790.1830`?"),
        ("7.0", "expected 5.2.3790.* or 6.0.3790.*"),
    ] {
        let place = folder(&[("a.rule.toml", &rule(version))]);
        let ended = run(&["check", word(place.path())]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.contains(help), "{}", ended.stderr);
    }
    // Who follows the help is not warned of what it said.
    let place = folder(&[("a.rule.toml", &rule("6.0.3790.3959"))]);
    let ended = run(&["check", word(place.path())]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn a_rule_or_file_that_a_scenario_misspells_is_marked_where_it_is_named() {
    let rule = "id = \"old-files\"\ntitle = \"A\"\n[[verdict]]\nstatus = \"mismatch\"\n\
                when = 'os.level == \"sp1\"'\n";
    let book = "# A\n\n## B\n\n```steps\nos:sp2\n```\n\n```expect\n[rules]\n\
                old-fiels = \"mismatch\"\n\"./a.rul.toml\" = \"mismatch\"\n\n[files]\n\
                \"system32/inetsrv/iisutl.dll\" = \"absent\"\n```\n";
    let place = folder(&[("a.rule.toml", rule), ("book.md", book)]);
    let ended = run(&["check", word(place.path())]);
    for told in [
        "book.md:11:1",
        "did you mean `old-files`?",
        "book.md:12:1",
        "did you mean `a.rule.toml`?",
        "book.md:15:1",
        "did you mean system32/inetsrv/iisutil.dll?",
    ] {
        assert!(ended.stderr.contains(told), "lacks: {told}\n{}", ended.stderr);
    }
}

#[test]
fn a_path_that_is_not_there_hides_no_mistake_in_what_is() {
    let book = "# A\n\n## B\n\n```steps\nos:sp2\niis\n```\n\n```expect\n```\n";
    let place = folder(&[("book.md", book)]);
    let missing = place.path().join("bok.md");
    for command in ["check", "test"] {
        let ended = run(&[command, word(&place.path().join("book.md")), word(&missing)]);
        assert_eq!(ended.code, 2);
        for told in ["book.md:7:1", "did you mean `+iis`?", "there is no such file or folder"] {
            assert!(ended.stderr.contains(told), "lacks: {told}\n{}", ended.stderr);
        }
    }
}

/// Notepad and PowerShell write UTF-16.
#[test]
fn a_file_that_cannot_be_read_hides_no_mistake_in_others() {
    let bad = "id = \"bad\"\n[[verdict]]\nstatus = \"broken\"\nwhen = \"1 +\"\n";
    let place = folder(&[("bad.rule.toml", bad), ("sc.md", "# A\n```steps\nsp9\n```\n")]);
    let sixteen = place.path().join("a16.rule.toml");
    fs::write(&sixteen, b"\xff\xfei\0d\0").expect("a file");
    let ended = run(&["check", word(place.path())]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("it is UTF-16 text"), "{}", ended.stderr);
    assert!(ended.stderr.contains("[rule/"), "{}", ended.stderr);
    assert!(ended.stderr.contains("[scenario/no-expectation]"), "{}", ended.stderr);
}

#[test]
fn a_misspelt_field_of_an_external_rule_is_not_missing_as_well() {
    let rule = "id = \"a\"\ntitel = \"A\"\ncomand = [\"true\"]\n";
    let place = folder(&[("a.external.toml", rule)]);
    let ended = run(&["check", word(place.path())]);
    assert_eq!(ended.code, 2);
    for told in ["did you mean `title`?", "did you mean `command`?"] {
        assert!(ended.stderr.contains(told), "lacks: {told}\n{}", ended.stderr);
    }
    assert_eq!(ended.stderr.matches("error[").count(), 2, "{}", ended.stderr);
}

#[test]
fn a_rule_with_mistakes_is_there_all_the_same() {
    let rule = "id = \"mine\"\ntitle = \"A\"\n[[verdict]]\nstatus = \"mismatch\"\n\
                when = 'os.levle == \"sp1\"'\n";
    let book = "# A\n\n## B\n\n```steps\nos:sp2\n```\n\n```expect\nrules = { mine = \
                \"consistent\" }\n```\n";
    let place = folder(&[("a.rule.toml", rule), ("book.md", book)]);
    for command in ["check", "test"] {
        let ended = run(&[command, word(place.path())]);
        assert_eq!(ended.code, 2);
        assert_eq!(ended.stderr.matches("error[").count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn words_of_other_commands_are_checked_as_well() {
    for (line, words) in [
        ("rnu os:rtm", vec!["unrecognized subcommand 'rnu'"]),
        ("run", vec!["<STEP>"]),
        ("build os:rtm", vec!["--out <DIR>"]),
        ("scan -x", vec!["'-x'"]),
        ("list things", vec!["'things'", "components, media, updates"]),
        ("explain brokn", vec!["`brokn`", "did you mean `broken`?"]),
        ("explain nothing-like-it", vec!["`patchstate explain` lists all", "a path to a rule"]),
        ("explain KB973916", vec!["did you mean `KB973917`?"]),
        ("schema tests", vec!["'tests'", "build, catalog, check, diff, explain"]),
        ("completions tcsh", vec!["'tcsh'", "bash"]),
        ("verify cor", vec!["no rule `cor`", "did you mean `core`?"]),
        (
            "scan . --rule other",
            vec!["no rule `other`", "expected a name of `patchstate list rules`"],
        ),
        ("verify --components iis,iis_wwww", vec!["--components", "did you mean `iis_www`?"]),
        (
            "verify --components iis_comon,iis,iis_asp --updates kb973918,KB982666,kb97",
            vec![
                "--components: there is no component `iis_comon`; did you mean `iis_common`?",
                "error: --components: `iis_asp` is no component",
                "error: --updates: there is no update `kb973918`; did you mean `kb973917`?",
                "error: --updates: there is no update `kb97`",
            ],
        ),
        ("verify --updates kb973918", vec!["--updates", "did you mean `kb973917`?"]),
        ("verify --arch ia64", vec!["'ia64'", "x86, x64"]),
        ("run os:sp2 --assume A3=some", vec!["A3", "`some`", "all or sp1-only"]),
        ("run os:sp2 --assume A33=all", vec!["`A33`", "did you mean A13?", "A3, A5, A8"]),
        (
            "verify mine.rule.toml --updates KB1 --components x --assume B=a --assume A3=zz",
            vec![
                "there is no rule `mine.rule.toml`",
                "--updates: there is no update `kb1`: expected one of kb824151, kb885881",
                "--components: there is no component `x`: expected one of iis_common",
                "there is no assumption `B` (those with a switch are A3, A5",
                "A3 has no value `zz`: expected all or sp1-only",
            ],
        ),
        ("run os:rtm +", vec!["`+` is not a step: it names no component"]),
        ("run os:rtm +iis@", vec!["it names no level: expected rtm, or sp and a number"]),
        (
            "verify corpus/rules/iis-fit-os.rule.toml iis-fits-oss",
            vec![
                "did you mean `corpus/rules/iis-fits-os.rule.toml`?",
                "did you mean `iis-fits-os`?",
            ],
        ),
        ("check corpus/rulez nothing", vec!["did you mean `corpus/rules`?", "nothing: there is"]),
        ("run os:sp2 --assume A3", vec!["`A3`", "ID=VALUE"]),
        ("run os:sp2 --assume A1=x", vec!["A1 has no switch"]),
    ] {
        check(line, &words);
    }
}

#[test]
fn values_of_flags_and_paths_are_checked_as_well() {
    for (line, words) in [
        ("run os:sp2 --format junit", vec!["'junit'", "[possible values: text, json]"]),
        ("--format sarif run os:sp2", vec!["'sarif'", "[possible values: text, json]"]),
        ("verify --format xml", vec!["'xml'", "text, json, junit, sarif, github]"]),
        ("man --json", vec!["unexpected argument '--json'"]),
        ("--json man", vec!["unexpected argument '--json'"]),
        ("schema scan --format text", vec!["unexpected argument '--format'"]),
        ("run os:sp2 --json --format text", vec!["cannot be used with"]),
        ("run os:sp2 -j 0", vec!["'0'", "1..=256"]),
        ("run os:sp2 -j 65535", vec!["'65535'", "1..=256"]),
        ("run os:sp2 --color sometimes", vec!["'sometimes'", "auto, always, never"]),
        ("test no-such-folder", vec!["no-such-folder"]),
        ("check no-such-folder", vec!["no-such-folder"]),
        ("scan no-such-folder", vec!["no-such-folder"]),
        ("inspect no-such-file", vec!["no-such-file"]),
        ("list media --catalog no-such-folder", vec!["no-such-folder"]),
    ] {
        check(line, &words);
    }
}

#[test]
fn a_catalog_with_mistakes_stops_every_command_with_all_of_them() {
    let catalog = catalog(&[
        ("components.toml", "needs = [\"iis_common\"]", "needs = [\"iis_comon\"]"),
        ("updates.toml", "registered_under = 3", "registerd_under = 3"),
    ]);
    for command in [["list", "media"], ["run", "os:sp2"], ["explain", "A3"]] {
        let ended = run(&[&command[..], &["--catalog", word(catalog.path())]].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        for text in ["components.toml:", "iis_comon", "updates.toml:", "registerd_under"] {
            assert!(ended.stderr.contains(text), "{text}\n{}", ended.stderr);
        }
    }
}

#[test]
fn an_empty_name_is_told_as_empty() {
    let change = ("components.toml", "needs = [\"iis_common\"]", "needs = [\"\"]");
    let ended = run(&["check", word(catalog(&[change]).path())]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("this names no component: the text is empty"),
        "{}",
        ended.stderr
    );
}

#[test]
fn ids_that_rules_share_are_told_whatever_else_is_wrong_with_their_files() {
    let rule = fs::read_to_string("corpus/rules/article-rule-of-thumb.rule.toml").expect("a rule");
    let rule = rule.replace("id = \"article-rule-of-thumb\"", "id = \"shared\"");
    let external = "id = \"shared\"\ntitle = no TOML\ncommand = [\"true\"]\n";
    let core = "id = \"core\"\ntitle = \"A\"\ncommand = [\"true\"]\n";
    let place =
        folder(&[("a.external.toml", external), ("b.rule.toml", &rule), ("c.external.toml", core)]);
    let path = word(place.path());
    for words in [["check", path], ["verify", path], ["scan", path]] {
        let rule = if words[0] == "scan" { &["--rule", path][..] } else { &[] };
        let ended = run(&[&words[..], rule].concat());
        assert_eq!((ended.code, ended.stdout.lines().count() < 2), (2, true), "{}", ended.stdout);
        for told in [
            "a.external.toml:2:9",
            "another rule has the id `shared`",
            "the id `core` is that of the detection core: a rule needs another one",
        ] {
            assert!(ended.stderr.contains(told), "{words:?} lacks {told}\n{}", ended.stderr);
        }
    }
}

#[test]
fn a_file_of_ones_own_catalog_is_no_slip_in_a_rule() {
    let path = "system32/inetsrv/own.dll";
    let old = "path = \"system32/inetsrv/rpcref.dll\"";
    let own = catalog(&[("files-common.toml", old, &format!("path = \"{path}\""))]);
    let when = format!("file(\"{path}\").present && os.level == \"sp1\"");
    let rule = format!(
        "id = \"own\"\ntitle = \"Own\"\n[[verdict]]\nstatus = \"broken\"\nwhen = '{when}'\n"
    );
    let place = folder(&[("own.rule.toml", &rule)]);
    let rule = place.path().join("own.rule.toml");
    let warned = run(&["check", word(&rule)]);
    assert!(warned.stderr.contains("rule/unknown-path"), "{}", warned.stderr);
    let known = run(&["check", word(&rule), "--catalog", word(own.path())]);
    assert_eq!((known.code, known.stderr.as_str()), (0, ""));
}

#[test]
fn a_folder_without_tables_is_no_catalog() {
    let empty = folder(&[]);
    let ended = run(&["list", "media", "--catalog", word(empty.path())]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("expected files that end in .toml"), "{}", ended.stderr);
}

#[test]
fn scenarios_that_are_no_text_are_named() {
    let book = folder(&[]);
    let path = book.path().join("book.md");
    fs::write(&path, b"# \xff\xfe\n\n```steps\nos:sp2\n```\n").expect("a file");
    for command in ["test", "check"] {
        let ended = run(&[command, word(book.path())]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.contains("book.md: it is not UTF-8 text"), "{}", ended.stderr);
    }
}

/// A file of each kind with mistakes.
#[test]
fn every_code_of_a_mistake_is_explained() {
    const CORE: &str = "http://oval.mitre.org/XMLSchema/oval-definitions-5";
    let document =
        |rest: &str| format!("<oval_definitions xmlns=\"{CORE}\">{rest}</oval_definitions>");
    let definition = "<definitions><definition id=\"a\" version=\"1\" class=\"patch\"><criteria>\
                      <criterion test_ref=\"oval:t:tst:9\"/></criteria></definition></definitions>";
    let place = folder(&[
        ("a.rule.toml", "id = \"a\"\nx = 1\n"),
        (
            "a.md",
            "# A\n\n```steps\nos:sp4\n```\n\n```expect\nx = 1\nstatus = 1\n```\n\n```step\n```\n",
        ),
        ("a.external.toml", "id = \"b\"\ncommand = [\"./no\"]\nprotocol = \"x\"\nx = 1\n"),
        ("a.yara.toml", "id = \"c\"\n"),
        ("a.xml", &document(definition)),
        ("b.xml", "<oval_definitions"),
        ("claims/a.toml", "[[claim]]\nid = \"x\"\nrecorded = \"x\"\n"),
        (
            "baseline/a.toml",
            "rule = \"a\"\nscope = \"x\"\n[[accepted]]\narch = \"x\"\nsteps = [\"x\"]\n",
        ),
        ("catalog/a.toml", "[[component]]\nid = \"a\"\ntitle = \"A\"\nx = 1\n"),
    ]);
    let object = run(&["check", word(place.path()), "--json"]).json();
    let found = object["diagnostics"].as_array().expect("a list").iter();
    let codes = found.map(|found| found["code"].as_str().expect("a code").to_owned());
    let codes: BTreeSet<String> = codes.collect();
    let kinds: BTreeSet<&str> =
        codes.iter().filter_map(|code| Some(code.split_once('/')?.0)).collect();
    let all = ["baseline", "catalog", "claim", "external", "oval", "rule", "scenario", "yara"];
    assert!(kinds.iter().copied().eq(all), "{codes:?}");
    assert!(codes.len() >= 20, "{codes:?}");
    for code in &codes {
        let ended = run(&["explain", code]);
        assert_eq!(ended.code, 0, "{code}: {}", ended.stderr);
        assert!(ended.stdout.starts_with(&format!("{code}\n\nMistake in a")), "{}", ended.stdout);
    }
    let log = run(&["check", word(place.path()), "--format", "sarif"]).json();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("a list").clone();
    assert_eq!(rules.len(), codes.len());
    for rule in rules {
        let full = rule["fullDescription"]["text"].as_str().unwrap_or_default();
        assert!(full.starts_with("Mistake in a"), "{rule:#}");
    }
}

#[test]
fn a_topic_that_does_not_exist_is_told_in_one_line_that_says_where_all_are() {
    let ended = run(&["explain", "zzzzz"]);
    let told = "error: there is no topic `zzzzz`; `patchstate explain` lists all topics, and a \
                path to a rule explains that rule\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (2, told));
}

#[test]
fn several_steps_in_a_line_of_a_scenario_are_told_to_stand_on_lines_of_their_own() {
    let text = "# A\n\n```steps\nos:sp2 +iis\n```\n\n```expect\nstatus = \"consistent\"\n```\n";
    let book = folder(&[("a.md", text)]);
    let ended = run(&["check", word(book.path())]);
    assert_eq!(ended.code, 2);
    let help = "write each step on a line of its own";
    assert!(ended.stderr.contains("a.md:4:1") && ended.stderr.contains(help), "{}", ended.stderr);
}
