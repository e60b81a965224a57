//! A second model of servicing and of truth, naive, with strings and maps.
//!
//! **Must never know** how the real model is built: it shares the catalog's data and nothing else,
//! so that a mistake has to be made twice to stay unseen. Only [`beside`] says what hosts and
//! outcomes of the real model are in the words of this one.

pub mod beside;
pub mod facts;
pub mod host;
pub mod rules;
pub mod truth;
