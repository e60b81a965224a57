//! Statuses and findings: the words that verdict and truth share.

use crate::{WindowsPath, words::words};
use std::{fmt, str::FromStr};

words! {
    /// The status of a host, worst first.
    pub enum Status {
        /// An import in the load closure of the worker process does not resolve.
        Broken = "broken",
        /// A file of an installed component is of another lineage than the operating system.
        Mismatch = "mismatch",
        /// The registry records an update, and a file that it brings is present in an older
        /// version.
        Drift = "drift",
        /// None of these.
        Consistent = "consistent",
        /// Not Windows Server 2003, or no IIS component is present.
        NotApplicable = "not-applicable",
        /// Verdict only: evidence needed for one of the others could not be read.
        Inconclusive = "inconclusive",
    }
}

words! {
    /// What kind of reason a finding is, in alphabetical order.
    pub enum FindingKind {
        /// A file is newer than the operating system's level.
        AheadOfOs = "ahead-of-os",
        /// A file is older than the operating system's level.
        BehindOs = "behind-os",
        /// A DLL that belongs to IIS and is imported is not there.
        MissingDll = "missing-dll",
        /// The file waits for a restart, which puts another copy in its place.
        PendingRestart = "pending-restart",
        /// The registry records an update; the file that it brings is older.
        RecordedNotPresent = "recorded-not-present",
        /// The file is shorter than its own headers say.
        Truncated = "truncated",
        /// The file, or the folder that should hold it, could not be read.
        Unreadable = "unreadable",
        /// A DLL does not export what another one imports from it.
        UnresolvedImport = "unresolved-import",
        /// Two sources that should agree on a version do not.
        VersionDisagreement = "version-disagreement",
        /// The file is for another machine than the operating system.
        WrongArchitecture = "wrong-architecture",
    }
}

impl FromStr for FindingKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a kind of finding"))
    }
}

/// What is imported from a DLL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportedSymbol {
    /// By name, as written in the file.
    Name(String),
    /// By ordinal.
    Ordinal(u16),
}

impl fmt::Display for ImportedSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.pad(name),
            Self::Ordinal(ordinal) => f.pad(&format!("#{ordinal}")),
        }
    }
}

/// One import: a DLL and, where it is about one symbol, the symbol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Import {
    /// The DLL's file name, lower case.
    pub dll: String,
    /// The symbol; `None` where the whole DLL is meant.
    pub symbol: Option<ImportedSymbol>,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.symbol {
            Some(symbol) => write!(f, "{}!{symbol}", self.dll),
            None => f.pad(&self.dll),
        }
    }
}

/// An update as findings name it: `KB982666`, or `KB973917/v1` where it has several releases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpdateLabel {
    /// The update's id in capitals, for example `KB973917`.
    pub update: String,
    /// The release, from 1; `None` for an update with a single release.
    pub release: Option<u8>,
}

impl fmt::Display for UpdateLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.release {
            Some(release) => f.pad(&format!("{}/v{release}", self.update)),
            None => f.pad(&self.update),
        }
    }
}

/// One reason inside a verdict or inside the truth about a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// What kind of reason this is.
    pub kind: FindingKind,
    /// The file that it is about; for imports the importing one.
    pub file: WindowsPath,
    /// The version that was expected.
    pub expected: Option<crate::FileVersion>,
    /// The version that was found.
    pub found: Option<crate::FileVersion>,
    /// The import that does not resolve.
    pub import: Option<Import>,
    /// The recorded update that the finding is about.
    pub update: Option<UpdateLabel>,
    /// A sentence for people. Not part of the finding's identity.
    pub detail: String,
}

/// What makes two findings the same: everything but the sentence for people.
///
/// The order of the fields is the order in which findings are listed: by file, kind, then update
/// or import.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingKey {
    /// See [`Finding::file`].
    pub file: WindowsPath,
    /// See [`Finding::kind`].
    pub kind: FindingKind,
    /// See [`Finding::update`].
    pub update: Option<UpdateLabel>,
    /// See [`Finding::import`].
    pub import: Option<Import>,
    /// See [`Finding::expected`].
    pub expected: Option<crate::FileVersion>,
    /// See [`Finding::found`].
    pub found: Option<crate::FileVersion>,
}

impl Finding {
    /// The identity of the finding, which is also its place in a list.
    #[must_use]
    pub fn key(&self) -> FindingKey {
        FindingKey {
            file: self.file.clone(),
            kind: self.kind,
            update: self.update.clone(),
            import: self.import.clone(),
            expected: self.expected,
            found: self.found,
        }
    }

    /// Puts findings into the order in which they are listed, and drops repetitions.
    pub fn sort(findings: &mut Vec<Self>) {
        findings.sort_by_cached_key(Self::key);
        findings.dedup_by_key(|finding| finding.key());
    }
}

impl fmt::Display for FindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.file)?;
        if let Some(import) = &self.import {
            write!(f, " ({import})")?;
        }
        if let Some(update) = &self.update {
            write!(f, " ({update})")?;
        }
        match (self.expected, self.found) {
            (Some(expected), Some(found)) => write!(f, " (expected {expected}, found {found})"),
            (Some(expected), None) => write!(f, " (expected {expected})"),
            (None, Some(found)) => write!(f, " (found {found})"),
            (None, None) => Ok(()),
        }
    }
}
