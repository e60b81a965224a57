//! A host: the values of its fields.

use patchstate_terms::Level;
use std::fmt;

/// One simulated machine. Equal hosts are equal values; what the numbers mean is known by the
/// [`Model`](crate::Model) that made them (see [`Model::view`](crate::Model::view)).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    pub(crate) fields: Box<[u8]>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host{:?}", self.fields)
    }
}

impl Host {
    /// The values of the fields, in the order of [`Model::parts`](crate::Model::parts).
    #[must_use]
    pub fn values(&self) -> &[u8] {
        &self.fields
    }
}

/// The level of a field value; fields never hold more than 2.
pub(crate) fn level(field: u8) -> Level {
    match field {
        0 => Level::Rtm,
        1 => Level::Sp1,
        _ => Level::Sp2,
    }
}

/// The field value of a level.
#[expect(clippy::cast_possible_truncation, reason = "there are three levels")]
pub(crate) fn level_field(level: Level) -> u8 {
    level.index() as u8
}
