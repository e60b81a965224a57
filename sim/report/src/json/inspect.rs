//! The object of `inspect`.

use patchstate_detect::{ImportedDll, Inspection};
use patchstate_terms::{Finding, WindowsPath};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the detection core reads from some PE files.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InspectObject {
    /// `patchstate.inspect/1`.
    pub schema: &'static str,
    /// The files, in the order in which they were named.
    pub files: Vec<InspectedFileObject>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InspectedFileObject {
    /// The path as given.
    pub path: String,
    /// Whether it is a PE file whose headers could be read.
    pub readable: bool,
    /// What could not be read, and why.
    pub error: Option<String>,
    /// `i386`, `amd64`, `ia64` or a hexadecimal number.
    pub machine: Option<String>,
    /// The fixed file version.
    pub file_version: Option<String>,
    /// The fixed product version.
    pub product_version: Option<String>,
    /// The string of the file version.
    pub version_string: Option<String>,
    /// What it exports.
    pub exports: ExportsObject,
    /// What it imports.
    pub imports: Vec<ImportsObject>,
    /// Whether the checksum in the header is that of the bytes.
    pub checksum_ok: Option<bool>,
    /// What a verdict would report about this file alone.
    pub findings: Vec<InspectFindingObject>,
}

/// The export table.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExportsObject {
    /// How many exported addresses are not zero.
    pub count: usize,
    /// The names, sorted.
    pub names: Vec<String>,
    /// Forwarded exports: the name, or `#` and the ordinal, and the target.
    pub forwarded: BTreeMap<String, String>,
}

/// What is imported from one DLL.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportsObject {
    /// The DLL, as in the file.
    pub dll: String,
    /// Whether it is loaded at the first call only.
    pub delayed: bool,
    /// The names, sorted.
    pub names: Vec<String>,
    /// The ordinals, sorted.
    pub ordinals: Vec<u16>,
}

/// A finding about one file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InspectFindingObject {
    /// What kind of finding it is.
    pub kind: String,
    /// The version that was expected.
    pub expected: Option<String>,
    /// The version that was found.
    pub found: Option<String>,
    /// The finding in a sentence.
    pub detail: String,
}

impl InspectedFileObject {
    /// The object of one file.
    #[must_use]
    pub fn new(path: &str, inspection: &Inspection) -> Self {
        let image = &inspection.image;
        let version =
            |version: Option<patchstate_terms::FileVersion>| version.map(|v| v.to_string());
        let forwarded = image.exports.forwarded().into_iter();
        Self {
            path: path.to_owned(),
            readable: inspection.is_readable(),
            error: inspection.error().map(str::to_owned),
            machine: image.machine.map(|machine| machine.to_string()),
            file_version: version(image.file_version),
            product_version: version(image.product_version),
            version_string: image.version_string.clone(),
            exports: ExportsObject {
                count: image.exports.count(),
                names: image.exports.names().map(str::to_owned).collect(),
                forwarded: forwarded.map(|(name, target)| (name, target.to_owned())).collect(),
            },
            imports: image.imports.iter().map(ImportsObject::from).collect(),
            checksum_ok: inspection.checksum_ok,
            findings: findings(path, inspection).iter().map(InspectFindingObject::from).collect(),
        }
    }
}

/// The findings about a file; its name on this machine need not be one of Windows.
pub(crate) fn findings(path: &str, inspection: &Inspection) -> Vec<Finding> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let file = name.parse::<WindowsPath>().or_else(|_| "file".parse());
    file.map(|file| inspection.findings(&file)).unwrap_or_default()
}

impl From<ImportedDll<'_>> for ImportsObject {
    fn from(import: ImportedDll<'_>) -> Self {
        Self {
            dll: import.dll.to_owned(),
            delayed: import.delayed,
            names: import.names.iter().map(str::to_owned).collect(),
            ordinals: import.ordinals.to_vec(),
        }
    }
}

impl From<&Finding> for InspectFindingObject {
    fn from(finding: &Finding) -> Self {
        Self {
            kind: finding.kind.to_string(),
            expected: finding.expected.map(|version| version.to_string()),
            found: finding.found.map(|version| version.to_string()),
            detail: finding.detail.clone(),
        }
    }
}
