//! What a rule can ask of evidence.
//!
//! **Owns** the list of fields, and reading each from evidence. All languages that can be looked
//! into share it, so that it can be said of any rule what it depends on.
//!
//! A file or a value that is not there has no properties: asking for the version of an absent file
//! gives [`Unknown`], as asking for one that could not be read does. Whether it is there can be
//! asked first.
//!
//! **Start reading** at [`Field::value`].

use patchstate_detect::{Evidence, FileEvidence, ImageEvidence, ProblemPart, Unknown, identify_os};
use patchstate_terms::{
    FileVersion, Hive, Level, RegistryPath, RegistryType, RegistryValue, WindowsPath, hexadecimal,
};
use std::fmt;

/// The most characters of a text that messages show.
const SHOWN_TEXT_LENGTH_MAX: usize = 200;

/// One thing that a rule can ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The product's name, a [`FieldValue::Text`].
    OsProduct,
    /// `x86`, `x64` or `ia64`, a [`FieldValue::Text`].
    OsArchitecture,
    /// The level of the operating system, a [`FieldValue::Level`].
    OsLevel,
    /// The version of the operating system's kernel, a [`FieldValue::Version`].
    OsVersion,
    /// Whether the next restart puts a file in place, moves or deletes one, a
    /// [`FieldValue::Truth`].
    OsRestartPending,
    /// Whether a file is there, a [`FieldValue::Truth`].
    FilePresent(WindowsPath),
    /// A file's fixed version, a [`FieldValue::Version`].
    FileVersion(WindowsPath),
    /// The text of a file's version, a [`FieldValue::Text`].
    FileVersionString(WindowsPath),
    /// The level of a file by its lineage, a [`FieldValue::Level`].
    FileLevel(WindowsPath),
    /// The machine that a file is for, a [`FieldValue::Text`] like `i386`.
    FileMachine(WindowsPath),
    /// Whether a file exports a name, a [`FieldValue::Truth`].
    FileExports(WindowsPath, String),
    /// Whether a file imports a name from a DLL, a [`FieldValue::Truth`]. Names of DLLs are
    /// compared without regard to case.
    FileImports(WindowsPath, String, String),
    /// A registry value; [`FieldValue::of_registry`] says which type gives what.
    Registry(RegistryPath),
    /// Whether a registry key is there, a [`FieldValue::Truth`]. The key is written as in
    /// [`RegistryPath::key`].
    RegistryKeyPresent(Hive, String),
    /// Whether an update is recorded, a [`FieldValue::Truth`]. Ids are in capitals.
    UpdateRecorded(String),
    /// The recorded release of an update, a [`FieldValue::Number`] from 1.
    UpdateRelease(String),
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldValue {
    /// There is no such value.
    Absent,
    /// Yes or no.
    Truth(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// A version.
    Version(FileVersion),
    /// A level.
    Level(Level),
    /// A registry value is there whose type has no meaning here: it is not absent, and nothing else
    /// can be said of it.
    Other(RegistryType),
}

impl FieldValue {
    /// What a registry value is to a rule: texts and links are [`Text`](Self::Text), numbers of any
    /// length [`Number`](Self::Number), a list of texts is one text with a line feed between each
    /// two, and binary is a text of hexadecimal digits in lower case. All others, and numbers over
    /// 2^63 - 1, are [`Other`](Self::Other).
    #[must_use]
    pub fn of_registry(value: RegistryValue) -> Self {
        let kind = value.kind();
        match value {
            RegistryValue::Text(text)
            | RegistryValue::ExpandableText(text)
            | RegistryValue::Link(text) => Self::Text(text),
            RegistryValue::Number(number) | RegistryValue::BigEndianNumber(number) => {
                Self::Number(number.into())
            }
            RegistryValue::LongNumber(number) => {
                i64::try_from(number).map_or(Self::Other(kind), Self::Number)
            }
            RegistryValue::Texts(texts) => Self::Text(texts.join("\n")),
            RegistryValue::Binary(bytes) => Self::Text(hexadecimal(&bytes)),
            RegistryValue::Raw { .. } => Self::Other(kind),
        }
    }
}

impl Field {
    /// The file that it is about.
    #[must_use]
    pub const fn file(&self) -> Option<&WindowsPath> {
        match self {
            Self::FilePresent(path)
            | Self::FileVersion(path)
            | Self::FileVersionString(path)
            | Self::FileLevel(path)
            | Self::FileMachine(path)
            | Self::FileExports(path, _)
            | Self::FileImports(path, _, _) => Some(path),
            Self::OsProduct
            | Self::OsArchitecture
            | Self::OsLevel
            | Self::OsVersion
            | Self::OsRestartPending
            | Self::Registry(_)
            | Self::RegistryKeyPresent(_, _)
            | Self::UpdateRecorded(_)
            | Self::UpdateRelease(_) => None,
        }
    }

    /// Reads it from evidence.
    ///
    /// # Errors
    /// When it cannot be known: evidence could not be read, or the file or update that it is a
    /// property of is not there.
    pub fn value(&self, evidence: &Evidence) -> Result<FieldValue, Unknown> {
        match self {
            Self::OsProduct => {
                known(identify_os(evidence).product, "the product").map(FieldValue::Text)
            }
            Self::OsArchitecture => {
                known(identify_os(evidence).arch, "the architecture").map(FieldValue::Text)
            }
            Self::OsLevel => {
                let level = identify_os(evidence).level;
                known(level, "the level of the operating system").map(FieldValue::Level)
            }
            Self::OsVersion => {
                let version = identify_os(evidence).version;
                known(version, "the version of the operating system").map(FieldValue::Version)
            }
            Self::OsRestartPending => evidence.registry.is_restart_pending().map(FieldValue::Truth),
            Self::FilePresent(path) => present(evidence, path).map(FieldValue::Truth),
            Self::FileVersion(path) => version(evidence, path).map(FieldValue::Version),
            Self::FileVersionString(path) => {
                let image = part(evidence, path, ProblemPart::Version)?;
                let text = image.version_string.clone();
                known(text, format_args!("the version text of {path}")).map(FieldValue::Text)
            }
            Self::FileLevel(path) => {
                let level = evidence.known.lineage(version(evidence, path)?);
                known(level, format_args!("the level of {path}")).map(FieldValue::Level)
            }
            Self::FileMachine(path) => {
                let machine = image(evidence, path)?.machine.map(|machine| machine.to_string());
                known(machine, format_args!("the machine of {path}")).map(FieldValue::Text)
            }
            Self::FileExports(path, name) => {
                let image = part(evidence, path, ProblemPart::Exports)?;
                Ok(FieldValue::Truth(image.exports.by_name(name).is_some()))
            }
            Self::FileImports(path, dll, name) => {
                let image = part(evidence, path, ProblemPart::Imports)?;
                Ok(FieldValue::Truth(image.has_import(dll, name)))
            }
            Self::Registry(path) => {
                Ok(evidence.registry(path)?.map_or(FieldValue::Absent, FieldValue::of_registry))
            }
            Self::RegistryKeyPresent(hive, key) => {
                evidence.registry.has_key(*hive, key).map(FieldValue::Truth)
            }
            Self::UpdateRecorded(id) => Ok(FieldValue::Truth(evidence.update(id)?.is_some())),
            Self::UpdateRelease(id) => {
                let release = evidence.update(id)?.map(|update| update.release);
                known(release, format_args!("the release of {id}, which is not recorded"))
                    .map(|release| FieldValue::Number(release.into()))
            }
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OsProduct => f.write_str("os.product"),
            Self::OsArchitecture => f.write_str("os.arch"),
            Self::OsLevel => f.write_str("os.level"),
            Self::OsVersion => f.write_str("os.version"),
            Self::OsRestartPending => f.write_str("os.restart_pending"),
            Self::FilePresent(path) => write!(f, "file(\"{path}\").present"),
            Self::FileVersion(path) => write!(f, "file(\"{path}\").version"),
            Self::FileVersionString(path) => write!(f, "file(\"{path}\").version_string"),
            Self::FileLevel(path) => write!(f, "file(\"{path}\").level"),
            Self::FileMachine(path) => write!(f, "file(\"{path}\").machine"),
            Self::FileExports(path, name) => write!(f, "file(\"{path}\").exports(\"{name}\")"),
            Self::FileImports(path, dll, name) => {
                write!(f, "file(\"{path}\").imports(\"{dll}\", \"{name}\")")
            }
            Self::Registry(path) => write!(f, "registry {path}"),
            Self::RegistryKeyPresent(hive, key) => write!(f, r"registry key HKLM\{hive}\{key}"),
            Self::UpdateRecorded(id) => write!(f, "update(\"{id}\").recorded"),
            Self::UpdateRelease(id) => write!(f, "update(\"{id}\").release"),
        }
    }
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => match text.char_indices().nth(SHOWN_TEXT_LENGTH_MAX) {
                None => write!(f, "\"{text}\""),
                Some((end, _)) => {
                    let begin = text.get(..end).unwrap_or_default();
                    write!(f, "\"{begin}...\" ({} characters)", text.chars().count())
                }
            },
            Self::Version(version) => write!(f, "{version}"),
            Self::Level(level) => write!(f, "{level}"),
            Self::Other(kind) => {
                write!(f, "a value of the type {kind}, which rules cannot compare")
            }
        }
    }
}

fn known<T>(value: Option<T>, what: impl fmt::Display) -> Result<T, Unknown> {
    value.ok_or_else(|| Unknown { reason: format!("{what} is not known") })
}

/// Whether a file is there. A file whose bytes could not be had is.
fn present(evidence: &Evidence, path: &WindowsPath) -> Result<bool, Unknown> {
    match evidence.files.get(path) {
        Some(found) => Ok(found.is_present()),
        None => Err(Unknown { reason: format!("{path} was not looked at") }),
    }
}

fn image<'a>(evidence: &'a Evidence, path: &WindowsPath) -> Result<&'a ImageEvidence, Unknown> {
    if matches!(evidence.files.get(path), Some(FileEvidence::Absent)) {
        return Err(Unknown { reason: format!("{path} is not there") });
    }
    known(evidence.file(path)?, path)
}

/// An image of which a part could be read.
fn part<'a>(
    evidence: &'a Evidence,
    path: &WindowsPath,
    part: ProblemPart,
) -> Result<&'a ImageEvidence, Unknown> {
    let image = image(evidence, path)?;
    if image.knows(part) {
        return Ok(image);
    }
    let problem = image.problems.first().map(|problem| format!(": {}", problem.reason));
    let problem = problem.unwrap_or_default();
    Err(Unknown { reason: format!("{path} could not be read{problem}") })
}

fn version(evidence: &Evidence, path: &WindowsPath) -> Result<FileVersion, Unknown> {
    let image = part(evidence, path, ProblemPart::Version)?;
    known(image.file_version, format_args!("the version of {path}"))
}
