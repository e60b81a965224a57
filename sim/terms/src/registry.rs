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

/// The content of a registry value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegistryValue {
    /// `REG_SZ`.
    Text(String),
    /// `REG_EXPAND_SZ`.
    ExpandableText(String),
    /// `REG_DWORD`.
    Number(u32),
}

impl RegistryValue {
    /// The text of a string value.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::ExpandableText(text) => Some(text),
            Self::Number(_) => None,
        }
    }
}

impl fmt::Display for RegistryValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::ExpandableText(text) => write!(f, "\"{text}\""),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}
