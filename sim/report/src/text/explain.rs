//! Explanations, broken into lines.

use super::{
    style::{columns, hanging, heading, is_narrow, neutral, wrapped},
    view::View,
};
use std::fmt::Write;

/// An explanation. Its first line is its heading; lines that are indented are a table and stay as
/// they are where they fit.
#[must_use]
pub fn explain(explanation: &str, view: View) -> String {
    let mut text = String::new();
    for (number, line) in explanation.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let fits = columns(line) <= view.width();
        match number {
            0 => text.push_str(&wrapped(&heading(&neutral(line)), 0, view)),
            _ if line.is_empty() || indent > 0 && fits => {
                let _ = writeln!(text, "{}", neutral(line));
            }
            _ if indent > 0 => text.push_str(&row(&neutral(line), indent, view)),
            _ => text.push_str(&wrapped(&neutral(line), 0, view)),
        }
    }
    text
}

/// A line of a table that is too long: what stands in its second column goes on there, or below
/// the first one on a narrow screen.
fn row(line: &str, indent: usize, view: View) -> String {
    let Some((first, rest)) = line.get(indent..).and_then(|row| row.split_once("  ")) else {
        return wrapped(line, indent, view);
    };
    let second = columns(line) - columns(rest.trim_start());
    let second = if is_narrow(view) { indent + 4 } else { second };
    hanging(&format!("{:indent$}{first}", ""), rest, second, view)
}

/// Every topic with its first sentence.
#[must_use]
pub fn topics(summaries: &[(String, String)], view: View) -> String {
    let indent = if is_narrow(view) { 4 } else { 24 };
    let topic = |(name, summary): &(String, String)| {
        hanging(&heading(&neutral(name)), &neutral(summary), indent, view)
    };
    summaries.iter().map(topic).collect()
}
