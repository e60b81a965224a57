//! Trees that are damaged, odd or meant to do harm.
//!
//! **Owns** the promises about them: no panic, no endless wait, bounded memory, nothing half
//! written, and no host called healthy whose evidence could not be read.
//!
//! **Start reading** at `hostile/trees.rs`, which makes the trees, then `hostile/damage.rs`.

#[cfg(test)]
#[path = "hostile/bytes.rs"]
mod bytes;
#[cfg(test)]
#[path = "hostile/catalogs.rs"]
mod catalogs;
#[cfg(test)]
#[path = "hostile/changes.rs"]
mod changes;
#[cfg(test)]
#[path = "hostile/damage.rs"]
mod damage;
#[cfg(test)]
#[path = "../xtask/src/malformed/mod.rs"]
mod malformed;
#[cfg(test)]
#[path = "hostile/mistakes.rs"]
mod mistakes;
#[cfg(test)]
#[path = "hostile/output.rs"]
mod output;
#[cfg(test)]
#[path = "hostile/shown.rs"]
mod shown;
#[cfg(test)]
#[path = "hostile/trees.rs"]
mod trees;
