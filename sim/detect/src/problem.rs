//! What could not be read, and why: a value, so that reading never has to fail.

use patchstate_terms::{Finding, FindingKind, WindowsPath};

/// Which part of a file a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemPart {
    /// The file as a whole.
    Image,
    /// The export table of a PE file.
    Exports,
    /// The import table of a PE file.
    Imports,
    /// The table of delayed imports of a PE file.
    DelayedImports,
    /// The version resource of a PE file.
    Version,
    /// The keys and values of a registry hive.
    Registry,
}

/// One thing that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// What it is about.
    pub part: ProblemPart,
    /// Whether the file is shorter than its own headers say.
    pub is_truncated: bool,
    /// A clause that fits after the file's name and "cannot be read: ".
    pub reason: String,
}

impl Problem {
    /// Something that is there and makes no sense, or that was not to be had.
    #[must_use]
    pub const fn unreadable(part: ProblemPart, reason: String) -> Self {
        Self { part, is_truncated: false, reason }
    }

    /// Something that is missing at the end.
    #[must_use]
    pub const fn truncated(part: ProblemPart, reason: String) -> Self {
        Self { part, is_truncated: true, reason }
    }

    /// The kind of finding that reports it.
    #[must_use]
    pub const fn kind(&self) -> FindingKind {
        if self.is_truncated { FindingKind::Truncated } else { FindingKind::Unreadable }
    }

    /// The finding that reports it.
    #[must_use]
    pub fn finding(&self, file: &WindowsPath) -> Finding {
        let name = file.file_name();
        let what = match self.part {
            ProblemPart::Image => name.to_owned(),
            ProblemPart::Exports => format!("The list of exports of {name}"),
            ProblemPart::Imports => format!("The list of imports of {name}"),
            ProblemPart::DelayedImports => format!("The list of delayed imports of {name}"),
            ProblemPart::Version => format!("The version of {name}"),
            ProblemPart::Registry => format!("The registry hive {name}"),
        };
        let verb = if self.is_truncated { "is cut short" } else { "cannot be read" };
        Finding {
            kind: self.kind(),
            file: file.clone(),
            expected: None,
            found: None,
            import: None,
            update: None,
            detail: format!("{what} {verb}: {}.", self.reason),
        }
    }
}
