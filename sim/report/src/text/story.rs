//! One install order, told so that somebody who has never heard of it understands.

use super::{
    counterexample, scan, step,
    style::{
        self, LINE, count, faint, heading, important_files, most_important_first, names, neutral,
        neutral_name, run_command, wrapped,
    },
};
use patchstate_harness::{Simulation, StepOutcome, Story, StoryStep};
use patchstate_servicing::{FileChange, FileCopy, Host, Model, RegistryChange, Switches};
use patchstate_terms::{Branch, Finding, FindingKind, RegistryValue, Step};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// An install order: what each step changed, the truth, the verdict, what an administrator sees,
/// and what helps. With `verbose`, every file and registry value is named.
#[must_use]
pub fn story(simulation: &Simulation, story: &Story, verbose: bool) -> String {
    let examination = &story.examination;
    let findings = &examination.truth.findings;
    let important = important_files(findings);
    let teller = Teller { model: simulation.model(), important, verbose };
    let mut text = String::new();
    let mut before = None;
    for (number, step) in (1..).zip(&story.steps) {
        text.push_str(&teller.step(number, before, step));
        before = Some(&step.after);
    }
    let status = examination.truth.status;
    let _ = writeln!(text, "\n{} {}", heading("The host is"), style::status_phrase(status));
    let _ = writeln!(text, "  {}", style::meaning(status));
    text.push_str(&style::findings(findings, verbose));
    text.push_str(&teller.origins(story));
    if verbose && !story.why.is_empty() {
        let _ = writeln!(text, "\n{}", heading("Why"));
        story.why.iter().for_each(|why| text.push_str(&counterexample::why(why)));
    }
    text.push_str(&symptoms(story));
    text.push_str(&verdict(story));
    text.push_str(&scan::forecast(&examination.verdict));
    text.push_str(&teller.remedy(story));
    text
}

/// What the detection core says, which sees nothing but the files.
fn verdict(story: &Story) -> String {
    let examination = &story.examination;
    let verdict = style::status(examination.verdict.status);
    let heading = heading("The detection core, which sees only the host's files, says");
    match &examination.disagreement {
        None => format!("\n{heading} the same: {verdict}\n"),
        Some(_) => format!(
            "\n{heading} {} {verdict}\n{}",
            style::bad("something else:"),
            style::findings(&examination.verdict.findings, true)
        ),
    }
}

/// What all steps of a story share.
struct Teller<'a> {
    model: &'a Model,
    /// Names of files that the outcome turns on.
    important: BTreeSet<String>,
    verbose: bool,
}

impl Teller<'_> {
    fn step(&self, number: usize, before: Option<&Host>, step: &StoryStep) -> String {
        let outcome = match step.outcome {
            StepOutcome::Applied => faint("applied"),
            StepOutcome::Unchanged => faint("unchanged"),
            StepOutcome::Refused => style::bad("refused"),
        };
        let word = neutral_name(&step.step.to_string()).into_owned();
        let mut text = format!("{number:>3}  {}  {outcome}\n", heading(&format!("{word:<16}")));
        text.push_str(&wrapped(&neutral(&step::sentence(self.model, before, step)), 5, LINE));
        text.push_str(&self.file_changes(&step.changes.files));
        text.push_str(&self.registry_changes(&step.changes.registry));
        text
    }

    /// Changes of the same kind share a line.
    fn file_changes(&self, changes: &[FileChange]) -> String {
        let catalog = self.model.catalog();
        let mut groups: BTreeMap<(Option<String>, Option<String>), Vec<&str>> = BTreeMap::new();
        for change in changes {
            let copy = |copy: FileCopy| {
                let version = catalog.version(change.file, copy.revision).to_string();
                let baseline = catalog.level(catalog.lineage(copy.revision)).revision;
                match copy.branch {
                    Branch::Gdr if baseline == copy.revision => version,
                    branch => format!("{version} {}", branch.as_str().to_uppercase()),
                }
            };
            let path = &catalog.file(change.file).path;
            let name = if self.verbose { path.as_str() } else { path.file_name() };
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
            let shown = if self.verbose { files.join(", ") } else { names(&files, 7 + what.len()) };
            text.push_str(&wrapped(&neutral(&format!("{what} {shown}")), 7, LINE));
        }
        text
    }

    fn registry_changes(&self, changes: &[RegistryChange]) -> String {
        let mut text = String::new();
        if self.verbose {
            for change in changes {
                let value = |value: &Option<RegistryValue>| {
                    value.as_ref().map_or_else(|| "absent".to_owned(), ToString::to_string)
                };
                let (from, to) = (value(&change.from), value(&change.to));
                let path = change.path.to_string();
                let _ = writeln!(text, "       {}", neutral_name(&path));
                let _ = writeln!(text, "         {} -> {}", neutral_name(&from), neutral_name(&to));
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
            text.push_str(&wrapped(&neutral(&origin(importer, one, dll, other)), 2, LINE));
        }
        text
    }

    /// What the advice of the detection core does to this host.
    fn remedy(&self, story: &Story) -> String {
        if story.remedy.is_empty() {
            return scan::remedy(&story.examination.verdict);
        }
        let mut text = format!("\n{}\n", heading("What helps"));
        let mut before = &story.host;
        for (number, step) in (story.steps.len() + 1..).zip(&story.remedy) {
            text.push_str(&self.step(number, Some(before), step));
            before = &step.after;
        }
        let status = style::status_phrase(story.status_after_remedy);
        let _ = writeln!(text, "  Then the host is {status}. See it:");
        let steps = story.steps.iter().chain(&story.remedy).map(|step| step.step.to_string());
        let changed = changed_switches(self.model.switches());
        let command = run_command(self.model.architecture(), &changed, steps);
        let _ = writeln!(text, "  {command}");
        text
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

/// The switches that are not as they are by default.
pub(super) fn changed_switches(switches: Switches) -> Vec<(&'static str, &'static str)> {
    let words = switches.words().into_iter().zip(Switches::default().words());
    words.filter(|(now, default)| now != default).map(|(now, _)| now).collect()
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
        let _ = writeln!(
            text,
            "  {}:{event} {}{times}",
            neutral_name(&symptom.source),
            symptom.severity
        );
        text.push_str(&wrapped(&neutral(&symptom.text), 4, LINE));
    }
    text
}
