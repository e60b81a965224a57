//! One install order, told step by step.

mod fracture;
mod step;

pub use fracture::Fracture;
pub use step::{StepOutcome, StoryStep};

use crate::{Derivation, Examination, Simulation, StudyError};
use patchstate_oracle::Truth;
use patchstate_servicing::{Action, Host, Outcome, Refusal};
use patchstate_terms::{FindingKind, Status, Step};
use std::collections::BTreeSet;

/// An install order with what each step did and what came of it.
#[derive(Clone, Debug)]
pub struct Story {
    /// The steps, the base operating system first.
    pub steps: Vec<StoryStep>,
    /// The host at the end.
    pub host: Host,
    /// How the truth came about: for the first finding of each kind, the facts that it rests on.
    pub why: Vec<Derivation>,
    /// The host at the end from both sides.
    pub examination: Examination,
    /// What an administrator sees, in order of appearance; empty unless the host is broken.
    pub symptoms: Vec<SymptomLine>,
    /// What the steps that the detection core advises do to the host; empty where it has no advice.
    pub remedy: Vec<StoryStep>,
    /// The true status of the host after the remedy; of the host itself where there is none.
    pub status_after_remedy: Status,
}

/// Something that an administrator sees.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SymptomLine {
    /// Who says it.
    pub source: String,
    /// The event log that it stands in.
    pub log: Option<String>,
    /// Number in the event log.
    pub event_id: Option<u32>,
    /// `warning`, `error`, or another word for what is not an event.
    pub severity: String,
    /// What it says.
    pub text: String,
    /// How often it comes.
    pub times: u32,
}

impl Simulation {
    /// Applies an install order to a bare machine and tells what happens.
    ///
    /// # Errors
    /// When the order cannot be read, with every mistake and its position.
    pub fn tell<S: AsRef<str>>(&self, words: &[S]) -> Result<Story, StudyError> {
        let (steps, host) = self.steps(words)?;
        let examination = self.examine(&host)?;
        let symptoms = self.symptoms(&examination.truth);
        let remedy = self.tell_remedy(&host, &examination);
        let mended = remedy.last().map_or(&host, |step| &step.after);
        let status_after_remedy = self.truth(mended).status;
        let mut kinds = BTreeSet::new();
        let findings = examination.truth.findings.iter();
        let why = findings.filter(|finding| kinds.insert(finding.kind));
        let why = why.map(|finding| Derivation::new(self.model(), &steps, finding)).collect();
        Ok(Story { steps, host, why, examination, symptoms, remedy, status_after_remedy })
    }

    /// What each step of an install order does to a bare machine, and the host at the end.
    ///
    /// # Errors
    /// When the order cannot be read, with every mistake and its position.
    pub fn steps<S: AsRef<str>>(&self, words: &[S]) -> Result<(Vec<StoryStep>, Host), StudyError> {
        let (base, actions) = self.model().resolve_order(words)?;
        let mut host = self.model().install_os(base).ok_or(StudyError::NoMedia(base))?;
        let mut steps = vec![StoryStep {
            step: Step::InstallOs(base),
            outcome: StepOutcome::Applied,
            reason: None,
            exit_code: None,
            changes: self.model().changes(None, &host),
            truth: self.truth(&host),
            after: host.clone(),
        }];
        for (step, action) in actions {
            let told = self.tell_step(&host, step, action);
            host.clone_from(&told.after);
            steps.push(told);
        }
        Ok((steps, host))
    }

    /// What the steps do that the verdict advises. The detection core has facts of its own; where
    /// it names what a catalog does not have, there is nothing to tell.
    fn tell_remedy(&self, host: &Host, examination: &Examination) -> Vec<StoryStep> {
        let mut host = host.clone();
        let mut told = Vec::new();
        for step in &examination.verdict.remedy {
            let Ok(action) = self.model().resolve(step) else { return Vec::new() };
            let step = self.tell_step(&host, step.clone(), action);
            host.clone_from(&step.after);
            told.push(step);
        }
        told
    }

    /// Applies an install order to a bare machine and gives the host at the end.
    ///
    /// # Errors
    /// When the order cannot be read, with every mistake and its position.
    pub fn follow<S: AsRef<str>>(&self, words: &[S]) -> Result<Host, StudyError> {
        let (base, actions) = self.model().resolve_order(words)?;
        let start = self.model().install_os(base).ok_or(StudyError::NoMedia(base))?;
        let apply = |host: Host, (_, action): (Step, Action)| {
            self.model().apply(&host, action).after(&host).clone()
        };
        Ok(actions.into_iter().fold(start, apply))
    }

    pub(crate) fn tell_step(&self, host: &Host, step: Step, action: Action) -> StoryStep {
        let (outcome, after, refusal) = match self.model().apply(host, action) {
            Outcome::Applied(after) => (StepOutcome::Applied, after, None),
            Outcome::Unchanged => (StepOutcome::Unchanged, host.clone(), None),
            Outcome::Refused(refusal) => (StepOutcome::Refused, host.clone(), Some(refusal)),
        };
        StoryStep {
            step,
            outcome,
            reason: refusal.map(|refusal| self.model().reason(host, refusal)),
            exit_code: refusal.and_then(Refusal::exit_code),
            changes: self.model().changes(Some(host), &after),
            truth: self.truth(&after),
            after,
        }
    }

    /// What an administrator sees of a broken host.
    pub(crate) fn symptoms(&self, truth: &Truth) -> Vec<SymptomLine> {
        if truth.status != Status::Broken {
            return Vec::new();
        }
        let catalog = self.model().catalog();
        let programs = catalog.files.iter().filter(|file| !file.loads.is_empty());
        let program = programs.map(|file| file.path.file_name()).next().unwrap_or_default();
        let missing =
            |kind| matches!(kind, FindingKind::UnresolvedImport | FindingKind::MissingDll);
        let cause = truth.findings.iter().find(|finding| missing(finding.kind));
        let import = cause.and_then(|finding| finding.import.as_ref());
        let fill = |text: &str| {
            let import = import.map(ToString::to_string).unwrap_or_default();
            text.replace("{program}", program).replace("{import}", &import)
        };
        let line = |symptom: &patchstate_catalog::Symptom| SymptomLine {
            source: symptom.source.clone(),
            log: symptom.log.clone(),
            event_id: symptom.event_id,
            severity: symptom.severity.clone(),
            text: fill(&symptom.text),
            times: symptom.times,
        };
        catalog.symptoms.iter().map(line).collect()
    }
}
