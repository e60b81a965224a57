//! What is printed: results to standard output or a file, all else to standard error.

use crate::{
    args::{Color, Options},
    commands,
    failure::Failure,
    interrupt,
};
use anstream::{AutoStream, ColorChoice};
use patchstate_report::{
    render_diagnostics,
    text::{Detail, LastLine, View, neutral_name},
};
use patchstate_source::Diagnostic;
use std::{
    fs,
    io::{self, ErrorKind, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};
use terminal_size::{Height, Width, terminal_size_of};

/// How a result is shown: as wide as the screen that standard output is, if it is one.
pub(crate) fn view(options: &Options) -> View {
    let size = || terminal_size_of(io::stdout());
    View::new(columns(options.output_file().is_none().then(size).flatten()), detail(options))
}

/// The same of what is said on standard error.
pub(crate) fn note_view(options: &Options) -> View {
    View::new(columns(terminal_size_of(io::stderr())), detail(options))
}

/// The columns of a screen; the variable `COLUMNS` says it better than the screen itself.
fn columns(size: Option<(Width, Height)>) -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let seen = size.map(|(Width(columns), _)| usize::from(columns));
    said.or(seen).filter(|columns| *columns > 0)
}

fn detail(options: &Options) -> Detail {
    match (options.quiet, options.verbose) {
        (true, _) => Detail::Problems,
        (false, 0) => Detail::Usual,
        (false, _) => Detail::Full,
    }
}

/// Says on standard error how a command ended whose result went to a file, so that a screen or a
/// log shows it too.
pub(crate) fn last_line(options: &Options, line: &LastLine) {
    if options.output_file().is_some() {
        note(options, &line.text(note_view(options)));
    }
}

/// So many links may lead to a file, as on Linux.
const LINKS_MAX: usize = 40;

/// Writes a result. Styles are stripped where they are not wanted; a closed pipe is no error. What
/// programs read has no styles, and no letter that goes with them: whoever writes it spells all
/// control characters out.
pub(crate) fn result(options: &Options, text: &str) -> Result<(), Failure> {
    if let Some(path) = options.output_file() {
        check_file(options)?;
        return write_file(path, &anstream::adapter::strip_str(text).to_string());
    }
    match print(options, text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::Output),
    }
}

fn print(options: &Options, text: &str) -> io::Result<()> {
    let mut stream = AutoStream::new(stdout()?, choice(options));
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
}

/// Whether the result may go where it shall go: what was read is not written over.
pub(crate) fn check_file(options: &Options) -> Result<(), Failure> {
    check_unread("--output", options.output_file())
}

/// Whether a flag may have its file written: what was read is not written over.
pub(crate) fn check_unread(flag: &str, file: Option<&Path>) -> Result<(), Failure> {
    match file.filter(|path| commands::was_read(path)) {
        Some(path) => {
            let problem = format!("it was read, and `{flag}` would replace it: name another file");
            Err(Failure::path(path, problem))
        }
        None => Ok(()),
    }
}

/// Standard output. That of the library takes for written what could not be, because it was opened
/// for reading only.
#[cfg(unix)]
fn stdout() -> io::Result<fs::File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// Standard output.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn stdout() -> io::Result<io::StdoutLock<'static>> {
    Ok(io::stdout().lock())
}

/// Writes a file under a temporary name first, so that it is there as a whole or not at all. What
/// is there and is no regular file, a pipe or a device, is written to and stays what it is.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::path(path, format!("it cannot be written: {error}"))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = WholeFile::begin(path)?;
    file.write_all(text.as_bytes())?;
    file.finish()
}

/// A file that is there as a whole once it is finished.
enum WholeFile {
    /// Under a temporary name, with the place and the permissions that it is to have.
    Regular(tempfile::NamedTempFile, PathBuf, Option<fs::Permissions>),
    /// What is there and is no regular file.
    Other(fs::File),
}

impl WholeFile {
    fn begin(path: &Path) -> io::Result<Self> {
        let path = behind_links(path)?;
        let present = match fs::metadata(&path) {
            Ok(present) if present.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(present) if !present.is_file() => return fs::File::create(&path).map(Self::Other),
            Ok(present) => Some(present.permissions()),
            Err(_) => None,
        };
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        if !folder.is_dir() {
            let problem = format!("there is no folder {}", folder.display());
            return Err(io::Error::new(ErrorKind::NotFound, problem));
        }
        // The name of the temporary file, which an error has, would tell nobody anything.
        let file = new_file(folder).map_err(|error| io::Error::from(error.kind()))?;
        interrupt::remove(file.path());
        Ok(Self::Regular(file, path, present))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Regular(file, ..) => file.write_all(bytes),
            Self::Other(file) => file.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        let Self::Regular(file, path, present) = self else { return Ok(()) };
        file.as_file().sync_all()?;
        if let Some(permissions) = present {
            file.as_file().set_permissions(permissions)?;
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// A result that is written row by row, so that nobody has to keep it, or to wait for its end.
pub(crate) struct Rows<'a> {
    options: &'a Options,
    file: Option<(&'a Path, WholeFile)>,
}

impl<'a> Rows<'a> {
    /// Nothing is written yet.
    pub(crate) fn open(options: &'a Options) -> Result<Self, Failure> {
        check_file(options)?;
        let begin = |path| {
            let file = WholeFile::begin(path).map_err(|error| unwritten(path, &error))?;
            Ok::<_, Failure>((path, file))
        };
        Ok(Self { options, file: options.output_file().map(begin).transpose()? })
    }

    /// Writes a row, and says whether anybody reads what follows.
    pub(crate) fn write(&mut self, row: &str) -> Result<ControlFlow<()>, Failure> {
        if let Some((path, file)) = &mut self.file {
            let plain = anstream::adapter::strip_str(row).to_string();
            file.write_all(plain.as_bytes()).map_err(|error| unwritten(path, &error))?;
            return Ok(ControlFlow::Continue(()));
        }
        match print(self.options, row) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
            Err(error) => Err(Failure::Output(error)),
        }
    }

    /// The result is all there.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Some((path, file)) = self.file else { return Ok(()) };
        file.finish().map_err(|error| unwritten(path, &error))
    }
}

/// The file that a path stands for: a link is followed, also to where nothing is yet, so that the
/// file is replaced and not the link.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    if let Ok(whole) = fs::canonicalize(path) {
        return Ok(whole);
    }
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        // What is there and has no name, such as a pipe behind `/dev/stdout`, is written to as it
        // is.
        if path.exists() {
            return Ok(path);
        }
        let Ok(target) = fs::read_link(&path) else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "links lead in a circle"))
}

/// A temporary file that is as readable as any other new file; the system's mask applies.
pub(crate) fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = fs::Permissions::from_mode(0o666);
        tempfile::Builder::new().permissions(readable).tempfile_in(folder)
    }
    #[cfg(windows)]
    tempfile::Builder::new().tempfile_in(folder)
}

/// Says something on standard error.
pub(crate) fn note(options: &Options, text: &str) {
    let mut stream = AutoStream::new(io::stderr().lock(), choice(options));
    // There is nowhere left to say that standard error is closed.
    let _ = stream.write_all(text.as_bytes());
}

/// Shows what was found in files that people wrote, on standard error.
pub(crate) fn diagnostics(options: &Options, found: &[Diagnostic]) {
    if !found.is_empty() {
        note(options, &render_diagnostics(found, true, note_view(options)));
    }
}

/// Whether diagnostics on standard error may have colours.
pub(crate) fn choice(options: &Options) -> ColorChoice {
    choice_of(options.color)
}

fn choice_of(color: Color) -> ColorChoice {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

/// Reports a failure and gives its exit code.
pub(crate) fn fail(options: &Options, failure: &Failure) -> ExitCode {
    let mistakes: Vec<Diagnostic> = failure.mistakes().into_iter().cloned().collect();
    diagnostics(options, &mistakes);
    let messages = failure.messages();
    for message in &messages {
        // A name with a line break in it must not begin a line of its own.
        note(options, &format!("error: {}\n", neutral_name(message)));
    }
    if messages.len() > 1 {
        note(options, &format!("error: {} problems, so nothing was run\n", messages.len()));
    }
    ExitCode::from(failure.exit_code())
}

/// What clap has to say, with the hyphens of steps as they were written.
pub(crate) fn usage_text(error: &clap::Error) -> String {
    error.render().ansi().to_string().replace('\u{2212}', "-")
}

/// Prints what clap has to say: help and version to standard output, mistakes to standard error.
pub(crate) fn usage(color: Color, error: &clap::Error) -> ExitCode {
    let text = usage_text(error);
    let to_stderr = error.use_stderr();
    let choice = choice_of(color);
    let written = if to_stderr {
        AutoStream::new(io::stderr().lock(), choice).write_all(text.as_bytes())
    } else {
        AutoStream::new(io::stdout().lock(), choice).write_all(text.as_bytes())
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let failure = Failure::Output(error);
            // There is nowhere left to say that standard error is closed.
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::from(failure.exit_code())
        }
        _ => ExitCode::from(if to_stderr { 2 } else { 0 }),
    }
}
