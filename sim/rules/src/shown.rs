//! Words of a file in a message: cut, escaped, and beside those that were expected.

use patchstate_source::nearest;

/// The nearest of some names, or all of them.
pub(crate) fn nearest_or_all(name: &str, all: &[&str]) -> String {
    match nearest(name, all.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of `{}`", all.join("`, `")),
    }
}

/// A name as it is quoted in a message: cut where it is long, control characters escaped.
pub(crate) fn shown(name: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 80;
    let mut cut: String = name.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if cut.len() < name.len() {
        cut.push_str("...");
    }
    neutral(&cut)
}

/// A text that does nothing to a terminal: what does not print is escaped, and lines are joined.
pub(crate) fn neutral(text: &str) -> String {
    let mut neutral = String::with_capacity(text.len());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !neutral.is_empty() {
            neutral.push_str(" / ");
        }
        for letter in line.chars() {
            match letter {
                '"' | '\'' | '\\' => neutral.push(letter),
                '\t' => neutral.push(' '),
                _ => neutral.extend(letter.escape_debug()),
            }
        }
    }
    neutral
}
