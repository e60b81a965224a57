//! All rooms together: model, images, detection core and oracle on whole scopes.
//!
//! **Owns** what takes more than one room to say: that the core is right on every host, that bytes
//! say what the catalog says, that searches, sets of hosts and rules agree with each other, and
//! that damaged trees do no harm. It is one program, since most of building a test is linking.
//!
//! **Must never know** how a result looks: that is `tests/cli`.
//!
//! **Start reading** at `verify.rs`, then `round_trip.rs`.

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod common;
#[cfg(test)]
mod composed;
#[cfg(test)]
mod corpus_rules;
#[cfg(test)]
mod counterexamples;
#[cfg(test)]
mod explorer;
#[cfg(test)]
mod fuzz_targets;
#[cfg(test)]
mod hive_round_trip;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod remedies;
#[cfg(test)]
mod remedies_together;
#[cfg(test)]
mod repair;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod rule_questions;
#[cfg(test)]
mod scenario_files;
#[cfg(test)]
mod slices;
#[cfg(test)]
mod stateright;
#[cfg(test)]
mod verify;
