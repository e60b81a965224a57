//! Levels, branches and architectures.

use crate::words::words;
use std::{fmt, str::FromStr};

/// A servicing level: of an operating system, of media, or of one file by its lineage. It is as
/// first released, or that of a service pack; a service pack has a number, and a re-release of it a
/// letter behind that (`sp6a`). Which levels a product has is data; this is only their order and
/// their names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

/// The names of levels, lowest first, as the command line and as people write them.
const NAMES: [(&str, &str); 19] = [
    ("rtm", "RTM"),
    ("sp1", "SP1"),
    ("sp1a", "SP1a"),
    ("sp2", "SP2"),
    ("sp2a", "SP2a"),
    ("sp3", "SP3"),
    ("sp3a", "SP3a"),
    ("sp4", "SP4"),
    ("sp4a", "SP4a"),
    ("sp5", "SP5"),
    ("sp5a", "SP5a"),
    ("sp6", "SP6"),
    ("sp6a", "SP6a"),
    ("sp7", "SP7"),
    ("sp7a", "SP7a"),
    ("sp8", "SP8"),
    ("sp8a", "SP8a"),
    ("sp9", "SP9"),
    ("sp9a", "SP9a"),
];

impl Level {
    /// As first released.
    pub const RTM: Self = Self(0);
    /// Service Pack 1.
    pub const SP1: Self = Self(1);
    /// Service Pack 2.
    pub const SP2: Self = Self(3);

    /// Every level that has a name, lowest first, whether a product has it or not.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0_u8..).take(NAMES.len()).map(Self)
    }

    /// The number of the service pack; 0 for RTM. A re-release has the number of what it replaces.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0.div_ceil(2)
    }

    /// Whether it is that of a service pack that was released again, such as `sp6a`.
    #[must_use]
    pub const fn is_re_release(self) -> bool {
        self.0 > 0 && self.number() * 2 == self.0
    }

    /// Whether it is that of a service pack.
    #[must_use]
    pub const fn is_service_pack(self) -> bool {
        self.0 > 0
    }

    /// The word used on the command line, in output and in files: `rtm`, `sp1`, `sp6a`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        NAMES[self.0 as usize].0
    }

    /// How people write it: `RTM`, `SP1`, `SP6a`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        NAMES[self.0 as usize].1
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

impl serde::Serialize for Level {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Level {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let found = Self::all().find(|level| level.as_str() == text);
        found.ok_or_else(|| serde::de::Error::custom(ParseLevelError(text.into_owned())))
    }
}

/// A text is not a level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a level: expected rtm, or sp and a number")]
pub struct ParseLevelError(String);

impl FromStr for Level {
    type Err = ParseLevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all()
            .find(|level| level.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| ParseLevelError(text.to_owned()))
    }
}

words! {
    /// The servicing branch of one copy of a file.
    ///
    /// The two copies of one fix share the revision; the branch shows only in the string part of
    /// the file version (documented: the file tables of MS06-034).
    pub enum Branch {
        /// General Distribution Release: security and critical fixes only. Baseline files count as
        /// GDR.
        Gdr = "gdr",
        /// Quick Fix Engineering: all hotfixes, cumulative.
        Qfe = "qfe",
    }
}

words! {
    /// The architecture of a simulated host.
    pub enum Architecture {
        /// 32-bit Intel.
        X86 = "x86",
        /// 64-bit AMD and Intel.
        X64 = "x64",
    }
}

impl Architecture {
    /// The machine that images of this architecture are for.
    #[must_use]
    pub const fn machine(self) -> Machine {
        match self {
            Self::X86 => Machine::I386,
            Self::X64 => Machine::Amd64,
        }
    }
}

/// The machine field of a PE file (PE/COFF specification, *Machine Types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Machine {
    /// `IMAGE_FILE_MACHINE_I386`, 0x14c.
    I386,
    /// `IMAGE_FILE_MACHINE_AMD64`, 0x8664.
    Amd64,
    /// `IMAGE_FILE_MACHINE_IA64`, 0x200.
    Ia64,
    /// Any other value.
    Other(u16),
}

impl Machine {
    /// The machine with this number.
    #[must_use]
    pub const fn from_number(number: u16) -> Self {
        match number {
            0x14c => Self::I386,
            0x8664 => Self::Amd64,
            0x200 => Self::Ia64,
            other => Self::Other(other),
        }
    }

    /// The number in the file header.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::I386 => 0x14c,
            Self::Amd64 => 0x8664,
            Self::Ia64 => 0x200,
            Self::Other(other) => other,
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I386 => f.pad("i386"),
            Self::Amd64 => f.pad("amd64"),
            Self::Ia64 => f.pad("ia64"),
            Self::Other(number) => f.pad(&format!("{number:#06x}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_in_the_order_of_their_numbers_and_a_letter_comes_behind() {
        let words = ["rtm", "sp1", "sp2", "sp3", "sp6", "sp6a", "sp7", "sp9a"];
        let levels: Vec<Level> = words.iter().map(|word| word.parse().unwrap()).collect();
        assert!(levels.is_sorted());
        assert_eq!(levels.iter().map(ToString::to_string).collect::<Vec<_>>(), words);
        assert_eq!([Level::RTM, Level::SP1, Level::SP2], levels[..3]);
        assert_eq!(levels.iter().map(|l| l.number()).collect::<Vec<_>>(), [0, 1, 2, 3, 6, 6, 7, 9]);
        assert_eq!(levels.iter().filter(|l| l.is_re_release()).count(), 2, "sp6a and sp9a");
        for level in Level::all() {
            assert_eq!(level.title().to_lowercase(), level.as_str());
            assert_eq!(level.as_str().to_uppercase().parse(), Ok(level));
        }
        for text in ["", "sp", "sp0", "sp10", "sp01", "sp2b", "rtma"] {
            assert!(text.parse::<Level>().is_err(), "{text}");
        }
    }
}
