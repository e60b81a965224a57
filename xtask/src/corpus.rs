//! Files of the corpus that are made and not kept.

use crate::{checkout, failure::Failure, screen::say};
use patchstate_test_support::malformed::shapes;
use std::{fs, path::PathBuf};

/// Writes every malformed shape into a folder, each as `NAME.bin`.
pub(crate) fn malformed(folder: &[&str]) -> Result<bool, Failure> {
    let usual = || checkout::target().join("malformed");
    let folder = folder.first().map_or_else(usual, PathBuf::from);
    fs::create_dir_all(&folder)?;
    let shapes = shapes();
    for shape in &shapes {
        fs::write(folder.join(format!("{}.bin", shape.name)), &shape.bytes)?;
    }
    say(&format!("{} files in {}", shapes.len(), folder.display()));
    Ok(true)
}
