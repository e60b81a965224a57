//! Writing all images of the scope of the incident, beside plain filling and `object`'s writer.
//!
//! `work/image.rs` says what is measured and what the peers do; `ratios` prints the same as a
//! table.

mod work {
    pub(crate) mod comparison;
    pub(crate) mod image;
    pub(crate) mod measure;
    pub(crate) mod scope;
}

fn main() -> Result<(), work::comparison::Failure> {
    work::measure::measure(&[work::image::comparison()?])
}
