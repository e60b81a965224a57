//! A check of the checkout, and the canary that tells when it has gone blind: a small imagined
//! checkout in which the check must find exactly the places that the canary names.

use crate::checkout::Checkout;
use std::fmt;

/// One check.
pub(crate) struct Check {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Finds what is wrong.
    pub(crate) find: fn(&Checkout) -> Vec<Place>,
    /// What it must find.
    pub(crate) canary: Canary,
}

/// An imagined checkout and the places that a check must find in it, no more and no fewer.
pub(crate) struct Canary {
    /// Files by path.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// What the `patchstate` command prints, by its arguments.
    pub(crate) outputs: &'static [(&'static str, &'static str)],
    /// Path and line of each finding, in order.
    pub(crate) places: &'static [(&'static str, usize)],
}

/// A place where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, below the root.
    pub(crate) path: String,
    /// The line, from 1; 0 where the whole file is meant.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) says: String,
}

impl Place {
    pub(crate) fn new(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, says: says.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.says),
            line => write!(f, "{}:{line}: {}", self.path, self.says),
        }
    }
}

impl Check {
    /// A finding about the check itself, if it does not find what its canary holds.
    pub(crate) fn blind(&self) -> Option<Place> {
        let imagined = Checkout::imagined(self.canary.files, self.canary.outputs);
        let found = (self.find)(&imagined);
        let places: Vec<_> = found.iter().map(|place| (place.path.as_str(), place.line)).collect();
        let says = format!(
            "the canary of `{}` is not found as it should be: expected {:?}, found {places:?}",
            self.name, self.canary.places
        );
        (places != self.canary.places).then(|| Place::new("xtask/src/tidy", 0, says))
    }
}
