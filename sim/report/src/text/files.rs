//! Files that were written or checked.

use super::style::{bad, count, good, neutral};
use patchstate_image::BuiltTree;
use patchstate_terms::{Diagnostic, Severity};
use std::path::Path;

/// A tree that was written.
#[must_use]
pub fn build(folder: &Path, tree: &BuiltTree) -> String {
    let bytes: usize = tree.iter().map(|(_, bytes)| bytes.len()).sum();
    let files = count(tree.len(), "file", "files");
    let folder = folder.display().to_string();
    format!("{}: {files}, {}\n", neutral(&folder), count(bytes, "byte", "bytes"))
}

/// How many files were checked, and how many mistakes there are.
#[must_use]
pub fn check(file_count: usize, diagnostics: &[Diagnostic]) -> String {
    if file_count == 0 && diagnostics.is_empty() {
        return "there is no scenario and no catalog, so nothing was checked\n".to_owned();
    }
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    let errors = diagnostics.iter().filter(is_error).count();
    let warnings = diagnostics.len() - errors;
    let word = if errors == 0 { good("ok") } else { bad("failed") };
    let files = count(file_count, "file", "files");
    let errors = count(errors, "mistake", "mistakes");
    let warnings = count(warnings, "warning", "warnings");
    format!("{word}: {files}, {errors}, {warnings}\n")
}
