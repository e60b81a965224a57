//! A small image with nothing wrong: exports, imports, delayed imports and a version, each at a
//! place that is written down here, so that a shape is a change at such a place.

/// File offset of the code.
pub(super) const TEXT_RAW: usize = 0x400;
/// File offset of the tables.
pub(super) const TABLES_RAW: usize = 0x600;
/// Bytes of the tables.
pub(super) const TABLES_BYTES: usize = 0xC00;

/// Places in the tables, counted from their start.
pub(super) mod at {
    /// The export directory, and where its parts are.
    pub(crate) const EXPORTS: usize = 0;
    pub(crate) const EXPORT_ADDRESSES: usize = 0x40;
    pub(crate) const EXPORT_NAMES: usize = 0x80;
    pub(crate) const EXPORT_INDEXES: usize = 0xC0;
    /// The names `Fwd`, `One` and `Two`, and what `Fwd` leads to.
    pub(crate) const NAME_FWD: usize = 0xF0;
    pub(crate) const NAME_ONE: usize = 0xF8;
    pub(crate) const NAME_TWO: usize = 0x100;
    pub(crate) const FORWARDER: usize = 0x108;
    /// The import directory, and where its parts are.
    pub(crate) const IMPORTS: usize = 0x200;
    pub(crate) const IMPORT_LOOKUP: usize = 0x280;
    pub(crate) const IMPORT_ADDRESSES: usize = 0x2C0;
    pub(crate) const IMPORT_HINT: usize = 0x300;
    pub(crate) const IMPORT_DLL: usize = 0x320;
    /// The directory of delayed imports, and where its parts are.
    pub(crate) const DELAYED: usize = 0x400;
    pub(crate) const DELAYED_LOOKUP: usize = 0x460;
    pub(crate) const DELAYED_ADDRESSES: usize = 0x480;
    pub(crate) const DELAYED_DLL: usize = 0x4C0;
    pub(crate) const DELAYED_HINT: usize = 0x4D0;
    /// The resource tree: types, names, languages, and two leaves.
    pub(crate) const RESOURCES: usize = 0x600;
    pub(crate) const RESOURCE_NAMES: usize = 0x618;
    pub(crate) const RESOURCE_LANGUAGES: usize = 0x630;
    pub(crate) const LEAF: usize = 0x660;
    pub(crate) const OTHER_LEAF: usize = 0x670;
    /// The version resource, and room for another.
    pub(crate) const VERSION: usize = 0x680;
    pub(crate) const OTHER_VERSION: usize = 0xA00;
}

/// Where the image is mapped if it can be.
pub(super) const IMAGE_BASE: u32 = 0x1000_0000;
/// The bit that marks a subfolder of resources.
pub(super) const SUBFOLDER: u32 = 1 << 31;

/// What kind of sound image.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) machine: u16,
    pub(super) is_64: bool,
    /// Where the PE header stands.
    pub(super) header: usize,
    /// The alignment of sections; below the size of a page, addresses are file offsets.
    pub(super) alignment: u32,
    /// 2 for windows, 3 for the console, 1 for drivers.
    pub(super) subsystem: u16,
}

impl Plan {
    pub(super) const X86: Self =
        Self { machine: 0x14C, is_64: false, header: 0x80, alignment: 0x1000, subsystem: 2 };
    pub(super) const X64: Self = Self { machine: 0x8664, is_64: true, ..Self::X86 };
    pub(super) const IA64: Self =
        Self { machine: 0x200, is_64: true, alignment: 0x2000, ..Self::X86 };

    const fn is_flat(self) -> bool {
        self.alignment < 0x1000
    }
}

/// The image, and where its parts are.
pub(super) struct Sound {
    pub(super) bytes: Vec<u8>,
    plan: Plan,
}

impl Sound {
    pub(super) fn x86() -> Self {
        Self::new(Plan::X86)
    }

    pub(super) fn new(plan: Plan) -> Self {
        let mut sound = Self { bytes: vec![0; TABLES_RAW + TABLES_BYTES], plan };
        sound.write_headers();
        sound.put(TEXT_RAW, &[0xC3; 16]);
        sound.write_exports();
        sound.write_imports();
        sound.write_delayed();
        sound.write_resources();
        sound
    }

    /// The address of a place in the tables.
    pub(super) fn rva(&self, place: usize) -> u32 {
        number(place) + if self.plan.is_flat() { number(TABLES_RAW) } else { self.tables_rva() }
    }

    pub(super) fn text_rva(&self) -> u32 {
        if self.plan.is_flat() { number(TEXT_RAW) } else { self.plan.alignment }
    }

    fn tables_rva(&self) -> u32 {
        2 * self.plan.alignment
    }

    pub(super) fn header(&self) -> usize {
        self.plan.header
    }

    pub(super) fn optional(&self) -> usize {
        self.plan.header + 24
    }

    /// Where the header of a section stands.
    pub(super) fn section(&self, number: usize) -> usize {
        self.optional() + if self.plan.is_64 { 240 } else { 224 } + 40 * number
    }

    /// Where the count of data directories stands; they follow.
    pub(super) fn directory_count(&self) -> usize {
        self.optional() + if self.plan.is_64 { 108 } else { 92 }
    }

    /// Where a data directory stands.
    pub(super) fn directory(&self, number: usize) -> usize {
        self.directory_count() + 4 + 8 * number
    }

    pub(super) fn put(&mut self, at: usize, bytes: &[u8]) {
        if self.bytes.len() < at + bytes.len() {
            self.bytes.resize(at + bytes.len(), 0);
        }
        for (place, byte) in self.bytes.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
    }

    pub(super) fn put16(&mut self, at: usize, value: u16) {
        self.put(at, &value.to_le_bytes());
    }

    pub(super) fn put32(&mut self, at: usize, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    /// Puts double words at a place in the tables.
    pub(super) fn table(&mut self, place: usize, values: &[u32]) {
        for (number, value) in values.iter().enumerate() {
            self.put32(TABLES_RAW + place + 4 * number, *value);
        }
    }

    /// Puts thunks, as wide as the image has them, at a place in the tables.
    pub(super) fn thunks(&mut self, place: usize, values: &[u64]) {
        let width = if self.plan.is_64 { 8 } else { 4 };
        for (number, value) in values.iter().enumerate() {
            let bytes = value.to_le_bytes();
            self.put(TABLES_RAW + place + width * number, bytes.get(..width).unwrap_or_default());
        }
    }

    /// A thunk that asks for an ordinal.
    pub(super) fn by_ordinal(&self, ordinal: u16) -> u64 {
        u64::from(ordinal) | 1 << if self.plan.is_64 { 63 } else { 31 }
    }

    /// Appends a section of whole pages behind the others; gives its address.
    pub(super) fn append(&mut self, bytes: &[u8]) -> u32 {
        let count_at = self.header() + 6;
        let count = self.bytes.get(count_at).copied().map_or(0, usize::from);
        let (raw, rva) = (self.bytes.len(), self.plan.alignment * number(count + 1));
        self.put16(count_at, u16::try_from(count + 1).unwrap_or(0));
        let at = self.section(count);
        self.put(at, b".more\0\0\0");
        for (field, value) in [(8, bytes.len()), (12, rva as usize), (16, bytes.len()), (20, raw)] {
            self.put32(at + field, number(value));
        }
        self.put32(self.optional() + 56, rva + number(bytes.len()));
        self.put(raw, bytes);
        rva
    }

    fn write_headers(&mut self) {
        let Plan { machine, is_64, header, alignment, subsystem } = self.plan;
        self.put(0, b"MZ");
        self.put(header, b"PE\0\0");
        for (at, value) in [(4, machine), (6, 2), (20, if is_64 { 240 } else { 224 }), (22, 0x2102)]
        {
            self.put16(header + at, value);
        }
        let optional = self.optional();
        self.put16(optional, if is_64 { 0x20B } else { 0x10B });
        self.put32(optional + if is_64 { 24 } else { 28 }, IMAGE_BASE);
        // The image ends where its last section does.
        let end = if self.plan.is_flat() { 0x1200 } else { 3 * alignment };
        let file_alignment = alignment.min(0x200);
        for (at, value) in [(32, alignment), (36, file_alignment), (56, end), (60, 0x400)] {
            self.put32(optional + at, value);
        }
        for (at, value) in [(40, 5), (42, 2), (48, 4), (68, subsystem)] {
            self.put16(optional + at, value);
        }
        let count = self.directory_count();
        self.put32(count, 16);
        let (text, tables) = (self.text_rva(), self.rva(0));
        let sections = [
            (b".text\0\0\0", text, TEXT_RAW, 0x200, 0x6000_0020),
            (b".rdata\0\0", tables, TABLES_RAW, TABLES_BYTES, 0x4000_0040),
        ];
        for (index, (name, rva, raw, length, rights)) in sections.into_iter().enumerate() {
            let at = self.section(index);
            self.put(at, name);
            let length = number(length);
            for (field, value) in
                [(8, length), (12, rva), (16, length), (20, number(raw)), (36, rights)]
            {
                self.put32(at + field, value);
            }
        }
        // Inside the DOS header, the place of the PE header is a field of both.
        self.put32(0x3C, number(header));
    }

    fn set_directory(&mut self, which: usize, place: usize, size: u32) {
        let (at, rva) = (self.directory(which), self.rva(place));
        self.put32(at, rva);
        self.put32(at + 4, size);
    }

    fn write_exports(&mut self) {
        let rva = |place| self.rva(place);
        let (text, base) = (self.text_rva(), rva(0));
        let directory = [0, 0, 0, base + 0xE0, 1, 4, 3, rva(at::EXPORT_ADDRESSES)];
        let names = [rva(at::NAME_FWD), rva(at::NAME_ONE), rva(at::NAME_TWO)];
        let addresses = [text, text + 1, rva(at::FORWARDER), text + 2];
        let rest = [rva(at::EXPORT_NAMES), rva(at::EXPORT_INDEXES)];
        self.table(at::EXPORTS, &directory);
        self.table(at::EXPORTS + 32, &rest);
        self.table(at::EXPORT_ADDRESSES, &addresses);
        self.table(at::EXPORT_NAMES, &names);
        for (index, value) in [2, 0, 1].into_iter().enumerate() {
            self.put16(TABLES_RAW + at::EXPORT_INDEXES + 2 * index, value);
        }
        let texts: [(usize, &[u8]); 5] = [
            (0xE0, b"LOOP.dll"),
            (at::NAME_FWD, b"Fwd"),
            (at::NAME_ONE, b"One"),
            (at::NAME_TWO, b"Two"),
            (at::FORWARDER, b"OTHER.Three"),
        ];
        for (place, text) in texts {
            self.put(TABLES_RAW + place, text);
        }
        self.set_directory(0, at::EXPORTS, 0x140);
    }

    fn write_imports(&mut self) {
        let thunks = [u64::from(self.rva(at::IMPORT_HINT)), self.by_ordinal(7), 0];
        let descriptor = [
            self.rva(at::IMPORT_LOOKUP),
            0,
            0,
            self.rva(at::IMPORT_DLL),
            self.rva(at::IMPORT_ADDRESSES),
        ];
        self.table(at::IMPORTS, &descriptor);
        self.thunks(at::IMPORT_LOOKUP, &thunks);
        self.thunks(at::IMPORT_ADDRESSES, &thunks);
        self.put(TABLES_RAW + at::IMPORT_HINT + 2, b"ExitProcess");
        self.put(TABLES_RAW + at::IMPORT_DLL, b"KERNEL32.dll");
        self.set_directory(1, at::IMPORTS, 40);
    }

    fn write_delayed(&mut self) {
        let rva = |place| self.rva(place);
        let descriptor = [
            1,
            rva(at::DELAYED_DLL),
            rva(0x500),
            rva(at::DELAYED_ADDRESSES),
            rva(at::DELAYED_LOOKUP),
        ];
        let (hint, code) = (rva(at::DELAYED_HINT), self.text_rva());
        self.table(at::DELAYED, &descriptor);
        self.thunks(at::DELAYED_LOOKUP, &[u64::from(hint), 0]);
        self.thunks(at::DELAYED_ADDRESSES, &[u64::from(IMAGE_BASE + code), 0]);
        self.put(TABLES_RAW + at::DELAYED_DLL, b"Late.dll");
        self.put(TABLES_RAW + at::DELAYED_HINT + 2, b"Later");
        self.set_directory(13, at::DELAYED, 64);
    }

    fn write_resources(&mut self) {
        let place = |to: usize| number(to - at::RESOURCES);
        // One entry each: version, number 1, English (United States).
        self.folder(at::RESOURCES, &[(16, SUBFOLDER | place(at::RESOURCE_NAMES))]);
        self.folder(at::RESOURCE_NAMES, &[(1, SUBFOLDER | place(at::RESOURCE_LANGUAGES))]);
        self.folder(at::RESOURCE_LANGUAGES, &[(0x409, place(at::LEAF))]);
        let version = version_resource([1, 2, 3, 4], "1.2.3.4 (made)");
        self.leaf(at::LEAF, at::VERSION, &version);
        self.set_directory(2, at::RESOURCES, 0x600);
    }

    /// Writes a folder of the resource tree.
    pub(super) fn folder(&mut self, place: usize, entries: &[(u32, u32)]) {
        self.put16(TABLES_RAW + place + 14, u16::try_from(entries.len()).unwrap_or(0));
        for (index, (id, to)) in entries.iter().enumerate() {
            self.table(place + 16 + 8 * index, &[*id, *to]);
        }
    }

    /// Writes a leaf of the resource tree with its content.
    pub(super) fn leaf(&mut self, leaf: usize, place: usize, content: &[u8]) {
        let rva = self.rva(place);
        self.table(leaf, &[rva, number(content.len())]);
        self.put(TABLES_RAW + place, content);
    }
}

/// A version resource whose product version is 5.6.7.8.
pub(super) fn version_resource(file: [u16; 4], text: &str) -> Vec<u8> {
    version_resource_of(str::to_owned, file, text)
}

/// The same with keys in the letters that are wanted.
pub(super) fn version_resource_of(
    letters: fn(&str) -> String,
    file: [u16; 4],
    text: &str,
) -> Vec<u8> {
    let [a, b, c, d] = file;
    let words = [0x04BD, 0xFEEF, 0, 1, b, a, d, c, 6, 5, 8, 7];
    let mut fixed: Vec<u8> = words.into_iter().flat_map(u16::to_le_bytes).collect();
    fixed.resize(52, 0);
    let text: Vec<u8> = utf16(text);
    let string =
        block(&letters("FileVersion"), u16::try_from(text.len() / 2).unwrap_or(0), true, &text);
    let table = block(&letters("040904B0"), 0, true, &string);
    let strings = block(&letters("StringFileInfo"), 0, true, &table);
    fixed.extend(strings);
    block(&letters("VS_VERSION_INFO"), 52, false, &fixed)
}

/// One block: length, length of its value, kind, key, and what follows, each at a multiple of four.
fn block(key: &str, value_length: u16, is_text: bool, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 6];
    bytes.extend(utf16(key));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(rest);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let length = u16::try_from(bytes.len()).unwrap_or(0);
    let header = [length, value_length, u16::from(is_text)];
    for (place, byte) in bytes.iter_mut().zip(header.into_iter().flat_map(u16::to_le_bytes)) {
        *place = byte;
    }
    bytes
}

/// UTF-16 with a zero at its end.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// A number that is known to fit.
pub(super) fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
