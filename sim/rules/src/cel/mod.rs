//! Rule files: `*.rule.toml`, with conditions in CEL (Common Expression Language).
//!
//! **Owns** the format: its keys, the language of its conditions, all that can be wrong with them
//! and where, and judging by them. A rule is read whole before anything runs, so that a mistake
//! never waits for the host that brings it to light, and so that what a rule reads is known.
//!
//! **Must never know** where evidence comes from.
//!
//! A rule looks like this:
//!
//! ```toml
//! id = "iis-behind-os"
//! title = "IIS files older than the operating system"
//!
//! [[verdict]]
//! status = "mismatch"
//! when = '''
//! os.level == "sp2"
//!     && file("system32/inetsrv/iisutil.dll").version < version("6.0.3790.3959")
//! '''
//! ```
//!
//! Verdicts are tried in order, and the first whose condition is true decides. Where none is, the
//! rule says that nothing is wrong: *consistent*. A condition that cannot be known makes the rule
//! inconclusive, unless a verdict before it decided; `false && unknown` is false and
//! `true || unknown` true, whichever side is unknown.
//!
//! **Start reading** at [`read_rules`], then [`FileRule`]; `check` for what a condition may say,
//! `term` for what it computes, `mutants` for rules that are a little wrong, `parts` for what is
//! left of a rule when some of it is known.

mod check;
mod codes;
mod document;
mod grounds;
mod host;
mod judge;
mod language;
mod mistakes;
mod mutants;
mod parse;
mod parts;
mod read;
mod rule;
mod source_map;
mod syntax;
mod term;
mod token;

#[cfg(test)]
mod tests;

use crate::KnownNames;
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_terms::WindowsPath;
use std::ops::Range;

pub use codes::{RULE_CODES, RuleCode};
pub use document::rule_file_likeness;
pub use language::{RuleLanguage, rule_language};
pub use mutants::Mutant;
pub(crate) use parts::{FileParts, FileRemainder};
pub use read::{declared_id, duplicate_id, is_rule_file, read_rules, read_rules_with};
pub use rule::FileRule;

/// The path of a file below the Windows folder, in a text that stands somewhere in a file; and what
/// is to be said of it.
pub(crate) fn read_path(
    known: &KnownNames,
    text: &str,
    source: &SourceFile,
    span: Range<usize>,
) -> (Option<WindowsPath>, Option<Diagnostic>) {
    let (path, mistake) = check::facts::path(known, text, span);
    (path, mistake.map(|mistake| mistake.diagnostic(source)))
}
