//! Images, hives and hosts made for tests, independent of the code that reads them: images with
//! `object`'s writer or byte by byte, hives by hand.
//!
//! **Owns** what the tests of several crates give to readers: small sound files ([`image`],
//! [`hive`], [`host`]), a write that was not finished ([`log`]), many trees on the disk once
//! ([`links`]), and odd, contradictory and hostile PE files ([`malformed`]).
//!
//! **Must never know** the simulator, nor the code that reads these files.
//!
//! **Start reading** at [`host::Host`].

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "this crate is for tests: one that cannot go on stops there"
)]

pub mod hive;
pub mod host;
pub mod image;
pub mod links;
pub mod log;
pub mod malformed;
