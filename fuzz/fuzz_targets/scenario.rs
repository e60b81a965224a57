//! The target `scenario`; what it does is in `src/targets/scenario.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::scenario(bytes));
