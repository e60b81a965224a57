//! Rules that users bring, beside the core alone, a closure written by hand, and YARA.
//!
//! `work/rules.rs` says what is measured and what the peers do; `ratios` prints the same as a
//! table.

mod work {
    pub(crate) mod comparison;
    pub(crate) mod measure;
    pub(crate) mod rules;
    pub(crate) mod scope;
}

use std::env;

fn main() -> Result<(), work::comparison::Failure> {
    let mut comparisons = work::rules::comparisons()?;
    // As a test, a scope of seconds is not worth its time.
    if env::args().any(|argument| argument == "--bench") {
        comparisons.push(work::rules::over_the_catalog()?);
    }
    work::measure::measure(&comparisons)
}
