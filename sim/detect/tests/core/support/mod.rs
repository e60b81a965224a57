//! Images, hives and hosts made for tests, independent of the code that reads them: images with
//! `object`'s writer, hives by hand.

pub(crate) mod hive;
pub(crate) mod host;
pub(crate) mod image;
pub(crate) mod log;
