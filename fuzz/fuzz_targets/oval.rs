//! The target `oval`; what it does is in `src/targets/oval.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::oval(bytes));
