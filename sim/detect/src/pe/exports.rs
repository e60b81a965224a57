//! The export table of a PE file (PE/COFF specification, *The .edata Section*).
//!
//! **Owns** names, ordinals and forwarders of one file, and their bounds. **Must never know** who
//! imports them.

use super::layout::Layout;
use crate::bytes::{lossless_text, u16_at, u32_at};
use std::collections::BTreeMap;

/// An ordinal has 16 bits, so no loader can reach more.
const ADDRESS_COUNT_MAX: u32 = 65536;
/// Several names may share an address.
const NAME_COUNT_MAX: u32 = 2 * ADDRESS_COUNT_MAX;
/// Longest name of one symbol, in bytes; Microsoft's linker stops at 4096.
pub(super) const NAME_BYTES_MAX: usize = 16 * 1024;
/// All names of one table together, in bytes: what bounds memory.
pub(super) const NAMES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Where an export leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportTarget<'a> {
    /// Into the file itself.
    Here,
    /// To a symbol of another DLL, as written: `NTDLL.RtlAllocateHeap` or `OTHER.#12`.
    Forwarder(&'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Empty,
    Here,
    Forwarded,
}

/// What a file exports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    ordinal_base: u32,
    slots: Vec<Slot>,
    /// Sorted by name, then index.
    names: Vec<(Box<str>, u32)>,
    forwarders: BTreeMap<u32, Box<str>>,
}

impl Exports {
    /// How many exported addresses are not zero.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.iter().filter(|slot| **slot != Slot::Empty).count()
    }

    /// The names, sorted bytewise. A byte that is not UTF-8 stands as `\xNN`, a backslash as two.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| &**name)
    }

    /// The ordinals in use, in ascending order, those of named exports included.
    pub fn ordinals(&self) -> impl Iterator<Item = u32> {
        // A base that no ordinal can be counted from leaves the others without one.
        let used = (0_u32..).zip(&self.slots).filter(|(_, slot)| **slot != Slot::Empty);
        used.filter_map(|(at, _)| self.ordinal_base.checked_add(at))
    }

    /// Forwarded exports: the name, or `#` and the ordinal where there is no name, with the
    /// target as written.
    #[must_use]
    pub fn forwarded(&self) -> BTreeMap<String, &str> {
        let mut nameless = self.forwarders.clone();
        let mut forwarded = BTreeMap::new();
        for (name, at) in &self.names {
            if let Some(target) = self.forwarders.get(at) {
                nameless.remove(at);
                forwarded.insert(name.to_string(), &**target);
            }
        }
        for at in nameless.keys() {
            if let Some(target) = self.forwarders.get(at) {
                let ordinal = u64::from(self.ordinal_base) + u64::from(*at);
                forwarded.insert(format!("#{ordinal}"), &**target);
            }
        }
        forwarded
    }

    /// What forwarded exports lead to, as written, named or not.
    pub fn forwarder_targets(&self) -> impl Iterator<Item = &str> {
        self.forwarders.values().map(|target| &**target)
    }

    /// Where a name leads; names compare exactly, as the loader does.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<ExportTarget<'_>> {
        let start = self.names.partition_point(|(candidate, _)| &**candidate < name);
        let (candidate, at) = self.names.get(start)?;
        if &**candidate == name { self.target(*at) } else { None }
    }

    /// Where an ordinal leads.
    #[must_use]
    pub fn by_ordinal(&self, ordinal: u16) -> Option<ExportTarget<'_>> {
        self.target(u32::from(ordinal).checked_sub(self.ordinal_base)?)
    }

    fn target(&self, at: u32) -> Option<ExportTarget<'_>> {
        match self.slots.get(usize::try_from(at).ok()?)? {
            Slot::Empty => None,
            Slot::Here => Some(ExportTarget::Here),
            Slot::Forwarded => self.forwarders.get(&at).map(|text| ExportTarget::Forwarder(text)),
        }
    }
}

/// Reads the export table; a file without one exports nothing.
pub(super) fn read(layout: &Layout<'_>) -> Result<Exports, String> {
    let Some((table, size)) = layout.directory(0) else { return Ok(Exports::default()) };
    let header: [u8; 40] =
        layout.array(table).ok_or_else(|| format!("no export table stands at {table:#x}"))?;
    let field = |at: usize| u32_at(&header, at).unwrap_or(0);
    let address_count = field(20);
    if address_count > ADDRESS_COUNT_MAX {
        return Err(format!(
            "its export table claims {address_count} addresses, and ordinals have 16 bits"
        ));
    }
    check_room(layout, address_count, "addresses")?;
    let mut exports = Exports { ordinal_base: field(16), ..Exports::default() };
    let mut bytes_left = NAMES_BYTES_MAX.min(layout.name_room());
    for at in 0..address_count {
        let address = element(field(28), at, 4)
            .and_then(|rva| layout.u32(rva))
            .ok_or_else(|| format!("its export addresses end after {at} of {address_count}"))?;
        let slot = match address {
            0 => Slot::Empty,
            _ if address >= table && address - table < size => {
                let target = name_at(layout, address, &mut bytes_left)?;
                exports.forwarders.insert(at, target.into());
                Slot::Forwarded
            }
            _ => Slot::Here,
        };
        exports.slots.push(slot);
    }
    read_names(layout, &header, &mut exports, &mut bytes_left)?;
    Ok(exports)
}

fn read_names(
    layout: &Layout<'_>,
    header: &[u8],
    exports: &mut Exports,
    bytes_left: &mut usize,
) -> Result<(), String> {
    let field = |at: usize| u32_at(header, at).unwrap_or(0);
    let name_count = field(24);
    if name_count > NAME_COUNT_MAX {
        return Err(format!("its export table claims {name_count} names"));
    }
    check_room(layout, name_count, "names")?;
    for number in 0..name_count {
        let at = element(field(36), number, 2)
            .and_then(|rva| layout.array::<2>(rva))
            .and_then(|bytes| u16_at(&bytes, 0));
        let address = element(field(32), number, 4).and_then(|rva| layout.u32(rva));
        let (Some(at), Some(address)) = (at, address) else {
            return Err(format!("its export names end after {number} of {name_count}"));
        };
        // A name without an address, or with one outside the table, cannot be imported.
        let at = u32::from(at);
        if exports.target(at).is_some() {
            exports.names.push((name_at(layout, address, bytes_left)?.into(), at));
        }
    }
    exports.names.sort();
    Ok(())
}

/// A table of zeros behind the bytes of a section takes no room in the file and fills memory.
fn check_room(layout: &Layout<'_>, count: u32, of: &str) -> Result<(), String> {
    match usize::try_from(count) {
        Ok(number) if number <= layout.element_room() => Ok(()),
        _ => Err(format!("its export table claims {count} {of}, more than the file has room for")),
    }
}

/// The address of one element of a table.
pub(super) fn element(table: u32, number: u32, size: u32) -> Option<u32> {
    table.checked_add(number.checked_mul(size)?)
}

/// One name, taken off what names of this file may take together.
pub(super) fn name_at(
    layout: &Layout<'_>,
    rva: u32,
    bytes_left: &mut usize,
) -> Result<String, String> {
    let bytes = layout.string(rva, NAME_BYTES_MAX).ok_or_else(|| {
        format!("no name of at most {NAME_BYTES_MAX} bytes stands at address {rva:#x}")
    })?;
    // Escaping makes some names longer; what is kept is what counts.
    let text = lossless_text(bytes);
    *bytes_left = bytes_left.checked_sub(text.len() + 1).ok_or_else(|| {
        "its names are longer altogether than a file of this size can need".to_owned()
    })?;
    Ok(text)
}
