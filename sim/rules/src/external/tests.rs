//! Programs as rules: what they answer, how they fail, and what keeps them in bounds.
//!
//! The programs are shell scripts, and Python where one is installed.

use super::{ExternalBounds, ExternalRule};
use crate::{Judgement, Rule, Subject};
use core::time::Duration;
use patchstate_detect::{Advisories, MemoryTree, gather};
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_terms::Status;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const HEAD: &str = "id = \"check\"\ntitle = \"A check\"\n";

/// A rule file beside a script `check.sh`, and a folder to judge.
pub(super) struct Place {
    pub(super) folder: TempDir,
}

impl Place {
    pub(super) fn new(script: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("check.sh"), script).unwrap();
        fs::create_dir_all(folder.path().join("host/WINDOWS")).unwrap();
        Self { folder }
    }

    pub(super) fn host(&self) -> PathBuf {
        self.folder.path().join("host")
    }

    pub(super) fn read(&self, rest: &str) -> (Option<ExternalRule>, Vec<Diagnostic>) {
        let source = SourceFile::new("check.external.toml", &format!("{HEAD}{rest}"));
        ExternalRule::read(&source, self.folder.path())
    }

    pub(super) fn rule(&self, rest: &str) -> ExternalRule {
        let (rule, mistakes) = self.read(rest);
        assert_eq!(mistakes, []);
        rule.unwrap()
    }

    /// What the script says, with these lines behind the command.
    fn judge(&self, rest: &str) -> Judgement {
        let rule = self.rule(&format!("command = [\"sh\", \"check.sh\", \"{{folder}}\"]\n{rest}"));
        judge(&rule, &self.host())
    }
}

pub(super) fn judge(rule: &dyn Rule, folder: &Path) -> Judgement {
    let tree = MemoryTree::new();
    let folder = folder.to_owned();
    rule.judge(&Subject {
        evidence: &gather(&tree, &Advisories::built_in()),
        tree: &tree,
        folder: Some(&folder),
    })
}

/// Why a judgement is inconclusive.
#[track_caller]
pub(super) fn reason(judgement: Judgement) -> String {
    assert_eq!(judgement.status, Status::Inconclusive, "{judgement:?}");
    judgement.reason.unwrap()
}

fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn by_convention_exit_codes_0_and_1_are_answers_and_all_others_are_none() {
    for (code, status) in [
        (0, Status::Consistent),
        (1, Status::Mismatch),
        (2, Status::Inconclusive),
        (3, Status::Inconclusive),
        (4, Status::Inconclusive),
        (77, Status::Inconclusive),
    ] {
        let judgement = Place::new(&format!("exit {code}")).judge("");
        assert_eq!(judgement.status, status, "{code}");
        if status == Status::Inconclusive {
            assert!(reason(judgement).contains(&format!("exit code {code}")));
        } else {
            assert_eq!(judgement.reason, None);
        }
    }
}

#[test]
fn a_table_says_what_each_exit_code_stands_for() {
    let answers = "[answers]\n0 = \"not-applicable\"\n3 = \"broken\"\n7 = \"inconclusive\"\n";
    let status = |code| Place::new(&format!("exit {code}")).judge(answers).status;
    assert_eq!(status(0), Status::NotApplicable);
    assert_eq!(status(3), Status::Broken);
    assert_eq!(status(7), Status::Inconclusive);
    let unknown = reason(Place::new("exit 1").judge(answers));
    assert_eq!(unknown, "`sh` ended with exit code 1, which stands for no status");
}

#[test]
fn an_object_on_the_output_is_an_answer_and_counts_more_than_the_exit_code() {
    let script =
        r#"echo '{"status": "drift", "reason": "an older file.", "findings": [1]}'; exit 1"#;
    for answers in ["", "answers = \"json\"\n"] {
        let judgement = Place::new(script).judge(answers);
        assert_eq!(judgement.status, Status::Drift);
        assert_eq!(judgement.reason.as_deref(), Some("an older file"));
    }
}

#[test]
fn by_convention_a_text_leaves_the_answer_to_the_exit_code() {
    for output in ["all is well", "status: {}", "\"broken\"", "7", " "] {
        let judgement = Place::new(&format!("echo '{output}'; exit 1")).judge("");
        assert_eq!(judgement.status, Status::Mismatch, "{output}");
    }
}

#[test]
fn by_convention_what_begins_like_json_and_is_no_answer_is_inconclusive() {
    let expected = "; expected one JSON object with a `status`, or a text that begins with \
                    neither `{` nor `[`, which leaves the answer to the exit code";
    for (output, says) in [
        ("{\"status\": \"mismatch\"", "is not JSON: EOF while parsing an object"),
        (" \n{\"stauts\": \"mismatch\"}", "has no `status`"),
        ("{}", "has no `status`"),
        ("[1]", "is not a JSON object"),
        ("[info] all is well", "is not JSON: expected value"),
        ("{\"status\": \"consistent\"}{\"status\": \"mismatch\"}", "is not JSON: trailing"),
        ("{\"status\": \"drift\", \"status\": \"broken\"}", "is not one answer: duplicate"),
    ] {
        for code in [0, 1, 3] {
            let script = format!("printf '%s' '{output}'; exit {code}");
            let reason = reason(Place::new(&script).judge(""));
            assert!(reason.starts_with(&format!("the answer of `sh` {says}")), "{reason}");
            assert!(reason.ends_with(expected), "{reason}");
        }
    }
    let reason = reason(Place::new("echo '{\"status\": \"borken\"}'; exit 0").judge(""));
    assert_eq!(reason, "the status `borken` of `sh` does not exist: did you mean `broken`?");
    // Where a table says what exit codes stand for, nothing that is printed counts.
    let judgement = Place::new("echo '{'").judge("[answers]\n0 = \"drift\"\n");
    assert_eq!(judgement.status, Status::Drift);
}

#[test]
fn a_byte_order_mark_before_an_answer_makes_it_no_text() {
    for answers in ["", "answers = \"json\"\n"] {
        let script = r#"printf '\357\273\277{"status": "mismatch"}'; exit 0"#;
        assert_eq!(Place::new(script).judge(answers).status, Status::Mismatch);
        // UTF-16 is not read, and is no text that leaves the answer to the exit code.
        let reason = reason(Place::new(r"printf '\377\376{\000}\000'; exit 0").judge(answers));
        assert!(reason.starts_with("the answer of `sh` is not JSON"), "{reason}");
    }
}

#[test]
fn nonsense_is_inconclusive_and_says_what_is_wrong() {
    for (output, expected) in [
        ("", "gave no answer"),
        ("{", "is not JSON"),
        ("{} {}", "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "has no `status`"),
        ("{\"status\": 1}", "`status` of `sh` is not a text"),
        ("{\"status\": \"borken\"}", "did you mean `broken`?"),
        ("{\"status\": \"good\"}", "expected one of `broken`, `mismatch`"),
        ("{\"status\": \"broken\", \"reason\": 7}", "`reason` of `sh` is not a text"),
        ("{\"status\": \"inconclusive\", \"reason\": \"no file\"}", "cannot tell: no file"),
    ] {
        let judgement = Place::new(&format!("echo '{output}'")).judge("answers = \"json\"\n");
        let reason = reason(judgement);
        assert!(reason.contains(expected), "{output}: {reason}");
    }
}

#[test]
fn a_crash_by_signal_is_inconclusive_whatever_was_printed() {
    let script = "echo '{\"status\": \"consistent\"}'; echo 'going down' >&2; kill -SEGV $$";
    for answers in ["", "answers = \"json\"\n"] {
        let reason = reason(Place::new(script).judge(answers));
        assert!(reason.starts_with("`sh` was ended by signal 11 (SIGSEGV)"), "{reason}");
        assert!(reason.ends_with("; it wrote: going down"), "{reason}");
    }
}

#[test]
fn when_the_time_is_over_the_program_and_what_it_started_are_ended() {
    // The grandchild keeps both pipes open, and would leave a mark later.
    let script = "(sleep 3; touch \"$1/mark\") &\necho started >&2\nsleep 60\n";
    let place = Place::new(script);
    let reason = reason(place.judge("timeout_seconds = 0.5\n"));
    assert_eq!(reason, "`sh` gave no answer within 0.5 s; it wrote: started");
    std::thread::sleep(Duration::from_secs(4));
    assert!(!place.host().join("mark").exists(), "a grandchild went on");
}

#[test]
fn what_a_program_leaves_behind_does_not_delay_its_answer() {
    // Without ending the group, the pipes would stay open for a minute.
    let script = "sleep 60 &\necho '{\"status\": \"broken\"}'\n";
    let judgement = Place::new(script).judge("answers = \"json\"\n");
    assert_eq!(judgement.status, Status::Broken);
}

#[test]
fn a_descendant_that_left_the_group_delays_an_answer_by_the_grace_only() {
    let script = "setsid sleep 20 &\nsleep 0.2\necho '{\"status\": \"broken\"}'\n";
    let judgement = Place::new(script).judge("answers = \"json\"\ntimeout_seconds = 9\n");
    assert_eq!(judgement.status, Status::Broken);
}

#[test]
fn an_answer_of_a_mebibyte_is_read_and_one_byte_more_is_too_long() {
    let padded = |length: usize| {
        let frame = r#"{"status": "broken", "pad": ""}"#.len();
        format!(
            "printf '{{\"status\": \"broken\", \"pad\": \"%0{}d\"}}' 0",
            length.checked_sub(frame).unwrap()
        )
    };
    let place = Place::new(&padded(1 << 20));
    assert_eq!(place.judge("answers = \"json\"\n").status, Status::Broken);
    let place = Place::new(&padded((1 << 20) + 1));
    let reason = reason(place.judge("answers = \"json\"\n"));
    assert_eq!(reason, "`sh` gave an answer too long: more than 1048576 bytes");
}

#[test]
fn a_flood_ends_at_once_instead_of_filling_memory_or_time() {
    let place = Place::new("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done");
    let reason = reason(place.judge("timeout_seconds = 300\n"));
    assert!(reason.contains("answer too long"), "{reason}");
}

#[test]
fn a_flood_of_complaints_blocks_no_answer_and_its_beginning_is_kept() {
    let script = "echo first >&2\ni=0\n\
        while [ $i -lt 5000 ]; do echo 0123456789012345678901234567890123456789 >&2; \
        i=$((i+1)); done\nexit 2";
    let reason = reason(Place::new(script).judge(""));
    assert!(reason.contains("; it wrote: first / 01234"), "{reason}");
    assert!(reason.len() < 6_000, "{}", reason.len());
}

#[test]
fn complaints_cannot_command_a_terminal() {
    let colours = r"\033[31mred\007\n\n  \033]0;title\r\n\302\233\342\200\256";
    let script = format!("printf '{colours}' >&2\nexit 2");
    let reason = reason(Place::new(&script).judge(""));
    assert!(!reason.contains(|letter: char| letter.is_control() || letter == '\u{202e}'));
    assert!(reason.contains(r"\u{1b}[31mred\u{7} / \u{1b}]0;title"), "{reason}");
}

#[test]
fn complaints_of_a_program_that_answers_are_no_reason() {
    let judgement = Place::new("echo careful >&2; exit 1").judge("");
    assert_eq!((judgement.status, judgement.reason), (Status::Mismatch, None));
}

#[test]
fn the_folder_is_one_word_whatever_letters_it_has() {
    let script = "[ $# = 2 ] && [ \"$1\" = \"--root=$2\" ] && [ -d \"$2/WINDOWS\" ] || exit 9";
    let place = Place::new(script);
    let name = "-a b;$(touch x)`touch x`'\"*\n|&> x";
    let folder = place.folder.path().join(name);
    fs::create_dir_all(folder.join("WINDOWS")).unwrap();
    let rule = place.rule("command = [\"sh\", \"check.sh\", \"--root={folder}\", \"{folder}\"]\n");
    assert_eq!(judge(&rule, &folder).status, Status::Consistent);
    assert!(!place.folder.path().join("x").exists());
}

#[test]
fn no_shell_reads_the_words_of_a_command() {
    let script =
        "[ \"$1\" = '$(touch x)' ] && [ \"$2\" = ';touch x' ] && [ \"$3\" = '*' ] || exit 9";
    let place = Place::new(script);
    let words = "'$(touch x)', ';touch x', '*'";
    let rule = place.rule(&format!("command = ['sh', 'check.sh', {words}]"));
    assert_eq!(judge(&rule, &place.host()).status, Status::Consistent);
    // A command line is taken apart, and nothing else is done with it.
    let script = place.folder.path().join("check.sh");
    let line = format!("sh '{}' '$(touch x)' ';touch x' *", script.display());
    let rule = ExternalRule::from_command_line("check", &line, ExternalBounds::default()).unwrap();
    assert_eq!(judge(&rule, &place.host()).status, Status::Consistent);
    assert!(!place.folder.path().join("x").exists() && !Path::new("x").exists());
}

#[test]
fn a_command_that_does_not_name_the_folder_gets_it_last() {
    let place = Place::new("[ $# = 2 ] && [ \"$1\" = a ] && [ -d \"$2/WINDOWS\" ] || exit 9");
    let rule = place.rule("command = [\"sh\", \"check.sh\", \"a\"]");
    assert_eq!(judge(&rule, &place.host()).status, Status::Consistent);
}

#[test]
fn a_program_beside_the_rule_is_found_and_runs_there() {
    let place = Place::new("[ -f check.sh ] && [ -d \"$1/WINDOWS\" ] || exit 9");
    // A link, since a script that was just written may still be open in a sibling.
    std::os::unix::fs::symlink("/bin/sh", place.folder.path().join("shell")).unwrap();
    for program in ["shell", "./shell"] {
        let rule = place.rule(&format!("command = [\"{program}\", \"check.sh\", \"{{folder}}\"]"));
        assert_eq!(judge(&rule, &place.host()).status, Status::Consistent, "{program}");
    }
}

#[test]
fn a_program_that_does_not_exist_is_inconclusive() {
    let place = Place::new("");
    let rule = place.rule("command = [\"patchstate-no-such-program\"]");
    let reason = reason(judge(&rule, &place.host()));
    let expected = "`patchstate-no-such-program` could not be run: exit code 127; it wrote: ";
    assert!(reason.starts_with(expected), "{reason}");
    fs::write(place.folder.path().join("text"), "no program").unwrap();
    let rule = place.rule("command = [\"./text\"]\nanswers = \"json\"");
    let reason = self::reason(judge(&rule, &place.host()));
    assert!(reason.starts_with("`./text` could not be run: exit code 126"), "{reason}");
}

#[test]
fn without_a_folder_there_is_no_answer() {
    let place = Place::new("");
    let rule = place.rule("command = [\"sh\"]");
    let tree = MemoryTree::new();
    let subject =
        Subject { evidence: &gather(&tree, &Advisories::built_in()), tree: &tree, folder: None };
    assert!(reason(rule.judge(&subject)).contains("needs a folder"));
}

#[test]
fn a_program_reads_nothing_from_us_and_keeps_the_environment() {
    let place = Place::new("[ -n \"$PATH\" ] && [ -z \"$(cat)\" ] || exit 9");
    assert_eq!(place.judge("").status, Status::Consistent);
}

#[test]
fn many_programs_run_side_by_side() {
    let place = Place::new("sleep 0.1; echo \"{\\\"status\\\": \\\"broken\\\"}\"; echo x >&2");
    let rule = place.rule("command = [\"sh\", \"check.sh\"]\nanswers = \"json\"");
    std::thread::scope(|scope| {
        let judges: Vec<_> =
            (0..16).map(|_| scope.spawn(|| judge(&rule, &place.host()).status)).collect();
        for judge in judges {
            assert_eq!(judge.join().unwrap(), Status::Broken);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn memory_beyond_the_bound_is_not_had() {
    let script = "dd if=/dev/zero of=/dev/null bs=256M count=1 2>/dev/null || exit 9";
    let judgement = Place::new(script).judge("memory_megabytes_max = 16\n");
    let reason = reason(judgement);
    assert!(reason.contains("exit code 9"), "{reason}");
    let judgement = Place::new(script).judge("memory_megabytes_max = 1024\n");
    assert_eq!(judgement.status, Status::Consistent, "{judgement:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_python_script_that_gets_no_memory_answers_nothing() {
    if !has_python() {
        return;
    }
    let place = Place::new("");
    fs::write(place.folder.path().join("check.py"), "bytearray(1 << 30)\n").unwrap();
    let rule = place.rule("command = [\"python3\", \"check.py\"]\nmemory_megabytes_max = 128");
    let reason = reason(judge(&rule, &place.host()));
    assert!(reason.contains("`python3` crashed"), "{reason}");
    assert!(reason.contains("its memory was bounded to 128 MiB"), "{reason}");
    assert!(reason.contains("MemoryError"), "{reason}");
}

#[test]
fn a_python_script_answers_or_crashes() {
    if !has_python() {
        return;
    }
    let place = Place::new("");
    let check = place.folder.path().join("check.py");
    let bounds = ExternalBounds { time_max: Duration::from_secs(60), ..ExternalBounds::default() };
    let line = format!("python3 '{}' {{folder}}", check.display());
    let rule = ExternalRule::from_command_line("check", &line, bounds).unwrap();
    fs::write(&check, "import json, sys\nprint(json.dumps({'status': 'broken'}))\n").unwrap();
    assert_eq!(judge(&rule, &place.host()).status, Status::Broken);
    fs::write(&check, "import sys\nsys.exit(1)\n").unwrap();
    assert_eq!(judge(&rule, &place.host()).status, Status::Mismatch);
    // Python ends with 1 here too: no verdict.
    fs::write(&check, "open('/no/such/file')\n").unwrap();
    let reason = reason(judge(&rule, &place.host()));
    assert!(reason.contains("crashed") && reason.contains("FileNotFoundError"), "{reason}");
}

#[test]
fn a_command_line_is_a_rule_whose_source_is_the_line() {
    let line = "sh -c 'exit 1' {folder}";
    let rule = ExternalRule::from_command_line("mine", line, ExternalBounds::default()).unwrap();
    assert_eq!((rule.id(), rule.title()), ("mine", line));
    assert_eq!(*rule.source(), SourceFile::new("<command>", line));
    assert_eq!(rule.stands_for().iter().copied().collect::<Vec<_>>(), crate::head::STANDS_FOR);
    assert_eq!(judge(&rule, Path::new(".")).status, Status::Mismatch);
    let words = ["sh", "-c", "exit 1"];
    let rule = ExternalRule::from_command("mine", &words, ExternalBounds::default()).unwrap();
    assert_eq!(rule.title(), "sh -c 'exit 1'");
    assert_eq!(judge(&rule, Path::new(".")).status, Status::Mismatch);
}

#[test]
fn a_command_line_without_a_program_is_a_mistake() {
    for (line, code) in [
        ("", "external/program"),
        ("'' x", "external/program"),
        ("{folder}/run", "external/program"),
        ("--version", "external/program"),
        ("sh -c 'exit", "external/value"),
    ] {
        let result = ExternalRule::from_command_line("a", line, ExternalBounds::default());
        let mistakes = result.unwrap_err();
        assert_eq!(mistakes.iter().map(|mistake| mistake.code).collect::<Vec<_>>(), [code]);
        assert_eq!(&*mistakes[0].source.name, "<command>");
    }
}

#[test]
fn a_file_says_everything_about_a_rule() {
    let place = Place::new("");
    let rule = place.rule(
        "description = \"More\"\nreferences = [\"a\", \"b\"]\nstands_for = [\"drift\"]\n\
         command = [\"sh\"]\ntimeout_seconds = 3\nmemory_megabytes_max = 64\n",
    );
    assert_eq!((rule.id(), rule.title()), ("check", "A check"));
    assert_eq!(rule.head().description.as_deref(), Some("More"));
    assert_eq!(rule.head().references, ["a", "b"]);
    assert_eq!(rule.stands_for().iter().copied().collect::<Vec<_>>(), [Status::Drift]);
    let bounds =
        ExternalBounds { time_max: Duration::from_secs(3), memory_bytes_max: 64 * 1024 * 1024 };
    assert_eq!(rule.bounds(), bounds);
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_their_places() {
    let text = "id = \"a b\"\ntitel = \"x\"\nstands_for = [\"borken\", \"inconclusive\"]\n\
        references = \"a\"\ncommand = [\"./none.sh\", \"{folder}\"]\ntimeout_seconds = 0\n\
        memory_megabytes_max = 0.5\n[answers]\n0 = \"fine\"\n126 = \"broken\"\n1 = 2\n";
    let place = Place::new("");
    let source = SourceFile::new("a.external.toml", text);
    let (rule, mistakes) = ExternalRule::read(&source, place.folder.path());
    assert!(rule.is_none());
    let found: Vec<_> =
        mistakes.iter().map(|mistake| (mistake.place().line, mistake.code)).collect();
    assert_eq!(
        found,
        [
            (1, "external/value"),
            (2, "external/unknown-field"),
            (3, "external/unknown-status"),
            (3, "external/value"),
            (4, "external/value"),
            (5, "external/program"),
            (6, "external/value"),
            (7, "external/value"),
            (9, "external/unknown-status"),
            (10, "external/answers"),
            (11, "external/value"),
        ]
    );
    let marked = |at: usize| &text[mistakes[at].span.clone()];
    assert_eq!(marked(1), "titel");
    assert_eq!(mistakes[1].help.as_deref(), Some("did you mean `title`?"));
    assert_eq!(marked(2), "\"borken\"");
    assert_eq!(mistakes[2].help.as_deref(), Some("did you mean `broken`?"));
    assert_eq!(marked(5), "\"./none.sh\"");
    assert_eq!(marked(9), "126");
}

#[test]
fn what_is_no_command_or_no_answer_is_said() {
    let place = Place::new("");
    for (rest, code) in [
        ("", "external/missing-field"),
        ("command = \"sh check.sh\"", "external/value"),
        ("command = []", "external/program"),
        ("command = [1, \"sh\"]", "external/value"),
        ("command = [\"a\\u0000\"]", "external/value"),
        ("command = [\"sh\"]\nanswers = \"xml\"", "external/answers"),
        ("command = [\"sh\"]\nanswers = {}", "external/answers"),
        ("command = [\"sh\"]\nanswers = {\"01\" = \"broken\"}", "external/answers"),
        ("command = [\"sh\"]\ntimeout_seconds = nan", "external/value"),
        ("command = [\"sh\"]\nstands_for = []", "external/value"),
        ("command = [\"sh\"", "external/syntax"),
    ] {
        let (rule, mistakes) = place.read(rest);
        assert!(rule.is_none());
        assert_eq!(mistakes.iter().map(|m| m.code).collect::<Vec<_>>(), [code], "{rest}");
    }
}
