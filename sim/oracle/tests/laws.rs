//! What is always true of servicing, whatever the order of steps.
//!
//! **Owns** laws of the model of servicing and of truth, each a test whose name states it: on
//! hosts that random orders reach, on both architectures, over the whole catalog.
//!
//! **Must never know** how a step is computed. A law follows from the rules as they are written
//! down, or it is not stated here.
//!
//! **Start reading** at `laws/check.rs` for how a law is checked, then `laws/packs.rs`.

#[cfg(test)]
#[path = "laws/canary.rs"]
mod canary;
#[cfg(test)]
#[path = "laws/check.rs"]
mod check;
#[cfg(test)]
#[path = "laws/compiled.rs"]
mod compiled;
#[cfg(test)]
#[path = "laws/components.rs"]
mod components;
#[cfg(test)]
#[path = "laws/encoding.rs"]
mod encoding;
#[cfg(test)]
#[path = "laws/hosts.rs"]
mod hosts;
#[cfg(test)]
#[path = "laws/orders.rs"]
mod orders;
#[cfg(test)]
#[path = "laws/packs.rs"]
mod packs;
#[cfg(test)]
#[path = "laws/snapshot.rs"]
mod snapshot;
#[cfg(test)]
#[path = "laws/truths.rs"]
mod truths;
#[cfg(test)]
#[path = "laws/updates.rs"]
mod updates;
