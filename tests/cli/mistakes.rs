//! What the program says to input that makes no sense: exit code 2, the place, the nearest name.

use crate::program::{catalog, folder, run, run_line, word};
use std::{fs, path::Path};

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
        ("run os:rtm +iis_wwww", ["step 2", "`iis_wwww`", "did you mean `iis_www`?"]),
        ("run os:rtm kb973918", ["step 2", "`kb973918`", "did you mean `kb973917`?"]),
        ("run os:rtm sp2 kb973917/v3", ["step 3", "no release v3", "it has v1 to v2"]),
        ("run --arch x64 os:rtm", ["step 1", "no RTM media for x64", "expected sp1 or sp2"]),
        ("run --arch x64 os:sp1 +iis@rtm", ["step 2", "no RTM media", "expected sp1 or sp2"]),
        ("run os:sp1 kb913441:gdr", ["step 2", "KB913441", "does not carry the GDR branch"]),
        ("run os:sp2 +iis_asp", ["step 2", "`iis_asp` is no component", "comes with iis_www"]),
        ("run os:sp2 -iis_webdav", ["step 2", "`iis_webdav` is no component", "iis_www"]),
        ("run sp2", ["step 1", "begins with the base operating system", "os:LEVEL"]),
        ("run os:rtm os:sp1", ["step 2", "once", "at the beginning"]),
        ("run os:rtm sp3", ["step 2", "no service pack `sp3`", "sp1 or sp2"]),
        ("run os:sp3", ["step 1", "`sp3` is not a level", "rtm, sp1 or sp2"]),
        ("run os:rtm bogus", ["step 2", "`bogus` is not a step", "expected os:LEVEL"]),
        ("build os:rtm +iis_wwww --out unused", ["step 2", "iis_wwww", "iis_www"]),
    ] {
        check(line, &words);
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

#[test]
fn words_of_other_commands_are_checked_as_well() {
    for (line, words) in [
        ("rnu os:rtm", vec!["unrecognized subcommand 'rnu'"]),
        ("run", vec!["<STEP>"]),
        ("build os:rtm", vec!["--out <DIR>"]),
        ("scan -x", vec!["'-x'"]),
        ("list things", vec!["'things'", "components, media, updates"]),
        ("explain brokn", vec!["`brokn`", "did you mean `broken`?"]),
        ("explain brokn", vec!["topics are broken, mismatch, drift", "update.release"]),
        ("explain nothing-like-it", vec!["`patchstate explain` lists all"]),
        ("explain KB973916", vec!["did you mean `KB973917`?"]),
        ("schema tests", vec!["`tests` has no schema", "build, check, diff, explain"]),
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
                "--updates: there is no update `kb1`: expected one of kb913441, kb917537",
                "--components: there is no component `x`: expected one of iis_common",
                "there is no assumption `B` (those with a switch are A3, A5",
                "A3 has no value `zz`: expected all or sp1-only",
            ],
        ),
        ("run os:rtm +", vec!["`+` is not a step: it names no component"]),
        ("run os:rtm +iis@", vec!["it names no level: expected rtm, sp1 or sp2"]),
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
    fs::write(&path, [b'#', b' ', 0xff, 0xfe]).expect("a file");
    for command in ["test", "check"] {
        let ended = run(&[command, word(book.path())]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.contains("book.md: it is not UTF-8 text"), "{}", ended.stderr);
    }
}
