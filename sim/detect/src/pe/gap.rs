//! What is missing in what was read of a table.

use crate::{Problem, ProblemPart};

/// Something that is missing in what was read of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) is_truncated: bool,
    pub(super) reason: String,
}

impl Gap {
    /// Something that makes no sense, or is not there.
    pub(super) const fn unreadable(reason: String) -> Self {
        Self { is_truncated: false, reason }
    }

    /// Something that was cut off, by us or in the file.
    pub(super) const fn truncated(reason: String) -> Self {
        Self { is_truncated: true, reason }
    }

    /// Adds it to what is told about a part, unless a gap of its kind is told already: a table can
    /// have thousands.
    pub(super) fn note(self, part: ProblemPart, problems: &mut Vec<Problem>) {
        let Self { is_truncated, reason } = self;
        if !problems.iter().any(|it| it.part == part && it.is_truncated == is_truncated) {
            problems.push(Problem { part, is_truncated, reason });
        }
    }
}
