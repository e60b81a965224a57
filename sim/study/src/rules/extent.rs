//! Which hosts a question about rules is about, and how much of them it needs.

use super::Evaluator;
use crate::{Facts, VerifyProgress};
use patchstate_explore::Bounds;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_terms::Architecture;

/// The hosts that a question is about.
#[derive(Clone, Debug)]
pub struct RuleScope {
    /// The architectures, in this order.
    pub architectures: Vec<Architecture>,
    /// The values of the switches.
    pub switches: Switches,
    /// What the steps may name.
    pub names: ActionNames,
    /// Whether the scope is searched in slices instead of as a whole.
    pub sliced: bool,
    /// Where to stop before the fixpoint.
    pub bounds: Bounds,
}

/// How much of a scope a question needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every slice, since the truth about a host depends on all of it; and no combinations of them.
    Slices,
    /// As little as gives every combination of what the rules read; every slice where none does.
    WhatIsRead,
    /// The hosts near a bare system of those slices together that have some of what rules read.
    Joined,
}

/// What a survey needs besides the scope.
pub(crate) struct SurveyRequest<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) scope: &'a RuleScope,
    pub(crate) evaluator: &'a Evaluator<'a>,
    pub(crate) extent: Extent,
    pub(crate) progress: &'a (dyn Fn(VerifyProgress) + Sync),
}
