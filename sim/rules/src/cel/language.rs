//! What can stand in a rule file: the words that its reader knows.
//!
//! **Owns** nothing: the words come from the tables that rules are checked with, so that whoever
//! explains them cannot forget one, and explains none that there is not.

use super::{check, document, syntax::Operator, token};

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

/// Operators that are no [`Operator`]: they stand before one condition, or between several.
const OTHER_OPERATORS: [&str; 4] = ["&&", "||", "!", "?:"];

/// The words of rule files, from the tables that rules are checked with.
#[must_use]
pub fn rule_language() -> RuleLanguage {
    let signs = token::SIGNS.into_iter().chain(["in"]);
    let operators = signs.filter(|sign| Operator::from_sign(sign).is_some());
    RuleLanguage {
        keys: document::KEYS.to_vec(),
        verdict_keys: document::VERDICT_KEYS.to_vec(),
        os_fields: check::fields::OS_FIELDS.to_vec(),
        file_fields: check::fields::FILE_FIELDS.to_vec(),
        update_fields: check::fields::UPDATE_FIELDS.to_vec(),
        version_fields: check::fields::VERSION_FIELDS.to_vec(),
        functions: check::fields::FUNCTIONS.to_vec(),
        text_functions: check::fields::TEXT_METHODS.to_vec(),
        operators: operators.chain(OTHER_OPERATORS).collect(),
        absent: check::fields::NOT_OURS.to_vec(),
    }
}
