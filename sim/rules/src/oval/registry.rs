//! Collection from the registry: values and keys by their place, or by what their names are like.
//!
//! **Owns** the search through the keys of a hive, within a bound on its work. **Must never know**
//! the bytes of a hive.
//!
//! Names of keys and values are the same in any letter case; a pattern that tells letter cases
//! apart is an *error* where that decides, since readers spell keys differently. A pattern that may
//! match keys of hives which are not read has an item that cannot be known besides those found.
//!
//! **Start reading** at [`Evaluation::search`].

use super::{
    compare::Actual,
    evaluation::Evaluation,
    item::{Fallible, Found, Item},
    model::{RegistryPlace, StatedValue, Wanted},
    paths,
    searched::Keys,
    tables::{Check, OvalResult},
    texts::limit,
};
use patchstate_detect::IMAGE_BYTES_MAX;
use patchstate_terms::{Hive, RegistryPath, WindowsPath};
use std::{rc::Rc, sync::Arc};

impl Evaluation<'_> {
    /// What there is of a place in the registry.
    pub(super) fn registry(&mut self, place: &RegistryPlace) -> Fallible<Found> {
        let items = match place {
            RegistryPlace::Value(path) => self.registry_value(path.clone()).into_iter().collect(),
            RegistryPlace::Key(hive, key) => {
                self.registry_key(*hive, key.clone()).into_iter().collect()
            }
            RegistryPlace::Variable { key, name } => {
                let keys = self.places(key)?;
                let names = name.as_ref().map(|name| self.places(name)).transpose()?;
                self.registry_items(&keys, names.as_deref())?
            }
            RegistryPlace::Search { key, name } => self.search(key, name.as_ref())?,
            RegistryPlace::OtherHive { name, file } => return self.other_hive(name, file.as_ref()),
        };
        Ok(items.into())
    }

    fn registry_items(&mut self, keys: &[String], names: Option<&[String]>) -> Fallible<Vec<Item>> {
        if let Some(names) = names {
            self.budget.take_pairs(keys, names)?;
        }
        let mut items = Vec::new();
        for key in keys {
            let (hive, key) = match paths::registry_place(key) {
                Ok(place) => place,
                Err(reason) => {
                    items.push(Item::Unreadable(reason.into()));
                    continue;
                }
            };
            let Some(names) = names else {
                items.extend(self.registry_key(hive, key));
                continue;
            };
            for name in names {
                let (key, value) = (key.clone(), name.clone());
                items.extend(self.registry_value(RegistryPath { hive, key, value }));
            }
        }
        Ok(items)
    }

    fn registry_value(&self, path: RegistryPath) -> Option<Item> {
        let registry = &self.subject.evidence.registry;
        let kind = match registry.value_type(&path) {
            Ok(None) => return None,
            Ok(Some(kind)) => kind,
            Err(unknown) => {
                let reason = format!("{path} cannot be read: {}", unknown.reason);
                return Some(Item::Unreadable(reason.into()));
            }
        };
        // A value that is not read exists all the same.
        let missing = || format!("{path} cannot be read");
        let value = match registry.value(&path) {
            Ok(value) => value.ok_or_else(|| missing().into()),
            Err(unknown) => Err(unknown.reason.into()),
        };
        Some(Item::RegistryValue { path, kind, value })
    }

    fn registry_key(&self, hive: Hive, key: String) -> Option<Item> {
        match self.subject.evidence.registry.has_key(hive, &key) {
            Ok(false) => None,
            Ok(true) => Some(Item::RegistryKey { hive, key }),
            Err(unknown) => {
                let reason = format!(r"HKLM\{hive}\{key} cannot be read: {}", unknown.reason);
                Some(Item::Unreadable(reason.into()))
            }
        }
    }

    /// What there is of a hive that is not read: it is not applicable where there is none.
    fn other_hive(&self, name: &str, file: Option<&WindowsPath>) -> Fallible<Found> {
        let absent = || Found::NotApplicable(format!("there is no hive {name}").into());
        let Some(file) = file else { return Ok(absent()) };
        let is_there = match self.subject.evidence.files.get(file) {
            Some(found) => found.is_present(),
            None => !matches!(self.subject.tree.read(file, IMAGE_BYTES_MAX), Ok(None)),
        };
        if is_there { Err(format!("the hive {name} is not read").into()) } else { Ok(absent()) }
    }

    /// The keys, or values of keys, whose names are as wanted.
    fn search(&mut self, key: &Wanted, name: Option<&Wanted>) -> Fallible<Vec<Item>> {
        for wanted in [Some(key), name].into_iter().flatten() {
            if let Wanted::Like(stated) = wanted {
                self.check_usable(stated)?;
            }
        }
        let mut items = Vec::new();
        match key {
            Wanted::Equal(entity) => {
                for place in self.places(entity)? {
                    match paths::registry_place(&place) {
                        Ok((hive, key)) => self.of_key(hive, &key, name, &mut items)?,
                        Err(reason) => items.push(Item::Unreadable(reason.into())),
                    }
                }
            }
            Wanted::Like(stated) => self.search_keys(stated, name, &mut items)?,
        }
        Ok(items)
    }

    fn search_keys(
        &mut self,
        like: &StatedValue,
        name: Option<&Wanted>,
        items: &mut Vec<Item>,
    ) -> Fallible<()> {
        let only = self.hives_of(like)?;
        for hive in Hive::ALL {
            if only.as_ref().is_some_and(|only| !only.contains(&hive)) {
                continue;
            }
            let keys = self.keys(hive);
            let keys = match keys.as_ref() {
                Ok(keys) => keys,
                Err(reason) => {
                    items.push(Item::Unreadable(Arc::clone(reason)));
                    continue;
                }
            };
            for key in keys {
                let path = if key.is_empty() { hive.to_string() } else { format!(r"{hive}\{key}") };
                match self.is_like(like, path)? {
                    Ok(false) => continue,
                    Ok(true) if name.is_none() => {
                        items.push(Item::RegistryKey { hive, key: key.clone() });
                    }
                    Ok(true) => {
                        // To get there again may take as many steps as there are keys.
                        self.searched.take(keys.len())?;
                        self.of_key(hive, key, name, items)?;
                    }
                    Err(reason) => items.push(Item::Unreadable(reason)),
                }
                limit(items.len())?;
            }
        }
        if only.is_none() {
            let reason = "it may be about keys of hives that are not read: begin the pattern with \
                          `^SOFTWARE\\\\` or `^SYSTEM\\\\`";
            items.push(Item::Unreadable(reason.into()));
        }
        Ok(())
    }

    /// A key that is there, or its values whose names are as wanted.
    fn of_key(
        &mut self,
        hive: Hive,
        key: &str,
        name: Option<&Wanted>,
        items: &mut Vec<Item>,
    ) -> Fallible<()> {
        let value = |value| RegistryPath { hive, key: key.to_owned(), value };
        match name {
            None => items.extend(self.registry_key(hive, key.to_owned())),
            Some(Wanted::Equal(entity)) => {
                for name in self.places(entity)? {
                    items.extend(self.registry_value(value(name)));
                    limit(items.len())?;
                }
            }
            Some(Wanted::Like(like)) => {
                let names = match self.subject.evidence.registry.value_names(hive, key) {
                    Ok(names) => names,
                    Err(unknown) => {
                        items.push(Item::Unreadable(unknown.reason.into()));
                        return Ok(());
                    }
                };
                for name in names {
                    match self.is_like(like, name.clone())? {
                        Ok(false) => continue,
                        Ok(true) => items.extend(self.registry_value(value(name))),
                        Err(reason) => items.push(Item::Unreadable(reason)),
                    }
                    limit(items.len())?;
                }
            }
        }
        Ok(())
    }

    /// Whether a name is as wanted, or why that cannot be told.
    fn is_like(&mut self, like: &StatedValue, name: String) -> Fallible<Result<bool, Arc<str>>> {
        self.searched.take(name.len())?;
        let actual = Actual::Key(name.into());
        let outcome = self.stated(like, &actual);
        Ok(match (outcome.result, outcome.reason) {
            (OvalResult::True, _) => Ok(true),
            (OvalResult::False, _) => Ok(false),
            (_, Some(reason)) => Err(reason),
            (result, None) => Err(format!("{}: {result}", actual.text()).into()),
        })
    }

    /// The hives that all keys are in which are like something; `None` where they may be in others.
    fn hives_of(&mut self, like: &StatedValue) -> Fallible<Option<Vec<Hive>>> {
        let of = |pattern: Option<&String>| pattern.and_then(|text| paths::hive_of_pattern(text));
        Ok(match like {
            StatedValue::Literal(comparison) => of(comparison.pattern()).map(|hive| vec![hive]),
            // What is like none of some patterns may be anywhere.
            StatedValue::Variable { check: Check::NoneSatisfy, .. } => None,
            StatedValue::Variable { variable, datatype, operation, .. } => {
                let comparisons = self.comparisons((*variable, *datatype, *operation));
                let comparisons = comparisons.as_ref().as_ref().map_err(Arc::clone)?.iter();
                comparisons.map(|found| of(found.as_ref().ok()?.pattern())).collect()
            }
        })
    }

    fn keys(&mut self, hive: Hive) -> Keys {
        let subject = self.subject;
        let known = match hive {
            Hive::Software => &mut self.searched.software,
            Hive::System => &mut self.searched.system,
        };
        let read = || subject.evidence.registry.keys(hive).map_err(|found| found.reason.into());
        Rc::clone(known.get_or_insert_with(|| Rc::new(read())))
    }
}
