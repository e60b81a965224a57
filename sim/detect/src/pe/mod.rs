//! What the detection core reads from one PE file.
//!
//! **Owns** the way from bytes to [`ImageEvidence`]: machine, versions, exports and imports.
//! **Must never know** file names, levels or updates.
//!
//! goblin reads the COFF file header, the section headers and the data directories. The tables
//! behind the directories are walked here, under limits of our own, for three reasons that were
//! measured: goblin's permissive mode takes memory without bound on hostile import tables, its
//! strict mode refuses files that Windows loads, and its `VsFixedFileInfo::file_version` returns
//! the date fields (a test notices when that changes). Long section names are kept from goblin,
//! since each would copy a string of any length.
//!
//! So a file that goblin refuses is not *unreadable* for that: of 140 malformed shapes the core
//! reads 118 at least in part and goblin's parser 91, of 3,000 damaged images 2,892 and 2,384
//! (`tests/whole/acceptance.rs` of the main package). A second reader to fall back to would add
//! nothing: object reads 121 and 2,883, and every shape that it alone reads is one that Windows
//! refuses.
//!
//! **Start reading** at [`ImageEvidence::read`], then `layout`, which maps addresses to bytes as
//! the loader does.

mod checksum;
mod exports;
mod gap;
mod imports;
mod layout;
mod text;
mod version;

pub use exports::{ExportTarget, Exports};
pub use imports::{ImportedDll, ImportedNames, Imports};

use crate::{Problem, ProblemPart};
use layout::Layout;
use patchstate_terms::{Branch, FileVersion, Machine, is_same_name};

/// Largest PE file that is read, in bytes.
pub const IMAGE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a PE file says about itself. Facts that could not be read are absent, and
/// [`problems`](Self::problems) says which and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageEvidence {
    /// The machine that it is for; `None` where the file is not a readable PE file.
    pub machine: Option<Machine>,
    /// `dwFileVersionMS` and `dwFileVersionLS` of `VS_FIXEDFILEINFO`.
    pub file_version: Option<FileVersion>,
    /// `dwProductVersionMS` and `dwProductVersionLS` of `VS_FIXEDFILEINFO`.
    pub product_version: Option<FileVersion>,
    /// `FileVersion` of the first string table, as written.
    pub version_string: Option<String>,
    /// The version that [`version_string`](Self::version_string) starts with.
    pub string_version: Option<FileVersion>,
    /// The export table.
    pub exports: Exports,
    /// Both import tables.
    pub imports: Imports,
    /// Whether the file carries a manifest, so that Windows may take DLLs outside its own folder
    /// from the side-by-side store.
    pub has_manifest: bool,
    /// What could not be read, and what is longer than what is read of such things. At most one
    /// entry per part and kind.
    pub problems: Vec<Problem>,
}

impl ImageEvidence {
    /// Reads a PE file. Never fails and never panics: whatever is wrong becomes a problem.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        match Layout::read(bytes) {
            Ok(layout) => Self::from_layout(&layout),
            Err(problem) => Self { problems: vec![problem], ..Self::default() },
        }
    }

    fn from_layout(layout: &Layout<'_>) -> Self {
        let mut evidence = Self { machine: Some(layout.machine), ..Self::default() };
        if let Some(reason) = &layout.cut_short {
            evidence.problems.push(Problem::truncated(ProblemPart::Image, reason.clone()));
        }
        evidence.exports = exports::read(layout, &mut evidence.problems);
        evidence.imports = imports::read(layout, &mut evidence.problems);
        let version = version::read(layout, &mut evidence.problems);
        evidence.file_version = version.file;
        evidence.product_version = version.product;
        evidence.string_version = version.file_text.as_deref().and_then(FileVersion::at_start_of);
        evidence.version_string = version.file_text;
        evidence.has_manifest = version.has_manifest;
        evidence
    }

    /// Whether the file is a PE file that could be read, in whole or in part.
    #[must_use]
    pub const fn is_image(&self) -> bool {
        self.machine.is_some()
    }

    /// How many bytes it takes, about.
    pub(crate) fn kept_bytes(&self) -> usize {
        let text = self.version_string.as_ref().map_or(0, String::len);
        let problems: usize = self.problems.iter().map(|problem| problem.reason.len()).sum();
        size_of::<Self>() + text + problems + self.exports.kept_bytes() + self.imports.kept_bytes()
    }

    /// Whether everything that belongs to this part was read.
    #[must_use]
    pub fn knows(&self, part: ProblemPart) -> bool {
        !self.problems.iter().any(|problem| {
            problem.part == part || problem.part == ProblemPart::Image || part == ProblemPart::Image
        })
    }

    /// The servicing branch, from the build string in the version string: `..._qfe.` marks QFE
    /// (file tables of MS06-034); everything else, baselines included, counts as GDR.
    #[must_use]
    pub fn branch(&self) -> Branch {
        let text = self.version_string.as_deref().unwrap_or_default();
        let is_qfe = text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"_qfe"));
        if is_qfe { Branch::Qfe } else { Branch::Gdr }
    }

    /// Fixed version and version in the string, where both are there and differ.
    #[must_use]
    pub fn version_disagreement(&self) -> Option<(FileVersion, FileVersion)> {
        let (fixed, text) = (self.file_version?, self.string_version?);
        (fixed != text).then_some((fixed, text))
    }

    /// Whether this file imports `name` from `dll` (any letter case), delayed imports included.
    #[must_use]
    pub fn has_import(&self, dll: &str, name: &str) -> bool {
        self.imports
            .iter()
            .filter(|import| is_same_name(import.dll, dll))
            .any(|import| import.names.contains(name))
    }
}

/// Whether the checksum in the header is that of the bytes; `None` where there is no header.
#[must_use]
pub fn checksum_ok(bytes: &[u8]) -> Option<bool> {
    let layout = Layout::read(bytes).ok()?;
    checksum::matches(bytes, layout.checksum_offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_branch_is_read_from_the_build_string() {
        let branch = |text: &str| {
            ImageEvidence { version_string: Some(text.to_owned()), ..Default::default() }.branch()
        };
        assert_eq!(branch("6.0.3790.4215 (srv03_sp2_qfe.080101-0000)"), Branch::Qfe);
        assert_eq!(branch("6.0.3790.4215 (srv03_sp2_gdr.080101-0000)"), Branch::Gdr);
        assert_eq!(branch("6.0.3790.3959 (srv03_sp2_rtm.070216-1710)"), Branch::Gdr);
        assert_eq!(ImageEvidence::default().branch(), Branch::Gdr);
    }

    #[test]
    fn only_versions_that_both_exist_can_disagree() {
        let mut image = ImageEvidence {
            file_version: Some(FileVersion::new(6, 0, 3790, 3959)),
            string_version: Some(FileVersion::new(6, 0, 3790, 0)),
            ..Default::default()
        };
        assert_eq!(
            image.version_disagreement(),
            Some((FileVersion::new(6, 0, 3790, 3959), FileVersion::new(6, 0, 3790, 0)))
        );
        image.string_version = None;
        assert_eq!(image.version_disagreement(), None);
    }

    /// goblin 0.10.7 takes the file version from the date fields. When this test fails, goblin
    /// has been mended, and the note at the top of this module can go.
    #[test]
    fn goblin_still_reads_the_file_version_from_the_date_fields() {
        let info = goblin::pe::resource::VsFixedFileInfo {
            file_version_ms: 6 << 16,
            file_version_ls: (3790 << 16) + 3959,
            ..Default::default()
        };
        let read = info.file_version();
        assert_eq!((read.major, read.minor, read.build, read.revision), (0, 0, 0, 0));
    }
}
