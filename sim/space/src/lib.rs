//! The space of a scope: exactly the hosts that some install order leads to.
//!
//! Hosts are tuples of small numbers, and the space is a set of tuples, held as a decision diagram
//! (`patchstate-diagram`). Its variables and events come from `patchstate-servicing` alone: plans,
//! programs and guards. Every host of the diagram is reached by an install order, and every host
//! that an install order reaches is in it.
//!
//! **Owns** the order of variables, the events of steps, the search for all reachable hosts, and
//! questions about the set: counts, projections, samples, images and preimages of steps.
//!
//! **Must never know** rules or truth: a question comes to it as a set, a filter or a projection.
//!
//! **Start reading** at [`Space`], then `reach.rs`.

mod closures;
mod events;
mod reach;
mod space;
mod variables;
mod waiting;

pub use patchstate_diagram::{Count, Diagrams, Relation, Set, TooLarge};
pub use space::{Layers, Path, Space};
