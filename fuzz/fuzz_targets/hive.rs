//! The target `hive`; what it does is in `src/targets/hive.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::hive(bytes));
