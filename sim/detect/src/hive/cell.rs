//! Cells of a hive: keys (`nk`), values (`vk`) and lists of keys (`lf`, `lh`, `li`, `ri`).
//!
//! **Owns** the bounds: every count is checked against the cell that holds it, and one listing of
//! keys visits at most [`KEY_COUNT_MAX`] of them. **Must never know** paths.

use super::{error::HiveError, value};
use crate::bytes::{array_at, index, u16_at, u32_at, utf16_text};
use patchstate_terms::{RegistryType, RegistryValue, is_same_name};
use std::{cell::Cell, rc::Rc};

/// Most keys that one listing visits. The largest folder of a real hive (class ids) has some ten
/// thousand.
const KEY_COUNT_MAX: usize = 262_144;
/// Most values of one key that are looked at.
const VALUE_COUNT_MAX: u32 = 65536;
/// Longest value that stands in one cell, in bytes; longer ones are split since format 1.4.
const SEGMENT_BYTES: usize = 16344;
/// The minor version of the format before that.
const MINOR_WITHOUT_SEGMENTS: u32 = 3;
/// What reading one hive may cost. Cells can stand in any number of lists, so that keys below keys
/// with values can be claimed in numbers that no file has room for; what they cost altogether is
/// bounded here. A large real hive costs a tenth.
const WORK_MAX: usize = 64 * 1024 * 1024;
/// What looking at a cell costs; each byte of a name or value costs one more.
const WORK_OF_CELL: usize = 16;
/// No cell.
const NOWHERE: u32 = u32::MAX;
/// Key and value names are Latin-1 where this flag is set, else UTF-16.
const KEY_NAME_IS_LATIN: u16 = 0x20;
const VALUE_NAME_IS_LATIN: u16 = 1;

/// The part of a hive behind its base block.
#[derive(Clone, Debug)]
pub(super) struct Cells<'a> {
    bytes: &'a [u8],
    /// Whether long values are split.
    has_segments: bool,
    /// What is left of [`WORK_MAX`], for all copies.
    work: Rc<Cell<usize>>,
}

/// A name as stored.
#[derive(Clone, Copy, Debug)]
struct Name<'a> {
    bytes: &'a [u8],
    is_latin: bool,
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyCell<'a> {
    name: Name<'a>,
    subkey_count: u32,
    subkey_list: u32,
    value_count: u32,
    value_list: u32,
}

/// A value.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueCell<'a> {
    name: Name<'a>,
    length: u32,
    place: [u8; 4],
    kind: u32,
}

impl Name<'_> {
    fn text(self) -> String {
        if self.is_latin {
            self.bytes.iter().map(|byte| char::from(*byte)).collect()
        } else {
            utf16_text(self.bytes)
        }
    }

    fn matches(self, name: &str) -> bool {
        if self.is_latin && self.bytes.is_ascii() {
            return self.bytes.eq_ignore_ascii_case(name.as_bytes());
        }
        is_same_name(&self.text(), name)
    }
}

impl KeyCell<'_> {
    pub(super) fn name(&self) -> String {
        self.name.text()
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.matches(name)
    }
}

impl ValueCell<'_> {
    pub(super) fn name(&self) -> String {
        self.name.text()
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.matches(name)
    }

    pub(super) fn kind(&self) -> RegistryType {
        RegistryType::of_number(self.kind)
    }
}

impl<'a> Cells<'a> {
    /// The cells of a hive of a minor version of the format.
    pub(super) fn new(bytes: &'a [u8], minor: u32) -> Self {
        let has_segments = minor > MINOR_WITHOUT_SEGMENTS;
        Self { bytes, has_segments, work: Rc::new(Cell::new(WORK_MAX)) }
    }

    fn spend(&self, cost: usize) -> Result<(), HiveError> {
        let left = self.work.get().checked_sub(cost).ok_or_else(|| {
            HiveError::new("its keys and values repeat more often than any hive's do")
        })?;
        self.work.set(left);
        Ok(())
    }

    /// The content of the cell at an offset. Its size is negative while it is in use.
    fn cell(&self, offset: u32) -> Result<&'a [u8], HiveError> {
        self.spend(WORK_OF_CELL)?;
        let broken = || HiveError::new(format!("no cell stands at offset {offset:#x}"));
        let size =
            array_at(self.bytes, index(offset)).map(i32::from_le_bytes).ok_or_else(broken)?;
        if size >= 0 {
            return Err(HiveError::new(format!("the cell at offset {offset:#x} is not in use")));
        }
        let start = index(offset).checked_add(4).ok_or_else(broken)?;
        let end = index(offset).checked_add(index(size.unsigned_abs())).ok_or_else(broken)?;
        self.bytes.get(start..end).ok_or_else(broken)
    }

    pub(super) fn key(&self, offset: u32) -> Result<KeyCell<'a>, HiveError> {
        let cell = self.cell(offset)?;
        let broken = || HiveError::new(format!("the cell at offset {offset:#x} is not a key"));
        if !cell.starts_with(b"nk") {
            return Err(broken());
        }
        let number = |at| u32_at(cell, at).ok_or_else(broken);
        let flags = u16_at(cell, 2).ok_or_else(broken)?;
        let length = usize::from(u16_at(cell, 72).ok_or_else(broken)?);
        self.spend(length)?;
        Ok(KeyCell {
            name: Name {
                bytes: cell.get(76..76 + length).ok_or_else(broken)?,
                is_latin: flags & KEY_NAME_IS_LATIN != 0,
            },
            subkey_count: number(20)?,
            subkey_list: number(28)?,
            value_count: number(36)?,
            value_list: number(40)?,
        })
    }

    /// Shows the keys below a key until `visit` says false.
    pub(super) fn subkeys(
        &self,
        key: &KeyCell<'a>,
        visit: &mut dyn FnMut(KeyCell<'a>) -> bool,
    ) -> Result<(), HiveError> {
        if key.subkey_count == 0 || key.subkey_list == NOWHERE {
            return Ok(());
        }
        let mut budget = KEY_COUNT_MAX;
        let list = self.cell(key.subkey_list)?;
        if !list.starts_with(b"ri") {
            return self.leaf(list, &mut budget, visit).map(|_| ());
        }
        // A list of lists; lists of such lists do not occur, and a loop would need one.
        for place in offsets(list, 4)? {
            let leaf = self.cell(place)?;
            if !self.leaf(leaf, &mut budget, visit)? {
                break;
            }
        }
        Ok(())
    }

    fn leaf(
        &self,
        list: &'a [u8],
        budget: &mut usize,
        visit: &mut dyn FnMut(KeyCell<'a>) -> bool,
    ) -> Result<bool, HiveError> {
        let stride = match list.get(..2) {
            Some(b"lf" | b"lh") => 8,
            Some(b"li") => 4,
            _ => return Err(HiveError::new("a list of keys is of no known kind")),
        };
        for offset in offsets(list, stride)? {
            *budget = budget
                .checked_sub(1)
                .ok_or_else(|| HiveError::new(format!("a key has over {KEY_COUNT_MAX} subkeys")))?;
            if !visit(self.key(offset)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The values of a key, each read as it is reached.
    pub(super) fn values(
        &self,
        key: &KeyCell<'a>,
    ) -> Result<impl Iterator<Item = Result<ValueCell<'a>, HiveError>> + use<'a>, HiveError> {
        let count = if key.value_list == NOWHERE { 0 } else { key.value_count };
        if count > VALUE_COUNT_MAX {
            return Err(HiveError::new(format!("a key claims {count} values")));
        }
        let list = if count == 0 { &[][..] } else { self.cell(key.value_list)? };
        let list = list
            .get(..4 * index(count))
            .ok_or_else(|| HiveError::new("a list of values ends early"))?;
        let cells = self.clone();
        let offsets = list.chunks_exact(4).filter_map(|chunk| u32_at(chunk, 0));
        Ok(offsets.map(move |offset| cells.value(offset)))
    }

    fn value(&self, offset: u32) -> Result<ValueCell<'a>, HiveError> {
        let cell = self.cell(offset)?;
        let broken = || HiveError::new(format!("the cell at offset {offset:#x} is not a value"));
        if !cell.starts_with(b"vk") {
            return Err(broken());
        }
        let length = usize::from(u16_at(cell, 2).ok_or_else(broken)?);
        self.spend(length)?;
        let flags = u16_at(cell, 16).ok_or_else(broken)?;
        Ok(ValueCell {
            name: Name {
                bytes: cell.get(20..20 + length).ok_or_else(broken)?,
                is_latin: flags & VALUE_NAME_IS_LATIN != 0,
            },
            length: u32_at(cell, 4).ok_or_else(broken)?,
            place: array_at(cell, 8).ok_or_else(broken)?,
            kind: u32_at(cell, 12).ok_or_else(broken)?,
        })
    }

    /// The content of a value.
    pub(super) fn content(&self, value: &ValueCell<'a>) -> Result<RegistryValue, HiveError> {
        let bytes = self.content_bytes(value)?;
        if value.kind() == RegistryType::Texts {
            // Each text has a place of its own in memory, however short it is.
            let count = bytes.chunks_exact(2).filter(|unit| *unit == [0, 0]).count();
            self.spend(WORK_OF_CELL * count)?;
        }
        Ok(value::typed(value.kind(), bytes))
    }

    /// Up to four bytes stand in the value's own cell, and more than one segment in cells that a
    /// list names.
    fn content_bytes(&self, value: &ValueCell<'a>) -> Result<Vec<u8>, HiveError> {
        const INLINE: u32 = 1 << 31;
        let broken = || HiveError::new(format!("the value {:?} ends early", value.name()));
        if value.length & INLINE != 0 {
            let inline = value.place.get(..index(value.length & !INLINE));
            return Ok(inline.ok_or_else(broken)?.to_vec());
        }
        let length = index(value.length);
        if length == 0 {
            return Ok(Vec::new());
        }
        // No byte of a hive stands in two places of a value, so that memory follows the file.
        if length > self.bytes.len() {
            return Err(broken());
        }
        self.spend(length)?;
        let cell = self.cell(u32::from_le_bytes(value.place))?;
        if length > SEGMENT_BYTES && self.has_segments {
            return self.segments(cell, value);
        }
        Ok(cell.get(..length).ok_or_else(broken)?.to_vec())
    }

    /// The bytes of a value whose cell (`db`) leads to a list of segments, all but the last of
    /// which are full.
    fn segments(&self, cell: &[u8], value: &ValueCell<'a>) -> Result<Vec<u8>, HiveError> {
        let broken = |what: &str| HiveError::new(format!("the value {:?} {what}", value.name()));
        let length = index(value.length);
        let needed = length.div_ceil(SEGMENT_BYTES);
        let count = u16_at(cell, 2).filter(|_| cell.starts_with(b"db"));
        let count = count.ok_or_else(|| broken("has no list of segments"))?;
        if usize::from(count) < needed {
            let what = format!("has {count} segments, and its length needs {needed}");
            return Err(broken(&what));
        }
        let list = u32_at(cell, 4).ok_or_else(|| broken("has no list of segments"))?;
        let list = self.cell(list)?;
        let mut bytes = Vec::with_capacity(length);
        for number in 0..needed {
            let place = u32_at(list, 4 * number);
            let segment = self.cell(place.ok_or_else(|| broken("has too few segments"))?)?;
            let part = segment.get(..SEGMENT_BYTES.min(length - bytes.len()));
            bytes.extend(part.ok_or_else(|| broken("has a segment that ends early"))?);
        }
        Ok(bytes)
    }
}

/// The offsets in a list of keys: the first four bytes of each element.
fn offsets(list: &[u8], stride: usize) -> Result<impl Iterator<Item = u32>, HiveError> {
    let count = usize::from(u16_at(list, 2).unwrap_or(0));
    let elements = list
        .get(4..4 + stride * count)
        .ok_or_else(|| HiveError::new("a list of keys ends early"))?;
    Ok(elements.chunks_exact(stride).filter_map(|element| u32_at(element, 0)))
}
