//! What is printed: results to standard output or a file, all else to standard error.

use crate::{
    args::{Color, Options},
    failure::Failure,
};
use anstream::{AutoStream, ColorChoice};
use std::{
    io::{self, ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

/// Writes a result. Styles are stripped where they are not wanted; a closed pipe is no error.
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

/// Writes a file under a temporary name first, so that it is there as a whole or not at all.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        set_permissions(file.path())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| Failure::path(path, format!("it cannot be written: {error}")))
}

/// Temporary files are private; a result is as readable as any other new file.
fn set_permissions(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Says something on standard error.
pub(crate) fn note(options: &Options, text: &str) {
    let mut stream = AutoStream::new(io::stderr().lock(), choice(options));
    // There is nowhere left to say that standard error is closed.
    let _ = stream.write_all(text.as_bytes());
}

/// Whether diagnostics on standard error may have colours.
pub(crate) fn choice(options: &Options) -> ColorChoice {
    match options.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

/// Reports a failure and gives its exit code.
pub(crate) fn fail(options: &Options, failure: &Failure) -> ExitCode {
    if let Failure::Mistakes(diagnostics) = failure {
        note(options, &patchstate_report::render_diagnostics(diagnostics, true));
    }
    let message = format!("error: {}\n", patchstate_report::text::neutral(&failure.to_string()));
    note(options, &message);
    ExitCode::from(failure.exit_code())
}

/// Prints what clap has to say: help and version to standard output, mistakes to standard error.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render().ansi().to_string().replace('\u{2212}', "-");
    let to_stderr = error.use_stderr();
    let written = if to_stderr {
        AutoStream::auto(io::stderr().lock()).write_all(text.as_bytes())
    } else {
        AutoStream::auto(io::stdout().lock()).write_all(text.as_bytes())
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::from(if to_stderr { 2 } else { 0 }),
    }
}
