//! Small PE images.

use object::{pe, write::pe as writer};
use patchstate_terms::{FileVersion, Machine};

/// Where an exported address leads.
#[derive(Clone, Debug)]
pub enum Export {
    /// A name for code.
    Named(&'static [u8]),
    /// Code without a name.
    Nameless,
    /// A name for a symbol of another DLL.
    Forwarded(&'static str, &'static str),
    /// A name for the address zero.
    Empty(&'static str),
}

/// An imported symbol.
#[derive(Clone, Copy, Debug)]
pub enum Symbol {
    /// By name.
    Name(&'static str),
    /// By ordinal.
    Ordinal(u16),
}

/// What an image shall say.
#[derive(Clone, Debug)]
pub struct Image {
    /// The machine that it runs on.
    pub machine: Machine,
    /// The version of its fixed resource.
    pub version: Option<FileVersion>,
    /// The version of its strings.
    pub text: Option<String>,
    /// What it exports.
    pub exports: Vec<Export>,
    /// What it imports at load time, by DLL.
    pub imports: Vec<(&'static str, Vec<Symbol>)>,
    /// What it imports later, by DLL.
    pub delayed: Vec<(&'static str, Vec<Symbol>)>,
    /// Whether delayed imports hold virtual addresses, as linkers before Visual C++ 7 wrote them.
    pub delayed_by_address: bool,
    /// Whether there is a manifest among its resources.
    pub has_manifest: bool,
}

impl Default for Image {
    fn default() -> Self {
        Self {
            machine: Machine::I386,
            version: None,
            text: None,
            exports: Vec::new(),
            imports: Vec::new(),
            delayed: Vec::new(),
            delayed_by_address: false,
            has_manifest: false,
        }
    }
}

/// Where all these images want to be loaded.
const IMAGE_BASE: u32 = 0x1000_0000;
const CODE_RVA: u32 = 0x1000;

/// Number of a data directory, its address and size.
type Directory = (usize, (u32, u32));

/// Bytes that will stand at an address.
struct Blob {
    base: u32,
    bytes: Vec<u8>,
}

impl Blob {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let rva = self.base + u32::try_from(self.bytes.len()).unwrap();
        self.bytes.extend_from_slice(bytes);
        rva
    }

    fn text(&mut self, text: &[u8]) -> u32 {
        self.put(&[text, &[0]].concat())
    }

    fn numbers(&mut self, numbers: &[u32]) -> u32 {
        self.put(&numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>())
    }
}

impl Image {
    /// An image with fixed and string version of the family 6.0.3790.
    pub fn with_revision(revision: u16) -> Self {
        Self::with_version(FileVersion::new(6, 0, 3790, revision))
    }

    /// An image with fixed and string version.
    pub fn with_version(version: FileVersion) -> Self {
        Self {
            version: Some(version),
            text: Some(format!("{version} (srv03_sp2_gdr.080101-0000)")),
            ..Self::default()
        }
    }

    /// Adds what is imported from a DLL.
    #[must_use]
    pub fn imports(mut self, dll: &'static str, symbols: &[Symbol]) -> Self {
        self.imports.push((dll, symbols.to_vec()));
        self
    }

    /// Adds exports.
    #[must_use]
    pub fn exports(mut self, exports: &[Export]) -> Self {
        self.exports.extend_from_slice(exports);
        self
    }

    fn is_64(&self) -> bool {
        self.machine != Machine::I386
    }

    /// The file.
    pub fn build(&self) -> Vec<u8> {
        let (draft, _) = self.content(0x2000);
        let size = u32::try_from(draft.len()).unwrap();
        let mut bytes = Vec::new();
        let mut out = writer::Writer::new(self.is_64(), 0x1000, 0x200, &mut bytes);
        out.reserve_dos_header();
        out.reserve_nt_headers(16);
        out.reserve_section_headers(2);
        let code = out.reserve_text_section(16);
        let content = out.reserve_rdata_section(size);
        let (data, directories) = self.content(content.virtual_address);
        for (number, (rva, size)) in directories {
            out.set_data_directory(number, rva, size);
        }
        assert_eq!(code.virtual_address, CODE_RVA);
        out.write_empty_dos_header().unwrap();
        out.write_nt_headers(self.headers());
        out.write_section_headers();
        out.write_section(code.file_offset, &[0xC3; 16]);
        out.write_section(content.file_offset, &data);
        drop(out);
        bytes
    }

    fn headers(&self) -> writer::NtHeaders {
        writer::NtHeaders {
            machine: pe::Machine(self.machine.number()),
            time_date_stamp: 0,
            characteristics: pe::FileFlags(0x2102),
            major_linker_version: 7,
            minor_linker_version: 10,
            address_of_entry_point: 0,
            image_base: u64::from(IMAGE_BASE),
            major_operating_system_version: 5,
            minor_operating_system_version: 2,
            major_image_version: 5,
            minor_image_version: 2,
            major_subsystem_version: 4,
            minor_subsystem_version: 0,
            subsystem: pe::Subsystem(2),
            dll_characteristics: pe::DllFlags(0),
            size_of_stack_reserve: 0x10_0000,
            size_of_stack_commit: 0x1000,
            size_of_heap_reserve: 0x10_0000,
            size_of_heap_commit: 0x1000,
        }
    }

    fn content(&self, base: u32) -> (Vec<u8>, Vec<Directory>) {
        let mut blob = Blob { base, bytes: Vec::new() };
        let mut directories = Vec::new();
        if !self.exports.is_empty() {
            directories.push((0, self.put_exports(&mut blob)));
        }
        if !self.imports.is_empty() {
            directories.push((1, self.put_imports(&mut blob)));
        }
        if !self.delayed.is_empty() {
            directories.push((13, self.put_delayed(&mut blob)));
        }
        if self.version.is_some() || self.has_manifest {
            directories.push((2, self.put_resources(&mut blob)));
        }
        if blob.bytes.is_empty() {
            blob.put(&[0; 16]);
        }
        (blob.bytes, directories)
    }

    fn put_exports(&self, blob: &mut Blob) -> (u32, u32) {
        // The directory comes first and covers what follows, so that forwarders lie inside it.
        let start = blob.put(&[0; 40]);
        let mut addresses = Vec::new();
        let mut names: Vec<(Vec<u8>, u16)> = Vec::new();
        for (index, export) in self.exports.iter().enumerate() {
            let index = u16::try_from(index).unwrap();
            let (name, address) = match export {
                Export::Named(name) => (Some(name.to_vec()), CODE_RVA),
                Export::Nameless => (None, CODE_RVA),
                Export::Empty(name) => (Some(name.as_bytes().to_vec()), 0),
                Export::Forwarded(name, target) => {
                    (Some(name.as_bytes().to_vec()), blob.text(target.as_bytes()))
                }
            };
            addresses.push(address);
            names.extend(name.map(|name| (name, index)));
        }
        names.sort();
        let name_count = u32::try_from(names.len()).unwrap();
        let ordinals: Vec<u8> = names.iter().flat_map(|(_, index)| index.to_le_bytes()).collect();
        let texts: Vec<u32> = names.iter().map(|(name, _)| blob.text(name)).collect();
        let dll = blob.text(b"test.dll");
        let fields = [
            0,
            0,
            0,
            dll,
            1,
            u32::try_from(addresses.len()).unwrap(),
            name_count,
            blob.numbers(&addresses),
            blob.numbers(&texts),
            blob.put(&ordinals),
        ];
        let at = usize::try_from(start - blob.base).unwrap();
        for (number, field) in fields.iter().enumerate() {
            blob.bytes[at + 4 * number..at + 4 * number + 4].copy_from_slice(&field.to_le_bytes());
        }
        let end = blob.base + u32::try_from(blob.bytes.len()).unwrap();
        (start, end - start)
    }

    fn thunks(&self, blob: &mut Blob, symbols: &[Symbol], base: u32) -> u32 {
        let mut thunks = Vec::new();
        for symbol in symbols {
            thunks.push(match symbol {
                Symbol::Name(name) => {
                    u64::from(base + blob.text(&[&[0, 0], name.as_bytes()].concat()))
                }
                Symbol::Ordinal(ordinal) if self.is_64() => 1 << 63 | u64::from(*ordinal),
                Symbol::Ordinal(ordinal) => 1 << 31 | u64::from(*ordinal),
            });
        }
        thunks.push(0);
        let width = if self.is_64() { 8 } else { 4 };
        let bytes: Vec<u8> =
            thunks.iter().flat_map(|thunk| thunk.to_le_bytes()[..width].to_vec()).collect();
        blob.put(&bytes)
    }

    fn put_imports(&self, blob: &mut Blob) -> (u32, u32) {
        let mut fields = Vec::new();
        for (dll, symbols) in &self.imports {
            let lookup = self.thunks(blob, symbols, 0);
            let addresses = self.thunks(blob, symbols, 0);
            fields.extend([lookup, 0, 0, blob.text(dll.as_bytes()), addresses]);
        }
        fields.extend([0; 5]);
        (blob.numbers(&fields), u32::try_from(fields.len() * 4).unwrap())
    }

    fn put_delayed(&self, blob: &mut Blob) -> (u32, u32) {
        let (base, attributes) = if self.delayed_by_address { (IMAGE_BASE, 0) } else { (0, 1) };
        let mut fields = Vec::new();
        for (dll, symbols) in &self.delayed {
            let names = base + self.thunks(blob, symbols, base);
            fields.extend([attributes, base + blob.text(dll.as_bytes()), 0, 0, names, 0, 0, 0]);
        }
        fields.extend([0; 8]);
        (blob.numbers(&fields), u32::try_from(fields.len() * 4).unwrap())
    }

    /// Resource tree: type, name 1, language 0x409 (and a folder without version for a manifest).
    fn put_resources(&self, blob: &mut Blob) -> (u32, u32) {
        const FOLDER: u32 = 1 << 31;
        let version = self.version_resource();
        let size = u32::try_from(version.len()).unwrap();
        let leaf = blob.put(&version);
        let mut types = vec![16_u32];
        if self.has_manifest {
            types.push(24);
        }
        let count = u32::try_from(types.len()).unwrap();
        let names_at = 16 + 8 * count;
        let languages_at = names_at + 24;
        let entry_at = languages_at + 24;
        let folder = |entries: u32| [0, 0, 0, entries << 16];
        let mut fields = folder(count).to_vec();
        for kind in types {
            fields.extend([kind, FOLDER | names_at]);
        }
        fields.extend(folder(1));
        fields.extend([1, FOLDER | languages_at]);
        fields.extend(folder(1));
        fields.extend([0x409, entry_at]);
        fields.extend([leaf, size, 0, 0]);
        (blob.numbers(&fields), u32::try_from(fields.len() * 4).unwrap())
    }

    fn version_resource(&self) -> Vec<u8> {
        let Some(version) = self.version else { return Vec::new() };
        let words = |a: u16, b: u16| u32::from(a) << 16 | u32::from(b);
        let (most, least) =
            (words(version.major, version.minor), words(version.build, version.revision));
        // The product version differs from the file version in every field.
        let product = (words(version.major + 1, version.minor + 2), least ^ 0x0001_0001);
        let fixed = [
            0xFEEF_04BD,
            0x1_0000,
            most,
            least,
            product.0,
            product.1,
            0x3F,
            0,
            0x4_0004,
            2,
            0,
            0x0102_0304,
            0x0506_0708,
        ];
        let fixed: Vec<u8> = fixed.iter().flat_map(|n| n.to_le_bytes()).collect();
        let strings = self.text.as_ref().map(|text| {
            let value = utf16(text);
            let entry = block("FileVersion", value.len() / 2, 1, &value, &[]);
            let other = block("CompanyName", 5, 1, &utf16("Test"), &[]);
            let table = block("040904B0", 0, 1, &[], &[other, entry]);
            block("StringFileInfo", 0, 1, &[], &[table])
        });
        block("VS_VERSION_INFO", 52, 0, &fixed, strings.as_slice())
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn block(key: &str, length: usize, kind: u16, value: &[u8], children: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0, 0];
    bytes.extend(u16::try_from(length).unwrap().to_le_bytes());
    bytes.extend(kind.to_le_bytes());
    bytes.extend(utf16(key));
    for part in std::iter::once(value).chain(children.iter().map(Vec::as_slice)) {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(part);
    }
    let total = u16::try_from(bytes.len()).unwrap();
    bytes[..2].copy_from_slice(&total.to_le_bytes());
    bytes
}
