//! The object of commands that write files to go on from.

use schemars::JsonSchema;
use serde::Serialize;

/// A folder with files to go on from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WrittenObject {
    /// `patchstate.init/1` or `patchstate.catalog/1`.
    pub schema: String,
    /// The folder.
    pub folder: String,
    /// The files that were written, below the folder.
    pub files: Vec<String>,
    /// Those that were there already, and were left as they are.
    pub left: Vec<String>,
}

impl WrittenObject {
    /// The object of a command that wrote to a folder.
    #[must_use]
    pub fn new(command: &str, folder: String, files: Vec<String>, left: Vec<String>) -> Self {
        Self { schema: format!("patchstate.{command}/1"), folder, files, left }
    }
}
