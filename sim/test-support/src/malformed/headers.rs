//! Shapes of headers and sections, and files that are no PE files.

use super::{
    recipe::{Recipe, changed},
    sound::{Plan, Sound, TABLES_BYTES, TABLES_RAW, at, number},
};

pub(super) const RECIPES: &[Recipe] = &[
    ("sound-x86", || Sound::x86().bytes),
    ("sound-x64", || Sound::new(Plan::X64).bytes),
    ("sound-ia64", || Sound::new(Plan::IA64).bytes),
    ("machine-unknown", || changed(|it| it.put16(it.header() + 4, 0x1234))),
    // Files that are something else.
    ("empty", Vec::new),
    ("elf", || b"\x7fELF\x02\x01\x01".iter().copied().chain([0; 200]).collect()),
    ("script", || b"#!/bin/sh\nexit 0\n".to_vec()),
    ("dos-program", || changed(|it| it.put32(0x3C, 0x200))),
    ("new-executable", || changed(|it| it.put(it.header(), b"NE\x05\x1e"))),
    ("linear-executable", || changed(|it| it.put(it.header(), b"LE\0\0"))),
    ("no-dos-signature", || changed(|it| it.put(0, b"ZM"))),
    ("rom-image", || changed(|it| it.put16(it.optional(), 0x107))),
    // Cut short.
    ("cut-in-dos-header", || cut(0x30)),
    ("cut-behind-dos-header", || cut(0x40)),
    ("cut-in-file-header", || cut(0x80 + 12)),
    ("cut-in-optional-header", || cut(0x98 + 40)),
    ("cut-in-directories", || cut(0x98 + 120)),
    ("cut-in-section-headers", || cut(0x178 + 50)),
    ("cut-behind-headers", || cut(0x400)),
    ("cut-before-resources", || cut(TABLES_RAW + at::RESOURCES)),
    ("cut-by-one-byte", || cut(TABLES_RAW + TABLES_BYTES - 1)),
    // Where the header stands, and how long it says that it is.
    ("header-behind-the-end", || changed(|it| it.put32(0x3C, 0x0010_0000))),
    ("header-at-the-last-address", || changed(|it| it.put32(0x3C, 0xFFFF_FFFC))),
    ("header-inside-dos-header", || {
        Sound::new(Plan { header: 4, alignment: 4, ..Plan::X86 }).bytes
    }),
    ("header-unaligned", || Sound::new(Plan { header: 0x81, ..Plan::X86 }).bytes),
    ("optional-header-size-65535", || changed(|it| it.put16(it.header() + 20, 0xFFFF))),
    ("directory-count-huge", || changed(|it| it.put32(it.directory_count(), u32::MAX))),
    ("directory-count-zero", || changed(|it| it.put32(it.directory_count(), 0))),
    ("directory-count-two", || changed(|it| it.put32(it.directory_count(), 2))),
    ("checksum-right", checksum_right),
    ("checksum-wrong", || changed(|it| it.put32(it.optional() + 64, 0xBAD))),
    ("bytes-behind-the-sections", || {
        changed(|it| it.bytes.extend_from_slice(b"a signature, or an archive"))
    }),
    // Sections.
    ("no-sections", no_sections),
    ("no-sections-tables-outside", || changed(|it| it.put16(it.header() + 6, 0))),
    ("sections-96", || sections(96)),
    ("sections-97", || sections(97)),
    ("sections-65535", || changed(|it| it.put16(it.header() + 6, 0xFFFF))),
    ("section-of-no-size", section_of_no_size),
    ("sections-overlap", || changed(|it| it.put32(it.section(0) + 8, 0x1800))),
    ("sections-at-one-address", || changed(|it| it.put32(it.section(0) + 12, 0x2000))),
    ("sections-share-bytes", || changed(|it| it.put32(it.section(0) + 20, number(TABLES_RAW)))),
    ("section-below-page-size", || Sound::new(Plan { alignment: 0x200, ..Plan::X86 }).bytes),
    ("driver", || Sound::new(Plan { alignment: 0x80, subsystem: 1, ..Plan::X86 }).bytes),
    ("virtual-beyond-raw", virtual_beyond_raw),
    ("virtual-size-zero", || changed(|it| it.put32(it.section(1) + 8, 0))),
    ("virtual-size-huge", || changed(|it| it.put32(it.section(1) + 8, 0xFFFF_F000))),
    ("raw-beyond-virtual", || changed(|it| it.put32(it.section(1) + 8, 0x10))),
    ("raw-pointer-unaligned", || changed(|it| it.put32(it.section(1) + 20, 0x601))),
    ("raw-pointer-zero", || changed(|it| it.put32(it.section(1) + 20, 0))),
    ("raw-pointer-behind-the-end", || changed(|it| it.put32(it.section(1) + 20, 0x0010_0000))),
    ("raw-size-huge", || changed(|it| it.put32(it.section(1) + 16, 0xFFFF_FE00))),
];

/// The sound image up to a byte.
fn cut(length: usize) -> Vec<u8> {
    changed(|it| it.bytes.truncate(length))
}

/// The whole file is headers, which are mapped as they are.
fn no_sections() -> Vec<u8> {
    // Addresses that are file offsets, as they are in headers.
    let mut it = Sound::new(Plan { alignment: 0x200, ..Plan::X86 });
    it.put32(it.optional() + 32, 0x1000);
    it.put16(it.header() + 6, 0);
    it.put32(it.optional() + 60, 0x1200);
    it.put32(it.optional() + 56, 0x2000);
    it.bytes
}

/// So many sections, all but the first two with one page of zeros each and no bytes in the file.
fn sections(count: u16) -> Vec<u8> {
    // The section headers need more room than there is, so the file's parts move up.
    let plan = Plan { header: 0x80, ..Plan::X86 };
    let mut it = Sound::new(plan);
    let room = 0x1000_usize;
    let moved = it.bytes.split_off(0x400);
    it.bytes.resize(0x400 + room, 0);
    it.bytes.extend(moved);
    it.put32(it.optional() + 60, number(0x400 + room));
    it.put16(it.header() + 6, count);
    for index in 0..usize::from(count) {
        let header = it.section(index);
        if index < 2 {
            // Addresses of sections begin behind the headers.
            let raw = [0x400, TABLES_RAW].get(index).map_or(0, |raw| raw + room);
            it.put32(header + 20, number(raw));
        } else {
            it.put32(header + 8, 0x1000);
            it.put32(header + 12, 0x1000 + 0x1000 * number(index));
        }
    }
    // The first section would overlap the headers, so everything begins a page later in none of
    // them: the code moves behind all others.
    it.put32(it.section(0) + 12, 0x0020_0000);
    it.bytes
}

fn section_of_no_size() -> Vec<u8> {
    changed(|it| {
        it.put16(it.header() + 6, 3);
        it.put32(it.section(2) + 12, 0x3000);
    })
}

/// The export directory stands where the loader fills with zeros: it is there and exports nothing.
fn virtual_beyond_raw() -> Vec<u8> {
    changed(|it| {
        it.put32(it.section(1) + 8, 0x0001_0000);
        let place = it.rva(0x9000);
        it.put32(it.directory(0), place);
    })
}

/// The checksum as commonly described: 16 bits at a time, carries folded in, and the length.
fn checksum_right() -> Vec<u8> {
    changed(|it| {
        let mut sum = 0_u32;
        for pair in it.bytes.chunks(2) {
            let word = pair.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
            sum += word;
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        let sum = sum + number(it.bytes.len());
        it.put32(it.optional() + 64, sum);
    })
}
