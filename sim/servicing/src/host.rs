//! A host: the values of its fields.

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
