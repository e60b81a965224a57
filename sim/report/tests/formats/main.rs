//! The formats for continuous integration, of a verification that was written by hand.
//!
//! `sarif-2.1.0.json` is the schema of OASIS, as the crate `serde-sarif` 0.8.0 carries it.

#[cfg(test)]
mod verification;

#[cfg(test)]
mod annotations;
#[cfg(test)]
mod junit;
#[cfg(test)]
mod sarif;
