//! The judgement: evidence in, a verdict out. A pure function.
//!
//! **Owns** what each status means on evidence, and when evidence is not enough. **Must never
//! know** where evidence comes from.
//!
//! The status is the worst that is certain, unless something that could not be read might have
//! made it worse: then it is inconclusive. What could be hidden is tracked as [`Doubts`]:
//!
//! - something unreadable in the load closure of the worker process could hide a *broken* host;
//! - an unknown level of the operating system or of a component's file could hide a *mismatch*;
//! - an unknown registry, or anything else unreadable, could hide *drift*.
//!
//! So a host that is certainly broken stays broken, a mismatch beside an unreadable file outside
//! the closure stays a mismatch, and nothing is called consistent that was not read. A registry
//! that is not there at all, as in a copy of a few files, leaves the recorded updates unknown: such
//! a tree can be broken or a mismatch, but neither drift nor consistent.
//!
//! *Not applicable* is certain too, or it is not said: the host is known to be another system, or
//! each component is known not to be installed. Where no component is known to be there and one may
//! be, the host is inconclusive.
//!
//! **Start reading** at [`judge`]; then `platform` (what host is this), `files` (lineage),
//! `closure` (does the worker process load), `recorded` and `pending` (drift), `forecast` and
//! `remedy` (what would steps do).

mod case;
mod closure;
mod disagreement;
mod files;
mod forecast;
mod pending;
mod platform;
mod recorded;
mod remedy;

pub use platform::OsEvidence;

use crate::{Evidence, HiveEvidence, names};
use case::{Case, Doubts};
use patchstate_terms::{Finding, FindingKind, Hive, Status, Step, UpdateLabel};

/// What the core says about a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The status.
    pub status: Status,
    /// The operating system.
    pub os: OsEvidence,
    /// The reasons, in the order in which they are listed.
    pub findings: Vec<Finding>,
    /// Updates whose installation now would leave the host broken, in order; empty on a host that
    /// is broken already.
    pub would_break: Vec<UpdateLabel>,
    /// The shortest sequence of steps known to make the host consistent with the components that it
    /// has; empty where nothing is to be done, nothing is known that would do, or the status is
    /// inconclusive.
    pub remedy: Vec<Step>,
    /// What a reader should know beside the findings.
    pub notes: Vec<String>,
}

/// Judges a host, by what was known when its evidence was gathered.
#[must_use]
pub fn judge(evidence: &Evidence) -> Verdict {
    verdict(evidence, Advice::Given)
}

/// The same without advice, which takes most of the time: `would_break` and `remedy` are empty.
#[must_use]
pub fn assess(evidence: &Evidence) -> Verdict {
    verdict(evidence, Advice::Left)
}

/// Whether a verdict says what may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Advice {
    Given,
    Left,
}

fn verdict(evidence: &Evidence, advice: Advice) -> Verdict {
    let known = &*evidence.known;
    let files = evidence.known_files();
    let platform = platform::identify(evidence, known, &files);
    let installed = files::installed_components(evidence, known, &files);
    let is_other = platform.is_product == Some(false);
    let is_applicable = !is_other && installed.iter().any(|installed| *installed != Some(false));
    let may_be_without_components = !installed.contains(&Some(true));
    let mut case = Case {
        evidence,
        known,
        files,
        platform,
        installed: installed.iter().map(|installed| *installed == Some(true)).collect(),
        may_be_without_components,
        pending: pending::of(evidence),
        findings: Vec::new(),
        // Components that nothing tells of can be in any state.
        doubts: Doubts { broken: may_be_without_components, ..Doubts::default() },
    };
    if !is_applicable {
        return case.verdict(Status::NotApplicable);
    }
    disagreement::report(&mut case);
    files::report(&mut case);
    let closure = closure::report(&mut case);
    let is_older = recorded::report(&mut case);
    let has_drift = pending::report(&mut case) || is_older;
    report_hives(&mut case);
    let status = case.status(closure.is_broken, has_drift);
    case.explain_inconclusive(status);
    let forecast = match advice {
        Advice::Given => forecast::Context::new(&case, &closure),
        Advice::Left => None,
    };
    let restarted = match advice {
        Advice::Given if !case.pending.is_empty() => pending::restarted(&case),
        _ => None,
    };
    let waits = !case.pending.is_empty();
    let mut verdict = case.verdict(status);
    if waits {
        // Until the restart every package refuses.
        let after = restarted.map(|host| judge(&host)).map(|after| (after.status, after.remedy));
        verdict.remedy = remedy::after_restart(status, after);
    } else if let Some(context) = forecast {
        if status != Status::Broken {
            verdict.would_break = remedy::would_break(&context);
        }
        if matches!(status, Status::Broken | Status::Mismatch | Status::Drift) {
            verdict.remedy = remedy::shortest(&context);
        }
    }
    verdict
}

/// Which operating system a host has, as [`judge`] takes it.
#[must_use]
pub fn identify_os(evidence: &Evidence) -> OsEvidence {
    platform::identify(evidence, &evidence.known, &evidence.known_files()).os
}

impl Case<'_> {
    fn status(&self, is_broken: bool, has_drift: bool) -> Status {
        let is_mismatch = self
            .findings
            .iter()
            .any(|finding| matches!(finding.kind, FindingKind::BehindOs | FindingKind::AheadOfOs));
        if is_broken {
            Status::Broken
        } else if self.doubts.broken {
            Status::Inconclusive
        } else if is_mismatch {
            Status::Mismatch
        } else if self.doubts.mismatch {
            Status::Inconclusive
        } else if has_drift {
            Status::Drift
        } else if self.doubts.drift {
            Status::Inconclusive
        } else {
            Status::Consistent
        }
    }

    /// An inconclusive verdict names its reason, also where the reason is that something is absent.
    fn explain_inconclusive(&mut self, status: Status) {
        if status != Status::Inconclusive {
            return;
        }
        let file = names::hive_path(Hive::Software);
        if self.may_be_without_components {
            let (hive, evidence) = self.hive_of_components();
            let file = names::hive_path(hive);
            let name = file.file_name();
            let why = match evidence {
                HiveEvidence::Absent => format!("The registry hive {name} is not there"),
                // What could not be read of it is reported already.
                HiveEvidence::Unreadable(_) | HiveEvidence::Opened { problem: Some(_), .. } => {
                    return;
                }
                HiveEvidence::Opened { problem: None, .. } => {
                    format!("The registry hive {name} does not tell which components Setup added")
                }
            };
            let feature = &self.known.product.words.feature;
            let detail = format!(
                "{why}, and no file of {feature} is there, so it is not known whether it has \
                 {feature}."
            );
            self.unreadable(&file, detail);
        } else if self.platform.level.is_none() {
            let of_system = self.platform.level_file.clone();
            let detail = format!(
                "Neither the registry nor {} or another system file tells the level of the \
                 operating system.",
                of_system.file_name()
            );
            self.unreadable(&of_system, detail);
        } else if matches!(self.evidence.registry.software, HiveEvidence::Absent) {
            let detail = format!(
                "The registry hive {} is not there, so the recorded updates are not known.",
                file.file_name()
            );
            self.unreadable(&file, detail);
        }
    }

    /// The hive that tells which components there are.
    fn hive_of_components(&self) -> (Hive, &HiveEvidence) {
        let registry = &self.evidence.registry;
        if self.known.components.iter().any(|component| component.service.is_some()) {
            (Hive::System, &registry.system)
        } else {
            (Hive::Software, &registry.software)
        }
    }

    fn verdict(mut self, status: Status) -> Verdict {
        Finding::sort(&mut self.findings);
        Verdict {
            status,
            os: self.platform.os,
            findings: self.findings,
            would_break: Vec::new(),
            remedy: Vec::new(),
            notes: self.evidence.notes.clone(),
        }
    }
}

fn report_hives(case: &mut Case<'_>) {
    let registry = &case.evidence.registry;
    for (hive, evidence) in Hive::ALL.into_iter().zip([&registry.software, &registry.system]) {
        if let Some(problem) = evidence.problem() {
            case.findings.push(problem.finding(&names::hive_path(hive)));
            case.doubts.drift = true;
        }
    }
    case.doubts.drift |= matches!(registry.software, HiveEvidence::Absent);
}
