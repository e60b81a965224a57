//! What two independent readers find in images is what their descriptions say.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

mod support;

use goblin::pe::PE;
use object::{
    LittleEndian as LE,
    pe::{self, ImageNtHeaders32, ImageNtHeaders64},
    read::pe::{ExportTarget as ReadTarget, ImageNtHeaders, ImageOptionalHeader, Import, PeFile},
};
use patchstate_image::{ExportTarget, ImageDescription, ImageKind, ImportDescription, write_image};
use patchstate_terms::{FileVersion, ImportedSymbol, Machine};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::any_description;

/// Exports as a reader finds them: by ordinal, with name and forwarder.
type ReadExports = BTreeMap<u16, (Option<String>, Option<String>)>;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("names are ASCII")
}

/// The exports that a description asks for, where it states all ordinals; names and forwarders
/// alone where it does not.
fn described_exports(description: &ImageDescription) -> Vec<(Option<String>, Option<String>)> {
    let mut exports: Vec<_> = description
        .exports
        .iter()
        .map(|export| {
            let forwarder = match &export.target {
                ExportTarget::Forwarder(target) => Some(target.clone()),
                ExportTarget::Function(_) => None,
            };
            (export.name.clone(), forwarder)
        })
        .collect();
    exports.sort();
    exports
}

fn read_exports<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>) -> ReadExports {
    let Some(table) = file.export_table().expect("an export table") else {
        return BTreeMap::new();
    };
    let exports = table.exports().expect("exports");
    exports
        .into_iter()
        .filter_map(|export| {
            let forwarder = match export.target {
                ReadTarget::Address(0) => return None,
                ReadTarget::Address(_) => None,
                ReadTarget::ForwardByName(dll, name) => {
                    Some(format!("{}.{}", text(dll), text(name)))
                }
                ReadTarget::ForwardByOrdinal(dll, ordinal) => {
                    Some(format!("{}.#{}", text(dll), ordinal.0))
                }
            };
            Some((export.ordinal.0, (export.name.map(text), forwarder)))
        })
        .collect()
}

fn symbol(import: Import<'_>) -> ImportedSymbol {
    match import {
        Import::Ordinal(ordinal) => ImportedSymbol::Ordinal(ordinal),
        Import::Name(hint, name) => {
            assert_eq!(hint, 0);
            ImportedSymbol::Name(text(name))
        }
    }
}

/// Imports that are not delayed, read twice: from the lookup table and from the address table.
fn read_imports<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>) -> Vec<ImportDescription> {
    let Some(table) = file.import_table().expect("an import table") else { return Vec::new() };
    let mut descriptors = table.descriptors().expect("descriptors");
    let mut imports = Vec::new();
    while let Some(descriptor) = descriptors.next().expect("a descriptor") {
        let tables = [descriptor.original_first_thunk, descriptor.first_thunk].map(|address| {
            let mut thunks = table.thunks(address.get(LE)).expect("thunks");
            let mut symbols = Vec::new();
            while let Some(thunk) = thunks.next::<Pe>().expect("a thunk") {
                symbols.push(symbol(table.import::<Pe>(thunk).expect("an import")));
            }
            symbols
        });
        let [lookup, addresses] = tables;
        assert_eq!(lookup, addresses);
        let dll = text(table.name(descriptor.name.get(LE)).expect("a name"));
        imports.push(ImportDescription { dll, delayed: false, symbols: lookup });
    }
    imports
}

fn read_delayed_imports<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>) -> Vec<ImportDescription> {
    let Some(table) = file.delay_load_import_table().expect("a delay import table") else {
        return Vec::new();
    };
    let mut descriptors = table.descriptors().expect("descriptors");
    let mut imports = Vec::new();
    while let Some(descriptor) = descriptors.next().expect("a descriptor") {
        assert_eq!(descriptor.attributes.get(LE), 1, "addresses are relative");
        let lookup = descriptor.import_name_table_rva.get(LE);
        let mut thunks = table.thunks(lookup).expect("thunks");
        let mut symbols = Vec::new();
        while let Some(thunk) = thunks.next::<Pe>().expect("a thunk") {
            symbols.push(symbol(table.import::<Pe>(thunk).expect("an import")));
        }
        let dll = text(table.name(descriptor.dll_name_rva.get(LE)).expect("a name"));
        imports.push(ImportDescription { dll, delayed: true, symbols });
    }
    imports
}

/// Every base relocation leads to a field that holds an address inside the image.
fn check_relocations<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, image: &[u8]) {
    let sections = file.section_table();
    let base = file.nt_headers().optional_header().image_base();
    let size = u64::from(file.nt_headers().optional_header().size_of_image());
    let blocks = file.data_directories().relocation_blocks(image, &sections).expect("blocks");
    let mut blocks = blocks.expect("every image has relocations");
    let mut count = 0;
    while let Some(block) = blocks.next().expect("a block") {
        for relocation in block {
            let field = sections.pe_data_at(image, relocation.virtual_address).expect("a field");
            let address = if relocation.typ == pe::IMAGE_REL_BASED_DIR64 {
                u64::from_le_bytes(field[..8].try_into().expect("8 bytes"))
            } else {
                assert_eq!(relocation.typ, pe::IMAGE_REL_BASED_HIGHLOW);
                u64::from(u32::from_le_bytes(field[..4].try_into().expect("4 bytes")))
            };
            assert!((base + 0x1000..base + size).contains(&address), "{address:#x}");
            count += 1;
        }
    }
    assert!(count > 0, "the entry point alone is one");
}

fn check_headers<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, description: &ImageDescription) {
    let header = file.nt_headers().file_header();
    let optional = file.nt_headers().optional_header();
    assert_eq!(header.machine.get(LE).0, description.machine.number());
    assert_eq!(header.time_date_stamp.get(LE), description.time_stamp);
    let is_dll = header.characteristics.get(LE).contains(pe::IMAGE_FILE_DLL);
    assert_eq!(is_dll, description.kind == ImageKind::Library);
    let native = optional.subsystem() == pe::IMAGE_SUBSYSTEM_NATIVE;
    assert_eq!(native, description.kind == ImageKind::Native);
    assert_eq!((optional.major_subsystem_version(), optional.minor_subsystem_version()), (5, 2));
    assert_eq!(
        (optional.major_operating_system_version(), optional.minor_operating_system_version()),
        (5, 2)
    );
    assert_eq!(optional.dll_characteristics(), pe::DllFlags(0));
    let sections = file.section_table();
    let entry = sections.section_containing(optional.address_of_entry_point()).expect("code");
    assert_eq!(&entry.name, b".text\0\0\0");
    for section in sections.iter() {
        let rights = section.characteristics.get(LE);
        let writable = rights.contains(pe::IMAGE_SCN_MEM_WRITE);
        let executable = rights.contains(pe::IMAGE_SCN_MEM_EXECUTE);
        assert_eq!(writable, &section.name == b".data\0\0\0");
        assert_eq!(executable, &section.name == b".text\0\0\0");
    }
}

fn check_with_object<Pe: ImageNtHeaders>(image: &[u8], description: &ImageDescription) {
    let file = PeFile::<Pe>::parse(image).expect("object reads the image");
    check_headers(&file, description);
    check_relocations(&file, image);

    let exports = read_exports(&file);
    let mut found: Vec<_> = exports.values().cloned().collect();
    found.sort();
    assert_eq!(found, described_exports(description));
    for export in &description.exports {
        if let Some(ordinal) = export.ordinal {
            assert_eq!(exports[&ordinal].0, export.name);
        }
    }
    if let Some(table) = file.export_table().expect("an export table") {
        let names: Vec<_> = table
            .name_iter()
            .map(|(pointer, _)| table.name_from_pointer(pointer).expect("a name"))
            .collect();
        assert!(names.is_sorted(), "the loader searches the names");
    }

    let (delayed, immediate): (Vec<_>, Vec<_>) =
        description.all_imports().into_iter().partition(|import| import.delayed);
    assert_eq!(read_imports(&file), immediate);
    assert_eq!(read_delayed_imports(&file), delayed);
}

fn check_with_goblin(image: &[u8], description: &ImageDescription) {
    let file = PE::parse(image).expect("goblin reads the image, strictly");
    assert_eq!(file.is_64, description.machine == Machine::Amd64);
    assert_eq!(file.is_lib, description.kind == ImageKind::Library);

    let names: BTreeSet<&str> = file.exports.iter().filter_map(|export| export.name).collect();
    let described: BTreeSet<&str> =
        description.exports.iter().filter_map(|export| export.name.as_deref()).collect();
    assert_eq!(names, described);

    let imports: BTreeSet<(String, String)> = file
        .imports
        .iter()
        .map(|import| (import.dll.to_owned(), import.name.to_string()))
        .collect();
    let described: BTreeSet<(String, String)> = description
        .all_imports()
        .into_iter()
        .filter(|import| !import.delayed)
        .flat_map(|import| {
            let dll = import.dll;
            import.symbols.into_iter().map(move |symbol| match symbol {
                ImportedSymbol::Name(name) => (dll.clone(), name),
                ImportedSymbol::Ordinal(ordinal) => (dll.clone(), format!("ORDINAL {ordinal}")),
            })
        })
        .collect();
    assert_eq!(imports, described);

    let version = file.resource_data.expect("resources").version_info.expect("a version");
    let fixed = version.fixed_info.expect("a fixed version");
    // Not through `file_version()`, which reads the dates (goblin 0.10.7).
    let file_version = FileVersion::from_double_words(fixed.file_version_ms, fixed.file_version_ls);
    let product_version =
        FileVersion::from_double_words(fixed.product_version_ms, fixed.product_version_ls);
    assert_eq!(file_version, description.file_version);
    assert_eq!(product_version, description.product_version);
    let strings = &version.string_info;
    let described = &description.strings;
    for (found, expected) in [
        (strings.company_name(), &described.company),
        (strings.file_description(), &described.description),
        (strings.file_version(), &described.file_version),
        (strings.internal_name(), &described.internal_name),
        (strings.legal_copyright(), &described.copyright),
        (strings.original_filename(), &described.original_file_name),
        (strings.product_name(), &described.product_name),
        (strings.product_version(), &described.product_version),
    ] {
        assert_eq!(found.as_ref(), Some(expected));
    }
}

/// The size is the one asked for, unless the image needs more.
fn check_size(image: &[u8], description: &ImageDescription) {
    let bare = ImageDescription { size: None, ..description.clone() };
    let needed = write_image(&bare).expect("an image").len();
    let asked = description.size.map_or(0, |size| size as usize);
    assert_eq!(image.len(), needed.max(asked));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn readers_find_what_the_description_says(description in any_description()) {
        let image = write_image(&description).expect("an image");
        if description.machine == Machine::Amd64 {
            check_with_object::<ImageNtHeaders64>(&image, &description);
        } else {
            check_with_object::<ImageNtHeaders32>(&image, &description);
        }
        check_with_goblin(&image, &description);
        check_size(&image, &description);
        prop_assert_eq!(&image, &write_image(&description).expect("an image"));
    }
}
