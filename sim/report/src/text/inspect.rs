//! What the detection core reads from PE files.

use super::style::{self, LINE, bad, count, heading, names, neutral, neutral_name, wrapped};
use crate::json::InspectedFileObject;
use std::fmt::Write;

/// Some PE files. With `verbose`, every export and import is named.
#[must_use]
pub fn inspect(files: &[InspectedFileObject], verbose: bool) -> String {
    files.iter().map(|file| inspected(file, verbose)).collect()
}

fn inspected(file: &InspectedFileObject, verbose: bool) -> String {
    let mut text = format!("{}\n", heading(&neutral_name(&file.path)));
    if !file.readable {
        let error = file.error.as_deref().unwrap_or("the reason is unknown");
        let _ = writeln!(text, "  {} {}", bad("unreadable:"), neutral_name(error));
        return text;
    }
    let unknown =
        |value: &Option<String>| neutral_name(value.as_deref().unwrap_or("none")).into_owned();
    let checksum = match file.checksum_ok {
        Some(true) => "correct",
        Some(false) => "wrong",
        None => "none",
    };
    let _ = writeln!(text, "  machine          {}", unknown(&file.machine));
    let _ = writeln!(text, "  file version     {}", unknown(&file.file_version));
    let _ = writeln!(text, "  version string   {}", unknown(&file.version_string));
    let _ = writeln!(text, "  product version  {}", unknown(&file.product_version));
    let _ = writeln!(text, "  checksum         {checksum}");
    let shown = |symbols: &[&str]| if verbose { symbols.join(", ") } else { names(symbols, 19) };
    let exports: Vec<String> = file
        .exports
        .names
        .iter()
        .map(|name| match file.exports.forwarded.get(name) {
            Some(target) => format!("{name} -> {target}"),
            None => name.clone(),
        })
        .collect();
    let exports: Vec<&str> = exports.iter().map(String::as_str).collect();
    let _ =
        writeln!(text, "  exports          {}", count(file.exports.count, "address", "addresses"));
    text.push_str(&wrapped(&neutral(&shown(&exports)), 19, LINE));
    for import in &file.imports {
        let delayed = if import.delayed { " (delayed)" } else { "" };
        let _ = writeln!(text, "  imports from     {}{delayed}", neutral_name(&import.dll));
        let ordinals = import.ordinals.iter().map(|ordinal| format!("#{ordinal}"));
        let symbols: Vec<String> = import.names.iter().cloned().chain(ordinals).collect();
        let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
        text.push_str(&wrapped(&neutral(&shown(&symbols)), 19, LINE));
    }
    for finding in &file.findings {
        let kind = style::heading(&finding.kind);
        let _ = writeln!(text, "  {kind}  {}", neutral_name(&finding.detail));
    }
    text
}
