//! How a result is written: each command offers the formats that it has, and no others.

use clap::{Args, ValueEnum};

/// The formats of some commands.
pub(crate) trait Formats: ValueEnum + Send + Sync + 'static {
    /// One JSON object.
    const JSON: Self;
}

/// `--format` of a command that has the formats `F`, and what is short for it.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct FormatOf<F: Formats> {
    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: F,
    /// Short for `--format json`
    #[arg(long, conflicts_with = "format", overrides_with = "json")]
    json: bool,
}

impl<F: Formats + Copy> FormatOf<F> {
    /// The format that was asked for.
    pub(crate) fn chosen(&self) -> F {
        if self.json { F::JSON } else { self.format }
    }
}

/// Formats of a command that is asked about something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// Formats of a command that reports on files, for people and for continuous integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// `JUnit` XML
    #[value(help = "JUnit XML")]
    Junit,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// Formats of a command that looks at many things, each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// A JSON object in each line: one for each tree, and one about all of them
    Ndjson,
}

impl Formats for RowFormat {
    const JSON: Self = Self::Json;
}

impl Formats for Format {
    const JSON: Self = Self::Json;
}

impl Formats for ReportFormat {
    const JSON: Self = Self::Json;
}
