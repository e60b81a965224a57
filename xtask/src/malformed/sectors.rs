//! Shapes of sections that begin or end within a sector of the file. The loader maps whole sectors
//! of 512 bytes, whatever the header says.

use super::{
    Recipe, changed,
    sound::{Sound, TABLES_RAW, at, number},
};

/// Where the names of the import table stand: in the last of the tables' six sectors.
const DLL: usize = 0xB00;
const HINT: usize = 0xB20;

pub(super) const RECIPES: &[Recipe] = &[
    ("raw-size-within-dll-name", || tables(0x600, DLL + 1)),
    ("raw-size-within-symbol", || tables(0x600, HINT + 4)),
    // One byte more than five sectors, since the loader begins a byte earlier.
    ("raw-size-and-pointer-unaligned", || tables(0x601, 0xA00)),
    ("raw-size-before-names", || tables(0x600, 0xA00)),
    ("raw-size-in-cut-sector", || {
        let mut bytes = tables(0x600, DLL + 1);
        bytes.truncate(TABLES_RAW + DLL + 4);
        bytes
    }),
    ("raw-size-in-cut-version", || {
        changed(|it| {
            // The version is 216 bytes long, from 0x680 on.
            it.put32(it.section(1) + 16, 0x620);
            it.bytes.truncate(TABLES_RAW + at::VERSION + 0x60);
        })
    }),
    ("file-alignment-of-a-page", || {
        changed(|it| {
            names_at_the_end(it);
            it.put32(it.optional() + 36, 0x1000);
            it.put32(it.section(1) + 16, 0xA00);
        })
    }),
    ("file-alignment-of-a-page-and-zeros", || {
        changed(|it| {
            it.put32(it.optional() + 36, 0x1000);
            it.put32(it.section(1) + 16, 0xA00);
        })
    }),
];

/// The sound image with names at the end of the tables, and with this in the header of their
/// section.
fn tables(raw_pointer: u32, raw_size: usize) -> Vec<u8> {
    changed(|it| {
        names_at_the_end(it);
        it.put32(it.section(1) + 16, number(raw_size));
        it.put32(it.section(1) + 20, raw_pointer);
    })
}

fn names_at_the_end(it: &mut Sound) {
    it.put(TABLES_RAW + DLL, b"KERNEL32.dll");
    it.put(TABLES_RAW + HINT + 2, b"ExitProcess");
    let thunks = [u64::from(it.rva(HINT)), it.by_ordinal(7), 0];
    it.thunks(at::IMPORT_LOOKUP, &thunks);
    it.thunks(at::IMPORT_ADDRESSES, &thunks);
    let dll = it.rva(DLL);
    it.table(at::IMPORTS + 12, &[dll]);
}
