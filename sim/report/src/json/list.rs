//! The object of `list`: inventory of the catalog.

use super::property_lines;
use patchstate_catalog::{Catalog, Provenance};
use patchstate_harness::{CORE_RULE, built_in_claims, built_in_rules};
use patchstate_terms::Level;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

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
    pub facts: BTreeMap<&'static str, Vec<String>>,
    /// `documented`, `inferred` or `assumed`; null for what is not a fact.
    pub confidence: Option<&'static str>,
    /// Where it comes from.
    pub source: Option<String>,
    /// The assumption that it rests on.
    pub assumption: Option<String>,
}

impl ListItem {
    fn new(id: &str, title: &str, provenance: Option<(&Catalog, &Provenance)>) -> Self {
        let source = provenance.map(|(catalog, provenance)| {
            let source = catalog.sources.iter().find(|source| source.id == provenance.source);
            source.map_or_else(|| provenance.source.clone(), |source| source.title.clone())
        });
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            facts: BTreeMap::new(),
            confidence: provenance.map(|(_, provenance)| provenance.confidence.as_str()),
            source,
            assumption: provenance.and_then(|(_, provenance)| provenance.assumption.clone()),
        }
    }

    fn fact(mut self, name: &'static str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.facts.insert(name, values);
        }
        self
    }
}

/// The entries of one kind; `None` for a kind that there is not.
#[must_use]
pub fn list_items(catalog: &Catalog, kind: &str) -> Option<ListObject> {
    let items = match kind {
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
        let slipstream = match level {
            Level::Rtm => "media as first released",
            Level::Sp1 | Level::Sp2 => "media with the service pack slipstreamed",
        };
        let id = format!("os:{level}");
        let title = format!("{slipstream}, {}", architecture.architecture);
        ListItem::new(&id, &title, Some((catalog, &architecture.provenance)))
            .fact("architecture", [architecture.architecture.to_string()])
            .fact("revision of its files", [facts.revision.to_string()])
            .fact("build string", [facts.build_string.clone()])
    };
    let architectures = catalog.architectures.iter();
    architectures
        .flat_map(|facts| facts.media.iter().map(move |level| item(facts, *level)))
        .collect()
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
            let names = [(Level::Rtm, "for RTM"), (Level::Sp1, "for SP1"), (Level::Sp2, "for SP2")];
            for (level, name) in names {
                item = item.fact(
                    name,
                    release.table(level).iter().map(|package| {
                        let path = &catalog.file(package.file).path;
                        format!("{path} {}", catalog.version(package.file, package.revision))
                    }),
                );
            }
            let branches = if update.qfe_only { "QFE" } else { "GDR, QFE" };
            items.push(item.fact("branches", [branches.to_owned()]));
        }
    }
    items
}

fn files(catalog: &Catalog) -> Vec<ListItem> {
    let items = catalog.files.iter().map(|file| {
        let owner = file.component.map(|component| catalog.component(component).id.clone());
        ListItem::new(file.path.as_str(), &file.description, Some((catalog, &file.provenance)))
            .fact("component", [owner.unwrap_or_else(|| "operating system".to_owned())])
    });
    items.collect()
}

fn assumptions(catalog: &Catalog) -> Vec<ListItem> {
    let items = catalog.assumptions.iter().map(|assumption| {
        let values = assumption.values.iter().map(|value| value.name.clone());
        ListItem::new(&assumption.id, &assumption.text, None).fact("values", values)
    });
    items.collect()
}
