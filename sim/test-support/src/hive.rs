//! Registry hives, written by hand.

/// A key to be written.
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Name, type and bytes of its values.
    pub values: Vec<(String, u32, Vec<u8>)>,
    /// The keys below it.
    pub subkeys: Vec<Key>,
    /// How often more the lists of values and subkeys name each of them.
    pub repeats: usize,
}

impl Key {
    /// A key with nothing in it.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The key at a path below this one, made where it is not there.
    pub fn at(&mut self, path: &str) -> &mut Self {
        let mut key = self;
        for part in path.split('\\') {
            let found = key.subkeys.iter().position(|subkey| subkey.name == part);
            let place = found.unwrap_or_else(|| {
                key.subkeys.push(Self::new(part));
                key.subkeys.len() - 1
            });
            key = &mut key.subkeys[place];
        }
        key
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        let bytes = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        self.raw(name, 1, bytes)
    }

    /// Adds a number.
    pub fn number(&mut self, name: &str, number: u32) -> &mut Self {
        self.raw(name, 4, number.to_le_bytes().to_vec())
    }

    /// Adds a list of texts.
    pub fn texts(&mut self, name: &str, texts: &[String]) -> &mut Self {
        let ended = texts.iter().flat_map(|text| text.encode_utf16().chain([0]));
        let bytes = ended.chain([0]).flat_map(u16::to_le_bytes).collect();
        self.raw(name, 7, bytes)
    }

    /// Adds a value of any type.
    pub fn raw(&mut self, name: &str, kind: u32, bytes: Vec<u8>) -> &mut Self {
        self.values.push((name.to_owned(), kind, bytes));
        self
    }

    /// The hive with this key at its root.
    pub fn build(&self) -> Vec<u8> {
        self.build_version(3, *b"lf")
    }

    /// The same with another minor version and kind of list.
    pub fn build_version(&self, minor: u32, list: [u8; 2]) -> Vec<u8> {
        let mut cells = Cells { bytes: vec![0; 32], list, has_segments: minor > 3 };
        let root = cells.key(self);
        let length = cells.bytes.len().next_multiple_of(4096);
        cells.bytes.resize(length, 0);
        let length = u32::try_from(length).unwrap();
        cells.bytes[..4].copy_from_slice(b"hbin");
        cells.bytes[8..12].copy_from_slice(&length.to_le_bytes());
        let mut base = vec![0; 4096];
        base[..4].copy_from_slice(b"regf");
        for (at, number) in
            [(4, 7), (8, 7), (20, 1), (24, minor), (32, 1), (36, root), (40, length)]
        {
            base[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        seal(&mut base);
        base.extend(cells.bytes);
        base
    }
}

/// Writes the checksum of the base block.
pub fn seal(hive: &mut [u8]) {
    let sum = hive[..508]
        .chunks_exact(4)
        .fold(0, |sum, chunk| sum ^ u32::from_le_bytes(chunk.try_into().unwrap()));
    hive[508..512].copy_from_slice(&sum.to_le_bytes());
}

fn repeated(offsets: &[u32], repeats: usize) -> Vec<u32> {
    offsets.iter().copied().cycle().take(offsets.len() * (repeats + 1)).collect()
}

struct Cells {
    bytes: Vec<u8>,
    list: [u8; 2],
    /// Whether values over 16344 bytes stand in segments.
    has_segments: bool,
}

impl Cells {
    fn cell(&mut self, content: &[u8]) -> u32 {
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let size = (content.len() + 4).next_multiple_of(8);
        self.bytes.extend((-i32::try_from(size).unwrap()).to_le_bytes());
        self.bytes.extend(content);
        self.bytes.resize(usize::try_from(offset).unwrap() + size, 0);
        offset
    }

    fn key(&mut self, key: &Key) -> u32 {
        let subkeys: Vec<u32> = key.subkeys.iter().map(|subkey| self.key(subkey)).collect();
        let values: Vec<u32> = key.values.iter().map(|value| self.value(value)).collect();
        let nowhere = u32::MAX;
        let values = repeated(&values, key.repeats);
        let subkeys = repeated(&subkeys, key.repeats);
        let list = if subkeys.is_empty() { nowhere } else { self.list_of(&subkeys) };
        let value_bytes: Vec<u8> = values.iter().flat_map(|o| o.to_le_bytes()).collect();
        let value_list = if values.is_empty() { nowhere } else { self.cell(&value_bytes) };
        let mut cell = vec![0; 76];
        cell[..4].copy_from_slice(b"nk\x20\0");
        let count = |list: &[u32]| u32::try_from(list.len()).unwrap();
        for (at, number) in
            [(20, count(&subkeys)), (28, list), (36, count(&values)), (40, value_list)]
        {
            cell[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        let (name, is_compressed) = stored_name(&key.name);
        cell[2] = if is_compressed { 0x20 } else { 0 };
        cell[72..74].copy_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        cell.extend(name);
        self.cell(&cell)
    }

    fn list_of(&mut self, offsets: &[u32]) -> u32 {
        if &self.list == b"ri" {
            // A list of two lists, each of bare offsets.
            let (first, second) = offsets.split_at(offsets.len() / 2);
            let lists = [self.bare(*b"li", first), self.bare(*b"li", second)];
            return self.bare(*b"ri", &lists);
        }
        if &self.list == b"li" {
            return self.bare(*b"li", offsets);
        }
        let mut cell = self.list.to_vec();
        cell.extend(u16::try_from(offsets.len()).unwrap().to_le_bytes());
        for offset in offsets {
            cell.extend(offset.to_le_bytes());
            cell.extend([0; 4]);
        }
        self.cell(&cell)
    }

    fn bare(&mut self, kind: [u8; 2], offsets: &[u32]) -> u32 {
        let mut cell = kind.to_vec();
        cell.extend(u16::try_from(offsets.len()).unwrap().to_le_bytes());
        cell.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
        self.cell(&cell)
    }

    /// The content of a value, in segments where it is long.
    fn content(&mut self, bytes: &[u8]) -> u32 {
        if !self.has_segments || bytes.len() <= 16_344 {
            return self.cell(bytes);
        }
        let segments: Vec<u32> = bytes.chunks(16_344).map(|part| self.cell(part)).collect();
        let list: Vec<u8> = segments.iter().flat_map(|place| place.to_le_bytes()).collect();
        let list = self.cell(&list);
        let mut cell = b"db".to_vec();
        cell.extend(u16::try_from(segments.len()).unwrap().to_le_bytes());
        cell.extend(list.to_le_bytes());
        self.cell(&cell)
    }

    fn value(&mut self, (name, kind, bytes): &(String, u32, Vec<u8>)) -> u32 {
        let length = u32::try_from(bytes.len()).unwrap();
        let mut cell = b"vk".to_vec();
        let (name, is_compressed) = stored_name(name);
        cell.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        if bytes.len() <= 4 {
            let mut place = bytes.clone();
            place.resize(4, 0);
            cell.extend((length | 1 << 31).to_le_bytes());
            cell.extend(place);
        } else {
            let place = self.content(bytes);
            cell.extend(length.to_le_bytes());
            cell.extend(place.to_le_bytes());
        }
        cell.extend(kind.to_le_bytes());
        cell.extend([u8::from(is_compressed), 0, 0, 0]);
        cell.extend(name);
        self.cell(&cell)
    }
}

/// A name's bytes, and whether each of them stands for a letter of Latin-1; names with other
/// letters are kept as UTF-16.
fn stored_name(name: &str) -> (Vec<u8>, bool) {
    let is_compressed = name.chars().all(|letter| letter <= '\u{FF}');
    let wide = || name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    (if is_compressed { name.as_bytes().to_vec() } else { wide() }, is_compressed)
}
