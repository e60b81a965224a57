//! The target `rule_file`; what it does is in `src/targets/rule_file.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::rule_file(bytes));
