//! Import tables of a PE file (PE/COFF specification, *The .idata Section* and *Delay-Load Import
//! Tables*).
//!
//! **Owns** what one file asks of other DLLs. **Must never know** whether they have it. Bound
//! imports only speed up loading and are not read.

use super::{
    exports::{NAMES_BYTES_MAX, element, name_at},
    layout::Layout,
};
use crate::{ProblemPart, bytes::u32_at};

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

/// Reads both import tables. What was read before an error stays.
pub(super) fn read(layout: &Layout<'_>) -> (Vec<ImportedDll>, Vec<(ProblemPart, String)>) {
    // Every import has a thunk of its own, unless tables overlap.
    let symbols = SYMBOL_COUNT_MAX.min(layout.element_room());
    let mut budget = Budget { symbols, name_bytes: NAMES_BYTES_MAX.min(layout.name_room()) };
    let mut imports = Vec::new();
    let mut errors = Vec::new();
    if let Err(reason) = read_bound_at_load(layout, &mut budget, &mut imports) {
        errors.push((ProblemPart::Imports, reason));
    }
    if let Err(reason) = read_delayed(layout, &mut budget, &mut imports) {
        errors.push((ProblemPart::DelayedImports, reason));
    }
    (imports, errors)
}

fn read_bound_at_load(
    layout: &Layout<'_>,
    budget: &mut Budget,
    imports: &mut Vec<ImportedDll>,
) -> Result<(), String> {
    let Some((table, _)) = layout.directory(1) else { return Ok(()) };
    for number in 0..DLL_COUNT_MAX {
        let descriptor: [u8; 20] = element(table, number, 20)
            .and_then(|rva| layout.array(rva))
            .ok_or_else(|| format!("its import table has no end after {number} DLLs"))?;
        let field = |at: usize| u32_at(&descriptor, at).unwrap_or(0);
        let (lookup, name, addresses) = (field(0), field(12), field(16));
        // The loader stops at the first descriptor that lacks a name or an address table.
        if name == 0 || addresses == 0 {
            return Ok(());
        }
        let thunks = if lookup == 0 { addresses } else { lookup };
        imports.push(read_dll(layout, budget, name, thunks, 0)?);
    }
    Err(format!("its import table has more than {DLL_COUNT_MAX} DLLs"))
}

fn read_delayed(
    layout: &Layout<'_>,
    budget: &mut Budget,
    imports: &mut Vec<ImportedDll>,
) -> Result<(), String> {
    let Some((table, _)) = layout.directory(13) else { return Ok(()) };
    for number in 0..DLL_COUNT_MAX {
        let descriptor: [u8; 32] = element(table, number, 32)
            .and_then(|rva| layout.array(rva))
            .ok_or_else(|| format!("its delayed imports have no end after {number} DLLs"))?;
        let field = |at: usize| u32_at(&descriptor, at).unwrap_or(0);
        // Linkers before Visual C++ 7 wrote virtual addresses; bit 0 of the attributes marks
        // addresses relative to the image.
        let base = if field(0) & 1 == 1 { 0 } else { layout.image_base };
        if field(4) == 0 {
            return Ok(());
        }
        let relative = |address: u32| {
            u64::from(address)
                .checked_sub(base)
                .and_then(|rva| u32::try_from(rva).ok())
                .ok_or_else(|| format!("delayed import address {address:#x} is below the image"))
        };
        let mut import = read_dll(layout, budget, relative(field(4))?, relative(field(16))?, base)?;
        import.delayed = true;
        imports.push(import);
    }
    Err(format!("its delayed imports have more than {DLL_COUNT_MAX} DLLs"))
}

fn read_dll(
    layout: &Layout<'_>,
    budget: &mut Budget,
    name: u32,
    thunks: u32,
    base: u64,
) -> Result<ImportedDll, String> {
    let dll = name_at(layout, name, &mut budget.name_bytes)?;
    let mut import = ImportedDll { dll, ..ImportedDll::default() };
    let (size, ordinal_flag) = if layout.is_64 { (8, 1 << 63) } else { (4, 1 << 31) };
    for number in 0.. {
        let thunk = element(thunks, number, size)
            .and_then(|rva| thunk_at(layout, rva))
            .ok_or_else(|| format!("its imports from {} have no end", import.dll))?;
        if thunk == 0 {
            break;
        }
        budget.symbols = budget
            .symbols
            .checked_sub(1)
            .ok_or("it imports more symbols than a file of this size can")?;
        if thunk & ordinal_flag == 0 {
            let rva = thunk
                .checked_sub(base)
                .and_then(|rva| u32::try_from(rva).ok())
                .and_then(|rva| rva.checked_add(2))
                .ok_or_else(|| format!("an import from {} has no name", import.dll))?;
            import.names.push(name_at(layout, rva, &mut budget.name_bytes)?);
        } else {
            let [low, high, ..] = thunk.to_le_bytes();
            import.ordinals.push(u16::from_le_bytes([low, high]));
        }
    }
    import.names.sort();
    import.ordinals.sort_unstable();
    Ok(import)
}

fn thunk_at(layout: &Layout<'_>, rva: u32) -> Option<u64> {
    if layout.is_64 {
        layout.array(rva).map(u64::from_le_bytes)
    } else {
        layout.u32(rva).map(u64::from)
    }
}
