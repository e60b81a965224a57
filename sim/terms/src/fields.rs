//! The form of TOML files: the names of the fields that a type is read from.
//!
//! **Owns** asking a type, so that a page that explains a file can be held to what its reader
//! takes. **Must never know** a file.

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
    forward_to_deserialize_any,
};

/// A table of a TOML file, and what can stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableForm {
    /// What it is called, with the tables that it stands in before it; empty for the whole file.
    pub name: &'static str,
    /// Whether there can be several: a list, or double brackets.
    pub is_repeated: bool,
    /// Its keys.
    pub fields: &'static [&'static str],
}

/// The names of the fields of a structure, in the order of its declaration, as they stand in
/// files; empty for what is no structure.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Entry {
///     _id: String,
///     #[serde(rename = "file")]
///     _path: String,
/// }
/// assert_eq!(patchstate_terms::field_names::<Entry>(), ["_id", "file"]);
/// assert!(patchstate_terms::field_names::<String>().is_empty());
/// ```
#[must_use]
pub fn field_names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It says what it expects before it is told that there is nothing.
    let _ = T::deserialize(Listener(&mut names));
    names
}

/// Hears which fields are asked for, and has none.
struct Listener<'n>(&'n mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("there is nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier
        ignored_any
    }
}
