//! Help, usage, the man page, schemas, and what shells complete.

use crate::{
    program::{run, run_line},
    transcripts::{check, check_line},
};

#[test]
fn every_command_has_help_with_an_example() {
    let commands = [
        "verify",
        "test",
        "mutate",
        "diff",
        "fixtures",
        "init",
        "catalog",
        "check",
        "run",
        "repair",
        "explore",
        "build",
        "scan",
        "inspect",
        "list",
        "explain",
        "completions",
        "man",
        "schema",
        "help",
    ];
    check_line("help", "--help");
    for command in commands {
        let ended = run(&[command, "--help"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
        assert!(ended.stdout.contains(&format!("Example: patchstate {command}")), "{command}");
        let short = run(&[command, "-h"]);
        check(&format!("help_{command}"), &format!("{command} -h"), &short, &[]);
    }
}

#[test]
fn help_on_a_command_is_what_the_command_says_itself() {
    for command in ["run", "verify", "help"] {
        let words = run(&["help", command]);
        assert_eq!((words.code, words.stderr.as_str()), (0, ""));
        assert_eq!(words.stdout, run(&[command, "--help"]).stdout, "{command}");
    }
    assert_eq!(run_line("help").stdout, run_line("--help").stdout);
    let unknown = run_line("help rnu");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("unrecognized subcommand 'rnu'"), "{}", unknown.stderr);
}

#[test]
fn no_help_has_marks_of_markdown_and_usage_says_that_a_command_is_optional() {
    let help = run_line("--help").stdout;
    assert!(help.contains("Usage: patchstate [OPTIONS] [COMMAND]"), "{help}");
    let listed = help.split("Commands:").nth(1).expect("a list of commands");
    let listed = listed.split("\n\n").next().unwrap_or_default().lines();
    let commands = listed.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let is_name = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut count = 0;
    for command in commands.filter(is_name) {
        let said = run(&[command, "--help"]);
        if said.code != 0 {
            // The second line of a command's summary begins with a word of it.
            continue;
        }
        count += 1;
        assert!(!said.stdout.contains('`'), "{command}\n{}", said.stdout);
        assert!(said.stdout.contains("Example: patchstate"), "{command}");
    }
    assert!(count >= 17, "{count} commands");
    assert!(!run_line("man").stdout.contains('`'));
    assert!(!help.contains('`'), "{help}");
}

#[test]
fn shells_complete_steps_topics_settings_and_schemas() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]).stdout;
        for word in [
            "os:rtm",
            "kb973917/v1",
            "rule-files",
            "w3core.dll",
            "MS10-040",
            "A3=sp1-only",
            "iis_www",
            "KB982666",
            "inspect",
        ] {
            let word = if shell == "zsh" { word.replace(':', "\\:") } else { word.to_owned() };
            assert!(script.contains(&word), "{shell}: {word}");
        }
    }
}

/// What bash offers with this script, by a line that somebody has typed so far.
#[cfg(unix)]
fn offered_by_bash(script: &str, line: &str) -> Vec<String> {
    let ask = "COMP_LINE=\"$1\"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()\n\
               _patchstate_with_colons patchstate\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let mut bash = assert_cmd::Command::new("bash");
    let output = bash.args(["-c", &format!("{script}\n{ask}"), "bash", line]).output();
    let output = output.expect("bash starts");
    let said = String::from_utf8(output.stdout).expect("a text");
    said.lines().map(str::to_owned).collect()
}

#[test]
#[cfg(unix)]
fn bash_completes_steps_with_colons_and_hyphens() {
    let script = run(&["completions", "bash"]).stdout;
    for (line, offered) in [
        ("patchstate run os:r", vec!["rtm"]),
        ("patchstate run os:sp1 -sp", vec!["-sp1", "-sp2"]),
        ("patchstate run os:rtm +iis@", vec!["+iis@rtm", "+iis@sp1", "+iis@sp2"]),
        ("patchstate run os:rtm kb9739", vec!["kb973917", "kb973917/v1", "kb973917/v2"]),
        ("patchstate explore os:rtm kb973917/", vec!["kb973917/v1", "kb973917/v2"]),
        ("patchstate schema mu", vec!["mutate"]),
        ("patchstate explain w3core", vec!["w3core.dll"]),
        ("patchstate help rep", vec!["repair"]),
        ("patchstate run --assume A3=", vec!["A3=all", "A3=sp1-only"]),
    ] {
        assert_eq!(offered_by_bash(&script, line), offered, "{line}");
    }
}

#[test]
fn every_schema_is_named_by_the_help_of_schema() {
    let help = run_line("schema --help").stdout;
    for command in ["build", "check", "diff", "explain", "init", "mutate", "verify"] {
        assert!(help.contains(command), "{command}\n{help}");
        assert_eq!(run(&["schema", command]).code, 0);
    }
}

#[test]
fn colours_of_usage_errors_are_as_asked_for() {
    for (line, has_colours) in [
        ("rnu --color always", true),
        ("--color=always rnu", true),
        ("--color never rnu", false),
        ("rnu", false),
    ] {
        let ended = run_line(line);
        assert_eq!((ended.code, ended.stderr.contains('\u{1b}')), (2, has_colours), "{line}");
    }
}

#[test]
fn the_man_page_has_its_sections() {
    let page = run_line("man");
    check("man", "man", &page, &[]);
    let heads = |start: &str| -> Vec<String> {
        let lines = page.stdout.lines().filter_map(|line| line.strip_prefix(start));
        lines.map(|head| head.trim_matches('"').to_owned()).collect()
    };
    assert_eq!(heads(".TH ").len(), 1, "one page");
    assert_eq!(
        heads(".SH "),
        [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "COMMANDS",
            "OPTIONS",
            "COMMON OPTIONS",
            "STEPS",
            "EXIT STATUS",
            "ENVIRONMENT",
            "EXAMPLES"
        ]
    );
}
