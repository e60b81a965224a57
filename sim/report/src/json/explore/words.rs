//! The words of a page and what they mean: statuses, kinds of findings, and steps.

use crate::{
    explain::{self, Block},
    text,
};
use patchstate_catalog::Catalog;
use patchstate_study::{AtlasRegion, AtlasWord};
use patchstate_terms::{FindingKind, Level, Status, Step};
use schemars::JsonSchema;
use serde::Serialize;

/// A status.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusObject {
    /// The word.
    pub status: &'static str,
    /// What it means, in a line.
    pub summary: String,
    /// The same at length.
    pub meaning: String,
}

/// A kind of finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KindObject {
    /// The word.
    pub kind: &'static str,
    /// What it means.
    pub meaning: String,
}

/// A word of the field.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WordObject {
    /// The word.
    pub word: &'static str,
    /// What it means.
    pub meaning: String,
}

/// Words that a page uses without a place to explain them, each before those that rest on it. All
/// of them are topics of `explain`.
const WORDS: [&str; 18] = [
    "host",
    "install order",
    "level",
    "lineage",
    "service pack",
    "media",
    "service pack cache",
    "backup",
    "worker process",
    "import",
    "load closure",
    "GDR and QFE",
    "detection core",
    "claim",
    "rule",
    "counterexample",
    "boundary",
    "mutant",
];

/// A word for a step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepWordObject {
    /// The word, in small letters.
    pub word: String,
    /// What it is about, in a line.
    pub meaning: String,
    /// The step that it says: its place in `steps`; null where it is none of these.
    pub step: Option<usize>,
    /// For the base operating system, the number of the host that it makes.
    pub host: Option<u32>,
}

/// How steps are written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GrammarObject {
    /// Whether letter case does not matter.
    pub ignores_case: bool,
    /// What the word for a removal may begin with.
    pub hyphens: Vec<String>,
    /// What a step can be.
    pub patterns: Vec<PatternObject>,
    /// Names that stand for several components.
    pub groups: Vec<GroupObject>,
}

/// What a step can be.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PatternObject {
    /// How it is written.
    pub pattern: String,
    /// What it means.
    pub meaning: String,
}

/// A name for several components.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroupObject {
    /// The name.
    pub name: String,
    /// The components.
    pub members: Vec<String>,
}

pub(super) fn statuses(catalog: &Catalog) -> Vec<StatusObject> {
    let object = |status: Status| StatusObject {
        status: status.as_str(),
        summary: text::meaning(status, &catalog.product.words),
        meaning: meaning(catalog, status.as_str()),
    };
    Status::ALL.map(object).into()
}

pub(super) fn kinds(catalog: &Catalog) -> Vec<KindObject> {
    let object = |kind: FindingKind| KindObject {
        kind: kind.as_str(),
        meaning: meaning(catalog, kind.as_str()),
    };
    FindingKind::ALL.map(object).into()
}

pub(super) fn words(catalog: &Catalog) -> Vec<WordObject> {
    WORDS.map(|word| WordObject { word, meaning: meaning(catalog, word) }).into()
}

/// What a word means, by the page that explains it.
fn meaning(catalog: &Catalog, word: &str) -> String {
    explain::page(catalog, word).map(|page| page.meaning()).unwrap_or_default()
}

impl StepWordObject {
    pub(super) fn all(catalog: &Catalog, region: &AtlasRegion) -> Vec<Self> {
        let host_of = |level: Level| {
            let base = region.bases.iter().find(|(known, _)| *known == level);
            base.map(|(_, host)| *host)
        };
        let object = |AtlasWord { step, place }: &AtlasWord| Self {
            word: step.to_string(),
            meaning: meaning_of_step(catalog, step),
            step: *place,
            host: match step {
                Step::InstallOs(level) => host_of(*level),
                _ => None,
            },
        };
        region.words.iter().map(object).collect()
    }
}

impl GrammarObject {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let blocks = explain::page(catalog, "steps").map(|page| page.blocks).unwrap_or_default();
        let patterns = blocks.into_iter().filter_map(|block| match block {
            Block::Item(pattern, meaning) => Some(PatternObject { pattern, meaning }),
            _ => None,
        });
        let groups = catalog.groups.iter().map(|group| GroupObject {
            name: group.id.clone(),
            members: group.members.iter().map(|id| catalog.component(*id).id.clone()).collect(),
        });
        Self {
            ignores_case: true,
            hyphens: ["-", "\u{2212}"].map(str::to_owned).into(),
            patterns: patterns.collect(),
            groups: groups.collect(),
        }
    }
}

/// What a step is about, in a line without a full stop.
pub(super) fn meaning_of_step(catalog: &Catalog, step: &Step) -> String {
    let update_title = |id: &str| {
        let update = catalog.update_named(id);
        update.map(|update| catalog.update(update).title.clone()).unwrap_or_default()
    };
    match step {
        Step::InstallOs(level) => {
            format!("install the operating system from {} media", level.title())
        }
        Step::ApplyServicePack(pack) => format!("apply {}, or apply it again", pack.title()),
        Step::RemoveServicePack(pack) => format!("remove {}", pack.title()),
        Step::AddComponent { name, media: Some(media) } => {
            format!("add {name} from {} media, whatever Setup would choose", media.title())
        }
        Step::AddComponent { name, media: None } => format!(
            "add {name} by Setup's own route: from the service pack cache, else from the media of \
             the system"
        ),
        Step::RemoveComponent { name } => format!("remove {name} and what needs it"),
        Step::InstallUpdate { update, release, branch } => {
            let release = match release {
                Some(release) => format!("release {release} of "),
                None => String::new(),
            };
            let branch =
                branch.map(|branch| format!(" with its {} copies", branch.as_str().to_uppercase()));
            let title = update_title(update);
            format!("install {release}{update}{} ({title})", branch.unwrap_or_default())
        }
        Step::RemoveUpdate { update } => format!("remove {update}"),
        Step::CheckSystemFiles => "run sfc /scannow".to_owned(),
        Step::Restart => "restart the host".to_owned(),
        Step::CleanCache => "delete the service pack cache".to_owned(),
    }
}
