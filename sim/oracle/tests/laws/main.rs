//! What is always true of servicing, whatever the order of steps.
//!
//! **Owns** laws of the model of servicing and of truth, each a test whose name states it: on
//! hosts that random orders reach, on both architectures, over the whole catalog.
//!
//! **Must never know** how a step is computed. A law follows from the rules as they are written
//! down, or it is not stated here.
//!
//! **Start reading** at `check.rs` for how a law is checked, then `packs.rs`.

#[cfg(test)]
mod canary;
#[cfg(test)]
mod check;
#[cfg(test)]
mod compiled;
#[cfg(test)]
mod components;
#[cfg(test)]
mod encoding;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod packs;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
mod truths;
#[cfg(test)]
mod updates;
