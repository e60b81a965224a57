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
    cel::read_path,
    head::{Codes, Head, Text, WrittenHead, read_file},
    shown::neutral,
};
use core::time::Duration;
use patchstate_source::{
    Diagnostic, FormCodes, FromValue, Mistakes, Problem, SourceFile, quoted, row, wrong_type,
};
use patchstate_terms::WindowsPath;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{self, Path},
    sync::Arc,
};
use toml::{
    Spanned,
    de::{DeString, DeValue},
};

/// The name of the source of a rule that is a command line.
const COMMAND_NAME: &str = "<command>";

/// The name of the source of a list of files on the command line.
const LIST_NAME: &str = "<reads>";

const CODES: Codes = Codes {
    form: FormCodes {
        syntax: codes::SYNTAX,
        unknown: codes::UNKNOWN_FIELD,
        missing: codes::MISSING_FIELD,
        value: codes::VALUE,
    },
    status: codes::UNKNOWN_STATUS,
};

row! {
    /// A file `*.external.toml` as it is written.
    pub(crate) struct WrittenExternal {
        id: Text,
        title: Text,
        description: Option<String>,
        references: Vec<String> = Vec::new(),
        stands_for: Option<Spanned<Vec<Text>>>,
        command: Spanned<Vec<Text>>,
        reads: Option<Spanned<Vec<Text>>>,
        protocol: Option<Text>,
        answers: Option<Spanned<WrittenAnswers>>,
        timeout_seconds: Option<Spanned<f64>>,
        memory_megabytes_max: Option<Spanned<u64>>,
    }
}

/// What stands under `answers`.
enum WrittenAnswers {
    /// Where the answers are, in a word.
    Word(String),
    /// Exit codes and the statuses that they stand for.
    Codes(Vec<(Text, Text)>),
}

impl FromValue for WrittenAnswers {
    fn expected() -> String {
        "\"json\" or a table of exit codes".to_owned()
    }

    fn example() -> &'static str {
        "\"json\""
    }

    fn from_value(value: Spanned<DeValue<'_>>, what: &str, problems: &mut Vec<Problem>) -> Self {
        let span = value.span();
        match value.into_inner() {
            DeValue::String(word) => Self::Word(word.into_owned()),
            DeValue::Table(table) => {
                let entry = |(key, status): (Spanned<DeString<'_>>, _)| {
                    let name = key.get_ref().to_string();
                    let what = format!("exit code `{}`", quoted(&name));
                    (Text::new(key.span(), name), Text::from_value(status, &what, problems))
                };
                Self::Codes(table.into_iter().map(entry).collect())
            }
            other => wrong_type(&other, span, what, problems),
        }
    }

    fn placeholder(_: Range<usize>) -> Self {
        Self::Word(String::new())
    }
}

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
            let mut mistakes = Mistakes::new(&source, &CODES.form);
            let message = "the command line ends in the middle of a word";
            let span = 0..line.len();
            mistakes.report(codes::VALUE, span, message, "a quote is not closed", None);
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
        let mut mistakes = Mistakes::new(&source, &CODES.form);
        let program = words.first().map(String::as_str);
        check_program(program, 0..line.len(), None, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes.finish());
        }
        let head = Head::unwritten(id, line, source.clone());
        let protocol = Protocol::Once(Answers::Convention);
        Ok(Self {
            head,
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
    read_file(source, &CODES, |written: WrittenExternal, mistakes| {
        let WrittenExternal { id, title, description, references, stands_for, .. } = written;
        let head = WrittenHead { id, title, description, references, stands_for };
        let head = Head::read(head, &CODES, mistakes);
        let home = home(folder, mistakes);
        let stays = written.protocol.is_some_and(|word| stays(&word, mistakes));
        let words = words(&written.command, home.as_deref(), stays, mistakes);
        let reads = match &written.reads {
            Some(paths) => reads(paths, known, mistakes),
            None => Some(Reads::Folder),
        };
        let protocol = protocol(written.answers.as_ref(), stays, mistakes);
        let seconds = written.timeout_seconds.as_ref();
        let bounds = bounds(seconds, written.memory_megabytes_max.as_ref(), mistakes);
        let (words, named) = words?;
        Some(ExternalRule {
            head: head?,
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
            mistakes.report(codes::VALUE, 0..0, message, "of this file", None);
            None
        }
    }
}

fn words(
    written: &Spanned<Vec<Text>>,
    home: Option<&Path>,
    stays: bool,
    mistakes: &mut Mistakes<'_>,
) -> Option<(Vec<String>, Range<usize>)> {
    let mut words = Vec::with_capacity(written.get_ref().len());
    for word in written.get_ref() {
        if word.get_ref().contains('\0') {
            let message = "no word can hold a null character";
            mistakes.report(codes::VALUE, word.span(), message, "null character", None);
        } else if stays && word.get_ref().contains(FOLDER) {
            let message = "a program that stays reads the folders from its input";
            let help = Some(format!("leave `{FOLDER}` out, or the `protocol`"));
            mistakes.report(codes::PROTOCOL, word.span(), message, "one folder of many", help);
        } else {
            words.push(word.get_ref().clone());
        }
    }
    if words.len() < written.get_ref().len() {
        return None;
    }
    let named = written.get_ref().first().map_or(written.span(), Spanned::span);
    check_program(words.first().map(String::as_str), named.clone(), home, mistakes);
    Some((words, named))
}

/// The files that the program is given.
fn reads(
    paths: &Spanned<Vec<Text>>,
    known: &KnownNames,
    mistakes: &mut Mistakes<'_>,
) -> Option<Reads> {
    if paths.get_ref().is_empty() {
        let message = "a program that reads nothing says the same of every host";
        let help = "write `reads = [\"system32/inetsrv/iisutil.dll\"]`, or leave it out: then the \
                    folder has all files of the host";
        mistakes.report(codes::READS, paths.span(), message, "no file", Some(help.to_owned()));
        return None;
    }
    let mut files = BTreeSet::new();
    for path in paths.get_ref() {
        add_file(&mut files, path.get_ref(), path.span(), known, mistakes);
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
    let (path, said) = read_path(known, text, mistakes.source(), span.clone());
    let code = codes::READS.name;
    mistakes.add(said.map(|said| Diagnostic { code, ..said }));
    if path.is_some_and(|path| !files.insert(path)) {
        mistakes.report(codes::READS, span, "this file is named before", "named again", None);
    }
}

/// Reads a list of files with commas.
pub(super) fn read_list(
    list: &str,
    known: &KnownNames,
) -> (Option<BTreeSet<WindowsPath>>, Vec<Diagnostic>) {
    let source = SourceFile::new(LIST_NAME, list);
    let mut mistakes = Mistakes::new(&source, &CODES.form);
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
        let message = format!("there is no program `{}`", quoted(program));
        let help = "a path counts from the folder of this file".to_owned();
        mistakes.report(codes::PROGRAM, span, message, "no such file", Some(help));
    }
}

/// Whether the program stays.
fn stays(word: &Text, mistakes: &mut Mistakes<'_>) -> bool {
    match word.get_ref().as_str() {
        "once" => false,
        "lines" => true,
        _ => {
            let message = "`protocol` is neither \"once\" nor \"lines\"";
            let help = "\"once\" starts the program for each folder; with \"lines\" it stays, \
                        reads a folder a line and writes an answer a line";
            let help = Some(help.to_owned());
            mistakes.report(codes::PROTOCOL, word.span(), message, "unknown protocol", help);
            false
        }
    }
}

fn protocol(
    written: Option<&Spanned<WrittenAnswers>>,
    stays: bool,
    mistakes: &mut Mistakes<'_>,
) -> Option<Protocol> {
    let Some(written) = written else {
        let once = || Protocol::Once(Answers::Convention);
        return Some(if stays { Protocol::Lines(Programs::default()) } else { once() });
    };
    let answers = answers(written, mistakes)?;
    if !stays {
        return Some(Protocol::Once(answers));
    }
    if answers != Answers::Json {
        let message = "a program that stays has no exit code to answer by";
        let label = "exit codes are no answers here";
        let help = Some("leave `answers` out, or the `protocol`".to_owned());
        mistakes.report(codes::ANSWERS, written.span(), message, label, help);
        return None;
    }
    Some(Protocol::Lines(Programs::default()))
}

fn answers(written: &Spanned<WrittenAnswers>, mistakes: &mut Mistakes<'_>) -> Option<Answers> {
    let help = "write `answers = \"json\"`, or a table: `[answers]`, `0 = \"consistent\"`";
    let (message, label) = match written.get_ref() {
        WrittenAnswers::Word(word) if word == "json" => return Some(Answers::Json),
        WrittenAnswers::Word(_) => {
            let message = "`answers` is neither \"json\" nor a table of exit codes";
            (message, "cannot be read as answers")
        }
        WrittenAnswers::Codes(entries) if entries.is_empty() => {
            ("no exit code is an answer", "empty")
        }
        WrittenAnswers::Codes(entries) => {
            let mut answers = BTreeMap::new();
            for (key, word) in entries {
                let code = exit_code(key.get_ref(), key.span(), mistakes);
                let status = CODES.status_of(word, mistakes);
                if let (Some(code), Some(status)) = (code, status) {
                    answers.insert(code, status);
                }
            }
            return Some(Answers::Codes(answers));
        }
    };
    mistakes.report(codes::ANSWERS, written.span(), message, label, Some(help.to_owned()));
    None
}

fn exit_code(key: &str, span: Range<usize>, mistakes: &mut Mistakes<'_>) -> Option<i32> {
    // `01` and `+1` would be second names of one code.
    let code = key.parse::<u8>().ok().filter(|code| code.to_string() == key);
    let code = code.filter(|code| *code <= EXIT_CODE_MAX);
    if code.is_none() {
        let message = format!("`{}` is not an exit code of an answer", quoted(key));
        let label = format!("expected a number from 0 to {EXIT_CODE_MAX}");
        mistakes.report(codes::ANSWERS, span, message, &label, None);
    }
    code.map(i32::from)
}

fn bounds(
    seconds: Option<&Spanned<f64>>,
    megabytes: Option<&Spanned<u64>>,
    mistakes: &mut Mistakes<'_>,
) -> ExternalBounds {
    let mut bounds = ExternalBounds::default();
    if let Some(seconds) = seconds {
        if *seconds.get_ref() > 0.0 && *seconds.get_ref() <= SECONDS_MAX {
            bounds.time_max = Duration::from_secs_f64(*seconds.get_ref());
        } else {
            let message = "`timeout_seconds` is no number of seconds that a program may take";
            let label = format!("expected a number above 0 and at most {SECONDS_MAX}");
            mistakes.report(codes::VALUE, seconds.span(), message, &label, None);
        }
    }
    if let Some(megabytes) = megabytes {
        if (1..=MEGABYTES_MAX).contains(megabytes.get_ref()) {
            bounds.memory_bytes_max = megabytes.get_ref() << 20;
        } else {
            let message = "`memory_megabytes_max` is out of range";
            let label = format!("expected a whole number from 1 to {MEGABYTES_MAX}");
            mistakes.report(codes::VALUE, megabytes.span(), message, &label, None);
        }
    }
    bounds
}
