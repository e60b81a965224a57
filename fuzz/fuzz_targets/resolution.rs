//! The target `resolution`; what it does is in `src/targets/resolution.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::resolution(bytes));
