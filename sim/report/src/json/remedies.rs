//! The core's remedies against the shortest repairs, in the object of `verify`.

use patchstate_harness::{RemedyCase, RemedyReport};
use patchstate_terms::Step;
use schemars::JsonSchema;
use serde::Serialize;

/// How the core's remedies did on one architecture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemediesObject {
    /// Hosts that need a repair.
    pub checked: usize,
    /// Hosts whose remedy leads to a consistent host with the same components.
    pub working: usize,
    /// Hosts whose remedy works and is longer than the shortest repair.
    pub longer: usize,
    /// Hosts that no sequence of the scope's steps makes consistent.
    pub beyond_repair: usize,
    /// How many hosts have a shortest repair of each length, shortest first.
    pub by_length: Vec<LengthObject>,
    /// Remedies that do not work.
    pub failing_cases: Vec<RemedyObject>,
    /// Remedies that are longer than need be, the longest difference first.
    pub longer_cases: Vec<RemedyObject>,
}

/// How many hosts have a shortest repair of one length.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LengthObject {
    /// Steps.
    pub steps: usize,
    /// Hosts.
    pub hosts: usize,
}

/// A remedy beside the shortest repair, and the hosts that have both.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemedyObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// How many hosts have this remedy and this shortest repair.
    pub hosts: usize,
    /// The shortest install order to one of them.
    pub steps: Vec<String>,
    /// What the core advises.
    pub remedy: Vec<String>,
    /// The shortest repair, where there is one.
    pub shortest: Option<Vec<String>>,
}

impl From<&RemedyReport> for RemediesObject {
    fn from(report: &RemedyReport) -> Self {
        let length =
            |(steps, hosts): (&usize, &usize)| LengthObject { steps: *steps, hosts: *hosts };
        Self {
            checked: report.checked,
            working: report.working,
            longer: report.longer,
            beyond_repair: report.beyond_repair,
            by_length: report.by_length.iter().map(length).collect(),
            failing_cases: report.failing_cases.iter().map(RemedyObject::from).collect(),
            longer_cases: report.longer_cases.iter().map(RemedyObject::from).collect(),
        }
    }
}

impl From<&RemedyCase> for RemedyObject {
    fn from(case: &RemedyCase) -> Self {
        Self {
            arch: case.architecture.to_string(),
            hosts: case.hosts,
            steps: words(&case.order),
            remedy: words(&case.remedy),
            shortest: case.shortest.as_deref().map(words),
        }
    }
}

fn words(steps: &[Step]) -> Vec<String> {
    steps.iter().map(ToString::to_string).collect()
}
