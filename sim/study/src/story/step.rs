//! One step of a story: what it did.

use patchstate_oracle::Truth;
use patchstate_servicing::{Changes, Host};
use patchstate_terms::Step;

/// One step of a story.
#[derive(Clone, Debug)]
pub struct StoryStep {
    /// The step.
    pub step: Step,
    /// What it did.
    pub outcome: StepOutcome,
    /// Why it was refused, as a sentence without a full stop.
    pub reason: Option<String>,
    /// What the package returned, where that is known.
    pub exit_code: Option<u32>,
    /// Files and registry values that are not what they were.
    pub changes: Changes,
    /// The host after the step.
    pub after: Host,
    /// What is really the case after it.
    pub truth: Truth,
}

/// What a step did, without the host that came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepOutcome {
    /// The host became another one.
    Applied,
    /// There was nothing to do.
    Unchanged,
    /// Windows refuses the step.
    Refused,
}

impl StepOutcome {
    /// The word used in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}
