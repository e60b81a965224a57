//! What can stand in the files of rules beside rule files: the words that their readers know.
//!
//! **Owns** nothing: the words come from the tables that files are checked with, so that whoever
//! explains them cannot forget one, and explains none that there is not.
//!
//! **Start reading** at [`external_keys`].

use crate::{external, written::HEAD_FIELDS, yara};

/// The keys of a file `*.external.toml`.
#[must_use]
pub fn external_keys() -> Vec<&'static str> {
    HEAD_FIELDS.iter().chain(&external::OWN_FIELDS).copied().collect()
}

/// The keys of a file `*.yara.toml`, and those of its entries `match`.
#[must_use]
pub fn yara_keys() -> (Vec<&'static str>, Vec<&'static str>) {
    let keys = HEAD_FIELDS.iter().chain(&yara::OWN_FIELDS).copied();
    (keys.collect(), yara::MATCH_FIELDS.to_vec())
}
