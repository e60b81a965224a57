//! What can go wrong in a run that is not a finding.

use patchstate_image::ImageError;
use patchstate_servicing::{ActionNames, ModelError, OrderError, StepProblem, SwitchError};
use patchstate_space::TooLarge;
use patchstate_terms::{Architecture, Level};
use std::{
    io,
    path::{Path, PathBuf},
};

/// A run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The catalog cannot be compiled for the architecture or the scope.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An install order cannot be read.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// Names on the command line are not in the catalog.
    #[error("{}", all(.0))]
    Names(Vec<WrongName>),
    /// A claim cannot be checked.
    #[error("claim {id}: {error}")]
    Claim {
        /// The claim's id.
        id: String,
        /// Why.
        error: Box<Self>,
    },
    /// The space of a scope cannot be held.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A scope has too many hosts to be looked at one by one.
    #[error("{}", too_many(*architecture, *limit, smaller))]
    TooManyHosts {
        /// The architecture on which it has.
        architecture: Architecture,
        /// So many it may have.
        limit: usize,
        /// Parts of it that have fewer, with how many they have on that architecture.
        smaller: Vec<(ActionNames, usize)>,
    },
    /// An assumption of a claim cannot be set.
    #[error(transparent)]
    Assumption(#[from] SwitchError),
    /// There is no such media of the base operating system.
    #[error("there is no {} media of the base operating system", .0.title())]
    NoMedia(Level),
    /// The catalog asks for an image that cannot be written.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Files that a rule needs on disk cannot be written.
    #[error("{}: cannot be written: {error}", folder.display())]
    Folder {
        /// The file or folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// A name that is not in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {problem}")]
pub struct WrongName {
    /// Where the name was given.
    pub option: &'static str,
    /// What is wrong with it.
    pub problem: StepProblem,
}

fn all(wrong: &[WrongName]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn too_many(architecture: Architecture, limit: usize, smaller: &[(ActionNames, usize)]) -> String {
    let flags = |(names, hosts): &(ActionNames, usize)| {
        let ActionNames { components, updates, branches } = names;
        let list = |names: &[String]| names.join(",").to_lowercase();
        let updates = match list(updates) {
            none if none.is_empty() => none,
            some => format!(" --updates {some}"),
        };
        let branches = if *branches { " --branches" } else { "" };
        format!("`--components {}{updates}{branches}` with {hosts} hosts", list(components))
    };
    let named: Vec<String> = smaller.iter().map(flags).collect();
    let advice = match named.join(", or ") {
        none if none.is_empty() => none,
        some => format!(", for example {some}"),
    };
    format!(
        "the scope has more than {limit} hosts on {architecture}, which are too many to be shown \
         one by one: name fewer components or updates, or a group in place of its members{advice}"
    )
}

impl StudyError {
    /// A single name that is not in the catalog.
    pub(crate) fn name(option: &'static str, problem: StepProblem) -> Self {
        Self::Names(vec![WrongName { option, problem }])
    }

    pub(crate) fn claim(id: &str, error: Self) -> Self {
        Self::Claim { id: id.to_owned(), error: Box::new(error) }
    }

    pub(crate) fn folder(folder: &Path, error: io::Error) -> Self {
        Self::Folder { folder: folder.to_owned(), error }
    }
}
