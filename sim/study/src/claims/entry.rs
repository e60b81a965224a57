//! What is wrong with a word of a claim file, before anyone knows where it stands.

use super::codes;
use patchstate_source::{MistakeCode, quoted, suggestion};

/// A mistake without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: MistakeCode,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Problem {
    /// Something is named that does not exist.
    pub(super) fn unknown<'a>(
        what: &str,
        name: &str,
        candidates: impl Iterator<Item = &'a str>,
    ) -> Self {
        let candidates: Vec<&str> = candidates.collect();
        let help = suggestion(name, candidates);
        let message = match name.trim() {
            "" => format!("this names no {what}: the text is empty"),
            name => format!("there is no {what} `{}`", quoted(name)),
        };
        Self { code: codes::UNKNOWN_NAME, message, help }
    }

    /// Something cannot be read.
    pub(super) fn malformed(message: &str) -> Self {
        Self { code: codes::MALFORMED, message: message.to_owned(), help: None }
    }
}

/// One of a few values by its word.
pub(super) fn named<T: Copy>(
    what: &str,
    word: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<T, Problem> {
    let found = all.iter().copied().find(|value| as_str(*value) == word);
    found.ok_or_else(|| Problem::unknown(what, word, all.iter().map(|value| as_str(*value))))
}
