//! The registry that a host shows, from the templates of the catalog.

use crate::{Host, HostView, Model};
use patchstate_catalog::{
    ComponentId, FileId, RegistryContent, RegistryFact, RegistryScope, ServicePackFiles, UpdateId,
};
use patchstate_terms::{Level, RegistryPath, RegistryValue, WindowsPath};
use std::collections::{BTreeMap, BTreeSet};

/// Placeholders and what stands for them; `None` for what is unknown on this host.
type Placeholders = Vec<(&'static str, Option<String>)>;

/// All that the registry of a host depends on. Hosts of one architecture and one catalog for which
/// it is equal have equal registries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegistryState {
    level: Level,
    service_pack_files: Option<ServicePackFiles>,
    /// The installed components, in the order of the catalog.
    components: Vec<ComponentId>,
    /// The recorded updates, with the release and the level that it was installed for.
    records: Vec<(UpdateId, u8, Level)>,
    /// The files that wait for a restart, in the order of the catalog.
    waiting: Vec<FileId>,
}

impl Model {
    /// What the registry of a host depends on.
    #[must_use]
    pub fn registry_state(&self, host: &Host) -> RegistryState {
        let view = self.view(host);
        RegistryState {
            level: view.level(),
            service_pack_files: self.service_pack_files(view),
            components: view.components().collect(),
            records: view.recorded().collect(),
            waiting: view.waiting_files().map(|(file, _)| file).collect(),
        }
    }

    /// Every registry value of a host that the catalog models.
    #[must_use]
    pub fn registry(&self, host: &Host) -> BTreeMap<RegistryPath, RegistryValue> {
        self.registry_of(&self.registry_state(host))
    }

    /// Every registry value of the hosts that are so.
    #[must_use]
    pub fn registry_of(&self, state: &RegistryState) -> BTreeMap<RegistryPath, RegistryValue> {
        let mut values = BTreeMap::new();
        for fact in &self.catalog().registry {
            let is_there = |component| state.components.contains(&component);
            let hidden = fact.component.is_some_and(|component| !is_there(component));
            let is_at_level = fact.level.is_none_or(|level| level == state.level);
            let has_files = |places: &BTreeSet<ServicePackFiles>| {
                state.service_pack_files.is_some_and(|place| places.contains(&place))
            };
            let fits = is_at_level && fact.service_pack_files.as_ref().is_none_or(has_files);
            if hidden || !fits {
                continue;
            }
            for placeholders in self.instances(state, fact.scope) {
                let Some((path, value)) = fill_fact(fact, &placeholders) else { continue };
                match (values.get_mut(&path), value) {
                    (Some(RegistryValue::Texts(known)), RegistryValue::Texts(more)) => {
                        known.extend(more);
                    }
                    (_, value) => {
                        values.insert(path, value);
                    }
                }
            }
        }
        values
    }

    /// Where a host keeps the files of its service pack; `None` where it has none.
    fn service_pack_files(&self, view: HostView<'_>) -> Option<ServicePackFiles> {
        self.catalog().level(view.level()).service_pack_title.as_ref()?;
        Some(match view.cache() {
            Some(_) => ServicePackFiles::Cache,
            None if view.level() == view.base() => ServicePackFiles::Media,
            None if !self.catalog().product.service_pack_cache => return None,
            None => ServicePackFiles::Gone,
        })
    }

    /// The placeholders of every instance of a scope on a host.
    fn instances(&self, state: &RegistryState, scope: RegistryScope) -> Vec<Placeholders> {
        match scope {
            RegistryScope::Host => vec![self.host_placeholders(state)],
            RegistryScope::Component => {
                let components = self.catalog().component_ids();
                let placeholders = components.map(|component| {
                    let is_there = state.components.contains(&component);
                    vec![
                        ("component", Some(self.catalog().component(component).id.clone())),
                        ("installed", Some(u8::from(is_there).to_string())),
                    ]
                });
                placeholders.collect()
            }
            RegistryScope::Update => {
                let records = state.records.iter();
                records
                    .map(|(update, release, _)| self.update_placeholders(*update, *release))
                    .collect()
            }
            RegistryScope::UpdateFile => {
                state.records.iter().flat_map(|record| self.file_placeholders(*record)).collect()
            }
            RegistryScope::WaitingFile => {
                state.waiting.iter().map(|file| self.waiting_placeholders(*file)).collect()
            }
        }
    }

    fn waiting_placeholders(&self, file: FileId) -> Placeholders {
        let path = &self.catalog().file(file).path;
        let suffix = self.catalog().synthetic.waiting_suffix.as_ref();
        vec![
            ("folder", Some(folder(path))),
            ("file_name", Some(path.file_name().to_owned())),
            ("waiting_name", suffix.map(|suffix| format!("{}{suffix}", path.file_name()))),
        ]
    }

    fn host_placeholders(&self, state: &RegistryState) -> Placeholders {
        let level = self.catalog().level(state.level);
        vec![
            ("service_pack_title", level.service_pack_title.clone()),
            ("service_pack_word", Some((256 * usize::from(state.level.number())).to_string())),
            ("processor", Some(self.facts().processor.clone())),
            ("cache_folder", self.facts().cache_folder.clone()),
        ]
    }

    fn update_placeholders(&self, update: UpdateId, release: u8) -> Placeholders {
        let update = self.catalog().update(update);
        // A re-release shows as `KB973917-v2`; the first release shows bare.
        let key = match release {
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
    fn file_placeholders(
        &self,
        (update, release, level): (UpdateId, u8, Level),
    ) -> Vec<Placeholders> {
        let catalog = self.catalog();
        let of_update = self.update_placeholders(update, release);
        let release = catalog.update(update).release(release);
        let table = release.map_or(&[][..], |release| release.table(level));
        let placeholders = table.iter().enumerate().map(|(index, package)| {
            let path = &catalog.file(package.file).path;
            let mut all = of_update.clone();
            all.extend([
                ("index", Some(index.to_string())),
                ("file_name", Some(path.file_name().to_owned())),
                ("folder", Some(folder(path))),
                // The list names the GDR copy, whichever came in.
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
        RegistryContent::Texts(texts) => {
            RegistryValue::Texts(texts.iter().map(|text| fill(text)).collect::<Option<_>>()?)
        }
    };
    Some((path, value))
}

/// A template with what stands for its placeholders; `None` where that of one is unknown. Other
/// words in braces stay as they are.
fn fill(template: &str, placeholders: &Placeholders) -> Option<String> {
    let (mut text, mut rest) = (String::with_capacity(template.len()), template);
    while let Some((before, behind)) = rest.split_once('{') {
        text += before;
        let placeholder = placeholders.iter().find_map(|(name, value)| {
            let behind = behind.strip_prefix(name)?.strip_prefix('}')?;
            Some((value, behind))
        });
        rest = if let Some((value, behind)) = placeholder {
            text += value.as_deref()?;
            behind
        } else {
            text.push('{');
            behind
        };
    }
    text += rest;
    Some(text)
}
