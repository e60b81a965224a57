//! YARA rules from outside, on small PE images.
#![cfg(feature = "yara")]

#[cfg(test)]
mod rules;
