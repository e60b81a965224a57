//! Why a task cannot go on.

/// What a task that cannot go on says.
pub(crate) type Failure = Box<dyn std::error::Error>;
