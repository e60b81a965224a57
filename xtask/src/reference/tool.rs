//! The command that the reference is made from, and what every page of it begins with.

use crate::{command, failure::Failure, made};
use serde_json::Value;
use std::path::Path;

/// The command, which is asked everything.
pub(super) struct Tool {
    program: String,
}

impl Tool {
    pub(super) fn new(program: &Path) -> Self {
        Self { program: program.to_string_lossy().into_owned() }
    }

    pub(super) fn text(&self, arguments: &[&str]) -> Result<String, Failure> {
        command::text(&self.program, arguments)
    }

    pub(super) fn json(&self, arguments: &[&str]) -> Result<Value, Failure> {
        Ok(serde_json::from_str(&self.text(&[arguments, &["--json"]].concat())?)?)
    }
}

/// The beginning of a page.
pub(super) fn head(title: &str, from: &str) -> String {
    format!("# {title}\n\n{}\n", made::mark("docs", from))
}
