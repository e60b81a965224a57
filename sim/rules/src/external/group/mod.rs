//! A program together with what it started: bounding, awaiting and ending all of it.
//!
//! **Owns** what systems do differently about that, one file for each: a process group on Unix, a
//! job object on Windows.
//!
//! Nothing here reads a clock: the bound of time is the longest that a channel is waited on.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::process::{ChildStderr, ChildStdin, ChildStdout};
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use system::end_programs;
pub(super) use system::{Program, bounded};

/// What happens while a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Ended,
    AnswerTooLong,
}

/// The ends of its pipes that are ours, where there are such pipes.
#[derive(Debug)]
pub(super) struct Pipes {
    pub(super) input: Option<ChildStdin>,
    pub(super) output: Option<ChildStdout>,
    pub(super) errors: Option<ChildStderr>,
}
