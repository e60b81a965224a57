//! Reaching all hosts of the scope of the incident, beside the search of a textbook.
//!
//! `work/explore.rs` says what is measured and what the peers do; `ratios` prints the same as a
//! table.

mod work {
    pub(crate) mod comparison;
    pub(crate) mod explore;
    pub(crate) mod measure;
    pub(crate) mod scope;
}

fn main() -> Result<(), work::comparison::Failure> {
    work::measure::measure(&[work::explore::comparison()?])
}
