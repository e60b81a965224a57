//! Architectures as they are asked for.

use clap::ValueEnum;
use patchstate_terms::Architecture;

/// An architecture on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arch {
    /// 32-bit Intel
    X86,
    /// 64-bit AMD and Intel
    X64,
}

impl From<Arch> for Architecture {
    fn from(arch: Arch) -> Self {
        match arch {
            Arch::X86 => Self::X86,
            Arch::X64 => Self::X64,
        }
    }
}
