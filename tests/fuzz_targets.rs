//! The fuzz targets on their seeds, with the stable toolchain.
//!
//! What `fuzz/` does with random inputs is done here with every malformed shape, with the files of
//! the corpus, and with inputs that were found once: those in `fuzz/regressions`. So the targets
//! are compiled and run wherever the tests are.

#[cfg(test)]
#[path = "../xtask/src/malformed/mod.rs"]
mod malformed;

#[cfg(test)]
#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

#[cfg(test)]
mod tests {
    use super::{malformed::shapes, targets};
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    type Target = (&'static str, fn(&[u8]));

    const TARGETS: [Target; 7] = [
        ("image", targets::image),
        ("hive", targets::hive),
        ("rule_file", targets::rule_file),
        ("scenario", targets::scenario),
        ("catalog", targets::catalog),
        ("oval", targets::oval),
        ("resolution", targets::resolution),
    ];

    fn below(folder: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let entries = fs::read_dir(&folder).expect("a folder of the checkout");
        let mut files: Vec<PathBuf> =
            entries.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_file()).collect();
        files.sort();
        files
    }

    #[test]
    fn what_was_found_once_is_survived() {
        let mut count = 0;
        for file in below("fuzz/regressions") {
            let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
            let target = TARGETS.iter().find(|(target, _)| name.starts_with(target));
            let (_, run) = target.unwrap_or_else(|| panic!("{name} names no target"));
            run(&fs::read(&file).expect("a file"));
            count += 1;
        }
        assert!(count >= 3, "{count}");
    }

    #[test]
    fn every_malformed_shape_keeps_the_promises_about_images() {
        for shape in shapes() {
            targets::image(&shape.bytes);
            targets::hive(&shape.bytes);
        }
    }

    #[test]
    fn the_corpus_keeps_the_promises_about_texts() {
        for file in below("corpus/scenarios").into_iter().take(3) {
            targets::scenario(&fs::read(file).expect("a file"));
        }
        for file in below("corpus/catalog") {
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
            let text = fs::read_to_string(&file).expect("a text");
            targets::catalog(format!("=== {name}\n{text}").as_bytes());
        }
    }

    #[test]
    fn images_that_ask_each_other_are_resolved_as_a_naive_walk_does() {
        // Numbers that look random and are the same every time (the generator of Park and Miller).
        let mut number: u64 = 2003;
        for _ in 0..300 {
            let bytes: Vec<u8> = (0..120)
                .map(|_| {
                    number = number * 48_271 % 0x7fff_ffff;
                    u8::try_from(number >> 8 & 0xFF).unwrap_or(0)
                })
                .collect();
            targets::resolution(&bytes);
            // Without changes of bytes, so that the comparison is exact.
            let described: Vec<u8> = bytes.iter().copied().take(60).collect();
            targets::resolution(&described);
        }
    }
}
