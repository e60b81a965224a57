//! YARA rules from outside, on small PE images.
#![cfg(feature = "yara")]

#[expect(
    dead_code,
    reason = "the builder of the detection core's tests can do more than these ask"
)]
#[cfg(test)]
#[path = "../../../detect/tests/core/support/image.rs"]
mod image;

#[cfg(test)]
mod rules;
