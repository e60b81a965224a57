//! The code of a program, and what the headers let a loader do with its sections.
//!
//! A real loader runs the same programs; here the instructions are looked for, as the manuals of
//! the processors write them, so that a machine without that loader notices a wrong one too.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use object::{
    LittleEndian as LE,
    pe::{ImageNtHeaders32, ImageNtHeaders64},
    read::pe::{ImageNtHeaders, ImageOptionalHeader, PeFile},
};
use patchstate_image::{
    ExitCodes, ExportDescription, ImageDescription, ImageKind, ProgramDescription, RuntimeLoad,
    write_image,
};
use patchstate_terms::{FileVersion, Machine};
use std::collections::BTreeMap;

const CODES: ExitCodes = ExitCodes {
    success: 0x0101,
    load_failed: 0x0202,
    entry_missing: 0x0303,
    unresolved_call: 0x0404,
    other_exception: 0x0505,
};

/// A program that loads two DLLs and calls into the first of them.
fn program(machine: Machine) -> Vec<u8> {
    let load = |dll: &str, entry: Option<&str>| RuntimeLoad {
        dll: dll.to_owned(),
        entry: entry.map(str::to_owned),
    };
    let description = ImageDescription {
        program: Some(ProgramDescription {
            loads: vec![load("first.dll", Some("Start")), load("second.dll", None)],
            exit_codes: CODES,
        }),
        ..image(machine, ImageKind::Program)
    };
    write_image(&description).expect("an image")
}

fn image(machine: Machine, kind: ImageKind) -> ImageDescription {
    ImageDescription::new("example", machine, kind, FileVersion::new(6, 0, 3790, 0))
}

/// The names of imported functions, by the address of the slot that a loader fills.
fn slots<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>) -> BTreeMap<u32, String> {
    let table = file.import_table().expect("a table").expect("imports");
    let width = if file.nt_headers().is_type_64() { 8 } else { 4 };
    let mut names = BTreeMap::new();
    let mut descriptors = table.descriptors().expect("descriptors");
    while let Some(descriptor) = descriptors.next().expect("a descriptor") {
        let first = descriptor.first_thunk.get(LE);
        let mut thunks = table.thunks(first).expect("thunks");
        for slot in (first..).step_by(width) {
            let Some(thunk) = thunks.next::<Pe>().expect("a thunk") else { break };
            let import = table.import::<Pe>(thunk).expect("an import");
            if let object::read::pe::Import::Name(_, name) = import {
                names.insert(slot, String::from_utf8_lossy(name).into_owned());
            }
        }
    }
    names
}

/// What is done, in order: `NAME(operand)` for a call of an imported function whose only or first
/// argument was loaded right before it, in decimal for a number and in quotes for a text.
fn calls<Pe: ImageNtHeaders>(bytes: &[u8]) -> Vec<String> {
    let file = PeFile::<Pe>::parse(bytes).expect("an image");
    let is_64_bit = file.nt_headers().is_type_64();
    let base = file.nt_headers().optional_header().image_base();
    let slots = slots(&file);
    let sections = file.section_table();
    let text = sections.iter().next().expect("a section");
    let (start, code) = (text.virtual_address.get(LE), text.pe_data(bytes).expect("code"));
    let word = |at: usize| {
        code.get(at..at + 4).map(|word| u32::from_le_bytes(word.try_into().expect("4 bytes")))
    };
    // Of an operand at `at`: on x64 it counts from the end of the instruction, on x86 from zero.
    let address = |at: usize| {
        let (operand, end) = (word(at)?, start + u32::try_from(at + 4).expect("small"));
        let x86 = || u32::try_from(u64::from(operand).checked_sub(base)?).ok();
        if is_64_bit { Some(end.wrapping_add(operand)) } else { x86() }
    };
    let number: &[u8] = if is_64_bit { &[0xb9] } else { &[0x68] };
    let pointer: &[u8] = if is_64_bit { &[0x48, 0x8d, 0x0d] } else { &[0x68] };
    let mut found = Vec::new();
    for at in 0..code.len() {
        let before = |prefix: &[u8]| {
            let from = at.checked_sub(4 + prefix.len())?;
            code[from..].starts_with(prefix).then_some(at - 4)
        };
        let called = code[at..].starts_with(&[0xff, 0x15]).then(|| address(at + 2)).flatten();
        let Some(name) = called.and_then(|slot| slots.get(&slot)) else { continue };
        let text = before(pointer).and_then(address).and_then(|address| {
            let text = sections.pe_data_at(bytes, address)?;
            let length = text.iter().position(|byte| *byte == 0)?;
            let is_text = length > 0 && text[..length].iter().all(u8::is_ascii_graphic);
            is_text.then(|| format!("{:?}", String::from_utf8_lossy(&text[..length])))
        });
        let operand = before(number).and_then(word).map(|number| number.to_string());
        found.push(format!("{name}({})", text.or(operand).unwrap_or_default()));
    }
    found
}

/// Each DLL is loaded, an exit of its own follows where that fails; so for the entry.
fn expected() -> Vec<String> {
    let exit = |code: u32| format!("ExitProcess({code})");
    let load = |dll: &str| format!("LoadLibraryA({dll:?})");
    vec![
        load("first.dll"),
        exit(CODES.load_failed),
        exit(CODES.entry_missing),
        load("second.dll"),
        exit(CODES.load_failed + 1),
        exit(CODES.success),
    ]
}

#[track_caller]
fn check(calls: &[String]) {
    let known =
        |call: &&String| ["ExitProcess", "LoadLibraryA"].iter().any(|n| call.starts_with(n));
    let calls: Vec<String> = calls.iter().filter(known).cloned().collect();
    let expected = expected();
    assert!(calls.windows(expected.len()).any(|part| part == expected), "{calls:#?}");
    for code in [CODES.unresolved_call, CODES.other_exception] {
        let exit = format!("ExitProcess({code})");
        assert_eq!(calls.iter().filter(|call| **call == exit).count(), 1, "{calls:#?}");
    }
}

#[test]
fn a_program_loads_what_is_described_and_ends_with_the_code_of_what_went_wrong() {
    check(&calls::<ImageNtHeaders32>(&program(Machine::I386)));
    check(&calls::<ImageNtHeaders64>(&program(Machine::Amd64)));
}

/// What is skipped where a pointer is not null is the exit of 11 bytes: `test`, then `jnz`.
#[test]
fn an_exit_is_skipped_where_there_is_a_module_or_an_entry() {
    let count =
        |image: &[u8], test: &[u8]| image.windows(test.len()).filter(|w| *w == test).count();
    assert_eq!(count(&program(Machine::I386), &[0x85, 0xc0, 0x75, 11, 0x68]), 3);
    assert_eq!(count(&program(Machine::Amd64), &[0x48, 0x85, 0xc0, 0x75, 11, 0xb9]), 3);
}

/// Flags of sections (PE/COFF specification, *Section Flags*): code 0x20, initialized data 0x40,
/// execute `0x2000_0000`, read `0x4000_0000`, write `0x8000_0000`.
#[test]
fn sections_may_do_what_their_names_say() {
    for machine in [Machine::I386, Machine::Amd64] {
        let image = program(machine);
        let file = goblin::pe::PE::parse(&image).expect("an image");
        for section in &file.sections {
            let expected: u32 = match section.name().expect("a name") {
                ".text" => 0x6000_0020,
                ".data" => 0xc000_0040,
                ".reloc" => 0x4200_0040,
                ".rdata" | ".pdata" | ".rsrc" => 0x4000_0040,
                other => panic!("{other}"),
            };
            assert_eq!(section.characteristics, expected, "{:?}", section.name());
        }
    }
}

/// Characteristics of files (same specification): executable 2, large addresses 0x20, 32 bits
/// 0x100, DLL 0x2000.
#[test]
fn the_file_header_says_what_kind_of_image_it_is() {
    for (machine, kind, expected) in [
        (Machine::I386, ImageKind::Library, 0x2102),
        (Machine::I386, ImageKind::Program, 0x0102),
        (Machine::Amd64, ImageKind::Library, 0x2022),
        (Machine::Amd64, ImageKind::Program, 0x0022),
    ] {
        let image = write_image(&image(machine, kind)).expect("an image");
        let file = goblin::pe::PE::parse(&image).expect("an image");
        assert_eq!(file.header.coff_header.characteristics, expected, "{machine} {kind:?}");
    }
}

/// The loader makes the addresses of functions writable by this directory.
#[test]
fn the_address_tables_of_imports_are_one_directory() {
    for machine in [Machine::I386, Machine::Amd64] {
        let image = program(machine);
        let file = goblin::pe::PE::parse(&image).expect("an image");
        let optional = file.header.optional_header.expect("an optional header");
        let directory = optional.data_directories.get_import_address_table();
        let directory = directory.copied().expect("a directory");
        let imports = file.import_data.as_ref().expect("imports").import_data.iter();
        let first = imports.map(|dll| dll.import_directory_entry.import_address_table_rva).min();
        assert_eq!(Some(directory.virtual_address), first, "{machine}");
        assert!(directory.size > 0, "{machine}");
    }
}

#[test]
fn a_name_of_511_characters_is_the_longest() {
    let named = |length: usize| {
        let mut library = image(Machine::I386, ImageKind::Library);
        library.exports.push(ExportDescription::function(&"x".repeat(length)));
        write_image(&library)
    };
    assert!(named(511).is_ok());
    assert!(named(512).is_err());
    let called = |length: usize| {
        let file_name = "x".repeat(length);
        write_image(&ImageDescription { file_name, ..image(Machine::I386, ImageKind::Library) })
    };
    assert!(called(511).is_ok());
    assert!(called(512).is_err());
}
