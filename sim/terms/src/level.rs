//! Levels, branches and architectures.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A servicing level: of an operating system, of media, or of one file by its lineage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As first released.
    Rtm,
    /// Service Pack 1.
    Sp1,
    /// Service Pack 2.
    Sp2,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 3] = [Self::Rtm, Self::Sp1, Self::Sp2];

    /// The word used on the command line and in JSON: `rtm`, `sp1`, `sp2`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rtm => "rtm",
            Self::Sp1 => "sp1",
            Self::Sp2 => "sp2",
        }
    }

    /// 0 for RTM, 1 for Service Pack 1, 2 for Service Pack 2.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// How people write it: `RTM`, `SP1`, `SP2`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rtm => "RTM",
            Self::Sp1 => "SP1",
            Self::Sp2 => "SP2",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text is not a level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a level: expected rtm, sp1 or sp2")]
pub struct ParseLevelError(String);

impl FromStr for Level {
    type Err = ParseLevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| ParseLevelError(text.to_owned()))
    }
}

/// The servicing branch of one copy of a file.
///
/// The two copies of one fix share the revision; the branch shows only in the string part of the
/// file version (documented: the file tables of MS06-034).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Branch {
    /// General Distribution Release: security and critical fixes only. Baseline files count as GDR.
    Gdr,
    /// Quick Fix Engineering: all hotfixes, cumulative.
    Qfe,
}

impl Branch {
    /// Both branches.
    pub const ALL: [Self; 2] = [Self::Gdr, Self::Qfe];

    /// The word used on the command line and in JSON: `gdr`, `qfe`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gdr => "gdr",
            Self::Qfe => "qfe",
        }
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The architecture of a simulated host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// 32-bit Intel.
    X86,
    /// 64-bit AMD and Intel.
    X64,
}

impl Architecture {
    /// Both architectures.
    pub const ALL: [Self; 2] = [Self::X86, Self::X64];

    /// The word used on the command line and in JSON: `x86`, `x64`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::X64 => "x64",
        }
    }

    /// The machine that images of this architecture are for.
    #[must_use]
    pub const fn machine(self) -> Machine {
        match self {
            Self::X86 => Machine::I386,
            Self::X64 => Machine::Amd64,
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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
