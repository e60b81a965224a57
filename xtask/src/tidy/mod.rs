//! The shape of the source: what a reviewer should not have to look for.
//!
//! **Owns** the list of checks, each with a canary: a small imagined checkout in which the check
//! must find exactly the places that the canary names. A check that has gone blind fails with it.
//!
//! **Must never know** how the checkout was read, nor print while it checks.
//!
//! **Start reading** at [`CHECKS`].

mod absence;
mod edges;
mod facts;
mod flags;
mod headers;
mod lengths;
mod links;
mod lints;
mod literals;
mod safety;
mod words;

use crate::{Failure, checkout::Checkout, screen::say};
use std::fmt;

/// Every check.
pub(crate) const CHECKS: [Check; 16] = [
    edges::CHECK,
    absence::PRINTING,
    absence::AMBIENT,
    absence::INPUT_OUTPUT,
    facts::CHECK,
    headers::CHECK,
    safety::CHECK,
    lengths::FILES,
    lengths::FUNCTIONS,
    lengths::LINES,
    literals::RAW,
    literals::CODES,
    words::BANNED,
    words::WORKSHOP,
    links::CHECK,
    flags::CHECK,
];

/// Checks that look at attributes.
pub(crate) const ATTRIBUTE_CHECKS: [Check; 2] = [lints::EXCEPTIONS, lints::TESTS];

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

/// Every check, first on its canary, then on the checkout.
pub(crate) fn run() -> Result<bool, Failure> {
    let checkout = Checkout::read()?;
    let mut count = 0;
    for check in all() {
        let blind = check.blind();
        let places = (check.find)(&checkout);
        count += places.len() + blind.iter().len();
        for place in places.iter().chain(&blind) {
            say(&format!("{place} [{}]", check.name));
        }
    }
    let files = checkout.paths.len();
    say(&match count {
        0 => format!("tidy: {} checks, {files} files, nothing found", all().count()),
        1 => format!("tidy: 1 finding in {files} files"),
        _ => format!("tidy: {count} findings in {files} files"),
    });
    Ok(count == 0)
}

fn all() -> impl Iterator<Item = Check> {
    CHECKS.into_iter().chain(ATTRIBUTE_CHECKS)
}

impl Check {
    /// A finding about the check itself, if it does not find what its canary holds.
    fn blind(&self) -> Option<Place> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_finds_its_canary_and_nothing_else_beside_it() {
        for check in all() {
            assert!(!check.canary.places.is_empty(), "`{}` has no canary", check.name);
            assert_eq!(check.blind(), None);
        }
    }

    #[test]
    fn the_checkout_is_tidy() {
        let checkout = Checkout::read().expect("the checkout can be read");
        let places: Vec<String> = all()
            .flat_map(|check| (check.find)(&checkout))
            .map(|place| place.to_string())
            .collect();
        assert!(places.is_empty(), "\n{}", places.join("\n"));
    }
}
