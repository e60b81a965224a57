//! One install order, told so that somebody who has never heard of it understands.

use super::{
    scan,
    style::{self, count, faint, heading, names, neutral, wrapped},
};
use patchstate_harness::{Simulation, StepOutcome, Story, StoryStep};
use patchstate_servicing::{FileChange, FileCopy, Model, RegistryChange};
use patchstate_terms::{Branch, RegistryValue, Status};
use std::{collections::BTreeMap, fmt::Write};

/// An install order: what each step changed, the truth, the verdict, what an administrator sees,
/// and what helps. With `verbose`, every file and registry value is named.
#[must_use]
pub fn story(simulation: &Simulation, story: &Story, verbose: bool) -> String {
    let model = simulation.model();
    let mut text = String::new();
    for (number, step) in (1..).zip(&story.steps) {
        text.push_str(&tell_step(model, number, step, verbose));
    }
    let examination = &story.examination;
    let status = examination.truth.status;
    let _ = writeln!(text, "\n{} {}", heading("The host is"), style::status(status));
    let _ = writeln!(text, "  {}", style::meaning(status));
    text.push_str(&style::findings(&examination.truth.findings, verbose));
    text.push_str(&symptoms(story));
    let _ = writeln!(text, "\n{}", heading("What the detection core says of its files"));
    match &examination.disagreement {
        None => {
            let _ = writeln!(text, "  the same: {}", style::status(examination.verdict.status));
        }
        Some(_) => {
            let verdict = style::status(examination.verdict.status);
            let _ = writeln!(text, "  {} {verdict}", style::bad("something else:"));
            text.push_str(&style::findings(&examination.verdict.findings, true));
        }
    }
    text.push_str(&scan::advice(&examination.verdict));
    if status == Status::Broken && !examination.verdict.remedy.is_empty() {
        let steps = story.steps.iter().map(|step| step.step.to_string());
        let remedy = examination.verdict.remedy.iter().map(ToString::to_string);
        let order: Vec<String> = steps.chain(remedy).collect();
        let _ = writeln!(text, "  see it: patchstate run {}", order.join(" "));
    }
    text
}

fn tell_step(model: &Model, number: usize, step: &StoryStep, verbose: bool) -> String {
    let outcome = match step.outcome {
        StepOutcome::Applied => faint("applied"),
        StepOutcome::Unchanged => faint("unchanged: there was nothing to do"),
        StepOutcome::Refused => style::bad("refused"),
    };
    let word = step.step.to_string();
    let mut text = format!("{number:>3}  {}  {outcome}\n", heading(&format!("{word:<16}")));
    if let Some(reason) = &step.reason {
        let code = step.exit_code.map(|code| format!(" (exit code {code:#x})")).unwrap_or_default();
        text.push_str(&wrapped(&format!("{reason}{code}"), 7, 100));
    }
    text.push_str(&file_changes(model, &step.changes.files, verbose));
    text.push_str(&registry_changes(&step.changes.registry, verbose));
    text
}

/// Changes of the same kind share a line.
fn file_changes(model: &Model, changes: &[FileChange], verbose: bool) -> String {
    let catalog = model.catalog();
    let mut groups: BTreeMap<(Option<String>, Option<String>), Vec<&str>> = BTreeMap::new();
    for change in changes {
        let copy = |copy: FileCopy| {
            let version = catalog.version(change.file, copy.revision).to_string();
            let untouched = catalog.level(catalog.lineage(copy.revision)).revision == copy.revision;
            match copy.branch {
                Branch::Gdr if untouched => version,
                branch => format!("{version} {}", branch.as_str().to_uppercase()),
            }
        };
        let path = &catalog.file(change.file).path;
        let name = if verbose { path.as_str() } else { path.file_name() };
        groups.entry((change.from.map(copy), change.to.map(copy))).or_default().push(name);
    }
    let mut text = String::new();
    for ((from, to), files) in groups {
        let what = match (&from, &to) {
            (None, Some(to)) => format!("new, {to}"),
            (Some(from), None) => format!("gone, was {from}"),
            (Some(from), Some(to)) => format!("{from} -> {to}"),
            (None, None) => continue,
        };
        let shown = names(&files, if verbose { usize::MAX } else { 4 });
        let files = match files.len() {
            1 => shown,
            number => format!("{}: {shown}", count(number, "file", "files")),
        };
        let _ = writeln!(text, "       {what}");
        text.push_str(&wrapped(&files, 9, 100));
    }
    text
}

fn registry_changes(changes: &[RegistryChange], verbose: bool) -> String {
    let mut text = String::new();
    if verbose {
        for change in changes {
            let value = |value: &Option<RegistryValue>| {
                value.as_ref().map_or_else(|| "absent".to_owned(), ToString::to_string)
            };
            let (from, to) = (value(&change.from), value(&change.to));
            let _ = writeln!(text, "       {}: {from} -> {to}", neutral(&change.path.to_string()));
        }
    } else if !changes.is_empty() {
        let values = count(changes.len(), "registry value", "registry values");
        let _ = writeln!(text, "       {}", faint(&values));
    }
    text
}

fn symptoms(story: &Story) -> String {
    if story.symptoms.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", heading("What an administrator sees"));
    for symptom in &story.symptoms {
        let event = symptom.event_id.map(|id| format!(" event {id},")).unwrap_or_default();
        let times =
            if symptom.times > 1 { format!(", {} times", symptom.times) } else { String::new() };
        let _ = writeln!(text, "  {}:{event} {}{times}", symptom.source, symptom.severity);
        text.push_str(&wrapped(&symptom.text, 4, 100));
    }
    text
}
