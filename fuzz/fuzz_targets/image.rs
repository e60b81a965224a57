//! The target `image`; what it does is in `src/targets/image.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchstate_fuzz::image(bytes));
