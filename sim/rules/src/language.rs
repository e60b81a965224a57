//! What can stand in the files of rules beside rule files: the words that their readers know.
//!
//! **Owns** nothing: the words come from the tables that files are checked with, so that whoever
//! explains them cannot forget one, and explains none that there is not.
//!
//! **Start reading** at [`external_keys`].

use crate::{
    external::WrittenExternal,
    yara::{WrittenMatch, WrittenYara},
};
use patchstate_source::Row;

/// The keys of a file `*.external.toml`.
#[must_use]
pub fn external_keys() -> Vec<&'static str> {
    WrittenExternal::FIELDS.to_vec()
}

/// The keys of a file `*.yara.toml`, and those of its entries `match`.
#[must_use]
pub fn yara_keys() -> (Vec<&'static str>, Vec<&'static str>) {
    (WrittenYara::FIELDS.to_vec(), WrittenMatch::FIELDS.to_vec())
}
