//! Fills the cells of a hive: keys (`nk`), values (`vk`), lists of subkeys (`lh`, `ri`), the
//! security descriptor (`sk`), and the base block in front of them.

use super::{
    HiveDescription,
    cells::{Cell, Cells, NO_CELL, number},
    keys::{self, FoldedName, Key, Value},
    security,
};
use crate::ImageError;

/// The name of the root key of hives that Setup made from scratch.
const ROOT_NAME: &str = "$$$PROTO.HIV";
/// `KEY_HIVE_ENTRY | KEY_NO_DELETE`.
const ROOT_FLAGS: u16 = 0x0c;
/// `KEY_COMP_NAME`: one byte per character.
const COMPRESSED_NAME: u16 = 0x20;
/// The same for values.
const COMPRESSED_VALUE_NAME: u16 = 1;
/// Set in the length of a value whose content stands in place of its cell.
const INLINE_CONTENT: u32 = 0x8000_0000;
/// The fixed part of a key.
const KEY_LENGTH: usize = 76;
/// As many subkeys as fit into a bin of 4096 bytes; more need an index of lists (`ri`).
const LIST_COUNT_MAX: usize = 507;
/// Where the bins start.
pub(super) const BASE_BLOCK_LENGTH: usize = 4096;
/// Where its checksum stands, which is that of the bytes before.
const CHECKSUM_PLACE: usize = 508;
/// The name in the base block, in UTF-16 units without the zero behind it.
const BASE_BLOCK_NAME_LENGTH: usize = 31;
/// No hive is larger than this. Windows Server 2003 stops at 2 GB.
const HIVE_SIZE_MAX: usize = 1 << 30;

/// Writes a hive.
///
/// # Errors
/// [`ImageError::Hive`] and [`ImageError::TooLong`] where a name or value is more than the format
/// holds, or two values of a key differ in letter case only.
pub fn write_hive(description: &HiveDescription) -> Result<Vec<u8>, ImageError> {
    let root = keys::tree(description, ROOT_NAME)?;
    let descriptor = security::descriptor();

    let mut cells = Cells::new(description.time);
    let root_cell = cells.reserve(key_length(&root));
    let security = cells.reserve(20 + descriptor.len());
    let mut writer = KeyWriter { cells, time: description.time, security, key_count: 0 };
    writer.write_key(&root, root_cell, NO_CELL, ROOT_FLAGS);
    let KeyWriter { mut cells, key_count, .. } = writer;
    cells.fill(security, &security_cell(security, key_count, &descriptor));

    let bins = cells.finish();
    if bins.len() > HIVE_SIZE_MAX {
        return Err(ImageError::TooLong {
            file: description.name.clone(),
            field: "hive in bytes".to_owned(),
            found: bins.len(),
            limit: HIVE_SIZE_MAX,
        });
    }
    let mut hive = base_block(description, root_cell, bins.len());
    hive.extend(bins);
    Ok(hive)
}

struct KeyWriter {
    cells: Cells,
    time: u64,
    security: Cell,
    key_count: u32,
}

impl KeyWriter {
    /// Fills the cell of a key, and everything below it.
    fn write_key(&mut self, key: &Key, cell: Cell, parent: Cell, flags: u16) {
        self.key_count += 1;
        let subkey_cells: Vec<Cell> =
            key.subkeys.values().map(|subkey| self.cells.reserve(key_length(subkey))).collect();
        let subkey_list = self.write_subkey_list(key, &subkey_cells);
        let value_list = self.write_values(key);
        let content = self.key_content(key, parent, flags, [subkey_list, value_list]);
        self.cells.fill(cell, &content);
        for (subkey, subkey_cell) in key.subkeys.values().zip(subkey_cells) {
            self.write_key(subkey, subkey_cell, cell, 0);
        }
    }

    fn key_content(&self, key: &Key, parent: Cell, flags: u16, lists: [Cell; 2]) -> Vec<u8> {
        let [subkey_list, value_list] = lists;
        let (name, is_compressed) = stored_name(&key.name);
        let name_flag = if is_compressed { COMPRESSED_NAME } else { 0 };
        let longest = |lengths: &mut dyn Iterator<Item = usize>| number(lengths.max().unwrap_or(0));

        let mut content = b"nk".to_vec();
        content.extend((flags | name_flag).to_le_bytes());
        content.extend(self.time.to_le_bytes());
        content.extend([0; 4]); // spare
        let numbers = [
            parent.0,
            number(key.subkeys.len()),
            0, // volatile subkeys
            subkey_list.0,
            NO_CELL.0, // volatile subkeys
            number(key.values.len()),
            value_list.0,
            self.security.0,
            NO_CELL.0, // class name
            longest(&mut key.subkeys.values().map(|subkey| utf16_length(&subkey.name))),
            0, // class name
            longest(&mut key.values.values().map(|value| utf16_length(&value.name))),
            longest(&mut key.values.values().map(|value| value.bytes.len())),
            0, // work area
        ];
        content.extend(numbers.map(u32::to_le_bytes).concat());
        content.extend(short(name.len()));
        content.extend([0; 2]); // class name
        content.extend(name);
        content
    }

    /// The list of subkeys in the order of their upper-cased names, which Windows searches.
    fn write_subkey_list(&mut self, key: &Key, subkey_cells: &[Cell]) -> Cell {
        let entries: Vec<(&FoldedName, Cell)> =
            key.subkeys.keys().zip(subkey_cells.iter().copied()).collect();
        let mut leaves = Vec::new();
        for chunk in entries.chunks(LIST_COUNT_MAX) {
            let mut leaf = b"lh".to_vec();
            leaf.extend(short(chunk.len()));
            for (name, cell) in chunk {
                leaf.extend(cell.0.to_le_bytes());
                leaf.extend(name.hash().to_le_bytes());
            }
            leaves.push(self.cells.add(&leaf));
        }
        match *leaves.as_slice() {
            [] => NO_CELL,
            [leaf] => leaf,
            _ => {
                let mut index = b"ri".to_vec();
                index.extend(short(leaves.len()));
                index.extend(leaves.iter().flat_map(|leaf| leaf.0.to_le_bytes()));
                self.cells.add(&index)
            }
        }
    }

    fn write_values(&mut self, key: &Key) -> Cell {
        if key.values.is_empty() {
            return NO_CELL;
        }
        let list = self.cells.reserve(4 * key.values.len());
        let cells: Vec<u8> =
            key.values.values().flat_map(|value| self.write_value(value).0.to_le_bytes()).collect();
        self.cells.fill(list, &cells);
        list
    }

    fn write_value(&mut self, value: &Value) -> Cell {
        let (name, is_compressed) = stored_name(&value.name);
        let cell = self.cells.reserve(20 + name.len());
        let mut length = number(value.bytes.len());
        let place = if value.bytes.len() <= 4 {
            length |= INLINE_CONTENT;
            let mut inline = [0; 4];
            inline.iter_mut().zip(&value.bytes).for_each(|(to, from)| *to = *from);
            inline
        } else {
            self.write_content(&value.bytes).0.to_le_bytes()
        };
        let mut content = b"vk".to_vec();
        content.extend(short(name.len()));
        content.extend(length.to_le_bytes());
        content.extend(place);
        content.extend(value.kind.to_le_bytes());
        let flags = if is_compressed { COMPRESSED_VALUE_NAME } else { 0 };
        content.extend(flags.to_le_bytes());
        content.extend([0; 2]); // spare
        content.extend(name);
        self.cells.fill(cell, &content);
        cell
    }

    /// The cell that holds the content of a value, or that leads to its segments (`db`).
    fn write_content(&mut self, bytes: &[u8]) -> Cell {
        if bytes.len() <= keys::SEGMENT_LENGTH {
            return self.cells.add(bytes);
        }
        let segments = bytes.chunks(keys::SEGMENT_LENGTH).map(|part| self.cells.add(part).0);
        let segments: Vec<u32> = segments.collect();
        let list: Vec<u8> = segments.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        let list = self.cells.add(&list);
        let mut content = b"db".to_vec();
        content.extend(short(segments.len()));
        content.extend(list.0.to_le_bytes());
        self.cells.add(&content)
    }
}

/// A name as it is stored, and whether that is one byte per character. Only ASCII is stored so:
/// readers disagree on what bytes above it mean.
fn stored_name(name: &str) -> (Vec<u8>, bool) {
    if name.is_ascii() {
        // The default value has no name, and no flag that says how it is written.
        (name.as_bytes().to_vec(), !name.is_empty())
    } else {
        (name.encode_utf16().flat_map(u16::to_le_bytes).collect(), false)
    }
}

fn key_length(key: &Key) -> usize {
    KEY_LENGTH + stored_name(&key.name).0.len()
}

/// Length in bytes in UTF-16, however the name is stored.
fn utf16_length(name: &str) -> usize {
    2 * name.encode_utf16().count()
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()
}

/// The only security cell: its ring leads from itself to itself, every key refers to it.
fn security_cell(cell: Cell, key_count: u32, descriptor: &[u8]) -> Vec<u8> {
    let mut content = b"sk\0\0".to_vec();
    for field in [cell.0, cell.0, key_count, number(descriptor.len())] {
        content.extend(field.to_le_bytes());
    }
    content.extend(descriptor);
    content
}

fn base_block(description: &HiveDescription, root: Cell, bins_length: usize) -> Vec<u8> {
    let mut block = b"regf".to_vec();
    block.extend([1, 0, 0, 0, 1, 0, 0, 0]); // both sequence numbers: nothing is pending
    block.extend(description.time.to_le_bytes());
    let numbers = [
        1, // major version
        5, // minor version
        0, // primary file
        1, // direct memory load
        root.0,
        number(bins_length),
        1, // clustering factor
    ];
    block.extend(numbers.map(u32::to_le_bytes).concat());
    let units: Vec<u16> = description.name.encode_utf16().collect();
    let kept = units.len().saturating_sub(BASE_BLOCK_NAME_LENGTH);
    block.extend(units.iter().skip(kept).flat_map(|unit| unit.to_le_bytes()));
    block.resize(BASE_BLOCK_LENGTH, 0);
    seal(&mut block);
    block
}

/// Puts the checksum of a base block into its place.
pub(super) fn seal(block: &mut [u8]) {
    let (fields, rest) = block.split_at_mut(CHECKSUM_PLACE.min(block.len()));
    if let Some(place) = rest.get_mut(..4) {
        place.copy_from_slice(&checksum(fields).to_le_bytes());
    }
}

/// Exclusive or of the double words before the checksum; 0 and -1 are not used.
fn checksum(block: &[u8]) -> u32 {
    let words = block.chunks_exact(4).map(|word| match *word {
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    });
    match words.fold(0, |sum, word| sum ^ word) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}
