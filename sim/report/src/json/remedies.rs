//! The core's remedies against the shortest repairs, in the object of `verify`.

use crate::verdicts::words;
use patchstate_study::{Count, RemedyCase, RemedyReport};
use schemars::JsonSchema;
use serde::Serialize;

/// How the core's remedies did on one architecture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemediesObject {
    /// Hosts that need a repair, in digits, as all numbers of hosts.
    pub checked: String,
    /// Hosts whose remedy leads to a consistent host with the same components.
    pub working: String,
    /// Hosts whose remedy works and is longer than the shortest additive repair: one that removes
    /// nothing.
    pub longer: String,
    /// Hosts whose remedy works and that a repair which removes something makes consistent in fewer
    /// steps than any additive one. Over a scope that is held as a set, only repairs that first
    /// remove a service pack are looked at, and remove nothing after that.
    pub shorter_by_removal: String,
    /// Hosts that can be repaired, and not without removing something.
    pub only_by_removal: String,
    /// Hosts that no sequence of the scope's steps makes consistent.
    pub beyond_repair: String,
    /// Hosts of which it is not known whether their remedy works.
    pub open: String,
    /// How many hosts have a shortest additive repair of each length, shortest first.
    pub by_length: Vec<LengthObject>,
    /// How many hosts with a remedy that works have a remedy and a shortest additive repair of two
    /// lengths.
    pub by_lengths: Vec<LengthsObject>,
    /// Remedies that do not work.
    pub failing_cases: Vec<RemedyObject>,
    /// Remedies that are longer than need be, the longest difference first.
    pub longer_cases: Vec<RemedyObject>,
    /// A repair that removes something and is shorter than the remedy, of those that most hosts
    /// have; null where there is none, or where it was not found.
    pub removal_case: Option<RemedyObject>,
}

/// How many hosts have a remedy and a shortest additive repair of two lengths.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LengthsObject {
    /// Steps of the remedy.
    pub remedy: usize,
    /// Steps of the shortest additive repair.
    pub shortest: usize,
    /// Hosts.
    pub hosts: String,
}

/// How many hosts have a shortest additive repair of one length.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LengthObject {
    /// Steps.
    pub steps: usize,
    /// Hosts.
    pub hosts: String,
}

/// A remedy beside a shorter repair, and the hosts that have both.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemedyObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// How many hosts have this remedy and this shortest repair; of a scope that is held as a set,
    /// how many have a remedy and repairs of these lengths.
    pub hosts: String,
    /// A shortest install order to one of them; null where all are farther from a bare system than
    /// orders are looked for.
    pub steps: Option<Vec<String>>,
    /// What the core advises.
    pub remedy: Vec<String>,
    /// The shortest repair that is known, of a remedy that is too long the shortest additive one;
    /// null where there is none.
    pub shortest: Option<Vec<String>>,
}

impl From<&RemedyReport> for RemediesObject {
    fn from(report: &RemedyReport) -> Self {
        let length = |(steps, hosts): (&usize, &Count)| LengthObject {
            steps: *steps,
            hosts: hosts.to_string(),
        };
        let lengths = |((remedy, shortest), hosts): (&(usize, usize), &Count)| LengthsObject {
            remedy: *remedy,
            shortest: *shortest,
            hosts: hosts.to_string(),
        };
        Self {
            checked: report.checked.to_string(),
            working: report.working.to_string(),
            longer: report.longer.to_string(),
            shorter_by_removal: report.shorter_by_removal.to_string(),
            only_by_removal: report.only_by_removal.to_string(),
            beyond_repair: report.beyond_repair.to_string(),
            open: report.open.to_string(),
            by_length: report.by_length.iter().map(length).collect(),
            by_lengths: report.by_lengths.iter().map(lengths).collect(),
            failing_cases: report.failing_cases.iter().map(RemedyObject::from).collect(),
            longer_cases: report.longer_cases.iter().map(RemedyObject::from).collect(),
            removal_case: report.removal_case.as_ref().map(RemedyObject::from),
        }
    }
}

impl From<&RemedyCase> for RemedyObject {
    fn from(case: &RemedyCase) -> Self {
        Self {
            arch: case.architecture.to_string(),
            hosts: case.hosts.to_string(),
            steps: case.order.as_deref().map(words),
            remedy: words(&case.remedy),
            shortest: case.shortest.as_deref().map(words),
        }
    }
}
