//! How far a run over many hosts is, for whoever waits for it.

use patchstate_explore::Progress;
use patchstate_terms::Architecture;

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyProgress {
    /// Hosts are being reached.
    Exploring(Architecture, Progress),
    /// Files are being made and judged.
    Judging {
        /// The architecture.
        architecture: Architecture,
        /// Hosts of different looks that were judged so far.
        done: usize,
        /// All of these in the slice.
        total: usize,
        /// Different sets of files that were judged so far, in all slices of the architecture: so
        /// often was a program asked that is a rule and is given all files.
        sets: usize,
    },
}

/// How far a chunk of looks is, of whose new sets of files some were judged. Before it, so many of
/// all looks were done, and so many sets.
pub(crate) fn judging(
    architecture: Architecture,
    (done, total, sets): (usize, usize, usize),
    chunk: usize,
    (judged, fresh): (usize, usize),
) -> VerifyProgress {
    let part = (chunk * judged).checked_div(fresh).unwrap_or(0);
    VerifyProgress::Judging { architecture, done: done + part, total, sets: sets + judged }
}

/// Is told how many of some sets of files were judged.
pub(crate) type Tell<'a> = &'a (dyn Fn(usize, usize) + Sync);
