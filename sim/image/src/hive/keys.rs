//! Paths and values as a tree of keys, checked against the limits of the registry.

use super::HiveDescription;
use crate::ImageError;
use patchstate_terms::{RegistryValue, upper_case};
use std::collections::BTreeMap;

/// The longest name of a key in UTF-16 units (Windows SDK, *Registry Element Size Limits*).
const KEY_NAME_LENGTH_MAX: usize = 255;
/// The longest name of a value in UTF-16 units (same page).
const VALUE_NAME_LENGTH_MAX: usize = 16_383;
/// How deep keys can be nested (same page).
const DEPTH_MAX: usize = 512;
/// The longest content of a value: the number of segments has 16 bits. Windows stores what its
/// memory has room for (same page).
const VALUE_LENGTH_MAX: usize = 65_535 * SEGMENT_LENGTH;
/// The longest content that one cell of a value holds; longer ones stand in segments of this
/// length.
pub(super) const SEGMENT_LENGTH: usize = 16_344;

/// A name as the registry compares names: UTF-16 units in upper case, one for one.
///
/// Characters whose upper case is longer, or outside the first plane, stay as they are, as in
/// Windows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FoldedName(pub(super) Vec<u16>);

impl FoldedName {
    pub(super) fn of(name: &str) -> Self {
        Self(name.encode_utf16().map(upper_case).collect())
    }

    /// The hash of a name in a hash leaf (`lh`).
    pub(super) fn hash(&self) -> u32 {
        let add = |hash: u32, unit: &u16| hash.wrapping_mul(37).wrapping_add(u32::from(*unit));
        self.0.iter().fold(0, add)
    }
}

/// A key with everything below it.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) subkeys: BTreeMap<FoldedName, Key>,
    pub(super) values: BTreeMap<FoldedName, Value>,
}

/// A value as a hive stores it.
pub(super) struct Value {
    pub(super) name: String,
    /// The number of its type.
    pub(super) kind: u32,
    pub(super) bytes: Vec<u8>,
}

impl Key {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), subkeys: BTreeMap::new(), values: BTreeMap::new() }
    }
}

/// The tree of all keys of a description, below a root of this name.
pub(super) fn tree(description: &HiveDescription, root_name: &str) -> Result<Key, ImageError> {
    let mut root = Key::new(root_name);
    for path in &description.keys {
        find_or_add(description, &mut root, path)?;
    }
    // The values of a key stand together.
    let mut values = description.values.iter().peekable();
    while let Some(((path, _), _)) = values.peek().copied() {
        let key = find_or_add(description, &mut root, path)?;
        while let Some(((_, name), value)) = values.next_if(|((other, _), _)| other == path) {
            let value = stored_value(description, path, name, value)?;
            if key.values.insert(FoldedName::of(name), value).is_some() {
                let problem = format!("value {name:?} is there twice, in different letter case");
                return Err(error(description, path, problem));
            }
        }
    }
    Ok(root)
}

fn find_or_add<'a>(
    description: &HiveDescription,
    root: &'a mut Key,
    path: &str,
) -> Result<&'a mut Key, ImageError> {
    let parts: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('\\').collect() };
    if parts.len() > DEPTH_MAX {
        let problem = format!("it is {} deep: expected at most {DEPTH_MAX}", parts.len());
        return Err(error(description, path, problem));
    }
    let mut key = root;
    for part in parts {
        let length = part.encode_utf16().count();
        if length == 0 || length > KEY_NAME_LENGTH_MAX || part.contains('\0') {
            let problem = format!(
                "{part:?} cannot name a key: expected 1 to {KEY_NAME_LENGTH_MAX} characters, none \
                 of them zero"
            );
            return Err(error(description, path, problem));
        }
        key = key.subkeys.entry(FoldedName::of(part)).or_insert_with(|| Key::new(part));
    }
    Ok(key)
}

fn stored_value(
    description: &HiveDescription,
    path: &str,
    name: &str,
    value: &RegistryValue,
) -> Result<Value, ImageError> {
    let text = |text: &str| -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    };
    let bytes: Vec<u8> = match value {
        RegistryValue::Text(content) | RegistryValue::ExpandableText(content) => text(content),
        RegistryValue::Number(number) => number.to_le_bytes().to_vec(),
        RegistryValue::BigEndianNumber(number) => number.to_be_bytes().to_vec(),
        RegistryValue::LongNumber(number) => number.to_le_bytes().to_vec(),
        // Each ends in a zero, and the list does.
        RegistryValue::Texts(texts) => {
            let each = texts.iter().flat_map(|content| text(content));
            each.chain(0_u16.to_le_bytes()).collect()
        }
        // A link is stored without a zero behind it.
        RegistryValue::Link(target) => target.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        RegistryValue::Binary(bytes) | RegistryValue::Raw { bytes, .. } => bytes.clone(),
    };
    if name.encode_utf16().count() > VALUE_NAME_LENGTH_MAX || name.contains('\0') {
        let problem = format!(
            "{name:?} cannot name a value: expected at most {VALUE_NAME_LENGTH_MAX} characters, \
             none of them zero"
        );
        return Err(error(description, path, problem));
    }
    if texts_of(value).iter().any(|content| content.contains('\0')) {
        let problem = format!("value {name:?} has a zero character, which would end it early");
        return Err(error(description, path, problem));
    }
    if bytes.len() > VALUE_LENGTH_MAX {
        return Err(ImageError::TooLong {
            file: description.name.clone(),
            field: format!(r"value {path}\{name} in bytes"),
            found: bytes.len(),
            limit: VALUE_LENGTH_MAX,
        });
    }
    Ok(Value { name: name.to_owned(), kind: value.kind().number(), bytes })
}

/// The texts that end at a zero.
fn texts_of(value: &RegistryValue) -> Vec<&str> {
    match value {
        RegistryValue::Text(text) | RegistryValue::ExpandableText(text) => vec![text],
        RegistryValue::Texts(texts) => texts.iter().map(String::as_str).collect(),
        RegistryValue::Number(_)
        | RegistryValue::BigEndianNumber(_)
        | RegistryValue::LongNumber(_)
        | RegistryValue::Binary(_)
        | RegistryValue::Link(_)
        | RegistryValue::Raw { .. } => Vec::new(),
    }
}

fn error(description: &HiveDescription, key: &str, problem: String) -> ImageError {
    ImageError::Hive { file: description.name.clone(), key: key.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_is_folded_one_unit_for_one() {
        assert_eq!(FoldedName::of("iis é"), FoldedName::of("IIS É"));
        assert_eq!(FoldedName::of("straße").0.len(), 6);
        assert_eq!(FoldedName::of("\u{10428}").0, "\u{10428}".encode_utf16().collect::<Vec<_>>());
    }

    /// The specification: for each unit of the upper-cased name, `hash = 37 * hash + unit`.
    #[test]
    fn the_hash_of_a_name_is_that_of_the_specification() {
        assert_eq!(FoldedName::of("ab").hash(), 37 * 65 + 66);
        assert_eq!(FoldedName::of("AB").hash(), 37 * 65 + 66);
    }
}
