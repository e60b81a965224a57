//! The shape of the source: what a reviewer should not have to look for.
//!
//! **Owns** the list of checks, each with a canary ([`check`]), and runs them.
//!
//! **Must never know** how the checkout was read, nor print while it checks.
//!
//! **Start reading** at [`CHECKS`].

mod absence;
mod book;
mod check;
mod cycles;
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

use crate::{checkout::Checkout, failure::Failure, screen::say};
use check::Check;

/// Every check.
pub(crate) const CHECKS: [Check; 18] = [
    edges::CHECK,
    cycles::CHECK,
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
    book::CHECK,
    flags::CHECK,
];

/// Checks that look at attributes.
pub(crate) const ATTRIBUTE_CHECKS: [Check; 2] = [lints::EXCEPTIONS, lints::TESTS];

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
