//! Which odd and damaged PE files the core reads, beside goblin and object.
//!
//! This is the measurement behind a decision: where goblin refuses a file that Windows and other
//! readers accept, the core does not say *unreadable*, but walks the headers itself, under limits.
//! The counts that were measured stand here, so that an update of a reader that changes them is
//! noticed.

use object::read::pe::{PeFile32, PeFile64};
use patchstate_detect::inspect;
use patchstate_test_support::malformed::shapes;

/// Shapes that others read and the core refuses: Windows refuses each of them.
const REFUSED: [&str; 9] = [
    "cut-in-directories",
    "cut-in-section-headers",
    "optional-header-size-65535",
    "rom-image",
    "sections-65535",
    "sections-97",
    "sections-at-one-address",
    "sections-overlap",
    "virtual-size-huge",
];

/// How many files of a set each reader takes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    files: usize,
    core: usize,
    /// Of these, the ones of which nothing is unknown.
    core_whole: usize,
    goblin: usize,
    object: usize,
    /// Read by the core and refused by goblin.
    core_only: usize,
    /// Taken by goblin, and by the core not even in part.
    goblin_only: usize,
}

impl Counts {
    /// Counts a file; says whether another reader takes it and the core does not.
    fn add(&mut self, bytes: &[u8]) -> bool {
        let inspection = inspect(bytes);
        let core = inspection.is_readable();
        let goblin = goblin::pe::PE::parse(bytes).is_ok();
        let object = PeFile32::parse(bytes).is_ok() || PeFile64::parse(bytes).is_ok();
        self.files += 1;
        self.core += usize::from(core);
        self.core_whole += usize::from(core && inspection.image.problems.is_empty());
        self.goblin += usize::from(goblin);
        self.object += usize::from(object);
        self.core_only += usize::from(core && !goblin);
        self.goblin_only += usize::from(goblin && !core);
        !core && (goblin || object)
    }
}

#[test]
fn of_the_shapes_the_core_reads_many_that_goblin_refuses() {
    let mut counts = Counts::default();
    for shape in shapes() {
        if counts.add(&shape.bytes) {
            assert!(REFUSED.contains(&shape.name), "{}", shape.name);
        }
    }
    let measured = Counts {
        files: 140,
        core: 118,
        core_whole: 73,
        goblin: 91,
        object: 121,
        core_only: 31,
        goblin_only: 4,
    };
    assert_eq!(counts, measured);
}

#[test]
fn of_damaged_images_the_core_reads_many_that_goblin_refuses() {
    let sound: Vec<Vec<u8>> = shapes()
        .into_iter()
        .filter(|shape| shape.name.starts_with("sound-"))
        .map(|shape| shape.bytes)
        .collect();
    // Numbers that look random and are the same every time (the generator of Park and Miller).
    let mut number: u64 = 1959;
    let mut below = |bound: usize| {
        number = number * 48_271 % 0x7fff_ffff;
        usize::try_from(number).unwrap_or(0) % bound
    };
    let mut counts = Counts::default();
    for turn in 0..3000 {
        let mut bytes = sound[turn % sound.len()].clone();
        for _ in 0..=turn % 3 {
            // Headers and tables; padding and code would change nothing.
            let at = if turn % 2 == 0 { below(0x1D0) } else { 0x600 + below(0x700) };
            bytes[at] = u8::try_from(below(256)).unwrap_or(0);
        }
        counts.add(&bytes);
    }
    let measured = Counts {
        files: 3000,
        core: 2892,
        core_whole: 2565,
        goblin: 2384,
        object: 2883,
        core_only: 522,
        goblin_only: 14,
    };
    assert_eq!(counts, measured);
}
