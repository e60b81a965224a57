//! A verdict about a tree of files.

use super::style::{self, heading, neutral, wrapped};
use patchstate_detect::Verdict;
use std::fmt::Write;

/// A verdict. With `all`, every finding has a line of its own.
#[must_use]
pub fn scan(folder: &str, verdict: &Verdict, all: bool) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}: {}", neutral(folder), style::status(verdict.status));
    let _ = writeln!(text, "  {}", style::meaning(verdict.status));
    let os = &verdict.os;
    let unknown = || "unknown".to_owned();
    let _ = writeln!(
        text,
        "  operating system: {}, {}, {}, version {}",
        neutral(os.product.as_deref().unwrap_or("unknown product")),
        os.arch.as_deref().unwrap_or("unknown architecture"),
        os.level.map_or_else(|| "level unknown".to_owned(), |level| level.title().to_owned()),
        os.version.map_or_else(unknown, |version| version.to_string())
    );
    text.push_str(&style::findings(&verdict.findings, all));
    text.push_str(&advice(verdict));
    text
}

/// What would break the host, and what would mend it.
pub(super) fn advice(verdict: &Verdict) -> String {
    let mut text = String::new();
    if !verdict.would_break.is_empty() {
        let labels: Vec<String> = verdict.would_break.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "\n{}", heading("What would break this host"));
        text.push_str(&wrapped(&format!("installing {}", labels.join(" or ")), 2, 100));
    }
    if !verdict.remedy.is_empty() {
        let steps: Vec<String> = verdict.remedy.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "\n{}", heading("What helps"));
        text.push_str(&wrapped(&steps.join(", then "), 2, 100));
    }
    text
}
