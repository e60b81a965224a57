//! Writes small folders whose worker processes break in ways in which no host of the default scope
//! does, for programs that want to run them: `cargo run --example load_closures -- FOLDER`.
//!
//! **Owns** the folder that is named, which must not exist: one folder a row and architecture, with
//! a Windows folder that `scan` can judge, and `closures.json`, which says in plain words what each
//! row is, what must be missing, and what is peculiar to Wine.
//!
//! **Must never know** what will look at the files, and must not compute what is missing: that was
//! worked out by hand.
//!
//! **Start reading** at `rows.rs`, the table.

mod row;
mod rows;
mod sound_rows;
mod write;

use std::{error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("which folder?")?;
    write::all(&folder)
}
