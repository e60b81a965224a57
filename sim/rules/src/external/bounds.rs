//! How much a program may take.

use core::time::Duration;

/// What a program may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExternalBounds {
    /// How long it may take to answer.
    pub time_max: Duration,
    /// How many bytes of memory each of its processes may write to, in whole KiB; kept on Linux.
    pub memory_bytes_max: u64,
}

impl Default for ExternalBounds {
    fn default() -> Self {
        Self { time_max: Duration::from_secs(10), memory_bytes_max: 512 << 20 }
    }
}
