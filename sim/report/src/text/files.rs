//! Files that were written or checked.

use super::style::{bad, count, good, neutral_name};
use crate::suite::NO_FILE;
use patchstate_image::BuiltTree;
use patchstate_terms::{Diagnostic, Severity};
use std::path::Path;

/// A tree that was written.
#[must_use]
pub fn build(folder: &Path, tree: &BuiltTree) -> String {
    let bytes: usize = tree.iter().map(|(_, bytes)| bytes.len()).sum();
    let files = count(tree.len(), "file", "files");
    let folder = folder.display().to_string();
    format!("{}: {files}, {}\n", neutral_name(&folder), count(bytes, "byte", "bytes"))
}

/// A folder to begin with, and what to do with it.
#[must_use]
pub fn init(folder: &str, files: &[String]) -> String {
    let folder = neutral_name(folder);
    let mut text = format!("{folder}: {}\n", count(files.len(), "file", "files"));
    for file in files {
        text.push_str(&format!("  {}\n", neutral_name(file)));
    }
    let rule = files.iter().find(|file| file.ends_with(".rule.toml"));
    let rule = neutral_name(rule.map(String::as_str).unwrap_or_default());
    text.push_str("\nnext, in that folder:\n");
    for command in [
        "check .".to_owned(),
        "test .".to_owned(),
        format!("verify {rule}"),
        format!("mutate {rule}"),
    ] {
        text.push_str(&format!("  patchstate {command}\n"));
    }
    text
}

/// How many files were checked, and how many mistakes there are.
#[must_use]
pub fn check(file_count: usize, diagnostics: &[Diagnostic]) -> String {
    if file_count == 0 && diagnostics.is_empty() {
        return format!("{NO_FILE}\n");
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
