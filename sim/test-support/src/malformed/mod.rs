//! Odd, contradictory and hostile PE files, made on demand.
//!
//! **Owns** the list of shapes: a sound image in which one thing is changed, or a file that only
//! looks like one. The same shapes come out on every machine.
//!
//! **Must never know** what a reader says about them. That stands in
//! `corpus/malformed/expectations.toml`, worked out by hand; the test `malformed` of the
//! detection core holds the core against it.
//!
//! **Start reading** at [`shapes`], then `sound.rs` for the image that is changed.

mod headers;
mod recipe;
mod resources;
mod sectors;
mod sound;
mod tables;

pub use sectors::EXIT_CODE;

/// One file.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What is odd about it, in a few words.
    pub name: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Every shape, by name.
pub fn shapes() -> Vec<Shape> {
    let recipes = [headers::RECIPES, sectors::RECIPES, tables::RECIPES, resources::RECIPES];
    let recipes = recipes.into_iter().flatten();
    let mut shapes: Vec<Shape> =
        recipes.map(|(name, make)| Shape { name, bytes: make() }).collect();
    shapes.sort_by_key(|shape| shape.name);
    shapes
}
