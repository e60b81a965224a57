//! What a definition may ask for, as far as the document tells.
//!
//! **Owns** working out variables before a host is known: stated texts are what they are, and the
//! registry's `SystemRoot` is the Windows folder. **Must never know** a host.
//!
//! **Start reading** at [`Compiled::reads`].

use super::{
    model::{
        Collection, Compiled, Component, Entity, FilePlace, ItemField, Known, Object, Reference,
        RegistryPlace,
    },
    paths,
    texts::TextBudget,
};
use crate::{Field, Reads};
use patchstate_terms::{Hive, RegistryPath, WindowsPath};
use std::{collections::BTreeSet, sync::Arc};

/// What was found of the places that a definition may ask for.
#[derive(Default)]
struct Places {
    fields: BTreeSet<Field>,
    /// Whether some place cannot be told from the document.
    is_open: bool,
}

impl Compiled {
    /// What a definition, or another element, may ask for.
    pub(super) fn reads(&self, from: Reference) -> Reads {
        let mut places = Places::default();
        for reference in self.closure(from) {
            if let Reference::Object(number) = reference
                && let Some(Ok(collection)) = self.objects.get(number)
            {
                if collection.is_32_bit_view {
                    places.fields.insert(Field::OsArchitecture);
                }
                self.object_places(&collection.object, &mut places);
            }
        }
        if places.is_open { Reads::Tree } else { Reads::Fields(places.fields) }
    }

    fn object_places(&self, object: &Object, places: &mut Places) {
        match object {
            // The objects of a set are looked at by themselves.
            Object::Family | Object::Set(_) => {}
            Object::File(FilePlace::Whole(path)) => match self.known_texts(path) {
                Some(paths) => places.files(&paths),
                None => places.is_open = true,
            },
            Object::File(FilePlace::Parts { folder, name }) => {
                let (Some(folders), Some(names)) =
                    (self.known_texts(folder), self.known_texts(name))
                else {
                    places.is_open = true;
                    return;
                };
                // So many are an error on every host.
                if TextBudget::default().take_pairs(&folders, &names).is_err() {
                    places.is_open = true;
                    return;
                }
                for folder in folders.iter() {
                    let paths = names.iter().filter_map(|name| paths::joined(folder, name).ok());
                    places.files(&paths.collect::<Vec<_>>());
                }
            }
            // Which files there are is known of a host only.
            Object::File(FilePlace::Matching { .. })
            // Every update and component has keys of its own.
            | Object::Registry(RegistryPlace::Search { .. }) => places.is_open = true,
            Object::Registry(RegistryPlace::OtherHive { file, .. }) => {
                places.fields.extend(file.iter().cloned().map(Field::FilePresent));
            }
            Object::Registry(RegistryPlace::Value(path)) => {
                places.fields.insert(Field::Registry(path.clone()));
            }
            Object::Registry(RegistryPlace::Key(hive, key)) => {
                places.fields.insert(Field::RegistryKeyPresent(*hive, key.clone()));
            }
            Object::Registry(RegistryPlace::Variable { key, name }) => {
                let keys = self.known_texts(key);
                let names = name.as_ref().map(|name| self.known_texts(name));
                match (keys, names) {
                    (Some(keys), None) => places.registry(&keys, None),
                    (Some(keys), Some(Some(names)))
                        if TextBudget::default().take_pairs(&keys, &names).is_ok() =>
                    {
                        places.registry(&keys, Some(&names));
                    }
                    _ => places.is_open = true,
                }
            }
        }
    }

    /// The texts that an entity may be, where they can be told.
    fn known_texts(&self, entity: &Entity) -> Known {
        match entity {
            Entity::Text(text) => Some(Arc::new(vec![text.clone()])),
            Entity::Variable { variable, .. } => self.known.get(*variable)?.clone(),
        }
    }

    /// Works out variables, each once; in this order, what is referred to comes before what refers.
    pub(super) fn learn(&mut self, order: &[Reference]) {
        self.known = vec![None; self.variables.len()];
        let mut budget = TextBudget::default();
        for reference in order {
            let Reference::Variable(number) = reference else { continue };
            let known = match self.variables.get(*number) {
                Some(Ok(variable)) => self.known_values(&variable.content, &mut budget),
                // It will have no value on any host.
                Some(Err(_)) => Some(Arc::default()),
                None => None,
            };
            if let Some(place) = self.known.get_mut(*number) {
                *place = known;
            }
        }
    }

    fn known_values(&self, component: &Component, budget: &mut TextBudget) -> Known {
        Some(match component {
            Component::Literal(text) => Arc::new(vec![text.clone()]),
            Component::Values(values) => Arc::new(values.clone()),
            Component::Variable(number) => self.known.get(*number)?.clone()?,
            Component::Field { object, field } => match self.objects.get(*object)? {
                Ok(Collection {
                    object: Object::Registry(RegistryPlace::Value(path)),
                    is_32_bit_view: false,
                    filters,
                }) if *field == ItemField::RegistryValue
                    && filters.is_empty()
                    && is_system_root(path) =>
                {
                    Arc::new(vec![paths::WINDOWS_FOLDER.to_owned()])
                }
                Ok(_) => return None,
                Err(_) => Arc::default(),
            },
            Component::Concat(parts) => {
                let mut texts = vec![String::new()];
                for part in parts {
                    let values = self.known_values(part, budget)?;
                    texts = budget.joined(&texts, &values).ok()?;
                }
                Arc::new(texts)
            }
        })
    }
}

impl Places {
    /// Adds files; a path outside of the Windows folder is an error on every host and needs none.
    fn files(&mut self, paths: &[String]) {
        for path in paths.iter().filter_map(|path| paths::below_windows(path, None).ok()) {
            self.file(path);
        }
    }

    fn file(&mut self, path: WindowsPath) {
        self.fields.insert(Field::FilePresent(path.clone()));
        self.fields.insert(Field::FileVersion(path));
    }

    fn registry(&mut self, keys: &[String], names: Option<&[String]>) {
        for (hive, key) in keys.iter().filter_map(|key| paths::registry_place(key).ok()) {
            let Some(names) = names else {
                self.fields.insert(Field::RegistryKeyPresent(hive, key));
                continue;
            };
            for value in names.iter().cloned() {
                let key = key.clone();
                self.fields.insert(Field::Registry(RegistryPath { hive, key, value }));
            }
        }
    }
}

fn is_system_root(path: &RegistryPath) -> bool {
    path.hive == Hive::Software
        && path.key.eq_ignore_ascii_case(r"Microsoft\Windows NT\CurrentVersion")
        && path.value.eq_ignore_ascii_case("SystemRoot")
}
