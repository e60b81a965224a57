//! What is the same about a program on every system.

use std::process::{ChildStderr, ChildStdin, ChildStdout};

/// What happens while a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Event {
    Ended,
    AnswerTooLong,
}

/// The ends of its pipes that are ours, where there are such pipes.
#[derive(Debug)]
pub(in super::super) struct Pipes {
    pub(in super::super) input: Option<ChildStdin>,
    pub(in super::super) output: Option<ChildStdout>,
    pub(in super::super) errors: Option<ChildStderr>,
}
