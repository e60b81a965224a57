//! The target `diagram`; what it does is in `src/targets/diagram.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::diagram(bytes));
