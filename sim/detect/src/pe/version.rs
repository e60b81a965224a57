//! The version resource of a PE file: `VS_VERSIONINFO`, as documented for version information
//! resources in the Windows SDK.
//!
//! **Owns** finding it in the resource tree and reading fixed and string versions. **Must never
//! know** which versions exist.

use super::{
    gap::Gap,
    layout::{Absent, Layout},
};
use crate::{
    Problem, ProblemPart,
    bytes::{u16_at, u32_at, utf16_text},
};
use goblin::pe::resource::VS_FFI_SIGNATURE;
use patchstate_terms::FileVersion;

/// `RT_VERSION` and `RT_MANIFEST`.
const TYPE_VERSION: u32 = 16;
const TYPE_MANIFEST: u32 = 24;
/// Most entries of one resource folder that are looked at.
const ENTRY_COUNT_MAX: u32 = 4096;
/// Largest version resource that is read, in bytes: its lengths have 16 bits.
const RESOURCE_BYTES_MAX: u32 = 65536;
/// The bit that marks a subfolder, and in names a string.
const HIGH_BIT: u32 = 1 << 31;
/// Languages in the order in which one is preferred: neutral, then English (United States).
const LANGUAGES: [u32; 2] = [0, 0x409];

/// What the version resource says.
#[derive(Debug, Default)]
pub(super) struct VersionInformation {
    pub(super) file: Option<FileVersion>,
    pub(super) product: Option<FileVersion>,
    pub(super) file_text: Option<String>,
    pub(super) has_manifest: bool,
}

/// Reads the version resource; a file without one has no versions.
pub(super) fn read(layout: &Layout<'_>, problems: &mut Vec<Problem>) -> VersionInformation {
    let mut information = VersionInformation::default();
    if let Err(gap) = read_tree(layout, &mut information) {
        gap.note(ProblemPart::Version, problems);
    }
    information
}

fn read_tree(layout: &Layout<'_>, information: &mut VersionInformation) -> Result<(), Gap> {
    let Some((root, _)) = layout.directory(2) else { return Ok(()) };
    let types = entries(layout, root, root)?;
    information.has_manifest = types.iter().any(|(id, _)| *id == TYPE_MANIFEST);
    let Some((_, names)) = types.iter().find(|(id, _)| *id == TYPE_VERSION) else {
        return Ok(());
    };
    let Some(leaf) = version_leaf(layout, root, *names)? else { return Ok(()) };
    let entry = || "its resource entry is outside the image".to_owned();
    let address = layout.u32(leaf).map_err(|absent| absent.gap(entry()))?;
    let size = leaf.checked_add(4).ok_or_else(|| Gap::unreadable(entry()))?;
    let size = layout.u32(size).unwrap_or(0).min(RESOURCE_BYTES_MAX);
    let (bytes, cut) = layout.slice(address, size).map_err(|absent| {
        absent.gap(format!("its version resource at {address:#x} is outside the image"))
    })?;
    let top = Block::read(bytes, 0)
        .ok_or_else(|| Gap::unreadable("its version resource has no header".to_owned()))?;
    read_fixed(&top, information);
    information.file_text = file_version_text(&top);
    match cut {
        Some(absent) if top.is_cut => Err(absent.gap("its version resource has no end".to_owned())),
        Some(_) | None => Ok(()),
    }
}

/// Walks from the folder of version resources to the first one in the preferred language.
fn version_leaf(layout: &Layout<'_>, root: u32, names: u32) -> Result<Option<u32>, Gap> {
    let mut place = names;
    for depth in 0..2 {
        if place & HIGH_BIT == 0 {
            break;
        }
        let folder = root
            .checked_add(place & !HIGH_BIT)
            .ok_or_else(|| Gap::unreadable("its resources wrap around".to_owned()))?;
        let entries = entries(layout, root, folder)?;
        let preferred = LANGUAGES
            .iter()
            .filter(|_| depth == 1)
            .find_map(|language| entries.iter().find(|(id, _)| id == language));
        match preferred.or(entries.first()) {
            Some((_, next)) => place = *next,
            None => return Ok(None),
        }
    }
    if place & HIGH_BIT != 0 {
        let reason = "its version resource lies deeper than three folders";
        return Err(Gap::unreadable(reason.to_owned()));
    }
    Ok(root.checked_add(place))
}

/// Id and place of each entry of a resource folder. A named entry has an id above `HIGH_BIT`.
fn entries(layout: &Layout<'_>, root: u32, folder: u32) -> Result<Vec<(u32, u32)>, Gap> {
    let outside = |absent: Absent| {
        absent.gap(format!("a resource folder at {:#x} is outside the image", folder - root))
    };
    let at = |offset: u32| folder.checked_add(offset).ok_or(Absent::Nowhere);
    let u16 = |offset| at(offset).and_then(|rva| layout.u16(rva)).map_err(outside);
    let u32 = |offset| at(offset).and_then(|rva| layout.u32(rva)).map_err(outside);
    let count = u32::from(u16(12)?) + u32::from(u16(14)?);
    if count > ENTRY_COUNT_MAX {
        return Err(Gap::unreadable(format!("a resource folder has {count} entries")));
    }
    (0..count).map(|number| Ok((u32(16 + 8 * number)?, u32(20 + 8 * number)?))).collect()
}

fn read_fixed(top: &Block<'_>, information: &mut VersionInformation) {
    let field = |at: usize| u32_at(top.value, at);
    if field(0) == Some(VS_FFI_SIGNATURE) {
        let version =
            |most, least| Some(FileVersion::from_double_words(field(most)?, field(least)?));
        information.file = version(8, 12);
        information.product = version(16, 20);
    }
}

/// `FileVersion` of the first string table. Keys are looked up as `VerQueryValue` does, in any
/// letter case.
fn file_version_text(top: &Block<'_>) -> Option<String> {
    let strings = top.children().find(|block| block.is("StringFileInfo"))?;
    let table = strings.children().next()?;
    let entry = table.children().find(|block| block.is("FileVersion"))?;
    Some(utf16_text(entry.rest))
}

/// One node of the version resource: lengths, key, value and children.
struct Block<'a> {
    bytes: &'a [u8],
    /// Where it starts and ends.
    start: usize,
    end: usize,
    /// UTF-16 without the NUL.
    key: &'a [u8],
    /// Where its value starts.
    value_at: usize,
    /// Its value by the length that it states.
    value: &'a [u8],
    /// Everything from its value to its end: compilers disagree on the unit of a string's length.
    rest: &'a [u8],
    /// Whether it claims to be longer than what holds it.
    is_cut: bool,
}

impl<'a> Block<'a> {
    fn read(bytes: &'a [u8], start: usize) -> Option<Self> {
        let length = usize::from(u16_at(bytes, start)?);
        let value_length = usize::from(u16_at(bytes, start + 2)?);
        let key_at = start + 6;
        // A block that claims to be longer than what holds it ends where that ends.
        let end = (start + length).min(bytes.len());
        let key_bytes = bytes.get(key_at..end)?;
        let key_length = 2 * key_bytes.chunks_exact(2).take_while(|unit| *unit != [0, 0]).count();
        let key = key_bytes.get(..key_length)?;
        let value_at = aligned(key_at + key_length + 2).min(end);
        let rest = bytes.get(value_at..end)?;
        let value = rest.get(..value_length).unwrap_or(rest);
        let is_cut = end - start < length;
        Some(Self { bytes, start, end, key, value_at, value, rest, is_cut })
    }

    /// Whether this word of ASCII is its key, in any letter case.
    fn is(&self, word: &str) -> bool {
        let is_letter = |unit: &[u8], letter: u8| match unit {
            [low, 0] => low.eq_ignore_ascii_case(&letter),
            _ => false,
        };
        let mut letters = self.key.chunks_exact(2).zip(word.bytes());
        self.key.len() == 2 * word.len() && letters.all(|(unit, letter)| is_letter(unit, letter))
    }

    fn children(&self) -> impl Iterator<Item = Self> {
        let mut at = aligned(self.value_at + self.value.len());
        let (bytes, end, start) = (self.bytes, self.end, self.start);
        std::iter::from_fn(move || {
            if at <= start || at >= end {
                return None;
            }
            let block = Self::read(bytes.get(..end)?, at)?;
            // A block of no length would be read for ever.
            if block.end <= at {
                return None;
            }
            at = aligned(block.end);
            Some(block)
        })
    }
}

/// The next multiple of four.
fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(4)
}
