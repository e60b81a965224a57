//! The whole `verify` of the scope of the incident, beside the same host by host without sharing.
//!
//! `work/end_to_end.rs` says what is measured and what the peers do; `ratios` prints the same as a
//! table.

mod work {
    pub(crate) mod comparison;
    pub(crate) mod end_to_end;
    pub(crate) mod measure;
    pub(crate) mod scope;
}

fn main() -> Result<(), work::comparison::Failure> {
    work::measure::measure(&[work::end_to_end::comparison()?])
}
