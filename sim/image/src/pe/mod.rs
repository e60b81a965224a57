//! Synthetic PE images: PE32 for x86, PE32+ for x64.
//!
//! **Owns** every byte of an image: headers (through `object`'s writer), version resource, export,
//! import and delay import tables, machine code, base relocations, checksum. **Must never know**
//! which files a host has or what their versions mean.
//!
//! **Start reading** at [`ImageDescription`], then [`write_image`], which lists the parts in
//! their order; `layout.rs` has the sections and how addresses get into them, `code/` the code.
//!
//! ```
//! use patchstate_image::{ExportDescription, ImageDescription, ImageKind, write_image};
//! use patchstate_terms::{FileVersion, Machine};
//!
//! let version = FileVersion::new(6, 0, 3790, 3959);
//! let mut library =
//!     ImageDescription::new("example.dll", Machine::Amd64, ImageKind::Library, version);
//! library.exports.push(ExportDescription::function("?Lock@CFoo@@QEAAXXZ"));
//! library.size = Some(64 * 1024);
//! assert_eq!(write_image(&library)?.len(), 64 * 1024);
//! # Ok::<(), patchstate_image::ImageError>(())
//! ```

mod check;
mod code;
mod description;
mod exports;
mod imports;
mod layout;
mod version_resource;

pub use description::{
    ExitCodes, ExportDescription, ExportTarget, FunctionBody, ImageDescription, ImageKind,
    ImportDescription, ImportedCall, PROGRAM_API, PROGRAM_API_DLL, ProgramDescription, RuntimeLoad,
    VersionStrings,
};

use crate::ImageError;
use code::{Code, LoadStrings, ProgramSlots};
use exports::PlacedExport;
use imports::ImportSlots;
use layout::{Assembly, BANNER_LENGTH, FILE_ALIGNMENT, Label, LinkError, Section};
use object::{pe, write::pe::NtHeaders};
use patchstate_terms::{ImportedSymbol, Machine};
use std::collections::BTreeMap;

/// What the filler of an image says, again and again. No byte of it is so frequent that readers
/// would take the image for a damaged one.
const FILLER: &[u8] = b"[SYNTHETIC-FILE] Written by patchstate: exercises detectors, holds no \
                        vendor's code/text. <0123456789> Just FILLER; \
                        quickly_jumping_zebras.VEX=YOU!
";

/// Writes an image.
///
/// # Errors
/// [`ImageError`] where the description contradicts itself (a name or ordinal twice, a call of
/// something that is not imported), a name cannot stand in an image, or something is too long.
pub fn write_image(description: &ImageDescription) -> Result<Vec<u8>, ImageError> {
    let imports = description.all_imports();
    check::check(description, &imports)?;
    let by_ordinal = exports::ordinals(&description.exports)
        .map_err(|problem| check::contradiction(description, problem))?;

    let mut assembly = Assembly::new(description.machine == Machine::Amd64, banner());
    let delay_thunk = if imports.iter().any(|import| import.delayed) {
        Code::new(&mut assembly).return_zero()
    } else {
        assembly.new_label()
    };
    let slots = imports::write(&mut assembly, &imports, delay_thunk);
    let loads = write_load_strings(&mut assembly, description);
    let code = write_code(&mut assembly, description, &by_ordinal, &slots, &loads)?;
    assembly.directory_of_section(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION, Section::Exceptions);
    let time_stamp = description.time_stamp;
    exports::write(&mut assembly, &description.file_name, time_stamp, &code.exports);
    write_function_table(&mut assembly, &code.functions);
    version_resource::write(&mut assembly, description)?;
    link(assembly, description, code.entry)
}

/// What stands behind the DOS program: the same text as in the filler, so that whoever looks at
/// the first bytes of the file sees what it is.
fn banner() -> [u8; BANNER_LENGTH] {
    let mut banner = [0; BANNER_LENGTH];
    banner.iter_mut().zip(FILLER.iter().cycle()).for_each(|(to, from)| *to = *from);
    banner
}

/// All code of an image.
struct ImageCode<'a> {
    entry: Label,
    functions: Vec<Label>,
    exports: BTreeMap<u16, PlacedExport<'a>>,
}

/// The strings that the code of a program needs.
fn write_load_strings(assembly: &mut Assembly, description: &ImageDescription) -> Vec<LoadStrings> {
    let mut text = |text: &str| {
        let label = assembly.here(Section::ReadOnly);
        assembly.bytes(Section::ReadOnly, text.as_bytes());
        assembly.bytes(Section::ReadOnly, &[0]);
        label
    };
    let loads = description.program.iter().flat_map(|program| &program.loads);
    loads
        .map(|load| LoadStrings {
            dll: text(&load.dll),
            entry: load.entry.as_deref().map(&mut text),
        })
        .collect()
}

fn write_code<'a>(
    assembly: &mut Assembly,
    description: &ImageDescription,
    by_ordinal: &BTreeMap<u16, &'a ExportDescription>,
    slots: &ImportSlots<'_>,
    loads: &[LoadStrings],
) -> Result<ImageCode<'a>, ImageError> {
    let mut code = Code::new(assembly);
    let entry = match (description.kind, &description.program) {
        (ImageKind::Library, _) => code.library_entry(),
        (ImageKind::Native, _) => code.native_entry(),
        (ImageKind::Program, None) => code.return_zero(),
        (ImageKind::Program, Some(program)) => {
            let slots = program_slots(description, slots)?;
            code.program(slots, loads, program.exit_codes)
        }
    };
    let mut exports = BTreeMap::new();
    for (&ordinal, &export) in by_ordinal {
        let label = match &export.target {
            ExportTarget::Forwarder(_) => None,
            ExportTarget::Function(FunctionBody::ReturnZero) => Some(code.return_zero()),
            ExportTarget::Function(FunctionBody::CallImports(calls)) => {
                let slots = calls
                    .iter()
                    .map(|call| slot(description, slots, &call.dll, &call.symbol))
                    .collect::<Result<Vec<_>, _>>()?;
                Some(code.call_slots(&slots))
            }
        };
        exports.insert(ordinal, PlacedExport { export, code: label });
    }
    Ok(ImageCode { entry, functions: code.into_functions(), exports })
}

fn program_slots(
    description: &ImageDescription,
    slots: &ImportSlots<'_>,
) -> Result<ProgramSlots, ImageError> {
    let find = |name: &str| {
        let symbol = ImportedSymbol::Name(name.to_owned());
        slot(description, slots, PROGRAM_API_DLL, &symbol)
    };
    Ok(ProgramSlots {
        add_vectored_handler: find("AddVectoredExceptionHandler")?,
        exit: find("ExitProcess")?,
        find_symbol: find("GetProcAddress")?,
        load_library: find("LoadLibraryA")?,
        set_unhandled_filter: find("SetUnhandledExceptionFilter")?,
    })
}

fn slot(
    description: &ImageDescription,
    slots: &ImportSlots<'_>,
    dll: &str,
    symbol: &ImportedSymbol,
) -> Result<Label, ImageError> {
    slots.find(dll, symbol).ok_or_else(|| {
        let problem = format!("a function calls {dll}!{symbol}: expected one of the imports");
        check::contradiction(description, problem)
    })
}

/// The addresses of all functions, as a table of function pointers of a real program would hold
/// them. It gives every image base relocations.
fn write_function_table(assembly: &mut Assembly, functions: &[Label]) {
    assembly.align(Section::Variables, 8, 0);
    for function in functions {
        assembly.address(Section::Variables, *function);
    }
}

/// Links the image, filled up to its size.
fn link(
    mut assembly: Assembly,
    description: &ImageDescription,
    entry: Label,
) -> Result<Vec<u8>, ImageError> {
    let error = |error| match error {
        LinkError::TooLarge(found) => ImageError::TooLong {
            file: description.file_name.clone(),
            field: "image".to_owned(),
            found,
            limit: layout::IMAGE_SIZE_MAX,
        },
        LinkError::Writer(reason) => {
            ImageError::Headers { file: description.file_name.clone(), reason }
        }
    };
    let headers = headers(description);
    // Readers take the whole of `.pdata` and `.rsrc` for their tables: no filler there.
    for section in [Section::Code, Section::ReadOnly, Section::Variables] {
        assembly.fill(section, 0, FILLER);
    }
    let mut image = assembly.link(&headers, entry).map_err(error)?;
    let size = description.size.map_or(0, |size| size as usize);
    let missing = size.saturating_sub(image.len());
    let blocks = missing / FILE_ALIGNMENT as usize;
    if blocks > 0 {
        // Sections move by whole pages, so that nothing but the filler changes a length.
        assembly.fill(Section::ReadOnly, blocks, FILLER);
        image = assembly.link(&headers, entry).map_err(error)?;
    }
    layout::extend_with_text(&mut image, size, FILLER);
    layout::set_checksum(&mut image);
    Ok(image)
}

/// The fields of file header and optional header. Versions are those of Windows Server 2003 and
/// of the linker of its time; it has no address space layout randomisation.
fn headers(description: &ImageDescription) -> NtHeaders {
    let is_64_bit = description.machine == Machine::Amd64;
    let kind = description.kind;
    let image_base = match (is_64_bit, kind) {
        (false, ImageKind::Library) => 0x1000_0000,
        (false, ImageKind::Program | ImageKind::Native) => 0x40_0000,
        (true, ImageKind::Library) => 0x1_8000_0000,
        (true, ImageKind::Program | ImageKind::Native) => 0x1_4000_0000,
    };
    let machine_flag =
        if is_64_bit { pe::IMAGE_FILE_LARGE_ADDRESS_AWARE } else { pe::IMAGE_FILE_32BIT_MACHINE };
    let mut characteristics = pe::IMAGE_FILE_EXECUTABLE_IMAGE | machine_flag;
    if kind == ImageKind::Library {
        characteristics |= pe::IMAGE_FILE_DLL;
    }
    NtHeaders {
        machine: if is_64_bit { pe::IMAGE_FILE_MACHINE_AMD64 } else { pe::IMAGE_FILE_MACHINE_I386 },
        time_date_stamp: description.time_stamp,
        characteristics,
        major_linker_version: 7,
        minor_linker_version: 10,
        address_of_entry_point: 0,
        image_base,
        major_operating_system_version: 5,
        minor_operating_system_version: 2,
        major_image_version: 5,
        minor_image_version: 2,
        major_subsystem_version: 5,
        minor_subsystem_version: 2,
        subsystem: match kind {
            ImageKind::Native => pe::IMAGE_SUBSYSTEM_NATIVE,
            ImageKind::Library | ImageKind::Program => pe::IMAGE_SUBSYSTEM_WINDOWS_GUI,
        },
        dll_characteristics: pe::DllFlags(0),
        size_of_stack_reserve: 0x4_0000,
        size_of_stack_commit: 0x1000,
        size_of_heap_reserve: 0x10_0000,
        size_of_heap_commit: 0x1000,
    }
}
