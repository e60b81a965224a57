//! What is said of a command that could not be carried out.

use super::places::places;
use crate::{
    args::{Cli, ReportFormat},
    failure::Failure,
    output,
};
use patchstate_report::{NotRun, github_not_run, junit_not_run, sarif_not_run};
use patchstate_source::Diagnostic;
use std::process::ExitCode;

/// Says what is in the way: on standard error, and where a report for other programs was asked for,
/// in that too, so that whoever reads it does not take silence for success.
pub(crate) fn tell(cli: &Cli, failure: &Failure) -> ExitCode {
    let code = output::fail(&cli.options, failure);
    match written(cli, failure) {
        Ok(()) => code,
        // That the result cannot be written may be what is in the way, and is said already.
        Err(same) if failure.messages().contains(&same.to_string()) => code,
        Err(other) => {
            output::fail(&cli.options, &other);
            code
        }
    }
}

fn written(cli: &Cli, failure: &Failure) -> Result<(), Failure> {
    let mistakes: Vec<Diagnostic> = failure.mistakes().into_iter().cloned().collect();
    let not_run = NotRun { mistakes: &mistakes, problems: &failure.problems() };
    let text = match cli.command.report_format() {
        // The object of a command is its result, and there is none.
        ReportFormat::Text | ReportFormat::Json => return Ok(()),
        ReportFormat::Junit => junit_not_run(not_run, &places())?,
        ReportFormat::Sarif => sarif_not_run(not_run, env!("CARGO_PKG_VERSION"), &places())?,
        ReportFormat::Github => github_not_run(not_run, &places()),
    };
    output::result(&cli.options, &text)
}
