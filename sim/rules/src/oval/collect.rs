//! Collection: the items of an object and the values of a variable, on one host.
//!
//! **Owns** the way from entities to places, and from places to items of evidence. A path that
//! was not looked at beforehand (one that depends on the registry in ways that cannot be seen from
//! the document) is read here.
//!
//! A place that is exact and has nothing gives an item that *does not exist* for files, and no
//! item for the registry; both count alike, save for `all_exist` over several files.
//!
//! Names that must only be like something are held against all that the tree lists in the folder.
//! What cannot be told, of a name or of a whole folder, is an item that cannot be known.
//!
//! **Start reading** at [`Evaluation::collect`].

use super::{
    compare::Actual,
    evaluate::{Evaluation, Values, text},
    model::{Component, Entity, FilePlace, ItemField, Object, RegistryPlace, StatedValue},
    paths,
    tables::{ItemStatus, OvalResult},
    texts::VALUE_COUNT_MAX,
};
use patchstate_detect::{FileEvidence, IMAGE_BYTES_MAX, ImageEvidence, ProblemPart};
use patchstate_terms::{FileVersion, Hive, RegistryPath, RegistryValue, WindowsPath};
use std::{collections::BTreeMap, rc::Rc, sync::Arc};

/// The items of an object, or why there are none to be had.
pub(super) type Collected = Rc<Result<Vec<Item>, Arc<str>>>;

type Fallible<T> = Result<T, Arc<str>>;

/// One item.
#[derive(Debug)]
pub(super) enum Item {
    /// What was asked for is not there.
    Absent,
    /// What was asked for cannot be known.
    Unreadable(Arc<str>),
    /// The family of the operating system.
    Family,
    File {
        folder: String,
        name: String,
        /// Whether the name is spelled as on the host.
        is_spelled: bool,
        version: Fallible<Option<FileVersion>>,
    },
    RegistryKey {
        hive: Hive,
        key: String,
    },
    RegistryValue {
        path: RegistryPath,
        value: Fallible<RegistryValue>,
    },
}

impl Item {
    pub(super) const fn status(&self) -> ItemStatus {
        match self {
            Self::Absent => ItemStatus::DoesNotExist,
            Self::Unreadable(_) => ItemStatus::Error,
            _ => ItemStatus::Exists,
        }
    }

    pub(super) const fn unreadable(&self) -> Option<&Arc<str>> {
        match self {
            Self::Unreadable(reason) => Some(reason),
            _ => None,
        }
    }

    /// A field; `None` where the item has none.
    pub(super) fn field(&self, field: ItemField) -> Fallible<Option<Actual<'_>>> {
        Ok(match (self, field) {
            (Self::Family, ItemField::Family) => Some(text("windows")),
            (Self::File { folder, .. }, ItemField::FileFolder) => Some(text(folder)),
            (Self::File { name, is_spelled, .. }, ItemField::FileName) => {
                Some(Actual::Name(name.into(), *is_spelled))
            }
            (Self::File { folder, name, .. }, ItemField::FilePath) => {
                Some(Actual::Text(format!(r"{folder}\{name}").into()))
            }
            (Self::File { version, .. }, ItemField::FileVersion) => {
                version.clone()?.map(Actual::Version)
            }
            (Self::RegistryKey { .. } | Self::RegistryValue { .. }, ItemField::RegistryHive) => {
                Some(text(paths::LOCAL_MACHINE))
            }
            (Self::RegistryKey { hive, key }, ItemField::RegistryKey) => {
                Some(Actual::Text(format!(r"{hive}\{key}").into()))
            }
            (Self::RegistryValue { path, .. }, ItemField::RegistryKey) => {
                Some(Actual::Text(format!(r"{}\{}", path.hive, path.key).into()))
            }
            (Self::RegistryValue { path, .. }, ItemField::RegistryName) => Some(text(&path.value)),
            (Self::RegistryValue { value, .. }, ItemField::RegistryType) => {
                let kind = value.as_ref().map_err(Arc::clone)?.kind();
                // The schema's names are those of Windows, in lower case.
                let name = kind.name().map(|name| Actual::Text(name.to_lowercase().into()));
                Some(name.ok_or_else(|| format!("the value has the {kind}, which has no name"))?)
            }
            (Self::RegistryValue { value, .. }, ItemField::RegistryValue) => {
                Some(match value.as_ref().map_err(Arc::clone)? {
                    RegistryValue::Text(value) | RegistryValue::ExpandableText(value) => {
                        text(value)
                    }
                    RegistryValue::Number(number) => Actual::Number(*number),
                    RegistryValue::BigEndianNumber(_)
                    | RegistryValue::LongNumber(_)
                    | RegistryValue::Texts(_)
                    | RegistryValue::Binary(_)
                    | RegistryValue::Link(_)
                    | RegistryValue::Raw { .. } => {
                        let kind = value.as_ref().map_err(Arc::clone)?.kind();
                        return Err(format!("a value of the type {kind} is not compared").into());
                    }
                })
            }
            _ => None,
        })
    }
}

impl Evaluation<'_> {
    /// The items of an object.
    pub(super) fn collect(&mut self, number: usize) -> Collected {
        if let Some(collected) = self.objects.get(&number) {
            return Rc::clone(collected);
        }
        let compiled = self.compiled;
        let collected = Rc::new(match compiled.objects.get(number) {
            None => Err(format!("there is no object number {number}").into()),
            Some(Err(fault)) => Err(Arc::clone(&fault.reason)),
            Some(Ok(object)) => self.items(object),
        });
        self.objects.insert(number, Rc::clone(&collected));
        collected
    }

    fn items(&mut self, object: &Object) -> Fallible<Vec<Item>> {
        match object {
            Object::Family => Ok(vec![Item::Family]),
            Object::File(FilePlace::Whole(path)) => {
                let paths = self.places(path)?;
                Ok(paths.iter().map(|path| self.file(path, false)).collect())
            }
            Object::File(FilePlace::Parts { folder, name }) => {
                let (folders, names) = (self.places(folder)?, self.places(name)?);
                self.budget.take_pairs(&folders, &names)?;
                let mut items = Vec::new();
                for folder in &folders {
                    for name in &names {
                        items.push(match paths::joined(folder, name) {
                            Ok(path) => self.file(&path, false),
                            Err(reason) => Item::Unreadable(reason.into()),
                        });
                    }
                }
                Ok(items)
            }
            Object::File(FilePlace::Matching { folder, name }) => {
                self.check_usable(name)?;
                let mut items = Vec::new();
                for folder in self.places(folder)? {
                    self.matching(&folder, name, &mut items)?;
                }
                Ok(items)
            }
            Object::Registry(RegistryPlace::Value(path)) => {
                Ok(self.registry_value(path.clone()).into_iter().collect())
            }
            Object::Registry(RegistryPlace::Key(hive, key)) => {
                Ok(self.registry_key(*hive, key.clone()).into_iter().collect())
            }
            Object::Registry(RegistryPlace::Variable { key, name }) => {
                let keys = self.places(key)?;
                let names = name.as_ref().map(|name| self.places(name)).transpose()?;
                self.registry_items(&keys, names.as_deref())
            }
        }
    }

    /// Whether something can be held against what a document states: else there is no telling what
    /// to collect, also where there is nothing.
    fn check_usable(&mut self, stated: &StatedValue) -> Fallible<()> {
        let StatedValue::Variable { variable, datatype, operation, .. } = stated else {
            return Ok(());
        };
        let comparisons = self.comparisons((*variable, *datatype, *operation));
        for comparison in comparisons.as_ref().as_ref().map_err(Arc::clone)? {
            let comparison = comparison.as_ref().map_err(ToString::to_string)?;
            if let Some(pattern) = comparison.pattern() {
                self.patterns.exact(pattern).map_err(|wrong| wrong.to_string())?;
            }
        }
        Ok(())
    }

    /// The files of a folder whose names are like something. A folder that cannot be listed, and a
    /// name of which it cannot be told, are items that cannot be known.
    fn matching(
        &mut self,
        folder: &str,
        like: &StatedValue,
        items: &mut Vec<Item>,
    ) -> Fallible<()> {
        let root = self.subject.evidence.registry.system_root.as_deref();
        let listed = paths::folder_below_windows(folder, root).and_then(|place| {
            self.subject.tree.names(place.as_ref()).map_err(|error| error.to_string())
        });
        let listed = match listed {
            Ok(listed) => listed,
            Err(reason) => {
                items.push(Item::Unreadable(reason.into()));
                return Ok(());
            }
        };
        for name in &listed.names {
            let actual = Actual::Name(name.into(), listed.are_spelled);
            let outcome = self.stated(like, &actual);
            let item = match (outcome.result, outcome.reason) {
                (OvalResult::False, _) => continue,
                (OvalResult::True, _) => match paths::joined(folder, name) {
                    Ok(path) => self.file(&path, listed.are_spelled),
                    Err(reason) => Item::Unreadable(reason.into()),
                },
                (_, Some(reason)) => Item::Unreadable(reason),
                (result, None) => Item::Unreadable(format!("{name}: {result}").into()),
            };
            limit(items.len())?;
            items.push(item);
        }
        Ok(())
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

    /// The texts that an entity can be equal to. Of several values of a variable, those that are
    /// equal to as many of the values as its check asks for.
    fn places(&mut self, entity: &Entity) -> Fallible<Vec<String>> {
        let (variable, check) = match entity {
            Entity::Text(text) => return Ok(vec![text.clone()]),
            Entity::Variable { variable, check } => (*variable, *check),
        };
        let values = self.values(variable);
        let values = values.as_ref().as_ref().map_err(Arc::clone)?;
        let mut counts: BTreeMap<String, (usize, &String)> = BTreeMap::new();
        for value in values {
            counts.entry(value.to_lowercase()).or_insert((0, value)).0 += 1;
        }
        let total = values.len();
        // The tables tell none, one and many apart: more than two of a kind are as good as two.
        let is_match = |count: usize| {
            let results = [(true, count), (false, total.saturating_sub(count))];
            let results = results.into_iter().flat_map(|(is_true, count)| {
                std::iter::repeat_n(OvalResult::from(is_true), count.min(2))
            });
            check.combine(results.collect()) == OvalResult::True
        };
        Ok(counts
            .into_values()
            .filter(|(count, _)| is_match(*count))
            .map(|(_, value)| value.clone())
            .collect())
    }

    fn file(&self, path: &str, is_spelled: bool) -> Item {
        let root = self.subject.evidence.registry.system_root.as_deref();
        let place = match paths::below_windows(path, root) {
            Ok(place) => place,
            Err(reason) => return Item::Unreadable(reason.into()),
        };
        let version = match self.subject.evidence.files.get(&place) {
            Some(found) => version(&place, found),
            None => self.read_version(&place),
        };
        let (folder, name) = paths::parted(path);
        match version {
            None => Item::Absent,
            Some(version) => {
                Item::File { folder: folder.to_owned(), name: name.to_owned(), is_spelled, version }
            }
        }
    }

    /// Reads a file that nobody could know would be asked for.
    fn read_version(&self, path: &WindowsPath) -> Option<Fallible<Option<FileVersion>>> {
        match self.subject.tree.read(path, IMAGE_BYTES_MAX) {
            Ok(None) => None,
            Ok(Some(bytes)) => {
                version(path, &FileEvidence::Image(Arc::new(ImageEvidence::read(&bytes))))
            }
            Err(error) => Some(Err(error.to_string().into())),
        }
    }

    fn registry_value(&self, path: RegistryPath) -> Option<Item> {
        let registry = &self.subject.evidence.registry;
        match registry.value(&path) {
            Ok(None) => None,
            Ok(Some(value)) => Some(Item::RegistryValue { path, value: Ok(value) }),
            // A value of a type that is not read exists all the same.
            Err(unknown) => Some(match registry.value_type(&path) {
                Ok(Some(_)) => Item::RegistryValue { path, value: Err(unknown.reason.into()) },
                _ => Item::Unreadable(format!("{path} cannot be read: {}", unknown.reason).into()),
            }),
        }
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

    /// The values of a variable.
    pub(super) fn values(&mut self, number: usize) -> Values {
        if let Some(values) = self.variables.get(&number) {
            return Rc::clone(values);
        }
        let compiled = self.compiled;
        let values = match compiled.variables.get(number) {
            None => Rc::new(Err(format!("there is no variable number {number}").into())),
            Some(Err(fault)) => Rc::new(Err(Arc::clone(&fault.reason))),
            Some(Ok(variable)) => {
                let values = self.component(&variable.content);
                let is_empty = values.as_ref().as_ref().is_ok_and(Vec::is_empty);
                let empty = || Rc::new(Err(format!("{} has no value", variable.id).into()));
                if is_empty { empty() } else { values }
            }
        };
        self.variables.insert(number, Rc::clone(&values));
        values
    }

    /// The values of a component. Those of a variable are shared: a chain has them once.
    fn component(&mut self, component: &Component) -> Values {
        let values = self.deeper(|inside| match component {
            Component::Literal(text) => Rc::new(Ok(vec![text.clone()])),
            Component::Values(values) => Rc::new(Ok(values.clone())),
            Component::Variable(number) => inside.values(*number),
            Component::Field { object, field } => Rc::new(inside.fields(*object, *field)),
            Component::Concat(parts) => Rc::new(inside.concat(parts)),
        });
        values.unwrap_or_else(|| Rc::new(Err("variables lead too deep".into())))
    }

    fn concat(&mut self, parts: &[Component]) -> Fallible<Vec<String>> {
        let mut texts = vec![String::new()];
        for part in parts {
            let values = self.component(part);
            let values = values.as_ref().as_ref().map_err(Arc::clone)?;
            texts = self.budget.joined(&texts, values)?;
        }
        Ok(texts)
    }

    /// A field of every item of an object. An object without items, and an item without the
    /// field, are errors.
    fn fields(&mut self, object: usize, field: ItemField) -> Fallible<Vec<String>> {
        let collected = self.collect(object);
        let items = collected.as_ref().as_ref().map_err(Arc::clone)?;
        let mut values = Vec::new();
        for item in items.iter().filter(|item| item.status() != ItemStatus::DoesNotExist) {
            if let Some(reason) = item.unreadable() {
                return Err(Arc::clone(reason));
            }
            let value = item.field(field)?.ok_or("an item does not have the field asked for")?;
            values.push(value.text().into_owned());
        }
        if values.is_empty() { Err("a variable's object has no item".into()) } else { Ok(values) }
    }
}

fn limit(count: usize) -> Fallible<()> {
    if count < VALUE_COUNT_MAX {
        return Ok(());
    }
    Err(format!("more than {VALUE_COUNT_MAX} values or places").into())
}

/// The version of what was found; `None` where nothing was.
fn version(path: &WindowsPath, found: &FileEvidence) -> Option<Fallible<Option<FileVersion>>> {
    Some(match found {
        FileEvidence::Absent => return None,
        FileEvidence::Unreadable(problem) => {
            Err(format!("{path} cannot be read: {}", problem.reason).into())
        }
        FileEvidence::Image(image) if image.knows(ProblemPart::Version) => Ok(image.file_version),
        FileEvidence::Image(image) => {
            let reason = image.problems.first().map(|problem| problem.reason.as_str());
            Err(format!("{path} cannot be read: {}", reason.unwrap_or_default()).into())
        }
    })
}
