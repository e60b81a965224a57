//! Why a command could not be carried out, and what it exits with.

use crate::args::Options;
use patchstate_catalog::CatalogError;
use patchstate_report::text::Outcome;
use patchstate_source::Diagnostic;
use patchstate_study::StudyError;
use std::{io, path::PathBuf, process::ExitCode};

/// Exit code of an internal error.
pub(crate) const INTERNAL: u8 = 70;

/// How a command ended that could be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// Every expectation holds, nothing was found.
    Clean,
    /// Findings.
    Findings,
    /// Bad input that was reported as the result.
    BadInput,
    /// A bound was hit, or evidence could not be read.
    Inconclusive,
    /// Nothing was selected to run.
    NothingRan,
}

impl Code {
    /// The worse one of two. Bad input goes over all else, so that nobody overlooks what was not
    /// looked at; and findings go over what could not be read, since they are certain.
    pub(crate) fn worse(self, other: Self) -> Self {
        let weight = |code| match code {
            Self::BadInput => 3,
            Self::Findings => 2,
            Self::Inconclusive => 1,
            Self::Clean | Self::NothingRan => 0,
        };
        if weight(other) > weight(self) { other } else { self }
    }

    /// How the last line calls it.
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Clean => Outcome::Passed,
            Self::Findings | Self::BadInput => Outcome::Failed,
            Self::Inconclusive => Outcome::Inconclusive,
            Self::NothingRan => Outcome::NothingRan,
        }
    }

    /// The exit code, with `--exit-zero` taken into account.
    pub(crate) fn under(self, options: &Options) -> ExitCode {
        ExitCode::from(match self {
            Self::Findings | Self::Inconclusive if options.exit_zero => 0,
            Self::Clean => 0,
            Self::Findings => 1,
            Self::BadInput => 2,
            Self::Inconclusive => 3,
            Self::NothingRan => 4,
        })
    }
}

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Files that a person wrote have mistakes.
    #[error("{} in what was read", count(.0.len()))]
    Mistakes(Vec<Diagnostic>),
    /// A catalog folder cannot be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A run could not be done.
    #[error(transparent)]
    Run(#[from] StudyError),
    /// An assumption cannot be set.
    #[error("--assume: {0}")]
    Assume(#[from] patchstate_servicing::SwitchError),
    /// A tree cannot be scanned.
    #[error(transparent)]
    Tree(#[from] patchstate_detect::TreeError),
    /// An output folder cannot be written.
    #[error(transparent)]
    Image(#[from] patchstate_image::ImageError),
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] patchstate_report::ReportError),
    /// A path that the user named cannot be read or written.
    #[error("{}: {problem}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Something on the command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Several of these at once.
    #[error("{} problems", .0.len())]
    Several(Vec<Failure>),
    /// Standard output cannot be written.
    #[error("the result could not be written to standard output: {0}")]
    Output(#[source] io::Error),
    /// The threads could not be started.
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl Failure {
    /// A path with what is wrong with it.
    pub(crate) fn path(path: impl Into<PathBuf>, problem: impl std::fmt::Display) -> Self {
        Self::Path { path: path.into(), problem: problem.to_string() }
    }

    /// Both values, or everything that is wrong.
    pub(crate) fn both<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Err(failure),
            (Err(one), Err(other)) => Err(Self::Several(vec![one, other])),
        }
    }

    /// Nothing, or everything that is wrong.
    pub(crate) fn all(mut failures: Vec<Self>) -> Result<(), Self> {
        match failures.len() {
            0 => Ok(()),
            1 => failures.pop().map_or(Ok(()), Err),
            _ => Err(Self::Several(failures)),
        }
    }

    /// The mistakes in files that were read.
    pub(crate) fn mistakes(&self) -> Vec<&Diagnostic> {
        match self {
            Self::Mistakes(mistakes) => mistakes.iter().collect(),
            Self::Several(failures) => failures.iter().flat_map(Self::mistakes).collect(),
            _ => Vec::new(),
        }
    }

    /// What else is wrong than mistakes in files, one message for each.
    pub(crate) fn problems(&self) -> Vec<String> {
        match self {
            Self::Mistakes(_) => Vec::new(),
            Self::Several(failures) => failures.iter().flat_map(Self::problems).collect(),
            failure => failure.messages(),
        }
    }

    /// What is wrong, one message for each mistake.
    pub(crate) fn messages(&self) -> Vec<String> {
        match self {
            Self::Run(StudyError::Order(error)) => {
                let problems = error.problems.iter();
                problems
                    .map(|(position, _, problem)| format!("step {position}: {problem}"))
                    .collect()
            }
            Self::Run(StudyError::Names(wrong)) => wrong.iter().map(ToString::to_string).collect(),
            Self::Several(failures) => failures.iter().flat_map(Self::messages).collect(),
            failure => vec![failure.to_string()],
        }
    }

    /// The exit code: 2 for everything that a user can mend, 70 for the rest.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Report(_) | Self::Threads(_) => INTERNAL,
            Self::Several(failures) => failures.iter().map(Self::exit_code).max().unwrap_or(2),
            _ => 2,
        }
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 mistake".to_owned() } else { format!("{number} mistakes") }
}
