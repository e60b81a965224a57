//! Levels, branches and architectures.

use crate::words::words;
use std::{fmt, str::FromStr};

words! {
    /// A servicing level: of an operating system, of media, or of one file by its lineage.
    pub enum Level {
        /// As first released.
        Rtm = "rtm",
        /// Service Pack 1.
        Sp1 = "sp1",
        /// Service Pack 2.
        Sp2 = "sp2",
    }
}

impl Level {
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
