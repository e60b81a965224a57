//! Why values cannot be compared.

use std::fmt;

/// Why values cannot be compared; a clause without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Incomparable {
    /// The operation is none of the datatype's, or one that is not supported.
    Unsupported(String),
    /// The stated text is no value of the datatype.
    Stated(String),
    /// The value on the host is none.
    Actual(String),
}

impl fmt::Display for Incomparable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(reason) | Self::Stated(reason) | Self::Actual(reason) => {
                f.write_str(reason)
            }
        }
    }
}
