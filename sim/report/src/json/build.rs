//! The object of `build`.

use patchstate_image::BuiltTree;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

/// A tree that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BuildObject {
    /// `patchstate.build/1`.
    pub schema: &'static str,
    /// The Windows folder that was written.
    pub folder: String,
    /// The files below it.
    pub files: Vec<BuiltFileObject>,
}

/// A file that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BuiltFileObject {
    /// Below the Windows folder.
    pub path: String,
    /// Its size in bytes.
    pub size: usize,
}

impl BuildObject {
    /// The object of a tree in a folder.
    #[must_use]
    pub fn new(folder: &Path, tree: &BuiltTree) -> Self {
        let files = tree
            .iter()
            .map(|(path, bytes)| BuiltFileObject { path: path.to_string(), size: bytes.len() });
        Self {
            schema: "patchstate.build/1",
            folder: folder.display().to_string(),
            files: files.collect(),
        }
    }
}
