//! What a file says, with the place where it says so.

use std::ops::Range;

/// A value with the bytes of the file where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Range<usize>,
}
