//! From what a program did to a judgement.

use super::{
    bounds::ExternalBounds,
    course::Asked,
    obstacle::NOT_RUN,
    run::{ANSWER_BYTES_MAX, COMPLAINT, Ending, Run},
};
use crate::{Judgement, Outcome, shown::neutral};
use patchstate_source::{quoted, suggestion};
use patchstate_terms::Status;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// Longest reason that a program's own words make, in characters.
const OWN_REASON_CHARACTERS_MAX: usize = 500;

/// How interpreters announce on the error output that a script crashed. They end with exit code 1
/// then, as a program does that answers "mismatch": Python, Java and Node.
const CRASHES: [&str; 3] =
    ["Traceback (most recent call last):", "Exception in thread \"", "\nNode.js v"];

/// How programs say on the error output that they got no more memory: Python, the C library's
/// `perror`, C++ and others.
const OUT_OF_MEMORY: [&str; 4] =
    ["MemoryError", "annot allocate memory", "std::bad_alloc", "ut of memory"];

/// What a program prints that answers by convention.
const EXPECTED: &str = "one JSON object with a `status`, or a text that begins with neither `{` \
                        nor `[`, which leaves the answer to the exit code";

/// How a program answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// By exit code: 0 for consistent, 1 for mismatch; unless what it prints begins like JSON, and
    /// so has to be an object with a status: one that was cut off or misspelt is no exit code 0.
    Convention,
    /// By these exit codes.
    Codes(BTreeMap<i32, Status>),
    /// By an object on the standard output.
    Json,
}

impl Answers {
    /// What each answer means.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        let code = |code: i32, status| Outcome::new(status, format!("exit code {code}"));
        let object = Outcome { status: None, when: "an object with a `status`".to_owned() };
        let mut outcomes = match self {
            Self::Convention => {
                let codes = (0..=1).filter_map(|n| Some(code(n, conventional(n)?)));
                std::iter::once(object).chain(codes).collect()
            }
            Self::Codes(codes) => codes.iter().map(|(n, status)| code(*n, *status)).collect(),
            Self::Json => vec![object],
        };
        outcomes.push(Outcome::new(Status::Inconclusive, "anything else, a crash or a time-out"));
        outcomes
    }

    /// What a program says, named as `program`, by what it did.
    pub(super) fn judgement(&self, program: &str, run: &Run, bounds: &ExternalBounds) -> Asked {
        match self.decide(program, run, bounds) {
            Ok(judgement) => Asked { judgement, ending: None, complains: false },
            Err(reason) => {
                let failed = !is_own(program, &reason);
                let judgement = inconclusive(reason, &run.complaint, bounds);
                let complains = !failed && !run.complaint.trim_ascii().is_empty();
                let ending = failed.then(|| run.ending.clone());
                Asked { judgement: Judgement { failed, ..judgement }, ending, complains }
            }
        }
    }

    fn decide(
        &self,
        program: &str,
        run: &Run,
        bounds: &ExternalBounds,
    ) -> Result<Judgement, String> {
        let code = exit_code(program, &run.ending, bounds)?;
        let from_json = |answer: &Value| match from_json(program, answer)? {
            // Unlike a verdict, this is told with what the program complained about.
            Judgement { status: Status::Inconclusive, reason, .. } => {
                Err(reason.unwrap_or_default())
            }
            judgement => Ok(judgement),
        };
        match self {
            Self::Json => from_json(&parse(program, code, &run.answer)?),
            Self::Convention if begins_like_json(&run.answer) => {
                let answer = parse(program, code, &run.answer).and_then(|answer| {
                    let has_status = answer.get("status").is_some();
                    if has_status { Ok(answer) } else { Err(no_status(program)) }
                });
                from_json(&answer.map_err(|reason| format!("{reason}; expected {EXPECTED}"))?)
            }
            Self::Convention => from_code(program, code, conventional(code), run),
            Self::Codes(codes) => from_code(program, code, codes.get(&code).copied(), run),
        }
    }
}

/// What marks UTF-8 at the beginning of a text; .NET and others write it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The same for UTF-16, in either order of bytes.
const OTHER_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Whether an output is meant as JSON: also what is in no encoding that is read.
fn begins_like_json(answer: &[u8]) -> bool {
    let is_marked = OTHER_MARKS.iter().any(|mark| answer.starts_with(mark));
    let first = without_mark(answer).trim_ascii_start().first();
    is_marked || first.is_some_and(|first| matches!(first, b'{' | b'['))
}

/// The text behind its byte order mark.
fn without_mark(answer: &[u8]) -> &[u8] {
    answer.strip_prefix(BYTE_ORDER_MARK).unwrap_or(answer)
}

/// The keys that mean something, each of which can be there once; what others hold is not read.
#[derive(Debug, serde::Deserialize)]
struct Keys {
    #[serde(default, rename = "status")]
    _status: IgnoredAny,
    #[serde(default, rename = "reason")]
    _reason: IgnoredAny,
    #[serde(default, rename = "folder")]
    _folder: IgnoredAny,
}

/// The folder that a line of a program that stays is about.
pub(super) fn folder_of_line(line: &[u8]) -> Option<String> {
    match serde_json::from_slice::<Value>(without_mark(line)).ok()?.get("folder")? {
        Value::String(about) => Some(about.clone()),
        _ => None,
    }
}

/// What a line of a program that stays says of a folder.
pub(super) fn of_line(program: &str, folder: &Path, line: &[u8]) -> Result<Judgement, String> {
    if line.trim_ascii().is_empty() {
        return Err(format!("the answer of `{program}` is an empty line"));
    }
    let answer = parse(program, 0, line)?;
    let judgement = from_json(program, &answer)?;
    match answer.get("folder") {
        None | Some(Value::Null) => {
            let expected = "expected the path that it was asked about";
            Err(format!("the answer of `{program}` has no `folder`: {expected}"))
        }
        Some(Value::String(about)) if Path::new(about) == folder => Ok(judgement),
        Some(Value::String(_)) => {
            Err(format!("the answer of `{program}` is about another `folder`"))
        }
        Some(_) => Err(format!("the `folder` of `{program}` is not a text")),
    }
}

/// Why a program that should stay gave no line.
pub(super) fn of_silence(program: &str, ending: &Ending, bounds: &ExternalBounds) -> String {
    if *ending == Ending::TimeOver {
        let seconds = bounds.time_max.as_secs_f64();
        let flush = "does it flush its output after each line?";
        return format!("`{program}` wrote nothing within {seconds} s: {flush}");
    }
    let code = exit_code(program, ending, bounds);
    match code.and_then(|code| parse(program, code, &[])) {
        Err(reason) => reason,
        Ok(_) => format!("`{program}` gave no answer"),
    }
}

/// How the reason begins of what a program itself says that it cannot tell.
fn cannot_tell(program: &str) -> String {
    format!("`{program}` cannot tell")
}

/// Whether a reason is the program's own, and no failure of it.
fn is_own(program: &str, reason: &str) -> bool {
    reason.starts_with(&cannot_tell(program))
}

/// The code that a program ended with, or what kept it from that.
fn exit_code(program: &str, ending: &Ending, bounds: &ExternalBounds) -> Result<i32, String> {
    match ending {
        Ending::Code(code) => Ok(*code),
        Ending::Signal(signal) => Err(format!("`{program}` was ended by signal {signal}")),
        Ending::TimeOver => {
            let seconds = bounds.time_max.as_secs_f64();
            Err(format!("`{program}` gave no answer within {seconds} s"))
        }
        Ending::AnswerTooLong => {
            Err(format!("`{program}` gave an answer too long: more than {ANSWER_BYTES_MAX} bytes"))
        }
        Ending::OutputClosed => Err(format!("`{program}` closed its output and gave no answer")),
        Ending::NotRun(why) => Err(format!("`{program}` could not be run: {why}")),
    }
}

const fn conventional(code: i32) -> Option<Status> {
    match code {
        0 => Some(Status::Consistent),
        1 => Some(Status::Mismatch),
        2 => Some(Status::Inconclusive),
        _ => None,
    }
}

fn from_code(
    program: &str,
    code: i32,
    status: Option<Status>,
    run: &Run,
) -> Result<Judgement, String> {
    let complaint = String::from_utf8_lossy(&run.complaint);
    match status {
        None if NOT_RUN.contains(&code) => {
            Err(format!("`{program}` could not be run: exit code {code}"))
        }
        None => Err(format!("`{program}` ended with exit code {code}, which stands for no status")),
        Some(_) if code == 1 && CRASHES.iter().any(|crash| complaint.contains(crash)) => {
            Err(format!("`{program}` crashed: exit code 1 is no answer of its own"))
        }
        Some(Status::Inconclusive) => {
            Err(format!("{}: it ended with exit code {code}", cannot_tell(program)))
        }
        Some(status) => Ok(Judgement { status, clause: None, reason: None, failed: false }),
    }
}

/// The object that a program printed.
fn parse(program: &str, code: i32, answer: &[u8]) -> Result<Value, String> {
    let answer = without_mark(answer);
    match serde_json::from_slice(answer) {
        Ok(object @ Value::Object(_)) => match serde_json::from_slice::<Keys>(answer) {
            Ok(_) => Ok(object),
            Err(error) => Err(format!("the answer of `{program}` is not one answer: {error}")),
        },
        Ok(_) => Err(format!("the answer of `{program}` is not a JSON object")),
        Err(_) if answer.trim_ascii().is_empty() && NOT_RUN.contains(&code) => {
            Err(format!("`{program}` could not be run: exit code {code}"))
        }
        Err(_) if answer.trim_ascii().is_empty() => {
            Err(format!("`{program}` ended with exit code {code} and gave no answer"))
        }
        Err(error) => Err(format!("the answer of `{program}` is not JSON: {error}")),
    }
}

fn no_status(program: &str) -> String {
    format!("the answer of `{program}` has no `status`")
}

fn from_json(program: &str, answer: &Value) -> Result<Judgement, String> {
    let said = match answer.get("reason") {
        None | Some(Value::Null) => None,
        Some(Value::String(said)) => Some(own_reason(said)),
        Some(_) => return Err(format!("the `reason` of `{program}` is not a text")),
    };
    let said = said.filter(|said| !said.is_empty());
    let word = match answer.get("status") {
        Some(Value::String(word)) => word,
        Some(_) => return Err(format!("the `status` of `{program}` is not a text")),
        None => return Err(no_status(program)),
    };
    match Status::ALL.into_iter().find(|status| status.as_str() == word) {
        None => {
            let word = quoted(word);
            let help = suggestion(&word, Status::ALL.map(Status::as_str)).unwrap_or_default();
            Err(format!("the status `{word}` of `{program}` does not exist: {help}"))
        }
        Some(Status::Inconclusive) => {
            let why = said.map(|said| format!(": {said}")).unwrap_or_default();
            Ok(Judgement::inconclusive(None, format!("{}{why}", cannot_tell(program))))
        }
        Some(status) => Ok(Judgement { status, clause: None, reason: said, failed: false }),
    }
}

/// What a program says, as a clause without a full stop.
fn own_reason(said: &str) -> String {
    let mut cut: String = said.trim().chars().take(OWN_REASON_CHARACTERS_MAX).collect();
    if cut.len() < said.trim().len() {
        cut.push_str("...");
        return neutral(&cut);
    }
    neutral(cut.trim_end_matches('.'))
}

/// No verdict, and why, and what the program complained about.
pub(super) fn inconclusive(reason: String, complaint: &[u8], bounds: &ExternalBounds) -> Judgement {
    let complaint = String::from_utf8_lossy(complaint);
    let mut reason = reason;
    let is_bounded = cfg!(any(target_os = "linux", target_os = "android"));
    if is_bounded && OUT_OF_MEMORY.iter().any(|sign| complaint.contains(sign)) {
        let megabytes = bounds.memory_bytes_max >> 20;
        reason.push_str(&format!("; its memory was bounded to {megabytes} MiB"));
    }
    let complaint = neutral(&complaint);
    if !complaint.is_empty() {
        reason.push_str(&format!("{COMPLAINT}{complaint}"));
    }
    Judgement::inconclusive(None, reason)
}
