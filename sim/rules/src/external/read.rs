//! From the text of a file `*.external.toml` to a rule, with every mistake at its place.

use super::{
    answer::Answers,
    bounds::ExternalBounds,
    codes,
    lines::Programs,
    rule::{ExternalRule, FOLDER, Protocol},
};
use crate::{
    KnownNames, Reads,
    shown::{neutral, shown},
    written::{Codes, Fields, Head, Mistakes, read_file},
};
use core::time::Duration;
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_terms::WindowsPath;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{self, Path},
    sync::Arc,
};
use toml::{Spanned, de::DeValue};

/// The name of the source of a rule that is a command line.
const COMMAND_NAME: &str = "<command>";

/// The name of the source of a list of files on the command line.
const LIST_NAME: &str = "<reads>";

const CODES: Codes = Codes {
    syntax: codes::SYNTAX,
    field: codes::UNKNOWN_FIELD,
    missing: codes::MISSING_FIELD,
    value: codes::VALUE,
    status: codes::UNKNOWN_STATUS,
};

pub(crate) const OWN_FIELDS: [&str; 6] =
    ["command", "reads", "protocol", "answers", "timeout_seconds", "memory_megabytes_max"];

/// Higher exit codes are said about a program, not by it (POSIX, *Exit Status for Commands*): 126
/// and 127 that it could not be run, those above 128 that a signal ended it.
const EXIT_CODE_MAX: u8 = 125;

/// An hour: longer is a mistake, not a bound.
const SECONDS_MAX: f64 = 3600.0;

/// More than any machine has that runs tests.
const MEGABYTES_MAX: u64 = 1 << 20;

impl ExternalRule {
    /// Reads a file `*.external.toml` that stands in a folder: the rule where there is no mistake,
    /// and all mistakes.
    #[must_use]
    pub fn read(source: &SourceFile, folder: &Path) -> (Option<Self>, Vec<Diagnostic>) {
        Self::read_with(source, folder, &KnownNames::default())
    }

    /// The same, where more files are known than the detection core knows: it is warned of others.
    #[must_use]
    pub fn read_with(
        source: &SourceFile,
        folder: &Path,
        known: &KnownNames,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        read(source, folder, known)
    }

    /// A rule from the words of a command. Each stays one word, whatever letters it holds.
    ///
    /// Exit code 0 says *consistent*, 1 *mismatch*; any other is inconclusive. An answer on the
    /// standard output that is a JSON object with a `status` counts more than the exit code.
    ///
    /// # Errors
    /// When there is no word, or the program would be taken from the folder that it judges.
    pub fn from_command(
        id: &str,
        words: &[&str],
        bounds: ExternalBounds,
    ) -> Result<Self, Vec<Diagnostic>> {
        // Only for showing: no quoting can express a null character.
        let line =
            shlex::try_join(words.iter().copied()).unwrap_or_else(|_| neutral(&words.join(" ")));
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self::of_words(id, &line, words, bounds)
    }

    /// A rule from a command line, taken apart at blanks; quotes and backslashes are understood as
    /// a POSIX shell does, and nothing else is.
    ///
    /// # Errors
    /// Also when a quote is not closed.
    pub fn from_command_line(
        id: &str,
        line: &str,
        bounds: ExternalBounds,
    ) -> Result<Self, Vec<Diagnostic>> {
        let Some(words) = shlex::split(line) else {
            let source = SourceFile::new(COMMAND_NAME, line);
            let mut mistakes = Mistakes::new(&source, &CODES);
            let message = "the command line ends in the middle of a word";
            mistakes.value(0..line.len(), message, "a quote is not closed");
            return Err(mistakes.finish());
        };
        Self::of_words(id, line, words, bounds)
    }

    fn of_words(
        id: &str,
        line: &str,
        words: Vec<String>,
        bounds: ExternalBounds,
    ) -> Result<Self, Vec<Diagnostic>> {
        let source = SourceFile::new(COMMAND_NAME, line);
        let mut mistakes = Mistakes::new(&source, &CODES);
        let program = words.first().map(String::as_str);
        check_program(program, 0..line.len(), None, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes.finish());
        }
        let head = Head::unwritten(id, line);
        let protocol = Protocol::Once(Answers::Convention);
        Ok(Self {
            head,
            source,
            words,
            named: 0..line.len(),
            home: None,
            reads: Reads::Folder,
            protocol,
            bounds,
            said: Arc::default(),
            course: Arc::default(),
        })
    }

    /// The files of a list of paths below the Windows folder, with commas, for
    /// [`Self::that_reads`]; where there is no mistake. With all mistakes, and warnings of files
    /// that are not known.
    #[must_use]
    pub fn files_of_list(
        list: &str,
        known: &KnownNames,
    ) -> (Option<BTreeSet<WindowsPath>>, Vec<Diagnostic>) {
        read_list(list, known)
    }
}

/// Reads a rule that stands in a folder.
fn read(
    source: &SourceFile,
    folder: &Path,
    known: &KnownNames,
) -> (Option<ExternalRule>, Vec<Diagnostic>) {
    read_file(source, &CODES, &OWN_FIELDS, |fields, head, mistakes| {
        let home = home(folder, mistakes);
        let stays = stays(fields, mistakes);
        let words = words(fields, home.as_deref(), stays, mistakes);
        let reads = reads(fields, known, mistakes);
        let protocol = protocol(fields, stays, mistakes);
        let bounds = bounds(fields, mistakes);
        let (words, named) = words?;
        Some(ExternalRule {
            head: head?,
            source: source.clone(),
            words,
            named,
            home: Some(home?),
            reads: reads?,
            protocol: protocol?,
            bounds,
            said: Arc::default(),
            course: Arc::default(),
        })
    })
}

/// The folder as an absolute path: the program will not run where we do.
fn home(folder: &Path, mistakes: &mut Mistakes<'_>) -> Option<path::PathBuf> {
    // The folder of a file that is named without one is the one that we are in.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match path::absolute(folder) {
        Ok(home) => Some(home),
        Err(error) => {
            let message = format!("the folder of this file has no absolute path: {error}");
            mistakes.value(0..0, message, "of this file");
            None
        }
    }
}

fn words(
    fields: &mut Fields<'_>,
    home: Option<&Path>,
    stays: bool,
    mistakes: &mut Mistakes<'_>,
) -> Option<(Vec<String>, Range<usize>)> {
    let Some(value) = fields.raw("command") else {
        let example = format!("write `command = [\"python3\", \"check.py\", \"{FOLDER}\"]`");
        mistakes.missing(fields.span(), "command", &example);
        return None;
    };
    let span = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        let help = "one text for each word: `[\"python3\", \"check.py\"]`; no shell reads it";
        let message = "`command` is not a list of words";
        mistakes.report(CODES.value, span, message, "expected a list", Some(help.to_owned()));
        return None;
    };
    let entry_count = entries.len();
    let mut words = Vec::with_capacity(entry_count);
    let program_span = entries.first().map_or(span, Spanned::span);
    for entry in entries {
        let span = entry.span();
        match entry.into_inner() {
            DeValue::String(word) if word.contains('\0') => {
                mistakes.value(span, "no word can hold a null character", "null character");
            }
            DeValue::String(word) if stays && word.contains(FOLDER) => {
                let message = "a program that stays reads the folders from its input";
                let help = format!("leave `{FOLDER}` out, or the `protocol`");
                mistakes.report(codes::PROTOCOL, span, message, "one folder of many", Some(help));
            }
            DeValue::String(word) => words.push(word.into_owned()),
            _ => mistakes.value(span, "a word is not a text", "expected a text"),
        }
    }
    if words.len() < entry_count {
        return None;
    }
    check_program(words.first().map(String::as_str), program_span.clone(), home, mistakes);
    Some((words, program_span))
}

/// The files that the program is given.
fn reads(
    fields: &mut Fields<'_>,
    known: &KnownNames,
    mistakes: &mut Mistakes<'_>,
) -> Option<Reads> {
    let Some(value) = fields.raw("reads") else { return Some(Reads::Folder) };
    let span = value.span();
    let help = "write `reads = [\"system32/inetsrv/iisutil.dll\"]`, or leave it out: then the \
                folder has all files of the host";
    let help = || Some(help.to_owned());
    let DeValue::Array(entries) = value.into_inner() else {
        mistakes.report(
            codes::READS,
            span,
            "`reads` is not a list of paths",
            "expected a list",
            help(),
        );
        return None;
    };
    if entries.is_empty() {
        let message = "a program that reads nothing says the same of every host";
        mistakes.report(codes::READS, span, message, "no file", help());
        return None;
    }
    let mut files = BTreeSet::new();
    for entry in entries {
        let span = entry.span();
        match entry.into_inner() {
            DeValue::String(text) => add_file(&mut files, &text, span, known, mistakes),
            _ => mistakes.report(
                codes::READS,
                span,
                "a path is not a text",
                "expected a text",
                help(),
            ),
        }
    }
    // Where one was wrong there is a mistake, and no rule.
    Some(Reads::FolderOf(files))
}

/// Adds a file that a program is given.
fn add_file(
    files: &mut BTreeSet<WindowsPath>,
    text: &str,
    span: Range<usize>,
    known: &KnownNames,
    mistakes: &mut Mistakes<'_>,
) {
    let Some(path) = mistakes.path(codes::READS, known, text, span.clone()) else { return };
    if !files.insert(path) {
        mistakes.report(codes::READS, span, "this file is named before", "named again", None);
    }
}

/// Reads a list of files with commas.
pub(super) fn read_list(
    list: &str,
    known: &KnownNames,
) -> (Option<BTreeSet<WindowsPath>>, Vec<Diagnostic>) {
    let source = SourceFile::new(LIST_NAME, list);
    let mut mistakes = Mistakes::new(&source, &CODES);
    let (mut files, mut start) = (BTreeSet::new(), 0);
    for text in list.split(',') {
        let begin = start + text.len() - text.trim_start().len();
        let path = text.trim();
        add_file(&mut files, path, begin..begin + path.len(), known, &mut mistakes);
        start += text.len() + 1;
    }
    let files = mistakes.is_empty().then_some(files);
    (files, mistakes.finish())
}

/// Whether there can be such a program.
pub(super) fn check_program(
    program: Option<&str>,
    span: Range<usize>,
    home: Option<&Path>,
    mistakes: &mut Mistakes<'_>,
) {
    let Some(program) = program.filter(|program| !program.is_empty()) else {
        return mistakes.report(codes::PROGRAM, span, "no program is named", "no program", None);
    };
    if program.starts_with('-') {
        return mistakes.report(codes::PROGRAM, span, "a flag is no program", "no program", None);
    }
    if program.contains(FOLDER) {
        let message = "a host cannot bring the program that judges it";
        return mistakes.report(codes::PROGRAM, span, message, "taken from the folder", None);
    }
    // A name without a folder is looked for where the system finds its programs, when it runs.
    let has_folder = program.contains(path::is_separator);
    if let Some(home) = home.filter(|_| has_folder)
        && !home.join(program).is_file()
    {
        let message = format!("there is no program `{}`", shown(program));
        let help = "a path counts from the folder of this file".to_owned();
        mistakes.report(codes::PROGRAM, span, message, "no such file", Some(help));
    }
}

/// Whether the program stays.
fn stays(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> bool {
    let Some(value) = fields.raw("protocol") else { return false };
    let span = value.span();
    match value.into_inner() {
        DeValue::String(word) if word == "once" => false,
        DeValue::String(word) if word == "lines" => true,
        _ => {
            let message = "`protocol` is neither \"once\" nor \"lines\"";
            let help = "\"once\" starts the program for each folder; with \"lines\" it stays, \
                        reads a folder a line and writes an answer a line";
            let help = Some(help.to_owned());
            mistakes.report(codes::PROTOCOL, span, message, "unknown protocol", help);
            false
        }
    }
}

fn protocol(fields: &mut Fields<'_>, stays: bool, mistakes: &mut Mistakes<'_>) -> Option<Protocol> {
    let Some(value) = fields.raw("answers") else {
        let once = || Protocol::Once(Answers::Convention);
        return Some(if stays { Protocol::Lines(Programs::default()) } else { once() });
    };
    let span = value.span();
    let answers = answers(value, mistakes)?;
    if !stays {
        return Some(Protocol::Once(answers));
    }
    if answers != Answers::Json {
        let message = "a program that stays has no exit code to answer by";
        let help = Some("leave `answers` out, or the `protocol`".to_owned());
        mistakes.report(codes::ANSWERS, span, message, "exit codes are no answers here", help);
        return None;
    }
    Some(Protocol::Lines(Programs::default()))
}

fn answers(value: Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Option<Answers> {
    let span = value.span();
    let help = "write `answers = \"json\"`, or a table: `[answers]`, `0 = \"consistent\"`";
    let help = Some(help.to_owned());
    match value.into_inner() {
        DeValue::String(word) if word == "json" => Some(Answers::Json),
        DeValue::Table(table) if table.is_empty() => {
            mistakes.report(codes::ANSWERS, span, "no exit code is an answer", "empty", help);
            None
        }
        DeValue::Table(table) => {
            let mut codes = BTreeMap::new();
            for (key, value) in table {
                let code = exit_code(key.get_ref(), key.span(), mistakes);
                let status = mistakes.status_of(value, "an exit code stands for a status");
                if let (Some(code), Some(status)) = (code, status) {
                    codes.insert(code, status);
                }
            }
            Some(Answers::Codes(codes))
        }
        _ => {
            let message = "`answers` is neither \"json\" nor a table of exit codes";
            mistakes.report(codes::ANSWERS, span, message, "cannot be read as answers", help);
            None
        }
    }
}

fn exit_code(key: &str, span: Range<usize>, mistakes: &mut Mistakes<'_>) -> Option<i32> {
    // `01` and `+1` would be second names of one code.
    let code = key.parse::<u8>().ok().filter(|code| code.to_string() == key);
    let code = code.filter(|code| *code <= EXIT_CODE_MAX);
    if code.is_none() {
        let message = format!("`{}` is not an exit code of an answer", shown(key));
        let label = format!("expected a number from 0 to {EXIT_CODE_MAX}");
        mistakes.report(codes::ANSWERS, span, message, &label, None);
    }
    code.map(i32::from)
}

fn bounds(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> ExternalBounds {
    let mut bounds = ExternalBounds::default();
    if let Some(value) = fields.raw("timeout_seconds") {
        let span = value.span();
        let seconds = match value.into_inner() {
            DeValue::Integer(number) => number.to_string().parse::<f64>().ok(),
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            _ => None,
        };
        match seconds.filter(|seconds| *seconds > 0.0 && *seconds <= SECONDS_MAX) {
            Some(seconds) => bounds.time_max = Duration::from_secs_f64(seconds),
            None => mistakes.value(
                span,
                "`timeout_seconds` is no number of seconds that a program may take",
                &format!("expected a number above 0 and at most {SECONDS_MAX}"),
            ),
        }
    }
    let expected = format!("a whole number from 1 to {MEGABYTES_MAX}");
    let megabytes: Option<Spanned<u64>> = fields.get("memory_megabytes_max", &expected, mistakes);
    if let Some(megabytes) = megabytes {
        if (1..=MEGABYTES_MAX).contains(megabytes.get_ref()) {
            bounds.memory_bytes_max = megabytes.get_ref() << 20;
        } else {
            let message = "`memory_megabytes_max` is out of range";
            mistakes.value(megabytes.span(), message, &format!("expected {expected}"));
        }
    }
    bounds
}
