//! The object of `list`: inventory of the catalog.

use super::property_lines;
use patchstate_catalog::{Catalog, FileId, Provenance, Update};
use patchstate_study::{CORE_RULE, built_in_claims, built_in_rules};
use patchstate_terms::{Branch, Level};
use schemars::JsonSchema;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// What there is of one kind.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListObject {
    /// `patchstate.list/1`.
    pub schema: &'static str,
    /// `components`, `media`, `updates`, `files`, `claims`, `assumptions` or `rules`.
    pub kind: String,
    /// The entries.
    pub items: Vec<ListItem>,
}

/// One entry.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListItem {
    /// What it is called on the command line and in files.
    pub id: String,
    /// What it is, in a line.
    pub title: String,
    /// Its facts, by name.
    pub facts: BTreeMap<String, Vec<String>>,
    /// `documented`, `inferred` or `assumed`; null for what is not a fact.
    pub confidence: Option<&'static str>,
    /// Where it comes from.
    pub source: Option<String>,
    /// The assumption that it rests on.
    pub assumption: Option<String>,
    /// Of a file, every version that the catalog has; empty for everything else.
    pub versions: Vec<FileVersionObject>,
}

/// A version of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileVersionObject {
    /// The level of the operating system that it is for, such as `sp2`.
    pub level: String,
    /// The version.
    pub version: String,
    /// The update, with its release where it has several, that brings it; null for the untouched
    /// file of media and service pack.
    pub update: Option<String>,
    /// The branches that the update carries it on, `gdr` and `qfe`; empty for the untouched file.
    pub branches: Vec<&'static str>,
}

/// How sure a fact is, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Provenanced {
    confidence: &'static str,
    assumption: Option<String>,
    source: String,
}

/// What the catalog says of where a fact comes from, with the title of its source.
pub(crate) fn provenanced(catalog: &Catalog, provenance: &Provenance) -> Provenanced {
    let source = catalog.source(&provenance.source);
    Provenanced {
        confidence: provenance.confidence.as_str(),
        assumption: provenance.assumption.clone(),
        source: source.map_or_else(|| provenance.source.clone(), |source| source.title.clone()),
    }
}

impl fmt::Display for Provenanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let assumption = self.assumption.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
        write!(f, "{}{assumption}: {}", self.confidence, self.source)
    }
}

impl ListItem {
    fn new(id: &str, title: &str, provenance: Option<(&Catalog, &Provenance)>) -> Self {
        let provenance = provenance.map(|(catalog, provenance)| provenanced(catalog, provenance));
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            facts: BTreeMap::new(),
            confidence: provenance.as_ref().map(|provenance| provenance.confidence),
            assumption: provenance.as_ref().and_then(|provenance| provenance.assumption.clone()),
            source: provenance.map(|provenance| provenance.source),
            versions: Vec::new(),
        }
    }

    /// How sure it is, and where it comes from; `None` for what is not a fact.
    pub(crate) fn provenance(&self) -> Option<Provenanced> {
        Some(Provenanced {
            confidence: self.confidence?,
            assumption: self.assumption.clone(),
            source: self.source.clone()?,
        })
    }

    fn fact(mut self, name: impl Into<String>, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.facts.insert(name.into(), values);
        }
        self
    }
}

/// The entries of one kind; `None` for a kind that there is not.
#[must_use]
pub fn list_items(catalog: &Catalog, kind: &str) -> Option<ListObject> {
    let items = match kind {
        "product" => product(catalog),
        "components" => components(catalog),
        "media" => media(catalog),
        "updates" => updates(catalog),
        "files" => files(catalog),
        "claims" => claims(catalog),
        "assumptions" => assumptions(catalog),
        "rules" => rules(),
        _ => return None,
    };
    Some(ListObject { schema: "patchstate.list/1", kind: kind.to_owned(), items })
}

fn rules() -> Vec<ListItem> {
    let core = ListItem::new(CORE_RULE, "the detection core, as in `patchstate scan`", None);
    let rules = built_in_rules().into_iter().map(|rule| {
        let stands_for = rule.stands_for().iter().map(ToString::to_string);
        ListItem::new(rule.id(), rule.title(), None)
            .fact("stands for", stands_for)
            .fact("file", [rule.source().name.to_string()])
    });
    std::iter::once(core).chain(rules).collect()
}

fn claims(catalog: &Catalog) -> Vec<ListItem> {
    let items = built_in_claims(catalog).into_iter().map(|claim| {
        let item = ListItem {
            source: Some(claim.source.clone()),
            ..ListItem::new(&claim.id, &claim.text, None)
        };
        let item = item
            .fact("reading", [claim.reading.clone()])
            .fact("recorded", [claim.recorded.to_string()]);
        property_lines(&claim)
            .into_iter()
            .fold(item, |item, (name, values)| item.fact(name, values))
    });
    items.collect()
}

fn components(catalog: &Catalog) -> Vec<ListItem> {
    let id = |component: &_| catalog.component(*component).id.clone();
    let components = catalog.components.iter().map(|component| {
        let files = component.files.iter().map(|file| catalog.file(*file).path.to_string());
        ListItem::new(&component.id, &component.title, Some((catalog, &component.provenance)))
            .fact("needs", component.needs.iter().map(id))
            .fact("files", files)
    });
    let groups = catalog.groups.iter().map(|group| {
        ListItem::new(&group.id, &group.title, Some((catalog, &group.provenance)))
            .fact("stands for", group.members.iter().map(id))
    });
    components.chain(groups).collect()
}

fn media(catalog: &Catalog) -> Vec<ListItem> {
    let item = |architecture: &patchstate_catalog::ArchitectureFacts, level: Level| {
        let facts = catalog.level(level);
        let slipstream = if level.is_service_pack() {
            "media with the service pack slipstreamed"
        } else {
            "media as first released"
        };
        let id = format!("os:{level}");
        let title = format!("{slipstream}, {}", architecture.architecture);
        ListItem::new(&id, &title, Some((catalog, &architecture.provenance)))
            .fact("architecture", [architecture.architecture.to_string()])
            .fact("revision of its files", [facts.revision.to_string()])
            .fact("build string", facts.build_strings.as_ref().map(|build| build.untouched.clone()))
    };
    let architectures = catalog.architectures.iter();
    architectures
        .flat_map(|facts| facts.media.iter().map(move |level| item(facts, *level)))
        .collect()
}

fn product(catalog: &Catalog) -> Vec<ListItem> {
    let facts = &catalog.product;
    let yes = |is_there: bool| [if is_there { "yes" } else { "no" }.to_owned()];
    let item = ListItem::new(&facts.words.name, &catalog.title, Some((catalog, &facts.provenance)))
        .fact("components are parts of", [facts.words.feature.clone()])
        .fact("without the worker process", [facts.words.failure.clone()])
        .fact("Windows folder", [facts.folder.clone()])
        .fact("service pack cache", yes(facts.service_pack_cache))
        .fact("System File Checker", yes(facts.system_file_checker));
    vec![item]
}

fn updates(catalog: &Catalog) -> Vec<ListItem> {
    let mut items = Vec::new();
    for (id, update) in catalog.update_ids().zip(&catalog.updates) {
        for release in &update.releases {
            let label = catalog.label(id, release.number).to_string();
            let mut item =
                ListItem::new(&label, &update.title, Some((catalog, &release.provenance)))
                    .fact("released", [release.date.clone()])
                    .fact("registered under", [format!("SP{}", update.registered_under)])
                    .fact("bulletin", update.bulletin.clone());
            for level in catalog.level_ids() {
                item = item.fact(
                    format!("for {}", level.title()),
                    release.table(level).iter().map(|package| {
                        let path = &catalog.file(package.file).path;
                        let version = |revision| catalog.version(package.file, revision);
                        let of_gdr = version(package.revision);
                        if package.qfe_revision == package.revision {
                            return format!("{path} {of_gdr}");
                        }
                        format!("{path} {of_gdr} GDR or {} QFE", version(package.qfe_revision))
                    }),
                );
            }
            let branches = branches(update).iter().map(|branch| branch.as_str().to_uppercase());
            let restart = release.restart.as_ref().map(|restart| {
                let word = if restart.required { "required" } else { "as a rule not required" };
                if restart.provenance == release.provenance {
                    return word.to_owned();
                }
                format!("{word} ({})", provenanced(catalog, &restart.provenance))
            });
            items.push(item.fact("branches", branches).fact("restart", restart));
        }
    }
    items
}

fn files(catalog: &Catalog) -> Vec<ListItem> {
    let items = catalog.file_ids().map(|id| {
        let file = catalog.file(id);
        let owner = file.component.map(|component| catalog.component(component).id.clone());
        let path = file.path.as_str();
        let item = ListItem::new(path, &file.description, Some((catalog, &file.provenance)))
            .fact("component", [owner.unwrap_or_else(|| "operating system".to_owned())]);
        let versions = versions(catalog, id);
        let item = catalog.level_ids().fold(item, |item, level| {
            let here = versions.iter().filter(|one| one.level == level.as_str());
            item.fact(format!("at {}", level.title()), here.map(shown))
        });
        ListItem { versions, ..item }
    });
    items.collect()
}

/// A version with what brings it.
fn shown(version: &FileVersionObject) -> String {
    let update = version.update.as_ref().map(|update| format!(" ({update})"));
    format!("{}{}", version.version, update.unwrap_or_default())
}

/// Every version of a file, by level; the untouched one first, then in the order of updates.
pub(crate) fn versions(catalog: &Catalog, file: FileId) -> Vec<FileVersionObject> {
    let mut versions = Vec::new();
    for facts in &catalog.levels {
        let mut add = |revision: u16, update: Option<String>, branches: &[Branch]| {
            versions.push(FileVersionObject {
                level: facts.level.to_string(),
                version: catalog.version(file, revision).to_string(),
                update,
                branches: branches.iter().map(|branch| branch.as_str()).collect(),
            });
        };
        add(facts.revision, None, &[]);
        for (id, update) in catalog.update_ids().zip(&catalog.updates) {
            for release in &update.releases {
                let table = release.table(facts.level);
                for package in table.iter().filter(|package| package.file == file) {
                    let label = catalog.label(id, release.number).to_string();
                    if package.qfe_revision == package.revision {
                        add(package.revision, Some(label), branches(update));
                        continue;
                    }
                    add(package.revision, Some(label.clone()), &[Branch::Gdr]);
                    add(package.qfe_revision, Some(label), &[Branch::Qfe]);
                }
            }
        }
    }
    versions
}

/// The branches that an update's package carries.
fn branches(update: &Update) -> &'static [Branch] {
    if update.qfe_only { &[Branch::Qfe] } else { &Branch::ALL }
}

fn assumptions(catalog: &Catalog) -> Vec<ListItem> {
    let items = catalog.assumptions.iter().map(|assumption| {
        let values = assumption.values.iter().map(|value| value.name.clone());
        ListItem::new(&assumption.id, &assumption.text, None).fact("values", values)
    });
    items.collect()
}
