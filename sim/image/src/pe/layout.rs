//! Sections in the making: bytes, labels, and the places that need the address of a label.
//!
//! Contents are appended first, with labels instead of addresses; [`Assembly::link`] then gives
//! every section its address and puts the addresses in. Knows nothing of what the bytes mean.

use object::{
    pe,
    write::pe::{NtHeaders, SectionRange, Writer},
};

/// PE/COFF specification, *Optional Header*: the alignment of sections in memory.
const SECTION_ALIGNMENT: u32 = 0x1000;
/// The alignment of sections in the file.
pub(super) const FILE_ALIGNMENT: u32 = 0x200;
/// No image is larger than this, filler included.
pub(super) const IMAGE_SIZE_MAX: usize = 1 << 28;
/// The DOS header and its program, which `Writer::write_dos_header_and_stub` writes.
const DOS_HEADER_AND_STUB_LENGTH: usize = 64 + 64;
/// Behind the DOS program there is room for a text of this length; headers stay below 1024 bytes.
pub(super) const BANNER_LENGTH: usize = 256;
const NT_HEADERS_OFFSET: usize = DOS_HEADER_AND_STUB_LENGTH + BANNER_LENGTH;
/// From the start of the NT headers to `CheckSum`: signature, file header, 64 bytes.
const CHECKSUM_OFFSET: usize = 4 + 20 + 64;

/// The sections of an image, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// `.text`: code.
    Code,
    /// `.rdata`: import and export tables, names, unwind information, filler.
    ReadOnly,
    /// `.data`: what is written to while the image runs.
    Variables,
    /// `.pdata`: the table of functions with unwind information (x64).
    Exceptions,
    /// `.rsrc`: resources.
    Resources,
}

impl Section {
    const ALL: [Self; 5] =
        [Self::Code, Self::ReadOnly, Self::Variables, Self::Exceptions, Self::Resources];

    const fn name(self) -> [u8; 8] {
        match self {
            Self::Code => *b".text\0\0\0",
            Self::ReadOnly => *b".rdata\0\0",
            Self::Variables => *b".data\0\0\0",
            Self::Exceptions => *b".pdata\0\0",
            Self::Resources => *b".rsrc\0\0\0",
        }
    }

    fn rights(self) -> pe::SectionFlags {
        let read_only = pe::IMAGE_SCN_CNT_INITIALIZED_DATA | pe::IMAGE_SCN_MEM_READ;
        match self {
            Self::Code => {
                pe::IMAGE_SCN_CNT_CODE | pe::IMAGE_SCN_MEM_EXECUTE | pe::IMAGE_SCN_MEM_READ
            }
            Self::Variables => read_only | pe::IMAGE_SCN_MEM_WRITE,
            Self::ReadOnly | Self::Exceptions | Self::Resources => read_only,
        }
    }
}

/// A place in a section that has no address yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(usize);

/// How an address is written into the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FixupKind {
    /// 32 bits, relative to the image base.
    Rva,
    /// 32 bits, relative to the end of the field itself.
    Relative,
    /// An absolute address of the machine's width, with a base relocation.
    Address,
}

struct Fixup {
    offset: usize,
    target: Label,
    kind: FixupKind,
}

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    fixups: Vec<Fixup>,
}

/// Why an assembly cannot be linked.
pub(super) enum LinkError {
    /// A length or address does not fit.
    TooLarge(usize),
    /// The writer of headers gave up.
    Writer(String),
}

impl From<object::write::Error> for LinkError {
    fn from(error: object::write::Error) -> Self {
        Self::Writer(error.to_string())
    }
}

/// All sections of one image in the making.
pub(super) struct Assembly {
    is_64_bit: bool,
    /// What stands behind the DOS program.
    banner: [u8; BANNER_LENGTH],
    contents: [Content; 5],
    labels: Vec<Option<(Section, usize)>>,
    directories: Vec<(usize, Label, Label)>,
}

impl Assembly {
    pub(super) fn new(is_64_bit: bool, banner: [u8; BANNER_LENGTH]) -> Self {
        Self {
            is_64_bit,
            banner,
            contents: Default::default(),
            labels: Vec::new(),
            directories: Vec::new(),
        }
    }

    pub(super) const fn is_64_bit(&self) -> bool {
        self.is_64_bit
    }

    /// A label whose place is given later with [`Assembly::place`].
    pub(super) fn new_label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Gives a label its place: the present end of a section.
    pub(super) fn place(&mut self, label: Label, section: Section) {
        let end = self.content(section).bytes.len();
        if let Some(slot) = self.labels.get_mut(label.0) {
            *slot = Some((section, end));
        }
    }

    /// A new label at the present end of a section.
    pub(super) fn here(&mut self, section: Section) -> Label {
        let label = self.new_label();
        self.place(label, section);
        label
    }

    pub(super) fn bytes(&mut self, section: Section, bytes: &[u8]) {
        self.content(section).bytes.extend_from_slice(bytes);
    }

    /// Fills a section up to a multiple of `alignment`.
    pub(super) fn align(&mut self, section: Section, alignment: usize, filler: u8) {
        let bytes = &mut self.content(section).bytes;
        bytes.resize(bytes.len().next_multiple_of(alignment), filler);
    }

    /// 32 bits: the address of a label relative to the image base.
    pub(super) fn rva(&mut self, section: Section, target: Label) {
        self.fixup(section, target, FixupKind::Rva, 4);
    }

    /// 32 bits: the distance from the end of this field to a label.
    pub(super) fn relative(&mut self, section: Section, target: Label) {
        self.fixup(section, target, FixupKind::Relative, 4);
    }

    /// The absolute address of a label, 32 or 64 bits wide, with a base relocation.
    pub(super) fn address(&mut self, section: Section, target: Label) {
        let width = if self.is_64_bit { 8 } else { 4 };
        self.fixup(section, target, FixupKind::Address, width);
    }

    /// Sets a data directory (`pe::IMAGE_DIRECTORY_ENTRY_*`) to what stands between two labels.
    pub(super) fn directory(&mut self, index: usize, start: Label, end: Label) {
        self.directories.push((index, start, end));
    }

    /// Sets a data directory to all of a section, unless the section has no content.
    pub(super) fn directory_of_section(&mut self, index: usize, section: Section) {
        if self.content(section).bytes.is_empty() {
            return;
        }
        let end = self.here(section);
        self.labels.push(Some((section, 0)));
        self.directories.push((index, Label(self.labels.len() - 1), end));
    }

    /// Fills a section up to a multiple of [`FILE_ALIGNMENT`], and then by so many blocks of that
    /// size, with a text that is repeated. A section without content stays so.
    pub(super) fn fill(&mut self, section: Section, blocks: usize, text: &[u8]) {
        let bytes = &mut self.content(section).bytes;
        let alignment = FILE_ALIGNMENT as usize;
        let target = bytes.len().next_multiple_of(alignment) + blocks * alignment;
        extend_with_text(bytes, target, text);
    }

    fn content(&mut self, section: Section) -> &mut Content {
        let [code, read_only, variables, exceptions, resources] = &mut self.contents;
        match section {
            Section::Code => code,
            Section::ReadOnly => read_only,
            Section::Variables => variables,
            Section::Exceptions => exceptions,
            Section::Resources => resources,
        }
    }

    fn fixup(&mut self, section: Section, target: Label, kind: FixupKind, width: usize) {
        let content = self.content(section);
        let offset = content.bytes.len();
        content.bytes.resize(offset + width, 0);
        content.fixups.push(Fixup { offset, target, kind });
    }

    /// The bytes of the image, without its checksum. `entry` becomes the entry point; `headers`
    /// gives the rest.
    pub(super) fn link(&self, headers: &NtHeaders, entry: Label) -> Result<Vec<u8>, LinkError> {
        let total: usize = self.contents.iter().map(|content| content.bytes.len()).sum();
        if total > IMAGE_SIZE_MAX {
            return Err(LinkError::TooLarge(total));
        }
        let used: Vec<(Section, &Content)> = Section::ALL
            .into_iter()
            .zip(&self.contents)
            .filter(|(_, content)| !content.bytes.is_empty())
            .collect();
        let has_relocations =
            self.contents.iter().flat_map(|c| &c.fixups).any(|f| f.kind == FixupKind::Address);
        let section_count = used.len() + usize::from(has_relocations);

        let mut image = Vec::new();
        let mut writer = Writer::new(self.is_64_bit, SECTION_ALIGNMENT, FILE_ALIGNMENT, &mut image);
        writer.reserve_dos_header_and_stub();
        writer.reserve(narrow(BANNER_LENGTH)?, 1);
        writer.reserve_nt_headers(pe::IMAGE_NUMBEROF_DIRECTORY_ENTRIES);
        writer.reserve_section_headers(narrow_16(section_count)?);
        let ranges = Self::reserve(&mut writer, &used)?;
        let addresses = self.addresses(&ranges)?;
        for &(index, start, end) in &self.directories {
            let start = addresses.of(start)?;
            writer.set_data_directory(index, start, addresses.of(end)? - start);
        }
        self.add_relocations(&mut writer, &used, &ranges)?;
        if has_relocations {
            writer.reserve_reloc_section();
        }

        writer.write_dos_header_and_stub()?;
        writer.write(&self.banner);
        writer.write_nt_headers(NtHeaders {
            address_of_entry_point: addresses.of(entry)?,
            ..headers.clone()
        });
        writer.write_section_headers();
        for ((_, content), (_, range)) in used.iter().zip(&ranges) {
            let bytes = self.resolve(content, range, &addresses, headers.image_base)?;
            writer.write_section(range.file_offset, &bytes);
        }
        writer.write_reloc_section();
        Ok(image)
    }

    fn reserve(
        writer: &mut Writer<'_>,
        used: &[(Section, &Content)],
    ) -> Result<Vec<(Section, SectionRange)>, LinkError> {
        used.iter()
            .map(|(section, content)| {
                let size = narrow(content.bytes.len())?;
                let range = writer.reserve_section(section.name(), section.rights(), size, size);
                Ok((*section, range))
            })
            .collect()
    }

    fn addresses(&self, ranges: &[(Section, SectionRange)]) -> Result<Addresses, LinkError> {
        let of = |place: &Option<(Section, usize)>| {
            let Some((section, offset)) = *place else { return Ok(None) };
            let range = ranges.iter().find(|(name, _)| *name == section);
            let offset = narrow(offset)?;
            Ok(range.map(|(_, range)| range.virtual_address + offset))
        };
        Ok(Addresses(self.labels.iter().map(of).collect::<Result<_, LinkError>>()?))
    }

    /// The bytes of a section with every address put in.
    fn resolve(
        &self,
        content: &Content,
        range: &SectionRange,
        addresses: &Addresses,
        image_base: u64,
    ) -> Result<Vec<u8>, LinkError> {
        let mut bytes = content.bytes.clone();
        for fixup in &content.fixups {
            let target = addresses.of(fixup.target)?;
            let field_end = range.virtual_address + narrow(fixup.offset)? + 4;
            let value = match fixup.kind {
                FixupKind::Rva => u64::from(target),
                FixupKind::Relative => u64::from(target.wrapping_sub(field_end)),
                FixupKind::Address => image_base + u64::from(target),
            };
            let wide = self.is_64_bit && fixup.kind == FixupKind::Address;
            let width = if wide { 8 } else { 4 };
            let field = bytes.get_mut(fixup.offset..).and_then(|rest| rest.get_mut(..width));
            if let (Some(field), Some(value)) = (field, value.to_le_bytes().get(..width)) {
                field.copy_from_slice(value);
            }
        }
        Ok(bytes)
    }
}

/// The address of every label, relative to the image base.
struct Addresses(Vec<Option<u32>>);

impl Addresses {
    fn of(&self, label: Label) -> Result<u32, LinkError> {
        let place = self.0.get(label.0).copied().flatten();
        place.ok_or_else(|| LinkError::Writer(format!("label {} has no place", label.0)))
    }
}

impl Assembly {
    fn add_relocations(
        &self,
        writer: &mut Writer<'_>,
        used: &[(Section, &Content)],
        ranges: &[(Section, SectionRange)],
    ) -> Result<(), LinkError> {
        let kind =
            if self.is_64_bit { pe::IMAGE_REL_BASED_DIR64 } else { pe::IMAGE_REL_BASED_HIGHLOW };
        for ((_, content), (_, range)) in used.iter().zip(ranges) {
            // Contents are appended, so the fixups of a section are in the order of addresses.
            for fixup in content.fixups.iter().filter(|f| f.kind == FixupKind::Address) {
                writer.add_reloc(range.virtual_address + narrow(fixup.offset)?, kind);
            }
        }
        Ok(())
    }
}

/// Lengthens `bytes` to `length` with a text that is repeated.
pub(super) fn extend_with_text(bytes: &mut Vec<u8>, length: usize, text: &[u8]) {
    while bytes.len() < length {
        let missing = length - bytes.len();
        bytes.extend_from_slice(text.get(..missing).unwrap_or(text));
    }
}

fn narrow(length: usize) -> Result<u32, LinkError> {
    u32::try_from(length).map_err(|_| LinkError::TooLarge(length))
}

fn narrow_16(length: usize) -> Result<u16, LinkError> {
    u16::try_from(length).map_err(|_| LinkError::TooLarge(length))
}

/// Puts the checksum of the whole file into its optional header (PE/COFF specification,
/// *`CheckSum`*: the algorithm of `IMAGHELP.DLL`, a folded sum of 16-bit words plus the length).
pub(super) fn set_checksum(image: &mut [u8]) {
    let field = NT_HEADERS_OFFSET + CHECKSUM_OFFSET;
    if let Some(bytes) = image.get_mut(field..field + 4) {
        bytes.fill(0);
    }
    let checksum = checksum(image);
    if let Some(bytes) = image.get_mut(field..field + 4) {
        bytes.copy_from_slice(&checksum.to_le_bytes());
    }
}

/// The checksum of a file whose checksum field is 0.
fn checksum(image: &[u8]) -> u32 {
    let (pairs, rest) = image.as_chunks::<2>();
    let last = rest.first().copied().unwrap_or(0);
    let words = pairs.iter().map(|pair| u64::from(u16::from_le_bytes(*pair)));
    let mut sum = words.sum::<u64>() + u64::from(last);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u32::try_from(sum + image.len() as u64).unwrap_or(u32::MAX)
}
