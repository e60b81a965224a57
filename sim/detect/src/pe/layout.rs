//! Headers of a PE file, and where the loader would map its bytes.
//!
//! **Owns** the way from a relative virtual address (RVA) to bytes of the file. **Must never
//! know** what stands at an address.

use super::gap::Gap;
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
use memchr::memchr;
use patchstate_terms::Machine;
use std::cell::Cell;

/// Most sections that the loader of Windows Server 2003 maps (PE/COFF specification,
/// *Section Table*).
const SECTION_COUNT_MAX: u16 = 96;
/// Data directories that the specification defines.
const DIRECTORY_COUNT_MAX: u32 = 16;
/// Size of a page on x86 and x64: sections are mapped in whole pages.
const PAGE_BYTES: u32 = 4096;
/// Names of a file, however small, may take this many bytes.
const NAME_ROOM_MIN: usize = 32 * 1024;
/// Sections start and end at a multiple of this in the file, whatever their header says: the loader
/// maps whole sectors.
const SECTOR_BYTES: u32 = 512;

/// One mapped section.
#[derive(Clone, Copy, Debug)]
struct Section<'a> {
    /// First address.
    address: u32,
    /// Addresses that belong to it, zero-filled ones included.
    span: u32,
    /// Where its bytes start in the file.
    offset: u32,
    /// How many bytes of the file are mapped, up to the end of a sector.
    length: u32,
    /// Those that the file has.
    bytes: &'a [u8],
    /// How many bytes are mapped by loaders that go on to a multiple of the file's own alignment.
    length_max: u32,
}

/// Why something cannot be read at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// The image has no such address, or what stands there does not end.
    Nowhere,
    /// It is longer than what is read of such things.
    TooLong,
    /// The file ends within the sector where it stands.
    EndOfFile,
    /// Loaders do not agree whether bytes of the file stand there, or zeros.
    Disputed,
}

impl Absent {
    /// The same as something that is missing in a table, with what it is about.
    pub(super) fn gap(self, what: String) -> Gap {
        match self {
            Self::Nowhere => Gap::unreadable(what),
            Self::TooLong => Gap::truncated(format!("{what}: it is too long")),
            Self::EndOfFile => Gap::truncated(format!("{what}: the file ends there")),
            Self::Disputed => Gap::unreadable(format!(
                "{what}: some loaders read the file there, and others fill with zeros"
            )),
        }
    }
}

/// What is mapped in one piece from an address on.
struct Mapped<'a> {
    /// The bytes of the file.
    bytes: &'a [u8],
    /// How many addresses there are: the loader gives zeros where the bytes end before.
    span: usize,
    /// What is behind the bytes, or behind the span, where that is not known to be zeros.
    behind: Option<Absent>,
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
    image_length: u32,
    /// Whether the file is mapped as one piece, address equal to offset, as the loader does below
    /// page alignment.
    is_flat: bool,
    sections: Vec<Section<'a>>,
    /// The section that was asked for last: what a table leads to stands together.
    last: Cell<usize>,
    directories: Vec<DataDirectory>,
}

/// A table of elements of `N` bytes that follow each other, each read when it is asked for.
pub(super) struct Elements<'l, 'a, const N: usize> {
    layout: &'l Layout<'a>,
    table: u32,
    /// Those that the file has for certain.
    certain: &'a [[u8; N]],
}

impl<'l, 'a, const N: usize> Elements<'l, 'a, N> {
    /// The table at an address.
    pub(super) fn at(layout: &'l Layout<'a>, table: u32) -> Self {
        Self { layout, table, certain: layout.certain(table).as_chunks().0 }
    }

    /// An element of the table, with zeros where the loader fills with zeros.
    pub(super) fn get(&self, number: u32) -> Result<[u8; N], Absent> {
        match self.certain.get(index(number)) {
            Some(element) => Ok(*element),
            None => self.layout.array(self.address(number).ok_or(Absent::Nowhere)?),
        }
    }

    fn address(&self, number: u32) -> Option<u32> {
        self.table.checked_add(number.checked_mul(u32::try_from(N).ok()?)?)
    }
}

/// Fields of the optional header.
struct OptionalFields {
    is_64: bool,
    image_base: u64,
    section_alignment: u32,
    file_alignment: u32,
    image_length: u32,
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
        let mut sections =
            Vec::with_capacity(usize::from(coff.number_of_sections.min(SECTION_COUNT_MAX)));
        let mut end = u64::from(optional.header_length);
        for header in section_headers(bytes, table, coff.number_of_sections)? {
            let header = header?;
            sections.push(Section::new(bytes, &header, optional.file_alignment));
            end = end.max(end_of_bytes(&header));
        }
        if !is_flat {
            check_sections(&sections)?;
        }
        Ok(Self {
            bytes,
            machine: Machine::from_number(coff.machine),
            is_64: optional.is_64,
            image_base: optional.image_base,
            checksum_offset: offset + 64,
            cut_short: missing_bytes(bytes, end),
            header_length: optional.header_length,
            image_length: optional.image_length,
            is_flat,
            sections,
            last: Cell::new(0),
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

    /// What is mapped from an address on, to the end of its section.
    fn mapped(&self, rva: u32) -> Result<Mapped<'a>, Absent> {
        if self.is_flat {
            let bytes = self.bytes.get(index(rva)..).ok_or(Absent::Nowhere)?;
            return Ok(Mapped { bytes, span: bytes.len(), behind: self.behind_cut() });
        }
        if let Some(section) = self.section(rva) {
            return self.mapped_in(section, rva - section.address);
        }
        let length = self.header_length.checked_sub(rva).ok_or(Absent::Nowhere)?;
        let bytes = part(self.bytes, u64::from(rva), length);
        let is_there = length > 0;
        let mapped = Mapped { bytes, span: index(length), behind: self.behind_cut() };
        is_there.then_some(mapped).ok_or(Absent::Nowhere)
    }

    /// The section that an address is in. Sections that overlap are refused.
    fn section(&self, rva: u32) -> Option<&Section<'a>> {
        let last = self.sections.get(self.last.get()).filter(|section| section.has(rva));
        last.or_else(|| {
            let at = self.sections.iter().position(|section| section.has(rva))?;
            self.last.set(at);
            self.sections.get(at)
        })
    }

    /// The bytes of the file from an address to the end of its section: those of which no loader
    /// thinks otherwise.
    fn certain(&self, rva: u32) -> &'a [u8] {
        if self.is_flat {
            return self.bytes.get(index(rva)..).unwrap_or_default();
        }
        let section = self.section(rva);
        let bytes = section.and_then(|section| section.bytes.get(index(rva - section.address)..));
        bytes.unwrap_or_default()
    }

    /// The same for an address by its distance from the beginning of its section.
    fn mapped_in(&self, section: &Section<'a>, within: u32) -> Result<Mapped<'a>, Absent> {
        let is_disputed = self.has_disputed_bytes(section);
        if is_disputed && (section.length..section.length_max).contains(&within) {
            return Err(Absent::Disputed);
        }
        let read = within.min(section.length);
        let bytes = section.bytes.get(index(read)..).unwrap_or_default();
        let (end, behind) = if is_disputed && within < section.length {
            (section.length, Some(Absent::Disputed))
        } else if bytes.len() < index(section.length - read) {
            (section.span, self.behind_cut().or(Some(Absent::EndOfFile)))
        } else {
            (section.span, self.behind_cut())
        };
        Ok(Mapped { bytes, span: index(end - within), behind })
    }

    /// Whether loaders do not agree what stands behind a section's bytes.
    fn has_disputed_bytes(&self, section: &Section<'_>) -> bool {
        let more = section.length_max - section.length;
        if more == 0 {
            return false;
        }
        let disputed =
            part(self.bytes, u64::from(section.offset) + u64::from(section.length), more);
        // To all loaders, zeros of the file and no file are the same; of a file that ends within
        // these bytes it is not known what there was.
        disputed.iter().any(|byte| *byte != 0)
            || !disputed.is_empty() && disputed.len() < index(more)
    }

    /// Behind the end of a file that was cut short nothing is known to be zero.
    fn behind_cut(&self) -> Option<Absent> {
        self.cut_short.as_ref().map(|_| Absent::Nowhere)
    }

    /// `N` bytes at an address, with zeros where the loader fills with zeros.
    pub(super) fn array<const N: usize>(&self, rva: u32) -> Result<[u8; N], Absent> {
        let Mapped { bytes, span, behind } = self.mapped(rva)?;
        if let Some(whole) = array_at(bytes, 0) {
            return Ok(whole);
        }
        if let Some(absent) = behind {
            return Err(absent);
        }
        let mut filled = [0; N];
        match filled.get_mut(..bytes.len()) {
            Some(start) if span >= N => start.copy_from_slice(bytes),
            Some(_) | None => return Err(Absent::Nowhere),
        }
        Ok(filled)
    }

    /// A 16-bit number at an address.
    pub(super) fn u16(&self, rva: u32) -> Result<u16, Absent> {
        self.array(rva).map(u16::from_le_bytes)
    }

    /// A 32-bit number at an address.
    pub(super) fn u32(&self, rva: u32) -> Result<u32, Absent> {
        self.array(rva).map(u32::from_le_bytes)
    }

    /// At most `length` bytes at an address, and why there are fewer where these are not followed
    /// by zeros.
    pub(super) fn slice(
        &self,
        rva: u32,
        length: u32,
    ) -> Result<(&'a [u8], Option<Absent>), Absent> {
        let Mapped { bytes, behind, .. } = self.mapped(rva)?;
        match bytes.get(..index(length)) {
            Some(whole) => Ok((whole, None)),
            None => Ok((bytes, behind)),
        }
    }

    /// A NUL-terminated string of at most `length_max` bytes at an address, without the NUL; or why
    /// there is none, and how many bytes were looked at.
    pub(super) fn string(&self, rva: u32, length_max: usize) -> Result<&'a [u8], (Absent, usize)> {
        let before_nul = |bytes: &'a [u8]| {
            let window = bytes.get(..=length_max).unwrap_or(bytes);
            memchr(0, window).and_then(|end| window.get(..end)).ok_or(window)
        };
        if let Ok(string) = before_nul(self.certain(rva)) {
            return Ok(string);
        }
        let Mapped { bytes, span, behind } = self.mapped(rva).map_err(|absent| (absent, 0))?;
        let window = match before_nul(bytes) {
            Ok(string) => return Ok(string),
            Err(window) => window,
        };
        let absent = match window.len() {
            length if length > length_max => Absent::TooLong,
            length => match behind {
                // The section's zero fill ends the string.
                None if length < span => return Ok(window),
                behind => behind.unwrap_or(Absent::Nowhere),
            },
        };
        Err((absent, window.len()))
    }

    /// Whether the loader looks for an import's names at this address: it takes a lookup table
    /// among the headers, or behind the image, for none (`LdrpSnapIAT` of `ReactOS`, which follows
    /// Windows Server 2003; pefile and LIEF do the same).
    pub(super) fn has_lookup_at(&self, rva: u32) -> bool {
        (self.header_length..self.image_length).contains(&rva)
    }
}

impl<'a> Section<'a> {
    /// Which addresses a section has, and which bytes of the file stand there.
    ///
    /// Wine's `map_image_into_view` maps whole sectors, whatever the file's alignment is, and so
    /// does Windows with the usual alignment of one sector. With a larger one, Windows 11 was seen
    /// to map bytes up to a multiple of that (Ghidra's issue 9171).
    fn new(file: &'a [u8], header: &SectionTable, file_alignment: u32) -> Self {
        let virtual_size =
            if header.virtual_size == 0 { header.size_of_raw_data } else { header.virtual_size };
        let span = virtual_size.checked_next_multiple_of(PAGE_BYTES).unwrap_or(u32::MAX);
        let has_bytes = header.pointer_to_raw_data != 0 && header.size_of_raw_data != 0;
        let bytes = if has_bytes { header.size_of_raw_data } else { 0 };
        let skipped = if has_bytes { header.pointer_to_raw_data % SECTOR_BYTES } else { 0 };
        let up_to = |length: u32, alignment: u32| {
            let rounded = length.checked_next_multiple_of(alignment.max(1));
            rounded.unwrap_or(u32::MAX).min(span)
        };
        let length = up_to(bytes.saturating_add(skipped), SECTOR_BYTES);
        let offset = file_offset(header);
        Self {
            address: header.virtual_address,
            span,
            offset,
            length,
            bytes: part(file, u64::from(offset), length),
            length_max: up_to(bytes, file_alignment).max(length),
        }
    }

    fn has(&self, rva: u32) -> bool {
        self.address <= rva && rva - self.address < self.span
    }

    /// The first address behind it.
    fn end(&self) -> u64 {
        u64::from(self.address) + u64::from(self.span)
    }
}

/// At most so many bytes of a file.
fn part(file: &[u8], offset: u64, length: u32) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(file.len());
    let end = start.saturating_add(index(length)).min(file.len());
    file.get(start..end).unwrap_or_default()
}

/// Where the bytes of a section start.
fn file_offset(header: &SectionTable) -> u32 {
    header.pointer_to_raw_data - header.pointer_to_raw_data % SECTOR_BYTES
}

/// Sections that overlap, or reach beyond the last address. Windows refuses such files; what stands
/// at an address that two sections claim would depend on the reader.
fn check_sections(sections: &[Section<'_>]) -> Result<(), Problem> {
    let mut ordered: Vec<&Section<'_>> = Vec::with_capacity(sections.len());
    ordered.extend(sections.iter().filter(|section| section.span > 0));
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
    let mut directories = Vec::with_capacity(index(DIRECTORY_COUNT_MAX));
    // More directories than the specification has are ignored by the loader.
    for _ in 0..number(directory_count_at)?.min(DIRECTORY_COUNT_MAX) {
        directories.push(DataDirectory::parse(bytes, &mut offset).map_err(|_| cut())?);
    }
    Ok(OptionalFields {
        is_64,
        image_base,
        section_alignment: number(32)?,
        file_alignment: number(36)?,
        image_length: number(56)?,
        header_length: number(60)?,
        directories,
    })
}

/// The headers of the sections, one by one.
fn section_headers(
    bytes: &[u8],
    table: usize,
    count: u16,
) -> Result<impl Iterator<Item = Result<SectionTable, Problem>>, Problem> {
    if count > SECTION_COUNT_MAX {
        return Err(unreadable(format!(
            "it has {count} sections, and Windows maps at most {SECTION_COUNT_MAX}"
        )));
    }
    Ok((0..usize::from(count)).map(move |number| {
        let mut header: [u8; SIZEOF_SECTION_TABLE] =
            array_at(bytes, table + number * SIZEOF_SECTION_TABLE)
                .ok_or_else(|| truncated("it ends within its section headers"))?;
        // A long name would make goblin look it up in the string table.
        if let Some(name) = header.get_mut(..8) {
            name.fill(0);
        }
        SectionTable::parse(&header, &mut 0, 0)
            .map_err(|error| unreadable(format!("section header {number}: {error}")))
    }))
}

/// Where the bytes of a section end, by its header.
fn end_of_bytes(header: &SectionTable) -> u64 {
    if header.pointer_to_raw_data == 0 || header.size_of_raw_data == 0 {
        return 0;
    }
    u64::from(file_offset(header)) + u64::from(header.size_of_raw_data)
}

/// Says what is missing at the end of a file that is shorter than its headers claim.
fn missing_bytes(bytes: &[u8], end: u64) -> Option<String> {
    let length = bytes.len() as u64;
    (length < end).then(|| format!("it has {length} bytes, its headers describe {end}"))
}

// The file header is followed by the optional header without a gap (PE/COFF, *Optional Header*).
const _: () = assert!(SIZEOF_COFF_HEADER == 20);
