//! The export table of a PE file (PE/COFF specification, *The .edata Section*).
//!
//! **Owns** names, ordinals and forwarders of one file, and their bounds. **Must never know** who
//! imports them.

use super::{
    gap::Gap,
    layout::{Elements, Layout},
    text::{self, Span, Text, TextReader, Unnamed},
};
use crate::{Problem, ProblemPart, bytes::u32_at};
use std::collections::BTreeMap;

/// An ordinal has 16 bits, so no loader can reach more.
const ADDRESS_COUNT_MAX: u32 = 65536;
/// Several names may share an address.
const NAME_COUNT_MAX: u32 = 2 * ADDRESS_COUNT_MAX;

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
///
/// A file's table of names is searched by halves by the loader, so linkers sort it. Of one that is
/// not sorted, a loader finds some names and misses others, depending on how it begins; here all
/// are found, and of equal names the one with the lowest address number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    ordinal_base: u32,
    slots: Vec<Slot>,
    text: Text,
    /// Sorted by name, then number.
    names: Vec<Name>,
    /// By number, ascending.
    forwarders: Vec<(u32, Span)>,
}

/// The name of an address, by the address's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    /// What it begins with: most names can be told apart by that, wherever their text is.
    beginning: u64,
    text: Span,
    number: u16,
}

/// The first eight bytes of a name as a number, of which smaller ones belong to smaller names.
fn beginning(name: &[u8]) -> u64 {
    if let Some(first) = name.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(first)
}

impl Exports {
    /// How many exported addresses are not zero.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.iter().filter(|slot| **slot != Slot::Empty).count()
    }

    /// The names, sorted bytewise. A byte that is not UTF-8 stands as `\xNN`, a backslash as two.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| self.text.at(name.text))
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
        let mut nameless: BTreeMap<u32, &str> = self.forwarders().collect();
        let mut forwarded = BTreeMap::new();
        for name in &self.names {
            let number = u32::from(name.number);
            if let Some(target) = self.forwarder(number) {
                nameless.remove(&number);
                forwarded.insert(self.text.at(name.text).to_owned(), target);
            }
        }
        for (number, target) in nameless {
            let ordinal = u64::from(self.ordinal_base) + u64::from(number);
            forwarded.insert(format!("#{ordinal}"), target);
        }
        forwarded
    }

    /// What forwarded exports lead to, as written, named or not.
    pub fn forwarder_targets(&self) -> impl Iterator<Item = &str> {
        self.forwarders().map(|(_, target)| target)
    }

    /// Where a name leads; names compare exactly, as the loader does.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<ExportTarget<'_>> {
        let wanted = beginning(name.as_bytes());
        let compare = |candidate: &Name| {
            let by_beginning = candidate.beginning.cmp(&wanted);
            by_beginning.then_with(|| self.text.at(candidate.text).cmp(name))
        };
        let start = self.names.partition_point(|candidate| compare(candidate).is_lt());
        let found = self.names.get(start).filter(|candidate| compare(candidate).is_eq())?;
        self.target(u32::from(found.number))
    }

    /// Where an ordinal leads.
    #[must_use]
    pub fn by_ordinal(&self, ordinal: u16) -> Option<ExportTarget<'_>> {
        self.target(u32::from(ordinal).checked_sub(self.ordinal_base)?)
    }

    /// How many bytes its tables and names take.
    pub(super) fn kept_bytes(&self) -> usize {
        self.text.len()
            + size_of_val(self.slots.as_slice())
            + size_of_val(self.names.as_slice())
            + size_of_val(self.forwarders.as_slice())
    }

    fn target(&self, number: u32) -> Option<ExportTarget<'_>> {
        match self.slots.get(usize::try_from(number).ok()?)? {
            Slot::Empty => None,
            Slot::Here => Some(ExportTarget::Here),
            Slot::Forwarded => self.forwarder(number).map(ExportTarget::Forwarder),
        }
    }

    fn forwarders(&self) -> impl Iterator<Item = (u32, &str)> {
        self.forwarders.iter().map(|(number, target)| (*number, self.text.at(*target)))
    }

    fn forwarder(&self, number: u32) -> Option<&str> {
        let at = self.forwarders.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.forwarders.get(at).map(|(_, target)| self.text.at(*target))
    }
}

/// Reads the export table; a file without one exports nothing. A table whose arrays do not end is
/// not believed at all; a name or forwarder that cannot be read is left out.
pub(super) fn read(layout: &Layout<'_>, problems: &mut Vec<Problem>) -> Exports {
    let Some((table, size)) = layout.directory(0) else { return Exports::default() };
    let (exports, gaps) = text::spelled(layout, |text| {
        let reader = Reader { text, exports: Exports::default(), problems: Vec::new() };
        reader.finish(table, size)
    });
    problems.extend(gaps);
    exports
}

/// An export table while it is read.
struct Reader<'l, 'a> {
    text: TextReader<'l, 'a>,
    exports: Exports,
    problems: Vec<Problem>,
}

impl Reader<'_, '_> {
    fn finish(mut self, table: u32, size: u32) -> Option<(Exports, Vec<Problem>)> {
        let read = self.read(table, size);
        let text = self.text.finish()?;
        let exports = match read {
            Ok(()) => Exports { text, ..self.exports },
            Err(gap) => {
                gap.note(ProblemPart::Exports, &mut self.problems);
                Exports::default()
            }
        };
        Some((exports, self.problems))
    }

    fn read(&mut self, table: u32, size: u32) -> Result<(), Gap> {
        let header: [u8; 40] = self
            .text
            .layout
            .array(table)
            .map_err(|absent| absent.gap(format!("no export table stands at {table:#x}")))?;
        let field = |at: usize| u32_at(&header, at).unwrap_or(0);
        self.exports.ordinal_base = field(16);
        self.read_addresses(field(28), field(20), (table, size))?;
        self.read_names((field(32), field(36)), field(24))
    }

    /// Reads the addresses. Those within the table itself are of names that forward.
    fn read_addresses(&mut self, at: u32, count: u32, within: (u32, u32)) -> Result<(), Gap> {
        if count > ADDRESS_COUNT_MAX {
            return Err(Gap::unreadable(format!(
                "its export table claims {count} addresses, and ordinals have 16 bits"
            )));
        }
        self.exports.slots = Vec::with_capacity(self.check_room(count, "addresses")?);
        let addresses = Elements::at(self.text.layout, at);
        let (table, size) = within;
        for number in 0..count {
            let address = addresses.get(number).map(u32::from_le_bytes).map_err(|absent| {
                absent.gap(format!("its export addresses end after {number} of {count}"))
            })?;
            let slot = match address {
                0 => Slot::Empty,
                _ if address >= table && address - table < size => {
                    if let Some(target) = self.name(address)? {
                        self.exports.forwarders.push((number, target));
                    }
                    Slot::Forwarded
                }
                _ => Slot::Here,
            };
            self.exports.slots.push(slot);
        }
        Ok(())
    }

    /// Reads the names, from two tables: where each stands, and the number of its address.
    fn read_names(&mut self, (names, numbers): (u32, u32), count: u32) -> Result<(), Gap> {
        if count > NAME_COUNT_MAX {
            return Err(Gap::unreadable(format!("its export table claims {count} names")));
        }
        let room = self.check_room(count, "names")?;
        self.exports.names = Vec::with_capacity(room);
        self.text.expect(room);
        let (names, numbers) =
            (Elements::at(self.text.layout, names), Elements::at(self.text.layout, numbers));
        for at in 0..count {
            let number = numbers.get(at).map(u16::from_le_bytes);
            let address = number.and_then(|number| Ok((number, names.get(at)?)));
            let (number, address) = address.map_err(|absent| {
                absent.gap(format!("its export names end after {at} of {count}"))
            })?;
            // A name without an address, or with one outside the table, cannot be imported.
            let slot = self.exports.slots.get(usize::from(number)).copied();
            if slot.is_some_and(|slot| slot != Slot::Empty)
                && let Some(text) = self.name(u32::from_le_bytes(address))?
            {
                let beginning = beginning(self.text.bytes(text));
                self.exports.names.push(Name { beginning, text, number });
            }
        }
        // Nothing but comparing neighbours where they are in order, as linkers leave them.
        let text = &self.text;
        self.exports.names.sort_unstable_by(|one, other| {
            let by_beginning = one.beginning.cmp(&other.beginning);
            by_beginning
                .then_with(|| text.bytes(one.text).cmp(text.bytes(other.text)))
                .then(one.number.cmp(&other.number))
        });
        Ok(())
    }

    /// A table of zeros behind the bytes of a section takes no room in the file and fills memory.
    fn check_room(&self, count: u32, of: &str) -> Result<usize, Gap> {
        match usize::try_from(count) {
            Ok(number) if number <= self.text.layout.element_room() => Ok(number),
            _ => Err(Gap::unreadable(format!(
                "its export table claims {count} {of}, more than the file has room for"
            ))),
        }
    }

    /// One name of the table, or nothing and a note of why.
    fn name(&mut self, rva: u32) -> Result<Option<Span>, Gap> {
        match self.text.read(rva) {
            Ok(name) => Ok(Some(name)),
            Err(Unnamed::This(gap)) => {
                gap.note(ProblemPart::Exports, &mut self.problems);
                Ok(None)
            }
            Err(Unnamed::AnyMore(gap)) => Err(gap),
        }
    }
}
