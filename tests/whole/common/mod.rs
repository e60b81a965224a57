//! What several of these tests share: every host of a scope, and what images and registries of a
//! host should say.

pub(crate) mod image_facts;
pub(crate) mod reach;
pub(crate) mod registry_facts;
pub(crate) mod round_trip;
pub(crate) mod verdicts;
