//! Trees that are damaged, odd or meant to do harm.
//!
//! **Owns** the promises about them: no panic, no endless wait, bounded memory, nothing half
//! written, and no host called healthy whose evidence could not be read.
//!
//! **Start reading** at `hostile/trees.rs`, which makes the trees, then `hostile/damage.rs`.

mod bytes;
mod catalogs;
mod changes;
mod damage;
mod mistakes;
mod output;
mod shown;
mod trees;
