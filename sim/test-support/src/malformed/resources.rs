//! Shapes of the resource tree and of the version in it.

use super::{
    recipe::{Recipe, changed},
    sound::{SUBFOLDER, Sound, TABLES_RAW, at, number, version_resource, version_resource_of},
};

/// Where the strings of the version begin: behind header, key and fixed part.
const STRINGS: usize = at::VERSION + 92;

pub(super) const RECIPES: &[Recipe] = &[
    ("resources-outside", || changed(|it| it.put32(it.directory(2), 0x00F0_0000))),
    ("resources-at-the-last-address", || changed(|it| it.put32(it.directory(2), 0xFFFF_FFF0))),
    ("resource-loop", || changed(|it| it.folder(at::RESOURCES, &[(16, SUBFOLDER)]))),
    ("resource-folder-outside", || {
        changed(|it| it.folder(at::RESOURCES, &[(16, SUBFOLDER | 0x7FFF_0000)]))
    }),
    ("resource-too-deep", resource_too_deep),
    ("resource-folder-huge", || changed(|it| it.table(at::RESOURCES + 12, &[u32::MAX]))),
    ("resource-folder-empty", || changed(|it| it.folder(at::RESOURCE_NAMES, &[]))),
    ("resource-without-version", || {
        changed(|it| {
            let to = SUBFOLDER | place(at::RESOURCE_NAMES);
            it.folder(at::RESOURCES, &[(6, to)]);
        })
    }),
    ("resource-leaf-outside", || changed(|it| it.table(at::LEAF, &[0x00F0_0000]))),
    ("resource-leaf-of-no-size", || changed(|it| it.table(at::LEAF + 4, &[0]))),
    ("resource-leaf-huge", || changed(|it| it.table(at::LEAF + 4, &[u32::MAX]))),
    ("version-in-two-languages", || languages([0x407, 0x409])),
    ("version-neutral-and-english", || languages([0, 0x409])),
    ("version-in-no-known-language", || languages([0x407, 0x40C])),
    ("version-length-zero", || changed(|it| it.put16(TABLES_RAW + at::VERSION, 0))),
    ("version-length-too-long", || changed(|it| it.put16(TABLES_RAW + at::VERSION, 0xFFFF))),
    ("version-length-too-short", || changed(|it| it.put16(TABLES_RAW + at::VERSION, 60))),
    ("version-value-too-long", || changed(|it| it.put16(TABLES_RAW + at::VERSION + 2, 0xFFFF))),
    ("version-value-of-no-size", || changed(|it| it.put16(TABLES_RAW + at::VERSION + 2, 0))),
    ("version-without-signature", || changed(|it| it.table(at::VERSION + 40, &[0]))),
    ("version-strings-of-no-length", || changed(|it| it.put16(TABLES_RAW + STRINGS, 0))),
    ("version-strings-too-long", || changed(|it| it.put16(TABLES_RAW + STRINGS, 0xFFFF))),
    ("version-keys-in-small-letters", || keys(str::to_ascii_lowercase)),
    ("version-keys-in-capitals", || keys(str::to_ascii_uppercase)),
    ("version-texts-disagree", || {
        changed(|it| {
            let content = version_resource([1, 2, 3, 4], "1.2.3.9 (made)");
            it.leaf(at::LEAF, at::VERSION, &content);
        })
    }),
    ("version-text-with-escapes", || {
        changed(|it| {
            let content = version_resource([1, 2, 3, 4], "1.2.3.4 \u{1b}[31m\u{202e}made");
            it.leaf(at::LEAF, at::VERSION, &content);
        })
    }),
];

fn place(to: usize) -> u32 {
    number(to - at::RESOURCES)
}

/// A fourth folder below that of languages.
fn resource_too_deep() -> Vec<u8> {
    changed(|it| {
        let deeper = at::OTHER_VERSION;
        it.folder(at::RESOURCE_LANGUAGES, &[(0x409, SUBFOLDER | place(deeper))]);
        it.folder(deeper, &[(0, place(at::LEAF))]);
    })
}

/// The version with its keys in other letters.
fn keys(letters: fn(&str) -> String) -> Vec<u8> {
    changed(|it| {
        let content = version_resource_of(letters, [1, 2, 3, 4], "1.2.3.4 (made)");
        it.leaf(at::LEAF, at::VERSION, &content);
    })
}

/// Two versions: 9.9.9.9 in the first language, that of the sound image in the second.
fn languages([first, second]: [u32; 2]) -> Vec<u8> {
    let mut it = Sound::x86();
    let entries = [(first, place(at::OTHER_LEAF)), (second, place(at::LEAF))];
    it.folder(at::RESOURCE_LANGUAGES, &entries);
    let content = version_resource([9, 9, 9, 9], "9.9.9.9 (made)");
    it.leaf(at::OTHER_LEAF, at::OTHER_VERSION, &content);
    it.bytes
}
