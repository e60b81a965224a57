//! The command line as its users meet it.
//!
//! **Owns** what the program prints and exits with: transcripts of every command, kept as
//! snapshots in `snapshots/`, the promises about flags, exit codes, files and JSON, and that the
//! pages about it do what they say (`pages/`).
//!
//! **Must never know** how a result comes about: it starts the program and reads what it says.
//!
//! **Start reading** at `program.rs`, then `transcripts.rs`.

#[cfg(test)]
mod assumed;
#[cfg(test)]
mod catalogs;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod explore;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod flags;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod help;
#[cfg(test)]
mod hives;
#[cfg(test)]
mod json;
#[cfg(test)]
mod junit;
#[cfg(test)]
mod links;
#[cfg(test)]
mod many;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod output;
#[cfg(test)]
mod oval;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod products;
#[cfg(test)]
mod program;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod verdicts;
