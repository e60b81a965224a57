//! The resource section with its one resource, `VS_VERSIONINFO` (Windows SDK, *Version
//! Information*; PE/COFF specification, *The .rsrc Section*).

use super::{
    description::{ImageDescription, ImageKind},
    layout::{Assembly, Section},
};
use crate::ImageError;
use object::pe;
use patchstate_terms::FileVersion;

/// `RT_VERSION`.
const RESOURCE_TYPE_VERSION: u32 = 16;
/// `VS_VERSION_INFO`, the only resource of its type.
const RESOURCE_NAME: u32 = 1;
/// English (United States).
const LANGUAGE: u16 = 0x409;
/// UTF-16, little endian.
const CODE_PAGE: u16 = 0x4b0;
/// `IMAGE_RESOURCE_DIRECTORY` and one entry.
const DIRECTORY_SIZE: u32 = 16 + 8;
/// Marks the offset of a directory, as against the offset of a data entry.
const IS_DIRECTORY: u32 = 0x8000_0000;

/// Writes the section: type, name and language, each with one entry.
pub(super) fn write(
    assembly: &mut Assembly,
    description: &ImageDescription,
) -> Result<(), ImageError> {
    let resource = version_information(description)?;
    let start = assembly.here(Section::Resources);
    let levels = [
        (RESOURCE_TYPE_VERSION, DIRECTORY_SIZE | IS_DIRECTORY),
        (RESOURCE_NAME, (2 * DIRECTORY_SIZE) | IS_DIRECTORY),
        (u32::from(LANGUAGE), 3 * DIRECTORY_SIZE),
    ];
    for (id, offset) in levels {
        assembly.bytes(Section::Resources, &[0; 12]); // flags, time stamp, version
        assembly.bytes(Section::Resources, &[0, 0, 1, 0]); // no named entries, one with an id
        assembly.bytes(Section::Resources, &id.to_le_bytes());
        assembly.bytes(Section::Resources, &offset.to_le_bytes());
    }
    let content = assembly.new_label();
    assembly.rva(Section::Resources, content);
    let size = u32::from(block_length(description, resource.len())?);
    for number in [size, 0, 0] {
        assembly.bytes(Section::Resources, &number.to_le_bytes()); // size, code page, reserved
    }
    assembly.align(Section::Resources, 8, 0);
    assembly.place(content, Section::Resources);
    assembly.bytes(Section::Resources, &resource);
    let end = assembly.here(Section::Resources);
    assembly.directory(pe::IMAGE_DIRECTORY_ENTRY_RESOURCE, start, end);
    Ok(())
}

/// `VS_VERSIONINFO` with everything below it.
fn version_information(description: &ImageDescription) -> Result<Vec<u8>, ImageError> {
    let block = |key: &str, value: Value<'_>, children: &[Vec<u8>]| {
        block(description, key, value, children)
    };
    let strings = description.strings.entries();
    let strings = strings
        .iter()
        .map(|(key, value)| block(key, Value::Text(value), &[]))
        .collect::<Result<Vec<_>, _>>()?;
    let table = block(&format!("{LANGUAGE:04x}{CODE_PAGE:04x}"), Value::None, &strings)?;
    let string_information = block("StringFileInfo", Value::None, &[table])?;
    let [translation_low, translation_high] = [LANGUAGE, CODE_PAGE].map(u16::to_le_bytes);
    let translation = [translation_low, translation_high].concat();
    let translation = block("Translation", Value::Bytes(&translation), &[])?;
    let variable_information = block("VarFileInfo", Value::None, &[translation])?;
    block(
        "VS_VERSION_INFO",
        Value::Bytes(&fixed_information(description)),
        &[string_information, variable_information],
    )
}

/// The value of a block; decides its `wType` and how its length is counted.
#[derive(Clone, Copy)]
enum Value<'a> {
    None,
    Bytes(&'a [u8]),
    Text(&'a str),
}

/// One block: length, length of the value, type, key, value, children; each part on a multiple
/// of 4 bytes. The length of a text counts 16-bit units with the zero behind it.
fn block(
    description: &ImageDescription,
    key: &str,
    value: Value<'_>,
    children: &[Vec<u8>],
) -> Result<Vec<u8>, ImageError> {
    let (kind, bytes): (u16, Vec<u8>) = match value {
        Value::None => (1, Vec::new()),
        Value::Bytes(bytes) => (0, bytes.to_vec()),
        Value::Text(text) => (1, utf16(text)),
    };
    let value_length = if kind == 1 { bytes.len() / 2 } else { bytes.len() };
    let value_length = block_length(description, value_length)?;
    let mut block = [0, value_length, kind].map(u16::to_le_bytes).concat();
    block.extend(utf16(key));
    for part in std::iter::once(&bytes).chain(children) {
        if !part.is_empty() {
            block.resize(block.len().next_multiple_of(4), 0);
            block.extend(part);
        }
    }
    let length = block_length(description, block.len())?;
    if let Some(field) = block.get_mut(..2) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    Ok(block)
}

fn block_length(description: &ImageDescription, length: usize) -> Result<u16, ImageError> {
    u16::try_from(length).map_err(|_| ImageError::TooLong {
        file: description.file_name.clone(),
        field: "version resource".to_owned(),
        found: length,
        limit: usize::from(u16::MAX),
    })
}

/// `VS_FIXEDFILEINFO`.
fn fixed_information(description: &ImageDescription) -> Vec<u8> {
    let [file_most, file_least] = double_words(description.file_version);
    let [product_most, product_least] = double_words(description.product_version);
    let file_type = match description.kind {
        ImageKind::Program => 1, // VFT_APP
        ImageKind::Library => 2, // VFT_DLL
        ImageKind::Native => 3,  // VFT_DRV
    };
    let file_subtype = match description.kind {
        ImageKind::Native => 7, // VFT2_DRV_SYSTEM
        ImageKind::Program | ImageKind::Library => 0,
    };
    [
        0xfeef_04bd, // dwSignature
        0x0001_0000, // dwStrucVersion
        file_most,
        file_least,
        product_most,
        product_least,
        0x3f,        // dwFileFlagsMask
        0,           // dwFileFlags
        0x0004_0004, // dwFileOS: VOS_NT_WINDOWS32
        file_type,
        file_subtype,
        0, // dwFileDateMS
        0, // dwFileDateLS
    ]
    .map(u32::to_le_bytes)
    .concat()
}

fn double_words(version: FileVersion) -> [u32; 2] {
    [
        u32::from(version.major) << 16 | u32::from(version.minor),
        u32::from(version.build) << 16 | u32::from(version.revision),
    ]
}

/// A text in UTF-16, little endian, with a zero behind it.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}
