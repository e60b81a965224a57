//! What is printed: results to standard output or a file, all else to standard error.

use crate::{
    args::{Color, Options},
    failure::Failure,
};
use anstream::{AutoStream, ColorChoice};
use patchstate_terms::Diagnostic;
use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

/// Writes a result. Styles are stripped where they are not wanted; a closed pipe is no error. What
/// programs read has no styles, and no letter that goes with them: whoever writes it spells all
/// control characters out.
pub(crate) fn result(options: &Options, text: &str) -> Result<(), Failure> {
    if let Some(path) = &options.output {
        return write_file(path, &anstream::adapter::strip_str(text).to_string());
    }
    let mut stream = AutoStream::new(io::stdout().lock(), choice(options));
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::Output),
    }
}

/// Writes a file under a temporary name first, so that it is there as a whole or not at all. What
/// is there and is no regular file, a pipe or a device, is written to and stays what it is.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text)
        .map_err(|error| Failure::path(path, format!("it cannot be written: {error}")))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    // A link is followed, so that the file that it stands for is replaced and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let present = match fs::metadata(&path) {
        Ok(present) if present.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Ok(present) if !present.is_file() => return fs::write(&path, text),
        Ok(present) => Some(present.permissions()),
        Err(_) => None,
    };
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut file = new_file(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    if let Some(permissions) = present {
        file.as_file().set_permissions(permissions)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file that is as readable as any other new file; the system's mask applies.
pub(crate) fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Says something on standard error.
pub(crate) fn note(options: &Options, text: &str) {
    let mut stream = AutoStream::new(io::stderr().lock(), choice(options));
    // There is nowhere left to say that standard error is closed.
    let _ = stream.write_all(text.as_bytes());
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
    if !mistakes.is_empty() {
        note(options, &patchstate_report::render_diagnostics(&mistakes, true));
    }
    for message in failure.messages() {
        note(options, &format!("error: {}\n", patchstate_report::text::neutral(&message)));
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
