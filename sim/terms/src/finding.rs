//! Statuses and findings: the words that verdict and truth share.

use crate::WindowsPath;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The status of a host, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// An import in the load closure of the worker process does not resolve.
    Broken,
    /// A file of an installed component is of another lineage than the operating system.
    Mismatch,
    /// The registry records an update, and a file that it brings is present in an older version.
    Drift,
    /// None of these.
    Consistent,
    /// Not Windows Server 2003, or no IIS component is present.
    NotApplicable,
    /// Verdict only: evidence needed for one of the others could not be read.
    Inconclusive,
}

impl Status {
    /// All statuses, in the order of the declaration.
    pub const ALL: [Self; 6] = [
        Self::Broken,
        Self::Mismatch,
        Self::Drift,
        Self::Consistent,
        Self::NotApplicable,
        Self::Inconclusive,
    ];

    /// The word used in output and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Mismatch => "mismatch",
            Self::Drift => "drift",
            Self::Consistent => "consistent",
            Self::NotApplicable => "not-applicable",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What kind of reason a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A file is newer than the operating system's level.
    AheadOfOs,
    /// A file is older than the operating system's level.
    BehindOs,
    /// A DLL that belongs to IIS and is imported is not there.
    MissingDll,
    /// The registry records an update; the file that it brings is older.
    RecordedNotPresent,
    /// The file is shorter than its own headers say.
    Truncated,
    /// The file, or the folder that should hold it, could not be read.
    Unreadable,
    /// A DLL does not export what another one imports from it.
    UnresolvedImport,
    /// Two sources that should agree on a version do not.
    VersionDisagreement,
    /// The file is for another machine than the operating system.
    WrongArchitecture,
}

impl FindingKind {
    /// All kinds, in alphabetical order (the order of the declaration).
    pub const ALL: [Self; 9] = [
        Self::AheadOfOs,
        Self::BehindOs,
        Self::MissingDll,
        Self::RecordedNotPresent,
        Self::Truncated,
        Self::Unreadable,
        Self::UnresolvedImport,
        Self::VersionDisagreement,
        Self::WrongArchitecture,
    ];

    /// The word used in output and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AheadOfOs => "ahead-of-os",
            Self::BehindOs => "behind-os",
            Self::MissingDll => "missing-dll",
            Self::RecordedNotPresent => "recorded-not-present",
            Self::Truncated => "truncated",
            Self::Unreadable => "unreadable",
            Self::UnresolvedImport => "unresolved-import",
            Self::VersionDisagreement => "version-disagreement",
            Self::WrongArchitecture => "wrong-architecture",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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
