//! Files that mean harm, given to everything that reads files.
//!
//! **Owns** the fuzz targets: what each does with its input, and what must hold whatever that is.
//! The programs in `fuzz_targets` only connect them to libFuzzer, whose entry point is a C
//! function; everything that is ours stands here, without `unsafe`. The test `fuzz_targets` of the
//! main workspace runs the same functions on every seed, with the stable toolchain.
//!
//! **Must never know** how a reader works: only what it promises.
//!
//! **Start reading** at `targets`.

#![forbid(unsafe_code)]

mod targets;

/// A target: the function that gets each input.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[doc = concat!("The target `", stringify!($name), "`.")]
            pub fn $name(bytes: &[u8]) {
                targets::$name(bytes);
            }
        )*
    };
}

targets![image, hive, rule_file, scenario, catalog, oval, resolution, diagram];
