//! The core's remedies against the shortest repairs, in the object of `verify`.

use patchstate_harness::{Composed, ComposedCase, RemedyCase, RemedyReport};
use patchstate_terms::Step;
use schemars::JsonSchema;
use serde::Serialize;

/// How the core's remedies did on one architecture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemediesObject {
    /// Hosts that need a repair, in digits, as all numbers of hosts.
    pub checked: String,
    /// Hosts whose remedy leads to a consistent host with the same components.
    pub working: String,
    /// Hosts whose remedy works and is longer than the shortest repair.
    pub longer: String,
    /// Hosts that no sequence of the scope's steps makes consistent.
    pub beyond_repair: String,
    /// How many hosts have a shortest repair of each length, shortest first.
    pub by_length: Vec<LengthObject>,
    /// Remedies that do not work.
    pub failing_cases: Vec<RemedyObject>,
    /// Remedies that are longer than need be, the longest difference first.
    pub longer_cases: Vec<RemedyObject>,
    /// What remedies come to over the whole scope. Null for a scope that was searched as a
    /// whole, or up to a bound, or of which there are too many combinations to count.
    pub together: Option<ComposedObject>,
}

/// What the core's remedies come to on every combination of slices' hosts. Every host of the whole
/// scope is such a combination; numbers are in digits, since they can be large.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ComposedObject {
    /// Combinations that need a repair.
    pub checked: String,
    /// Combinations on which the remedy leads to a consistent host with the same components.
    pub working: String,
    /// Combinations on which it works and a shorter repair is known.
    pub longer: String,
    /// Combinations by the length of their remedy and that of the shortest repair that is known.
    pub by_lengths: Vec<ComposedLengthsObject>,
    /// Hosts on which the remedy does not work.
    pub failing_cases: Vec<ComposedCaseObject>,
    /// Hosts on which it is longer than need be, the longest difference first.
    pub longer_cases: Vec<ComposedCaseObject>,
}

/// Combinations with a remedy and a shortest repair of two lengths.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ComposedLengthsObject {
    /// Steps of the remedy.
    pub remedy: usize,
    /// Steps of the shortest repair that is known.
    pub shortest: usize,
    /// How many there are.
    pub combinations: String,
}

/// A host of the whole scope on which the remedy is too long, or does not work.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ComposedCaseObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// Of how many combinations the same is to be said.
    pub combinations: String,
    /// An install order to the host.
    pub steps: Vec<String>,
    /// What the core advises.
    pub remedy: Vec<String>,
    /// A shorter repair, or one that works; null where none is known.
    pub shorter: Option<Vec<String>>,
}

/// How many hosts have a shortest repair of one length.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LengthObject {
    /// Steps.
    pub steps: usize,
    /// Hosts.
    pub hosts: String,
}

/// A remedy beside the shortest repair, and the hosts that have both.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemedyObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// How many hosts have this remedy and this shortest repair.
    pub hosts: String,
    /// The shortest install order to one of them.
    pub steps: Vec<String>,
    /// What the core advises.
    pub remedy: Vec<String>,
    /// The shortest repair, where there is one.
    pub shortest: Option<Vec<String>>,
}

impl From<&RemedyReport> for RemediesObject {
    fn from(report: &RemedyReport) -> Self {
        let length = |(steps, hosts): (&usize, &usize)| LengthObject {
            steps: *steps,
            hosts: hosts.to_string(),
        };
        Self {
            checked: report.checked.to_string(),
            working: report.working.to_string(),
            longer: report.longer.to_string(),
            beyond_repair: report.beyond_repair.to_string(),
            by_length: report.by_length.iter().map(length).collect(),
            failing_cases: report.failing_cases.iter().map(RemedyObject::from).collect(),
            longer_cases: report.longer_cases.iter().map(RemedyObject::from).collect(),
            together: report.together.as_ref().map(ComposedObject::from),
        }
    }
}

impl From<&Composed> for ComposedObject {
    fn from(composed: &Composed) -> Self {
        let lengths =
            |((remedy, shortest), count): (&(usize, usize), &u128)| ComposedLengthsObject {
                remedy: *remedy,
                shortest: *shortest,
                combinations: count.to_string(),
            };
        let cases = |cases: &[ComposedCase]| cases.iter().map(ComposedCaseObject::from).collect();
        Self {
            checked: composed.checked.to_string(),
            working: composed.working.to_string(),
            longer: composed.longer.to_string(),
            by_lengths: composed.by_lengths.iter().map(lengths).collect(),
            failing_cases: cases(&composed.failing_cases),
            longer_cases: cases(&composed.longer_cases),
        }
    }
}

impl From<&ComposedCase> for ComposedCaseObject {
    fn from(case: &ComposedCase) -> Self {
        Self {
            arch: case.architecture.to_string(),
            combinations: case.combinations.to_string(),
            steps: words(&case.order),
            remedy: words(&case.remedy),
            shorter: case.shorter.as_deref().map(words),
        }
    }
}

impl From<&RemedyCase> for RemedyObject {
    fn from(case: &RemedyCase) -> Self {
        Self {
            arch: case.architecture.to_string(),
            hosts: case.hosts.to_string(),
            steps: words(&case.order),
            remedy: words(&case.remedy),
            shortest: case.shortest.as_deref().map(words),
        }
    }
}

fn words(steps: &[Step]) -> Vec<String> {
    steps.iter().map(ToString::to_string).collect()
}
