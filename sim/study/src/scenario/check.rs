//! Mistakes in a scenario that only the catalog can tell: names, releases, media, paths.

use super::{Located, Scenario, ScenarioFile, codes};
use crate::CORE_RULE;
use patchstate_catalog::{Catalog, UpdateId};
use patchstate_servicing::{Model, Switches};
use patchstate_source::{Diagnostic, MistakeCode, Severity, SourceFile, nearest};
use patchstate_terms::{Architecture, WindowsPath};
use std::{collections::BTreeSet, ops::Range, sync::Arc};

/// Checks the scenarios of a file against a catalog; the only rule is the core.
#[must_use]
pub fn check_scenarios(file: &ScenarioFile, catalog: &Arc<Catalog>) -> Vec<Diagnostic> {
    check_scenarios_with(file, catalog, &BTreeSet::new())
}

/// Checks the scenarios of a file against a catalog, and against the names of rules besides the
/// core.
#[must_use]
pub fn check_scenarios_with(
    file: &ScenarioFile,
    catalog: &Arc<Catalog>,
    rules: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for scenario in &file.scenarios {
        let check = Check { source: &file.source, catalog, rules, scenario };
        check.steps(&mut diagnostics);
        check.expectation(&mut diagnostics);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    diagnostics
}

/// What an expectation may name besides the core.
const RULES: &str = "the id of a rule file in the folder of the scenario file or of `--rule`, or \
                     the path of a rule file from there";

struct Check<'a> {
    source: &'a SourceFile,
    catalog: &'a Arc<Catalog>,
    rules: &'a BTreeSet<String>,
    scenario: &'a Scenario,
}

impl Check<'_> {
    fn model(&self) -> Option<Model> {
        let architecture = self.scenario.expectation.arch.as_ref();
        let architecture = architecture.map_or(Architecture::X86, |arch| arch.value);
        let settings = self.scenario.expectation.assumptions();
        let switches = Switches::from_settings(self.catalog, settings).unwrap_or_default();
        Model::new(Arc::clone(self.catalog), architecture, switches).ok()
    }

    fn steps(&self, diagnostics: &mut Vec<Diagnostic>) {
        let Some(model) = self.model() else {
            if let Some(arch) = &self.scenario.expectation.arch {
                let message = format!("the catalog says nothing about {}", arch.value);
                diagnostics.push(self.mistake(codes::ARCH, message, arch.span.clone()));
            }
            return;
        };
        let words: Vec<&str> = self.scenario.steps.iter().map(|s| s.value.as_str()).collect();
        // That a block is empty was reported when it was read.
        if let Err(error) = model.resolve_order(&words)
            && !words.is_empty()
        {
            for (position, _, problem) in error.problems {
                let step = self.scenario.steps.get(position.saturating_sub(1));
                let span = step.map_or(self.scenario.name.span.clone(), |step| step.span.clone());
                let mut mistake = self.mistake(codes::STEP, problem.to_string(), span);
                let is_one_word = step.is_none_or(|step| !step.value.contains(char::is_whitespace));
                mistake.help =
                    (!is_one_word).then(|| "write each step on a line of its own".to_owned());
                diagnostics.push(mistake);
            }
        }
        for remedy in self.scenario.expectation.remedy.iter().flat_map(|list| &list.value) {
            if let Err(problem) = model.resolve_word(&remedy.value) {
                let span = remedy.span.clone();
                diagnostics.push(self.mistake(codes::STEP, problem.to_string(), span));
            }
        }
    }

    fn expectation(&self, diagnostics: &mut Vec<Diagnostic>) {
        let expectation = &self.scenario.expectation;
        let findings = expectation.findings.iter().flat_map(|list| &list.value);
        let findings = findings.map(|finding| (&finding.value.1, finding.span.clone()));
        let files = expectation.files.iter().map(|(path, version)| (path, version.key.clone()));
        for (path, span) in findings.chain(files) {
            diagnostics.extend(self.path(path, span));
        }
        for setting in expectation.assume.iter().flat_map(|list| &list.value) {
            let read = Switches::from_settings(self.catalog, [setting.value.as_str()]);
            if let Err(error) = read {
                let span = setting.span.clone();
                diagnostics.push(self.mistake(codes::ASSUMPTION, error.to_string(), span));
            }
        }
        let labels = expectation.would_break.iter().flat_map(|list| &list.value);
        diagnostics.extend(labels.filter_map(|label| self.label(label)));
        for position in expectation.refused.iter().flat_map(|list| &list.value) {
            if position.value > self.scenario.steps.len() {
                let message = format!(
                    "there is no step {}: the scenario has {}",
                    position.value,
                    self.scenario.steps.len()
                );
                diagnostics.push(self.mistake(codes::STEP, message, position.span.clone()));
            }
        }
        for (name, entry) in &expectation.rules {
            if name != CORE_RULE && !self.rules.contains(name) {
                let mut mistake = self.mistake(
                    codes::UNKNOWN_RULE,
                    format!("there is no rule `{name}`"),
                    entry.key.clone(),
                );
                let names = self.rules.iter().map(String::as_str).chain([CORE_RULE]);
                mistake.help = Some(match nearest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("expected `{CORE_RULE}` or {RULES}"),
                });
                diagnostics.push(mistake);
            }
        }
    }

    fn path(&self, path: &WindowsPath, span: Range<usize>) -> Option<Diagnostic> {
        if self.catalog.file_at(path).is_some() {
            return None;
        }
        let paths = self.catalog.files.iter().map(|file| file.path.as_str());
        let mut mistake =
            self.mistake(codes::UNKNOWN_FILE, format!("the catalog has no file {path}"), span);
        mistake.help = nearest(path.as_str(), paths).map(|path| format!("did you mean {path}?"));
        Some(mistake)
    }

    fn label(&self, label: &Located<String>) -> Option<Diagnostic> {
        let mut labels = self.catalog.update_ids().flat_map(|update| self.labels(update));
        if labels.any(|known| known == label.value) {
            return None;
        }
        let message = format!("`{}` is not a release of an update", label.value);
        let mut mistake = self.mistake(codes::UNKNOWN_UPDATE, message, label.span.clone());
        let name = label.value.split('/').next().unwrap_or_default();
        mistake.help = Some(match self.catalog.update_named(&name.to_uppercase()) {
            Some(update) => format!("expected {}", self.labels(update).join(" or ")),
            None => {
                "expected KB and a number, with /v1 where there are several releases".to_owned()
            }
        });
        Some(mistake)
    }

    /// The releases of an update as verdicts name them.
    fn labels(&self, update: UpdateId) -> Vec<String> {
        let releases = self.catalog.update(update).releases.iter();
        releases.map(|release| self.catalog.label(update, release.number).to_string()).collect()
    }

    fn mistake(&self, code: MistakeCode, message: String, span: Range<usize>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: code.name,
            message,
            source: self.source.clone(),
            span,
            label: "here".to_owned(),
            help: None,
        }
    }
}
