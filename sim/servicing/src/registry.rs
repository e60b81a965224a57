//! The registry that a host shows, from the templates of the catalog.

use crate::{Host, HostView, Model, Record};
use patchstate_catalog::{RegistryContent, RegistryFact, RegistryScope};
use patchstate_terms::{RegistryPath, RegistryValue, WindowsPath};
use std::collections::BTreeMap;

/// Placeholders and what stands for them; `None` for what is unknown on this host.
type Placeholders = Vec<(&'static str, Option<String>)>;

impl Model {
    /// Every registry value of a host that the catalog models.
    #[must_use]
    pub fn registry(&self, host: &Host) -> BTreeMap<RegistryPath, RegistryValue> {
        let view = self.view(host);
        let mut values = BTreeMap::new();
        for fact in &self.catalog().registry {
            let hidden = fact.component.is_some_and(|component| !view.has(component));
            if hidden || fact.needs_cache && view.cache().is_none() {
                continue;
            }
            for placeholders in self.instances(view, fact.scope) {
                values.extend(fill_fact(fact, &placeholders));
            }
        }
        values
    }

    /// The placeholders of every instance of a scope on a host.
    fn instances(&self, view: HostView<'_>, scope: RegistryScope) -> Vec<Placeholders> {
        match scope {
            RegistryScope::Host => vec![self.host_placeholders(view)],
            RegistryScope::Component => {
                let components = self.catalog().component_ids();
                let placeholders = components.map(|component| {
                    vec![
                        ("component", Some(self.catalog().component(component).id.clone())),
                        ("installed", Some(u8::from(view.has(component)).to_string())),
                    ]
                });
                placeholders.collect()
            }
            RegistryScope::Update => {
                view.records().map(|record| self.update_placeholders(&record)).collect()
            }
            RegistryScope::UpdateFile => {
                view.records().flat_map(|record| self.file_placeholders(&record)).collect()
            }
        }
    }

    fn host_placeholders(&self, view: HostView<'_>) -> Placeholders {
        let level = self.catalog().level(view.level());
        vec![
            ("service_pack_title", level.service_pack_title.clone()),
            ("processor", Some(self.facts().processor.clone())),
            ("cache_folder", Some(self.facts().cache_folder.clone())),
        ]
    }

    fn update_placeholders(&self, record: &Record) -> Placeholders {
        let update = self.catalog().update(record.update);
        // A re-release shows as `KB973917-v2`; the first release shows bare.
        let key = match record.release {
            1 => update.id.clone(),
            release => format!("{}-v{release}", update.id),
        };
        vec![
            ("registered_under", Some(update.registered_under.to_string())),
            ("update", Some(update.id.clone())),
            ("update_key", Some(key)),
            ("title", Some(update.title.clone())),
        ]
    }

    /// One set for each file of the package's table for the level that it was installed for,
    /// whether the file is present or not.
    fn file_placeholders(&self, record: &Record) -> Vec<Placeholders> {
        let catalog = self.catalog();
        let update = self.update_placeholders(record);
        let release = catalog.update(record.update).release(record.release);
        let table = release.map_or(&[][..], |release| release.table(record.level));
        let placeholders = table.iter().enumerate().map(|(index, package)| {
            let path = &catalog.file(package.file).path;
            let mut all = update.clone();
            all.extend([
                ("index", Some(index.to_string())),
                ("file_name", Some(path.file_name().to_owned())),
                ("folder", Some(folder(path))),
                ("version", Some(catalog.version(package.file, package.revision).to_string())),
            ]);
            all
        });
        placeholders.collect()
    }
}

fn folder(path: &WindowsPath) -> String {
    path.folder().unwrap_or_default().replace('/', "\\")
}

/// One value of a fact, or `None` where a placeholder is unknown.
fn fill_fact(
    fact: &RegistryFact,
    placeholders: &Placeholders,
) -> Option<(RegistryPath, RegistryValue)> {
    let fill = |template: &str| fill(template, placeholders);
    let path = RegistryPath { hive: fact.hive, key: fill(&fact.key)?, value: fill(&fact.value)? };
    let value = match &fact.content {
        RegistryContent::Text(text) => RegistryValue::Text(fill(text)?),
        RegistryContent::ExpandableText(text) => RegistryValue::ExpandableText(fill(text)?),
        RegistryContent::Number(text) => RegistryValue::Number(fill(text)?.parse().ok()?),
    };
    Some((path, value))
}

fn fill(template: &str, placeholders: &Placeholders) -> Option<String> {
    let mut text = template.to_owned();
    for (name, value) in placeholders {
        let placeholder = format!("{{{name}}}");
        if text.contains(&placeholder) {
            text = text.replace(&placeholder, value.as_deref()?);
        }
    }
    Some(text)
}
