//! The object of `scan`, which is also the verdict inside that of `run`.

use patchstate_detect::Verdict;
use patchstate_terms::{Finding, Import, ImportedSymbol};
use schemars::JsonSchema;
use serde::Serialize;

/// A verdict about a tree of files.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScanObject {
    /// `patchstate.scan/1`.
    pub schema: &'static str,
    /// `broken`, `mismatch`, `drift`, `consistent`, `not-applicable` or `inconclusive`.
    pub status: String,
    /// The operating system.
    pub os: OsObject,
    /// The reasons, by file, kind, then update or import.
    pub findings: Vec<FindingObject>,
    /// Updates whose installation now would break the host.
    pub would_break: Vec<String>,
    /// Steps that make the host consistent.
    pub remedy: Vec<String>,
    /// What a reader should know beside the findings, for example that a registry hive was not
    /// closed cleanly and its log was applied.
    pub notes: Vec<String>,
    /// What each rule that was asked for says.
    pub rules: Vec<ScanRuleObject>,
}

/// The operating system; what is unknown is null.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OsObject {
    /// For example `Windows Server 2003`.
    pub product: Option<String>,
    /// `x86`, `x64` or `ia64`.
    pub arch: Option<String>,
    /// The word of a level, such as `sp2`.
    pub level: Option<String>,
    /// Version of its system files.
    pub version: Option<String>,
}

/// One reason.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingObject {
    /// What kind of reason it is.
    pub kind: String,
    /// The file, below the Windows folder.
    pub file: String,
    /// The version that was expected.
    pub expected: Option<String>,
    /// The version that was found.
    pub found: Option<String>,
    /// The import that does not resolve.
    pub import: Option<ImportObject>,
    /// The recorded update that it is about.
    pub update: Option<String>,
    /// The reason in a sentence.
    pub detail: String,
}

/// An import: a name or an ordinal, or neither where the whole DLL is missing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportObject {
    /// The DLL, lower case.
    pub dll: String,
    /// The name, as in the file.
    pub name: Option<String>,
    /// The ordinal.
    pub ordinal: Option<u16>,
}

/// What one rule says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScanRuleObject {
    /// The rule.
    pub rule: String,
    /// Its verdict.
    pub status: String,
    /// The statuses that the rule stands for, worst first; empty for the core itself.
    pub stands_for: Vec<String>,
    /// Whether its verdict is one of them; null where that is inconclusive, and for the core.
    pub reports: Option<bool>,
    /// Whether the detection core's verdict is one of them; null where that is inconclusive, and
    /// for the core itself.
    pub core_reports: Option<bool>,
    /// Whether the detection core says the same, as far as the rule speaks of it: that the tree
    /// has one of the statuses that the rule stands for, or that it has none of them. False where
    /// either is inconclusive.
    pub agrees: bool,
    /// Why the verdict is inconclusive, or what the rule itself says.
    pub reason: Option<String>,
}

impl From<&Verdict> for ScanObject {
    fn from(verdict: &Verdict) -> Self {
        Self {
            schema: "patchstate.scan/1",
            status: verdict.status.to_string(),
            os: OsObject {
                product: verdict.os.product.clone(),
                arch: verdict.os.arch.clone(),
                level: verdict.os.level.map(|level| level.to_string()),
                version: verdict.os.version.map(|version| version.to_string()),
            },
            findings: verdict.findings.iter().map(FindingObject::from).collect(),
            would_break: verdict.would_break.iter().map(ToString::to_string).collect(),
            remedy: verdict.remedy.iter().map(ToString::to_string).collect(),
            notes: verdict.notes.clone(),
            rules: Vec::new(),
        }
    }
}

impl From<&Finding> for FindingObject {
    fn from(finding: &Finding) -> Self {
        Self {
            kind: finding.kind.to_string(),
            file: finding.file.to_string(),
            expected: finding.expected.map(|version| version.to_string()),
            found: finding.found.map(|version| version.to_string()),
            import: finding.import.as_ref().map(ImportObject::from),
            update: finding.update.as_ref().map(ToString::to_string),
            detail: finding.detail.clone(),
        }
    }
}

impl From<&Import> for ImportObject {
    fn from(import: &Import) -> Self {
        let (name, ordinal) = match &import.symbol {
            Some(ImportedSymbol::Name(name)) => (Some(name.clone()), None),
            Some(ImportedSymbol::Ordinal(ordinal)) => (None, Some(*ordinal)),
            None => (None, None),
        };
        Self { dll: import.dll.clone(), name, ordinal }
    }
}
