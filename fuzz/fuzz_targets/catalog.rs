//! The target `catalog`; what it does is in `src/targets/catalog.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::catalog(bytes));
