//! Programs as rules, through the whole command: which files they get, that staying changes
//! nothing, and that what they should not do is seen, whatever the number of threads.

use crate::program::{folder, run, word};
use serde_json::{Value, json};
use std::process::Command;

const SCOPE: [&str; 4] = ["--components", "iis_common", "--updates", "KB973917"];

/// A number of hosts, which stands in digits.
fn number(digits: &Value) -> u64 {
    digits.as_str().and_then(|digits| digits.parse().ok()).unwrap_or_else(|| panic!("{digits}"))
}

/// The counts of the rule that was verified beside the core.
fn counts(words: &[&str]) -> [u64; 5] {
    let ended = run(&[&["verify"], words, &SCOPE, &["--json"]].concat());
    let object = ended.json();
    let keys =
        ["true_positive", "false_positive", "true_negative", "false_negative", "inconclusive"];
    keys.map(|key| number(&object["rules"][1][key]))
}

/// How many hosts an architecture has in the scope.
fn states(arch: &str) -> u64 {
    let object: Value = run(&[&["verify", "--arch", arch, "--json"], &SCOPE[..]].concat()).json();
    number(&object["arches"][0]["hosts"])
}

/// In a run over both architectures, images of x64 hosts were once those of x86 hosts.
#[cfg(unix)]
#[test]
fn a_program_gets_the_files_of_the_host_that_it_is_asked_about() {
    // The machine stands behind the signature of a PE file: 8664 is x64.
    let is_x64 = "LC_ALL=C grep -aqP 'PE\\x00\\x00\\x64\\x86' \"$1/WINDOWS/system32/ntoskrnl.exe\"";
    let once = format!(
        "id = \"once\"\ntitle = \"It is for x86\"\n\
         command = [\"sh\", \"-c\", '''{is_x64}''', \"x\"]\n"
    );
    let each = format!(
        "while IFS= read -r f; do set -- \"$f\"\nif {is_x64}; then s=consistent; else s=mismatch; \
         fi\necho \"{{\\\"status\\\": \\\"$s\\\", \\\"folder\\\": \\\"$f\\\"}}\"; done\n"
    );
    let lines = "id = \"lines\"\ntitle = \"It is for x86\"\ncommand = [\"sh\", \"check.sh\"]\n\
        protocol = \"lines\"\n";
    let files = [("a.external.toml", &*once), ("b.external.toml", lines), ("check.sh", &*each)];
    let place = folder(&files);
    let (x86, x64) = (states("x86"), states("x64"));
    for name in ["a.external.toml", "b.external.toml"] {
        let [tp, fp, tn, fn_, inconclusive] = counts(&[word(&place.path().join(name))]);
        assert_eq!((tp + fp, tn + fn_, inconclusive), (x86, x64, 0), "{name}");
    }
}

#[test]
fn the_example_says_the_same_whether_it_stays_or_not() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        println!("not checked: examples/older_than_os.py; there is no python3");
        return;
    }
    // Started dozens of times on a busy machine, Python may take longer than ten seconds once.
    let text = std::fs::read_to_string("examples/older-than-os.external.toml").expect("a rule");
    let text = text.replace("timeout_seconds = 10", "timeout_seconds = 120");
    let script = std::fs::read_to_string("examples/older_than_os.py").expect("a script");
    let place = folder(&[("once.external.toml", &*text), ("older_than_os.py", &*script)]);
    let once = counts(&[word(&place.path().join("once.external.toml"))]);
    let lines = counts(&["examples/older-than-os-lines.external.toml"]);
    assert_eq!(once, lines);
    let [found, _, right, missed, inconclusive] = lines;
    // It sees what is older than the system, and not what is newer.
    assert!(found > 0 && right > 0 && missed > 0 && inconclusive == 0, "{lines:?}");
}

/// Before, a program was told the Windows folder itself where that was named.
#[cfg(unix)]
#[test]
fn a_program_is_told_the_folder_above_the_windows_folder_whichever_is_named() {
    let script = "[ -e \"$1/WINDOWS/system32/ntoskrnl.exe\" ] && exit 1\nexit 0\n";
    let place = folder(&[("a.external.toml", &*rule("a", "check.sh", "")), ("check.sh", script)]);
    let host = place.path().join("host");
    let built = run(&["build", "os:rtm", "+iis", "--out", word(&host)]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let file = place.path().join("a.external.toml");
    for named in [host.clone(), host.join("WINDOWS")] {
        let object = run(&["scan", word(&named), "--rule", word(&file), "--json"]).json();
        assert_eq!(object["rules"][0]["status"], "mismatch", "{object:#}");
    }
}

/// Every level of the system with every copy of the file or none: 3 times 4 on x86, where RTM, SP1
/// and SP2 are, and 2 times 3 on x64, where SP1 and SP2 are.
#[cfg(unix)]
#[test]
fn a_program_is_asked_once_about_the_files_that_it_reads() {
    let system = "$1/WINDOWS/system32";
    let script = format!(
        "[ -z \"$2\" ] || echo x >> count\n[ -e \"{system}/inetsrv/iisutil.dll\" ] || exit 0\n\
         cmp -s \"{system}/inetsrv/iisutil.dll\" \"{system}/ntoskrnl.exe\"\n"
    );
    let reads = "reads = [\"system32/ntoskrnl.exe\", \"system32/inetsrv/iisutil.dll\"]\n";
    let counted =
        "id = \"b\"\ntitle = \"B\"\ncommand = [\"sh\", \"check.sh\", \"{folder}\", \"c\"]\n";
    let all = rule("a", "check.sh", "");
    let files = [
        ("a.external.toml", &*all),
        ("b.external.toml", &*format!("{counted}{reads}")),
        ("check.sh", &*script),
    ];
    let place = folder(&files);
    let of = |name: &str| counts(&[word(&place.path().join(name))]);
    let said = of("a.external.toml");
    assert_eq!(of("b.external.toml"), said);
    let command = format!("sh {}", word(&place.path().join("check.sh")));
    let list = "system32/ntoskrnl.exe, system32/inetsrv/iisutil.dll";
    assert_eq!(counts(&["--command", &command, "--reads", list]), said);
    let asked = std::fs::read_to_string(place.path().join("count")).expect("it was asked");
    // And once before the search, whether it can be asked at all.
    assert_eq!(asked.lines().count(), 18 + 1);
    // Over the whole scope, only that which reads files of one of them is proved.
    let words = [word(place.path()), "--arch", "x64", "--components", "iis_ftp,iis_smtp"];
    let object = run(&[&["verify"], &words[..], &["--slices", "--json"]].concat()).json();
    let open = |rule: usize| object["rules"][rule]["open"].clone();
    assert_eq!((open(1)[0]["arch"].as_str(), open(2)), (Some("x64"), json!([])), "{object:#}");
    let reason = open(1)[0]["reason"].to_string();
    assert!(reason.contains("no `reads` names those"), "{reason}");
}

/// What the rules say that were verified beside the core, each as its counts and why it is first
/// inconclusive; the same with one thread and with two.
#[track_caller]
fn said(rules: &[&str]) -> Vec<([u64; 5], Option<String>)> {
    let words = |jobs| [&["verify", "--jobs", jobs], rules, &SCOPE[..], &["--json"]].concat();
    let [one, two] = ["1", "2"].map(|jobs| run(&words(jobs)));
    assert_eq!(one.stdout, two.stdout);
    let object = one.json();
    let keys =
        ["true_positive", "false_positive", "true_negative", "false_negative", "inconclusive"];
    let rules = object["rules"].as_array().expect("a list").iter().skip(1);
    let said = |rule: &Value| {
        let counts = keys.map(|key| number(&rule[key]));
        (counts, rule["inconclusive_reason"].as_str().map(str::to_owned))
    };
    rules.map(said).collect()
}

/// A rule that is a script, with lines after its command.
#[cfg(unix)]
fn rule(id: &str, script: &str, rest: &str) -> String {
    format!("id = \"{id}\"\ntitle = \"A rule\"\ncommand = [\"sh\", \"{script}\"]\n{rest}")
}

/// Before, `run` told the reason of a program, and `verify` did not.
#[cfg(unix)]
#[test]
fn a_counterexample_of_a_program_is_told_with_its_reason() {
    let script = "echo '{\"status\": \"mismatch\", \"reason\": \"the kernel looks odd\"}'\n";
    let place = folder(&[("says.sh", script), ("a.external.toml", &*rule("a", "says.sh", ""))]);
    let words = [&["verify", word(place.path()), "--arch", "x64"], &SCOPE[..]].concat();
    let text = run(&words).stdout;
    assert!(text.contains("  it says: the kernel looks odd\n"), "{text}");
    let object = run(&[&words[..], &["--json"]].concat()).json();
    let shown = object["rules"][1]["counterexamples"].as_array().expect("a list");
    assert!(!shown.is_empty());
    assert!(shown.iter().all(|shown| shown["reason"] == "the kernel looks odd"), "{shown:?}");
}

/// Before, each rule behind one that removes files, and each host that came next, was without them.
#[cfg(unix)]
#[test]
fn what_a_program_does_to_its_folder_is_inconclusive_and_seen_by_no_other_rule() {
    let find = "find \"$1\" -name ntoskrnl.exe";
    let remove = format!("{find} -exec rm -f {{}} +\nexit 0\n");
    let write = format!("{find} -exec chmod u+w {{}} + -exec cp check.sh {{}} \\;\nexit 0\n");
    let check = format!("{find} -size +9k | grep -q . || exit 1\nexit 0\n");
    let lines = "while IFS= read -r f; do rm \"$f/WINDOWS/system32/config/software\"\n\
        echo \"{\\\"status\\\": \\\"consistent\\\", \\\"folder\\\": \\\"$f\\\"}\"; done\n";
    let place = folder(&[
        ("remove.sh", &*remove),
        ("write.sh", &*write),
        ("check.sh", &*check),
        ("lines.sh", lines),
        ("a.external.toml", &*rule("a", "remove.sh", "")),
        ("b.external.toml", &*rule("b", "write.sh", "")),
        ("c.external.toml", &*rule("c", "lines.sh", "protocol = \"lines\"\n")),
        ("d.external.toml", &*rule("d", "check.sh", "")),
    ]);
    let said = said(&[word(place.path())]);
    let all = states("x86") + states("x64");
    let changed = |change: &str| {
        Some(format!("`sh` changed the files that it was to judge: WINDOWS/system32/{change}"))
    };
    for ((counts, reason), change) in said.iter().zip([
        "ntoskrnl.exe was removed",
        "ntoskrnl.exe was written to or replaced",
        "config/software was removed",
    ]) {
        assert_eq!((*counts, reason), ([0, 0, 0, 0, all], &changed(change)));
    }
    let ([found, flagged, _, _, inconclusive], reason) = &said[3];
    assert_eq!((*found, *flagged, *inconclusive, reason), (0, 0, 0, &None));
}

/// Before, the second line was the answer to the next folder, and which that was hung on threads.
#[cfg(unix)]
#[test]
fn a_program_that_stays_and_answers_twice_is_inconclusive_about_everything() {
    let say = "say() { echo \"{\\\"status\\\": \\\"$1\\\", \\\"folder\\\": \\\"$f\\\"}\"; }\n";
    // To the fifth question; at once and late.
    let script = |second: &str| {
        format!(
            "{say}n=0\nwhile IFS= read -r f; do n=$((n+1)); say consistent\n\
             [ $n != 5 ] || {second}\ndone\n"
        )
    };
    let (at_once, late) = (script("say mismatch"), script("(sleep 0.5; say mismatch) &"));
    let lines = "protocol = \"lines\"\n";
    let place = folder(&[
        ("at_once.sh", &*at_once),
        ("late.sh", &*late),
        ("a.external.toml", &*rule("a", "at_once.sh", lines)),
        ("b.external.toml", &*rule("b", "late.sh", lines)),
    ]);
    let all = states("x86") + states("x64");
    let reason = "`sh` wrote more lines than it was asked questions: expected one line for each \
                  folder, and nothing else";
    let expected = ([0, 0, 0, 0, all], Some(reason.to_owned()));
    assert_eq!(said(&[word(place.path())]), [expected.clone(), expected]);
}

/// Before, these were exit code 0.
#[cfg(unix)]
#[test]
fn json_that_is_cut_off_or_misspelt_beside_exit_code_0_is_inconclusive() {
    let place = folder(&[
        ("cut.sh", "printf '{\"status\": \"mismatch\"'\n"),
        ("typo.sh", "echo '{\"stauts\": \"mismatch\"}'\n"),
        ("a.external.toml", &*rule("a", "cut.sh", "")),
        ("b.external.toml", &*rule("b", "typo.sh", "")),
    ]);
    let said = said(&[word(place.path())]);
    for ((counts, reason), begins) in said.iter().zip([
        "the answer of `sh` is not JSON: EOF",
        "the answer of `sh` has no `status`; expected one JSON object with a `status`",
    ]) {
        assert_eq!(counts[..4], [0; 4]);
        assert!(counts[4] > 0 && reason.as_ref().is_some_and(|why| why.contains(begins)));
    }
}

/// The bits of the signals that this process ignores, from proc(5).
#[cfg(unix)]
fn ignored_signals() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let bits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(bits.trim(), 16).ok()
}

/// A program that a signal ends takes along the programs of rules, which the signals of a terminal
/// do not reach, and the hosts that it has written for them.
#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_leaves_nothing_behind() {
    use std::{io::Read, os::unix::process::ExitStatusExt};
    let lines = "protocol = \"lines\"\n";
    let mut signals = vec![("TERM", 15, ""), ("TERM", 15, lines)];
    // Whoever started the tests may have switched the others off for them, as `nohup` and a shell
    // without a terminal do; then they are for the program, too. Only Linux says so.
    if let Some(ignored) = ignored_signals() {
        let others = [("INT", 2, ""), ("HUP", 1, "")].into_iter();
        signals.extend(others.filter(|(_, number, _)| ignored >> (number - 1) & 1 == 0));
    }
    for (name, number, protocol) in signals {
        let text = format!(
            "id = \"slow\"\ntitle = \"It takes its time\"\n{protocol}timeout_seconds = 600\n\
             command = [\"sh\", \"-c\", \"exec 3>alive; sleep 30; echo survived >&3\"]\n"
        );
        let place = folder(&[("a.external.toml", &*text)]);
        let temporary = place.path().join("temporary");
        std::fs::create_dir(&temporary).expect("a folder");
        let alive = place.path().join("alive");
        assert!(Command::new("mkfifo").arg(&alive).status().expect("mkfifo").success());

        let mut program = Command::new(env!("CARGO_BIN_EXE_patchstate"));
        program.env("TMPDIR", &temporary).args(["verify", "-q"]).args(SCOPE);
        let mut program = program.arg(place.path().join("a.external.toml")).spawn().expect("it");
        // Opens once the program of the rule has, and ends when that and its children have ended.
        let mut said = std::fs::File::open(&alive).expect("a pipe");
        assert_eq!(std::fs::read_dir(&temporary).expect("a folder").count(), 1);
        let kill = ["-s", name, &program.id().to_string()];
        assert!(Command::new("kill").args(kill).status().expect("kill").success());
        let mut text = String::new();
        said.read_to_string(&mut text).expect("text");
        assert_eq!(text, "", "{name}");
        let signal = program.wait().expect("it ends").signal();
        assert_eq!(signal, Some(number), "{name}");
        assert_eq!(std::fs::read_dir(&temporary).expect("a folder").count(), 0, "{name}");
    }
}

/// Before, such a program was started for every host, each of which was then inconclusive.
#[cfg(unix)]
#[test]
fn a_program_that_cannot_be_started_is_bad_input_with_its_line() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let place = folder(&[
        ("plain", "echo\n"),
        ("wrong", "#!/no/such/interpreter\n"),
        ("env", "#!/usr/bin/env -S patchstate-no-such-program -x\n"),
        ("here.md", "# H\n\n```steps\nos:rtm\n```\n\n```expect\n[rules]\na = \"drift\"\n```\n"),
    ]);
    for name in ["wrong", "env"] {
        let file = place.path().join(name);
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("rights");
    }
    let file = place.path().join("a.external.toml");
    let host = place.path().join("host");
    assert_eq!(run(&["build", "os:rtm", "+iis", "--out", word(&host)]).code, 0);
    let scenarios = place.path().join("here.md");
    let built_in = "iis-fits-os";
    let commands = [
        [&["verify", word(&file)], &SCOPE[..]].concat(),
        [&["diff", built_in, word(&file)], &SCOPE[..]].concat(),
        vec!["scan", word(&host), "--rule", word(&file)],
        vec!["test", word(&scenarios)],
    ];
    for (program, expected) in [
        ("patchstate-no-such-program", "there is no program `patchstate-no-such-program`"),
        ("./plain", "may not be executed: run `chmod +x` on it"),
        ("./wrong", "names the interpreter `/no/such/interpreter`"),
        ("./env", "names the interpreter `patchstate-no-such-program`"),
    ] {
        for protocol in ["once", "lines"] {
            let text = format!(
                "id = \"a\"\ntitle = \"A\"\nprotocol = \"{protocol}\"\ncommand = [\"{program}\"]\n"
            );
            fs::write(&file, text).expect("a file");
            for command in &commands {
                let ended = run(command);
                assert_eq!(ended.code, 2, "{command:?} {}", ended.stderr);
                assert!(ended.stderr.contains(expected), "{command:?} {}", ended.stderr);
                assert!(ended.stderr.contains("a.external.toml:4:12"), "{}", ended.stderr);
            }
        }
    }
    let line = ["--command", "patchstate-no-such-program {folder}"];
    let ended = run(&[&["verify"], &line[..], &SCOPE[..]].concat());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("<command>"), "{}", ended.stderr);
}

/// How many lines a program has written into a file beside the rule.
#[cfg(unix)]
fn count(place: &tempfile::TempDir, name: &str) -> usize {
    std::fs::read_to_string(place.path().join(name)).map_or(0, |text| text.lines().count())
}

/// Before, it was started for each of some hundred sets of files.
#[cfg(unix)]
#[test]
fn a_program_that_always_fails_in_the_same_way_is_asked_five_times() {
    let place = folder(&[
        ("check.sh", "echo x >> count\necho 'no module lief' >&2\nexit 9\n"),
        ("a.external.toml", &*rule("a", "check.sh", "")),
    ]);
    let all = states("x86") + states("x64");
    let reason = "`sh` is not asked any more after 5 equal failures in a row: `sh` ended with exit \
                  code 9, which stands for no status; it wrote: no module lief";
    let expected = ([0, 0, 0, 0, all], Some(reason.to_owned()));
    assert_eq!(said(&[word(place.path())]), [expected]);
    // With one thread and with two.
    assert_eq!(count(&place, "count"), 10);
    let silent =
        folder(&[("check.sh", "exit 7\n"), ("a.external.toml", &*rule("a", "check.sh", ""))]);
    let (_, reason) = said(&[word(silent.path())]).remove(0);
    let reason = reason.expect("a reason");
    assert!(
        reason.contains(" is not asked any more after 5 equal failures in a row: `sh`"),
        "{reason}"
    );
    let ended = run(&[&["verify", word(place.path())], &SCOPE[..]].concat());
    assert_eq!(ended.code, 3, "{}", ended.stdout);
}

/// Before, a program that stays and keeps its answers for itself cost its time for each of the
/// hosts: 170 s with one time-out of ten seconds after the other.
#[cfg(unix)]
#[test]
fn a_program_is_given_up_after_three_time_outs() {
    let place = folder(&[
        ("once.sh", "echo x >> count\nsleep 60\n"),
        ("lines.sh", "while read -r f; do echo x >> count; done\nsleep 60\n"),
        ("a.external.toml", &*rule("a", "once.sh", "timeout_seconds = 0.4\n")),
        (
            "b.external.toml",
            &*rule("b", "lines.sh", "timeout_seconds = 0.4\nprotocol = \"lines\"\n"),
        ),
    ]);
    let all = states("x86") + states("x64");
    for (name, number, reason) in [
        ("a.external.toml", 3, "3 time-outs: `sh` gave no answer within 0.4 s"),
        (
            "b.external.toml",
            2,
            "2 time-outs: `sh` wrote nothing within 0.4 s: does it flush its output after each \
             line?",
        ),
    ] {
        let reason = format!("`sh` is not asked any more after {reason}");
        let said = said(&[word(&place.path().join(name))]);
        assert_eq!(said, [([0, 0, 0, 0, all], Some(reason))], "{name}");
        assert_eq!(count(&place, "count"), 2 * number, "{name}");
        std::fs::remove_file(place.path().join("count")).expect("a file");
    }
}

/// Hosts on which it is silent are met after others that it has answered about.
#[cfg(unix)]
#[test]
fn time_outs_that_begin_later_take_back_what_was_said() {
    let iis = "[ -d \"$1/WINDOWS/system32/inetsrv\" ]";
    let place = folder(&[
        ("check.sh", &*format!("{iis} && sleep 60\nexit 0\n")),
        ("a.external.toml", &*rule("a", "check.sh", "timeout_seconds = 1\n")),
    ]);
    let all = states("x86") + states("x64");
    let reason = "`sh` is not asked any more after 3 time-outs: `sh` gave no answer within 1 s";
    let ([found, flagged, right, missed, inconclusive], why) =
        said(&[word(place.path())]).pop().expect("a rule");
    assert_eq!([found, flagged, right, missed, inconclusive], [0, 0, 0, 0, all]);
    assert!(why.is_some_and(|why| why.starts_with(reason)));
}

/// It answers about the bare systems, and fails in the same way about all others.
#[cfg(unix)]
#[test]
fn a_program_that_fails_later_is_asked_no_more_after_equal_failures_in_a_row() {
    let iis = "[ -d \"$1/WINDOWS/system32/inetsrv\" ]";
    let place = folder(&[
        ("check.sh", &*format!("echo x >> count\n{iis} && exit 9\nexit 0\n")),
        ("a.external.toml", &*rule("a", "check.sh", "")),
    ]);
    let (counts, why) = said(&[word(place.path())]).pop().expect("a rule");
    assert!(counts[2] > 0 && counts[4] > 0, "{counts:?}");
    let reason = "the program is not asked any more after 5 equal failures in a row: `sh` ended \
                  with exit code 9, which stands for no status";
    assert_eq!(why.as_deref(), Some(reason));
}
