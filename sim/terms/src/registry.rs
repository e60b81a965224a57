//! Registry values as data, apart from how a hive stores them.

use std::fmt;

/// The hive files that are modelled; both stand in `system32/config`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hive {
    /// `HKLM\SOFTWARE`.
    Software,
    /// `HKLM\SYSTEM`.
    System,
}

impl Hive {
    /// Both hives.
    pub const ALL: [Self; 2] = [Self::Software, Self::System];

    /// The file name in `system32/config`, which is also the root below `HKLM`, in lower case.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Hive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Software => "SOFTWARE",
            Self::System => "SYSTEM",
        })
    }
}

/// Where one value stands: hive, key below its root, value name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryPath {
    /// The hive.
    pub hive: Hive,
    /// The key below the root of the hive, parts with backslashes between them, in the case that
    /// Windows writes. Comparisons by readers ignore case.
    pub key: String,
    /// The value's name.
    pub value: String,
}

impl fmt::Display for RegistryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r"HKLM\{}\{}\{}", self.hive, self.key, self.value)
    }
}

/// The type of a registry value, as its number in a hive says (Windows SDK, *Registry Value
/// Types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegistryType {
    /// `REG_NONE`.
    None,
    /// `REG_SZ`.
    Text,
    /// `REG_EXPAND_SZ`.
    ExpandableText,
    /// `REG_BINARY`.
    Binary,
    /// `REG_DWORD`.
    Number,
    /// `REG_DWORD_BIG_ENDIAN`.
    BigEndianNumber,
    /// `REG_LINK`.
    Link,
    /// `REG_MULTI_SZ`.
    Texts,
    /// `REG_RESOURCE_LIST`.
    ResourceList,
    /// `REG_FULL_RESOURCE_DESCRIPTOR`.
    FullResourceDescriptor,
    /// `REG_RESOURCE_REQUIREMENTS_LIST`.
    ResourceRequirementsList,
    /// `REG_QWORD`.
    LongNumber,
    /// A number that Windows gives no name.
    Other(u32),
}

impl RegistryType {
    /// Every type that has a name, by its number from 0.
    pub const NAMED: [Self; 12] = [
        Self::None,
        Self::Text,
        Self::ExpandableText,
        Self::Binary,
        Self::Number,
        Self::BigEndianNumber,
        Self::Link,
        Self::Texts,
        Self::ResourceList,
        Self::FullResourceDescriptor,
        Self::ResourceRequirementsList,
        Self::LongNumber,
    ];

    /// The type with a number.
    #[must_use]
    pub fn of_number(number: u32) -> Self {
        let named = Self::NAMED.into_iter().find(|kind| kind.number() == number);
        named.unwrap_or(Self::Other(number))
    }

    /// The number in a hive.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Text => 1,
            Self::ExpandableText => 2,
            Self::Binary => 3,
            Self::Number => 4,
            Self::BigEndianNumber => 5,
            Self::Link => 6,
            Self::Texts => 7,
            Self::ResourceList => 8,
            Self::FullResourceDescriptor => 9,
            Self::ResourceRequirementsList => 10,
            Self::LongNumber => 11,
            Self::Other(number) => number,
        }
    }

    /// The name that Windows gives it, if any.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::None => "REG_NONE",
            Self::Text => "REG_SZ",
            Self::ExpandableText => "REG_EXPAND_SZ",
            Self::Binary => "REG_BINARY",
            Self::Number => "REG_DWORD",
            Self::BigEndianNumber => "REG_DWORD_BIG_ENDIAN",
            Self::Link => "REG_LINK",
            Self::Texts => "REG_MULTI_SZ",
            Self::ResourceList => "REG_RESOURCE_LIST",
            Self::FullResourceDescriptor => "REG_FULL_RESOURCE_DESCRIPTOR",
            Self::ResourceRequirementsList => "REG_RESOURCE_REQUIREMENTS_LIST",
            Self::LongNumber => "REG_QWORD",
            Self::Other(_) => return None,
        })
    }
}

impl fmt::Display for RegistryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.number()),
        }
    }
}

/// The content of a registry value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegistryValue {
    /// `REG_SZ`.
    Text(String),
    /// `REG_EXPAND_SZ`.
    ExpandableText(String),
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_DWORD_BIG_ENDIAN`.
    BigEndianNumber(u32),
    /// `REG_QWORD`.
    LongNumber(u64),
    /// `REG_MULTI_SZ`: any number of texts, empty ones too.
    Texts(Vec<String>),
    /// `REG_BINARY`.
    Binary(Vec<u8>),
    /// `REG_LINK`: the full name of the key that the key of this value stands for.
    Link(String),
    /// A value of another type, or one whose bytes do not make a value of its type, as a
    /// `REG_DWORD` of five bytes.
    Raw {
        /// The type.
        kind: RegistryType,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

impl RegistryValue {
    /// The type.
    #[must_use]
    pub const fn kind(&self) -> RegistryType {
        match self {
            Self::Text(_) => RegistryType::Text,
            Self::ExpandableText(_) => RegistryType::ExpandableText,
            Self::Number(_) => RegistryType::Number,
            Self::BigEndianNumber(_) => RegistryType::BigEndianNumber,
            Self::LongNumber(_) => RegistryType::LongNumber,
            Self::Texts(_) => RegistryType::Texts,
            Self::Binary(_) => RegistryType::Binary,
            Self::Link(_) => RegistryType::Link,
            Self::Raw { kind, .. } => *kind,
        }
    }

    /// The text of a string value.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::ExpandableText(text) => Some(text),
            Self::Number(_)
            | Self::BigEndianNumber(_)
            | Self::LongNumber(_)
            | Self::Texts(_)
            | Self::Binary(_)
            | Self::Link(_)
            | Self::Raw { .. } => None,
        }
    }
}

/// Bytes as hexadecimal digits, two for each, in lower case.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl fmt::Display for RegistryValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::ExpandableText(text) | Self::Link(text) => {
                write!(f, "\"{text}\"")
            }
            Self::Number(number) | Self::BigEndianNumber(number) => write!(f, "{number}"),
            Self::LongNumber(number) => write!(f, "{number}"),
            Self::Texts(texts) => {
                let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                write!(f, "[{}]", quoted.join(", "))
            }
            Self::Binary(bytes) => f.write_str(&hexadecimal(bytes)),
            Self::Raw { kind, bytes } => write!(f, "{kind} {}", hexadecimal(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of `winnt.h` in the Windows SDK.
    #[test]
    fn types_have_the_numbers_and_names_of_the_windows_sdk() {
        for (number, name) in [
            (0, "REG_NONE"),
            (1, "REG_SZ"),
            (2, "REG_EXPAND_SZ"),
            (3, "REG_BINARY"),
            (4, "REG_DWORD"),
            (5, "REG_DWORD_BIG_ENDIAN"),
            (6, "REG_LINK"),
            (7, "REG_MULTI_SZ"),
            (8, "REG_RESOURCE_LIST"),
            (9, "REG_FULL_RESOURCE_DESCRIPTOR"),
            (10, "REG_RESOURCE_REQUIREMENTS_LIST"),
            (11, "REG_QWORD"),
        ] {
            let kind = RegistryType::of_number(number);
            assert_eq!((kind.number(), kind.name()), (number, Some(name)));
        }
        let other = RegistryType::of_number(12);
        assert_eq!((other, other.to_string()), (RegistryType::Other(12), "type 12".to_owned()));
    }

    #[test]
    fn values_are_shown_as_a_reader_writes_them() {
        let texts = RegistryValue::Texts(vec!["a b".to_owned(), String::new()]);
        assert_eq!(texts.to_string(), r#"["a b", ""]"#);
        assert_eq!(RegistryValue::Binary(vec![0, 0x1f, 0xa0]).to_string(), "001fa0");
        let raw = RegistryValue::Raw { kind: RegistryType::None, bytes: vec![255] };
        assert_eq!(raw.to_string(), "REG_NONE ff");
        assert_eq!(RegistryValue::LongNumber(u64::MAX).to_string(), "18446744073709551615");
    }
}
