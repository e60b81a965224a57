//! The export table of a PE file (PE/COFF specification, *The .edata Section*).
//!
//! **Owns** names, ordinals and forwarders of one file, and their bounds. **Must never know** who
//! imports them.

use super::{
    gap::Gap,
    layout::{Absent, Layout},
};
use crate::{
    Problem, ProblemPart,
    bytes::{lossless_text, u32_at},
};
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

/// Reads the export table; a file without one exports nothing. A table whose arrays do not end is
/// not believed at all; a name or forwarder that cannot be read is left out.
pub(super) fn read(layout: &Layout<'_>, problems: &mut Vec<Problem>) -> Exports {
    let mut exports = Exports::default();
    if let Err(gap) = read_table(layout, &mut exports, problems) {
        gap.note(ProblemPart::Exports, problems);
        exports = Exports::default();
    }
    exports
}

fn read_table(
    layout: &Layout<'_>,
    exports: &mut Exports,
    problems: &mut Vec<Problem>,
) -> Result<(), Gap> {
    let Some((table, size)) = layout.directory(0) else { return Ok(()) };
    let header: [u8; 40] = layout
        .array(table)
        .map_err(|absent| absent.gap(format!("no export table stands at {table:#x}")))?;
    let field = |at: usize| u32_at(&header, at).unwrap_or(0);
    let address_count = field(20);
    if address_count > ADDRESS_COUNT_MAX {
        return Err(Gap::unreadable(format!(
            "its export table claims {address_count} addresses, and ordinals have 16 bits"
        )));
    }
    check_room(layout, address_count, "addresses")?;
    exports.ordinal_base = field(16);
    let mut bytes_left = NAMES_BYTES_MAX.min(layout.name_room());
    for at in 0..address_count {
        let rva = element(field(28), at, 4).ok_or(Absent::Nowhere);
        let address = rva.and_then(|rva| layout.u32(rva)).map_err(|absent| {
            absent.gap(format!("its export addresses end after {at} of {address_count}"))
        })?;
        let slot = match address {
            0 => Slot::Empty,
            _ if address >= table && address - table < size => {
                if let Some(target) = name_or_gap(layout, address, &mut bytes_left, problems)? {
                    exports.forwarders.insert(at, target.into());
                }
                Slot::Forwarded
            }
            _ => Slot::Here,
        };
        exports.slots.push(slot);
    }
    read_names(layout, &header, exports, &mut bytes_left, problems)
}

fn read_names(
    layout: &Layout<'_>,
    header: &[u8],
    exports: &mut Exports,
    bytes_left: &mut usize,
    problems: &mut Vec<Problem>,
) -> Result<(), Gap> {
    let field = |at: usize| u32_at(header, at).unwrap_or(0);
    let name_count = field(24);
    if name_count > NAME_COUNT_MAX {
        return Err(Gap::unreadable(format!("its export table claims {name_count} names")));
    }
    check_room(layout, name_count, "names")?;
    for number in 0..name_count {
        let end = |absent: Absent| {
            absent.gap(format!("its export names end after {number} of {name_count}"))
        };
        let at = element(field(36), number, 2).ok_or(Absent::Nowhere);
        let at = at.and_then(|rva| layout.u16(rva)).map_err(end)?;
        let address = element(field(32), number, 4).ok_or(Absent::Nowhere);
        let address = address.and_then(|rva| layout.u32(rva)).map_err(end)?;
        // A name without an address, or with one outside the table, cannot be imported.
        let slot = exports.slots.get(usize::from(at)).copied().unwrap_or(Slot::Empty);
        if slot != Slot::Empty
            && let Some(name) = name_or_gap(layout, address, bytes_left, problems)?
        {
            exports.names.push((name.into(), u32::from(at)));
        }
    }
    exports.names.sort();
    Ok(())
}

/// A table of zeros behind the bytes of a section takes no room in the file and fills memory.
fn check_room(layout: &Layout<'_>, count: u32, of: &str) -> Result<(), Gap> {
    match usize::try_from(count) {
        Ok(number) if number <= layout.element_room() => Ok(()),
        _ => Err(Gap::unreadable(format!(
            "its export table claims {count} {of}, more than the file has room for"
        ))),
    }
}

/// The address of one element of a table.
pub(super) fn element(table: u32, number: u32, size: u32) -> Option<u32> {
    table.checked_add(number.checked_mul(size)?)
}

/// Why there is no name.
pub(super) enum Unnamed {
    /// It cannot be read, and others can.
    This(Gap),
    /// All names together have reached their limit.
    AnyMore(Gap),
}

/// One name, taken off what names of this file may take together.
pub(super) fn name_at(
    layout: &Layout<'_>,
    rva: u32,
    bytes_left: &mut usize,
) -> Result<String, Unnamed> {
    // Escaping makes some names longer, and what is kept is what counts. What was looked at of a
    // name that cannot be kept counts too: thousands could begin in the same bytes.
    let (text, cost) = match layout.string(rva, NAME_BYTES_MAX).map(lossless_text) {
        Ok(text) => {
            let length = text.len();
            (Ok(text), length)
        }
        Err((absent, length)) => {
            let gap = match absent {
                Absent::TooLong => Gap::truncated(format!(
                    "the name at {rva:#x} has more than {NAME_BYTES_MAX} bytes, and is left out"
                )),
                Absent::Nowhere | Absent::EndOfFile | Absent::Disputed => {
                    absent.gap(format!("no name stands at {rva:#x}"))
                }
            };
            (Err(Unnamed::This(gap)), length)
        }
    };
    *bytes_left = bytes_left.checked_sub(cost + 1).ok_or_else(|| {
        let reason = "its names are longer altogether than a file of this size can need";
        Unnamed::AnyMore(Gap::unreadable(reason.to_owned()))
    })?;
    text
}

/// One name of the export table, or nothing and a note of why.
fn name_or_gap(
    layout: &Layout<'_>,
    rva: u32,
    bytes_left: &mut usize,
    problems: &mut Vec<Problem>,
) -> Result<Option<String>, Gap> {
    match name_at(layout, rva, bytes_left) {
        Ok(name) => Ok(Some(name)),
        Err(Unnamed::This(gap)) => {
            gap.note(ProblemPart::Exports, problems);
            Ok(None)
        }
        Err(Unnamed::AnyMore(gap)) => Err(gap),
    }
}
