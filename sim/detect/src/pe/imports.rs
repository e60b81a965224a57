//! Import tables of a PE file (PE/COFF specification, *The .idata Section* and *Delay-Load Import
//! Tables*).
//!
//! **Owns** what one file asks of other DLLs. **Must never know** whether they have it. Bound
//! imports only speed up loading and are not read.

use super::{
    exports::{NAMES_BYTES_MAX, Unnamed, element, name_at},
    gap::Gap,
    layout::{Absent, Layout},
};
use crate::{Problem, ProblemPart, bytes::u32_at};

/// Most DLLs that one file may import from.
const DLL_COUNT_MAX: u32 = 4096;
/// Most symbols that one file may import.
const SYMBOL_COUNT_MAX: usize = 262_144;

/// What a file imports from one DLL, by one descriptor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedDll {
    /// The DLL's name as written.
    pub dll: String,
    /// Whether it is loaded at the first call only.
    pub delayed: bool,
    /// Names, sorted bytewise; escaped like export names.
    pub names: Vec<String>,
    /// Ordinals, sorted.
    pub ordinals: Vec<u16>,
}

/// What reading has left of the limits, over both tables.
struct Budget {
    symbols: usize,
    name_bytes: usize,
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
pub(super) fn read(layout: &Layout<'_>, problems: &mut Vec<Problem>) -> Vec<ImportedDll> {
    // Every import has a thunk of its own, unless tables overlap.
    let symbols = SYMBOL_COUNT_MAX.min(layout.element_room());
    let mut budget = Budget { symbols, name_bytes: NAMES_BYTES_MAX.min(layout.name_room()) };
    let mut imports = Vec::new();
    let bound_at_load = Table { layout, part: ProblemPart::Imports, problems, budget: &mut budget };
    bound_at_load.read(1, &mut imports, Table::bound_at_load);
    let delayed =
        Table { layout, part: ProblemPart::DelayedImports, problems, budget: &mut budget };
    delayed.read(13, &mut imports, Table::delayed);
    imports
}

/// One of the two tables while it is read.
struct Table<'a, 'b> {
    layout: &'a Layout<'b>,
    part: ProblemPart,
    problems: &'a mut Vec<Problem>,
    budget: &'a mut Budget,
}

impl Table<'_, '_> {
    /// Reads descriptor after descriptor of a data directory. A descriptor is `None` at the end of
    /// the table.
    fn read<const SIZE: usize>(
        mut self,
        directory: usize,
        imports: &mut Vec<ImportedDll>,
        dll: impl Fn(&mut Self, &[u8; SIZE]) -> Option<Result<ImportedDll, Missing>>,
    ) {
        let Some((table, _)) = self.layout.directory(directory) else { return };
        let size = u32::try_from(SIZE).unwrap_or(u32::MAX);
        for number in 0..DLL_COUNT_MAX {
            let at = element(table, number, size).ok_or(Absent::Nowhere);
            let gap = match at.and_then(|rva| self.layout.array(rva)) {
                Ok(descriptor) => match dll(&mut self, &descriptor) {
                    None => return,
                    Some(Ok(import)) => {
                        imports.push(import);
                        continue;
                    }
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
        gap.note(self.part, self.problems);
    }

    fn bound_at_load(&mut self, descriptor: &[u8; 20]) -> Option<Result<ImportedDll, Missing>> {
        let field = |at: usize| u32_at(descriptor, at).unwrap_or(0);
        let (lookup, name, addresses) = (field(0), field(12), field(16));
        // The loader stops at the first descriptor that lacks a name or an address table.
        if name == 0 || addresses == 0 {
            return None;
        }
        let thunks = if self.layout.has_lookup_at(lookup) { lookup } else { addresses };
        Some(self.dll(name, thunks, 0))
    }

    fn delayed(&mut self, descriptor: &[u8; 32]) -> Option<Result<ImportedDll, Missing>> {
        let field = |at: usize| u32_at(descriptor, at).unwrap_or(0);
        // Linkers before Visual C++ 7 wrote virtual addresses; bit 0 of the attributes marks
        // addresses relative to the image.
        let base = if field(0) & 1 == 1 { 0 } else { self.layout.image_base };
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
        let import = dll.and_then(|(name, thunks)| self.dll(name, thunks, base));
        Some(import.map(|import| ImportedDll { delayed: true, ..import }))
    }

    /// What is imported from one DLL. A name that cannot be read is left out; of a list that has no
    /// end, nothing is believed.
    fn dll(&mut self, name: u32, thunks: u32, base: u64) -> Result<ImportedDll, Missing> {
        let dll = name_at(self.layout, name, &mut self.budget.name_bytes)?;
        let mut import = ImportedDll { dll, ..ImportedDll::default() };
        match self.symbols(&mut import, thunks, base) {
            Ok(()) => {}
            Err(Missing::Part(gap)) => {
                self.note(gap);
                import.names.clear();
                import.ordinals.clear();
            }
            Err(rest @ Missing::Rest(_)) => return Err(rest),
        }
        import.names.sort();
        import.ordinals.sort_unstable();
        Ok(import)
    }

    fn symbols(&mut self, import: &mut ImportedDll, thunks: u32, base: u64) -> Result<(), Missing> {
        let (size, ordinal_flag) = if self.layout.is_64 { (8, 1 << 63) } else { (4, 1 << 31) };
        for number in 0.. {
            let at = element(thunks, number, size).ok_or(Absent::Nowhere);
            let thunk = at.and_then(|rva| thunk_at(self.layout, rva)).map_err(|absent| {
                Missing::Part(absent.gap(format!("its imports from {} have no end", import.dll)))
            })?;
            if thunk == 0 {
                break;
            }
            self.budget.symbols = self.budget.symbols.checked_sub(1).ok_or_else(|| {
                let reason = "it imports more symbols than a file of this size can";
                Missing::Rest(Gap::unreadable(reason.to_owned()))
            })?;
            if thunk & ordinal_flag != 0 {
                let [low, high, ..] = thunk.to_le_bytes();
                import.ordinals.push(u16::from_le_bytes([low, high]));
                continue;
            }
            // In front of the name stand two bytes with a guess of its place.
            let rva = thunk.checked_sub(base).and_then(|rva| u32::try_from(rva).ok());
            let name = match rva.and_then(|rva| rva.checked_add(2)) {
                Some(rva) => name_at(self.layout, rva, &mut self.budget.name_bytes),
                None => Err(Unnamed::This(Gap::unreadable(format!(
                    "an import from {} has no name",
                    import.dll
                )))),
            };
            match name {
                Ok(name) => import.names.push(name),
                Err(Unnamed::This(gap)) => self.note(gap),
                Err(Unnamed::AnyMore(gap)) => return Err(Missing::Rest(gap)),
            }
        }
        Ok(())
    }
}

fn thunk_at(layout: &Layout<'_>, rva: u32) -> Result<u64, Absent> {
    if layout.is_64 {
        layout.array(rva).map(u64::from_le_bytes)
    } else {
        layout.u32(rva).map(u64::from)
    }
}
