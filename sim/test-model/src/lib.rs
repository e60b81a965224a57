//! What the tests of model, search and truth share.
//!
//! **Owns** a second model of servicing and of truth, written apart from the real one
//! ([`second_model`]), random install orders ([`orders`]), scopes ([`scope`]), and catalogs with
//! made-up updates ([`made_up`]).
//!
//! **Must never know** what is built on the model: spaces, images, verdicts, studies.
//!
//! **Start reading** at `second_model/rules.rs`.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "this crate is for tests: one that cannot go on stops there"
)]

pub mod made_up;
pub mod orders;
pub mod scope;
pub mod second_model;

pub use scope::{CATALOG, NT4};
