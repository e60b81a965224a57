//! Questions about rules on the command line: `mutate`, `diff`, `init`, rules in scenarios.

use crate::{
    program::{command, ended, folder, run, run_in, word},
    transcripts::{check, check_width},
};
use std::{fs, path::Path};

/// The rule of thumb of the article, with a level that a host of the scope cannot have.
const THUMB: &str = r#"id = "rule-of-thumb"
title = "iisutil.dll below 3000 on Service Pack 2"

[[verdict]]
status = "mismatch"
when = '''
os.level == "sp2"
    && file("system32/inetsrv/iisutil.dll").present
    && file("system32/inetsrv/iisutil.dll").version < version("6.0.3790.3000")
'''
"#;

const SCOPE: [&str; 6] = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];

fn with_scope<'a>(words: &[&'a str]) -> Vec<&'a str> {
    words.iter().copied().chain(SCOPE).collect()
}

fn at(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("a plain path").to_owned()
}

#[test]
fn mutants_are_told_and_the_scenarios_that_kill_them_pass() {
    let rules = folder(&[("thumb.rule.toml", THUMB)]);
    let words = with_scope(&["mutate", "thumb.rule.toml", "--write", "mutants.md"]);
    let ended = run_in(rules.path(), &words);
    check("mutate", &words.join(" "), &ended, &[]);
    check_width(&ended);
    let tested = run_in(rules.path(), &["test", "mutants.md"]);
    assert_eq!(tested.code, 0, "{}{}", tested.stdout, tested.stderr);
    assert_eq!(run_in(rules.path(), &["check", "."]).code, 0);
    let book = rules.path().join("mutants.md");
    let text = fs::read_to_string(&book).expect("the file was written");
    insta_text("mutate_suite", &text);
    // What is there is not replaced.
    let again = run_in(rules.path(), &words);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert_eq!(fs::read_to_string(&book).expect("the file"), text);
}

fn insta_text(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The scenarios of a rule are the rule's: each of its mutants that was killed fails one of them.
#[test]
fn a_mutant_that_was_killed_fails_the_scenarios_that_were_written() {
    let rules = folder(&[("thumb.rule.toml", THUMB)]);
    let (rule, book) = (at(rules.path(), "thumb.rule.toml"), at(rules.path(), "mutants.md"));
    let ended = run(&with_scope(&["mutate", &rule, "--write", &book, "--json"]));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let killed = ended.json()["killed"].as_u64().expect("a number");
    assert!(killed > 8, "{killed}");
    for (from, to) in [("sp2", "sp1"), ("< version", "> version"), ("3790.3000", "3790.1830")] {
        fs::write(&rule, THUMB.replacen(from, to, 1)).expect("the rule");
        let tested = run(&["test", &book]);
        assert_eq!(tested.code, 1, "{from} {to}\n{}", tested.stdout);
    }
}

#[test]
fn within_a_bound_living_mutants_are_undecided() {
    let rules = folder(&[("thumb.rule.toml", THUMB)]);
    let words = with_scope(&["mutate", "thumb.rule.toml", "--max-depth", "1"]);
    let ended = run_in(rules.path(), &words);
    check("mutate_incomplete", &words.join(" "), &ended, &[]);
    assert_eq!(ended.code, 3);
}

#[test]
fn what_differs_is_told_with_who_is_right() {
    let new = THUMB.replace("< version(\"6.0.3790.3000\")", "< version(\"6.0.3790.1830\")");
    let rules = folder(&[("old.rule.toml", THUMB), ("new.rule.toml", &new)]);
    let words = with_scope(&["diff", "old.rule.toml", "new.rule.toml"]);
    let ended = run_in(rules.path(), &words);
    check("diff", &words.join(" "), &ended, &[]);
    check_width(&ended);
    let words = with_scope(&["diff", "old.rule.toml", "old.rule.toml"]);
    check("diff_same", &words.join(" "), &run_in(rules.path(), &words), &[]);
}

#[test]
fn verify_tells_vacuous_conditions_and_what_a_rule_cannot_see() {
    let text = THUMB.replace("os.level == \"sp2\"", "os.level != \"rtm\"");
    let blind = THUMB.replace("os.level == \"sp2\"\n    && ", "");
    let rules = folder(&[("thumb.rule.toml", &text), ("blind.rule.toml", &blind)]);
    let scope = ["--arch", "x64", "--components", "iis", "--max-counterexamples", "0"];
    let words = [&["verify", "thumb.rule.toml"], &scope[..]].concat();
    check("verify_rule_notes", &words.join(" "), &run_in(rules.path(), &words), &[]);
    let blind = ["verify", "blind.rule.toml"];
    let blind = [&blind, &scope[..]].concat();
    check("verify_rule_blind", &blind.join(" "), &run_in(rules.path(), &blind), &[]);
    let json = run_in(rules.path(), &[&words[..], &["--json"]].concat()).json();
    let clauses = json["rules"][1]["clauses"].as_array().expect("clauses").clone();
    // x64 has no RTM; the other conditions decide.
    let vacuous: Vec<&str> = clauses.iter().filter_map(|c| c["vacuous"].as_str()).collect();
    assert_eq!(vacuous, ["never-false"]);
    let line = clauses.iter().find(|c| c["vacuous"] == "never-false").map(|c| c["line"].clone());
    assert_eq!(line, Some(7.into()));
}

#[test]
fn what_cannot_be_asked_is_answered_with_what_can() {
    let rules = folder(&[("thumb.rule.toml", THUMB), ("a/x.rule.toml", THUMB)]);
    let oval = at(rules.path(), "thumb.external.toml");
    fs::write(&oval, "id = \"x\"\ntitle = \"X\"\ncommand = [\"true\"]\n").expect("a file");
    for (words, says) in [
        (vec!["mutate", &oval], "only rule files"),
        (vec!["mutate", "core"], "is no rule of a file"),
        (vec!["diff", "core", "core"], "is no rule of a file"),
    ] {
        let ended = run(&words);
        assert_eq!((ended.code, ended.stderr.contains(says)), (2, true), "{}", ended.stderr);
    }
}

#[test]
fn a_new_folder_passes_check_test_and_verify() {
    let place = folder(&[]);
    let new = at(place.path(), "new");
    let begun = run(&["init", &new]);
    check("init", "init PLACE/new", &begun, &[(place.path(), "PLACE")]);
    let rule = at(Path::new(&new), "iis-cannot-start.rule.toml");
    assert_eq!(run(&["check", &new]).code, 0);
    assert_eq!(run(&["test", &new]).code, 0);
    // In the folder itself nothing has to be named.
    for (word, said) in
        [("check", "passed: no mistake in 2 files"), ("test", "passed: 2 scenarios in 1 file")]
    {
        let mut here = command(&[word]);
        here.current_dir(&new);
        let bare = ended(here);
        assert_eq!((bare.code, bare.stderr.as_str()), (0, ""), "{word}");
        assert!(bare.stdout.contains(said), "{word}: {}", bare.stdout);
    }
    let verified = run(&["verify", &rule]);
    assert_eq!(verified.code, 0, "{}", verified.stdout);
    assert!(verified.stdout.contains("PASS  iis-cannot-start: right on all"));
    let workflow = fs::read_to_string(at(Path::new(&new), ".github/workflows/patchstate.yml"));
    let workflow = workflow.expect("the workflow");
    // It uses the action at the version that it was made with, and what it reports is kept.
    let pinned = concat!("- uses: patchstate/patchstate@v", env!("CARGO_PKG_VERSION"), "\n");
    assert!(workflow.contains(pinned), "{workflow}");
    assert!(workflow.contains("args: --baseline\n"), "{workflow}");
    for kept in ["sarif_file: patchstate.sarif", "actions/upload-artifact@"] {
        assert!(workflow.contains(kept), "{workflow}");
    }
    assert!(!workflow.contains('{'), "{workflow}");
    // The report that the workflow writes into the folder is taken for no rule.
    let report = at(Path::new(&new), "patchstate-junit.xml");
    assert_eq!(run(&["test", &new, "--format", "junit", "--output", &report]).code, 0);
    assert_eq!(run(&["test", &new]).code, 0);
}

#[test]
fn files_that_are_in_a_folder_are_left_as_they_are_and_named() {
    let rule = "iis-cannot-start.rule.toml";
    let others = [("pyproject.toml", "[project]\nname = \"x\"\n"), ("README.md", "# Mine\n")];
    let place = folder(&[&[(rule, "mine")][..], &others].concat());
    let begun = run(&["init", word(place.path())]);
    check("init_beside_others", "init PLACE", &begun, &[(place.path(), "PLACE")]);
    assert_eq!(begun.code, 0, "{}", begun.stderr);
    for (name, text) in [(rule, "mine")].into_iter().chain(others) {
        let now = fs::read_to_string(place.path().join(name)).expect("the file");
        assert_eq!(now, text, "{name}");
    }
    let workflow = place.path().join(".github/workflows/patchstate.yml");
    let written = fs::read_to_string(&workflow).expect("the workflow");
    // A second time there is nothing to write, and nothing is.
    let again = run(&["init", word(place.path()), "--json"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.json()["files"], serde_json::json!([]));
    let names = [rule, "iis-cannot-start.md", ".github/workflows/patchstate.yml"];
    assert_eq!(again.json()["left"], serde_json::json!(names));
    assert_eq!(fs::read_to_string(&workflow).expect("the workflow"), written);
}

#[test]
fn what_stands_where_a_folder_or_a_file_should_be_is_named() {
    let place = folder(&[("f", "a file"), ("taken/.github", "a file")]);
    fs::create_dir_all(place.path().join("odd/iis-cannot-start.md")).expect("a folder");
    for (below, named, expected) in [
        ("f", "f", "expected a folder"),
        ("f/x", "f", "expected a folder"),
        ("taken", "taken/.github", "expected a folder"),
        ("odd", "odd/iis-cannot-start.md", "expected a file"),
    ] {
        let ended = run(&["init", word(&place.path().join(below))]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{below}");
        let named = place.path().join(named).display().to_string();
        assert!(ended.stderr.contains(&named), "{below}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{below}: {}", ended.stderr);
    }
    assert!(!place.path().join("odd/iis-cannot-start.rule.toml").exists());
}

#[test]
fn a_repository_without_files_is_a_new_folder_too() {
    let place = folder(&[(".git/HEAD", "ref: refs/heads/main\n")]);
    let ended = run(&["init", word(place.path()), "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["files"].as_array().map(Vec::len), Some(3));
}

fn book(rule: &str, status: &str) -> String {
    format!(
        "# Book\n\n## SP1 files on SP2\n\n```steps\nos:sp2\n+iis@sp1\n```\n\n\
         ```expect\nrules = {{ \"{rule}\" = \"{status}\", core = \"mismatch\" }}\n```\n"
    )
}

#[test]
fn scenarios_name_rules_by_id_by_path_and_from_the_command_line() {
    let place = folder(&[
        ("thumb.rule.toml", THUMB),
        ("id.md", &book("rule-of-thumb", "mismatch")),
        ("below/path.md", &book("../thumb.rule.toml", "mismatch")),
        ("below/id.md", &book("rule-of-thumb", "mismatch")),
        ("wrong.md", &book("rule-of-thumb", "consistent")),
        ("unknown.md", &book("rule-of-tumb", "mismatch")),
    ]);
    let path = |name: &str| at(place.path(), name);
    assert_eq!(run(&["test", &path("id.md"), &path("below/path.md")]).code, 0);
    let given = run(&["test", &path("below/id.md"), "--rule", &path("thumb.rule.toml")]);
    assert_eq!(given.code, 0, "{}", given.stderr);
    let missing = run(&["test", &path("below/id.md")]);
    assert_eq!(missing.code, 2, "the folder of the file has no such rule");
    let names = [(place.path(), "PLACE")];
    check("test_rule_wrong", "test PLACE/wrong.md", &run(&["test", &path("wrong.md")]), &names);
    let unknown = run(&["check", &path("unknown.md")]);
    check("check_rule_unknown", "check PLACE/unknown.md", &unknown, &names);
}
