//! Items: what was found on a host of an object.
//!
//! **Must never know** how an item is looked for.

use super::{compare::Actual, model::ItemField, paths, tables::ItemStatus};
use patchstate_terms::{FileVersion, Hive, RegistryPath, RegistryType, RegistryValue, folded};
use std::{borrow::Cow, rc::Rc, sync::Arc};

/// What was found of an object, or why nothing can be.
pub(super) type Collected = Rc<Fallible<Found>>;

pub(super) type Fallible<T> = Result<T, Arc<str>>;

/// What was found of an object.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Items(Vec<Rc<Item>>),
    /// It is about something that a host like this does not have; what.
    NotApplicable(Arc<str>),
}

impl Found {
    pub(super) fn items(&self) -> &[Rc<Item>] {
        match self {
            Self::Items(items) => items,
            Self::NotApplicable(_) => &[],
        }
    }

    /// Whether it is known that nothing is there.
    pub(super) fn is_nothing(&self) -> bool {
        let is_absent = |item: &Rc<Item>| item.status() == ItemStatus::DoesNotExist;
        matches!(self, Self::Items(items) if items.iter().all(is_absent))
    }
}

impl From<Vec<Item>> for Found {
    fn from(items: Vec<Item>) -> Self {
        Self::Items(items.into_iter().map(Rc::new).collect())
    }
}

/// What makes two items the same, whatever collected them. Names do not depend on letter case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    Absent,
    Unreadable(Arc<str>),
    Family,
    File(String),
    RegistryKey(Hive, String),
    RegistryValue(Hive, String, String),
}

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
        /// Known also where the value cannot be read.
        kind: RegistryType,
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

    pub(super) fn identity(&self) -> Identity {
        match self {
            Self::Absent => Identity::Absent,
            Self::Unreadable(reason) => Identity::Unreadable(Arc::clone(reason)),
            Self::Family => Identity::Family,
            Self::File { folder, name, .. } => Identity::File(folded(&format!(r"{folder}\{name}"))),
            Self::RegistryKey { hive, key } => Identity::RegistryKey(*hive, folded(key)),
            Self::RegistryValue { path, .. } => {
                let (key, value) = (folded(&path.key), folded(&path.value));
                Identity::RegistryValue(path.hive, key, value)
            }
        }
    }

    pub(super) const fn unreadable(&self) -> Option<&Arc<str>> {
        match self {
            Self::Unreadable(reason) => Some(reason),
            _ => None,
        }
    }

    /// The values of a field; none where the item does not have it.
    pub(super) fn field(&self, field: ItemField) -> Fallible<Vec<Actual<'_>>> {
        Ok(match (self, field) {
            (Self::Family, ItemField::Family) => vec![text("windows")],
            (Self::File { folder, .. }, ItemField::FileFolder) => vec![text(folder)],
            (Self::File { name, is_spelled, .. }, ItemField::FileName) => {
                vec![Actual::Name(name.into(), *is_spelled)]
            }
            (Self::File { folder, name, .. }, ItemField::FilePath) => {
                vec![Actual::Text(format!(r"{folder}\{name}").into())]
            }
            (Self::File { version, .. }, ItemField::FileVersion) => {
                version.clone()?.map(Actual::Version).into_iter().collect()
            }
            (Self::RegistryKey { .. } | Self::RegistryValue { .. }, ItemField::RegistryHive) => {
                vec![text(paths::LOCAL_MACHINE)]
            }
            (Self::RegistryKey { hive, key }, ItemField::RegistryKey) => {
                vec![Actual::Key(format!(r"{hive}\{key}").into())]
            }
            (Self::RegistryValue { path, .. }, ItemField::RegistryKey) => {
                vec![Actual::Key(format!(r"{}\{}", path.hive, path.key).into())]
            }
            (Self::RegistryValue { path, .. }, ItemField::RegistryName) => {
                vec![Actual::Key((&path.value).into())]
            }
            (Self::RegistryValue { kind, .. }, ItemField::RegistryType) => {
                // The schema's names are those of Windows, in lower case.
                let name = kind.name().map(|name| Actual::Text(name.to_lowercase().into()));
                vec![name.ok_or_else(|| format!("the value has the {kind}, which has no name"))?]
            }
            (Self::RegistryValue { value, .. }, ItemField::RegistryValue) => {
                registry_values(value.as_ref().map_err(Arc::clone)?)?
            }
            _ => Vec::new(),
        })
    }
}

/// What a registry value is to a state: a list of texts is several values.
fn registry_values(value: &RegistryValue) -> Fallible<Vec<Actual<'_>>> {
    Ok(match value {
        RegistryValue::Text(value)
        | RegistryValue::ExpandableText(value)
        | RegistryValue::Link(value) => vec![text(value)],
        RegistryValue::Number(number) | RegistryValue::BigEndianNumber(number) => {
            vec![Actual::Number((*number).into())]
        }
        RegistryValue::LongNumber(number) => vec![Actual::Number(*number)],
        RegistryValue::Texts(texts) => texts.iter().map(|value| text(value)).collect(),
        RegistryValue::Binary(bytes) => vec![Actual::Binary(bytes)],
        RegistryValue::Raw { kind, .. } => {
            return Err(format!("a value of the type {kind} is not compared").into());
        }
    })
}

/// A text that lives as long as its item.
fn text(text: &str) -> Actual<'_> {
    Actual::Text(Cow::Borrowed(text))
}
