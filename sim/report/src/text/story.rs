//! One install order, told so that somebody who has never heard of it understands.

use super::{
    counterexample, scan, settings, step,
    style::{
        self, columns, command_lines, count, faint, hanging, heading, important_files, is_narrow,
        most_important_first, names, neutral, neutral_name, run_command, wrapped,
    },
    view::View,
};
use patchstate_catalog::{Catalog, FileId};
use patchstate_servicing::{FileChange, FileCopy, Host, Model, RegistryChange};
use patchstate_study::{Simulation, StepOutcome, Story, StoryStep};
use patchstate_terms::{Branch, Finding, FindingKind, RegistryValue, Status, Step};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// An install order: what each step changed, the truth, the verdict, what an administrator sees,
/// what helps, and which steps were refused.
#[must_use]
pub fn story(simulation: &Simulation, story: &Story, view: View) -> String {
    let examination = &story.examination;
    let findings = &examination.truth.findings;
    let important = important_files(findings);
    if view.is_quiet() {
        return style::findings(findings, view) + &refused(story, view);
    }
    let teller = Teller { model: simulation.model(), important, view };
    let mut text = teller.steps(1, None, &story.steps);
    let words = &simulation.model().catalog().product.words;
    let status = examination.truth.status;
    let _ = writeln!(text, "\n{} {}", heading("The host is"), style::status_phrase(status));
    text.push_str(&wrapped(&style::meaning(status, words), 2, view));
    text.push_str(&style::findings(findings, view));
    text.push_str(&teller.origins(story));
    if view.is_full() && !story.why.is_empty() {
        let _ = writeln!(text, "\n{}", heading("Why"));
        story.why.iter().for_each(|why| text.push_str(&counterexample::why(why, view)));
    }
    text.push_str(&symptoms(story, view));
    text.push_str(&verdict(story, view));
    text.push_str(&scan::forecast(&examination.verdict, view));
    text.push_str(&teller.remedy(story));
    let refused = refused(story, view);
    if !refused.is_empty() {
        text.push_str(&format!("\n{refused}"));
    }
    text
}

/// The steps that were refused, once more at the end, where many steps would hide them.
fn refused(story: &Story, view: View) -> String {
    let refused = (1..).zip(&story.steps).filter(|(_, step)| step.outcome == StepOutcome::Refused);
    let refused: Vec<(usize, &StoryStep)> = refused.collect();
    if refused.is_empty() {
        return String::new();
    }
    let steps = count(refused.len(), "step was", "steps were");
    let line = format!("{steps} refused, and left the host as it was");
    let mut text = wrapped(&heading(&line), 0, view);
    for (number, step) in refused {
        let reason = step.reason.as_deref().unwrap_or("no reason is known");
        let word = step.step.to_string();
        let first = format!("{number:>3}  {}", neutral_name(&word));
        let indent = if is_narrow(view) { 5 } else { 23 };
        text.push_str(&hanging(&first, &neutral(reason), indent, view));
    }
    text
}

/// What the detection core says, which sees nothing but the files.
fn verdict(story: &Story, view: View) -> String {
    let examination = &story.examination;
    let verdict = style::status(examination.verdict.status);
    let heading = heading("The detection core, which sees only the host's files, says");
    if examination.disagreement.is_none() {
        return format!("\n{}", wrapped(&format!("{heading} the same: {verdict}"), 0, view));
    }
    let line = format!("{heading} {} {verdict}", style::bad("something else:"));
    let findings = style::findings(&examination.verdict.findings, view.in_full());
    format!("\n{}{findings}", wrapped(&line, 0, view))
}

/// What all steps of a story share.
struct Teller<'a> {
    model: &'a Model,
    /// Names of files that the outcome turns on.
    important: BTreeSet<String>,
    view: View,
}

/// The host that a step is applied to, and its status.
type Before<'a> = Option<(&'a Host, Status)>;

impl Teller<'_> {
    /// Steps one after the other, with their numbers and where the status turns.
    fn steps<'a>(&self, first: usize, mut before: Before<'a>, steps: &'a [StoryStep]) -> String {
        let mut text = String::new();
        for (number, step) in (first..).zip(steps) {
            text.push_str(&self.step(number, before, step));
            before = Some((&step.after, step.truth.status));
        }
        text
    }

    fn step(&self, number: usize, before: Before<'_>, step: &StoryStep) -> String {
        let outcome = match step.outcome {
            StepOutcome::Applied => faint("applied"),
            StepOutcome::Unchanged => faint("unchanged"),
            StepOutcome::Refused => style::bad("refused"),
        };
        let word = neutral_name(&step.step.to_string()).into_owned();
        let word = heading(&format!("{word:<16}"));
        let first = format!("{number:>3}  {word}");
        let (rest, indent) = (format!("{outcome}{}", turn(before, step)), columns(&first) + 2);
        let mut text = hanging(&first, &rest, indent, self.view);
        let sentence = step::sentence(self.model, before.map(|(host, _)| host), step);
        text.push_str(&wrapped(&neutral(&sentence), 5, self.view));
        text.push_str(&self.file_changes(&step.changes.files));
        text.push_str(&self.registry_changes(&step.changes.registry));
        text
    }

    /// Changes of the same kind share a line.
    fn file_changes(&self, changes: &[FileChange]) -> String {
        let catalog = self.model.catalog();
        let mut groups: BTreeMap<(Option<String>, Option<String>), Vec<&str>> = BTreeMap::new();
        for change in changes {
            let copy = |copy: FileCopy| version_of(catalog, change.file, copy);
            let path = &catalog.file(change.file).path;
            let name = if self.view.is_full() { path.as_str() } else { path.file_name() };
            groups.entry((change.from.map(copy), change.to.map(copy))).or_default().push(name);
        }
        let mut text = String::new();
        for ((from, to), mut files) in groups {
            let what = match (&from, &to) {
                (None, Some(to)) => format!("new, {to}"),
                (Some(from), None) => format!("gone, was {from}"),
                (Some(from), Some(to)) => format!("{from} -> {to}"),
                (None, None) => continue,
            };
            most_important_first(&mut files, &self.important);
            let what = format!("{} {what}:", count(files.len(), "file", "files"));
            let shown = if self.view.is_full() {
                files.join(", ")
            } else {
                names(&files, 7 + what.len(), self.view)
            };
            text.push_str(&wrapped(&neutral(&format!("{what} {shown}")), 7, self.view));
        }
        text
    }

    fn registry_changes(&self, changes: &[RegistryChange]) -> String {
        let mut text = String::new();
        if self.view.is_full() {
            for change in changes {
                let value = |value: &Option<RegistryValue>| {
                    value.as_ref().map_or_else(|| "absent".to_owned(), ToString::to_string)
                };
                let (from, to) = (value(&change.from), value(&change.to));
                let path = change.path.to_string();
                text.push_str(&wrapped(&neutral_name(&path), 7, self.view));
                let values = format!("{} -> {}", neutral_name(&from), neutral_name(&to));
                text.push_str(&wrapped(&values, 9, self.view));
            }
        } else if !changes.is_empty() {
            let values = count(changes.len(), "registry value", "registry values");
            let _ = writeln!(text, "       {}", faint(&values));
        }
        text
    }

    /// Which steps left the two files as they are that do not fit each other.
    fn origins(&self, story: &Story) -> String {
        let missing = |finding: &&Finding| finding.kind == FindingKind::UnresolvedImport;
        let mut told = BTreeSet::new();
        let mut text = String::new();
        for finding in story.examination.truth.findings.iter().filter(missing) {
            let Some(import) = &finding.import else { continue };
            let (importer, dll) = (finding.file.file_name(), import.dll.as_str());
            if !told.insert((importer, dll)) {
                continue;
            }
            let last = |file| last_change(self.model, story, file);
            let (Some(one), Some(other)) = (last(importer), last(dll)) else { continue };
            let line = origin(importer, one, dll, other);
            text.push_str(&wrapped(&neutral(&line), 2, self.view));
        }
        text
    }

    /// What the advice of the detection core does to this host.
    fn remedy(&self, story: &Story) -> String {
        if story.remedy.is_empty() {
            return scan::remedy(&story.examination.verdict, self.view);
        }
        let mut text = format!("\n{}\n", heading("What helps"));
        let before = Some((&story.host, story.examination.truth.status));
        text.push_str(&self.steps(story.steps.len() + 1, before, &story.remedy));
        let status = style::status_phrase(story.status_after_remedy);
        text.push_str(&wrapped(&format!("Then the host is {status}. See it:"), 2, self.view));
        let steps = story.steps.iter().chain(&story.remedy).map(|step| step.step.to_string());
        let changed = settings(self.model.switches());
        let command = run_command(self.model.architecture(), &changed, steps);
        text.push_str(&command_lines("", &command, 2, self.view));
        text
    }
}

/// Where a step gives the host another status: which one. A bare machine has none of them.
fn turn(before: Before<'_>, step: &StoryStep) -> String {
    let status = step.truth.status;
    if before.map_or(Status::NotApplicable, |(_, status)| status) == status {
        return String::new();
    }
    format!(" -> {}", style::status(status))
}

/// The version of a copy, with its branch unless it is untouched.
pub(crate) fn version_of(catalog: &Catalog, file: FileId, copy: FileCopy) -> String {
    let version = catalog.version(file, copy.revision).to_string();
    match copy.branch {
        Branch::Gdr if catalog.is_baseline(copy.revision) => version,
        branch => format!("{version} {}", branch.as_str().to_uppercase()),
    }
}

/// Which steps left an importing file and the DLL it imports from as they are.
fn origin(importer: &str, one: NumberedStep, dll: &str, other: NumberedStep) -> String {
    let mut text = format!(
        "{importer} is as step {} ({}) left it, and {dll} as step {} ({}) did.",
        one.0, one.1.step, other.0, other.1.step
    );
    match &one.1.step {
        Step::InstallUpdate { update, .. } if one.0 > other.0 => {
            let _ = write!(text, " {update} replaced only what it brings, and so not {dll}.");
        }
        _ if one.0 < other.0 => {
            let _ = write!(text, " Step {} did not change {importer}.", other.0);
        }
        _ => {}
    }
    text
}

/// A step and its number, from 1.
type NumberedStep<'a> = (usize, &'a StoryStep);

/// The last step that changed a file, with its number from 1.
fn last_change<'a>(model: &Model, story: &'a Story, name: &str) -> Option<NumberedStep<'a>> {
    let touches = |step: &StoryStep| {
        let mut files = step.changes.files.iter();
        files.any(|change| {
            change.to.is_some() && model.catalog().file(change.file).path.file_name() == name
        })
    };
    (1..).zip(&story.steps).filter(|(_, step)| touches(step)).last()
}

fn symptoms(story: &Story, view: View) -> String {
    if story.symptoms.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", heading("What an administrator sees"));
    for symptom in &story.symptoms {
        let log = symptom.log.as_deref().map(|log| format!(" of the {} log", neutral(log)));
        let log = log.unwrap_or_default();
        let event = symptom.event_id.map(|id| format!(" event {id}{log},")).unwrap_or_default();
        let times =
            if symptom.times > 1 { format!(", {} times", symptom.times) } else { String::new() };
        let source = neutral_name(&symptom.source);
        let line = format!("{source}:{event} {}{times}", symptom.severity);
        text.push_str(&wrapped(&line, 2, view));
        text.push_str(&wrapped(&neutral(&symptom.text), 4, view));
    }
    text
}
