//! What can stand in the files of rules: the words that their readers know.
//!
//! **Owns** nothing: the words come from the tables that files are checked with, so that whoever
//! explains them cannot forget one, and explains none that there is not.
//!
//! **Start reading** at [`rule_language`].

use crate::{external, file, written::HEAD_FIELDS, yara};

/// The words of rule files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLanguage {
    /// The keys of a rule.
    pub keys: Vec<&'static str>,
    /// The keys of an entry of `verdict`.
    pub verdict_keys: Vec<&'static str>,
    /// The fields of `os`.
    pub os_fields: Vec<&'static str>,
    /// The fields and functions of a file.
    pub file_fields: Vec<&'static str>,
    /// The fields of an update.
    pub update_fields: Vec<&'static str>,
    /// The numbers of a version.
    pub version_fields: Vec<&'static str>,
    /// The functions that stand alone.
    pub functions: Vec<&'static str>,
    /// The functions behind a text.
    pub text_functions: Vec<&'static str>,
    /// The operators.
    pub operators: Vec<&'static str>,
    /// What CEL has and rules do not.
    pub absent: Vec<&'static str>,
}

/// The words of rule files, from the tables that rules are checked with.
#[must_use]
pub fn rule_language() -> RuleLanguage {
    file::language()
}

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
