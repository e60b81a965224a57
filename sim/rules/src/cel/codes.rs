//! The codes of all diagnostics about rule files, each with the words beside its mark.
//!
//! A code is stable: people search for it, and tests name it. What is checked is in `read.rs` and
//! `check`; this table is what can be printed to explain a code.

/// A kind of mistake in a rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleCode {
    /// The stable name, for example `rule/unknown-field`.
    pub name: &'static str,
    /// What stands beside the mark.
    pub label: &'static str,
    /// When it is reported, in sentences.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($constant:ident = $name:literal, $label:literal, $explanation:literal;)*) => {
        $(
            pub(super) const $constant: RuleCode = RuleCode {
                name: concat!("rule/", $name),
                label: $label,
                explanation: $explanation,
            };
        )*
        /// Every code that a rule file can be answered with.
        pub const RULE_CODES: &[RuleCode] = &[$($constant),*];
    };
}

codes! {
    SYNTAX = "syntax", "cannot be read from here",
        "The file is not TOML here, or a condition is not an expression of CEL.";
    UNKNOWN_KEY = "unknown-key", "no such key",
        "A rule file has no key of that name here.";
    MISSING_KEY = "missing-key", "incomplete",
        "A rule needs an id, a title and a verdict, and every verdict a condition `when`.";
    MISSING_STATUS = "missing-status", "which status?",
        "A verdict does not say which status it gives.";
    WRONG_VALUE = "wrong-value", "not what the key holds",
        "The value of a key is of another type than the key, empty, or given twice.";
    UNKNOWN_STATUS = "unknown-status", "no such status",
        "There is no status of that name, or it cannot stand here: no host truly is inconclusive.";
    DUPLICATE_ID = "duplicate-id", "taken",
        "Another rule of the same run has this id.";
    UNSUPPORTED = "unsupported", "not part of rules",
        "CEL has this and rules do not: macros, maps, indices, floating-point numbers, bytes.";
    UNKNOWN_FIELD = "unknown-field", "no such field",
        "There is nothing of that name to ask for.";
    UNKNOWN_FUNCTION = "unknown-function", "no such function",
        "There is no function of that name, or not on this.";
    TYPE_MISMATCH = "type-mismatch", "of another type",
        "Something is compared or combined with something of another type.";
    WRONG_ARGUMENT = "wrong-argument", "another argument is expected",
        "A function has too many or too few arguments, or one that is not a text in quotes: what \
         a rule reads must be known without running it.";
    UNKNOWN_LEVEL = "unknown-level", "no such level",
        "A level is rtm, or sp and a number, in lower case, and one that the product has.";
    UNKNOWN_PATH = "unknown-path", "no such file",
        "The text is no path below the Windows folder (an error), or no file that is known has \
         this path (a warning: real machines have other files too).";
    UNKNOWN_HIVE = "unknown-hive", "not one of the hives that are read",
        "Only values below `HKLM\\SOFTWARE` and `HKLM\\SYSTEM` can be read.";
    UNKNOWN_UPDATE = "unknown-update", "no such update",
        "The text is not `KB` and a number (an error), or no update that is known has this id (a \
         warning).";
    IMPOSSIBLE_VERSION = "impossible-version", "never occurs",
        "The text is no version (an error), or no file that is meant here can have it (a warning).";
    IMPOSSIBLE_VALUE = "impossible-value", "never occurs",
        "The field never has the value that it is compared with.";
    CONTRADICTION = "contradiction", "never true together",
        "Two conditions of an `&&` exclude each other, so that it is never true: two different \
         values of one field, ranges that have nothing in common, or a question and its negation.";
    INVALID_PATTERN = "invalid-pattern", "not a regular expression",
        "The text given to `matches` is not a regular expression.";
    UNREACHABLE_VERDICT = "unreachable-verdict", "never decides",
        "The condition is never true, or one of the verdicts before it always decides.";
    NEVER_REPORTS = "never-reports", "reports nothing",
        "No verdict of the rule has a status that the rule stands for, nor is it `consistent`, \
         which a rule says where no verdict decides.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_codes_have_the_same_name() {
        let names: BTreeSet<&str> = RULE_CODES.iter().map(|code| code.name).collect();
        assert_eq!(names.len(), RULE_CODES.len());
        assert!(RULE_CODES.iter().all(|code| code.explanation.ends_with('.')));
    }
}
