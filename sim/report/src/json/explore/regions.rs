//! The hosts of each architecture, as columns.

use super::words::{StepWordObject, meaning_of_step};
use crate::json::{mutate::MutantObject, verify::RuleObject};
use patchstate_catalog::Catalog;
use patchstate_study::{Atlas, AtlasHost, AtlasOutcome, AtlasRegion, Crossing};
use patchstate_terms::{Level, Status, Step};
use schemars::JsonSchema;
use serde::Serialize;

/// A number of a column.
type Number = i32;

/// What stands in a column where nothing is named.
const NONE: Number = -1;

/// Every host of one architecture, in the order of their distance from a bare system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasRegionObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// The bare systems.
    pub bases: Vec<BaseObject>,
    /// The steps.
    pub steps: Vec<AtlasStepObject>,
    /// Every word for a step that the catalog has, also for steps that are none of these.
    pub words: Vec<StepWordObject>,
    /// The hosts.
    pub hosts: ColumnsObject,
    /// For each of the `rules` a column with what it says: places in `statuses`.
    pub rules: Vec<Vec<Number>>,
    /// Where the true status changes with one step.
    pub boundaries: Vec<CrossingObject>,
}

/// A bare system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BaseObject {
    /// The step that installs it.
    pub word: String,
    /// The level of its media.
    pub level: &'static str,
    /// The number of the host.
    pub host: u32,
}

/// A step, and what it does to every host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasStepObject {
    /// The step.
    pub word: String,
    /// What it is about, in a line.
    pub meaning: String,
    /// A column: the number of the host that it makes of each, or -1 less the place in `results`
    /// of what came of it, where it was not applied.
    pub column: Vec<Number>,
}

/// The hosts of an architecture: one column for each part of them.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ColumnsObject {
    /// The host before it on a shortest install order; -1 for a bare system.
    pub from: Vec<Number>,
    /// The step from that one: its place in `steps`.
    pub by: Vec<Number>,
    /// The number of steps after the base operating system.
    pub distance: Vec<Number>,
    /// The level of the operating system: a place in `levels`.
    pub level: Vec<Number>,
    /// The level of its media.
    pub base: Vec<Number>,
    /// The level of the service pack cache.
    pub cache: Vec<Number>,
    /// Its files: a place in `file_sets`.
    pub files: Vec<Number>,
    /// Its components: a place in `component_sets`.
    pub components: Vec<Number>,
    /// What is recorded: a place in `record_sets`.
    pub records: Vec<Number>,
    /// The service pack backup: a place in `backups`.
    pub backup: Vec<Number>,
    /// What waits for a restart: a place in `waiting`.
    pub waiting: Vec<Number>,
    /// Its registry: a place in `registries`.
    pub registry: Vec<Number>,
    /// What is really the case: a place in `truths`.
    pub truth: Vec<Number>,
    /// What the detection core says: a place in `verdicts`.
    pub verdict: Vec<Number>,
    /// The shortest repair by these steps: a place in `repairs`; -1 where there is none.
    pub repair: Vec<Number>,
    /// The shortest that removes nothing.
    pub additive: Vec<Number>,
}

/// Two statuses that are one step apart, and the nearest pair of hosts with that step between them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CrossingObject {
    /// The status before the step.
    pub from: &'static str,
    /// The status after it.
    pub to: &'static str,
    /// The number of the host before the step.
    pub host: u32,
    /// The step: its place in `steps`.
    pub step: u32,
    /// How many pairs of host and step cross in this direction.
    pub count: u64,
}

/// The same of what a rule says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleCrossingObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// The two statuses.
    #[serde(flatten)]
    pub crossing: CrossingObject,
}

/// A rule on every host.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AtlasRuleObject {
    /// Its id.
    pub id: String,
    /// How it did, as `verify` tells it.
    pub checked: RuleObject,
    /// Its mutants, as `mutate` tells them; null for a rule that has none.
    pub mutants: Option<Vec<MutantObject>>,
    /// Where what it says changes with one step.
    pub boundaries: Vec<RuleCrossingObject>,
}

impl AtlasRegionObject {
    pub(super) fn new(catalog: &Catalog, region: &AtlasRegion) -> Self {
        let base = |(level, host): &(Level, u32)| BaseObject {
            word: Step::InstallOs(*level).to_string(),
            level: level.as_str(),
            host: *host,
        };
        let steps = region.steps.iter().zip(&region.outcomes).map(|((step, _), outcomes)| {
            AtlasStepObject {
                word: step.to_string(),
                meaning: meaning_of_step(catalog, step),
                column: outcomes.iter().map(|outcome| done(*outcome)).collect(),
            }
        });
        let said = |said: &Vec<Status>| said.iter().map(|status| status_number(*status)).collect();
        Self {
            arch: region.architecture.to_string(),
            bases: region.bases.iter().map(base).collect(),
            steps: steps.collect(),
            words: StepWordObject::all(catalog, region),
            hosts: ColumnsObject::new(catalog, &region.hosts),
            rules: region.said.iter().map(said).collect(),
            boundaries: region.crossings.iter().map(CrossingObject::from).collect(),
        }
    }
}

impl ColumnsObject {
    fn new(catalog: &Catalog, hosts: &[AtlasHost]) -> Self {
        let column = |part: fn(&AtlasHost) -> Number| hosts.iter().map(part).collect();
        let place = |level: Level| catalog.level_ids().position(|known| known == level);
        let levels = |part: fn(&AtlasHost) -> Option<Level>| {
            hosts.iter().map(|host| part(host).and_then(place).map_or(NONE, number)).collect()
        };
        Self {
            from: column(|host| optional(host.predecessor.map(|(from, _)| from))),
            by: column(|host| host.predecessor.map_or(NONE, |(_, step)| number(step))),
            distance: column(|host| number(host.distance)),
            level: levels(|host| Some(host.level)),
            base: levels(|host| Some(host.base)),
            cache: levels(|host| host.cache),
            files: column(|host| number(host.files)),
            components: column(|host| number(host.components)),
            records: column(|host| number(host.records)),
            backup: column(|host| optional(host.backup)),
            waiting: column(|host| optional(host.waiting)),
            registry: column(|host| number(host.registry)),
            truth: column(|host| number(host.truth)),
            verdict: column(|host| number(host.verdict)),
            repair: column(|host| optional(host.repair)),
            additive: column(|host| optional(host.additive)),
        }
    }
}

/// A number of which there are fewer than hosts may be.
fn number(number: impl TryInto<Number>) -> Number {
    number.try_into().unwrap_or(Number::MAX)
}

fn optional(of: Option<u32>) -> Number {
    of.map_or(NONE, number)
}

fn done(outcome: AtlasOutcome) -> Number {
    match outcome {
        AtlasOutcome::Applied(host) => number(host),
        AtlasOutcome::Stays(result) => NONE - number(result),
    }
}

fn status_number(status: Status) -> Number {
    number(Status::ALL.iter().position(|known| *known == status).unwrap_or(usize::MAX))
}

impl From<&Crossing> for CrossingObject {
    fn from(crossing: &Crossing) -> Self {
        let Crossing { from, to, host, step, count } = *crossing;
        Self { from: from.as_str(), to: to.as_str(), host, step, count }
    }
}

pub(super) fn rules(atlas: &Atlas) -> Vec<AtlasRuleObject> {
    let rule = |(place, rule): (usize, &patchstate_study::AtlasRule)| {
        let boundaries = atlas.regions.iter().flat_map(|region| {
            let crossings = region.crossings_of_rules.get(place).into_iter().flatten();
            crossings.map(|crossing| RuleCrossingObject {
                arch: region.architecture.to_string(),
                crossing: crossing.into(),
            })
        });
        AtlasRuleObject {
            id: rule.result.rule.clone(),
            checked: RuleObject::new(&rule.result, true),
            mutants: rule.mutation.as_ref().map(MutantObject::all),
            boundaries: boundaries.collect(),
        }
    };
    atlas.rules.iter().enumerate().map(rule).collect()
}
