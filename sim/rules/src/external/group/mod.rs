//! A program together with what it started: bounding, awaiting and ending all of it.
//!
//! **Owns** what systems do differently about that, one file for each: a process group on Unix, a
//! job object on Windows.
//!
//! Nothing here reads a clock: the bound of time is the longest that a channel is waited on.

mod common;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(super) use common::{Event, Pipes};
pub use system::end_programs;
pub(super) use system::{Program, bounded};
