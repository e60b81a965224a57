//! Import tables of a PE file (PE/COFF specification, *The .idata Section* and *Delay-Load Import
//! Tables*).
//!
//! **Owns** what one file asks of other DLLs. **Must never know** whether they have it. Bound
//! imports only speed up loading and are not read.

use super::{
    gap::Gap,
    layout::{Absent, Elements, Layout},
    text::{self, Span, Text, TextReader, Unnamed},
};
use crate::{Problem, ProblemPart, bytes::u32_at};
use std::ops::Range;

/// Most DLLs that one file may import from.
const DLL_COUNT_MAX: u32 = 4096;
/// Most symbols that one file may import.
const SYMBOL_COUNT_MAX: usize = 262_144;
/// How many symbols most files import at most: how many there are is known at their end only.
const USUAL_SYMBOL_COUNT: usize = 64;

/// What a file imports, in the order of the file: first what is bound at load time, then the
/// delayed imports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imports {
    text: Text,
    dlls: Vec<Dll>,
    names: Vec<Span>,
    ordinals: Vec<u16>,
}

/// One descriptor, with its part of all names and all ordinals.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dll {
    name: Span,
    is_delayed: bool,
    names: Range<usize>,
    ordinals: Range<usize>,
}

/// What a file imports from one DLL, by one descriptor.
#[derive(Clone, Copy, Debug)]
pub struct ImportedDll<'a> {
    /// The DLL's name as written.
    pub dll: &'a str,
    /// Whether it is loaded at the first call only.
    pub delayed: bool,
    /// Names, sorted bytewise; escaped like export names.
    pub names: ImportedNames<'a>,
    /// Ordinals, sorted.
    pub ordinals: &'a [u16],
}

/// The names that a file imports from one DLL.
#[derive(Clone, Copy, Debug)]
pub struct ImportedNames<'a> {
    text: &'a Text,
    names: &'a [Span],
}

impl Imports {
    /// What is imported, descriptor by descriptor.
    pub fn iter(&self) -> impl Iterator<Item = ImportedDll<'_>> {
        self.dlls.iter().map(|dll| {
            let names = self.names.get(dll.names.clone()).unwrap_or_default();
            ImportedDll {
                dll: self.text.at(dll.name),
                delayed: dll.is_delayed,
                names: ImportedNames { text: &self.text, names },
                ordinals: self.ordinals.get(dll.ordinals.clone()).unwrap_or_default(),
            }
        })
    }

    /// How many bytes its tables and names take.
    pub(super) fn kept_bytes(&self) -> usize {
        self.text.len()
            + size_of_val(self.dlls.as_slice())
            + size_of_val(self.names.as_slice())
            + size_of_val(self.ordinals.as_slice())
    }
}

impl<'a> ImportedNames<'a> {
    /// The names, sorted bytewise.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.text;
        self.names.iter().map(|name| text.at(*name))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names.binary_search_by(|candidate| self.text.at(*candidate).cmp(name)).is_ok()
    }
}

/// Why something of a table is not known.
enum Missing {
    /// One name, list or DLL: the rest of the table can be read.
    Part(Gap),
    /// Everything from here on.
    Rest(Gap),
}

impl From<Unnamed> for Missing {
    fn from(unnamed: Unnamed) -> Self {
        match unnamed {
            Unnamed::This(gap) => Self::Part(gap),
            Unnamed::AnyMore(gap) => Self::Rest(gap),
        }
    }
}

/// Reads both import tables. What could be read stays, whatever else could not.
pub(super) fn read(layout: &Layout<'_>, problems: &mut Vec<Problem>) -> Imports {
    let (imports, gaps) = text::spelled(layout, |text| {
        let mut reader = Reader {
            text,
            imports: Imports::default(),
            part: ProblemPart::Imports,
            problems: Vec::new(),
            // Every import has a thunk of its own, unless tables overlap.
            symbols_left: SYMBOL_COUNT_MAX.min(layout.element_room()),
        };
        reader.text.expect(USUAL_SYMBOL_COUNT);
        reader.imports.names.reserve(USUAL_SYMBOL_COUNT);
        reader.read(1, Reader::bound_at_load);
        reader.part = ProblemPart::DelayedImports;
        reader.read(13, Reader::delayed);
        Some((Imports { text: reader.text.finish()?, ..reader.imports }, reader.problems))
    });
    problems.extend(gaps);
    imports
}

/// Both tables while they are read, one after the other; limits are over both.
struct Reader<'l, 'a> {
    text: TextReader<'l, 'a>,
    imports: Imports,
    /// The table that is read.
    part: ProblemPart,
    problems: Vec<Problem>,
    symbols_left: usize,
}

impl Reader<'_, '_> {
    /// Reads descriptor after descriptor of a data directory. A descriptor is `None` at the end of
    /// the table.
    fn read<const SIZE: usize>(
        &mut self,
        directory: usize,
        dll: impl Fn(&mut Self, &[u8; SIZE]) -> Option<Result<(), Missing>>,
    ) {
        let Some((table, _)) = self.text.layout.directory(directory) else { return };
        let descriptors = Elements::at(self.text.layout, table);
        for number in 0..DLL_COUNT_MAX {
            let gap = match descriptors.get(number) {
                Ok(descriptor) => match dll(self, &descriptor) {
                    None => return,
                    Some(Ok(())) => continue,
                    Some(Err(Missing::Part(gap))) => {
                        self.note(gap);
                        continue;
                    }
                    Some(Err(Missing::Rest(gap))) => gap,
                },
                Err(absent) => {
                    let what = self.name();
                    absent.gap(format!("{what} no end after {number} DLLs"))
                }
            };
            return self.note(gap);
        }
        let what = self.name();
        self.note(Gap::truncated(format!("{what} more than {DLL_COUNT_MAX} DLLs")));
    }

    /// The beginning of a sentence about the table.
    fn name(&self) -> &'static str {
        if self.part == ProblemPart::Imports {
            "its import table has"
        } else {
            "its delayed imports have"
        }
    }

    fn note(&mut self, gap: Gap) {
        gap.note(self.part, &mut self.problems);
    }

    fn bound_at_load(&mut self, descriptor: &[u8; 20]) -> Option<Result<(), Missing>> {
        let field = |at: usize| u32_at(descriptor, at).unwrap_or(0);
        let (lookup, name, addresses) = (field(0), field(12), field(16));
        // The loader stops at the first descriptor that lacks a name or an address table.
        if name == 0 || addresses == 0 {
            return None;
        }
        let thunks = if self.text.layout.has_lookup_at(lookup) { lookup } else { addresses };
        Some(self.dll(name, thunks, 0))
    }

    fn delayed(&mut self, descriptor: &[u8; 32]) -> Option<Result<(), Missing>> {
        let field = |at: usize| u32_at(descriptor, at).unwrap_or(0);
        // Linkers before Visual C++ 7 wrote virtual addresses; bit 0 of the attributes marks
        // addresses relative to the image.
        let base = if field(0) & 1 == 1 { 0 } else { self.text.layout.image_base };
        if field(4) == 0 {
            return None;
        }
        let relative = |address: u32| {
            let rva = u64::from(address).checked_sub(base).and_then(|rva| u32::try_from(rva).ok());
            rva.ok_or_else(|| {
                Missing::Part(Gap::unreadable(format!(
                    "delayed import address {address:#x} is below the image"
                )))
            })
        };
        let dll = relative(field(4)).and_then(|name| Ok((name, relative(field(16))?)));
        Some(dll.and_then(|(name, thunks)| self.dll(name, thunks, base)))
    }

    /// What is imported from one DLL. A name that cannot be read is left out; of a list that has no
    /// end, nothing is believed.
    fn dll(&mut self, name: u32, thunks: u32, base: u64) -> Result<(), Missing> {
        let name = self.text.read(name)?;
        let (first_name, first_ordinal) = (self.imports.names.len(), self.imports.ordinals.len());
        let read = self.symbols(name, thunks, base);
        if read.is_err() {
            self.imports.names.truncate(first_name);
            self.imports.ordinals.truncate(first_ordinal);
        }
        match read {
            Ok(()) => {}
            Err(Missing::Part(gap)) => self.note(gap),
            Err(rest @ Missing::Rest(_)) => return Err(rest),
        }
        let Imports { dlls, names, ordinals, .. } = &mut self.imports;
        let text = &self.text;
        let own_names = names.get_mut(first_name..).unwrap_or_default();
        own_names.sort_unstable_by(|one, other| text.bytes(*one).cmp(text.bytes(*other)));
        ordinals.get_mut(first_ordinal..).unwrap_or_default().sort_unstable();
        dlls.push(Dll {
            name,
            is_delayed: self.part == ProblemPart::DelayedImports,
            names: first_name..names.len(),
            ordinals: first_ordinal..ordinals.len(),
        });
        Ok(())
    }

    fn symbols(&mut self, dll: Span, thunks: u32, base: u64) -> Result<(), Missing> {
        if self.text.layout.is_64 {
            let thunks = Elements::at(self.text.layout, thunks);
            let thunk = |number| thunks.get(number).map(u64::from_le_bytes);
            self.symbols_of(dll, (thunk, 1 << 63), base)
        } else {
            let thunks = Elements::at(self.text.layout, thunks);
            let thunk = |number| Ok(u64::from(u32::from_le_bytes(thunks.get(number)?)));
            self.symbols_of(dll, (thunk, 1 << 31), base)
        }
    }

    /// Reads thunk after thunk. One that has the flag is an ordinal, any other leads to a name.
    fn symbols_of(
        &mut self,
        dll: Span,
        (thunk_at, ordinal_flag): (impl Fn(u32) -> Result<u64, Absent>, u64),
        base: u64,
    ) -> Result<(), Missing> {
        for number in 0.. {
            let thunk = thunk_at(number).map_err(|absent| {
                let what = format!("its imports from {} have no end", self.text.shown(dll));
                Missing::Part(absent.gap(what))
            })?;
            if thunk == 0 {
                break;
            }
            self.symbols_left = self.symbols_left.checked_sub(1).ok_or_else(|| {
                let reason = "it imports more symbols than a file of this size can";
                Missing::Rest(Gap::unreadable(reason.to_owned()))
            })?;
            if thunk & ordinal_flag != 0 {
                let [low, high, ..] = thunk.to_le_bytes();
                self.imports.ordinals.push(u16::from_le_bytes([low, high]));
                continue;
            }
            // In front of the name stand two bytes with a guess of its place.
            let rva = thunk.checked_sub(base).and_then(|rva| u32::try_from(rva).ok());
            let name = match rva.and_then(|rva| rva.checked_add(2)) {
                Some(rva) => self.text.read(rva),
                None => Err(Unnamed::This(Gap::unreadable(format!(
                    "an import from {} has no name",
                    self.text.shown(dll)
                )))),
            };
            match name {
                Ok(name) => self.imports.names.push(name),
                Err(Unnamed::This(gap)) => self.note(gap),
                Err(Unnamed::AnyMore(gap)) => return Err(Missing::Rest(gap)),
            }
        }
        Ok(())
    }
}
