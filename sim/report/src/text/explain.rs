//! Explanations, broken into lines.

use super::style::{LINE, heading, neutral, wrapped};
use std::fmt::Write;

/// An explanation. Its first line is its heading; lines that are indented are a table and stay as
/// they are where they fit.
#[must_use]
pub fn explain(explanation: &str) -> String {
    let mut text = String::new();
    for (number, line) in explanation.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let fits = line.chars().count() <= LINE;
        match number {
            0 => {
                let _ = writeln!(text, "{}", heading(&neutral(line)));
            }
            _ if line.is_empty() || indent > 0 && fits => {
                let _ = writeln!(text, "{}", neutral(line));
            }
            _ => text.push_str(&wrapped(&neutral(line), indent, LINE)),
        }
    }
    text
}

/// Every topic with its first sentence.
#[must_use]
pub fn topics(summaries: &[(String, String)]) -> String {
    const INDENT: usize = 24;
    let mut text = String::new();
    for (name, summary) in summaries {
        let lines = wrapped(&neutral(summary), INDENT, LINE);
        let name_columns = name.chars().count();
        let _ = write!(text, "{}", heading(&neutral(name)));
        if name_columns + 2 > INDENT {
            let _ = write!(text, "\n{lines}");
        } else {
            let padding = " ".repeat(INDENT - name_columns);
            let _ = write!(text, "{padding}{}", lines.get(INDENT..).unwrap_or("\n"));
        }
    }
    text
}
