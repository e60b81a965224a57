//! An install order as a picture: a strip with a panel for each step.
//!
//! **Owns** how a strip looks: what stands where, shapes and colours, how wide a text is at the
//! most, and the words that a screen reader gets instead. It is one SVG that needs nothing else: no
//! script, no font, no other file.
//!
//! **Must never know** how a result came about, nor a fact: levels, names and reasons come with the
//! result and its catalog. It computes nothing about hosts. Equal results give equal bytes.
//!
//! **Start reading** at `picture.rs`, then `strip.rs` and `row.rs`.

mod fault;
mod legend;
mod lettering;
mod marks;
mod panel;
mod picture;
mod row;
mod sheet;
mod strip;
mod words;

pub use picture::{order, repair};
