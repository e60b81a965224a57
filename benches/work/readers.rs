//! Four readers of PE files that give the same facts to whoever listens.
//!
//! **Owns** how each crate is asked for the fixed file version, the names of exports, and the
//! names that are imported at load time with their DLLs. That is what all four can say: delayed
//! imports are not known to `pelite` and to `goblin`, and are read by ours all the same, as are
//! ordinals, forwarders and the version string. **Must never know** who listens.
//!
//! **Start reading** at [`Listener`].

use goblin::pe::{PE, import::SyntheticImportLookupTableEntry};
use object::{
    LittleEndian, pe,
    read::pe::{
        ImageNtHeaders, ImageOptionalHeader, Import, PeFile, ResourceDirectoryEntryData,
        ResourceNameOrId, optional_header_magic,
    },
};
use patchstate_detect::ImageEvidence;
use patchstate_terms::FileVersion;
use pelite::resources::version_info::VersionInfo;
use std::ops::Range;

/// Gets the facts of one file, in any order.
pub(crate) trait Listener {
    /// The file version of `VS_FIXEDFILEINFO`.
    fn version(&mut self, version: FileVersion);
    /// The name of an export.
    fn export(&mut self, name: &[u8]);
    /// A name that is imported, and from where.
    fn import(&mut self, dll: &[u8], name: &[u8]);
}

/// The detection core. `None` where any part could not be read.
pub(crate) fn patchstate(bytes: &[u8], listener: &mut impl Listener) -> Option<()> {
    let image = ImageEvidence::read(bytes);
    if !image.problems.is_empty() {
        return None;
    }
    image.file_version.into_iter().for_each(|version| listener.version(version));
    image.exports.names().for_each(|name| listener.export(name.as_bytes()));
    for import in image.imports.iter().filter(|import| !import.delayed) {
        let dll = import.dll.as_bytes();
        import.names.iter().for_each(|name| listener.import(dll, name.as_bytes()));
    }
    Some(())
}

/// The crate `goblin`, with its full parse. Its own accessor for the version reads other fields.
pub(crate) fn goblin(bytes: &[u8], listener: &mut impl Listener) -> Option<()> {
    let image = PE::parse(bytes).ok()?;
    let version =
        image.resource_data.as_ref().and_then(|resources| resources.version_info.as_ref());
    if let Some(fixed) = version.and_then(|version| version.fixed_info.as_ref()) {
        let (most, least) = (fixed.file_version_ms, fixed.file_version_ls);
        listener.version(FileVersion::from_double_words(most, least));
    }
    let names = image.exports.iter().filter_map(|export| export.name);
    names.for_each(|name| listener.export(name.as_bytes()));
    for import in image.import_data.iter().flat_map(|imports| &imports.import_data) {
        for symbol in import.import_lookup_table.iter().flatten() {
            if let SyntheticImportLookupTableEntry::HintNameTableRVA((_, entry)) = symbol {
                listener.import(import.name.as_bytes(), entry.name.as_bytes());
            }
        }
    }
    Some(())
}

/// The crate `object`. It finds the version resource and leaves its contents to the caller.
pub(crate) fn object(bytes: &[u8], listener: &mut impl Listener) -> Option<()> {
    let read = match optional_header_magic(bytes).ok()? {
        pe::IMAGE_NT_OPTIONAL_HDR64_MAGIC => object_of::<pe::ImageNtHeaders64>(bytes, listener),
        _ => object_of::<pe::ImageNtHeaders32>(bytes, listener),
    };
    read.ok()
}

fn object_of<H: ImageNtHeaders>(
    bytes: &[u8],
    listener: &mut impl Listener,
) -> object::read::Result<()> {
    let file = PeFile::<H>::parse(bytes)?;
    if let Some(version) = object_version(&file)? {
        listener.version(version);
    }
    if let Some(table) = file.export_table()? {
        for (pointer, _) in table.name_iter() {
            listener.export(table.name_from_pointer(pointer)?);
        }
    }
    let Some(table) = file.import_table()? else { return Ok(()) };
    let mut descriptors = table.descriptors()?;
    while let Some(descriptor) = descriptors.next()? {
        let dll = table.name(descriptor.name.get(LittleEndian))?;
        let lookup = match descriptor.original_first_thunk.get(LittleEndian) {
            0 => descriptor.first_thunk.get(LittleEndian),
            lookup => lookup,
        };
        let mut thunks = table.thunks(lookup)?;
        while let Some(thunk) = thunks.next::<H>()? {
            if let Import::Name(_, name) = table.import::<H>(thunk)? {
                listener.import(dll, name);
            }
        }
    }
    Ok(())
}

/// The part of a file that is read from a disk together.
pub(crate) const PAGE_BYTES: usize = 4096;

/// Where a file has its headers, its tables of exports, imports and delayed imports, and the first
/// page of its resources.
pub(crate) fn parts(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    match optional_header_magic(bytes).ok()? {
        pe::IMAGE_NT_OPTIONAL_HDR64_MAGIC => parts_of::<pe::ImageNtHeaders64>(bytes),
        _ => parts_of::<pe::ImageNtHeaders32>(bytes),
    }
}

fn parts_of<H: ImageNtHeaders>(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let file = PeFile::<H>::parse(bytes).ok()?;
    let sections = file.section_table();
    let size_of_headers = file.nt_headers().optional_header().size_of_headers();
    let headers = 0..usize::try_from(size_of_headers).ok()?.min(bytes.len());
    let mut parts = vec![headers];
    for number in [
        pe::IMAGE_DIRECTORY_ENTRY_EXPORT,
        pe::IMAGE_DIRECTORY_ENTRY_IMPORT,
        pe::IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT,
        pe::IMAGE_DIRECTORY_ENTRY_RESOURCE,
    ] {
        let Some(directory) = file.data_directory(number) else { continue };
        if let Ok(data) = directory.data(bytes, &sections) {
            let start = data.as_ptr().addr() - bytes.as_ptr().addr();
            // Behind the folders of resources stand pictures, which nobody reads.
            let is_resources = number == pe::IMAGE_DIRECTORY_ENTRY_RESOURCE;
            let length = if is_resources { data.len().min(PAGE_BYTES) } else { data.len() };
            parts.push(start..start + length);
        }
    }
    Some(parts)
}

fn object_version<H: ImageNtHeaders>(
    file: &PeFile<'_, H>,
) -> object::read::Result<Option<FileVersion>> {
    const TYPE_VERSION: u16 = 16;
    const SIGNATURE: u32 = 0xFEEF_04BD;
    // Three lengths of 16 bits and the key `VS_VERSION_INFO`, filled up to a multiple of four.
    const FIXED_AT: usize = 40;
    let sections = file.section_table();
    let found = file.data_directories().resource_directory(file.data(), &sections)?;
    let Some(resources) = found else { return Ok(None) };
    let is_version = |name| matches!(name, ResourceNameOrId::Id(id) if id == TYPE_VERSION);
    let root = resources.root()?;
    let mut entry = root.entries.iter().find(|entry| is_version(entry.name_or_id()));
    while let Some(found) = entry {
        let leaf = match found.data(resources)? {
            ResourceDirectoryEntryData::Table(table) => {
                entry = table.entries.first();
                continue;
            }
            ResourceDirectoryEntryData::Data(leaf) => leaf,
        };
        let at = leaf.offset_to_data.get(LittleEndian);
        let block = sections.pe_data_at(file.data(), at).unwrap_or_default();
        let word = |number: usize| {
            let field = block.get(FIXED_AT + 4 * number..)?.first_chunk::<4>()?;
            Some(u32::from_le_bytes(*field))
        };
        let version = || Some(FileVersion::from_double_words(word(2)?, word(3)?));
        return Ok(if word(0) == Some(SIGNATURE) { version() } else { None });
    }
    Ok(None)
}

/// The crate `pelite`.
pub(crate) fn pelite(bytes: &[u8], listener: &mut impl Listener) -> Option<()> {
    pelite_of(bytes, listener).ok()
}

fn pelite_of(bytes: &[u8], listener: &mut impl Listener) -> pelite::Result<()> {
    let file = pelite::PeFile::from_bytes(bytes)?;
    let version = file.resources().ok().and_then(|resources| resources.version_info().ok());
    if let Some(fixed) = version.and_then(VersionInfo::fixed) {
        // Named after their places in memory: the last two are the other way round.
        let version = fixed.dwFileVersion;
        let (build, revision) = (version.Patch, version.Build);
        listener.version(FileVersion::new(version.Major, version.Minor, build, revision));
    }
    if let Some(exports) = there(file.exports())? {
        let exports = exports.by()?;
        for hint in 0..exports.names().len() {
            listener.export(exports.name_of_hint(hint)?.as_ref());
        }
    }
    if let Some(imports) = there(file.imports())? {
        for import in imports {
            let dll = import.dll_name()?;
            for symbol in import.int()? {
                if let pelite::pe64::imports::Import::ByName { name, .. } = symbol? {
                    listener.import(dll.as_ref(), name.as_ref());
                }
            }
        }
    }
    Ok(())
}

/// A table that is not there is no error.
fn there<T>(table: pelite::Result<T>) -> pelite::Result<Option<T>> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(pelite::Error::Null | pelite::Error::Bounds) => Ok(None),
        Err(error) => Err(error),
    }
}
