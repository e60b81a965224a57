//! A picture that a command draws beside its result.

use super::new_files::place;
use crate::{args::Options, failure::Failure, output};
use std::path::Path;

/// Whether a picture may be written there: neither over what was read, nor where the result goes.
pub(super) fn check(options: &Options, file: Option<&Path>) -> Result<(), Failure> {
    output::check_unread("--svg", file)?;
    let Some(path) = file else { return Ok(()) };
    if path == Path::new("-") {
        return Err(Failure::path(
            path,
            "`--svg` wants a file: the result goes to standard output",
        ));
    }
    if options.output_file().is_some_and(|output| place(output) == place(path)) {
        let problem = "the result goes there, by `--output`: name another file for `--svg`";
        return Err(Failure::path(path, problem));
    }
    Ok(())
}

/// Draws a picture where one is asked for. What is there is replaced, as `--output` does it.
pub(super) fn write(file: Option<&Path>, draw: impl FnOnce() -> String) -> Result<(), Failure> {
    file.map_or(Ok(()), |path| output::write_file(path, &draw()))
}
