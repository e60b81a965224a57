//! Registry values that hosts show.

use super::{Resolver, texts::SYMBOL_BYTES_MAX};
use crate::{
    codes,
    model::{RegistryContent, RegistryFact, RegistryScope, ServicePackFiles},
    raw::{Entry, RawRegistry, Text},
};
use patchstate_source::quoted;
use patchstate_terms::{Hive, folded};
use std::collections::BTreeSet;

const HIVES: [(&str, Hive); 2] = [("software", Hive::Software), ("system", Hive::System)];

const SCOPES: [(&str, RegistryScope); 5] = [
    ("host", RegistryScope::Host),
    ("component", RegistryScope::Component),
    ("update", RegistryScope::Update),
    ("update-file", RegistryScope::UpdateFile),
    ("waiting-file", RegistryScope::WaitingFile),
];

const PLACES: [(&str, ServicePackFiles); 3] = [
    ("cache", ServicePackFiles::Cache),
    ("media", ServicePackFiles::Media),
    ("gone", ServicePackFiles::Gone),
];

/// Windows allows 255 characters in the name of a key.
const KEY_PART_CHARACTERS_MAX: usize = 255;

/// First parts of a key that repeat what the hive says already.
const ROOTS: [&str; 4] = ["hklm", "hkey_local_machine", "software", "system"];

/// The placeholders of a scope.
const fn placeholders(scope: RegistryScope) -> &'static [&'static str] {
    match scope {
        RegistryScope::Host => {
            &["service_pack_title", "service_pack_word", "processor", "cache_folder"]
        }
        RegistryScope::Component => &["component", "installed"],
        RegistryScope::Update => &["registered_under", "update", "update_key", "title"],
        RegistryScope::UpdateFile => &[
            "registered_under",
            "update",
            "update_key",
            "title",
            "index",
            "file_name",
            "folder",
            "version",
        ],
        RegistryScope::WaitingFile => &["folder", "file_name", "waiting_name"],
    }
}

/// Placeholders one of which has to be in key or name, lest all values of the scope be one.
const fn distinguishing(scope: RegistryScope) -> &'static [&'static [&'static str]] {
    match scope {
        // What several files wait for makes one list.
        RegistryScope::Host | RegistryScope::WaitingFile => &[],
        RegistryScope::Component => &[&["{component}"]],
        RegistryScope::Update => &[&["{update}", "{update_key}"]],
        RegistryScope::UpdateFile => &[&["{update}", "{update_key}"], &["{index}", "{file_name}"]],
    }
}

impl Resolver<'_, '_, '_> {
    /// The registry values.
    pub(super) fn registry(&mut self) -> Vec<RegistryFact> {
        let raw = self.raw;
        let mut facts = Vec::new();
        let mut seen = BTreeSet::new();
        for entry in &raw.registry {
            let fact = self.registry_fact(entry);
            let Some(fact) = fact else { continue };
            let places = fact.service_pack_files.clone();
            let places = places.unwrap_or_else(|| PLACES.map(|(_, place)| place).into());
            let identity = (fact.hive, folded(&fact.key), folded(&fact.value));
            let is_new = |place: ServicePackFiles| seen.insert((identity.clone(), place));
            if places.into_iter().map(is_new).any(|is_new| !is_new) {
                let message = format!("the value `{}` of this key is there", quoted(&fact.value));
                let place = Self::place(entry.origin, &entry.value.value);
                self.mistakes.report(codes::DUPLICATE_REGISTRY_VALUE, place, message);
            }
            facts.push(fact);
        }
        facts
    }

    fn registry_fact(&mut self, entry: &Entry<RawRegistry>) -> Option<RegistryFact> {
        let (origin, value) = (entry.origin, &entry.value);
        let hive = self.word(origin, &value.hive, "hive", &HIVES);
        let scope = match &value.scope {
            Some(scope) => self.word(origin, scope, "scope", &SCOPES),
            None => Some(RegistryScope::Host),
        };
        self.key(origin, &value.key);
        self.limited(origin, &value.value, SYMBOL_BYTES_MAX);
        let content = self.content(entry);
        let component = value.component.as_ref().map(|name| self.component(origin, name));
        let level = value.level.as_ref().and_then(|level| self.level(origin, level));
        let product = self.raw.products.first();
        let has_cache = product.is_none_or(|product| product.value.service_pack_cache);
        let service_pack_files = value.service_pack_files.as_ref().map(|places| {
            let places = places.iter();
            let read = |place| {
                let found = self.word(origin, place, "place of service pack files", &PLACES);
                let of_cache = [Some(ServicePackFiles::Cache), Some(ServicePackFiles::Gone)];
                if !has_cache && of_cache.contains(&found) {
                    self.without_cache(origin, place);
                }
                found
            };
            places.filter_map(read).collect()
        });
        let provenance = self.entry_provenance(entry);
        let scope = scope?;
        self.registry_placeholders(entry, scope);
        Some(RegistryFact {
            hive: hive?,
            scope,
            key: value.key.get_ref().clone(),
            value: value.value.get_ref().clone(),
            content: content?,
            component,
            level,
            service_pack_files,
            provenance,
        })
    }

    fn key(&mut self, origin: usize, text: &Text) {
        self.limited(origin, text, SYMBOL_BYTES_MAX);
        let key = text.get_ref();
        if key.trim().is_empty() {
            return;
        }
        let first = folded(key.split('\\').next().unwrap_or_default());
        let reason = if key.split('\\').any(str::is_empty) {
            "has an empty part"
        } else if key.contains('/') {
            "has a forward slash"
        } else if ROOTS.contains(&first.as_str()) {
            "repeats the root, which `hive` says"
        } else if key.split('\\').any(|part| part.chars().count() > KEY_PART_CHARACTERS_MAX) {
            "has a part that is longer than Windows allows"
        } else {
            return;
        };
        let message = format!("the key `{}` {reason}", quoted(key));
        let help = r"write it like Microsoft\Windows NT\CurrentVersion".to_owned();
        let place = Self::place(origin, text);
        self.mistakes.report_with(codes::BAD_KEY, place, message, Some(help));
    }

    fn content(&mut self, entry: &Entry<RawRegistry>) -> Option<RegistryContent> {
        let value = &entry.value;
        match (&value.text, &value.expandable_text, &value.number, &value.texts) {
            (Some(text), None, None, None) => Some(RegistryContent::Text(text.get_ref().clone())),
            (None, Some(text), None, None) => {
                Some(RegistryContent::ExpandableText(text.get_ref().clone()))
            }
            (None, None, Some(number), None) => {
                self.number(entry.origin, number);
                Some(RegistryContent::Number(number.get_ref().clone()))
            }
            (None, None, None, Some(texts)) => {
                Some(RegistryContent::Texts(texts.iter().map(|t| t.get_ref().clone()).collect()))
            }
            _ => {
                let place = Self::place(entry.origin, &value.value);
                let message = "the value has no content, or several ones";
                let help =
                    "write one of `text`, `expandable_text`, `number` and `texts`".to_owned();
                self.mistakes.report_with(codes::REGISTRY_CONTENT, place, message, Some(help));
                None
            }
        }
    }

    /// Digits, or one placeholder that stands for them.
    fn number(&mut self, origin: usize, text: &Text) {
        let number = text.get_ref();
        let placeholder = number
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .is_some_and(|name| !name.contains(['{', '}']));
        let digits = number.bytes().all(|b| b.is_ascii_digit()) && number.parse::<u32>().is_ok();
        if !placeholder && !digits {
            let message = format!("`{}` is neither a number nor a placeholder", quoted(number));
            let place = Self::place(origin, text);
            self.mistakes.report(codes::REGISTRY_CONTENT, place, message);
        }
    }

    fn registry_placeholders(&mut self, entry: &Entry<RawRegistry>, scope: RegistryScope) {
        let (origin, value) = (entry.origin, &entry.value);
        let known = placeholders(scope);
        let contents = [&value.text, &value.expandable_text, &value.number];
        let texts = [&value.key, &value.value].into_iter();
        let listed = value.texts.iter().flatten();
        for text in texts.chain(contents.into_iter().flatten()).chain(listed) {
            self.placeholders(origin, text, known);
        }
        for choices in distinguishing(scope) {
            let there = |name: &&&str| {
                value.key.get_ref().contains(**name) || value.value.get_ref().contains(**name)
            };
            if choices.iter().find(there).is_none() {
                let message = format!("neither key nor name has `{}`", choices.join("` or `"));
                let place = Self::place(origin, &value.key);
                self.mistakes.report(codes::MISSING_PLACEHOLDER, place, message);
            }
        }
    }
}
