//! Headers of a PE file, and where the loader would map its bytes.
//!
//! **Owns** the way from a relative virtual address (RVA) to bytes of the file. **Must never
//! know** what stands at an address.

use crate::{
    Problem, ProblemPart,
    bytes::{array_at, index, u16_at, u32_at, u64_at},
};
use goblin::pe::{
    data_directories::DataDirectory,
    header::{CoffHeader, SIZEOF_COFF_HEADER, SIZEOF_PE_MAGIC},
    optional_header::{MAGIC_32, MAGIC_64},
    section_table::{SIZEOF_SECTION_TABLE, SectionTable},
};
use patchstate_terms::Machine;

/// Most sections that the loader of Windows Server 2003 maps (PE/COFF specification,
/// *Section Table*).
const SECTION_COUNT_MAX: u16 = 96;
/// Data directories that the specification defines.
const DIRECTORY_COUNT_MAX: u32 = 16;
/// Size of a page on x86 and x64: sections are mapped in whole pages.
const PAGE_BYTES: u32 = 4096;
/// Names of a file, however small, may take this many bytes.
const NAME_ROOM_MIN: usize = 32 * 1024;
/// Sections start at a multiple of this in the file, whatever their header says.
const SECTOR_BYTES: u32 = 512;

/// One mapped section.
#[derive(Clone, Copy, Debug)]
struct Section {
    /// First address.
    address: u32,
    /// Addresses that belong to it, zero-filled ones included.
    span: u32,
    /// Where its bytes start in the file.
    offset: u32,
    /// How many bytes of the file are mapped.
    length: u32,
}

/// The headers that matter, read once.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    bytes: &'a [u8],
    /// The machine in the file header.
    pub(super) machine: Machine,
    /// Whether addresses in tables have 64 bits (PE32+).
    pub(super) is_64: bool,
    /// The preferred load address.
    pub(super) image_base: u64,
    /// Where the checksum stands in the file.
    pub(super) checksum_offset: usize,
    /// Why the file is shorter than its headers say, if it is.
    pub(super) cut_short: Option<String>,
    header_length: u32,
    /// Whether the file is mapped as one piece, address equal to offset, as the loader does below
    /// page alignment.
    is_flat: bool,
    sections: Vec<Section>,
    directories: Vec<DataDirectory>,
}

/// Fields of the optional header.
struct OptionalFields {
    is_64: bool,
    image_base: u64,
    section_alignment: u32,
    header_length: u32,
    directories: Vec<DataDirectory>,
}

fn truncated(reason: &str) -> Problem {
    Problem::truncated(ProblemPart::Image, reason.to_owned())
}

fn unreadable(reason: String) -> Problem {
    Problem::unreadable(ProblemPart::Image, reason)
}

impl<'a> Layout<'a> {
    /// Reads the headers.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Problem> {
        let mut offset = header_offset(bytes)? + SIZEOF_PE_MAGIC;
        let coff = CoffHeader::parse(bytes, &mut offset)
            .map_err(|_| truncated("it ends within the file header"))?;
        let optional = read_optional(bytes, offset)?;
        let table = offset + usize::from(coff.size_of_optional_header);
        let is_flat = optional.section_alignment < PAGE_BYTES;
        let headers = read_sections(bytes, table, coff.number_of_sections)?;
        let sections: Vec<Section> = headers.iter().map(Section::new).collect();
        if !is_flat {
            check_sections(&sections)?;
        }
        Ok(Self {
            bytes,
            machine: Machine::from_number(coff.machine),
            is_64: optional.is_64,
            image_base: optional.image_base,
            checksum_offset: offset + 64,
            cut_short: missing_bytes(bytes, optional.header_length, &headers),
            header_length: optional.header_length,
            is_flat,
            sections,
            directories: optional.directories,
        })
    }

    /// How many bytes the names of one kind of table may take when they are kept. Each stands in
    /// the file once, and escaping makes four letters of a byte at most; only tables that overlap
    /// would need more, and a small file could fill any memory with them.
    pub(super) fn name_room(&self) -> usize {
        self.bytes.len().saturating_mul(4).saturating_add(NAME_ROOM_MIN)
    }

    /// How many elements of four bytes the file has room for.
    pub(super) fn element_room(&self) -> usize {
        self.bytes.len() / 4
    }

    /// Address and size of a data directory, where the file has it.
    pub(super) fn directory(&self, number: usize) -> Option<(u32, u32)> {
        let directory = self.directories.get(number)?;
        (directory.virtual_address != 0).then_some((directory.virtual_address, directory.size))
    }

    /// The bytes of the file from an address to the end of what is mapped in one piece, and how
    /// many addresses there are to that end: the loader gives zeros where the bytes end before.
    /// `None` where the image has no such address.
    fn mapped(&self, rva: u32) -> Option<(&'a [u8], usize)> {
        if self.is_flat {
            let mapped = self.bytes.get(index(rva)..)?;
            return Some((mapped, mapped.len()));
        }
        let section = self.sections.iter().find(|s| s.address <= rva && rva - s.address < s.span);
        let (offset, length, span) = match section {
            Some(section) => {
                let within = rva - section.address;
                let read = within.min(section.length);
                let offset = u64::from(section.offset) + u64::from(read);
                (offset, section.length - read, section.span - within)
            }
            None if rva < self.header_length => {
                let length = self.header_length - rva;
                (u64::from(rva), length, length)
            }
            None => return None,
        };
        let start = usize::try_from(offset).ok()?.min(self.bytes.len());
        let end = start.saturating_add(index(length)).min(self.bytes.len());
        Some((self.bytes.get(start..end)?, index(span)))
    }

    /// `N` bytes at an address, with zeros where the loader fills with zeros.
    pub(super) fn array<const N: usize>(&self, rva: u32) -> Option<[u8; N]> {
        let (mapped, span) = self.mapped(rva)?;
        if let Some(whole) = array_at(mapped, 0) {
            return Some(whole);
        }
        // Behind the end of a file that was cut short nothing is known to be zero.
        if self.cut_short.is_some() || span < N {
            return None;
        }
        let mut filled = [0; N];
        filled.get_mut(..mapped.len())?.copy_from_slice(mapped);
        Some(filled)
    }

    /// A 16-bit number at an address.
    pub(super) fn u16(&self, rva: u32) -> Option<u16> {
        self.array(rva).map(u16::from_le_bytes)
    }

    /// A 32-bit number at an address.
    pub(super) fn u32(&self, rva: u32) -> Option<u32> {
        self.array(rva).map(u32::from_le_bytes)
    }

    /// At most `length` bytes at an address; fewer where the section's bytes end.
    pub(super) fn slice(&self, rva: u32, length: u32) -> Option<&'a [u8]> {
        let (mapped, _) = self.mapped(rva)?;
        mapped.get(..index(length).min(mapped.len()))
    }

    /// A NUL-terminated string at an address, without the NUL; `None` where it is not mapped or
    /// longer than `length_max` bytes.
    pub(super) fn string(&self, rva: u32, length_max: usize) -> Option<&'a [u8]> {
        let (mapped, span) = self.mapped(rva)?;
        let window = mapped.get(..mapped.len().min(length_max.saturating_add(1)))?;
        match window.iter().position(|byte| *byte == 0) {
            Some(end) => window.get(..end),
            // The section's zero fill ends the string.
            None if window.len() <= length_max.min(span.saturating_sub(1))
                && self.cut_short.is_none() =>
            {
                Some(window)
            }
            None => None,
        }
    }
}

impl Section {
    fn new(header: &SectionTable) -> Self {
        let virtual_size =
            if header.virtual_size == 0 { header.size_of_raw_data } else { header.virtual_size };
        let span = virtual_size.checked_next_multiple_of(PAGE_BYTES).unwrap_or(u32::MAX);
        let length =
            if header.pointer_to_raw_data == 0 { 0 } else { header.size_of_raw_data.min(span) };
        Self { address: header.virtual_address, span, offset: file_offset(header), length }
    }

    /// The first address behind it.
    fn end(&self) -> u64 {
        u64::from(self.address) + u64::from(self.span)
    }
}

/// Where the bytes of a section start.
fn file_offset(header: &SectionTable) -> u32 {
    header.pointer_to_raw_data - header.pointer_to_raw_data % SECTOR_BYTES
}

/// Sections that overlap, or reach beyond the last address. Windows refuses such files; what stands
/// at an address that two sections claim would depend on the reader.
fn check_sections(sections: &[Section]) -> Result<(), Problem> {
    let mut ordered: Vec<&Section> = sections.iter().filter(|section| section.span > 0).collect();
    ordered.sort_by_key(|section| section.address);
    for (section, next) in ordered.iter().zip(ordered.iter().skip(1)) {
        if section.end() > u64::from(next.address) {
            return Err(unreadable(format!(
                "two of its sections claim address {:#x}",
                next.address
            )));
        }
    }
    match ordered.last() {
        Some(last) if last.end() > 1 << 32 => {
            Err(unreadable("a section reaches beyond the last address".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Where the PE signature stands.
fn header_offset(bytes: &[u8]) -> Result<usize, Problem> {
    match bytes {
        [] => return Err(truncated("it is empty")),
        [b'M', b'Z', ..] => {}
        _ => return Err(unreadable("it is not a PE file: it does not begin with MZ".to_owned())),
    }
    let offset = u32_at(bytes, 0x3C).ok_or_else(|| truncated("it ends within the DOS header"))?;
    match u32_at(bytes, index(offset)) {
        None => Err(truncated(&format!("it ends before its PE header at offset {offset}"))),
        Some(goblin::pe::header::PE_MAGIC) => Ok(index(offset)),
        Some(_) => Err(unreadable("it is a DOS or 16-bit program, not a PE file".to_owned())),
    }
}

fn read_optional(bytes: &[u8], start: usize) -> Result<OptionalFields, Problem> {
    let cut = || truncated("it ends within the optional header");
    let is_64 = match u16_at(bytes, start).ok_or_else(cut)? {
        MAGIC_32 => false,
        MAGIC_64 => true,
        magic => {
            return Err(unreadable(format!("its optional header has the unknown kind {magic:#x}")));
        }
    };
    let number = |at: usize| u32_at(bytes, start + at).ok_or_else(cut);
    let image_base =
        if is_64 { u64_at(bytes, start + 24).ok_or_else(cut)? } else { u64::from(number(28)?) };
    let directory_count_at = if is_64 { 108 } else { 92 };
    let mut offset = start + directory_count_at + 4;
    let mut directories = Vec::new();
    // More directories than the specification has are ignored by the loader.
    for _ in 0..number(directory_count_at)?.min(DIRECTORY_COUNT_MAX) {
        directories.push(DataDirectory::parse(bytes, &mut offset).map_err(|_| cut())?);
    }
    Ok(OptionalFields {
        is_64,
        image_base,
        section_alignment: number(32)?,
        header_length: number(60)?,
        directories,
    })
}

fn read_sections(bytes: &[u8], table: usize, count: u16) -> Result<Vec<SectionTable>, Problem> {
    if count > SECTION_COUNT_MAX {
        return Err(unreadable(format!(
            "it has {count} sections, and Windows maps at most {SECTION_COUNT_MAX}"
        )));
    }
    (0..usize::from(count))
        .map(|number| {
            let mut header: [u8; SIZEOF_SECTION_TABLE] =
                array_at(bytes, table + number * SIZEOF_SECTION_TABLE)
                    .ok_or_else(|| truncated("it ends within its section headers"))?;
            // A long name would make goblin look it up in the string table.
            if let Some(name) = header.get_mut(..8) {
                name.fill(0);
            }
            SectionTable::parse(&header, &mut 0, 0)
                .map_err(|error| unreadable(format!("section header {number}: {error}")))
        })
        .collect()
}

/// Says what is missing at the end of a file that is shorter than its headers claim.
fn missing_bytes(bytes: &[u8], header_length: u32, headers: &[SectionTable]) -> Option<String> {
    let end = headers
        .iter()
        .filter(|header| header.pointer_to_raw_data != 0 && header.size_of_raw_data != 0)
        .map(|header| u64::from(file_offset(header)) + u64::from(header.size_of_raw_data))
        .max()
        .unwrap_or(0)
        .max(u64::from(header_length));
    let length = bytes.len() as u64;
    (length < end).then(|| format!("it has {length} bytes, its headers describe {end}"))
}

// The file header is followed by the optional header without a gap (PE/COFF, *Optional Header*).
const _: () = assert!(SIZEOF_COFF_HEADER == 20);
