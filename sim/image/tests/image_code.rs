//! What stands behind the tables of an image: code that calls what it imports, unwind
//! information, checksum, filler; and the descriptions that are refused.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use object::{
    LittleEndian as LE,
    pe::{ImageNtHeaders32, ImageNtHeaders64},
    read::pe::{ExportTarget as ReadTarget, ImageNtHeaders, ImageOptionalHeader, PeFile},
};
use patchstate_image::{
    ExportDescription, ExportTarget, FunctionBody, ImageDescription, ImageError, ImageKind,
    ImportDescription, ImportedCall, ProgramDescription, RuntimeLoad, write_image,
};
use patchstate_terms::{FileVersion, ImportedSymbol, Machine};

const MACHINES: [Machine; 2] = [Machine::I386, Machine::Amd64];

fn library(machine: Machine) -> ImageDescription {
    let version = FileVersion::new(6, 0, 3790, 3959);
    ImageDescription::new("example.dll", machine, ImageKind::Library, version)
}

fn name(name: &str) -> ImportedSymbol {
    ImportedSymbol::Name(name.to_owned())
}

/// Two imports of which the exported function calls the second, then the first.
fn calling_library(machine: Machine) -> ImageDescription {
    let symbols = vec![name("First"), ImportedSymbol::Ordinal(7)];
    let calls = symbols
        .iter()
        .rev()
        .map(|symbol| ImportedCall { dll: "OTHER.dll".to_owned(), symbol: symbol.clone() })
        .collect();
    ImageDescription {
        exports: vec![ExportDescription {
            ordinal: Some(5),
            name: None,
            target: ExportTarget::Function(FunctionBody::CallImports(calls)),
        }],
        imports: vec![ImportDescription { dll: "other.dll".to_owned(), delayed: false, symbols }],
        ..library(machine)
    }
}

/// The slots that the only export calls through, relative to the image base.
fn called_slots<Pe: ImageNtHeaders>(image: &[u8]) -> (Vec<u64>, u64) {
    let file = PeFile::<Pe>::parse(image).expect("an image");
    let sections = file.section_table();
    let exports = file.export_table().expect("a table").expect("exports").exports();
    let ReadTarget::Address(address) = exports.expect("exports")[0].target else {
        panic!("a function")
    };
    let code = sections.pe_data_at(image, address).expect("code");
    let is_64_bit = file.nt_headers().is_type_64();
    let base = file.nt_headers().optional_header().image_base();
    let prologue: &[u8] = if is_64_bit { b"\x48\x83\xec\x28" } else { b"\x55\x8b\xec" };
    let epilogue: &[u8] =
        if is_64_bit { b"\x33\xc0\x48\x83\xc4\x28\xc3" } else { b"\x33\xc0\xc9\xc3" };
    assert!(code.starts_with(prologue));
    let mut at = prologue.len();
    let mut slots = Vec::new();
    while code[at..].starts_with(&[0xff, 0x15]) {
        let operand = u32::from_le_bytes(code[at + 2..at + 6].try_into().expect("4 bytes"));
        at += 6;
        slots.push(if is_64_bit {
            u64::from(address + u32::try_from(at).expect("near") + operand)
        } else {
            u64::from(operand) - base
        });
    }
    assert!(code[at..].starts_with(epilogue));
    let table = file.import_table().expect("a table").expect("imports");
    let descriptor = table.descriptors().expect("descriptors").next().expect("one");
    (slots, u64::from(descriptor.expect("one").first_thunk.get(LE)))
}

#[test]
fn a_function_calls_through_the_address_table_in_the_stated_order() {
    let image = write_image(&calling_library(Machine::I386)).expect("an image");
    let (slots, table) = called_slots::<ImageNtHeaders32>(&image);
    assert_eq!(slots, [table + 4, table]);
    let image = write_image(&calling_library(Machine::Amd64)).expect("an image");
    let (slots, table) = called_slots::<ImageNtHeaders64>(&image);
    assert_eq!(slots, [table + 8, table]);
}

#[test]
fn functions_with_a_frame_have_unwind_information_in_the_order_of_their_addresses() {
    let mut description = calling_library(Machine::Amd64);
    let again = ExportDescription { ordinal: Some(9), ..description.exports[0].clone() };
    description.exports.push(again);
    let image = write_image(&description).expect("an image");
    let file = PeFile::<ImageNtHeaders64>::parse(image.as_slice()).expect("an image");
    let sections = file.section_table();
    let directory = file.data_directory(object::pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION);
    let table = directory.expect("one").data(image.as_slice(), &sections).expect("a table");
    assert_eq!(table.len(), 2 * 12);
    let fields: Vec<u32> = table
        .chunks(4)
        .map(|field| u32::from_le_bytes(field.try_into().expect("4 bytes")))
        .collect();
    let [start_1, end_1, unwind_1, start_2, end_2, unwind_2] = fields[..] else { panic!() };
    assert!(start_1 < end_1 && end_1 <= start_2 && start_2 < end_2);
    assert_eq!(unwind_1, unwind_2);
    let unwind = sections.pe_data_at(image.as_slice(), unwind_1).expect("unwind information");
    // Version 1; a prologue of 4 bytes that allocates (4 + 1) * 8 bytes.
    assert_eq!(unwind[..6], [1, 4, 1, 0, 4, 0x42]);
}

/// The algorithm as it is usually written down: 16-bit words added one by one with the carry.
fn carried_checksum(image: &[u8], field: usize) -> u32 {
    let mut sum: u32 = 0;
    for (at, pair) in image.chunks(2).enumerate() {
        if (field..field + 4).contains(&(2 * at)) {
            continue;
        }
        let high = pair.get(1).copied().unwrap_or(0);
        sum += u32::from(u16::from_le_bytes([pair[0], high]));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum + u32::try_from(image.len()).expect("small")
}

#[test]
fn the_checksum_is_that_of_the_whole_file_also_of_odd_length() {
    for machine in MACHINES {
        for size in [None, Some(8192), Some(20_001)] {
            let image = write_image(&ImageDescription { size, ..library(machine) });
            let image = image.expect("an image");
            let headers = u32::from_le_bytes(image[0x3c..0x40].try_into().expect("4 bytes"));
            let field = headers as usize + 24 + 64;
            let found = u32::from_le_bytes(image[field..field + 4].try_into().expect("4 bytes"));
            assert_eq!(found, carried_checksum(&image, field));
        }
    }
}

#[test]
fn filler_says_that_the_file_is_synthetic_and_belongs_to_a_section() {
    for machine in MACHINES {
        let image = write_image(&ImageDescription { size: Some(65_536), ..library(machine) });
        let image = image.expect("an image");
        assert_eq!(image.len(), 65_536);
        let mentions = image.windows(9).filter(|window| window == b"SYNTHETIC").count();
        assert!(mentions > 300, "{mentions}");
        assert!(image[..1024].windows(9).any(|window| window == b"SYNTHETIC"));
        let file = goblin::pe::PE::parse(&image).expect("an image");
        let last = file.sections.last().expect("sections");
        assert_eq!(last.pointer_to_raw_data + last.size_of_raw_data, 65_536);
    }
}

#[test]
fn a_library_without_much_in_it_needs_4096_bytes() {
    for machine in MACHINES {
        let mut description = library(machine);
        description.strings.file_version = "6.0.3790.4215 (srv03_sp2_gdr.080101-0000)".to_owned();
        description.exports.push(ExportDescription::function("DllCanUnloadNow"));
        description.exports.push(ExportDescription::function("DllGetClassObject"));
        description.size = Some(4096);
        assert_eq!(write_image(&description).expect("an image").len(), 4096);
    }
}

#[test]
fn ordinals_that_are_not_stated_are_the_lowest_free_ones() {
    let mut description = library(Machine::I386);
    description.exports.push(ExportDescription::function("B"));
    description.exports.push(ExportDescription::function("A"));
    let stated = ExportDescription { ordinal: Some(2), ..ExportDescription::function("C") };
    description.exports.push(stated);
    let image = write_image(&description).expect("an image");
    let file = PeFile::<ImageNtHeaders32>::parse(image.as_slice()).expect("an image");
    let exports = file.export_table().expect("a table").expect("exports").exports();
    let found: Vec<_> = exports
        .expect("exports")
        .into_iter()
        .map(|export| (export.ordinal.0, export.name.expect("a name")))
        .collect();
    assert_eq!(found, [(1, &b"B"[..]), (2, b"C"), (3, b"A")]);
}

#[test]
fn a_program_imports_what_its_code_calls_beside_what_is_described() {
    let program = ProgramDescription {
        loads: vec![RuntimeLoad { dll: "a.dll".to_owned(), entry: None }],
        exit_codes: patchstate_image::ExitCodes::default(),
    };
    let description = ImageDescription {
        kind: ImageKind::Program,
        program: Some(program),
        imports: vec![ImportDescription {
            dll: "KERNEL32.dll".to_owned(),
            delayed: false,
            symbols: vec![name("ExitProcess"), name("Beep")],
        }],
        ..library(Machine::Amd64)
    };
    let imports = description.all_imports();
    assert_eq!(imports.len(), 1);
    let symbols = &imports[0].symbols;
    assert_eq!(symbols[..2], [name("ExitProcess"), name("Beep")]);
    assert!(symbols.contains(&name("LoadLibraryA")));
    assert_eq!(symbols.iter().filter(|symbol| **symbol == name("ExitProcess")).count(), 1);
    write_image(&description).expect("an image");
}

/// Each description is refused, with a message that names the file and the trouble.
#[test]
fn descriptions_that_contradict_themselves_are_refused() {
    let function = ExportDescription::function;
    let with_exports = |exports| ImageDescription { exports, ..library(Machine::I386) };
    let with_imports = |imports| ImageDescription { imports, ..library(Machine::I386) };
    let import =
        |dll: &str, symbols| ImportDescription { dll: dll.to_owned(), delayed: false, symbols };
    let unknown_call = ExportTarget::Function(FunctionBody::CallImports(vec![ImportedCall {
        dll: "other.dll".to_owned(),
        symbol: name("Absent"),
    }]));
    let program = ProgramDescription {
        loads: Vec::new(),
        exit_codes: patchstate_image::ExitCodes::default(),
    };
    let numbered = |ordinal| ExportDescription { ordinal, name: None, ..function("a") };
    let forwarder = |target: &str| ExportDescription {
        target: ExportTarget::Forwarder(target.to_owned()),
        ..function("a")
    };
    let mut long_string = library(Machine::I386);
    long_string.strings.company = "x".repeat(40_000);
    let cases = [
        (ImageDescription { machine: Machine::Ia64, ..library(Machine::I386) }, "machine ia64"),
        (ImageDescription { file_name: "a/b.dll".into(), ..library(Machine::I386) }, "file name"),
        (with_exports(vec![function("a"), function("a")]), "name \"a\" is used twice"),
        (with_exports(vec![numbered(Some(4)), numbered(Some(4))]), "ordinal 4 is used twice"),
        (with_exports(vec![numbered(None)]), "neither name nor ordinal"),
        (with_exports(vec![function("a b")]), "exported name"),
        (with_exports(vec![function("")]), "exported name"),
        (with_exports(vec![forwarder("nowhere")]), "forwarder"),
        (with_exports(vec![forwarder(".Name")]), "forwarder"),
        (with_exports(vec![forwarder("other.")]), "forwarder"),
        (
            with_exports(vec![ExportDescription { target: unknown_call, ..function("a") }]),
            "other.dll!Absent",
        ),
        (with_imports(vec![import("", vec![name("a")])]), "imported DLL"),
        (with_imports(vec![import("a.dll", Vec::new())]), "none from a.dll"),
        (with_imports(vec![import("a.dll", vec![name("\u{e9}")])]), "imported name"),
        (
            ImageDescription { program: Some(program), ..library(Machine::I386) },
            "only an image of kind Program",
        ),
        (long_string, "version resource"),
    ];
    for (description, part) in cases {
        let error: ImageError = write_image(&description).expect_err(part);
        let message = error.to_string();
        assert!(message.contains(part), "{message}");
        assert!(message.contains(&description.file_name), "{message}");
    }
}
