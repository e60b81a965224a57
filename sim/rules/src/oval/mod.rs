//! OVAL 5.x definition documents as rules.
//!
//! **Owns** reading documents and repositories of single elements, the evaluation tables of the
//! language, and what a result means for the status of a host.
//!
//! **Must never know** how evidence is read from bytes, nor where a host came from.
//!
//! Supported are criteria of every shape, `family_test`, `unknown_test`, and the `file_test` and
//! `registry_test` of the platform *windows*, as far as evidence reaches: names and versions of
//! files below the Windows folder (all of a folder that a pattern matches, too), keys and values of
//! `HKEY_LOCAL_MACHINE\SOFTWARE` and `\SYSTEM` (also by pattern), sets of items and filters. A test
//! about a hive that a tree does not have is *not applicable*. What is not supported is named when
//! a document is read, and whatever needs it is an *error*, never a guess.
//!
//! **Start reading** at [`OvalDocument`], then [`OvalRule`]; inside, at `model` for the shapes,
//! `tables` for how results are combined, and `evaluate` for how they come to be.

pub(crate) mod codes;
mod collect;
mod compare;
mod content;
mod definitions;
mod document;
mod evaluate;
mod evaluation;
mod grounds;
mod incomparable;
mod item;
mod language;
mod markup;
mod model;
mod objects;
mod options;
mod outcome;
mod parse;
mod parts;
mod paths;
mod patterns;
mod reads;
mod registry;
mod rule;
mod searched;
mod sets;
mod tables;
mod texts;
mod xml;

pub use document::{OvalDefinition, OvalDocument};
pub use language::{OvalLanguage, oval_language};
pub use model::OvalClass;
pub use options::{MissingReferences, OvalOptions};
pub use outcome::OvalOutcome;
pub(crate) use parts::{OvalParts, OvalRemainder};
pub use rule::OvalRule;
pub use tables::OvalResult;

#[cfg(test)]
mod tests;
