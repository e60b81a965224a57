//! Flags, exit codes, and what they promise.

use crate::program::{catalog, command, ended, folder, run, run_line, word};

#[test]
fn flags_stand_before_between_and_after_steps() {
    let expected = run_line("run --arch x64 --json os:sp1 sp2 +iis@sp1 -sp2");
    assert_eq!(expected.code, 0, "{}", expected.stderr);
    for line in [
        "--json run os:sp1 --arch x64 sp2 +iis@sp1 -sp2",
        "run os:sp1 sp2 +iis@sp1 -sp2 --arch=x64 --format json",
        "-q run --arch x64 os:sp1 -j1 sp2 --json -v +iis@sp1 -sp2 -q",
        "run --arch x64 --json -- os:sp1 sp2 +iis@sp1 -sp2",
        "-j 2 --color never run OS:SP1 SP2 +IIS@SP1 -SP2 --json --arch x64",
    ] {
        let ended = run_line(line);
        assert_eq!((ended.stdout, ended.code), (expected.stdout.clone(), 0), "{line}");
    }
}

#[test]
fn behind_two_hyphens_every_word_is_a_step() {
    let ended = run_line("run os:rtm -- --json");
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("step 2: `--json` is not a step"), "{}", ended.stderr);
}

#[test]
fn without_a_command_it_verifies() {
    let [short, long] = [
        "--arch x64 --components iis --max-depth 1",
        "verify --arch x64 --components iis --max-depth 1",
    ];
    assert_eq!(run_line(short).stdout, run_line(long).stdout);
}

#[test]
fn exit_codes_are_those_of_the_documentation() {
    let empty = folder(&[]);
    for (line, code) in [
        ("run os:rtm sp2 +iis", 0),
        ("run os:rtm", 0),
        ("run os:rtm sp2 +iis@rtm kb973917/v1", 1),
        ("run os:rtm sp2 +iis@rtm", 1),
        ("run os:sp2 +iis kb2124261 -iis +iis", 1),
        ("run os:rtm +nothing", 2),
        ("verify --arch x64 --components iis --max-depth 1", 3),
        ("verify --arch x64 --components iis --max-states 3", 3),
        ("verify --arch x64 --components none --updates none", 0),
        ("verify --arch x64 --components= --updates=", 2),
        // No host of the scope is broken, for which the rule stands.
        ("verify article-rule-of-thumb --arch x64 --components none", 3),
    ] {
        assert_eq!(run_line(line).code, code, "{line}");
    }
    for command in ["test", "check"] {
        assert_eq!(run(&[command, word(empty.path())]).code, 4, "{command}");
    }
}

#[test]
fn exit_zero_makes_findings_and_bounds_a_success_but_not_mistakes() {
    let empty = folder(&[]);
    for (line, code) in [
        ("run os:rtm sp2 +iis@rtm --exit-zero", 0),
        ("verify --arch x64 --components iis --max-depth 1 --exit-zero", 0),
        ("run os:rtm +nothing --exit-zero", 2),
    ] {
        assert_eq!(run_line(line).code, code, "{line}");
    }
    assert_eq!(run(&["test", word(empty.path()), "--exit-zero"]).code, 4);
}

#[test]
fn quiet_and_the_number_of_threads_change_no_result() {
    let expected = run_line("verify --arch x64 --components iis --max-depth 3 --json");
    for flags in ["-j 1", "-j1 -q", "--jobs=2 --quiet", "-j 7"] {
        let ended =
            run_line(&format!("verify --arch x64 --components iis --max-depth 3 --json {flags}"));
        assert_eq!((ended.stdout, ended.stderr), (expected.stdout.clone(), String::new()));
    }
}

#[test]
fn an_architecture_named_twice_is_looked_at_once() {
    let ended = run_line("verify --arch x64 --arch x64 --components iis --max-depth 1 --json");
    assert_eq!(ended.json()["arches"].as_array().expect("a list").len(), 1);
}

#[test]
fn components_and_updates_can_be_named_in_any_letter_case() {
    let upper = run_line("verify --arch x64 --components IIS --updates kb973917 --max-depth 2");
    let usual = run_line("verify --arch x64 --components iis --updates KB973917 --max-depth 2");
    assert_eq!(upper.stdout, usual.stdout);
}

#[test]
fn a_copy_of_the_catalog_gives_the_same_results() {
    let catalog = catalog(&[]);
    for line in ["run os:rtm sp2 +iis@rtm kb973917/v1 --json", "list files --json", "test"] {
        let words = line.split(' ').chain(["--catalog", word(catalog.path())]);
        let ended = run(&words.collect::<Vec<_>>());
        let expected = run_line(line);
        assert_eq!((ended.stdout, ended.code), (expected.stdout, expected.code), "{line}");
    }
}

#[test]
fn a_catalog_that_a_user_changes_changes_the_story() {
    let catalog =
        catalog(&[("components.toml", "title = \"IIS Manager\"", "title = \"Another name\"")]);
    let listed = run(&["list", "components", "--catalog", word(catalog.path())]);
    assert!(listed.stdout.contains("Another name"), "{}", listed.stdout);
}

#[test]
fn an_assumption_can_be_set_in_any_letter_case_and_changes_the_outcome() {
    let words = "run os:rtm sp2 +iis@rtm kb973917 --json";
    assert_eq!(run_line(words).json()["steps"][3]["outcome"], "refused");
    let ended = run_line(&format!("{words} --assume a3=SP1-only"));
    assert_eq!(ended.json()["steps"][3]["outcome"], "applied");
}

#[cfg(target_os = "linux")]
#[test]
fn an_internal_error_has_an_exit_code_of_its_own() {
    // No thread gets a stack of 8 GiB where a program may have 2 GiB. What the program itself needs
    // is left over: with little memory for many threads, it sometimes ended for lack of that.
    let program = env!("CARGO_BIN_EXE_patchstate");
    let script =
        format!("ulimit -v 2000000; RUST_MIN_STACK=8589934592 exec '{program}' -j 2 run os:rtm");
    let mut shell = assert_cmd::Command::new("sh");
    shell.args(["-c", &script]);
    let ended = ended(shell);
    assert_eq!(ended.code, 70, "{}", ended.stderr);
    assert!(ended.stderr.contains("the threads could not be started"), "{}", ended.stderr);
}

#[test]
fn completions_and_the_man_page_go_through_a_pipe() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = run(&["completions", shell]);
        assert_eq!(ended.code, 0);
        assert!(ended.stdout.contains("patchstate"), "{shell}");
        assert!(ended.stdout.contains("exit-zero"), "{shell}");
    }
    let ended = ended(command(&["man"]));
    assert!(ended.stdout.starts_with(".ie"), "{}", ended.stdout);
}
