//! The last line of every command, and how much is said above it.

use crate::program::{Ended, command, ended, folder, run, run_line, word};
use std::fs;

/// A scope of a few hundred hosts.
const SCOPE: &str = "--arch x64 --components iis --updates KB973917";

/// The words with which a last line begins that goes with an exit code.
fn words_for(code: i32) -> &'static [&'static str] {
    match code {
        0 => &["passed: ", "done: "],
        1 | 2 => &["FAILED: "],
        3 => &["inconclusive: "],
        4 => &["nothing ran: "],
        code => panic!("no command ends with {code}"),
    }
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[track_caller]
fn check_last_line(words: &str, ended: &Ended, code: i32, says: &str) {
    let last = last_line(&ended.stdout);
    assert_eq!(ended.code, code, "{words}\n{}{}", ended.stdout, ended.stderr);
    assert!(words_for(code).iter().any(|word| last.starts_with(word)), "{words}: {last}");
    assert!(last.ends_with(says), "{words}: {last}\nshould end in: {says}");
    assert!(last.chars().count() <= 100, "{words}: {last}");
}

#[test]
fn the_last_line_of_every_command_is_its_verdict_and_explains_the_exit_code() {
    let incident = "os:rtm sp2 +iis@rtm kb973917/v1";
    for (line, code, says) in [
        (
            format!("verify {SCOPE}"),
            0,
            "the detection core is right on all 615 hosts; every install order was searched",
        ),
        (
            format!("verify iis-fits-os {SCOPE}"),
            0,
            "the rule is right on all 615 hosts; every install order was searched",
        ),
        (
            format!("verify article-rule-of-thumb {SCOPE}"),
            1,
            "the rule is wrong on 87 of 615 hosts; every install order was searched",
        ),
        (
            format!("verify article-rule-of-thumb iis-fits-os {SCOPE}"),
            1,
            "1 of 2 rules is wrong on 87 of 615 hosts; every install order was searched",
        ),
        (
            "verify --arch x64 --components iis --max-states 3".to_owned(),
            3,
            "a bound stopped the search after 3 hosts; nothing is wrong on these",
        ),
        ("test corpus/scenarios/01-the-incident.md".to_owned(), 0, "as expected"),
        ("check corpus/rules".to_owned(), 0, "files"),
        (format!("run {incident}"), 1, "the host is broken, with 39 findings; sp2 repairs it"),
        (
            "run os:rtm sp2 +iis@rtm kb973917".to_owned(),
            1,
            "the host is a mismatch, with 40 findings; sp2 repairs it; 1 of 4 steps was refused",
        ),
        ("run os:rtm sp2 +iis".to_owned(), 0, "the host is consistent"),
        (
            format!("repair {incident}"),
            1,
            "the host is broken, with 39 findings; sp2 repairs it, and nothing shorter does",
        ),
        (
            "repair os:rtm sp2 +iis".to_owned(),
            0,
            "the host is consistent, so there is nothing to repair",
        ),
        (
            "repair os:sp2 +iis kb942830 kb973917/v2 -iis +iis --max-depth 1".to_owned(),
            3,
            "a bound stopped the search for a repair",
        ),
        (
            format!("diff article-rule-of-thumb article-rule-of-thumb {SCOPE}"),
            0,
            "both rules say the same on all 615 hosts",
        ),
        (format!("diff article-rule-of-thumb iis-fits-os {SCOPE}"), 1, "of 615 hosts"),
        ("list media".to_owned(), 0, "5 media listed"),
        ("list components".to_owned(), 0, "components listed"),
    ] {
        check_last_line(&line, &run_line(&line), code, says);
    }
}

#[test]
fn commands_about_files_end_with_their_verdict_too() {
    let place = folder(&[
        ("notes.txt", "nothing of ours\n"),
        ("broken.rule.toml", "id = \"x\"\ntitel = \"X\"\n"),
        ("text.dll", "no image"),
    ]);
    let at = |name: &str| place.path().join(name).to_str().expect("a plain path").to_owned();
    let empty = folder(&[]);
    for (words, code, says) in [
        (vec!["init", &at("new")], 0, "files written to "),
        (vec!["build", "os:rtm", "sp2", "+iis@rtm", "--out", &at("host")], 0, "WINDOWS"),
        (vec!["scan", &at("host")], 1, "the host is a mismatch, with 40 findings"),
        (vec!["scan", &at("host"), "--rule", "iis-fits-os"], 1, "with 40 findings"),
        (vec!["inspect", &at("text.dll")], 3, "1 file could not be read whole"),
        (vec!["test", word(empty.path())], 4, "or folders with such files"),
        (vec!["check", word(empty.path())], 4, "there is no rule, scenario, claim or catalog"),
        (vec!["check", &at("broken.rule.toml")], 2, "mistakes in 1 file"),
    ] {
        let ended = run(&words);
        let last = last_line(&ended.stdout);
        assert_eq!(ended.code, code, "{words:?}\n{}{}", ended.stdout, ended.stderr);
        assert!(words_for(code).iter().any(|word| last.starts_with(word)), "{words:?}: {last}");
        assert!(last.contains(says), "{words:?}: {last}");
    }
    let dll = at("host/WINDOWS/system32/inetsrv/w3core.dll");
    check_last_line("inspect", &run(&["inspect", &dll]), 0, "1 file read, nothing found");
}

#[test]
fn bad_input_ends_with_how_many_problems_there_are() {
    let ended = run_line("run os:rtm +nothing kb1");
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_eq!(ended.stderr.lines().count(), 3, "{}", ended.stderr);
    assert_eq!(last_line(&ended.stderr), "error: 2 problems, so nothing was run");
}

#[test]
fn where_the_result_goes_to_a_file_its_verdict_is_said_all_the_same() {
    let place = folder(&[]);
    let out = place.path().join("report");
    for format in ["text", "json"] {
        let words = ["run", "os:rtm", "sp2", "+iis@rtm", "--format", format, "--output"];
        let ended = run(&[&words[..], &[word(&out)]].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
        let says = "FAILED: the host is a mismatch, with 40 findings; sp2 repairs it\n";
        assert_eq!(ended.stderr, says);
        let written = fs::read_to_string(&out).expect("a file");
        assert_eq!(written.ends_with(says), format == "text", "{written}");
    }
}

#[test]
fn quiet_says_what_is_wrong_and_the_verdict_and_nothing_else() {
    for line in [
        format!("verify -q {SCOPE}"),
        format!("verify -q iis-fits-os {SCOPE}"),
        "run -q os:rtm sp2 +iis".to_owned(),
        "repair -q os:rtm sp2 +iis".to_owned(),
        "test -q corpus/scenarios/01-the-incident.md".to_owned(),
        "check -q corpus/rules".to_owned(),
        format!("mutate -q iis-fits-os {SCOPE}"),
    ] {
        let ended = run_line(&line);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{line}");
        assert_eq!(ended.stdout.lines().count(), 1, "{line}: {}", ended.stdout);
        assert!(ended.stdout.starts_with("passed: "), "{line}: {}", ended.stdout);
    }
    let listed = run_line("list -q media");
    assert_eq!(listed.stdout, "done: 5 media listed\n");
    let wrong = run_line(&format!("verify -q article-rule-of-thumb {SCOPE}"));
    assert!(wrong.stdout.starts_with("FAIL  article-rule-of-thumb: "), "{}", wrong.stdout);
    assert!(wrong.stdout.contains("\nFALSE NEGATIVE  rule article-rule-of-thumb"));
    for left_out in ["PASS", "note: ", "complete: ", "claims"] {
        assert!(!wrong.stdout.contains(left_out), "{left_out}: {}", wrong.stdout);
    }
    let mismatch = run_line("run -q os:rtm sp2 +iis@rtm kb973917");
    let shown = &mismatch.stdout;
    assert!(shown.starts_with("  behind-os "), "{shown}");
    assert!(shown.contains("1 step was refused, and left the host as it was\n"), "{shown}");
}

#[test]
fn a_run_with_rules_is_about_these_and_tells_of_the_core_in_full_only() {
    let of_core = ["core: right on all", "hosts, ", "the core's remedy", "claims  "];
    let rules = run_line(&format!("verify article-rule-of-thumb {SCOPE}")).stdout;
    for said in of_core {
        assert!(!rules.contains(said), "{said}: {rules}");
    }
    for line in [format!("verify {SCOPE}"), format!("verify -v article-rule-of-thumb {SCOPE}")] {
        let shown = run_line(&line).stdout;
        for said in of_core {
            assert!(shown.contains(said), "{line} lacks {said}: {shown}");
        }
    }
}

/// A claim is told that is not as recorded, also where a rule was asked about.
#[test]
fn a_wrong_claim_is_always_told() {
    let claim = "[[claim]]\nid = \"mine\"\ntext = \"Nothing ever breaks.\"\nsource = \"A friend\"\n\
                 reading = \"No host is broken.\"\nrecorded = \"holds\"\n\
                 scope = { components = [\"iis\"], updates = [\"KB973917\"] }\n\
                 property = { kind = \"always\", then = [\"not broken\"] }\n";
    let claims = folder(&[("mine.toml", claim)]);
    for flags in ["", "-q "] {
        let line = format!("verify {flags}iis-fits-os {SCOPE} --claims");
        let words: Vec<&str> = line.split(' ').chain([word(claims.path())]).collect();
        let ended = run(&words);
        assert!(ended.stdout.contains("     refuted  mine\n"), "{}", ended.stdout);
        assert!(!ended.stdout.contains("  holds  "), "{}", ended.stdout);
        let says = "1 of 16 claims is not as recorded; every install order was searched";
        check_last_line(&line, &ended, 1, says);
    }
}

/// The rule of the article looks at SP2 hosts only.
#[test]
fn counterexamples_come_nearest_first_and_once_for_both_architectures() {
    let scope = "--components iis --updates KB973917";
    let shown = run_line(&format!("verify article-rule-of-thumb {scope}")).stdout;
    let heads: Vec<&str> =
        shown.lines().filter(|line| line.starts_with("FALSE NEGATIVE  ")).collect();
    let steps = |head: &&str| -> usize {
        let words: Vec<&str> = head.split_whitespace().collect();
        let at = words.iter().position(|word| word.starts_with("step"));
        at.and_then(|at| words.get(at - 1)?.parse().ok()).expect("a number of steps")
    };
    let lengths: Vec<usize> = heads.iter().map(steps).collect();
    assert!(lengths.is_sorted() && lengths.len() > 2, "{heads:?}");
    // Media that are newer than the host: told of x86, and how to see it on x64, which has no RTM.
    let newer =
        "patchstate run os:rtm +iis@sp1\n  on x64: patchstate run --arch x64 os:sp1 +iis@sp2\n";
    assert!(shown.contains(&format!("\n  run it: {newer}")), "{shown}");
    assert_eq!(shown.matches(" os:sp1 +iis@sp2").count(), 1, "{shown}");
    let of_both = "FALSE NEGATIVE  rule article-rule-of-thumb on x86 and x64, 2 steps\n  at \
                   corpus/rules/article-rule-of-thumb.rule.toml:15:1\n";
    assert!(shown.contains(of_both), "{shown}");
}

/// The program on a screen of so many columns.
fn on_screen(columns: &str, words: &[&str]) -> Ended {
    let mut command = command(words);
    command.env("COLUMNS", columns);
    ended(command)
}

/// Words are not broken, so that they can be copied; no line with several is too wide.
#[track_caller]
fn check_columns(columns: usize, words: &[&str], text: &str) {
    for line in text.lines().filter(|line| line.chars().count() > columns) {
        assert_eq!(line.split_whitespace().count(), 1, "{columns}, {words:?}: {line}");
    }
}

#[test]
fn text_has_the_width_of_the_screen() {
    let place = folder(&[]);
    let host = place.path().join("host");
    run(&["build", "os:rtm", "sp2", "+iis@rtm", "--out", word(&host)]);
    let dll = host.join("WINDOWS/system32/inetsrv/w3core.dll");
    let verify = format!("verify article-rule-of-thumb core -v {SCOPE}");
    let mutate = format!("mutate corpus/rules/article-rule-of-thumb.rule.toml {SCOPE}");
    let lines = [
        "run os:rtm sp2 +iis@rtm kb973917",
        "run -v os:sp1 +iis sp2 kb973917 -sp2",
        "repair os:rtm sp2 +iis@rtm kb973917/v1",
        &verify,
        &mutate,
        "diff article-rule-of-thumb iis-fits-os --arch x64 --components iis",
        "test",
        "check",
        "list updates",
        "list claims",
        "list assumptions",
        "explain",
        "explain steps",
        "explain exit-codes",
        "explain rule-files",
    ];
    let mut commands: Vec<Vec<&str>> =
        lines.iter().map(|line| line.split_whitespace().collect()).collect();
    commands.push(vec!["scan", word(&host), "--rule", "iis-fits-os"]);
    commands.push(vec!["inspect", word(&dll)]);
    for words in commands {
        let mut heights = Vec::new();
        for columns in [40, 80, 120] {
            let ended = on_screen(&columns.to_string(), &words);
            check_columns(columns, &words, &ended.stdout);
            heights.push(ended.stdout.lines().count());
        }
        // It is not always the narrowest text.
        assert!(heights.is_sorted_by(|a, b| a >= b), "{words:?}: {heights:?}");
        assert!(heights[0] > heights[2] || words[0] == "check", "{words:?}: {heights:?}");
    }
}

#[test]
fn a_screen_that_says_nonsense_is_taken_for_a_usual_one() {
    let usual = run_line("run os:rtm sp2 +iis@rtm").stdout;
    for columns in ["", "0", "wide", "-3"] {
        assert_eq!(on_screen(columns, &["run", "os:rtm", "sp2", "+iis@rtm"]).stdout, usual);
    }
}

/// A rule with a mistake in a long line, and one that marks more than a line has room for.
const LONG: &str = concat!(
    r#"id = "long"
title = "X"
stands_for = ["mismatch"]

[[verdict]]
status = "mismatch"
when = '''
os.level == "sp2" && file("system32/inetsrv/iisutil.dll").version.revision < 3000"#,
    r#" && os.levle == "x" && file("system32/inetsrv/w3core.dll").present
'''
"#
);

#[test]
fn marks_stand_below_what_they_mark_on_every_screen() {
    let place = folder(&[("long.rule.toml", LONG)]);
    let file = place.path().join("long.rule.toml");
    for columns in [40, 80, 120] {
        let ended = on_screen(&columns.to_string(), &["check", word(&file)]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let lines: Vec<&str> = ended.stderr.lines().collect();
        let at = lines.iter().position(|line| line.starts_with("8 |")).expect("the line");
        let (line, mark) = (lines[at], lines[at + 1]);
        assert!(line.chars().count() <= columns, "{columns}: {line}");
        let (start, end) = (mark.find('^').expect("a mark"), mark.rfind('^').expect("a mark"));
        let marked = line.get(start..=end).unwrap_or_default();
        assert!(marked == "levle" || marked == "os.levle", "{columns}: {marked}\n{}", ended.stderr);
        assert!(ended.stderr.contains("long.rule.toml:8:"), "{}", ended.stderr);
        let wide = lines.iter().filter(|line| !line.contains(word(place.path())));
        for line in wide {
            assert!(line.chars().count() <= columns, "{columns}: {line}\n{}", ended.stderr);
        }
    }
}

/// Of `test`, `run` and the like; what repeats a text of a user or of the catalog may hold any.
#[test]
fn text_has_no_marks_of_markdown() {
    let place = folder(&[("notes.md", "# Notes\n")]);
    for words in [
        vec!["test", word(place.path())],
        vec!["check", word(place.path())],
        vec!["run", "os:rtm", "sp2", "+iis@rtm", "kb973917"],
        vec!["repair", "os:rtm", "sp2", "+iis@rtm"],
        vec!["verify", "--arch", "x64", "--components", "iis"],
    ] {
        let shown = run(&words).stdout;
        for mark in ["`", "**", "\n# ", "](", "\n- "] {
            assert!(!shown.contains(mark), "{words:?} has {mark}: {shown}");
        }
    }
}

#[test]
fn refused_steps_are_told_again_at_the_end() {
    let ended = run_line("run os:rtm sp2 +iis@rtm kb973917 kb982666 -sp1");
    let (_, end) = ended.stdout.rsplit_once("\n\n").map_or(("", ""), |(above, _)| {
        above.rsplit_once("\n\n").expect("a part above the last line")
    });
    let lines: Vec<&str> = end.lines().collect();
    assert_eq!(lines[0], "2 steps were refused, and left the host as it was", "{}", ended.stdout);
    assert!(lines[1].starts_with("  4  kb973917"), "{end}");
    assert!(end.contains("\n  6  -sp1"), "{end}");
    assert!(last_line(&ended.stdout).ends_with("2 of 6 steps were refused"));
}

/// Each finding is told where it is found, and steps tell how many they remove.
#[test]
fn repair_tells_each_finding_once() {
    let ended = run_line("repair os:rtm sp2 +iis@rtm kb973917/v1");
    let shown = &ended.stdout;
    assert_eq!(shown.matches("PlaceholderForTheUnnamedSp2Function").count(), 1, "{shown}");
    assert_eq!(shown.matches("\n  behind-os ").count(), 1, "{shown}");
    let words: Vec<&str> = shown.split_whitespace().collect();
    let removes = "It changes 38 files and so removes 39 findings: 1 unresolved-import and 38 \
                   behind-os.";
    assert!(words.join(" ").contains(removes), "{shown}");
}

/// What `run` and `repair` exit with, of the same host.
#[test]
fn repair_exits_like_run() {
    for steps in [
        "os:rtm",
        "os:rtm sp2 +iis",
        "os:rtm sp2 +iis@rtm",
        "os:rtm sp2 +iis@rtm kb973917/v1",
        "os:sp2 +iis kb2124261 -iis +iis",
    ] {
        let codes = ["run", "repair"].map(|command| run_line(&format!("{command} {steps}")).code);
        assert_eq!(codes[0], codes[1], "{steps}");
    }
}

#[cfg(unix)]
#[test]
fn a_name_of_a_folder_cannot_forge_a_verdict() {
    let place = folder(&[]);
    let made = place.path().join("x\npassed: everything");
    let ended = run(&["init", word(&made)]);
    assert!(!ended.stdout.contains("\npassed"), "{}", ended.stdout);
    assert!(last_line(&ended.stdout).starts_with("done: "), "{}", ended.stdout);
}
