//! Where results go: colours, pipes, files.

use crate::program::{Ended, command, ended, folder, run, run_line, word};
use std::{
    fs,
    process::{Command, Stdio},
};

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let has_colours = |line: &str| run_line(line).stdout.contains('\u{1b}');
    assert!(!has_colours("run os:rtm"));
    assert!(!has_colours("run os:rtm --color never"));
    assert!(!has_colours("run os:rtm --color auto"));
    assert!(has_colours("run os:rtm --color always"));
    let mut forced = command(&["run", "os:rtm", "--color", "always"]);
    forced.env("NO_COLOR", "1");
    assert!(ended(forced).stdout.contains('\u{1b}'), "the flag is nearer than the variable");
    assert!(!has_colours("run os:rtm --json --color always"));
}

#[test]
fn mistakes_have_no_colours_in_a_pipe() {
    let book = folder(&[("book.md", "# A\n\n```steps\nos:rtm\n```\n")]);
    let ended = run(&["check", word(book.path())]);
    assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
}

#[test]
fn a_closed_pipe_is_no_error() {
    for words in ["list files", "run os:rtm sp2 +iis -v", "man", "completions bash", "--help"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_patchstate"))
            .args(words.split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        assert_eq!(output.status.code(), Some(0), "{words}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words}");
    }
}

#[test]
fn a_result_in_a_file_is_the_one_of_standard_output() {
    let out = folder(&[("old.json", "something older and longer than nothing")]);
    // What a command comes to is said on standard error then.
    for (name, words, said) in [
        ("new.txt", ["run", "os:rtm", "--color", "always"].as_slice(), "passed"),
        ("old.json", &["list", "files", "--json"], "done"),
        ("man.1", &["man"], ""),
    ] {
        let path = out.path().join(name);
        let ended = run(&[words, &["--output", word(&path)]].concat());
        assert_eq!((ended.stdout.as_str(), ended.code), ("", 0));
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        let plain = words.iter().map(|word| if *word == "always" { "never" } else { word });
        let expected = run(&plain.collect::<Vec<_>>()).stdout;
        assert_eq!(ended.stderr.lines().count(), usize::from(!said.is_empty()));
        assert_eq!(fs::read_to_string(&path).expect("a file"), expected);
    }
    let names = fs::read_dir(out.path()).expect("a folder").count();
    assert_eq!(names, 3, "no temporary file is left");
}

#[test]
fn findings_keep_their_exit_code_when_the_result_goes_to_a_file() {
    let out = folder(&[]);
    let path = out.path().join("run.json");
    let words = ["run", "os:rtm", "sp2", "+iis@rtm", "--json", "--output", word(&path)];
    assert_eq!(run(&words).code, 1);
    assert!(fs::read_to_string(&path).expect("a file").ends_with("}\n"));
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_nothing_is_left() {
    let out = folder(&[("folder/file", "")]);
    for name in ["missing/result.txt", "folder", "folder/file/result.txt"] {
        let path = out.path().join(name);
        let ended = run(&["list", "rules", "--output", word(&path)]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{name}");
        assert!(ended.stderr.contains(word(&path)), "{}", ended.stderr);
        assert!(ended.stderr.contains("cannot be written"), "{}", ended.stderr);
    }
    assert_eq!(fs::read_dir(out.path()).expect("a folder").count(), 1);
    assert_eq!(fs::read_dir(out.path().join("folder")).expect("a folder").count(), 1);
}

#[test]
fn a_result_is_not_written_over_what_was_read() {
    let text = "id = \"a\"\ntitle = \"A\"\n[[verdict]]\nstatus = \"broken\"\nwhen = \"false\"\n";
    let place = folder(&[("a.rule.toml", text)]);
    let file = place.path().join("a.rule.toml");
    let same = place.path().join("../").join(place.path().file_name().expect("a name"));
    let same = same.join("a.rule.toml");
    for output in [&file, &same] {
        for words in [
            &["check", word(&file)][..],
            &["verify", word(&file), "--arch", "x64", "--components", "iis_common"],
        ] {
            let ended = run(&[words, &["--output", word(output)]].concat());
            assert_eq!(ended.code, 2, "{}", ended.stderr);
            assert!(ended.stderr.contains("it was read"), "{}", ended.stderr);
            assert_eq!(fs::read_to_string(&file).expect("the rule"), text);
        }
    }
}

#[test]
fn a_hyphen_is_standard_output() {
    let place = folder(&[]);
    let mut command = command(&["list", "rules", "--output", "-"]);
    command.current_dir(place.path());
    assert_eq!(ended(command).stdout, run(&["list", "rules"]).stdout);
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 0);
}

#[test]
fn a_folder_that_is_not_there_is_named_and_no_temporary_file_is() {
    let place = folder(&[]);
    let path = place.path().join("missing/result.txt");
    let said = run(&["list", "rules", "--output", word(&path)]).stderr;
    let missing = place.path().join("missing");
    let line = format!(
        "error: {}: it cannot be written: there is no folder {}\n",
        word(&path),
        word(&missing)
    );
    assert_eq!(said, line);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_that_is_not_there_yet_stays_a_link() {
    use std::os::unix::fs::symlink;
    let place = folder(&[("below/x", "")]);
    let (link, second) = (place.path().join("link.txt"), place.path().join("second.txt"));
    symlink("below/result.txt", &link).expect("a link");
    symlink("link.txt", &second).expect("a link");
    assert_eq!(run(&["list", "rules", "--output", word(&second)]).code, 0);
    for link in [&link, &second] {
        assert!(fs::symlink_metadata(link).expect("a link").is_symlink());
    }
    let written = fs::read_to_string(place.path().join("below/result.txt")).expect("a file");
    assert!(written.starts_with("core\n"), "{written}");
    let circle = place.path().join("circle");
    symlink("circle", &circle).expect("a link");
    let ended = run(&["list", "rules", "--output", word(&circle)]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("links lead in a circle"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn standard_output_that_cannot_be_written_to_is_an_error() {
    let read_only = fs::File::open("/dev/null").expect("a device");
    let output = Command::new(env!("CARGO_BIN_EXE_patchstate"))
        .args(["list", "rules"])
        .stdout(read_only)
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the result could not be written to standard output"), "{said}");
}

#[test]
fn an_update_outside_of_git_says_what_to_do() {
    let book = "# A\n\n## B\n\n```steps\nos:sp2\n```\n\n```expect\nstatus = \"broken\"\n```\n";
    let place = folder(&[("book.md", book)]);
    let update = |path: &str| {
        let mut command = command(&["test", "--update", "book.md"]);
        // The folder may stand below a work tree.
        command.current_dir(place.path()).env("GIT_CEILING_DIRECTORIES", place.path());
        command.env("GIT_DIR", place.path().join(".git")).env("PATH", path);
        ended(command)
    };
    let path = std::env::var("PATH").expect("a path");
    let outside = update(&path);
    assert_eq!(outside.code, 2);
    assert!(outside.stderr.contains("run `git init`, and commit the file"), "{}", outside.stderr);
    let missing = update("");
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("there is no program `git`"), "{}", missing.stderr);
    assert_eq!(fs::read_to_string(place.path().join("book.md")).expect("a file"), book);
}

#[cfg(unix)]
#[test]
fn what_stands_at_the_output_path_keeps_its_kind_and_its_permissions() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    let out = folder(&[("private.txt", "old")]);
    let private = out.path().join("private.txt");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).expect("permissions");
    let link = out.path().join("link.txt");
    symlink("private.txt", &link).expect("a link");
    assert_eq!(run(&["list", "rules", "--output", word(&link)]).code, 0);
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert!(fs::read_to_string(&private).expect("a file").starts_with("core\n"));
    let mode = fs::metadata(&private).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(run(&["list", "rules", "--output", "/dev/null"]).code, 0);
    let kind = fs::metadata("/dev/null").expect("a device").file_type();
    assert!(kind.is_char_device());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = fs::File::options().write(true).open("/dev/full").expect("a device");
    let output = Command::new(env!("CARGO_BIN_EXE_patchstate"))
        .args(["list", "files"])
        .stdout(full)
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("the result could not be written to standard output"), "{stderr}");
}

/// A pattern of a shell puts names of files on the command line.
#[test]
fn words_of_the_command_line_are_repeated_in_harmless_letters() {
    let words = ["a\u{1b}]0;owned\u{7}", "b\u{1b}[2J", "c\u{202e}d", "e\u{ad}f\nerror: g"];
    for word in words {
        for line in
            [&["scan", "x", word][..], &["scan", "x", "y", word], &[word], &["--rule", word]]
        {
            let ended = run(line);
            assert_eq!(ended.code, 2, "{line:?}");
            let harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}' || c == '\u{ad}';
            assert!(!ended.stderr.contains(harmful), "{:?}", ended.stderr);
            assert!(!ended.stderr.contains("\nerror: g"), "{}", ended.stderr);
        }
    }
    let mut forced = command(&["list", words[0]]);
    forced.env("CLICOLOR_FORCE", "1");
    let said = ended(forced).stderr;
    assert!(said.contains(r"a\u{1b}]0;owned\u{7}"), "{said}");
}

/// What does something to a terminal, turns letters round, is not seen, or is in no XML document.
const HOSTILE: &str = "a\u{1b}]0;b\u{7}c\u{9b}2Jd\u{202e}e\u{200b}f\u{7f}g\u{e0041}h\
    \u{feff}i\u{ad}j\u{fffe}k\u{ffff}l";

/// The same as far as an XML document can hold it.
fn in_xml() -> String {
    HOSTILE.replace(['\u{1b}', '\u{7}', '\u{fffe}', '\u{ffff}'], "")
}

#[track_caller]
fn check_harmless(text: &str) {
    let harmful = |c: char| c != '\n' && (c.is_control() || !c.is_ascii() && HOSTILE.contains(c));
    assert!(!text.contains(harmful), "{text:?}");
}

/// A folder with a scenario that fails and one that does not; file and headings are hostile.
#[cfg(unix)]
fn hostile_scenarios() -> tempfile::TempDir {
    let block =
        |status| format!("```steps\nos:rtm\n```\n\n```expect\nstatus = \"{status}\"\n```\n\n");
    let (wrong, right) = (block("broken"), block("not-applicable"));
    let text = format!("# x\n\n## {HOSTILE} 1\n\n{wrong}## {HOSTILE} 2\n\n{right}");
    folder(&[(&format!("{HOSTILE}.md"), &text)])
}

#[cfg(unix)]
#[test]
fn names_of_scenarios_and_of_their_files_are_shown_in_harmless_letters() {
    let place = hostile_scenarios();
    let ended = run(&["test", word(place.path())]);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
    check_harmless(&ended.stdout);
    let shown = r"a\u{1b}]0;b\u{7}c\u{9b}2Jd\u{202e}e\u{200b}f\u{7f}g\u{e0041}h";
    assert_eq!(ended.stdout.matches(shown).count(), 3, "{}", ended.stdout);
}

/// A folder with a rule and a claim of hostile ids, and `verify` of them in a small scope.
fn verify_hostile(flags: &[&str]) -> (tempfile::TempDir, Ended) {
    let known = "oval:patchstate.ms10-040-w3dt:def:1";
    let document = fs::read_to_string("corpus/rules/ms10-040-w3dt.xml").expect("a document");
    let document = document.replace(known, &format!("{known}{}", in_xml()));
    let id = HOSTILE.chars().map(|c| format!("\\U{:08X}", u32::from(c)));
    let id = id.collect::<Vec<_>>().concat();
    let claim = format!(
        "[[claim]]\nid = \"{id}\"\ntext = \"{id}\"\nsource = \"{id}\"\nreading = \"{id}\"\n\
         recorded = \"holds\"\nrests_on = []\n\
         scope = {{ components = [\"iis_common\"], updates = [\"KB973917\"] }}\n\
         property = {{ kind = \"always\", then = [\"broken\"] }}\n"
    );
    let place = folder(&[("rule.xml", &document), ("claim.toml", &claim)]);
    let (rule, claim) = (place.path().join("rule.xml"), place.path().join("claim.toml"));
    let scope = ["--components", "iis_common", "--updates", "KB973917", "--claims", word(&claim)];
    let ended = run(&[&["verify", word(&rule), "--arch", "x64"][..], &scope, flags].concat());
    (place, ended)
}

#[test]
fn ids_of_rules_and_claims_are_shown_in_harmless_letters() {
    let (_place, ended) = verify_hostile(&[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""), "{}", ended.stdout);
    check_harmless(&ended.stdout);
    for shown in [r"w3dt:def:1a]0;bc\u{9b}2Jd\u{202e}e", r" a\u{1b}]0;b\u{7}c\u{9b}2Jd"] {
        assert!(ended.stdout.contains(shown), "{}", ended.stdout);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_was_written_is_named_in_harmless_letters() {
    let place = folder(&[]);
    let baselines = place.path().join(format!("{HOSTILE}\nerror"));
    let rule = "corpus/rules/article-rule-of-thumb.rule.toml";
    let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
    let accept = ["--baseline", word(&baselines), "--update-baseline"];
    let said = run(&[&["verify", rule][..], &scope, &accept].concat()).stderr;
    check_harmless(&said);
    assert!(said.contains(r"l\u{a}error/article-rule-of-thumb.toml: written"), "{said}");

    let place = hostile_scenarios();
    for words in [&["init", "-q"][..], &["add", "."], &COMMIT] {
        let done = Command::new("git").current_dir(place.path()).args(words).output();
        assert!(done.expect("git runs").status.success(), "{words:?}");
    }
    let said = run(&["test", "--update", word(place.path())]).stderr;
    check_harmless(&said);
    assert!(said.starts_with("updated ") && said.contains(r"a\u{1b}]0;b"), "{said}");
}

#[cfg(unix)]
const COMMIT: [&str; 7] = ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"];

#[test]
fn sarif_has_ids_in_harmless_letters_that_still_belong_together() {
    let (_place, ended) = verify_hostile(&["--format", "sarif"]);
    check_harmless(&ended.stdout);
    let object = ended.json();
    let run = &object["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let has = |start: &str, part: &str| {
        let mut ids = rules.iter().filter_map(|rule| rule["id"].as_str());
        assert!(ids.any(|id| id.starts_with(start) && id.contains(part)), "{rules:#?}");
    };
    has("oval:patchstate.ms10-040-w3dt:def:1a", r"c\u{9b}2Jd\u{202e}e");
    has("claim/a", r"\u{1b}]0;b");
    let results = run["results"].as_array().expect("results");
    assert!(!results.is_empty());
    for result in results {
        let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
        assert_eq!(result["ruleId"], rules[index.expect("an index")]["id"]);
    }
}

#[test]
fn junit_has_the_ids_of_a_verification_in_harmless_letters() {
    let (_place, ended) = verify_hostile(&["--format", "junit"]);
    check_harmless(&ended.stdout);
    for shown in [r"w3dt:def:1a]0;bc\u{9b}2Jd\u{202e}e", r"a\u{1b}]0;b\u{7}c\u{9b}2Jd"] {
        assert!(ended.stdout.contains(shown), "{}", ended.stdout);
    }
}

/// A document with U+FFFE or U+FFFF in it is no XML document.
#[cfg(unix)]
#[test]
fn junit_has_the_names_of_scenarios_in_letters_that_xml_allows() {
    let place = hostile_scenarios();
    let ended = run(&["test", word(place.path()), "--format", "junit"]);
    check_harmless(&ended.stdout);
    for shown in [r"j\u{fffe}k\u{ffff}l 1", r"j\u{fffe}k\u{ffff}l.md", r"a\u{1b}]0;b\u{7}c"] {
        assert!(ended.stdout.contains(shown), "{}", ended.stdout);
    }
}

/// Every name is what it is, and can be looked at on a terminal all the same.
#[cfg(unix)]
#[test]
fn json_has_every_name_exactly_and_nothing_that_directs_a_terminal() {
    let place = hostile_scenarios();
    let out = place.path().join("result.json");
    let line = ["test", word(place.path()), "--json"];
    let ended = run(&[&line[..], &["--color", "always"]].concat());
    check_harmless(&ended.stdout);
    let file = &ended.json()["files"][0];
    assert_eq!(file["file"], format!("{}/{HOSTILE}.md", word(place.path())));
    assert_eq!(file["scenarios"][0]["name"], format!("{HOSTILE} 1"));
    assert_eq!(run(&[&line[..], &["--output", word(&out)]].concat()).code, 1);
    assert_eq!(fs::read_to_string(&out).expect("a file"), ended.stdout);

    let (_place, ended) = verify_hostile(&["--json"]);
    check_harmless(&ended.stdout);
    let object = ended.json();
    let id = format!("oval:patchstate.ms10-040-w3dt:def:1{}", in_xml());
    assert_eq!(object["rules"][1]["rule"], id);
    let claims = object["claims"].as_array().expect("claims");
    assert!(claims.iter().any(|claim| claim["id"] == HOSTILE), "{claims:#?}");
}

#[test]
fn annotations_have_nothing_that_directs_a_terminal() {
    check_harmless(&verify_hostile(&["--format", "github"]).1.stdout);
}
