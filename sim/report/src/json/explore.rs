//! The object of `explore`: the data of the explorer page.
//!
//! **Owns** how an atlas is written down: dictionaries, and columns of small numbers with one for
//! each host. **Must never know** how a page shows it.

mod entries;
mod regions;
mod words;

pub use entries::{
    AtlasBackupObject, AtlasCopyObject, AtlasFileObject, AtlasFilesObject, AtlasLoadObject,
    AtlasRecordObject, AtlasRegistryObject, AtlasResultObject, AtlasTruthObject,
    AtlasVerdictObject, RepairOrderObject,
};
pub use regions::{
    AtlasRegionObject, AtlasRuleObject, AtlasStepObject, BaseObject, ColumnsObject, CrossingObject,
    RuleCrossingObject,
};
pub use words::{
    GrammarObject, GroupObject, KindObject, PatternObject, StatusObject, StepWordObject, WordObject,
};

use super::{
    claims::{ClaimObject, UncheckedClaimObject},
    run::SymptomObject,
    scan::FindingObject,
};
use patchstate_catalog::Catalog;
use patchstate_servicing::Switches;
use patchstate_study::Atlas;
use patchstate_terms::{Level, Step};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Every host of a scope with all that is known of it. Things are told once and named by their
/// place in a list, from 0. A *column* has one number for each host of an architecture; where
/// nothing is named it is -1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExploreObject {
    /// `patchstate.explore/1`.
    pub schema: &'static str,
    /// The version of patchstate.
    pub version: &'static str,
    /// Name and version of the catalog.
    pub catalog: String,
    /// What texts call its product.
    pub product: ProductObject,
    /// Assumptions that have a switch, and the values in force.
    pub assumptions: BTreeMap<&'static str, &'static str>,
    /// Those that are not the defaults, as `ID=VALUE`.
    pub assume: Vec<String>,
    /// The components and groups that steps can add and remove.
    pub components: Vec<String>,
    /// The updates that steps can install and remove.
    pub updates: Vec<String>,
    /// Whether installing an update with a forced branch is a step too.
    pub branches: bool,
    /// What makes such a page again, with rules left out.
    pub command: String,
    /// The install order to begin with; null where none was asked for.
    pub start: Option<StartObject>,
    /// The statuses, worst first. Columns name them by their place here.
    pub statuses: Vec<StatusObject>,
    /// The kinds of findings.
    pub kinds: Vec<KindObject>,
    /// The levels, lowest first. Columns name them by their place here.
    pub levels: Vec<LevelObject>,
    /// The files that hosts have.
    pub files: Vec<AtlasFileObject>,
    /// Copies of these.
    pub copies: Vec<AtlasCopyObject>,
    /// All files of a host.
    pub file_sets: Vec<AtlasFilesObject>,
    /// What files ask of each other.
    pub edges: Vec<AtlasLoadObject>,
    /// What the worker process loads, in the order in which the loader comes to it: places in
    /// `edges`.
    pub graphs: Vec<Vec<u32>>,
    /// Installed components.
    pub component_sets: Vec<Vec<String>>,
    /// Recorded updates, in the order of the catalog.
    pub record_sets: Vec<Vec<AtlasRecordObject>>,
    /// Service pack backups.
    pub backups: Vec<AtlasBackupObject>,
    /// What waits for a restart: places in `copies`.
    pub waiting: Vec<Vec<u32>>,
    /// Registry values.
    pub registry_values: Vec<AtlasRegistryObject>,
    /// Registries, in the order of their paths: places in `registry_values`.
    pub registries: Vec<Vec<u32>>,
    /// What an administrator sees of a host, in order of appearance.
    pub symptoms: Vec<Vec<SymptomObject>>,
    /// Findings of truths and verdicts.
    pub findings: Vec<FindingObject>,
    /// What is really the case.
    pub truths: Vec<AtlasTruthObject>,
    /// What the detection core says.
    pub verdicts: Vec<AtlasVerdictObject>,
    /// What came of steps that were not applied.
    pub results: Vec<AtlasResultObject>,
    /// Shortest repairs.
    pub repairs: Vec<RepairOrderObject>,
    /// The hosts of each architecture.
    pub arches: Vec<AtlasRegionObject>,
    /// The claims that the scope covers.
    pub claims: Vec<ClaimObject>,
    /// Those that it does not.
    pub claims_not_checked: Vec<UncheckedClaimObject>,
    /// The rules that were asked for.
    pub rules: Vec<AtlasRuleObject>,
    /// How steps are written.
    pub grammar: GrammarObject,
    /// Words of the field that a page uses.
    pub words: Vec<WordObject>,
}

/// What texts call a product.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProductObject {
    /// The operating system.
    pub name: String,
    /// What its components are parts of.
    pub feature: String,
    /// The file names of its worker processes: programs that load DLLs when they start.
    pub programs: Vec<String>,
}

/// The install order to begin with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StartObject {
    /// `x86` or `x64`.
    pub arch: String,
    /// The steps.
    pub steps: Vec<String>,
}

/// A level of the operating system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LevelObject {
    /// The word of a level, such as `sp2`.
    pub level: &'static str,
    /// How people write it.
    pub title: &'static str,
}

impl ProductObject {
    fn of(catalog: &Catalog) -> Self {
        let programs = catalog.files.iter().filter(|file| !file.loads.is_empty());
        Self {
            name: catalog.product.words.name.clone(),
            feature: catalog.product.words.feature.clone(),
            programs: programs.map(|file| file.path.file_name().to_owned()).collect(),
        }
    }
}

impl ExploreObject {
    /// The object of an atlas that is to be opened at an install order on its first architecture;
    /// an empty one is none.
    #[must_use]
    pub fn new(atlas: &Atlas, start_words: &[Step]) -> Self {
        let (entries, catalog) = (&atlas.entries, &atlas.catalog);
        let names = &atlas.scope.names;
        let files = entries::Files::new(atlas);
        let first = atlas.regions.first().filter(|_| !start_words.is_empty());
        let start = first.map(|region| StartObject {
            arch: region.architecture.to_string(),
            steps: start_words.iter().map(ToString::to_string).collect(),
        });
        let level = |level: Level| LevelObject { level: level.as_str(), title: level.title() };
        let arches = atlas.regions.iter().map(|region| AtlasRegionObject::new(catalog, region));
        Self {
            schema: "patchstate.explore/1",
            version: env!("CARGO_PKG_VERSION"),
            catalog: catalog.name.clone(),
            product: ProductObject::of(catalog),
            assumptions: atlas.scope.switches.words().into_iter().collect(),
            assume: assume(catalog, atlas.scope.switches),
            components: names.components.clone(),
            updates: names.updates.clone(),
            branches: names.branches,
            command: command(atlas, start_words),
            start,
            statuses: words::statuses(catalog),
            kinds: words::kinds(catalog),
            levels: catalog.level_ids().map(level).collect(),
            copies: files.copies(catalog, entries),
            files: files.objects(catalog),
            file_sets: entries.file_sets.all().iter().map(AtlasFilesObject::from).collect(),
            edges: entries.loads.all().iter().map(AtlasLoadObject::from).collect(),
            graphs: entries.graphs.all().to_vec(),
            component_sets: entries::components(atlas),
            record_sets: entries::records(atlas),
            backups: entries.backups.all().iter().map(AtlasBackupObject::from).collect(),
            waiting: entries.waiting.all().to_vec(),
            registry_values: entries.registry_values.all().iter().map(Into::into).collect(),
            registries: entries.registries.all().to_vec(),
            symptoms: entries::symptoms(entries),
            findings: entries.findings.all().iter().map(FindingObject::from).collect(),
            truths: entries.truths.all().iter().map(AtlasTruthObject::from).collect(),
            verdicts: entries.verdicts.all().iter().map(AtlasVerdictObject::from).collect(),
            results: entries.results.all().iter().map(AtlasResultObject::from).collect(),
            repairs: entries.repairs.all().iter().map(RepairOrderObject::from).collect(),
            arches: arches.collect(),
            claims: atlas.claims.iter().map(ClaimObject::from).collect(),
            claims_not_checked: atlas.unchecked_claims.iter().map(Into::into).collect(),
            rules: regions::rules(atlas),
            grammar: GrammarObject::new(catalog),
            words: words::words(catalog),
        }
    }
}

/// What makes such a page again, with rules left out.
fn command(atlas: &Atlas, start: &[Step]) -> String {
    let names = &atlas.scope.names;
    let mut words: Vec<String> = vec!["patchstate".to_owned(), "explore".to_owned()];
    words.extend(start.iter().map(ToString::to_string));
    for region in &atlas.regions {
        words.push(format!("--arch {}", region.architecture));
    }
    for (flag, list) in [("--components", &names.components), ("--updates", &names.updates)] {
        let list = if list.is_empty() { "none".to_owned() } else { list.join(",") };
        words.push(format!("{flag} {list}"));
    }
    words.extend(names.branches.then(|| "--branches".to_owned()));
    let assumed = assume(&atlas.catalog, atlas.scope.switches);
    words.extend(assumed.iter().map(|value| format!("--assume {value}")));
    words.push("--html FILE".to_owned());
    words.join(" ")
}

/// Switches that are not as a catalog has them by default.
fn assume(catalog: &Catalog, switches: Switches) -> Vec<String> {
    switches.beside(Switches::from_settings(catalog, []).unwrap_or_default())
}
