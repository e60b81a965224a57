//! The object of `init`.

use schemars::JsonSchema;
use serde::Serialize;

/// A folder to begin with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InitObject {
    /// `patchstate.init/1`.
    pub schema: &'static str,
    /// The folder.
    pub folder: String,
    /// The files that were written, below the folder.
    pub files: Vec<String>,
    /// Those that were there already, and were left as they are.
    pub left: Vec<String>,
}

impl InitObject {
    /// The object of a folder that was written.
    #[must_use]
    pub fn new(folder: String, files: Vec<String>, left: Vec<String>) -> Self {
        Self { schema: "patchstate.init/1", folder, files, left }
    }
}
