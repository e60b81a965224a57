//! Texts of others in a message: escaped, and in one line.

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
