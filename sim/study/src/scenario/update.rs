//! Expectations rewritten from what came of the steps.

use super::{
    ScenarioFile, ScenarioResult,
    expect::ABSENT,
    run::{finding_words, refused_steps},
};
use crate::Simulation;
use patchstate_terms::Status;
use std::fmt::Write;

/// The text of a scenario file with every failing expectation rewritten; what an expectation does
/// not name stays unnamed, and everything else in the file stays as it is.
///
/// `results` are those of the file's scenarios, in their order, each with its simulation.
#[must_use]
pub fn updated_text(file: &ScenarioFile, results: &[(&Simulation, ScenarioResult)]) -> String {
    let mut text = file.source.text.to_string();
    // From the end to the beginning, so that earlier places stay where they are.
    for (scenario, (simulation, result)) in file.scenarios.iter().zip(results).rev() {
        if result.failures.iter().any(|failure| failure.span != scenario.name.span) {
            let block = block(simulation, scenario, result);
            text.replace_range(scenario.expectation_span.clone(), &block);
        }
    }
    text
}

fn block(simulation: &Simulation, scenario: &super::Scenario, result: &ScenarioResult) -> String {
    let expectation = &scenario.expectation;
    let examination = &result.story.examination;
    let mut lines = Vec::new();
    if let Some(arch) = &expectation.arch {
        lines.push(format!("arch = \"{}\"", arch.value));
    }
    if expectation.assume.is_some() {
        lines.push(list("assume", expectation.assumptions().into_iter().map(quoted)));
    }
    if expectation.status.is_some() {
        lines.push(format!("status = \"{}\"", examination.truth.status));
    }
    if expectation.findings.is_some() {
        let words = finding_words(&examination.truth.findings);
        lines.push(list("findings", words.into_iter().map(quoted)));
    }
    if expectation.would_break.is_some() {
        let labels = examination.verdict.would_break.iter();
        lines.push(list("would_break", labels.map(quoted)));
    }
    if expectation.remedy.is_some() {
        let steps = examination.verdict.remedy.iter();
        lines.push(list("remedy", steps.map(quoted)));
    }
    if expectation.refused.is_some() {
        lines.push(list("refused", refused_steps(&result.story).map(|p| p.to_string())));
    }
    let mut text = lines.join("\n") + "\n";
    if !expectation.files.is_empty() {
        text.push_str("\n[files]\n");
        let catalog = simulation.model().catalog();
        let view = simulation.model().view(&result.story.host);
        for path in expectation.files.keys() {
            let file = catalog.file_at(path);
            let copy = file.and_then(|file| view.file(file).map(|copy| (file, copy)));
            let version = copy.map(|(file, copy)| catalog.version(file, copy.revision).to_string());
            let version = version.unwrap_or_else(|| ABSENT.to_owned());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\"{path}\" = \"{version}\"");
        }
    }
    if !expectation.rules.is_empty() {
        text.push_str("\n[rules]\n");
        for rule in expectation.rules.keys() {
            let said = result.rules.get(rule).copied().unwrap_or(Status::Inconclusive);
            let _ = writeln!(text, "{} = \"{said}\"", key(rule));
        }
    }
    text
}

/// A key as TOML wants it.
fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if !name.is_empty() && name.chars().all(is_bare) {
        return name.to_owned();
    }
    quoted(name.replace('\\', r"\\").replace('"', "\\\""))
}

fn quoted(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

/// A list on one line, or one entry a line where it would be long.
fn list(key: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    let line = format!("{key} = [{}]", items.join(", "));
    if line.len() <= 100 {
        return line;
    }
    format!("{key} = [\n  {},\n]", items.join(",\n  "))
}
