//! Shapes of sections that begin or end within a sector of the file. The loader maps whole sectors
//! of 512 bytes, whatever the header says.
//!
//! Those whose name begins with `program` are for x64 and call `ExitProcess` with [`EXIT_CODE`]: a
//! loader that finds the names of their imports runs them.

use super::{
    recipe::{Recipe, changed},
    sound::{Plan, Sound, TABLES_RAW, TEXT_RAW, at, number},
};

/// What programs end with.
pub const EXIT_CODE: u32 = 42;

/// Where the names of the import table stand: in the last of the tables' six sectors.
const DLL: usize = 0xB00;
const HINT: usize = 0xB20;

pub(super) const RECIPES: &[Recipe] = &[
    ("program", || program(0x600, 0xC00)),
    ("program-raw-size-within-dll-name", || program(0x600, DLL + 1)),
    ("program-raw-size-within-symbol", || program(0x600, HINT + 4)),
    ("program-raw-size-and-pointer-unaligned", || program(0x601, 0xA00)),
    ("program-raw-size-before-names", || program(0x600, 0xA00)),
    ("raw-size-within-dll-name", || library(0x600, DLL + 1)),
    ("raw-size-within-symbol", || library(0x600, HINT + 4)),
    // One byte more than five sectors, since the loader begins a byte earlier.
    ("raw-size-and-pointer-unaligned", || library(0x601, 0xA00)),
    ("raw-size-before-names", || library(0x600, 0xA00)),
    ("raw-size-in-cut-sector", || {
        let mut bytes = library(0x600, DLL + 1);
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
            let seven = it.by_ordinal(7);
            names_at_the_end(it, &[seven]);
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
fn library(raw_pointer: u32, raw_size: usize) -> Vec<u8> {
    changed(|it| {
        let seven = it.by_ordinal(7);
        names_at_the_end(it, &[seven]);
        tables_are_at(it, raw_pointer, raw_size);
    })
}

/// The same for a program.
fn program(raw_pointer: u32, raw_size: usize) -> Vec<u8> {
    // Not a library, for the console.
    let mut it = Sound::new(Plan { subsystem: 3, ..Plan::X64 });
    it.put16(it.header() + 22, 0x22);
    names_at_the_end(&mut it, &[]);
    tables_are_at(&mut it, raw_pointer, raw_size);
    // The loader writes addresses into the tables.
    it.put32(it.section(1) + 36, 0xC000_0040);
    // `sub rsp, 28h`, `mov ecx, EXIT_CODE`, `call [rip + ...]`, `int 3`.
    let entry = it.text_rva();
    let slot = it.rva(at::IMPORT_ADDRESSES) - (entry + 15);
    it.put(TEXT_RAW, &[0x48, 0x83, 0xEC, 0x28, 0xB9]);
    it.put32(TEXT_RAW + 5, EXIT_CODE);
    it.put(TEXT_RAW + 9, &[0xFF, 0x15]);
    it.put32(TEXT_RAW + 11, slot);
    it.put(TEXT_RAW + 15, &[0xCC]);
    it.put32(it.optional() + 16, entry);
    it.bytes
}

fn tables_are_at(it: &mut Sound, raw_pointer: u32, raw_size: usize) {
    it.put32(it.section(1) + 16, number(raw_size));
    it.put32(it.section(1) + 20, raw_pointer);
}

/// Puts the names of imports there. Besides `ExitProcess`, these thunks are imported.
fn names_at_the_end(it: &mut Sound, others: &[u64]) {
    it.put(TABLES_RAW + DLL, b"KERNEL32.dll");
    it.put(TABLES_RAW + HINT + 2, b"ExitProcess");
    let thunks = [&[u64::from(it.rva(HINT))], others, &[0, 0]].concat();
    it.thunks(at::IMPORT_LOOKUP, &thunks);
    it.thunks(at::IMPORT_ADDRESSES, &thunks);
    let dll = it.rva(DLL);
    it.table(at::IMPORTS + 12, &[dll]);
}
