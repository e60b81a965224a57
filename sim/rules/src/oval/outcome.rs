//! A result with its reason.

use super::{incomparable::Incomparable, model::Fault, tables::OvalResult};
use std::sync::Arc;

/// A result, and why it is neither true nor false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OvalOutcome {
    /// The result.
    pub result: OvalResult,
    /// Why it is neither true nor false; a clause without a full stop.
    pub reason: Option<Arc<str>>,
}

impl OvalOutcome {
    pub(super) const fn new(result: OvalResult, reason: Option<Arc<str>>) -> Self {
        Self { result, reason }
    }

    pub(super) fn error(reason: impl Into<Arc<str>>) -> Self {
        Self::new(OvalResult::Error, Some(reason.into()))
    }

    pub(super) fn negated(self, negate: bool) -> Self {
        Self { result: self.result.negated(negate), ..self }
    }
}

impl From<OvalResult> for OvalOutcome {
    fn from(result: OvalResult) -> Self {
        Self::new(result, None)
    }
}

impl From<&Fault> for OvalOutcome {
    fn from(fault: &Fault) -> Self {
        Self::error(Arc::clone(&fault.reason))
    }
}

impl From<Incomparable> for OvalOutcome {
    fn from(wrong: Incomparable) -> Self {
        Self::error(wrong.to_string())
    }
}
