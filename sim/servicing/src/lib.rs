//! The model of servicing: a host and a step in, an outcome out.
//!
//! **Owns** what a step does to a host: base operating system, service packs, components, updates,
//! removal and repair, with every assumption as a switch; the compact encoding of hosts; the
//! registry that a host shows; and the differences between two hosts.
//!
//! **Must never know** bytes, files on disk, detection or search. No file name and no KB number
//! stands in its code: what there is, is the catalog's to say. It does no I/O and never fails on a
//! host that it made itself.
//!
//! **Start reading** at [`Model::apply`] in `apply.rs`, then `plan.rs`; `layout.rs` says what a
//! host is made of.

mod apply;
mod changes;
mod compiled;
mod copy;
mod encode;
mod factor;
mod groups;
mod guard;
mod host;
mod layout;
mod model;
mod outcome;
mod parts;
mod plan;
mod program;
mod registry;
mod resolve;
mod switches;
mod view;

pub use changes::{Changes, FileChange, RegistryChange};
pub use compiled::{CompiledModel, PackedHost, Projection};
pub use copy::FileCopy;
pub use encode::HostCode;
pub use factor::{Case, FieldFunction, GroupChange, SlotProgram, StepParts, Taken, Values};
pub use groups::{Group, Groups};
pub use host::Host;
pub use model::{Model, ModelError, Scope};
pub use outcome::{Outcome, Refusal};
pub use parts::Part;
pub use plan::Followed;
pub use registry::RegistryState;
pub use resolve::{Action, ActionNames, OrderError, StepProblem};
pub use switches::{
    ContainedUpdates, EmptyUpdates, FirstRelease, InPlace, LowerLineage, MigratedBackup, Migration,
    Offer, ReappliedBackup, Store, SwitchError, Switches,
};
pub use view::{HostView, Record};
