//! Everything that the detection core reads from one PE file, for people who want to see it.

use crate::{IMAGE_BYTES_MAX, ImageEvidence, Problem, ProblemPart, pe, tree::read_regular};
use patchstate_terms::{Finding, FindingKind, WindowsPath};
use std::path::Path;

/// One inspected file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What judging would use.
    pub image: ImageEvidence,
    /// Whether the checksum in the header is that of the bytes; a checksum of zero is not. `None`
    /// where there is no header.
    pub checksum_ok: Option<bool>,
}

impl Inspection {
    /// Whether the file is a PE file of which at least the headers could be read.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        self.image.is_image()
    }

    /// Why the file as a whole could not be read, or why it is not all there.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        let problems = self.image.problems.iter();
        problems
            .min_by_key(|problem| problem.part != ProblemPart::Image)
            .map(|problem| problem.reason.as_str())
    }

    /// What a verdict would report about this file alone, under the name that is given.
    #[must_use]
    pub fn findings(&self, file: &WindowsPath) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            self.image.problems.iter().map(|problem| problem.finding(file)).collect();
        findings.extend(version_disagreement(&self.image, file));
        Finding::sort(&mut findings);
        findings
    }
}

/// The finding for a file whose two versions differ.
pub(crate) fn version_disagreement(image: &ImageEvidence, file: &WindowsPath) -> Option<Finding> {
    let (fixed, text) = image.version_disagreement()?;
    Some(Finding {
        kind: FindingKind::VersionDisagreement,
        file: file.clone(),
        expected: Some(fixed),
        found: Some(text),
        import: None,
        update: None,
        detail: format!(
            "{} has the fixed version {fixed}, and its version string says {text}; the fixed one \
             counts.",
            file.file_name()
        ),
    })
}

/// Reads a PE file from memory.
#[must_use]
pub fn inspect(bytes: &[u8]) -> Inspection {
    Inspection { image: ImageEvidence::read(bytes), checksum_ok: pe::checksum_ok(bytes) }
}

/// Reads a PE file from disk. A file that cannot be opened, is no regular file or is too large
/// gives an inspection that says so.
#[must_use]
pub fn inspect_file(path: &Path) -> Inspection {
    match read_regular(path, IMAGE_BYTES_MAX) {
        Ok(bytes) => inspect(&bytes),
        Err(error) => {
            let problem = Problem::unreadable(ProblemPart::Image, error.to_string());
            let image = ImageEvidence { problems: vec![problem], ..ImageEvidence::default() };
            Inspection { image, checksum_ok: None }
        }
    }
}
