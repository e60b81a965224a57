//! Programs that stay: what they answer, how they fail, and that no failure reaches the next tree.
//!
//! The programs are shell scripts. Each notes in a file `started` that it was started.

use super::tests::{Place, judge, reason};
use crate::{Judgement, Rule};
use core::time::Duration;
use patchstate_terms::Status;
use std::{fs, path::PathBuf};

/// A rule whose program runs a script of which these are the lines for each folder.
const COMMAND: &str = "command = [\"sh\", \"check.sh\"]\nprotocol = \"lines\"\n";

/// Answers with a status about the folder `$f`.
const SAY: &str = "say() { printf '{\"status\": \"%s\", \"folder\": \"%s\"}\\n' \"$1\" \"$f\"; }\n";

/// A script that notes that it was started, and does something for each folder `$f`, the `$n`th.
fn script(each: &str) -> String {
    format!(
        "{SAY}echo started >> started\nn=0\nwhile IFS= read -r f; do n=$((n+1))\n{each}\ndone\n\
         echo ended >> ended\n"
    )
}

struct Talker {
    place: Place,
    folders: Vec<PathBuf>,
}

impl Talker {
    fn new(each: &str) -> Self {
        Self::of_script(&script(each))
    }

    fn of_script(script: &str) -> Self {
        let place = Place::new(script);
        let folder = |name: &str| {
            let folder = place.folder.path().join(name);
            fs::create_dir_all(folder.join("WINDOWS")).unwrap();
            folder
        };
        let folders = ["one", "two", "bad", "four"].map(folder).into();
        Self { place, folders }
    }

    /// What is said of each folder in turn, and how often the program was started for that.
    fn ask(&self, rest: &str) -> (Vec<(Status, Option<String>)>, usize) {
        let rule = self.place.rule(&format!("{COMMAND}{rest}"));
        let ask = |folder: &PathBuf| {
            let judgement = judge(&rule, folder);
            (judgement.status, judgement.reason)
        };
        let said = self.folders.iter().map(ask).collect();
        (said, self.count("started"))
    }

    /// How many lines a file has that the program writes.
    fn count(&self, name: &str) -> usize {
        let text = fs::read_to_string(self.place.folder.path().join(name));
        text.map_or(0, |text| text.lines().count())
    }

    /// Checks that the third folder of four is inconclusive with a reason, and the others are not;
    /// gives how often the program was started.
    #[track_caller]
    fn check_bad(&self, rest: &str, expected: &str) -> usize {
        let (said, started) = self.ask(rest);
        let fine = (Status::Consistent, None);
        assert_eq!([&said[0], &said[1], &said[3]], [&fine, &fine, &fine]);
        assert_eq!((said[2].0, said[2].1.as_deref()), (Status::Inconclusive, Some(expected)));
        started
    }
}

/// Says that all is well, except of the third folder, where it does something else.
fn fine_but(bad: &str) -> String {
    format!("case $f in */bad) {bad};; *) say consistent;; esac")
}

#[test]
fn a_program_that_stays_is_started_once_and_told_every_folder() {
    let each = "[ -d \"$f/WINDOWS\" ] || exit 9\n\
        echo \"{\\\"status\\\": \\\"mismatch\\\", \\\"reason\\\": \\\"${f##*/} is $n.\\\", \
        \\\"folder\\\": \\\"$f\\\"}\"";
    let talker = Talker::new(each);
    let (said, started) = talker.ask("");
    let mismatch = |reason: &str| (Status::Mismatch, Some(reason.to_owned()));
    let expected = ["one is 1", "two is 2", "bad is 3", "four is 4"].map(mismatch);
    assert_eq!((said, started), (expected.to_vec(), 1));
    // It was not ended by force: its input ended.
    assert_eq!(talker.count("ended"), 1);
}

#[test]
fn a_program_that_says_that_it_cannot_tell_goes_on() {
    let each = fine_but(
        "echo \"hm\" >&2; echo \"{\\\"status\\\": \\\"inconclusive\\\", \\\"reason\\\": \\\"x\\\", \
         \\\"folder\\\": \\\"$f\\\"}\"",
    );
    assert_eq!(Talker::new(&each).check_bad("", "`sh` cannot tell: x"), 1);
}

#[test]
fn a_line_that_is_no_answer_is_inconclusive_and_the_program_is_started_anew() {
    for (line, expected) in [
        ("nonsense", "the answer of `sh` is not JSON: expected ident at line 1 column 2"),
        ("", "the answer of `sh` is an empty line"),
        ("[]", "the answer of `sh` is not a JSON object"),
        ("{}", "the answer of `sh` has no `status`"),
        (
            "{\"status\": \"borken\"}",
            "the status `borken` of `sh` does not exist: did you mean `broken`?",
        ),
        (
            "{\"status\": \"broken\"}",
            "the answer of `sh` has no `folder`: expected the path that it was asked about",
        ),
        (
            "{\"status\": \"broken\", \"folder\": \"/x\"}",
            "the answer of `sh` is about another `folder`",
        ),
        ("{\"status\": \"broken\", \"folder\": 1}", "the `folder` of `sh` is not a text"),
    ] {
        let talker = Talker::new(&fine_but(&format!("echo why >&2; echo '{line}'")));
        // Started for the first folder, for the bad one alone, and for what comes after it.
        assert_eq!(talker.check_bad("", &format!("{expected}; it wrote: why")), 3);
    }
}

#[test]
fn a_crash_is_inconclusive_with_the_exit_code_or_the_signal() {
    let talker = Talker::new(&fine_but("echo 'going down' >&2; exit 3"));
    let expected = "`sh` ended with exit code 3 and gave no answer; it wrote: going down";
    assert_eq!(talker.check_bad("", expected), 3);
    let talker = Talker::new(&fine_but("kill -SEGV $$"));
    assert_eq!(talker.check_bad("", "`sh` was ended by signal 11 (SIGSEGV)"), 3);
    // What was begun of an answer is none.
    let talker = Talker::new(&fine_but("printf '{\"status\": \"broken\"}'; exit 0"));
    assert_eq!(talker.check_bad("", "`sh` ended with exit code 0 and gave no answer"), 3);
}

#[test]
fn an_output_that_ends_before_its_program_does_is_said() {
    let talker = Talker::new(&fine_but("exec >&-; sleep 60"));
    assert_eq!(talker.check_bad("", "`sh` closed its output and gave no answer"), 3);
}

#[test]
fn a_program_that_gives_no_answer_in_time_is_ended_with_what_it_started() {
    let talker = Talker::new(&fine_but("(sleep 4; touch \"$f/mark\") & sleep 60"));
    let expected = "`sh` wrote nothing within 1.5 s: does it flush its output after each line?";
    assert_eq!(talker.check_bad("timeout_seconds = 1.5\n", expected), 3);
    std::thread::sleep(Duration::from_secs(5));
    assert!(!talker.folders[2].join("mark").exists(), "what it started went on");
}

#[test]
fn an_answer_that_never_ends_is_too_long() {
    let talker =
        Talker::new(&fine_but("while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"));
    let expected = "`sh` gave an answer too long: more than 1048576 bytes";
    assert_eq!(talker.check_bad("timeout_seconds = 300\n", expected), 3);
}

#[test]
fn complaints_about_other_folders_are_not_told() {
    let each = format!("echo \"about ${{f##*/}}\" >&2\n{}", fine_but("exit 2"));
    let expected = "`sh` ended with exit code 2 and gave no answer; it wrote: about bad";
    assert_eq!(Talker::new(&each).check_bad("", expected), 3);
}

#[test]
fn a_flood_of_complaints_blocks_no_answer() {
    let each = format!(
        "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; \
         i=$((i+1)); done\n{}",
        fine_but("say inconclusive")
    );
    assert_eq!(Talker::new(&each).check_bad("", "`sh` cannot tell"), 1);
}

#[test]
fn a_program_that_ends_after_each_answer_is_asked_again_and_nothing_is_inconclusive() {
    let talker = Talker::new("say drift; exit 0");
    let (said, started) = talker.ask("");
    assert_eq!(said, vec![(Status::Drift, None); 4]);
    assert_eq!(started, 4);
}

#[test]
fn a_failure_that_comes_of_earlier_folders_is_no_failure_of_this_one() {
    let talker = Talker::new("[ $n = 3 ] && exit 1\nsay drift");
    let (said, started) = talker.ask("");
    assert_eq!(said, vec![(Status::Drift, None); 4]);
    assert_eq!(started, 2);
}

/// What is said of every folder once a program has written more than it was asked for.
const SURPLUS: &str = "`sh` wrote more lines than it was asked questions: expected one line for \
                       each folder, and nothing else";

/// Checks that everything is taken back of a program that writes lines that nobody asked for,
/// whoever asks it: one thread, or two that share the folders.
#[track_caller]
fn check_surplus(talker: &Talker) {
    for threads in [1, 2] {
        let rule = talker.place.rule(COMMAND);
        let ask_all = || {
            std::thread::scope(|scope| {
                let ask = |part: &'_ [PathBuf]| -> Vec<Judgement> {
                    part.iter().map(|folder| judge(&rule, folder)).collect()
                };
                let parts = talker.folders.chunks(talker.folders.len().div_ceil(threads));
                let asked: Vec<_> = parts.map(|part| scope.spawn(move || ask(part))).collect();
                asked.into_iter().flat_map(|part| part.join().unwrap()).collect::<Vec<_>>()
            })
        };
        ask_all();
        assert!(!rule.settle(), "{threads} threads: it is not taken back");
        let expected = vec![Judgement::inconclusive(None, SURPLUS.to_owned()); 4];
        assert_eq!(ask_all(), expected, "{threads} threads");
        assert!(rule.settle(), "{threads} threads");
    }
}

#[test]
fn two_answers_to_one_question_take_everything_back_however_late_the_second_comes() {
    // To one folder of four only.
    for second in ["say broken", "(sleep 0.3; say broken) &", "echo done", "(sleep 0.3; echo) &"] {
        check_surplus(&Talker::new(&format!("say drift; case $f in */bad) {second};; esac")));
    }
}

#[test]
fn a_second_answer_takes_everything_back_where_its_program_crashes_later() {
    // One thread asks both of one program, which writes as many lines as it is asked questions.
    let each = "case $f in */one) say drift; say broken;; */two) exit 3;; *) say drift;; esac";
    check_surplus(&Talker::new(each));
}

#[test]
fn a_line_before_any_question_takes_everything_back() {
    check_surplus(&Talker::of_script(&format!("echo ready\n{}", script("say drift"))));
    check_surplus(&Talker::of_script(&format!("{}echo bye\n", script("say drift"))));
}

#[test]
fn a_program_that_answers_each_question_once_is_believed() {
    let talker = Talker::new("say drift");
    let rule = talker.place.rule(COMMAND);
    for _ in 0..2 {
        for folder in &talker.folders {
            assert_eq!(judge(&rule, folder).status, Status::Drift);
        }
        assert!(rule.settle());
    }
    // Each time its input ended, and it came to its own end.
    assert_eq!((talker.count("started"), talker.count("ended")), (2, 2));
}

#[test]
fn a_program_that_does_not_read_makes_nobody_wait() {
    let talker = Talker::of_script("exec <&-\nsleep 60\n");
    let (said, _) = talker.ask("timeout_seconds = 0.3\n");
    let silence = "`sh` wrote nothing within 0.3 s: does it flush its output after each line?";
    let given_up = format!("`sh` is not asked any more after 2 time-outs: {silence}");
    let expected = [silence, silence, &given_up, &given_up];
    let expected = expected.map(|why| (Status::Inconclusive, Some(why.to_owned())));
    assert_eq!(said, expected);
}

#[test]
fn a_program_that_does_not_exist_is_inconclusive() {
    let place = Place::new("");
    let rule = place.rule("command = [\"patchstate-no-such-program\"]\nprotocol = \"lines\"");
    let reason = reason(judge(&rule, &place.host()));
    let expected = "`patchstate-no-such-program` could not be run: exit code 127; it wrote: ";
    assert!(reason.starts_with(expected), "{reason}");
}

#[test]
fn a_folder_whose_name_no_line_can_hold_is_inconclusive() {
    let talker = Talker::new("say drift");
    let folder = talker.place.folder.path().join("a\nb");
    fs::create_dir(&folder).unwrap();
    let rule = talker.place.rule(COMMAND);
    assert!(reason(judge(&rule, &folder)).contains("has a line break"));
}

#[test]
fn no_more_programs_run_than_threads_ask() {
    let talker = Talker::new("say drift");
    let rule = talker.place.rule(COMMAND);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for folder in talker.folders.iter().cycle().take(40) {
                    assert_eq!(judge(&rule, folder).status, Status::Drift);
                }
            });
        }
    });
    let started = talker.count("started");
    assert!((1..=3).contains(&started), "{started}");
    drop(rule);
    assert_eq!(talker.count("ended"), started);
}

#[test]
fn a_program_that_does_not_end_with_its_input_is_ended() {
    let end = "(sleep 4; touch mark) &\nsleep 60\n";
    let talker = Talker::of_script(&format!("{}{end}", script("say drift")));
    let (said, _) = talker.ask("");
    assert_eq!(said, vec![(Status::Drift, None); 4]);
    std::thread::sleep(Duration::from_secs(5));
    assert!(!talker.place.folder.path().join("mark").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn memory_beyond_the_bound_is_not_had() {
    let bad = "dd if=/dev/zero of=/dev/null bs=256M count=1 2>/dev/null || exit 9; \
        say consistent";
    let talker = Talker::new(&fine_but(bad));
    let expected = "`sh` ended with exit code 9 and gave no answer";
    assert_eq!(talker.check_bad("memory_megabytes_max = 16\n", expected), 3);
    let (said, _) = Talker::new(&fine_but(bad)).ask("memory_megabytes_max = 1024\n");
    assert_eq!(said, vec![(Status::Consistent, None); 4]);
}

#[test]
fn what_does_not_fit_a_program_that_stays_is_a_mistake_at_its_place() {
    let place = Place::new("");
    for (rest, code, marked) in [
        ("command = [\"sh\"]\nprotocol = \"line\"", "external/protocol", "\"line\""),
        ("command = [\"sh\"]\nprotocol = 1", "external/value", "1"),
        (
            "command = [\"sh\", \"{folder}\"]\nprotocol = \"lines\"",
            "external/protocol",
            "\"{folder}\"",
        ),
        (
            "command = [\"sh\"]\nprotocol = \"lines\"\nanswers = {0 = \"broken\"}",
            "external/answers",
            "{0 = \"broken\"}",
        ),
    ] {
        let (rule, mistakes) = place.read(rest);
        assert!(rule.is_none());
        assert_eq!(mistakes.iter().map(|m| m.code).collect::<Vec<_>>(), [code], "{rest}");
        assert_eq!(&mistakes[0].source.text[mistakes[0].span.clone()], marked);
    }
    for rest in ["protocol = \"lines\"\nanswers = \"json\"", "protocol = \"once\""] {
        place.rule(&format!("command = [\"sh\"]\n{rest}"));
    }
}
