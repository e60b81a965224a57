//! What the detection core reads from PE files.

use super::{
    style::{bad, count, hanging, heading, names, neutral, neutral_name, wrapped},
    view::View,
};
use crate::json::InspectedFileObject;

/// Some PE files.
#[must_use]
pub fn inspect(files: &[InspectedFileObject], view: View) -> String {
    let is_told = |file: &&InspectedFileObject| {
        !view.is_quiet() || !file.readable || !file.findings.is_empty()
    };
    files.iter().filter(is_told).map(|file| inspected(file, view)).collect()
}

fn inspected(file: &InspectedFileObject, view: View) -> String {
    let mut text = format!("{}\n", heading(&neutral_name(&file.path)));
    if !file.readable {
        let error = file.error.as_deref().unwrap_or("the reason is unknown");
        let line = format!("{} {}", bad("unreadable:"), neutral_name(error));
        return text + &wrapped(&line, 2, view);
    }
    if !view.is_quiet() {
        text.push_str(&contents(file, view));
    }
    for finding in &file.findings {
        let kind = format!("  {} ", heading(&finding.kind));
        text.push_str(&hanging(&kind, &neutral_name(&finding.detail), 4, view));
    }
    text
}

/// What is read from a file.
fn contents(file: &InspectedFileObject, view: View) -> String {
    let mut text = String::new();
    let unknown =
        |value: &Option<String>| neutral_name(value.as_deref().unwrap_or("none")).into_owned();
    let checksum = match file.checksum_ok {
        Some(true) => "correct",
        Some(false) => "wrong",
        None => "none",
    };
    for (name, value) in [
        ("machine", unknown(&file.machine)),
        ("file version", unknown(&file.file_version)),
        ("version string", unknown(&file.version_string)),
        ("product version", unknown(&file.product_version)),
        ("checksum", checksum.to_owned()),
    ] {
        text.push_str(&row(name, &value, view));
    }
    let shown = |symbols: &[&str]| {
        if view.is_full() { symbols.join(", ") } else { names(symbols, 19, view) }
    };
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
    let addresses = count(file.exports.count, "address", "addresses");
    text.push_str(&row("exports", &addresses, view));
    text.push_str(&wrapped(&neutral(&shown(&exports)), 19, view));
    for import in &file.imports {
        let delayed = if import.delayed { " (delayed)" } else { "" };
        let dll = format!("{}{delayed}", neutral_name(&import.dll));
        text.push_str(&row("imports from", &dll, view));
        let ordinals = import.ordinals.iter().map(|ordinal| format!("#{ordinal}"));
        let symbols: Vec<String> = import.names.iter().cloned().chain(ordinals).collect();
        let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
        text.push_str(&wrapped(&neutral(&shown(&symbols)), 19, view));
    }
    text
}

/// Something with its name before it.
fn row(name: &str, value: &str, view: View) -> String {
    hanging(&format!("  {name}"), value, 19, view)
}
