//! Copies of a file.

use patchstate_terms::Branch;

/// One copy of a file: what tells it from other copies of the same file.
///
/// The order is that of replacement: a higher revision is newer, and at the same revision QFE
/// goes over GDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileCopy {
    /// The last number of the file version.
    pub revision: u16,
    /// The branch.
    pub branch: Branch,
}
