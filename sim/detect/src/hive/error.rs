//! What is wrong with a hive.

/// What is wrong with a hive where it was being read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct HiveError {
    reason: String,
}

impl HiveError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}
