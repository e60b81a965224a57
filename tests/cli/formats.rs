//! The formats for continuous integration, of every command that has them, and baselines.

use crate::program::{command, ended, folder, run, word};
use std::fs;

/// In the folder of a user, where nothing of this project is.
#[cfg(unix)]
#[test]
fn a_baseline_accepts_hosts_about_which_a_rule_says_nothing() {
    let place = folder(&[("say.sh", "echo why >&2; exit 2\n")]);
    let verify = |more: &[&str]| {
        let scope = ["--arch", "x64", "--components", "iis_ftp", "--updates", "KB975254"];
        let mut command = command(&["verify", "--command", "sh say.sh"]);
        command.current_dir(place.path()).args(scope).args(more);
        ended(command)
    };
    let before = verify(&[]);
    assert_eq!(before.code, 3, "{}", before.stdout);
    let written = verify(&["--update-baseline"]);
    assert_eq!(written.code, 0, "{}{}", written.stdout, written.stderr);
    let file = place.path().join("patchstate-baseline/command.toml");
    let text = fs::read_to_string(&file).expect("a baseline beside the rule");
    assert!(text.contains("verdict = \"inconclusive\"\nhosts = "), "{text}");
    assert!(text.contains("\nreason = \""), "{text}");
    let same = verify(&["--baseline"]);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    assert!(same.stdout.contains("KNOWN command: "), "{}", same.stdout);
    for (format, silent) in [("github", "::"), ("junit", "<error"), ("sarif", "\"ruleId\"")] {
        let ended = verify(&["--baseline", "--format", format]);
        assert_eq!(ended.code, 0);
        assert!(!ended.stdout.contains(silent), "{format}: {}", ended.stdout);
    }
    // A host of another truth is not accepted with these.
    let first = text.find("[[accepted]]").expect("an entry");
    let second = first + 1 + text[first + 1..].find("[[accepted]]").expect("another entry");
    fs::write(&file, format!("{}{}", &text[..first], &text[second..])).expect("a file");
    let new = verify(&["--baseline"]);
    assert_eq!(new.code, 3, "{}", new.stdout);
    assert!(new.stdout.contains("      new: x64, truth "), "{}", new.stdout);
    assert!(verify(&["--baseline", "--format", "github"]).stdout.contains("rule command is incon"));
}

/// GitHub refuses a log in which one result has no place, and so shows none of them.
#[cfg(unix)]
#[test]
fn every_result_of_a_program_has_a_place_in_a_file_that_is_there() {
    let workflow = "jobs:\n  a:\n    steps:\n      - run: patchstate verify\n";
    let page = "# A page\n";
    let files = [("README.md", page), (".github/workflows/ci.yml", workflow), ("say.sh", "exit 0")];
    for (line, files, at) in [
        ("sh say.sh", &files[..], "say.sh"),
        ("true", &files[..2], ".github/workflows/ci.yml"),
        ("true", &files[..1], "README.md"),
    ] {
        let place = folder(files);
        let mut command = command(&["verify", "--command", line, "--arch", "x64"]);
        command.current_dir(place.path()).args(["--components", "iis", "--format", "sarif"]);
        let log = ended(command);
        assert_eq!(log.code, 1, "{}", log.stderr);
        let results = log.json()["runs"][0]["results"].as_array().expect("results").clone();
        assert!(!results.is_empty());
        for result in &results {
            let flow = &result["codeFlows"][0]["threadFlows"][0]["locations"];
            let steps = flow.as_array().expect("an order").iter().map(|step| &step["location"]);
            for location in steps.chain([&result["locations"][0]]) {
                let uri = &location["physicalLocation"]["artifactLocation"]["uri"];
                assert_eq!(uri, at, "{result:#}");
            }
        }
    }
}

#[test]
fn check_and_test_tell_every_mistake_in_every_format() {
    let rule = "id = \"x\"\ntitle = \"t\"\n[[verdict]]\nstatus = \"brokn\"\nwhen = 'true'\n";
    let book = "# A\n\n```steps\nos:sp2\n+iis\n```\n\n```expect\nstatus = \"broken\"\n```\n";
    let place = folder(&[("x.rule.toml", rule), ("book.md", book)]);
    let at = |name: &str| place.path().join(name);
    let (rule, book) = (at("x.rule.toml"), at("book.md"));
    for (words, code, says, line) in [
        (["check", word(&rule)], 2, "there is no status `brokn`", 4),
        (["test", word(&book)], 1, "expected broken, found consistent", 9),
    ] {
        for (format, place) in [
            ("github", format!(",line={line},col=10,title=")),
            ("junit", format!(":{line}:10: ")),
            ("sarif", format!("\"startLine\": {line},")),
        ] {
            let ended = run(&[&words[..], &["--format", format]].concat());
            assert_eq!((ended.code, ended.stderr.as_str()), (code, ""), "{format}");
            assert!(ended.stdout.contains(says), "{format} {}", ended.stdout);
            assert!(ended.stdout.contains(&place), "{format} lacks {place}: {}", ended.stdout);
        }
    }
    let empty = folder(&[]);
    for command in ["check", "test"] {
        for format in ["github", "junit", "sarif"] {
            let ended = run(&[command, word(empty.path()), "--format", format]);
            assert_eq!(ended.code, 4, "{command} {format}");
            let is_said = ended.stdout.contains("nothing was checked")
                || ended.stdout.contains("nothing ran");
            assert!(is_said, "{command} {format}: {}", ended.stdout);
        }
    }
}

/// A pipeline that reads a file of results must not take bad input for success.
#[test]
fn bad_input_is_told_in_the_format_that_was_asked_for() {
    let rule = "id = \"x\"\ntitle = \"t\"\n[[verdict]]\nstatus = \"brokn\"\nwhen = 'true'\n";
    let book = "# A\n\n```steps\nos:sp4\n```\n\n```expect\nstatus = \"broken\"\n```\n";
    let place = folder(&[("x.rule.toml", rule), ("book.md", book), ("README.md", "# A page\n")]);
    let told = |words: &[&str], format: &str| {
        let mut command = command(words);
        command.current_dir(place.path()).args(["--format", format]);
        let ended = ended(command);
        assert_eq!(ended.code, 2, "{words:?} {format}");
        let for_people = ended.stderr.lines().any(|line| line.starts_with("error"));
        assert!(for_people, "{words:?} {format}: {}", ended.stderr);
        ended
    };
    for (words, file, line, column, code) in [
        (&["verify", "x.rule.toml"][..], "x.rule.toml", 4, 10, "rule/unknown-status"),
        (&["test", "book.md"], "book.md", 4, 1, "scenario/step"),
    ] {
        let shown = told(words, "github").stdout;
        let begins = format!("::error file={file},line={line},col={column},title={code}::");
        assert!(shown.starts_with(&begins) && shown.lines().count() == 1, "{shown}");
        let shown = told(words, "junit").stdout;
        assert!(shown.contains(&format!(" file=\"{file}\"")), "{shown}");
        assert!(shown.contains(&format!("{file}:{line}:{column}: ")), "{shown}");
        let run = told(words, "sarif").json()["runs"][0].clone();
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        let found = &run["results"][0];
        assert_eq!((&found["ruleId"], &found["level"]), (&code.into(), &"error".into()));
        let at = &found["locations"][0]["physicalLocation"];
        let region = serde_json::json!({ "startLine": line, "startColumn": column });
        assert_eq!((&at["artifactLocation"]["uri"], &at["region"]), (&file.into(), &region));
        assert_eq!(told(words, "json").stdout, "", "the object of a command is its result");
    }
    let says = "there is no component `iiss`";
    let words = ["verify", "--components", "iiss"];
    let shown = told(&words, "github").stdout;
    assert!(shown.starts_with("::error title=patchstate%3A the command could not be"), "{shown}");
    assert!(shown.contains(says), "{shown}");
    let shown = told(&words, "junit").stdout;
    assert!(shown.contains("<error ") && shown.contains(says), "{shown}");
    let run = told(&words, "sarif").json()["runs"][0].clone();
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let found = &run["results"][0];
    assert_eq!(found["ruleId"], "patchstate/error");
    let uri = &found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "README.md", "GitHub refuses a log in which a result has no place");
}

/// What was there before the run would be read as its result.
#[test]
fn bad_input_is_told_in_the_file_that_the_result_was_to_go_to() {
    let place = folder(&[("x.rule.toml", "id = 1\n"), ("junit.xml", "<testsuites/>\n")]);
    let mut command = command(&["verify", "x.rule.toml", "--format", "junit"]);
    command.current_dir(place.path()).args(["--output", "junit.xml"]);
    let ended = ended(command);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
    let report = fs::read_to_string(place.path().join("junit.xml")).expect("a report");
    assert!(report.contains("the command could not be carried out"), "{report}");
    let words = ["verify", "x.rule.toml", "--format", "junit", "--output", "no/such/folder.xml"];
    let mut command = self::command(&words);
    command.current_dir(place.path());
    let nowhere = self::ended(command);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.stderr.contains("there is no folder no/such"), "{}", nowhere.stderr);
}
