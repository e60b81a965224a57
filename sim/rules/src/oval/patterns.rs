//! Patterns, compiled when they are needed and within bounds.
//!
//! **Owns** how large patterns may be: a few letters of one can stand for megabytes. **Must never
//! know** what is held against them.
//!
//! **Start reading** at [`Patterns`].

use super::incomparable::Incomparable;
use regex::{Regex, RegexBuilder};
use std::{collections::BTreeMap, rc::Rc};

/// Sizes that a compiled pattern is tried in, in bytes; one that needs more is not supported.
const PATTERN_BYTES: [usize; 3] = [16 * 1024, 128 * 1024, 1024 * 1024];
/// Most bytes of all patterns of one evaluation.
const TOTAL_BYTES_MAX: usize = 64 * 1024 * 1024;

type Compiled = Result<Rc<Regex>, Incomparable>;

/// The patterns of one evaluation, each compiled once.
#[derive(Debug)]
pub(super) struct Patterns {
    exact: BTreeMap<String, Compiled>,
    /// Without regard to letter case.
    folded: BTreeMap<String, Compiled>,
    left: usize,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { exact: BTreeMap::new(), folded: BTreeMap::new(), left: TOTAL_BYTES_MAX }
    }
}

impl Patterns {
    /// A pattern as it is written.
    pub(super) fn exact(&mut self, text: &str) -> Compiled {
        get(&mut self.exact, &mut self.left, text, false)
    }

    /// A pattern without regard to letter case.
    pub(super) fn folded(&mut self, text: &str) -> Compiled {
        get(&mut self.folded, &mut self.left, text, true)
    }
}

fn get(
    known: &mut BTreeMap<String, Compiled>,
    left: &mut usize,
    text: &str,
    ignores_case: bool,
) -> Compiled {
    if let Some(found) = known.get(text) {
        return found.clone();
    }
    let compiled = within(left, text, ignores_case);
    known.insert(text.to_owned(), compiled.clone());
    compiled
}

fn within(left: &mut usize, text: &str, ignores_case: bool) -> Compiled {
    // A pattern that was not even tried costs nothing more.
    let smallest = PATTERN_BYTES.first().copied().unwrap_or_default();
    let large = || unsupported(text, "all patterns together are too large");
    if *left < smallest {
        return Err(large());
    }
    let (pattern, size) = compiled(text, ignores_case)?;
    *left = left.checked_sub(size).ok_or_else(large)?;
    Ok(Rc::new(pattern))
}

/// Whether a pattern can be used. It is not kept: most are never needed.
pub(super) fn check(text: &str) -> Result<(), Incomparable> {
    compiled(text, false).map(|_| ())
}

/// A pattern, and at most how many bytes it takes.
fn compiled(text: &str, ignores_case: bool) -> Result<(Regex, usize), Incomparable> {
    let mut reason = String::new();
    for size in PATTERN_BYTES {
        let mut builder = RegexBuilder::new(text);
        builder.case_insensitive(ignores_case).size_limit(size);
        match builder.dfa_size_limit(1024 * 1024).build() {
            Ok(pattern) => return Ok((pattern, size)),
            Err(regex::Error::Syntax(message)) => {
                // The last line says what is wrong; those before it draw the pattern.
                let last = message.lines().last().unwrap_or_default();
                return Err(unsupported(text, last.trim_start_matches("error: ")));
            }
            Err(_) => reason = format!("compiled it has more than {size} bytes"),
        }
    }
    Err(unsupported(text, &reason))
}

fn unsupported(text: &str, reason: &str) -> Incomparable {
    Incomparable::Unsupported(format!("the pattern `{text}` is not supported: {reason}"))
}
